"""The report as GitHub's Markdown, with its figures as PNG files beside it."""

import re
from pathlib import Path

from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.blocks import (
    Aside,
    Block,
    Cell,
    Code,
    Facts,
    Figure,
    Heading,
    Inline,
    Items,
    Paragraph,
    Run,
    Table,
)
from s4mcl_dashboards.formats.document import read_document, titled
from s4mcl_dashboards.formats.pictures import write_pictures
from s4mcl_dashboards.formats.placed_folder import placed_folder
from s4mcl_dashboards.formats.static_figures import draw_figures
from s4mcl_dashboards.formats.table_grid import spread

NAME = "report-markdown"
FILE = "report.md"
FIGURES = "figures"
SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$<>&!@^])")  # "<" begins HTML, "$" TeX, "@" a mention
ADDRESS = re.compile(r"(://|www\.)", re.IGNORECASE)  # becomes a link by itself
BEGINNING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")  # at its beginning a line with these is an item or a rule


def write_markdown(asked: Asked) -> Path:
    """Write a folder with report.md and its figures; whole or not at all.

    Raises:
        InputError: a study cannot be read, there is no browser to draw with, or the folder cannot be written.
    """
    target = asked.target(NAME)
    document = read_document(asked)
    with placed_folder(target) as folder:
        draw_figures(document.figures, folder / FIGURES, "png")
        write_pictures(document.pictures, folder / FIGURES)
        (folder / FILE).write_text(markdown(titled(document)), encoding="utf-8", errors="replace")
    return target


def markdown(blocks: tuple[Block, ...]) -> str:
    """The blocks as Markdown."""
    return "\n\n".join(text for block in blocks if (text := _block(block))) + "\n"


def _block(block: Block) -> str:  # noqa: PLR0911  # one answer a kind
    match block:
        case Heading():
            return f"{'#' * min(block.level, 6)} {_inline(block.runs)}"
        case Paragraph():
            return _first(_inline(block.runs))
        case Items():
            return "\n".join(f"- {_first(_inline(item))}" for item in block.items)
        case Facts():
            return "\n".join(f"- **{_text(name)}**: {_text(value)}" for name, value in block.pairs)
        case Code():
            return _fenced(block.text)
        case Aside():
            return "\n".join(f"> {line}".rstrip() for line in markdown(block.blocks).rstrip("\n").split("\n"))
        case Table():
            return _table(block)
        case Figure():
            return _figure(block)


def _figure(figure: Figure) -> str:
    parts = [f"**{_text(figure.title)}**"] if figure.title else []
    parts.append(f"![{_text(figure.alternative or figure.title)}]({FIGURES}/{figure.name}.png)")
    return "\n\n".join([*parts, *([_first(_inline(figure.note))] if figure.note else [])])


def _table(table: Table) -> str:
    """Heads and rows; a cell that spans rows stands in the first of them."""
    rows = [*spread(table.rows)]
    width = max([len(table.heads), *(len(row) for row in rows)])
    heads = [_inline(head) for head in table.heads]
    lines = [heads + [""] * (width - len(heads)), ["---"] * width]
    lines += [["" if cell is None else _cell(cell) for cell in row] for row in rows]
    caption = f"**{_text(table.caption)}**\n\n" if table.caption else ""
    return caption + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell) -> str:
    words = _inline(cell.runs)
    if cell.picture is None:
        return words
    shown = f"![{_text(cell.picture.alternative)}]({FIGURES}/{cell.picture.name}.png)"
    return f"{shown}<br>{words}" if words else shown


def _inline(runs: Inline) -> str:
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    text = _text(run.text)
    core = text.strip(" ")
    if not core:
        return text
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    for mark, is_so in (("**", run.strong), ("*", run.emphasised)):
        core = f"{mark}{core}{mark}" if is_so else core
    core = f"<code>{core}</code>" if run.code else core
    return f"{before}<sup>{core}</sup>{after}" if run.raised else f"{before}{core}{after}"


def _text(text: str) -> str:
    """Text that Markdown shows as it is: on one line, without markup, links or mentions."""
    line = " ".join(text.splitlines())
    escaped = SPECIAL.sub(lambda found: _entity(found[1]), line)
    return ADDRESS.sub(lambda found: f"{found[1][:-1]}&#{ord(found[1][-1])};", escaped)


def _entity(sign: str) -> str:
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", "$": "&#36;"}
    return entities.get(sign, f"\\{sign}")


def _first(text: str) -> str:
    """Text at the beginning of a line: no item, no rule."""
    return BEGINNING.sub(lambda found: f"{found[1]}{_escaped_beginning(found[2])}", text)


def _escaped_beginning(sign: str) -> str:
    return f"&#{ord(sign[0])};{sign[1:]}"


def _fenced(text: str) -> str:
    """A fence that is longer than any inside."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
