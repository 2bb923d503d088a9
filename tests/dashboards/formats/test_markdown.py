"""The report as Markdown: read back by a parser, with every text as it was and every figure beside it."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image
from programs_at_hand import needs_chromium

from s4mcl_dashboards.formats.blocks import (
    Aside,
    Block,
    Cell,
    Code,
    Facts,
    Heading,
    Items,
    Paragraph,
    Run,
    Table,
)
from s4mcl_dashboards.formats.markdown import FILE, markdown
from s4mcl_dashboards.report import write_report

HOSTILE = (
    *("<script>alert(1)</script>", "<!-- x", "&lt;b&gt; &amp;", "[a](javascript:x)", "![a](b)", "`code` ``x``"),
    *(
        "**bold** _it_ ~~s~~",
        "| pipe | \\| x",
        "# head",
        "- item",
        "1. item",
        "+ x",
        "= =",
        "---",
        "> quote",
        "$x$ $$y$$",
    ),
    *("http://example.org www.example.org a@b.c", "\\ back \\* slash", "a\tb", "🧪 שלום é", "^x^ ~x~", "x" * 10_000),
)


def tokens(blocks: tuple[Block, ...]) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(markdown(blocks))


def told(parsed: list[Token]) -> list[str]:
    """The text of every inline token, with pictures by their alternative; anything else is told by its kind."""
    plain = ("text", "softbreak", "strong_open", "strong_close", "em_open", "em_close")
    texts = []
    for token in parsed:
        if token.type == "inline":
            parts = [child.content if child.type in plain else f"<{child.type}>" for child in token.children or []]
            texts.append("".join(parts))
    return texts


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_everywhere(text: str) -> None:
    runs = (Run(text),)
    table = Table(text, (runs, runs), ((Cell(runs, head=True), Cell(runs)),))
    blocks = (
        Heading(2, runs),
        Paragraph(runs),
        Items((runs,)),
        Facts(((text, text),)),
        Aside((Paragraph(runs),)),
        table,
    )
    parsed = tokens(blocks)
    shown = text.replace("\t", " ").strip() if "\t" in text else text
    expected = [shown, shown, shown, f"{shown}: {shown}", shown, shown, *[shown] * 4]
    assert [found.replace("\t", " ") for found in told(parsed)] == expected
    kinds = [token.type for token in parsed if token.level == 0 and token.nesting >= 0]
    assert kinds == [  # two lists that follow each other are one to Markdown
        *("heading_open", "paragraph_open", "bullet_list_open"),
        *("blockquote_open", "paragraph_open", "table_open"),
    ]


def test_code_ends_where_it_ends() -> None:
    parsed = tokens((Code("a: ```\n````\n  b: 1"), Paragraph((Run("after"),))))
    assert [(token.type, token.content) for token in parsed if token.type == "fence"] == [
        ("fence", "a: ```\n````\n  b: 1\n")
    ]
    assert told(parsed) == ["after"]


def test_manners_are_marked() -> None:
    runs = (Run("best ", strong=True), Run("0.9"), Run("*", raised=True), Run(" so", emphasised=True))
    assert markdown((Paragraph(runs),)) == "**best** 0.9<sup>\\*</sup> *so*\n"


def test_a_cell_over_rows_stands_once_and_columns_stay() -> None:
    one, other = (Cell((Run(text),)) for text in "ab")
    table = Table(
        "", ((Run("h"),), (Run("i"),)), ((Cell((Run("x"),), True, 2), one), (other,), (Cell((Run("y"),)), one))
    )
    assert markdown((table,)).splitlines()[2:] == ["| x | a |", "|  | b |", "| y | a |"]


@needs_chromium
def test_the_report_has_all_words_and_figures(made_storage: Path, tmp_path: Path) -> None:
    folder = write_report([made_storage / "demo"], tmp_path / "md", "markdown", images=False)
    text = (folder / FILE).read_text(encoding="utf-8")
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    headings = [
        parsed[place + 1].content for place, token in enumerate(parsed) if token.tag == "h2" and token.nesting == 1
    ]
    assert [found for found in headings if found != "Before you read on"][:4] == [
        *("How far do the labels go?", "Ours beside the paper's", "Against the reference", "What the parts are worth"),
    ]
    assert "# demo\n" in text
    assert "Design: leave-one-component-out." in text
    images = [child for token in parsed for child in token.children or [] if child.type == "image"]
    paths = [str(image.attrs["src"]) for image in images]
    assert len(paths) == len(set(paths)) > 10
    assert sorted(paths) == sorted(path.relative_to(folder).as_posix() for path in (folder / "figures").iterdir())
    assert all(image.content for image in images)
    with Image.open(folder / "figures" / "labels-accuracy.png") as drawn:
        assert drawn.width == 2 * round(drawn.width / 2) > 700
        assert len(drawn.convert("RGB").getcolors(1 << 20) or []) > 20
