from dataclasses import dataclass
from typing import cast

import pytest

from s4mcl.config import StudyConfig, compose_study
from s4mcl.stages.search import SearchGroup, best_for, proposals_of


def config(*words: str) -> StudyConfig:
    return compose_study(["name=demo", "data.path=nowhere", "methods=[stub,unet]", *words])


def test_a_methods_proposals_are_shared_among_its_label_fractions() -> None:
    study = config("search.trials=7", "search.label_fractions=[0.1,0.2,0.5]")
    assert [proposals_of(study, "stub", fraction) for fraction in study.search.label_fractions] == [3, 2, 2]


def test_nothing_is_searched_without_proposals_or_space() -> None:
    assert proposals_of(config("search.trials=0"), "stub", 0.2) == 0
    assert proposals_of(config("space.stub=null", "~space.stub"), "stub", 0.2) == 0


@dataclass
class Told:
    fraction: float

    def best(self) -> dict[str, object]:
        return {"from": self.fraction}


@pytest.mark.parametrize(("fraction", "nearest"), [(0.05, 0.1), (0.1, 0.1), (0.2, 0.1), (0.3, 0.5), (1.0, 0.5)])
def test_the_nearest_fraction_by_ratio_is_asked(fraction: float, nearest: float) -> None:
    groups = cast("list[SearchGroup]", [Told(0.1), Told(0.5)])
    assert best_for(groups, fraction) == {"from": nearest}
