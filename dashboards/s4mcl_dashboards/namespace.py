"""Ids of one study's HTML made its own, so that several studies stand on one page."""

import re

# Texts of data have their quotes escaped, in attributes as in JSON, so that nothing of them reads like an attribute.
REFERRING = re.compile(r' (id|for|aria-controls|aria-labelledby|aria-describedby|aria-owns|list)="([^"]+)"')
LINK = re.compile(r' (href|xlink:href)="#([^"]*)"')
PAINTED = re.compile(r' (clip-path|mask|filter|fill|stroke)="url\(#([^)"]+)\)"')
HEADING = re.compile(r"<h([2-5])(?=[ >])")


def namespaced(html: str, prefix: str) -> str:
    """The HTML with `prefix` before every id and before whatever refers to one; data URLs and texts stay as they are.

    Args:
        html: as the sections make it, all texts escaped.
        prefix: letters, digits and hyphens.
    """
    owned = REFERRING.sub(lambda found: f' {found[1]}="{_each(found[2], prefix)}"', html)
    linked = LINK.sub(lambda found: f' {found[1]}="#{prefix}{found[2]}"', owned)
    return PAINTED.sub(lambda found: f' {found[1]}="url(#{prefix}{found[2]})"', linked)


def _each(ids: str, prefix: str) -> str:
    """An attribute may name several ids."""
    return " ".join(f"{prefix}{name}" for name in ids.split())


def deeper(html: str) -> str:
    """The HTML whose headings are told to be one level deeper than they look."""
    return HEADING.sub(lambda found: f'<h{found[1]} aria-level="{int(found[1]) + 1}"', html)
