"""That lines can be told apart by every eye and without colour, and that every text can be read, light and dark."""

import re
from importlib import resources
from itertools import combinations

import numpy as np
import pytest
from colour_vision import EYES, ciede2000, colours, contrast, difference

from s4mcl_dashboards.palette import LOOKS, OWN, fraction_looks, looks

CSS = (resources.files("s4mcl_dashboards") / "templates" / "report.css").read_text(encoding="utf-8")
SCHEMES = colours(CSS)
SURFACES = ("--page", "--card", "--soft", "--warn")  # on which text stands
TEXTS = ("--ink", "--muted", "--accent")
MARKS = ("--axis", *(f"--series-{i}" for i in range(1, 9)), *(f"--share-{i}" for i in range(1, 7)))
both = pytest.mark.parametrize("scheme", SCHEMES)


@pytest.mark.parametrize(
    ("one", "other", "expected"),  # from Table 1 of Sharma, Wu and Dalal (2005)
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((50, 0, 0), (50, -1, 2), 2.3669),
    ],
)
def test_the_measure_of_difference_is_ciede2000(one: tuple[float], other: tuple[float], expected: float) -> None:
    assert ciede2000(np.array(one, float), np.array(other, float)) == pytest.approx(expected, abs=5e-5)


def test_the_measure_of_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@both
@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_the_lines_of_a_figure_apart(scheme: str, eye: str) -> None:
    shown = SCHEMES[scheme]
    series = [shown[f"--series-{i}"] for i in range(1, len(LOOKS) + 1)]
    own = series[: len(OWN)]
    assert min(difference(one, other, eye) for one, other in combinations(own, 2)) >= 12
    assert min(difference(one, other, eye) for one, other in combinations(series, 2)) >= 9
    shares = [shown[f"--share-{i}"] for i in range(1, 7)]
    assert min(difference(one, other, eye) for one, other in combinations(shares, 2)) >= 7
    assert difference(shown["--true"], shown["--predicted"], eye) >= 40  # the boundaries cross each other


def test_lines_differ_without_colour_too() -> None:
    methods = [*OWN, "mine", "yours"]
    assert len({look.dash for look in looks(methods).values()}) == len(methods)
    assert len({look.marker for look in looks(methods).values()}) == len(methods)
    many = looks([*OWN, *(f"method {i}" for i in range(50))])
    assert len(set(many.values())) == 56
    assert len(looks([f"method {i}" for i in range(100)])) == 100
    fractions = fraction_looks([0.05, 0.1, 0.2, 0.3, 0.5, 1.0])
    assert len({look.dash for look in fractions.values()}) == len({look.color for look in fractions.values()}) == 6


def test_a_method_of_the_paper_looks_the_same_in_every_report() -> None:
    alone, among = looks(["s4mcl"]), looks(["mine", "unet", "s4mcl"])
    assert alone["s4mcl"] == among["s4mcl"] == LOOKS[OWN["s4mcl"]]


@both
def test_every_text_can_be_read(scheme: str) -> None:
    """WCAG 2.2, 1.4.3 AA: 4.5 to 1 for text."""
    shown = SCHEMES[scheme]
    for surface in SURFACES:
        for text in TEXTS:
            assert contrast(shown[text], shown[surface]) >= 4.5, (text, surface)


@both
def test_every_mark_can_be_seen(scheme: str) -> None:
    """WCAG 2.2, 1.4.11 AA: 3 to 1 for what must be seen to understand a picture."""
    shown = SCHEMES[scheme]
    for surface in ("--page", "--card"):
        for mark in MARKS:
            assert contrast(shown[mark], shown[surface]) >= 3, (mark, surface)


def test_no_colour_stands_outside_the_variables() -> None:
    """Else the dark page would show light colours. Black is that of the pictures' ground."""
    rules = CSS[CSS.index("* {") :]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\s*[.{>])", rules)) == {"#000"}
