"""The look of a method: a colour that colour-blind readers can tell apart, and a dash and a marker that differ too.

Colours are names of CSS variables; the page gives each a light and a dark value. Their hues are those of Okabe and
Ito's palette; lightness and chroma were moved until no two of them come closer than CIEDE2000 9, and the first six none
closer than 12, to typical, protanopic, deuteranopic and tritanopic eyes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How one method is drawn: `color` is a CSS variable, `dash` and `marker` are Plotly's words."""

    color: str
    dash: str
    marker: str


LOOKS = (
    Look("var(--series-1)", "solid", "circle"),
    Look("var(--series-2)", "10px,3px", "square"),
    Look("var(--series-3)", "8px,3px,2px,3px", "diamond"),
    Look("var(--series-4)", "2px,3px", "triangle-up"),
    Look("var(--series-5)", "12px,3px,5px,3px", "x"),
    Look("var(--series-6)", "8px,3px,2px,3px,2px,3px", "star"),
    Look("var(--series-7)", "5px,2px", "triangle-down"),
    Look("var(--series-8)", "14px,4px,2px,4px", "hexagon"),
)
OWN = {"s4mcl": 0, "unet": 1, "s2mcl": 2, "cnn": 3, "s4mcl_calm": 4, "s4mcl_improved": 5}
OTHER = "var(--muted)"  # what belongs to no method of the study
PAPER_DASH = "5px,5px"


def looks(methods: Sequence[str]) -> dict[str, Look]:
    """One look a method, the same in every report for the methods of the paper."""
    chosen = {method: LOOKS[OWN[method]] for method in methods if method in OWN}
    free = (look for look in _every_look() if look not in chosen.values())
    return chosen | {method: next(free) for method in methods if method not in OWN}


def _every_look() -> Iterator[Look]:
    """The eight looks, then their colours with the dashes and markers of others; no two are alike."""
    for place in range(len(LOOKS) ** 2):
        turn = place // len(LOOKS)
        dash, marker = LOOKS[(place + turn) % len(LOOKS)].dash, LOOKS[(place + 3 * turn) % len(LOOKS)].marker
        yield Look(LOOKS[place % len(LOOKS)].color, dash, marker)
    yield from _every_look()


def fraction_looks(fractions: Sequence[float]) -> dict[float, Look]:
    """One look a label fraction, from few labels (light) to many (strong)."""
    ordered = sorted(set(fractions))
    last = max(len(ordered) - 1, 1)
    steps = [round(1 + 5 * i / last) if len(ordered) > 1 else 6 for i in range(len(ordered))]
    return {
        fraction: Look(
            f"var(--share-{step})", LOOKS[-1 - i % len(LOOKS)].dash if i < len(ordered) - 1 else "solid", "circle"
        )
        for i, (fraction, step) in enumerate(zip(ordered, steps, strict=True))
    }
