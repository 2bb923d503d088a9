"""The label fractions at which a study confirms a method."""

from collections.abc import Iterable

from s4mcl_trainables.label_fraction import LabelFraction, TaskFractions, fraction_for
from s4mcl_trainables.methods import method_named


def method_fractions(fractions: Iterable[LabelFraction], method: str) -> tuple[LabelFraction, ...]:
    """Each once: of unequal ones a method of one task has its own task's share, which others may have, too.

    Raises:
        InputError: there is no such method, and its tasks are asked for.
    """
    found = [
        fraction_for(each, method_named(method).tasks) if isinstance(each, TaskFractions) else each
        for each in fractions
    ]
    return tuple(dict.fromkeys(found))
