"""The median rule (Golovin et al., Google Vizier, KDD 2017), by Ray Tune's scheduler."""

from s4mcl.search.early_stopping.rungs import on_reports
from s4mcl.search.early_stopping.tune_rule import RUNG, SCORE, TuneRule


def median(*, grace: int, samples: int, iterations: int, report_every: int) -> TuneRule:
    """At every report from `grace` on, whose best score is below the median of the others' running means stops.

    Nobody stops before `samples` others have come as far.
    """
    from ray.tune.schedulers import MedianStoppingRule  # noqa: PLC0415  # a study that stops nobody is spared it

    scheduler = MedianStoppingRule(
        time_attr=RUNG, metric=SCORE, mode="max", grace_period=grace, min_samples_required=samples, hard_stop=True
    )
    milestones = range(grace, iterations)
    return TuneRule(scheduler, on_reports(milestones, iterations=iterations, report_every=report_every))


def seed_by_seed(*, samples: int, seeds: int) -> TuneRule:
    """The median rule on the mean over the seeds so far: a proposal begins with one seed and earns the next.

    A rung is a number of seeds. As cleanrl's tuner, which reports to its pruner after each seed.
    """
    return median(grace=1, samples=samples, iterations=seeds, report_every=1)
