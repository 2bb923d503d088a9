"""HTML from text: everything that came from data passes `escaped` here before it reaches the page."""

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from s4mcl.naming import shortened
from s4mcl_dashboards.keeping import keeper

if TYPE_CHECKING:
    from s4mcl_dashboards.figures.canvas import Drawing

DIGITS = 6  # significant digits of a drawn number; a screen shows fewer
IN_NAME, IN_CELL, IN_PROSE = 60, 300, 2_000  # characters that are shown of a tab's name, a cell or caption, a sentence
# Control characters, lone surrogates and what Unicode calls no character cannot stand in HTML; embeddings, overrides
# and isolates of a writing direction would turn round the text behind them.
UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def escaped(text: object) -> str:
    """Text as HTML shows it: <, >, &, both quotes escaped; what cannot be shown is a replacement character."""
    return html.escape(UNSHOWABLE.sub("\ufffd", str(text)), quote=True)


def prose(text: object, longest: int = IN_PROSE) -> str:
    """Plain text as HTML in which 30 %, n = 2 and p = 0.010 stay on one line; a longer one is cut in its middle."""
    shown = escaped(shortened(str(text), longest)).replace(" %", "&nbsp;%").replace("p &lt; 0", "p&nbsp;&lt;&nbsp;0")
    return shown.replace("n = ", "n&nbsp;=&nbsp;").replace("p = ", "p&nbsp;=&nbsp;")


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{_class(kind)}>{prose(text)}</p>"


def listed(texts: Iterable[str], kind: str = "") -> str:
    """A bulleted list of plain texts."""
    items = "".join(f"<li>{prose(text)}</li>" for text in texts)
    return f"<ul{_class(kind)}>{items}</ul>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table that scrolls sideways in its own box. Caption and heads are plain text, cells are HTML."""
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    name = escaped(shortened(caption, IN_CELL))
    return (
        f'<p class="caption">{prose(caption, IN_CELL)}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table aria-label="{name}"{_class(kind)}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def cell(content: str = "", kind: str = "") -> str:
    """A table cell of plain text."""
    return f"<td{_class(kind)}>{prose(content, IN_CELL)}</td>"


def row_head(content: str, span: int = 1) -> str:
    """A cell that names its row, or `span` rows, in plain text."""
    scope = f' rowspan="{span}" scope="rowgroup"' if span > 1 else ' scope="row"'
    return f"<th{scope}>{prose(content, IN_CELL)}</th>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and values in plain text."""
    items = "".join(
        f"<div><dt>{prose(name, IN_CELL)}</dt><dd><bdi>{prose(value)}</bdi></dd></div>" for name, value in pairs
    )
    return f'<dl class="facts">{items}</dl>'


def section(anchor: str, title: str, *content: str) -> str:
    """A section of the page with its heading."""
    return f'<section id="{anchor}"><h2>{escaped(title)}</h2>{"".join(content)}</section>'


def details(title: str, content: str, *, opened: bool = False) -> str:
    """A part of the page that opens on demand; printed open."""
    return f"<details{' open' if opened else ''}><summary>{prose(title, IN_CELL)}</summary>{content}</details>"


def tabs(name: str, panels: Sequence[tuple[str, str]]) -> str:
    """Panels of (title, HTML) of which the reader picks one. In print, and without scripts, all show."""
    panels = [(prose(title, IN_NAME), content) for title, content in panels]
    if len(panels) == 1:
        return f'<div class="panel"><h3>{panels[0][0]}</h3>{panels[0][1]}</div>'
    buttons = "".join(
        f'<button type="button" role="tab" id="{name}-tab-{i}" aria-controls="{name}-{i}" '
        f'aria-selected="{_truth(i == 0)}" tabindex="{0 if i == 0 else -1}">{title}</button>'
        for i, (title, _) in enumerate(panels)
    )
    bodies = "".join(
        f'<div class="panel{"" if i == 0 else " unpicked"}" role="tabpanel" id="{name}-{i}" '
        f'aria-labelledby="{name}-tab-{i}"><h3>{title}</h3>{content}</div>'
        for i, (title, content) in enumerate(panels)
    )
    return f'<div class="tabs"><div role="tablist" aria-label="{escaped(name)}">{buttons}</div>{bodies}</div>'


def plot(figure: "Drawing", title: str, alternative: str, note: str = "") -> str:
    """A Plotly figure that the page's script draws. `alternative` tells it in words; all texts are plain.

    Its data stands beside it in the page, or with the page's keeper (`keeping`).
    """
    height = int(figure.layout["height"])
    broken = prose(title, IN_CELL).replace("_", "_<wbr>").replace("/", "/<wbr>")  # the names of losses are long
    caption = f"<figcaption>{broken}</figcaption>" if title else ""
    below = paragraph(note, "note") if note else ""
    told = escaped(shortened(alternative, IN_PROSE))
    data, keep = embedded(figure.to_json()), keeper()
    name = f' data-figure="{keep(data)}"' if keep else ""
    held = "" if keep else f'<script type="application/json">{data}</script>'
    return (
        f'<figure class="plot">{caption}<div class="drawing" role="img" aria-label="{told}" '
        f'style="height:{height}px"{name}></div>{held}{below}</figure>'
    )


def embedded(value: Any) -> str:
    """JSON that may stand inside a script element: no <, > or & and no line separators that JavaScript minds."""
    text = json.dumps(_rounded(value), separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _rounded(value: Any) -> Any:
    """The value with shorter floats; tuples as lists, NaN and infinity as null."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _truth(value: bool) -> str:
    return "true" if value else "false"
