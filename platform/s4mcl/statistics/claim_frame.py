"""A claim put to the test: that a method beats others, in comparisons named before anything was measured."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from s4mcl.statistics.comparison import HIGHER, LEVEL, LOWER, Comparison, compare_family
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl.statistics.crossed import crossed_interval
from s4mcl.statistics.group_sums import GroupSums
from s4mcl.statistics.image_scores import ImageScores, paired_scores

WIN, LOSS, UNMEASURED = "win", "loss", "not yet measured"
VERDICTS = {HIGHER: WIN, LOWER: LOSS}

CLAIM_SCHEMA = {
    "measure": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "reference": pl.String,
    "reference_fraction": pl.Float64,
    "seeds": pl.Int64,
    "images": pl.Int64,
    "groups": pl.Int64,
    **dict.fromkeys(("mean", "reference_mean", "effect", "low", "high", "confidence"), pl.Float64),
    **dict.fromkeys(("p", "p_holm", "swap_p", "swap_p_holm"), pl.Float64),
    "verdict": pl.String,
}


class Contest(NamedTuple):
    """One comparison of a claim: a method at a label fraction, and whom it is to beat with which."""

    measure: str
    method: str
    label_fraction: float
    reference: str
    reference_fraction: float


def claim_frame(cells: Mapping[Cell, ImageScores], contests: Sequence[Contest], *, seed: int = 0) -> pl.DataFrame:
    """One row a contest, in the order given; those of one measure are one family, for which Holm's correction is made.

    `low` and `high` are limits at the level that the correction leaves the row: `confidence` is 1 - 0.05 p / p_holm,
    so that they leave out 0 exactly where p_holm is at most 0.05. The verdict is "win" or "loss" where they do and the
    permutation test, corrected too, agrees; else "no difference shown"; "not yet measured" where a side has no scores
    of the measure, or no seed in common. What is not measured yet counts in the correction, as if its p were 1: the
    family is what was claimed, however much of it is there.

    Raises:
        InputError: two methods of the study were tested on other images.
    """
    rows: dict[Contest, dict[str, Any]] = {contest: contest._asdict() for contest in contests}
    for measure in dict.fromkeys(contest.measure for contest in contests):
        family = [contest for contest in contests if contest.measure == measure]
        pairs = {contest: pair for contest in family if (pair := _pair(cells, contest)) is not None}
        compared = compare_family(pairs, seed=seed, absent=len(family) - len(pairs))
        for contest, found in compared.items():
            rows[contest] |= _told(found, *pairs[contest])
    return pl.DataFrame([{"verdict": UNMEASURED, **row} for row in rows.values()], schema=CLAIM_SCHEMA)


def _pair(cells: Mapping[Cell, ImageScores], contest: Contest) -> tuple[GroupSums, GroupSums] | None:
    """The sums of both sides on the seeds that they share; None where there is nothing to compare."""
    ours = cells.get((contest.method, contest.label_fraction))
    theirs = cells.get((contest.reference, contest.reference_fraction))
    if ours is None or theirs is None or any(contest.measure not in side.measures for side in (ours, theirs)):
        return None
    one, other = paired_scores(ours, theirs)
    return (one.grouped(contest.measure), other.grouped(contest.measure)) if one.seeds else None


def _told(found: Comparison, ours: GroupSums, theirs: GroupSums) -> dict[str, Any]:
    confidence = 1 - LEVEL * (found.p / found.p_holm if found.p and found.p_holm else 1.0)
    interval = crossed_interval(ours, theirs, confidence)
    return {
        "seeds": ours.seeds,
        "images": int(ours.sizes.sum()),
        "groups": len(ours.sizes),
        "mean": found.value.mean,
        "reference_mean": found.reference.mean,
        "effect": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "confidence": None if interval.low is None else confidence,
        "p": found.p,
        "p_holm": found.p_holm,
        "swap_p": None if found.swap is None else found.swap.p,
        "swap_p_holm": found.swap_p_holm,
        "verdict": VERDICTS.get(found.verdict, found.verdict),
    }
