"""A node that lacks something, has other code, or has no room: told of the node, never taken for the trial's fault."""

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from s4mcl_trainables import full_disk, member
from s4mcl_trainables.full_disk import FullDisk
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.node_check import refuse_other_code
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.pack import PackTrainable
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision
from s4mcl_trainables.training.whole_file import NoSpace
from small_assignment import small_assignment

HOST = socket.gethostname()


@pytest.fixture
def actor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PackTrainable:
    """Without Tune's own set-up, on a node whose folder for temporary files is its own."""
    monkeypatch.setattr("ray.get_gpu_ids", list)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return PackTrainable.__new__(PackTrainable)


def given(tmp_path: Path, *, revision: str | None = None, **changes: Any) -> dict[str, Any]:
    plain = small_assignment(tmp_path, tmp_path / "trials/key/1", "stub").to_dict() | changes
    del plain["device"]
    return {"pack": {"threads": 1, "device": "cpu", "members": [plain], "revision": revision}}


def ending(actor: PackTrainable) -> tuple[str, str]:
    result = actor.step()
    (member,) = result["members"]
    assert (result["done"], member["reports"]) == (True, [])
    return member["ending"]["outcome"], member["ending"]["detail"]["text"]


def test_other_code_under_the_same_key_is_refused(actor: PackTrainable, tmp_path: Path) -> None:
    actor.setup(given(tmp_path, revision="f" * 64))
    outcome, text = ending(actor)
    here = code_revision(method_named("stub").module)[:12]
    assert outcome == "unfit"
    assert text.startswith(
        f"node {HOST} has other code of method stub than the study's driver: revision {here}, ffffffffffff was asked "
        "for.\nCure: install the driver's s4mcl there"
    )


def test_another_torch_is_refused() -> None:
    with pytest.raises(InputError, match=rf"node {HOST} has torch .*, and the study's driver has 1\.0\.\nCure: inst"):
        refuse_other_code("stub", code_revision(method_named("stub").module), "1.0")
    here = numeric_profile(precision="float32", gpus=0, cpus=1)
    refuse_other_code("stub", code_revision(method_named("stub").module), here.torch)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ModuleNotFoundError("No module named 'monai'", name="monai"),
            f"node {HOST} lacks the module monai, which method stub needs, for {sys.executable}.\nCure: install ",
        ),
        (
            ImportError("libGL.so.1: cannot open shared object file"),
            f"node {HOST} cannot load what method stub needs: libGL.so.1: cannot open shared object file.\nCure: inst",
        ),
    ],
)
def test_a_module_that_is_missing_is_the_nodes_fault(
    actor: PackTrainable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: ImportError, told: str
) -> None:
    def lacking(_assignment: object) -> None:
        raise error

    monkeypatch.setattr(member, "start_training", lacking)
    actor.setup(given(tmp_path))
    outcome, text = ending(actor)
    assert outcome == "unfit"
    assert text.startswith(told)


def test_a_method_of_the_environment_that_is_not_on_the_node(
    actor: PackTrainable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S4MCL_METHODS", "mine=not_there.at_all")
    config = given(tmp_path)
    config["pack"]["members"][0]["trial"]["method"] = "mine"
    actor.setup(config)
    outcome, text = ending(actor)
    assert outcome == "unfit"
    assert text.startswith(f"on node {HOST}: S4MCL_METHODS: module not_there.at_all of method mine cannot be imported")


def test_a_worker_waits_where_its_node_has_no_room(
    actor: PackTrainable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_disk, "WAIT_SECONDS", 0.0)
    free = 0
    for module in (full_disk, sys.modules["s4mcl_trainables.training.whole_file"]):
        monkeypatch.setattr(module, "free_at", lambda _folder: free)
    actor.setup(given(tmp_path, artifacts=f"file://{tmp_path}/kept", checkpoint_at=[2]))
    first = actor.step()
    assert not first["done"]
    (member,) = first["members"]
    assert member["ending"]["outcome"] == "no_space"
    assert member["ending"]["detail"]["nodes_own"]
    assert f"node {HOST}: No space left on device: {tmp_path}/s4mcl-" in first["full"]
    waiting = actor.step()
    assert (waiting["members"], waiting["done"], waiting["full"]) == ([], False, first["full"])
    free = 2**30
    there = actor.step()
    assert (there["members"], there["done"], there["full"]) == ([], True, None)
    assert actor.reset_config(given(tmp_path, artifacts=f"file://{tmp_path}/kept"))
    assert actor.step()["members"][0]["ending"] is None  # and trains again


def test_the_storages_disk_is_nobodys_own(
    actor: PackTrainable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["s4mcl_trainables.training.whole_file"], "free_at", lambda _folder: 0)
    actor.setup(given(tmp_path, checkpoint_at=[2]))
    result = actor.step()
    detail = result["members"][0]["ending"]["detail"]
    assert result["done"]
    assert "nodes_own" not in detail
    assert detail["text"].endswith(f", on {HOST}")


def test_a_quota_is_tried_again_after_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_disk, "WAIT_SECONDS", 0.0)
    now = 0.0
    there = NoSpace(tmp_path, 10, 2**40)
    full = FullDisk(there, clock=lambda: now)
    assert not full.has_room()
    assert not full.wait(lambda: False)
    assert full.wait(lambda: True)  # its node is about to go
    now = 61.0
    assert full.has_room()
    assert os.strerror(errno.ENOSPC) in full.text
