"""From the report's HTML to blocks: every word, table and figure of the page, without what only a screen needs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s4mcl_dashboards.formats.blocks import (
    Aside,
    Block,
    Code,
    Facts,
    Figure,
    Heading,
    Items,
    LegendEntry,
    Paragraph,
    Run,
)
from s4mcl_dashboards.formats.html_tree import Node, html_tree
from s4mcl_dashboards.formats.read_inline import SCREEN_ONLY, inline, single_blanks
from s4mcl_dashboards.formats.read_table import read_table

WHOLE = re.compile(r"h[1-6]|p|ul|ol|dl|figure|pre|table|details")


@dataclass
class _Place:
    """What has been read so far and counts for what follows."""

    anchor: str = ""  # of a section whose heading is still to come
    caption: str = ""
    legend: tuple[LegendEntry, ...] = ()
    definitions: dict[str, Node] = field(default_factory=dict)


def read_blocks(html: str) -> list[Block]:
    """The blocks of a piece of the report's HTML, in its order."""
    tree = html_tree(html)
    definitions = {node["id"]: node for node in tree.all("image", "path") if node["id"]}
    return list(_children(tree, _Place(definitions=definitions)))


def _children(node: Node, place: _Place) -> Iterator[Block]:
    for child in node.children:
        if isinstance(child, Node):
            yield from _block(child, place)
        elif child.strip():
            yield Paragraph((Run(single_blanks(child)),))


def _block(node: Node, place: _Place) -> Iterator[Block]:
    if node.tag in SCREEN_ONLY or node["role"] == "tablist" or "hidden" in node.attributes:
        return
    if node.tag == "section":
        place.anchor, place.legend = node["id"], ()
    if "legend" in node.kinds:
        place.legend += tuple(_entries(node))
        words = "; ".join(single_blanks(entry.text()) for entry in node.elements() if entry.tag != "button")
        yield from [Paragraph((Run(words),), note=True)] if words and not place.legend else []
    elif node.tag == "aside":
        yield Aside(tuple(_children(node, place)))
    elif WHOLE.fullmatch(node.tag):
        yield from _whole(node, place)
    else:
        yield from _children(node, place)


def _whole(node: Node, place: _Place) -> Iterator[Block]:
    """An element that is one block."""
    if node.tag == "p" and "caption" in node.kinds:
        place.caption = node.text()
    elif node.tag == "p":
        yield Paragraph(inline(node), note=bool(node.kinds & {"note", "kicker"}))
    elif node.tag in ("ul", "ol"):
        yield Items(tuple(inline(item) for item in node.elements()))
    elif node.tag == "dl":
        yield Facts(tuple(_pairs(node)))
    elif node.tag == "pre":
        yield Code(node.text())
    elif node.tag == "figure":
        yield from _figure(node, place)
    elif node.tag == "table":
        yield read_table(node, place.caption or node["aria-label"], place.definitions)
        place.caption = ""
    elif node.tag == "details":
        yield from _details(node, place)
    else:
        yield Heading(int(node["aria-level"] or node.tag[1]), inline(node), place.anchor)
        place.anchor = ""


def _details(node: Node, place: _Place) -> Iterator[Block]:
    for child in node.elements():
        if child.tag == "summary":
            yield Paragraph(tuple(replace(run, strong=True) for run in inline(child)))
        else:
            yield from _block(child, place)


def _pairs(node: Node) -> Iterator[tuple[str, str]]:
    for pair in node.all("div"):
        name, value = pair.first("dt"), pair.first("dd")
        if name is not None and value is not None:
            yield single_blanks(name.text()), single_blanks(value.text())


def _figure(node: Node, place: _Place) -> Iterator[Figure]:
    """A Plotly figure; a figure of another kind has no other form than the page."""
    data = next((found for found in node.all("script") if found["type"] == "application/json"), None)
    if data is None:
        return
    drawing, title = (
        next((found for found in node.all("div") if found["role"] == "img"), None),
        node.first("figcaption"),
    )
    notes = tuple(run for note in node.all("p") for run in inline(note))
    alternative = "" if drawing is None else drawing["aria-label"]
    yield Figure("" if title is None else title.text(), alternative, notes, json.loads(data.text()), place.legend)


def _entries(node: Node) -> Iterator[LegendEntry]:
    """The buttons of a legend, or the lines of a key, with the look of their swatches."""
    for entry in node.elements():
        swatch = entry.first("svg")
        if swatch is None:
            continue
        line = swatch.first("path")
        dash = "" if line is None else line["stroke-dasharray"]
        color = swatch["style"].removeprefix("color:")
        yield LegendEntry(single_blanks(entry.text()), entry["data-series"], color, dash)
