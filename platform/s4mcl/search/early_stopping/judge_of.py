"""The judge that a configuration asks for."""

from s4mcl.config.study_config import Budget, EarlyStopping
from s4mcl.search.early_stopping.asha import asha
from s4mcl.search.early_stopping.judge import Judge
from s4mcl.search.early_stopping.median import median, seed_by_seed


def judge_of(stopping: EarlyStopping, budget: Budget, *, seeds: int, in_order: bool) -> Judge | None:
    """A judge without memory; None where no proposal ends early.

    Args:
        stopping: which rule, and its settings.
        budget: of a trial, in iterations.
        seeds: of a proposal.
        in_order: whether decisions must not depend on who trains fastest.
    """
    grace = stopping.grace or budget.report_every
    shared = {"iterations": budget.iterations, "report_every": budget.report_every}
    if stopping.kind == "asha":
        return Judge(asha(grace=grace, reduction=stopping.reduction, **shared), in_order=in_order)
    if stopping.kind == "median":
        return Judge(median(grace=grace, samples=stopping.samples, **shared), in_order=in_order)
    if stopping.kind == "seeds":
        return Judge(seed_by_seed(samples=stopping.samples, seeds=seeds), in_order=in_order)
    return None
