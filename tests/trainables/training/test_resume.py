"""A resumed trial equals one that was never interrupted, bit for bit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.methods import method_names, start_training
from s4mcl_trainables.training.assignment import Assignment, Ending
from s4mcl_trainables.training.checkpoint import load_checkpoint
from s4mcl_trainables.training.run import Run
from small_assignment import GENERIC_ON, small_assignment

GIVEN: dict[str, dict[str, Any]] = {
    "s4mcl": {"alpha_ramp": "linear", "generator_lr": 1e-2, "discriminator_lr": 1e-2},
    "s4mcl_improved": {"spectral_norm": True, "gradient_penalty": 1.0, "feature_matching": 1.0, "pseudo_classes": 1.0},
    "s4mcl_calm": {"order": "sc", "hard_masks": True},
    "unet": {"generator_lr": 1e-2},
    "cnn": {"discriminator_lr": 1e-2},
}


def run_of(assignment: Assignment) -> Run:
    run = start_training(assignment)
    assert isinstance(run, Run)
    return run


def to_the_end(run: Run) -> Ending:
    while (ending := run.advance()) is None:
        pass
    return ending


def assert_same(one: Any, two: Any, where: str = "state") -> None:
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        for key in one:
            if key != "seconds":
                assert_same(one[key], two[key], f"{where}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(two), where
        for number, (first, second) in enumerate(zip(one, two, strict=True)):
            assert_same(first, second, f"{where}/{number}")
    elif isinstance(one, torch.Tensor):
        assert one.dtype == two.dtype, where
        assert torch.equal(one, two), where
    else:
        assert one == two, where


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", [name for name in method_names() if name != "stub"])
def test_interrupted_at_every_report(name: str, precision: str, shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(
        shapes,
        tmp_path / "whole",
        name,
        hyperparameters=GIVEN.get(name),
        iterations=7,
        report_every=2,
        schedule="cosine",
        precision=precision,
        test=True,
    )
    assert_resumes(given, tmp_path)


@pytest.mark.parametrize("name", ["s4mcl", "mean_teacher", "cnn"])
def test_interrupted_with_all_generic_parts(name: str, shapes: Path, tmp_path: Path) -> None:
    given = {**GIVEN.get(name, {}), **GENERIC_ON}
    sizes = {"iterations": 7, "report_every": 2}
    assert_resumes(
        small_assignment(shapes, tmp_path / "whole", name, hyperparameters=given, test=True, **sizes), tmp_path
    )


def assert_resumes(given: Assignment, tmp_path: Path) -> None:
    whole = run_of(given)
    whole_ending = to_the_end(whole)
    folders: list[Path] = []
    for attempt in range(1, 5):
        folder = tmp_path / f"attempt{attempt}"
        run = run_of(replace(given, attempt=attempt, folder=folder, earlier=tuple(reversed(folders))))
        assert run.iteration == 2 * (attempt - 1)
        torch.manual_seed(attempt)  # torch's own stream decides nothing
        ending = run.advance()
        if ending is None:
            run.save()
            folders.append(folder)
    assert ending is not None
    assert_same(run.state(), whole.state())
    assert_same(load_checkpoint(folder / "best.pt"), load_checkpoint(given.folder / "best.pt"))
    assert (ending.summary, ending.test) == (whole_ending.summary, whole_ending.test)
    assert not list(tmp_path.glob("*/last.pt"))
    assert (folder / "predictions.npz").read_bytes() == (given.folder / "predictions.npz").read_bytes()


def test_interrupted_between_reports(shapes: Path, tmp_path: Path) -> None:
    """A checkpoint in the middle of a report holds the sums of its terms."""
    given = small_assignment(shapes, tmp_path / "a", "s4mcl", iterations=6, report_every=3)
    whole = run_of(replace(given, folder=tmp_path / "whole"))
    to_the_end(whole)
    first = run_of(given)
    first.train(2)
    first.save()
    second = run_of(replace(given, attempt=2, folder=tmp_path / "b", earlier=(tmp_path / "a",)))
    assert second.iteration == 2
    second.train(3)
    second._report()
    to_the_end(second)
    assert_same(second.state(), whole.state())


def test_the_newest_attempt_that_kept_something_counts(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path / "1", "unet", iterations=8)
    first = run_of(given)
    first.advance()
    first.save()
    second = run_of(replace(given, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    second.advance()
    second.save()
    died_early = tmp_path / "3"
    last = run_of(replace(given, folder=tmp_path / "4", earlier=(died_early, tmp_path / "2", tmp_path / "1")))
    assert last.iteration == 4
    assert [report["iteration"] for report in last.reports] == [2, 4]  # to be sent again


def test_a_checkpoint_at_the_end_only_lacks_its_ending(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path / "1", "unet")
    first = run_of(given)
    ending = to_the_end(first)
    first.save()
    second = run_of(replace(given, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    again = second.advance()
    assert again is not None
    assert again.summary == ending.summary
    assert second.reports == first.reports


def of_another_trial(path: Path) -> None:
    torch.save({**load_checkpoint(path), "key": "another"}, path)


def of_another_format(path: Path) -> None:
    torch.save({"format": 9}, path)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def bit_flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # inside a tensor: torch itself would take it
    path.write_bytes(data)


def of_other_shapes(path: Path) -> None:
    """What comes first fits, so the networks are restored in part before it is found out."""
    state = load_checkpoint(path)
    state["learner"]["modules"]["generator"]["head.weight"] = torch.zeros(7, 7, 1, 1)
    state["learner"]["modules"]["generator"]["down.0.first.weight"].fill_(9.0)
    torch.save(state, path)


def without_reports(path: Path) -> None:
    state = load_checkpoint(path)
    del state["reports"]
    torch.save(state, path)


DAMAGES = [
    (of_another_trial, "a checkpoint of trial another was found for trial key of unet"),
    (of_another_format, "checkpoint format 9 was found, 1 is known"),
    (truncated, "File is not a zip file"),
    (empty, "File is not a zip file"),
    (bit_flipped, "is damaged"),
    (of_other_shapes, "Error(s) in loading state_dict for Generator"),
    (without_reports, "'reports'"),
]


@pytest.mark.parametrize(("damage", "text"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
@pytest.mark.parametrize("older", [True, False], ids=["an older one", "none"])
def test_what_cannot_be_read_is_noted_and_gone_back_from(
    shapes: Path, tmp_path: Path, damage: Callable[[Path], None], text: str, older: bool
) -> None:
    """To the next older checkpoint, or to the beginning; the numbers are the same in the end."""
    given = small_assignment(shapes, tmp_path / "whole", "unet", iterations=6, hyperparameters=GIVEN["unet"])
    whole = run_of(given)
    to_the_end(whole)
    folders: list[Path] = []
    for name in ("1", "2"):
        run = run_of(replace(given, folder=tmp_path / name, earlier=tuple(reversed(folders))))
        run.advance()
        run.save()
        folders.append(run.assignment.folder)
    damage(tmp_path / "2" / "last.pt")
    earlier = (tmp_path / "2", tmp_path / "1") if older else (tmp_path / "2",)
    last = run_of(replace(given, folder=tmp_path / "3", earlier=earlier))
    assert last.iteration == (2 if older else 0)
    assert len(last.notes) == 1
    assert last.notes[0].startswith(f"{tmp_path / '2' / 'last.pt'} cannot be gone on from: ")
    assert text in last.notes[0]
    to_the_end(last)
    assert_same(last.state(), whole.state())


@pytest.mark.parametrize("patience", [None, 1])
def test_an_ending_that_nobody_heard_of_is_told_again(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: int | None
) -> None:
    """The worker, or its driver, died between the last file and the ledger: nothing is trained again."""
    still = {"generator_lr": 0.0, "discriminator_lr": 0.0} if patience else {}  # then the first score stays the best
    given = small_assignment(
        shapes, tmp_path / "1", "s4mcl", iterations=8, patience=patience, test=True, hyperparameters=still
    )
    first = run_of(given)
    ending = to_the_end(first)
    assert ending.iterations == (4 if patience else 8)
    (tmp_path / "1" / "predictions.npz").unlink()
    second = run_of(replace(given, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",)))
    monkeypatch.setattr(second.learner, "step", None)
    again = second.advance()
    assert again == ending
    assert second.reports == first.reports
    assert (tmp_path / "2" / "predictions.npz").is_file()
    assert_same(load_checkpoint(tmp_path / "2" / "best.pt"), load_checkpoint(tmp_path / "1" / "best.pt"))
    empty(tmp_path / "2" / "best.pt")
    third = run_of(replace(given, attempt=3, folder=tmp_path / "3", earlier=(tmp_path / "2", tmp_path / "1")))
    assert (third.advance(), len(third.notes)) == (ending, 1)


def test_an_attempt_writes_into_its_own_folder_alone(shapes: Path, tmp_path: Path) -> None:
    given = small_assignment(shapes, tmp_path / "1", "s4mcl", iterations=6, test=True)
    first = run_of(replace(given, checkpoint_at=(2, 4)))
    first.advance()
    (tmp_path / "1").chmod(0o555)
    before = {path.name: path.read_bytes() for path in (tmp_path / "1").iterdir()}
    second = run_of(replace(given, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",), checkpoint_at=(2, 4)))
    assert second.advance() is None
    assert {path.name: path.read_bytes() for path in (tmp_path / "1").iterdir()} == before
    assert [path.name for path in (tmp_path / "2").iterdir()] == ["last.pt"]
    (tmp_path / "1").chmod(0o755)
    to_the_end(second)
    assert not list((tmp_path / "1").iterdir())  # what is of no more use goes
    assert {path.name for path in (tmp_path / "2").iterdir()} == {"best.pt", "predictions.npz"}


def test_what_is_saved_is_not_saved_again(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(replace(small_assignment(shapes, tmp_path, "unet", iterations=8), checkpoint_at=(2,)))
    run.advance()
    with monkeypatch.context() as patch:
        patch.setattr("s4mcl_trainables.training.run.save_checkpoint", None)
        run.save()
    run.train(3)
    run.save()
    assert load_checkpoint(tmp_path / "last.pt")["iteration"] == 3
    run.train(4)
    run.save()
    run._report()
    run.save()
    assert [report["iteration"] for report in load_checkpoint(tmp_path / "last.pt")["reports"]] == [2, 4]


def test_a_checkpoint_is_there_before_the_report_of_a_rung(shapes: Path, tmp_path: Path) -> None:
    """Also where the rung lies between two reports; and not at the end, where nothing may go on."""
    run = run_of(small_assignment(shapes, tmp_path, "unet", iterations=8))
    run = run_of(replace(run.assignment, checkpoint_at=(3, 8), checkpoint_seconds=1e9))
    kept = []
    while run.advance() is None:
        path = tmp_path / "last.pt"
        kept.append((run.iteration, load_checkpoint(path)["iteration"] if path.exists() else None))
    assert kept == [(2, None), (4, 4), (6, 4)]
    assert not (tmp_path / "last.pt").exists()
