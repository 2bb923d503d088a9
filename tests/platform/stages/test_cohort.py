from itertools import permutations

import pytest

from s4mcl.stages.cohort import Cohort, KeyedTrial, Result
from s4mcl_trainables.trial import Settings, Trial

SETTINGS = Settings(
    iterations=1, report_every=1, image_size=16, width=4, depth=2, batch_labelled=1, batch_unlabelled=1, patience=None
)


def cohort(seeds: int = 2) -> Cohort:
    return Cohort("search", tuple(KeyedTrial(f"k{n}", "c", Trial("stub", 0.2, n, SETTINGS, {})) for n in range(seeds)))


def test_a_cohort_ends_with_its_last_trial_and_scores_the_mean() -> None:
    found = cohort()
    assert not found.ended
    found.results["k0"] = Result(0.5)
    assert not found.ended
    assert found.score is None
    found.results["k1"] = Result(0.7)
    assert found.ended
    assert found.score == pytest.approx(0.6)


def test_the_mean_is_never_taken_over_the_survivors() -> None:
    found = cohort()
    found.results.update(k0=Result(0.9), k1=Result(None))
    assert found.ended
    assert found.score is None


def test_seeds_that_train_together_or_one_by_one_end_with_the_first_failure() -> None:
    for kind in ({"together": True}, {"one_by_one": True}):
        found = Cohort("search", cohort().trials, **kind)
        found.results["k0"] = Result(None)
        assert found.ended
        assert found.score is None


def test_a_rung_is_reached_when_every_seed_is_there() -> None:
    found = cohort()
    found.rungs["k0"] = {10: 0.4, 20: 0.6}
    assert found.reached(10) is None
    found.rungs["k1"] = {10: 0.6}
    assert found.reached(10) == pytest.approx(0.5)
    assert found.reached(20) is None


def test_the_mean_does_not_depend_on_which_seed_ended_first() -> None:
    scores = [0.1, 0.2, 0.3, 0.7, 1e-17]
    means = set()
    for order in permutations(range(len(scores))):
        made = cohort(seeds=len(scores))
        for place in order:
            made.results[made.trials[place].key] = Result(scores[place], {"val_dice": scores[place]})
        means.add((made.score, made.metric("val_dice")))
    assert len(means) == 1
