import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import s4mcl
from made_study import HERE, made_config, make_study, record, search, train, wanted
from postgres_server import PostgresServer
from s4mcl.clean import clean
from s4mcl.config import from_yaml, to_plain
from s4mcl.execution.lock import holder
from s4mcl.export import export_study, study_storage
from s4mcl.ledger import Ledger
from s4mcl.status import study_status
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError

FRAMES: dict[str, Callable[[Ledger, str], pl.DataFrame]] = {
    "trials": Ledger.trials_frame,
    "attempts": Ledger.attempts_frame,
    "reports": Ledger.reports_frame,
    "proposals": Ledger.proposals_frame,
    "arms": Ledger.arms_frame,
}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with two studies: `demo` reuses what `before` has trained. Read only."""
    path = tmp_path_factory.mktemp("made") / "studies"
    make_study(path, "before")
    make_study(path, "demo")
    return path


def frames(storage: Path, study: str = "demo") -> dict[str, pl.DataFrame]:
    with Ledger.open(storage, create=False) as ledger, ledger.snapshot():
        return {name: frame(ledger, study) for name, frame in FRAMES.items()}


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "ledger.sqlite" not in path.name
    }


def test_the_new_storage_says_the_same_of_the_study(storage: Path, tmp_path: Path) -> None:
    (study_dir,) = export_study(storage, "demo", tmp_path / "alone", ["study"])
    assert study_dir == tmp_path / "alone" / "demo"
    moved = (tmp_path / "alone").rename(tmp_path / "elsewhere")
    before, after = frames(storage), frames(moved)
    for name in FRAMES:
        assert_frame_equal(after[name], before[name])
    assert before["trials"]["reused"].sum() > 0
    was, now = study_status(storage, "demo"), study_status(moved, "demo")
    assert now.stages == was.stages
    assert now.test_openings == was.test_openings == 12
    with Ledger.open(moved, create=False) as ledger:
        assert ledger.studies() == ["demo"]
        assert ledger.check() == []
        events = ledger.events("demo")
        found = ledger.study("demo")
    assert found is not None
    assert found["config"] == to_plain(made_config())
    assert [event.kind for event in events] == ["retried", "exported"]
    assert events[1].text.endswith("the same test labels were also read by other studies: 12 by before")
    assert events[1].detail == {"test_openings_by_others": {"before": 12}}
    page = write_report(moved / "demo").read_text(encoding="utf-8")
    assert "S4MCL" in page
    assert export_study(moved, "demo", tmp_path / "tables")[0].name == "trials.parquet"


def test_the_files_that_its_trials_refer_to_go_along(storage: Path, tmp_path: Path) -> None:
    export_study(storage, "demo", tmp_path / "alone", ["study"])
    was, now = files_of(storage), files_of(tmp_path / "alone")
    assert {name: was[name] for name in now} == now
    assert {name for name in now if name.startswith("demo/")} == {
        "demo/config.yaml",
        "demo/partition.npz",
        "demo/run.log",
    }
    trials = frames(tmp_path / "alone")["trials"]
    for row in trials.filter(state="completed").unique("key").iter_rows(named=True):
        assert f"{row['artifacts']}/best.pt" in now
    assert {f"{row}/best.pt" for row in trials["artifacts"].drop_nulls()} <= now.keys()
    assert set(trials["predictions"].drop_nulls()) <= now.keys()
    pruned = trials.filter(state="pruned")["key"].to_list()
    assert len(pruned) == 2
    assert all(f"trials/{key}/1/last.pt" in now for key in pruned)
    assert not [name for name in now if name.startswith("before/")]


def test_older_attempts_and_half_written_files_stay(tmp_path: Path) -> None:
    storage = tmp_path / "st"
    with Ledger.open(storage) as ledger:
        record(ledger, made_config())
        done, stopped = wanted("unet", 0.1, 0), wanted("unet", 0.1, 1)
        ledger.plan("demo", "confirm", [done, stopped])
        first = train(ledger, done, "demo", "confirm", state="failed")
        second = train(ledger, done, "demo", "confirm")
        (second / ".best.pt.4711").write_bytes(b"half")
        train(ledger, stopped, "demo", "confirm", state="pruned")
        newer = train(ledger, stopped, "demo", "confirm", state="pruned")
        (newer / "last.pt").write_bytes(b"newer")
        (storage / "demo" / ".config.yaml.12").write_text("half")
        (storage / "demo" / "notes").symlink_to("/etc/hostname")
    assert first.is_dir()
    export_study(storage, "demo", tmp_path / "alone", ["study"])
    now = files_of(tmp_path / "alone")
    assert sorted(name for name in now if not name.startswith("demo/")) == sorted(
        [f"trials/{done.key}/2/best.pt", f"trials/{stopped.key}/2/last.pt"]
    )
    assert sorted(name for name in now if name.startswith("demo/")) == [
        "demo/config.yaml",
        "demo/partition.npz",
        "demo/run.log",
    ]


def test_what_runs_is_planned_there(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "st") as ledger:
        record(ledger, made_config())
        running = wanted("unet", 0.1, 0)
        ledger.plan("demo", "confirm", [running])
        ledger.claim([running.key], "demo", "confirm", HERE)
        search(ledger, "demo", "s4mcl", ("completed", "running"))
        export_study(tmp_path / "st", "demo", tmp_path / "alone", ["study"])
        assert ledger.states([running.key])[running.key].state == "running"
    found = study_status(tmp_path / "alone", "demo")
    assert (found.stages["confirm"]["planned"], found.stages["confirm"]["running"]) == (1, 0)
    with Ledger.open(tmp_path / "alone") as ledger:
        assert ledger.claim([running.key], "demo", "confirm", HERE) == {running.key: 2}
    assert holder(tmp_path / "alone" / "demo") is None


def test_the_address_of_a_ledger_elsewhere_is_forgotten(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "st") as ledger:
        record(ledger, made_config("demo", "ledger=postgresql://me@there/studies"))
    export_study(tmp_path / "st", "demo", tmp_path / "alone", ["study"])
    with Ledger.open(tmp_path / "alone", create=False) as ledger:
        found = ledger.study("demo")
    assert found is not None
    assert found["config"]["ledger"] is None
    assert from_yaml((tmp_path / "alone/demo/config.yaml").read_text()).ledger is None


def test_a_ledger_in_postgresql_becomes_a_file(tmp_path: Path, postgres: PostgresServer) -> None:
    url = postgres.database()
    Ledger.open(tmp_path / "st", url=url).close()
    make_study(tmp_path / "st", "demo", f"ledger={url}")
    export_study(tmp_path / "st", "demo", tmp_path / "alone", ["study"])
    assert (tmp_path / "alone" / "ledger.sqlite").is_file()
    assert not (tmp_path / "alone" / "ledger.url").exists()
    before, after = frames(tmp_path / "st"), frames(tmp_path / "alone")
    for name in FRAMES:
        assert_frame_equal(after[name], before[name])
    with Ledger.open(tmp_path / "alone", create=False) as ledger:
        assert ledger.check() == []
    assert clean(tmp_path / "st").bytes > 0
    assert clean(tmp_path / "st").bytes == 0
    with s4mcl.open(tmp_path / "st") as results:
        assert results.comparisons(metric="dice")["verdict"].to_list() == ["higher", "higher"]
    assert len(export_study(tmp_path / "st", "demo", tmp_path / "files", ["csv", "optuna"])) == 7


@pytest.mark.parametrize("place", ["st/inside", "st/trials/inside", "full"])
def test_a_place_for_no_storage_is_refused(tmp_path: Path, place: str) -> None:
    with Ledger.open(tmp_path / "st") as ledger:
        record(ledger, made_config())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").write_text("mine")
    before = files_of(tmp_path)
    with pytest.raises(InputError, match=r"(lies inside of the storage|holds something already)(.|\n)*Cure: "):
        export_study(tmp_path / "st", "demo", tmp_path / place, ["study"])
    assert files_of(tmp_path) == before


def test_an_empty_folder_becomes_the_storage(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    export_study(storage, "demo", tmp_path / "alone", ["study"])
    assert study_status(tmp_path / "alone", "demo").totals["failed"] == 2


def test_room_is_looked_for_before_anything_is_written(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(study_storage.shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
    with pytest.raises(InputError, match=r"has 1\.0 MB of free space, [0-9.]+ MB are needed\.\nCure: make room"):
        export_study(storage, "demo", tmp_path / "some" / "alone", ["study"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["copy_files", "copy_rows"])
def test_a_full_disk_leaves_nothing(storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    real = getattr(study_storage, step)

    def full(*arguments: object) -> None:
        real(*arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(study_storage, step, full)
    with pytest.raises(InputError, match=r"No space left on device(.|\n)*Cure: "):
        export_study(storage, "demo", tmp_path / "some" / "alone", ["study"])
    assert list(tmp_path.iterdir()) == []
