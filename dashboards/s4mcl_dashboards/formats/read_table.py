"""A table of the report's HTML, with the pictures that stand in its cells."""

import base64
from collections.abc import Iterator, Mapping

from s4mcl_dashboards.formats.blocks import Cell, Picture, Table
from s4mcl_dashboards.formats.html_tree import Node
from s4mcl_dashboards.formats.read_inline import inline, single_blanks

PNG = "data:image/png;base64,"


def read_table(node: Node, caption: str, definitions: Mapping[str, Node]) -> Table:
    """Heads and rows; `definitions` are the images and paths that pictures refer to, by their id."""
    head, body = node.first("thead"), node.first("tbody")
    heads = () if head is None else tuple(inline(cell) for cell in head.all("th", "td"))
    rows = () if body is None else tuple(_row(row, definitions) for row in body.all("tr"))
    return Table(single_blanks(caption), heads, rows)


def _row(row: Node, definitions: Mapping[str, Node]) -> tuple[Cell, ...]:
    return tuple(
        Cell(inline(cell), cell.tag == "th", int(cell["rowspan"] or 1), _picture(cell, definitions))
        for cell in row.elements()
        if cell.tag in ("th", "td")
    )


def _picture(cell: Node, definitions: Mapping[str, Node]) -> Picture | None:
    """The image in a cell with the lines over it, where there is one."""
    drawn = next((found for found in cell.all("svg") if "picture" in found.kinds), None)
    if drawn is None:
        return None
    layers = [*_layers(drawn, definitions)]
    image = next((node["href"] for _, node in layers if node["href"].startswith(PNG)), "")
    lines = tuple((kind, node["d"]) for kind, node in layers if node["d"])
    width, height = (int(float(side)) for side in drawn["viewbox"].split()[2:])
    return Picture(drawn["aria-label"], width, height, base64.b64decode(image.removeprefix(PNG)), lines)


def _layers(drawn: Node, definitions: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """What is drawn, from bottom to top, each with the words of its class."""
    for node in drawn.all("image", "path", "use"):
        found = definitions.get(node["href"].removeprefix("#")) if node.tag == "use" else node
        if found is not None:
            yield node["class"], found
