"""Asynchronous successive halving (Li et al., MLSys 2020), by Ray Tune's scheduler."""

from s4mcl.search.early_stopping.rungs import on_reports
from s4mcl.search.early_stopping.tune_rule import RUNG, SCORE, TuneRule


def asha(*, grace: int, reduction: int, iterations: int, report_every: int) -> TuneRule:
    """At rungs grace x reduction^k the best 1/reduction of those that came so far go on.

    A rung is judged at the first report that lies on it or beyond.
    """
    from ray.tune.schedulers import AsyncHyperBandScheduler  # noqa: PLC0415  # a study that stops nobody is spared it

    scheduler = AsyncHyperBandScheduler(
        time_attr=RUNG,
        metric=SCORE,
        mode="max",
        max_t=iterations,
        grace_period=grace,
        reduction_factor=reduction,
        brackets=1,
        stop_last_trials=False,
    )
    milestones, rung = [], grace
    while rung < iterations:
        milestones.append(rung)
        rung *= reduction
    return TuneRule(scheduler, on_reports(milestones, iterations=iterations, report_every=report_every))
