"""The confirm stage: each method's best configuration at every label fraction, every seed, on the test labels."""

from collections.abc import Iterator

from s4mcl.config import StudyConfig
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying
from s4mcl.stages.search import SearchGroup, best_for

STAGE = "confirm"


def confirm_cohorts(config: StudyConfig, keying: Keying, groups: list[SearchGroup]) -> Iterator[Cohort]:
    """The cohorts of one method, all of whose search groups are finished."""
    method = groups[0].method
    for fraction in config.label_fractions:
        trials = keying.cohort(method, best_for(groups, fraction), fraction, config.seeds)
        yield Cohort(STAGE, trials, test=config.test == "open")
