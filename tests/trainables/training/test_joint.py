"""A pack whose trials train as one program reports what they report one after the other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.device_memory import DeviceMemory
from s4mcl_trainables.methods.together import Together
from s4mcl_trainables.networks.stacked import Stack
from s4mcl_trainables.pack import PackTrainable
from s4mcl_trainables.training.joint import seconds_of_steps
from s4mcl_trainables.training.run import Run
from small_assignment import GENERIC_ON, small_assignment

METHODS = ("s4mcl", "s2mcl", "unet", "cnn")


def members_of(shapes: Path, folder: Path, method: str, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Trials of a method that differ in seed and in what is given, as a worker is sent them."""
    sent = []
    for seed, each in enumerate(given):
        assignment = small_assignment(shapes, folder / str(seed), method, seed=seed, iterations=6, test=True)
        trial = replace(assignment.trial, hyperparameters=dict(each))
        plain = replace(assignment, trial=trial, key=f"key{seed}").to_dict()
        del plain["device"]
        sent.append(json.loads(json.dumps(plain)))
    return sent


def actor_of(members: list[dict[str, Any]], **pack: Any) -> PackTrainable:
    actor = PackTrainable.__new__(PackTrainable)
    actor.setup({"pack": {"threads": 1, "device": "cpu", "members": members, **pack}})
    return actor


def to_the_end(actor: PackTrainable) -> dict[str, list[dict[str, Any]]]:
    """What each trial told, by key."""
    told: dict[str, list[dict[str, Any]]] = {}
    while True:
        result = actor.step()
        for each in result["members"]:
            told.setdefault(each["key"], []).append(each)
        if result["done"]:
            return told


def values_of(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [report["values"] for each in told for report in each["reports"]]


def assert_agree(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    for now, then in zip(values_of(found), values_of(wanted), strict=True):
        assert now.keys() == then.keys()
        for name in [name for name in now if name.startswith("loss/")]:
            assert now[name] == pytest.approx(then[name], rel=1e-4, abs=1e-4), name
    ends = [told[-1]["ending"] for told in (found, wanted)]
    assert ends[0]["outcome"] == ends[1]["outcome"]
    for name, value in (ends[1]["test"] or {}).items():
        assert ends[0]["test"][name] == pytest.approx(value, abs=0.02), name


@pytest.mark.parametrize("method", METHODS)
def test_a_program_reports_what_its_trials_report_alone(shapes: Path, tmp_path: Path, method: str) -> None:
    given = [{}, {"dropout": 0.0}, {"dropout": 0.5}]
    one = to_the_end(actor_of(members_of(shapes, tmp_path / "1", method, given), program=True))
    other = to_the_end(actor_of(members_of(shapes, tmp_path / "2", method, given)))
    assert one.keys() == other.keys()
    for key in one:
        assert [report["iteration"] for each in one[key] for report in each["reports"]] == [2, 4, 6]
        assert_agree(one[key], other[key])


@pytest.mark.parametrize("method", ["s4mcl", "cnn"])
def test_generic_parts_act_on_each_member_by_itself(shapes: Path, tmp_path: Path, method: str) -> None:
    given = [GENERIC_ON, {**GENERIC_ON, "ema": 0.5}, {}]
    one = to_the_end(actor_of(members_of(shapes, tmp_path / "1", method, given), program=True))
    other = to_the_end(actor_of(members_of(shapes, tmp_path / "2", method, given)))
    for key in other:
        assert_agree(one[key], other[key])


def test_it_is_one_program(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And of those that are left when others have ended."""
    sizes: list[int] = []
    as_it_is = Together.step

    def counted(self: Together, given: Any) -> Any:
        sizes.append(len(self.learners))
        return as_it_is(self, given)

    monkeypatch.setattr(Together, "step", counted)
    members = members_of(shapes, tmp_path, "unet", [{}] * 3)
    members[1]["trial"]["settings"] |= {"patience": 1}
    actor = actor_of(members, program=True)
    actor.step()
    assert isinstance(actor.members[1].training, Run)
    actor.members[1].training.best = {**(actor.members[1].training.best or {}), "score": 2.0}  # none is better
    actor.members[1].training.settings = replace(actor.members[1].training.settings, patience=1)
    to_the_end(actor)
    assert sizes == [3, 3, 3, 3, 2, 2]


def test_one_that_breaks_breaks_no_other(shapes: Path, tmp_path: Path) -> None:
    given = [{}, {"generator_lr": 1.0}, {}]
    members = members_of(shapes, tmp_path / "1", "unet", given)
    actor = actor_of(members, program=True)
    actor.step()
    assert isinstance(actor.members[1].training, Run)
    with torch.no_grad():
        next(actor.members[1].training.learner.modules["generator"].parameters()).fill_(float("nan"))
    found = to_the_end(actor)
    wanted = to_the_end(actor_of(members_of(shapes, tmp_path / "2", "unet", given)))
    assert found["key1"][-1]["ending"]["outcome"] == "nan"
    for key in ("key0", "key2"):
        assert_agree(found[key], wanted[key][1:])


def test_those_that_were_resumed_are_waited_for(shapes: Path, tmp_path: Path) -> None:
    """One of two went on from a checkpoint: the other catches up alone, then both train together."""
    members = members_of(shapes, tmp_path / "1", "unet", [{}, {}])
    ahead = actor_of([members[0]])
    ahead.step()
    ahead.cleanup()
    again = {**members[0], "attempt": 2, "folder": str(tmp_path / "2"), "earlier": [members[0]["folder"]]}
    actor = actor_of([again, members[1]], program=True)
    told = [{each["key"]: len(each["reports"]) for each in actor.step()["members"]} for _ in range(3)]
    assert told == [{"key0": 1, "key1": 1}, {"key0": 1, "key1": 1}, {"key0": 1, "key1": 1}]
    assert all(member.ending for member in actor.members)


def test_where_memory_has_no_room_for_all_fewer_train_together(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = Stack.__call__

    def narrow(stack: Stack, x: torch.Tensor) -> torch.Tensor:
        if len(stack.members) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return as_it_is(stack, x)

    monkeypatch.setattr(Stack, "__call__", narrow)
    actor = actor_of(members_of(shapes, tmp_path / "1", "unet", [{}] * 4), program=True)
    found = to_the_end(actor)
    assert actor.joint.most == 2
    wanted = to_the_end(actor_of(members_of(shapes, tmp_path / "2", "unet", [{}] * 4)))
    for key in found:
        assert_agree(found[key], wanted[key])
        assert found[key][-1]["ending"]["detail"] == {}, "no micro-batch: memory sufficed for two"


def test_a_share_that_is_too_small_is_told_of_all(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = actor_of(members_of(shapes, tmp_path, "unet", [{}] * 2), program=True)
    monkeypatch.setattr(DeviceMemory, "is_shared", True)
    actor.step()

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Together, "step", full)
    result = actor.step()
    assert [each["ending"]["outcome"] for each in result["members"]] == ["no_memory"] * 2
    actor = actor_of(members_of(shapes, tmp_path / "b", "unet", [{}] * 2), program=True)
    monkeypatch.setattr(DeviceMemory, "is_shared", False)
    with pytest.raises(torch.OutOfMemoryError):  # another process goes on
        actor.step()


def test_what_cannot_begin_leaves_the_others_together(shapes: Path, tmp_path: Path) -> None:
    members = members_of(shapes, tmp_path, "unet", [{}, {"dropot": 1.0}, {}])
    result = actor_of(members, program=True).step()
    assert [each["ending"] and each["ending"]["outcome"] for each in result["members"]] == [None, "data_error", None]


def test_stubs_train_as_ever(tmp_path: Path) -> None:
    stub = small_assignment(tmp_path, tmp_path / "s", "stub").to_dict()
    del stub["device"]
    twins = [{**stub, "key": str(number), "folder": str(tmp_path / str(number))} for number in range(2)]
    told = to_the_end(actor_of(twins, program=True, measure=[1, 2]))
    assert [each[-1]["ending"]["outcome"] for each in told.values()] == ["completed"] * 2


def test_steps_are_measured_once_and_change_nothing(shapes: Path, tmp_path: Path) -> None:
    asked = members_of(shapes, tmp_path / "1", "unet", [{}])
    actor = actor_of(asked, measure=[1, 2])
    first, second = actor.step(), actor.step()
    assert [size for size, _ in first["steps"]] == [1, 2]
    assert all(0 < seconds < 60 for _, seconds in first["steps"])
    assert second["steps"] == []
    plain = actor_of(members_of(shapes, tmp_path / "2", "unet", [{}]))
    for measured in (first, second):
        assert measured["members"][0]["reports"] == plain.step()["members"][0]["reports"]


def test_measuring_ends_where_it_does_not_pay(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = actor_of(members_of(shapes, tmp_path, "unet", [{}]))
    actor.step()
    run = actor.members[0].training
    assert isinstance(run, Run)
    taken = {1: 1.0, 2: 1.2, 4: 1.6, 8: 3.1, 16: 6.0}

    def seconds(_run: Run, size: int, _steps: int) -> tuple[float, bool]:
        return taken[size], False

    monkeypatch.setattr("s4mcl_trainables.training.joint._seconds", seconds)
    assert seconds_of_steps(run, taken) == {1: 1.0, 2: 1.2, 4: 1.6, 8: 3.1}
    monkeypatch.setattr("s4mcl_trainables.training.joint._seconds", lambda run, size, steps: (float(size), size > 2))
    assert seconds_of_steps(run, [1, 2, 4]) == {1: 1.0, 2: 2.0}
    monkeypatch.setattr("s4mcl_trainables.training.joint._seconds", lambda run, size, steps: (1.0, size > 2))
    assert seconds_of_steps(run, [1, 2, 4]) == {1: 1.0, 2: 1.0}
