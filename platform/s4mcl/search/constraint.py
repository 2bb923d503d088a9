"""A constraint: a bound that a validation metric of a proposal should keep, such as "val_dice >= 0.5"."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from s4mcl_trainables.problems import Problems

CLASSIFICATION = ("val_accuracy", "val_balanced_accuracy", "val_majority_rate", "val_macro_f1")
SEGMENTATION = ("val_dice", "val_iou", "val_dice_pooled", "val_dice_nonempty", "val_n_empty_gt")
METRICS = (*CLASSIFICATION, *SEGMENTATION, "val_score")
UNMEASURED = 1e9
"""The violation of a metric that was not measured or is not a number: finite, so that a ledger can hold it."""

_SMALLEST = math.ulp(0.0)
_FORM = re.compile(r"\s*(?P<metric>[A-Za-z_]\w*)\s*(?P<relation><=|>=|<|>)\s*(?P<bound>[^\s<>=]+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A metric, one of >=, >, <= and <, and a finite bound in the metric's unit."""

    metric: str
    relation: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric} {self.relation} {self.bound:g}"

    def violation(self, metrics: Mapping[str, float | None]) -> float:
        """How far the metric is from what is asked, in its own unit: at most 0 where the constraint is met.

        A strict bound that is just reached is missed by the smallest number above 0. A metric that is absent or not
        finite counts as `UNMEASURED`.
        """
        found = metrics.get(self.metric)
        if found is None or not math.isfinite(found):
            return UNMEASURED
        missed = self.bound - found if self.relation.startswith(">") else found - self.bound
        return _SMALLEST if missed == 0 and "=" not in self.relation else missed

    def applies_to(self, tasks: Collection[str]) -> bool:
        """Whether a method with these tasks (classification, segmentation) measures the metric at all."""
        if self.metric in CLASSIFICATION:
            return "classification" in tasks
        return self.metric not in SEGMENTATION or "segmentation" in tasks


def read_constraints(texts: Iterable[str], problems: Problems) -> tuple[Constraint, ...]:
    """The constraints of `search.constraints`; what is wrong is noted, with the nearest metric, and left out."""
    read = (_read(f"search.constraints[{place}]", text, problems) for place, text in enumerate(texts))
    return tuple(constraint for constraint in read if constraint is not None)


def _read(where: str, text: str, problems: Problems) -> Constraint | None:
    form = _FORM.fullmatch(text)
    if form is None:
        problems.add(f"{where}: expected METRIC >= NUMBER (or >, <=, <), such as 'val_dice >= 0.5', found {text!r}")
        return None
    metric, relation = form["metric"], form["relation"]
    bound = _number(form["bound"])
    if metric not in METRICS:
        near = get_close_matches(metric, METRICS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(METRICS)}"
        problems.add(f"{where}: unknown metric {metric!r}; {hint}")
    if bound is None:
        problems.add(f"{where}: expected a finite number after {relation}, found {form['bound']!r}")
    return None if bound is None or metric not in METRICS else Constraint(metric, relation, bound)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
