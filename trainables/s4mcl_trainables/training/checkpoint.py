"""Checkpoints: tensors and plain values, written beside their name and then renamed."""

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from s4mcl_trainables.methods.micro_batch import out_of_memory
from s4mcl_trainables.training.whole_file import whole_file

FORMAT = 1


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` so that `path` holds either the old checkpoint or the whole new one, whatever dies when.

    Raises:
        NoSpace: the disk is full; the old checkpoint is as it was.
    """
    with whole_file(path, _bytes_of(state)) as file:
        torch.save({"format": FORMAT, **state}, file)  # type: ignore[arg-type]  # it writes and flushes, no more


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint to the CPU; no code of the file is run (`weights_only`).

    Raises:
        ValueError: a format of another version, or contents that are not those that were written.
        Exception: whatever torch says of a file that is no checkpoint.
    """
    with zipfile.ZipFile(path) as archive:  # torch itself does not look at the checksums
        damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"{path}: {damaged} is damaged")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state.get("format") != FORMAT:
        raise ValueError(f"{path}: checkpoint format {state.get('format')} was found, {FORMAT} is known")
    return state


def take_newest(
    candidates: Iterable[tuple[Path, Callable[[dict[str, Any]], None]]], begin: Callable[[], None]
) -> list[str]:
    """Go on from the first checkpoint that is there and can be gone on from.

    Args:
        candidates: where checkpoints may lie, the newest first, and what takes one over.
        begin: the state before the first step, set anew where a checkpoint was taken over in part.

    Returns:
        A text for each that could not be gone on from.
    """
    notes: list[str] = []
    for path, take in candidates:
        if not path.is_file():
            continue
        try:
            take(load_checkpoint(path))
        except Exception as error:  # whatever a damaged file makes torch say
            if out_of_memory(error):
                raise
            notes.append(f"{path} cannot be gone on from: {first_line(error)}")
            begin()
        else:
            break
    return notes


def _bytes_of(state: Any) -> int:
    """About what the tensors and reports of a state take in a file."""
    if isinstance(state, torch.Tensor):
        return state.nbytes
    if isinstance(state, dict | list | tuple):
        return sum(_bytes_of(each) for each in (state.values() if isinstance(state, dict) else state))
    return 32


def first_line(error: Exception) -> str:
    """What an error says first, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
