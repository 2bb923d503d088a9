import pytest

from s4mcl.stages.cohort import Cohort, KeyedTrial
from s4mcl_trainables.trial import Settings, Trial

SETTINGS = Settings(
    iterations=1, report_every=1, image_size=16, width=4, depth=2, batch_labelled=1, batch_unlabelled=1, patience=None
)


def cohort() -> Cohort:
    return Cohort("search", tuple(KeyedTrial(f"k{n}", "c", Trial("stub", 0.2, n, SETTINGS, {})) for n in range(2)))


def test_a_cohort_ends_with_its_last_trial_and_scores_the_mean() -> None:
    found = cohort()
    assert not found.ended
    found.scores["k0"] = 0.5
    assert not found.ended
    assert found.score is None
    found.scores["k1"] = 0.7
    assert found.ended
    assert found.score == pytest.approx(0.6)


def test_the_mean_is_never_taken_over_the_survivors() -> None:
    found = cohort()
    found.scores.update(k0=0.9, k1=None)
    assert found.ended
    assert found.score is None
