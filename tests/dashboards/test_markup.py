import html
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from s4mcl.naming import percent, shortened
from s4mcl_dashboards.figures.canvas import label, templated, wrapped
from s4mcl_dashboards.legend import key, legend
from s4mcl_dashboards.markup import (
    IN_CELL,
    IN_PROSE,
    cell,
    details,
    embedded,
    escaped,
    facts,
    listed,
    paragraph,
    prose,
    row_head,
    section,
    table,
    tabs,
)
from s4mcl_dashboards.naming import count, duration, joined, number, signed
from s4mcl_dashboards.palette import LOOKS

WILD = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        *("</script><script>alert(1)</script>", '" onclick="x', "' onclick='x", "]]>", "<!-- <script>", "&lt;b&gt;"),
        "$x$",
    ]
)
TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")  # Unicode's bidirectional classes


class Tags(HTMLParser):
    """Collects the elements that a browser would make, with their text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def shown_as(text: str) -> str:
    """The text with a replacement character for each that HTML cannot hold or that turns the writing round."""
    return "".join("\ufffd" if is_unshowable(character) else character for character in text)


def is_unshowable(character: str) -> bool:
    no_character = 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) in (0xFFFE, 0xFFFF)
    control = unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r"
    return no_character or control or unicodedata.bidirectional(character) in TURNS


@given(WILD)
def test_escaped_text_is_text(text: str) -> None:
    shown = escaped(text)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == shown_as(text)
    shown.encode("utf-8")


@given(WILD)
def test_a_label_of_a_figure_is_text(text: str) -> None:
    for shown in (label(text), label(text, 10), templated(text), wrapped(text)):
        assert not set("<>\"'$") & set(shown.replace("<br>", "\n"))
    assert html.unescape(label(text)) == shortened(shown_as(text), 40)
    assert "%{" not in templated(text)


@given(st.text(min_size=IN_PROSE, max_size=IN_PROSE + 50), st.sampled_from([prose, cell, row_head]))
def test_a_text_of_any_length_stays_short(text: str, build: Callable[[str], str]) -> None:
    shown = html.unescape(re.sub("^<t[dh][^>]*>|</t[dh]>$", "", build(text * 6)))
    assert len(shown) <= (IN_PROSE if build is prose else IN_CELL)
    assert "…" in shown


@given(WILD)
def test_no_builder_lets_data_become_an_element(text: str) -> None:
    plain, wild = Tags(), Tags()
    for parser, content in ((plain, "x"), (wild, text)):
        parser.feed(
            paragraph(content)
            + listed([content])
            + table(content, [content], [[cell(content)]])
            + facts([(content, content)])
            + details(content, "")
            + tabs("name", [(content, ""), (content, "")])
            + tabs("name", [(content, "")])
            + section("name", content)
            + legend([(content, content, LOOKS[0])])
            + key([(content, LOOKS[0])])
        )
    assert wild.tags == plain.tags
    assert wild.attributes == plain.attributes


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | WILD, lambda c: st.lists(c) | st.dictionaries(WILD, c)
    )
)
def test_embedded_json_survives_a_script_element(value: object) -> None:
    text = embedded(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_embedded_numbers_are_short_and_finite() -> None:
    assert embedded([0.123456789, float("nan"), float("inf"), (1, 2)]) == "[0.123457,null,null,[1,2]]"


def test_how_numbers_are_written() -> None:
    assert (percent(0.05), percent(0.125), percent(1.0)) == ("5 %", "12.5 %", "100 %")
    assert (number(0.91), number(None), number(-0.5), number(float("nan"))) == ("0.910", "–", "−0.500", "–")
    assert (signed(0.02), signed(-0.02)) == ("+0.020", "−0.020")
    assert (signed(-0.0002), signed(0.0002), signed(0.0)) == ("0.000", "0.000", "0.000")
    assert (duration(3.21), duration(59.6), duration(372), duration(11_100)) == (
        "3.2 s",
        "1 min 0 s",
        "6 min 12 s",
        "3 h 5 min",
    )
    assert (count(1, "seed"), count(2, "seed"), count(1200, "trial")) == ("1 seed", "2 seeds", "1,200 trials")
    assert (joined(["A"]), joined(["A", "B", "C"]), joined([])) == ("A", "A, B and C", "")
    assert len(shortened("x" * 10_000)) == 60
