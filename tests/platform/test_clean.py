import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from made_study import HERE, judge, made_config, make_study, record, search, settled, train, wanted
from s4mcl.clean import Cleaning, Removal, clean, sweep
from s4mcl.cli.app import app
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.processes import this_host

DEAD = Owner(this_host(), 2**22 + 1, "long ago")
ELSEWHERE = Owner("another-host", 7, "then")


def whole_config(name: str = "demo") -> tuple[str, ...]:
    """Words of a study whose confirm stage is one trial."""
    return (name, "methods=[unet]", "label_fractions=[0.1]", "seeds=1")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a study that has come to its end: one confirm trial, seed 0 of the defaults."""
    with Ledger.open(tmp_path / "st") as opened:
        record(opened, made_config(*whole_config()))
        end(opened)
        yield opened


def end(ledger: Ledger, study: str = "demo") -> Path:
    """Train and judge the one trial of the confirm stage."""
    planned = wanted("unet", 0.1, 0)
    ledger.plan(study, "confirm", [planned])
    folder = settled(ledger, planned, study, "confirm")
    judge(ledger, planned, study, folder)
    return folder


def planned_in(ledger: Ledger, seed: int, stage: str = "search") -> PlannedTrial:
    planned = wanted("unet", 0.1, seed)
    ledger.plan("demo", stage, [planned])
    return planned


def paths(cleaning: Cleaning) -> dict[str, str]:
    return {str(removal.path): removal.rule for removal in cleaning.removals}


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def old(path: Path, text: str = "half") -> Path:
    """A file that was last written two hours ago."""
    path.write_text(text)
    before = time.time() - 7200
    os.utime(path, (before, before))
    return path


def test_a_whole_study_keeps_what_its_report_and_tables_need(tmp_path: Path) -> None:
    storage = make_study(tmp_path / "st").parent
    before = files_of(storage)
    with Ledger.open(storage) as ledger:
        frame = ledger.trials_frame("demo")
    confirmed = frame.filter(stage="confirm")
    found = clean(storage)
    gone = before - files_of(storage)
    assert {Path(name).name for name in gone} == {"best.pt", "last.pt"}
    kept = files_of(storage)
    assert {f"{name}/best.pt" for name in confirmed["artifacts"]} <= kept
    assert set(confirmed["predictions"]) <= kept
    others = set(frame["artifacts"].drop_nulls()) - set(confirmed["artifacts"])
    assert {f"{name}/best.pt" for name in others} <= gone
    assert len(others) == 2 + 6
    assert not [name for name in kept if name.endswith("last.pt")]
    assert found.bytes == sum(removal.bytes for removal in found.removals) == len(gone) * 640
    assert clean(storage).removals == ()
    with Ledger.open(storage) as ledger:
        assert ledger.check() == []


def test_best_goes_where_no_confirm_stage_has_the_trial(ledger: Ledger) -> None:
    folder = train(ledger, planned_in(ledger, 1), "demo", "search")
    assert paths(clean(ledger.storage)) == {str((folder / "best.pt").relative_to(ledger.storage)): "best"}
    assert not folder.exists()
    assert not folder.parent.exists()
    assert clean(ledger.storage).removals == ()


def test_best_stays_while_a_study_that_wants_the_trial_may_go_on(ledger: Ledger) -> None:
    folder = train(ledger, planned_in(ledger, 1), "demo", "search")
    record(ledger, made_config(*whole_config("open")))
    ledger.plan("open", "search", [wanted("unet", 0.1, 1)])
    assert clean(ledger.storage).removals == ()
    end(ledger, "open")
    assert paths(clean(ledger.storage)) == {str((folder / "best.pt").relative_to(ledger.storage)): "best"}


def test_an_open_proposal_or_trial_keeps_a_study_open(ledger: Ledger) -> None:
    train(ledger, planned_in(ledger, 1), "demo", "search")
    search(ledger, "demo", "s4mcl", ("running",))
    assert clean(ledger.storage).removals == ()


def test_a_study_whose_trials_are_not_tested_yet_is_open(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config(*whole_config()))
        planned = wanted("unet", 0.1, 0)
        ledger.plan("demo", "confirm", [planned])
        train(ledger, planned, "demo", "confirm")
        train(ledger, planned_in(ledger, 1), "demo", "search")
        assert clean(tmp_path).removals == ()
        record(ledger, made_config(*whole_config(), "test=locked"))
        assert set(paths(clean(tmp_path)).values()) == {"best"}


def test_a_study_that_waits_for_surface_distances_is_open(ledger: Ledger) -> None:
    train(ledger, planned_in(ledger, 1), "demo", "search")
    record(ledger, made_config(*whole_config(), "surface_distances=true"))
    assert clean(ledger.storage).removals == ()
    ledger.record_test(wanted("unet", 0.1, 0).key, "demo", {"test_dice": 0.9, "test_hd95": 3.0})
    assert set(paths(clean(ledger.storage)).values()) == {"best"}


def test_last_stays_only_while_a_trial_may_go_on(ledger: Ledger) -> None:
    stopped = train(ledger, planned_in(ledger, 1), "demo", "search", state="pruned")
    failed = train(ledger, planned_in(ledger, 2), "demo", "search", state="failed")
    lost = planned_in(ledger, 3)
    ledger.claim([lost.key], "demo", "search", HERE)
    died = ledger.storage / "trials" / lost.key / "1"
    died.mkdir(parents=True)
    (died / "last.json").write_text("{}")
    ledger.finish(lost.key, 1, state="failed", outcome="lost", iterations=0, seconds=0.0)
    back = planned_in(ledger, 4)
    ledger.claim([back.key], "demo", "search", HERE)
    waiting = ledger.storage / "trials" / back.key / "1"
    waiting.mkdir(parents=True)
    (waiting / "last.pt").write_text("waiting")
    ledger.release([back.key], HERE)
    assert paths(clean(ledger.storage)) == {str(failed.relative_to(ledger.storage)): "last"}
    assert (stopped / "last.pt").is_file()  # the released trial keeps the study open
    train(ledger, back, "demo", "search", state="failed")
    found = paths(clean(ledger.storage))
    assert found == {
        str(stopped.relative_to(ledger.storage)): "last",
        f"trials/{back.key}/1": "last",
        f"trials/{back.key}/2": "last",
    }
    assert (died / "last.json").is_file()


@pytest.mark.parametrize(("outcome", "kept"), [("lost", True), ("stopped", True), ("nan", False)])
def test_a_failed_trial_that_may_be_asked_for_again_keeps_its_checkpoint(
    ledger: Ledger, outcome: str, kept: bool
) -> None:
    planned = planned_in(ledger, 3)
    ledger.claim([planned.key], "demo", "search", HERE)
    folder = ledger.storage / "trials" / planned.key / "1"
    folder.mkdir(parents=True)
    (folder / "last.pt").write_text("state")
    ledger.finish(planned.key, 1, state="failed", outcome=outcome, iterations=0, seconds=0.0)
    clean(ledger.storage)
    assert (folder / "last.pt").is_file() == kept


def test_a_forgotten_last_of_a_completed_trial_goes(ledger: Ledger) -> None:
    folder = ledger.storage / str(ledger.trials_frame("demo")["artifacts"][0])
    (folder / "last.pt").write_bytes(b"12345")
    (folder / "notes.txt").write_text("mine")
    relative = (folder / "last.pt").relative_to(ledger.storage)
    assert clean(ledger.storage).removals == (Removal(relative.__class__(relative), "last", 5),)
    assert {path.name for path in folder.iterdir()} == {"best.pt", "predictions.npz", "notes.txt"}


def test_earlier_attempts_go_and_predictions_never(ledger: Ledger) -> None:
    planned = wanted("unet", 0.1, 0)
    first = ledger.storage / "trials" / planned.key / "1"
    assert (first / "predictions.npz").is_file()
    again = planned_in(ledger, 1, "confirm")
    tried = train(ledger, again, "demo", "confirm", state="failed")
    done = train(ledger, again, "demo", "confirm")
    judge(ledger, again, "demo", tried)  # its predictions lie in the folder of an earlier attempt
    going = planned_in(ledger, 2)
    for _ in range(2):
        train(ledger, going, "demo", "search", state="pruned")
    ledger.claim([going.key], "demo", "search", HERE, resume_pruned=True)
    ledger.release([going.key], HERE)
    found = paths(clean(ledger.storage))
    assert found == {
        f"trials/{again.key}/1/last.pt": "attempt",
        f"trials/{going.key}/1": "attempt",
    }
    assert [path.name for path in tried.iterdir()] == ["predictions.npz"]
    assert (done / "best.pt").is_file()
    assert (ledger.storage / "trials" / going.key / "2" / "last.pt").is_file()


def test_orphans_go_from_a_storage_and_other_things_stay(ledger: Ledger, tmp_path: Path) -> None:
    trials = ledger.storage / "trials"
    orphan = trials / ("f" * 64) / "1"
    orphan.mkdir(parents=True)
    (orphan / "best.pt").write_bytes(b"x" * 100)
    (trials / "my-notes").mkdir()
    (trials / "readme.txt").write_text("mine")
    (ledger.storage / "other").mkdir()
    (ledger.storage / "other" / "best.pt").write_text("mine")
    assert clean(ledger.storage, "demo").removals == ()
    found = clean(ledger.storage)
    assert [(str(gone.path), gone.rule, gone.bytes) for gone in found.removals] == [
        (f"trials/{'f' * 64}", "orphan", 100)
    ]
    assert found.left == ("trials/my-notes is no folder of a trial", "trials/readme.txt is no folder of a trial")
    assert not orphan.parent.exists()
    assert files_of(ledger.storage) >= {"trials/readme.txt", "other/best.pt"}


def test_half_written_files_go_after_an_hour(ledger: Ledger) -> None:
    folder = ledger.storage / str(ledger.trials_frame("demo")["artifacts"][0])
    old(folder / ".best.pt.4711")
    old(ledger.storage / "demo" / ".report.html.ab_12xyz")
    (folder / ".predictions.npz.4712").write_text("fresh")
    old(folder / ".hidden")
    old(ledger.storage / "demo" / "config.yaml.12")
    found = paths(clean(ledger.storage, "demo"))
    assert found == {
        str((folder / ".best.pt.4711").relative_to(ledger.storage)): "temporary",
        "demo/.report.html.ab_12xyz": "temporary",
    }
    assert (folder / ".predictions.npz.4712").is_file()


def test_what_a_claim_holds_is_left_alone(ledger: Ledger) -> None:
    running, left = planned_in(ledger, 1), planned_in(ledger, 2)
    for planned, owner in ((running, HERE), (left, DEAD)):
        for _ in range(2):
            train(ledger, planned, "demo", "search", state="pruned")
        ledger.claim([planned.key], "demo", "search", owner, resume_pruned=True)
    assert paths(clean(ledger.storage)) == {f"trials/{left.key}/1": "attempt"}
    assert (ledger.storage / "trials" / running.key / "1" / "last.pt").is_file()


def test_a_lapsed_lease_holds_nothing(ledger: Ledger) -> None:
    planned = planned_in(ledger, 1)
    for _ in range(2):
        train(ledger, planned, "demo", "search", state="pruned")
    ledger.claim([planned.key], "demo", "search", ELSEWHERE, resume_pruned=True, lease_seconds=60)
    assert clean(ledger.storage).removals == ()
    ledger.renew(ELSEWHERE, lease_seconds=-1)
    assert paths(clean(ledger.storage)) == {f"trials/{planned.key}/1": "attempt"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_a_living_driver_may_read_is_left_alone(ledger: Ledger, dry_run: bool) -> None:
    own = train(ledger, planned_in(ledger, 1), "demo", "search")
    record(ledger, made_config(*whole_config("other")))
    end(ledger, "other")
    theirs = wanted("unet", 0.1, 2)
    ledger.plan("other", "search", [theirs])
    folder = train(ledger, theirs, "other", "search")
    old(ledger.storage / "demo" / ".report.html.12")
    with StudyLock(ledger.storage / "demo"):
        found = clean(ledger.storage, dry_run=dry_run)
        assert paths(found) == {str((folder / "best.pt").relative_to(ledger.storage)): "best"}
        assert len(found.left) == 1
        assert found.left[0].startswith(f"study demo, which process {os.getpid()} on ")
        assert clean(ledger.storage, "demo").removals == ()
    assert (own / "best.pt").is_file()
    assert folder.exists() == dry_run


def test_no_driver_begins_while_it_removes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = sweep._remove, []

    def begin(*arguments: object) -> None:
        with pytest.raises(InputError, match="already being run"):
            StudyLock(ledger.storage / "demo").__enter__()
        tried.append(arguments)

    monkeypatch.setattr(sweep, "_remove", begin)
    train(ledger, planned_in(ledger, 1), "demo", "search")
    clean(ledger.storage)
    assert len(tried) == 1
    monkeypatch.setattr(sweep, "_remove", real)
    with StudyLock(ledger.storage / "demo"):
        pass


def test_a_study_alone_is_cleaned_alone(ledger: Ledger) -> None:
    record(ledger, made_config(*whole_config("other")))
    end(ledger, "other")
    theirs = wanted("unet", 0.1, 5)
    ledger.plan("other", "search", [theirs])
    folder = train(ledger, theirs, "other", "search")
    assert clean(ledger.storage, "demo").removals == ()
    assert set(paths(clean(ledger.storage, "other"))) == {str((folder / "best.pt").relative_to(ledger.storage))}


def test_links_are_not_followed(ledger: Ledger, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "1").mkdir(parents=True)
    (outside / "best.pt").write_text("mine")
    (outside / "1" / "best.pt").write_text("mine")
    trials = ledger.storage / "trials"
    (trials / ("e" * 64)).symlink_to(outside)  # an orphan, a trial's folder, an attempt and a file that are links
    trial = train(ledger, planned_in(ledger, 1), "demo", "search")
    (trial.parent / "7").symlink_to(outside / "1")
    (trial / "best.pt").unlink()
    (trial / "best.pt").symlink_to(outside / "best.pt")
    orphan = trials / ("d" * 64)
    orphan.mkdir()
    (orphan / "1").symlink_to(outside / "1")
    other = train(ledger, planned_in(ledger, 2), "demo", "search").parent
    other.rename(outside / "moved")
    other.symlink_to(outside / "moved")
    before = files_of(outside)
    found = clean(ledger.storage)
    assert set(paths(found).values()) == {"orphan"}
    assert sorted(found.left) == [
        f"trials/{name} is a link; what lies behind it is not in the storage" for name in sorted([other.name, "e" * 64])
    ]
    assert files_of(outside) == before
    assert not orphan.exists()
    trials.rename(outside / "all")
    trials.symlink_to(outside / "all")
    before = files_of(outside)
    assert clean(ledger.storage).left == ("trials is a link; what lies behind it is not in the storage",)
    assert files_of(outside) == before


def test_the_command(ledger: Ledger) -> None:
    folder = train(ledger, planned_in(ledger, 1), "demo", "search")
    path = folder.relative_to(ledger.storage) / "best.pt"
    ledger.close()
    words = ["clean", str(ledger.storage)]
    found = CliRunner().invoke(app, [*words, "--dry-run"])
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        f"           640  {path}",
        "best.pt of trials that no confirm stage has: 1, 640 bytes",
        "would be removed: 640 bytes",
    ]
    assert (folder / "best.pt").is_file()
    found = CliRunner().invoke(app, ["clean", str(ledger.storage / "demo")])
    assert found.stdout == "best.pt of trials that no confirm stage has: 1, 640 bytes\nremoved: 640 bytes\n"
    assert CliRunner().invoke(app, words).stdout == "nothing to remove\n"


def test_what_is_neither_a_storage_nor_a_study_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, said in (
        (tmp_path / "folder", "is neither a storage nor a study folder"),
        (tmp_path / "none" / "demo", "does not exist"),
        (ledger.storage / "dem", "did you mean demo"),
        (ledger.storage / "trials", "holds no study 'trials'"),
    ):
        found = CliRunner().invoke(app, ["clean", str(path)])
        assert isinstance(found.exception, InputError)
        assert said in str(found.exception)


def test_what_cannot_be_removed_is_told(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    train(ledger, planned_in(ledger, 1), "demo", "search")

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(InputError, match=r"best\.pt cannot be removed: Permission denied\.\nCure: "):
        clean(ledger.storage)
