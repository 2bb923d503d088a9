"""A table that a reader sorts by its heads; the page's script makes them buttons."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from s4mcl_dashboards.markup import escaped, prose


@dataclass(frozen=True)
class Head:
    """The head of a column in plain text; a first click sorts it "ascending" or "descending"."""

    text: str
    first: str = "ascending"


@dataclass(frozen=True)
class Row:
    """The cells of a row as HTML; where `group` changes from one row to the next a thin line is drawn."""

    cells: Sequence[str]
    group: Hashable = None


def sortable_table(caption: str, heads: Sequence[Head], rows: Iterable[Row], kind: str = "") -> str:
    """A table that scrolls sideways in its own box, in the order of its rows until a reader sorts it."""
    head = "".join(f'<th scope="col" data-first="{head.first}">{escaped(head.text)}</th>' for head in heads)
    body, before = [], object()
    for row in rows:
        begins = ' class="begins"' if row.group != before else ""
        body.append(f"<tr{begins}>{''.join(row.cells)}</tr>")
        before = row.group
    name = escaped(caption)
    kinds = f"sortable {kind}".strip()
    return (
        f'<p class="caption">{prose(caption)}</p><div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table aria-label="{name}" class="{kinds}"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody>'
        "</table></div>"
    )


def keyed(
    content: str, key: float | None, kind: str = "", *, best: bool = False, mark: str = "", after: str = ""
) -> str:
    """A cell of plain text that is sorted by a number, null last.

    The best is bold, a mark stands raised behind it, and `after` follows.
    """
    shown = f"<strong>{prose(content)}</strong>" if best else prose(content)
    raised = f"<sup>{escaped(mark)}</sup>" if mark else ""
    named = f' class="{kind}"' if kind else ""
    return f'<td{named} data-value="{_key(key)}">{shown}{raised}{prose(after)}</td>'


def keyed_head(content: str, key: float | None = None) -> str:
    """A cell that names its row, sorted by a number where one is given."""
    value = "" if key is None else f' data-value="{_key(key)}"'
    return f'<th scope="row"{value}>{prose(content)}</th>'


def _key(key: float | None) -> str:
    return "" if key is None or key - key != 0 else repr(float(key))
