"""Checkpoints: tensors and plain values, written beside their name and then renamed."""

import io
from pathlib import Path
from typing import Any

import torch

from s4mcl_trainables.training.whole_file import write_whole

FORMAT = 1


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` so that `path` holds either the old checkpoint or the whole new one, whatever dies when.

    Raises:
        NoSpace: the disk is full; the old checkpoint is as it was.
    """
    whole = io.BytesIO()  # in memory first: its size is known, and torch hides what a full disk says
    torch.save({"format": FORMAT, **state}, whole)
    write_whole(path, whole.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint to the CPU; no code of the file is run (`weights_only`).

    Raises:
        ValueError: a format of another version.
    """
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state.get("format") != FORMAT:
        raise ValueError(f"{path}: checkpoint format {state.get('format')} was found, {FORMAT} is known")
    return state
