"""The report's own HTML as a tree, for the formats that say the same in another way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("area", "br", "col", "hr", "image", "img", "input", "link", "meta", "use", "wbr", "path"))
MEANT_WHOLE = frozenset(("pre", "script"))  # whose blanks are kept


@dataclass
class Node:
    """An element with its attributes, elements and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """An attribute; "" where the element has none of this name."""
        return self.attributes.get(name, "")

    @property
    def kinds(self) -> set[str]:
        """The words of its class."""
        return set(self["class"].split())

    def elements(self) -> Iterator["Node"]:
        """The elements directly inside."""
        return (child for child in self.children if isinstance(child, Node))

    def all(self, *tags: str) -> Iterator["Node"]:
        """All elements inside of these tags, in the order of the page."""
        for child in self.elements():
            if child.tag in tags:
                yield child
            yield from child.all(*tags)

    def first(self, *tags: str) -> "Node | None":
        """The first element inside of these tags."""
        return next(self.all(*tags), None)

    def text(self) -> str:
        """All text inside, as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


class _Builder(HTMLParser):
    """Builds the tree; the page's HTML is well formed, so an end tag closes the element that is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; one that has no content is complete."""
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself, as in SVG."""
        self._open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost open element of this tag, and what is open in it."""
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        """Text."""
        self._open[-1].children.append(data)


def html_tree(html: str) -> Node:
    """The tree of a piece of HTML, under a root of its own."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
