from dataclasses import replace
from pathlib import Path

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.methods.stub import PLACES
from s4mcl_trainables.training.assignment import Ending
from small_assignment import small_assignment


def ending_of(tmp_path: Path, trained: bool = False, **given: float) -> tuple[Ending, int]:
    assignment = small_assignment(tmp_path, tmp_path, "stub", hyperparameters=given, test=True)
    training = start_training(replace(assignment, trained=trained))
    while (ending := training.advance()) is None:
        pass
    return ending, len(training.reports)


def test_the_bowl_has_its_top_where_it_says(tmp_path: Path) -> None:
    top, _ = ending_of(tmp_path, **{f"x{index}": place for index, place in enumerate(PLACES)})
    aside, _ = ending_of(tmp_path, x0=0.0, x1=1.0)
    assert top.summary["val_score"] is not None
    assert aside.summary["val_score"] is not None
    assert top.summary["val_score"] > aside.summary["val_score"] + 0.05


def test_the_test_part_may_be_judged_later(tmp_path: Path) -> None:
    (at_once, reports), (later, none) = ending_of(tmp_path), ending_of(tmp_path, trained=True)
    assert later == at_once
    assert (reports, none) == (2, 0)
