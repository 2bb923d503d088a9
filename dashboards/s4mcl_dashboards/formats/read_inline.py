"""The text inside of an element of the report's HTML, in its manners."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from s4mcl_dashboards.formats.blocks import Inline, Run
from s4mcl_dashboards.formats.html_tree import Node

SCREEN_ONLY = frozenset(
    ("nav", "script", "style", "noscript", "svg", "button", "select", "input", "label", "template", "output")
)
MANNERS: dict[str, dict[str, Any]] = {
    "b": {"strong": True},
    "strong": {"strong": True},
    "em": {"emphasised": True},
    "i": {"emphasised": True},
    "code": {"code": True},
    "sup": {"raised": True},
}
BLANKS = re.compile(r"[ \t\r\n\f]+")  # a no-break space is none of them


def single_blanks(text: str) -> str:
    """The text with single blanks and none at its ends."""
    return BLANKS.sub(" ", text).strip(" ")


def inline(node: Node) -> Inline:
    """The text inside of an element in its manners."""
    return _tidy(tuple(_runs(node, Run(""))))


def _runs(node: Node, manner: Run) -> Iterator[Run]:
    for child in node.children:
        if isinstance(child, str):
            yield replace(manner, text=child)
        elif child.tag == "br":
            yield replace(manner, text=" ")
        elif child.tag not in SCREEN_ONLY:
            yield from _runs(child, replace(manner, **MANNERS.get(child.tag, {})))


def _tidy(runs: Inline) -> Inline:
    """The runs with single blanks, none at the ends, and neighbours of one manner as one."""
    joined: list[Run] = []
    for run in runs:
        text = BLANKS.sub(" ", run.text)
        if joined and replace(joined[-1], text="") == replace(run, text=""):
            joined[-1] = replace(run, text=BLANKS.sub(" ", joined[-1].text + text))
        elif text:
            joined.append(replace(run, text=text))
    if joined:
        joined[0] = replace(joined[0], text=joined[0].text.lstrip(" "))
        joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip(" "))
    return tuple(run for run in joined if run.text)
