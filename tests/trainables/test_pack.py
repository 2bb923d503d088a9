"""Packs: by themselves, and as Ray Tune runs them."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s4mcl_trainables.member import Member
from s4mcl_trainables.pack import PackTrainable
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment


def plain(assignment: Assignment) -> dict[str, Any]:
    """An assignment as a worker is sent it: plain values, the device is the worker's."""
    found = assignment.to_dict()
    del found["device"]
    sent: dict[str, Any] = json.loads(json.dumps(found))
    return sent


def stub(folder: Path, number: int = 0, **hyperparameters: Any) -> dict[str, Any]:
    assignment = small_assignment(folder, folder / str(number), "stub", hyperparameters=hyperparameters)
    return plain(replace(assignment, key=f"key{number}"))


def to_the_end(member: Member) -> list[dict[str, Any]]:
    told = []
    while member.ending is None:
        told.append(member.advance())
    return told


def test_an_assignment_goes_round(shapes: Path, tmp_path: Path) -> None:
    assignment = replace(small_assignment(shapes, tmp_path, "s4mcl", test=True), earlier=(tmp_path / "1",))
    assert Assignment.from_dict({**plain(assignment), "device": "cpu"}) == assignment


def test_a_member_tells_each_report_once(tmp_path: Path) -> None:
    told = to_the_end(Member(stub(tmp_path), "cpu"))
    assert [report["iteration"] for each in told for report in each["reports"]] == [2, 4]
    assert [each["ending"] is None for each in told] == [True, False]
    assert told[-1]["ending"]["outcome"] == "completed"
    assert {(each["key"], each["attempt"]) for each in told} == {("key0", 1)}
    json.dumps(told, allow_nan=False)


def test_a_resumed_member_sends_the_old_reports_again(shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path / "1", "unet", iterations=6)
    first = Member(plain(assignment), "cpu")
    first.advance()
    first.save()
    second = Member(plain(replace(assignment, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",))), "cpu")
    told = to_the_end(second)
    assert [[report["iteration"] for report in each["reports"]] for each in told] == [[2], [4], [6]]
    second.save()
    assert not (tmp_path / "2" / "last.pt").exists()  # a finished trial has nothing to keep


def test_what_goes_wrong_is_an_outcome(tmp_path: Path) -> None:
    broken = to_the_end(Member(stub(tmp_path, fail_at=3), "cpu"))[-1]
    assert broken["ending"]["outcome"] == "nan"
    assert broken["ending"]["detail"] == {"step": 3, "terms": {"loss/stub": 3}}
    refused = [
        stub(tmp_path, x9=1.0),
        {**stub(tmp_path), "trial": {**stub(tmp_path)["trial"], "method": "stab"}},
        plain(small_assignment(tmp_path / "nowhere", tmp_path / "a", "unet")),
    ]
    texts = []
    for each in refused:
        (told,) = to_the_end(Member(each, "cpu"))
        assert told["ending"]["outcome"] == "data_error"
        assert told["reports"] == []
        texts.append(told["ending"]["detail"]["text"])
    assert "x9 is not one of" in texts[0]
    assert "did you mean stub" in texts[1]
    assert "does not exist" in texts[2]


def test_a_reused_actor_keeps_what_the_pack_before_has_reached(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tune resets the actor of a task that was stopped early without cleaning up."""
    monkeypatch.setattr("ray.get_gpu_ids", list)
    actor = PackTrainable.__new__(PackTrainable)  # without Tune's own set-up
    assignment = small_assignment(shapes, tmp_path / "1", "unet", iterations=6)
    actor.setup({"pack": packs_of([plain(assignment)])[0]})
    assert not actor.step()["done"]
    assert actor.reset_config({"pack": packs_of([stub(tmp_path)])[0]})
    assert (tmp_path / "1" / "last.pt").is_file()
    result = actor.step()
    assert result["members"][0]["key"] == "key0"
    assert result["worker"] == [socket.gethostname(), str(os.getpid()), "cpu"]
    assert 0 <= result["since"] < 60


@pytest.mark.parametrize("fails", ["last.pt", "best.pt", "predictions.npz"])
def test_a_full_disk_is_an_outcome(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    """What was saved stays whole, and with room again the trial ends as if nothing had been."""
    given = small_assignment(shapes, tmp_path / "1", "s4mcl", iterations=6, test=True)
    expected = to_the_end(Member(plain(replace(given, folder=tmp_path / "0")), "cpu"))[-1]["ending"]
    keeps = replace(given, checkpoint_at=(2, 4))
    member = Member(plain(keeps), "cpu")
    told = [member.advance()]
    before = (tmp_path / "1" / "last.pt").read_bytes()
    with monkeypatch.context() as patch:
        original = Path.replace

        def refused(path: Path, target: Path) -> Path:
            if target.name == fails:
                raise OSError(errno.ENOSPC, "No space left on device")
            return original(path, target)

        patch.setattr(Path, "replace", refused)
        told += to_the_end(member)
    ending = told[-1]["ending"]
    assert (ending["outcome"], ending["summary"]) == ("no_space", {})
    assert ending["iterations"] == (4 if fails == "last.pt" else 6)
    assert ending["detail"].keys() == {"text", "needed", "free"}
    assert ending["detail"]["text"].startswith(f"No space left on device: {tmp_path / '1'} has")
    assert [report["iteration"] for each in told for report in each["reports"]] == [2, 4, 6][: len(told)]
    assert member.training is None
    member.save()
    assert not list((tmp_path / "1").glob(".*"))
    if fails == "last.pt":
        assert (tmp_path / "1" / "last.pt").read_bytes() == before
    second = replace(keeps, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",))
    again = to_the_end(Member(plain(second), "cpu"))[-1]["ending"]
    assert (again["outcome"], again["summary"], again["test"]) == ("completed", expected["summary"], expected["test"])


def pack_actor(monkeypatch: pytest.MonkeyPatch, members: list[dict[str, Any]]) -> PackTrainable:
    """A pack of these members, without Ray and Tune's own set-up."""
    monkeypatch.setattr("ray.get_gpu_ids", list)
    actor = PackTrainable.__new__(PackTrainable)
    actor.setup({"pack": {"threads": 1, "device": "cpu", "members": members}})
    return actor


def test_a_worker_on_a_cpu_keeps_its_heap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bool] = []
    monkeypatch.setattr("s4mcl_trainables.pack.keep_heap", lambda: kept.append(True))
    pack_actor(monkeypatch, [stub(tmp_path)])
    assert kept == [True]


def test_nobody_trains_past_a_rung_that_the_cohort_has_not_reached(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = small_assignment(shapes, tmp_path / "1", "unet", iterations=8)
    killed = Member(plain(ahead), "cpu")
    killed.advance()
    killed.advance()
    killed.save()
    ahead = replace(ahead, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",))
    behind = replace(small_assignment(shapes, tmp_path / "3", "unet", iterations=8, seed=1), key="behind")
    actor = pack_actor(monkeypatch, [plain(ahead), plain(behind)])
    told: list[dict[str, list[int]]] = []
    for _ in range(4):
        members = actor.step()["members"]
        told.append({each["key"]: [report["iteration"] for report in each["reports"]] for each in members})
    first, second = ahead.key, behind.key
    assert told == [{first: [2, 4], second: [2]}, {second: [4]}, {first: [6], second: [6]}, {first: [8], second: [8]}]


def test_an_error_of_one_member_is_its_outcome_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = pack_actor(monkeypatch, [stub(tmp_path, number) for number in range(3)])
    actor.step()

    def broken() -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(actor.members[1].training, "advance", broken)
    result = actor.step()
    assert result["done"]
    first, second, third = result["members"]
    assert second["ending"]["outcome"] == "error"
    assert second["ending"]["iterations"] == 2
    assert second["ending"]["detail"]["text"] == "ZeroDivisionError: division by zero"
    assert "in broken" in second["ending"]["detail"]["trace"]
    for other in (first, third):
        assert other["ending"]["outcome"] == "completed"
        assert [report["iteration"] for report in other["reports"]] == [4]
    json.dumps(result, allow_nan=False)


def test_a_spoilt_device_is_for_a_new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An actor that raises is replaced by Tune."""
    for text, raised in (("CUDA error: an illegal memory access", True), ("CUDA error: out of memory", False)):
        member = Member(stub(tmp_path), "cpu")
        member.advance()

        def broken(text: str = text) -> None:
            raise RuntimeError(text)

        monkeypatch.setattr(member.training, "advance", broken)
        if raised:
            with pytest.raises(RuntimeError, match=text):
                member.advance()
        else:
            assert member.advance()["ending"]["outcome"] == "error"


def test_a_pack_that_is_drained_moves_at_its_next_report(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = small_assignment(shapes, tmp_path / "1", "unet", iterations=8)
    members = [plain(given), stub(tmp_path, 1), plain(replace(given, key="ends", folder=tmp_path / "3"))]
    actor = pack_actor(monkeypatch, members)
    actor.step()
    actor.drain()
    result = actor.step()
    assert result["done"]
    assert [each["ending"]["outcome"] for each in result["members"]] == ["moved"] * 3
    assert [each["ending"]["iterations"] for each in result["members"]] == [2, 2, 2]
    assert [each["reports"] for each in result["members"]] == [[], [], []]
    assert (tmp_path / "1" / "last.json").is_file()
    elsewhere = Member(plain(replace(given, attempt=2, folder=tmp_path / "2", earlier=(tmp_path / "1",))), "cpu")
    told = to_the_end(elsewhere)
    assert [[report["iteration"] for report in each["reports"]] for each in told] == [[2], [4], [6], [8]]
    actor.reset_config({"pack": packs_of([stub(tmp_path, 7)])[0]})  # the next pack is not asked to go
    assert actor.step()["members"][0]["ending"] is None


def test_a_drain_while_it_trains_keeps_the_report(tmp_path: Path) -> None:
    asked = iter([False, True])
    told = Member(stub(tmp_path), "cpu").advance(lambda: next(asked))
    assert [report["iteration"] for report in told["reports"]] == [2]
    assert told["ending"]["outcome"] == "moved"
    unbegun = Member(stub(tmp_path, 1), "cpu").advance(lambda: True)
    assert (unbegun["ending"]["outcome"], unbegun["ending"]["iterations"]) == ("moved", 0)


def test_time_memory_and_notes_are_told(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "last.pt").write_bytes(b"PK")
    gone = f".last.pt.{2**22 + 1}"  # above the largest process number there is
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / gone).write_bytes(b"half")
    given = small_assignment(shapes, tmp_path / "2", "unet", iterations=6)
    told = to_the_end(Member(plain(replace(given, attempt=2, earlier=(tmp_path / "1",))), "cpu"))
    assert not (tmp_path / "2" / gone).exists()
    assert [len(each["notes"]) for each in told] == [1, 0, 0]
    assert told[0]["notes"][0].startswith(f"{tmp_path / '1' / 'last.pt'} cannot be gone on from: ")
    seconds = [each["seconds"] for each in told]
    assert 0 < seconds[0] < seconds[1] < seconds[2] == told[-1]["ending"]["seconds"]
    assert all(2**26 < each["peak_bytes"] < 2**36 for each in told)


def test_a_single_row_that_is_too_much_is_an_error(shapes: Path, tmp_path: Path) -> None:
    member = Member(plain(small_assignment(shapes, tmp_path, "unet", iterations=6)), "cpu")
    member.advance()
    assert isinstance(member.training, Run)

    def forward(x: Any) -> Any:
        raise MemoryError

    member.training.learner.modules["generator"].forward = forward
    told = member.advance()
    assert told["ending"]["outcome"] == "error"
    assert told["ending"]["detail"]["text"] == "MemoryError"
    assert told["ending"]["iterations"] == 2


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """Two CPUs and four GPUs that exist in name alone."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")
        ray.init("local", num_cpus=2, num_gpus=4, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        yield
        ray.shutdown()


def run_packs(packs: list[dict[str, Any]], storage: Path, *, concurrent: int, gpus: float) -> list[dict[str, Any]]:
    """Let Tune run packs, and give the last result of each in order."""
    from ray import tune

    grid = tune.Tuner(
        tune.with_resources(PackTrainable, {"cpu": 0.25, "gpu": gpus}),
        param_space={"pack": tune.grid_search(packs)},
        tune_config=tune.TuneConfig(reuse_actors=True, max_concurrent_trials=concurrent),
        run_config=tune.RunConfig(name="packs", storage_path=str(storage), verbose=0),
    ).fit()
    assert not grid.errors
    results = {json.dumps(result.config["pack"], sort_keys=True): result.metrics for result in grid}
    return [results[json.dumps(pack, sort_keys=True)] for pack in packs]


def packs_of(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"threads": 1, "device": "cpu", "members": [member]} for member in members]


@pytest.mark.ray
def test_concurrent_packs_are_given_different_gpus(local_ray: None, tmp_path: Path) -> None:
    packs = packs_of([stub(tmp_path, number, milliseconds=1500.0) for number in range(4)])
    results = run_packs(packs, tmp_path / "tune", concurrent=4, gpus=1)
    assert sorted(result["gpus"] for result in results) == [["0"], ["1"], ["2"], ["3"]]
    assert len({result["pid"] for result in results}) == 4
    for result in results:
        assert result["members"][0]["ending"]["outcome"] == "completed"


@pytest.mark.ray
def test_actors_are_reused_and_outcomes_are_results(local_ray: None, tmp_path: Path) -> None:
    members = [stub(tmp_path, number, x0=number / 10) for number in range(6)]
    members[1] = stub(tmp_path, 1, x9=1.0)
    members[4] = stub(tmp_path, 4, fail_at=1)
    results = run_packs(packs_of(members), tmp_path / "tune", concurrent=1, gpus=0)
    outcomes = [result["members"][0]["ending"]["outcome"] for result in results]
    assert outcomes == ["completed", "data_error", "completed", "completed", "nan", "completed"]
    assert [result["members"][0]["key"] for result in results] == [f"key{number}" for number in range(6)]
    assert len({result["pid"] for result in results}) < 6
    assert all(result["gpus"] == [] for result in results)
    scores = {result["members"][0]["ending"]["summary"].get("val_score") for result in results}
    assert len(scores) == 5  # four points of their own, and nothing of the two that failed


@pytest.mark.ray
def test_an_actor_is_drained_from_outside(local_ray: None, tmp_path: Path) -> None:
    import ray

    pack = {"threads": 1, "device": "cpu", "members": [stub(tmp_path, number) for number in range(2)]}
    actor = ray.remote(PackTrainable).options(num_cpus=0.25).remote({"pack": pack})
    assert not ray.get(actor.train.remote())["done"]
    ray.get(actor.drain.remote())
    result = ray.get(actor.train.remote())
    ray.get(actor.stop.remote())
    assert result["done"]
    assert [each["ending"]["outcome"] for each in result["members"]] == ["moved", "moved"]
    assert all((tmp_path / str(number) / "last.json").is_file() for number in range(2))


@pytest.mark.ray
def test_a_pack_trains_its_members_together(local_ray: None, shapes: Path, tmp_path: Path) -> None:
    assignment = small_assignment(shapes, tmp_path / "unet", "unet", iterations=4, report_every=4)
    pack = {"threads": 1, "device": "cpu", "members": [plain(assignment), stub(tmp_path)]}
    (result,) = run_packs([pack], tmp_path / "tune", concurrent=1, gpus=0)
    assert result["training_iteration"] == 2  # the stub reports twice; then unet had ended already
    assert [each["key"] for each in result["members"]] == ["key0"]
    assert (tmp_path / "unet" / "best.pt").is_file()
