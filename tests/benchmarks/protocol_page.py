"""The results page of studies: their reports in words and tables, as Markdown without figures or patient images.

Every number and verdict is the report's own; this chooses which of its parts a page under docs/results has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.blocks import Aside, Block, Code, Figure, Heading, Paragraph, plain
from s4mcl_dashboards.formats.document import read_document
from s4mcl_dashboards.formats.markdown import markdown
from s4mcl_trainables.problems import InputError

UNMEASURED = "Not yet measured."
SECTIONS = ("", "table", "comparisons", "ablation", "search", "provenance")  # "": the summary
LEFT_OUT = {  # panels of a section, by the beginning of their headings
    "comparisons": ("Macro F1", "IoU", "HD95", "ASSD"),
}
FIRST_PART_ALONE = ("search",)  # the budget of each method; a panel each would be the whole search
MOST_LINES = 20  # of text that is shown as it is
CONFIGURATION = "Configuration"  # hundreds of lines, which the study's file and its command say in a few


def results_page(title: str, studies: Sequence[tuple[str, Path]], command: str, today: date) -> str:
    """The page as Markdown: what was done, then a part a study.

    Args:
        studies: the name of a dataset, and its STUDY_DIR; one that is not there is told as not yet measured.
        command: that makes all of it.
    """
    parts = [f"# {title}", f"{today:%Y-%m-%d}", f"    {command}", _reading()]
    for name, study_dir in studies:
        parts += [f"## {name}", _of_study(study_dir)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _reading() -> str:
    return (
        "Every table and sentence below is of the studies' own reports (`s4mcl report`), whose figures are left out. "
        "“Not yet measured” stands where nothing was trained or judged yet; “no difference shown” does not say that "
        "two methods are equal."
    )


def _of_study(study_dir: Path) -> str:
    try:
        document = read_document(Asked.of([study_dir], images=False))
    except InputError:
        if study_dir.exists():
            raise
        return UNMEASURED
    return markdown(tuple(_kept(document.blocks)))


def _kept(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks of the sections that a page has, their headings a level deeper."""
    section, panel = "", ""
    for block in blocks:
        if isinstance(block, Heading):
            section, panel = (block.anchor, "") if block.anchor else (section, plain(block.runs))
        if section not in SECTIONS or (panel and section in FIRST_PART_ALONE):
            continue
        if panel and panel.startswith(LEFT_OUT.get(section, ("\0",))):
            continue
        yield from _deeper(block)


def _deeper(block: Block) -> Iterator[Block]:
    match block:
        case Figure():
            return
        case Code() if block.text.count("\n") > MOST_LINES:
            return
        case Paragraph() if plain(block.runs) == CONFIGURATION:
            return
        case Heading():
            yield replace(block, level=block.level + 1)
        case Aside():
            yield Aside(tuple(inner for one in block.blocks for inner in _deeper(one)))
        case _:
            yield block
