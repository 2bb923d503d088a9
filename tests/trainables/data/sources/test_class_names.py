from pathlib import Path

import pytest

from s4mcl_trainables.data.sources.class_names import resolve_classes
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.source import Item
from s4mcl_trainables.problems import InputError


def items(*labels: str | None) -> list[Item]:
    return [Item(id=str(n), image=f"images/{n}.png", label=label) for n, label in enumerate(labels)]


def faults(labels: tuple[str | None, ...], given: list[str] | None = None) -> str:
    offences = Offences(Path("src"))
    resolve_classes(items(*labels), given, offences)
    with pytest.raises(InputError) as caught:
        offences.raise_if_any()
    return str(caught.value)


def test_order_is_sorted_numeric_or_given() -> None:
    offences = Offences(Path("src"))
    assert resolve_classes(items("b", None, "a"), None, offences) == ("a", "b")
    assert resolve_classes(items("10", "9", "1"), None, offences) == ("1", "9", "10")
    assert resolve_classes(items("b", "a"), ["b", "a"], offences) == ("b", "a")
    assert not offences


@pytest.mark.parametrize(
    ("labels", "given", "found"),
    [
        (("a", "a", None), None, "only 'a' was found"),
        ((None, None), None, "none was found"),
        (("a", "Unknown", "b"), None, "unknown class 'Unknown' on 1 images"),
        (("Benign", "benign"), None, "differ by case alone"),
        (("a", "bening", "benign"), ["a", "benign"], "images/1.png: unknown class 'bening'; 'benign' is near"),
        (("a", "b"), ["a", "b", "c"], "class 'c' was asked for"),
    ],
)
def test_classes_that_cannot_be_used(labels: tuple[str | None, ...], given: list[str] | None, found: str) -> None:
    assert found in faults(labels, given)
