"""What may be asked for: metrics, references, parts. What there is none of is refused with the nearest name."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from s4mcl.statistics.image_scores import CLASS_MEASURES, MASK_MEASURES, MEASURES
from s4mcl_trainables.problems import InputError

SINGLE_TASK = {**dict.fromkeys(CLASS_MEASURES, "cnn"), **dict.fromkeys(MASK_MEASURES, "unet")}


def chosen(what: str, name: str, known: Iterable[str]) -> str:
    """The name itself.

    Raises:
        InputError: it is not among the known ones.
    """
    names = list(dict.fromkeys(known))
    if name in names:
        return name
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"unknown {what} {name!r}.\nCure: {hint}known are {', '.join(names) or 'none'}")


def measures(metric: str | None) -> Sequence[str]:
    """The measure that was asked for, or all."""
    return MEASURES if metric is None else (chosen("metric", metric, MEASURES),)


def reference_of(measure: str, methods: Sequence[str]) -> str | None:
    """Whom to compare with where nobody is named: the single-task method of the measure, else the first method."""
    usual = SINGLE_TASK[measure]
    return usual if usual in methods else next(iter(methods), None)
