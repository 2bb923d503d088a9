import os
from pathlib import Path
from typing import Any

import pytest
import torch

from s4mcl_trainables.training.checkpoint import load_checkpoint, save_checkpoint

STATE: dict[str, Any] = {"weights": torch.arange(4.0), "reports": [{"iteration": 2, "values": {"a": None}}], "n": 3}


def test_it_goes_round_without_pickled_code(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.pt"
    save_checkpoint(path, STATE)
    read = load_checkpoint(path)
    assert torch.equal(read.pop("weights"), STATE["weights"])
    assert read == {"format": 1, "reports": STATE["reports"], "n": 3}
    assert [each.name for each in path.parent.iterdir()] == ["last.pt"]


@pytest.mark.parametrize("fail", ["save", "fsync"])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail: str) -> None:
    path = tmp_path / "last.pt"
    save_checkpoint(path, STATE)
    before = path.read_bytes()

    def half_written(state: Any, file: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        if fail == "save":
            patch.setattr(torch, "save", half_written)
        else:
            patch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match=r"No space|Input/output"):
            save_checkpoint(path, {**STATE, "n": 4})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]
    save_checkpoint(path, {**STATE, "n": 4})
    assert load_checkpoint(path)["n"] == 4


def test_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"format": 1, "x": Path("a")}, path)
    with pytest.raises(Exception, match=r"weights_only|Weights only"):
        load_checkpoint(path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    torch.save({"format": 2}, tmp_path / "last.pt")
    with pytest.raises(ValueError, match="format 2 was found, 1 is known"):
        load_checkpoint(tmp_path / "last.pt")
