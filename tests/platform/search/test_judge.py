import random
from itertools import permutations

import numpy as np
import pytest

from s4mcl.config.study_config import Budget, EarlyStopping
from s4mcl.search.early_stopping import Judge, Verdict, judge_of
from s4mcl.search.early_stopping.asha import asha
from s4mcl.search.early_stopping.median import median, seed_by_seed
from s4mcl.search.early_stopping.rungs import on_reports


class Threshold:
    """A rule that lets whoever is above one half go on, and remembers the order of its questions."""

    def __init__(self, rungs: tuple[int, ...]) -> None:
        self.rungs = rungs
        self.asked: list[tuple[int, int]] = []

    def goes_on(self, number: int, rung: int, score: float) -> bool:
        self.asked.append((rung, number))
        return score > 0.5


def test_rungs_lie_on_reports_and_the_end_is_none() -> None:
    assert asha(grace=1, reduction=3, iterations=81, report_every=1).rungs == (1, 3, 9, 27)
    assert asha(grace=10, reduction=3, iterations=200, report_every=20).rungs == (20, 40, 100)
    assert on_reports([7, 8, 21], iterations=20, report_every=5) == (10,)
    assert median(grace=40, samples=5, iterations=100, report_every=20).rungs == (40, 60, 80)
    assert seed_by_seed(samples=5, seeds=4).rungs == (1, 2, 3)
    assert seed_by_seed(samples=5, seeds=1).rungs == ()


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_order_a_rung_is_judged_by_number_whoever_comes_first(order: tuple[int, ...]) -> None:
    rule = Threshold((1, 3))
    judge = Judge(rule, in_order=True)
    scores = {0: 0.9, 1: 0.1, 2: 0.8, 3: 0.2}
    for place, number in enumerate(order):
        judge.report(number, 1, scores[number])
        judge.report(number, 1, scores[number])  # saying it twice changes nothing
        if any(earlier not in order[: place + 1] for earlier in range(number)):
            assert judge.verdict(number, 1) is Verdict.WAIT
    assert rule.asked == [(1, 0), (1, 1), (1, 2), (1, 3)]
    stopped = {number: judge.verdict(number, 1) for number in scores}
    assert stopped == {0: Verdict.GO_ON, 1: Verdict.STOP, 2: Verdict.GO_ON, 3: Verdict.STOP}
    judge.report(2, 3, 0.7)
    assert judge.verdict(2, 3) is Verdict.WAIT, "number 0 has not come so far"
    judge.report(0, 3, 0.6)
    assert rule.asked[4:] == [(3, 0), (3, 2)], "who was stopped is waited for no longer"


def test_who_has_ended_is_not_waited_for() -> None:
    judge = Judge(Threshold((1, 3)), in_order=True)
    judge.report(2, 1, 0.9)
    judge.ended(0)
    assert judge.verdict(2, 1) is Verdict.WAIT
    judge.ended(1)
    assert judge.verdict(2, 1) is Verdict.GO_ON


def test_without_order_a_score_is_judged_as_it_comes() -> None:
    rule = Threshold((1,))
    judge = Judge(rule, in_order=False)
    judge.report(5, 1, 0.9)
    judge.report(0, 1, 0.2)
    assert (judge.verdict(5, 1), judge.verdict(0, 1)) == (Verdict.GO_ON, Verdict.STOP)
    assert rule.asked == [(1, 5), (1, 0)]


def test_asha_lets_one_in_three_go_on() -> None:
    rule = asha(grace=1, reduction=3, iterations=27, report_every=1)
    draws = random.Random(0)
    scores = [draws.random() for _ in range(300)]
    goes_on = [rule.goes_on(number, 1, score) for number, score in enumerate(scores)]
    bounds = [np.percentile(scores[:number], 100 * 2 / 3) if number else 0.0 for number in range(300)]
    assert goes_on == [score >= bound for score, bound in zip(scores, bounds, strict=True)]
    assert 80 <= sum(goes_on) <= 120


def test_the_median_rule_needs_others_and_compares_with_their_running_means() -> None:
    rule = median(grace=1, samples=2, iterations=10, report_every=1)
    assert rule.goes_on(0, 1, 0.5)
    assert rule.goes_on(1, 1, 0.1), "one other is too few"
    assert rule.goes_on(0, 2, 0.7)
    assert not rule.goes_on(2, 1, 0.2), "the running means at 1 are 0.5 and 0.1, their median 0.3"
    assert rule.goes_on(3, 1, 0.35)


def test_rebuilt_from_what_was_told_it_decides_the_same() -> None:
    """A judge that is shown the reports of a whole group at once, as after a restart, has the same verdicts."""
    draws = random.Random(1)
    scores = {(number, rung): draws.random() for number in range(40) for rung in (1, 3, 9)}

    def judged(order: list[tuple[int, int]]) -> dict[tuple[int, int], Verdict]:
        judge = Judge(asha(grace=1, reduction=3, iterations=27, report_every=1), in_order=True)
        waiting = list(order)
        while waiting:  # a proposal reports at its next rung once it may go on
            left = []
            for number, rung in waiting:
                before = [judge.verdict(number, earlier) for earlier in (1, 3) if earlier < rung]
                if Verdict.STOP in before:
                    continue
                if Verdict.WAIT in before:
                    left.append((number, rung))
                else:
                    judge.report(number, rung, scores[number, rung])
            waiting = left
        return {place: judge.verdict(*place) for place in scores}

    places = list(scores)
    first = judged(places)
    for seed in range(5):
        shuffled = places[:]
        random.Random(seed).shuffle(shuffled)
        assert judged(shuffled) == first
    assert {Verdict.GO_ON, Verdict.STOP} <= set(first.values())


def test_the_judge_that_a_configuration_asks_for() -> None:
    budget = Budget(iterations=100, report_every=10)
    assert judge_of(EarlyStopping(), budget, seeds=3, in_order=True) is None
    for kind, rungs in {"asha": (10, 30, 90), "median": tuple(range(10, 100, 10)), "seeds": (1, 2)}.items():
        judge = judge_of(EarlyStopping(kind=kind), budget, seeds=3, in_order=True)
        assert judge is not None
        assert judge.rungs == rungs
