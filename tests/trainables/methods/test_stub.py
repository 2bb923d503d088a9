from dataclasses import replace
from pathlib import Path

import pytest

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


def test_it_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    given = small_assignment(tmp_path, tmp_path / "1", "stub", iterations=8)
    whole = start_training(replace(given, folder=tmp_path / "whole"))
    while (expected := whole.advance()) is None:
        pass
    first = start_training(replace(given, checkpoint_at=(4,)))
    first.advance()
    assert not (tmp_path / "1").exists()
    first.advance()  # the checkpoint is there with the report of iteration 4
    second = start_training(replace(given, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    assert (second.iteration, second.reports) == (4, first.reports)
    second.advance()
    second.save()
    third = start_training(replace(given, attempt=3, folder=tmp_path / "3", earlier=(tmp_path / "2", tmp_path / "1")))
    assert third.iteration == 6
    third.advance()
    assert (third.advance() or expected, third.reports) == (expected, whole.reports)
    assert not list(tmp_path.glob("*/last.json"))


@pytest.mark.parametrize("damage", ["", '{"key": "key of stub"', '{"key": "another", "iteration": 4}', "[]"])
def test_a_damaged_checkpoint_is_noted_and_an_older_one_taken(tmp_path: Path, damage: str) -> None:
    given = small_assignment(tmp_path, tmp_path / "1", "stub", iterations=8)
    first = start_training(given)
    first.advance()
    first.save()
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "last.json").write_text(damage)
    earlier = (tmp_path / "2", tmp_path / "1")
    training = start_training(replace(given, attempt=3, folder=tmp_path / "3", earlier=earlier))
    assert training.iteration == 2
    assert len(training.notes) == 1
    assert training.notes[0].startswith(f"{tmp_path / '2' / 'last.json'} cannot be gone on from: ")
    training = start_training(replace(given, attempt=3, folder=tmp_path / "3", earlier=(tmp_path / "2",)))
    assert (training.iteration, training.reports) == (0, [])
