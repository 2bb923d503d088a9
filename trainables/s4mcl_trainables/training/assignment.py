"""What a worker is given to train, and what it gives back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.trial import Trial


@dataclass(frozen=True)
class Assignment:
    """One trial, where its files go, and what it may read.

    Attributes:
        folder: the attempt's folder, absolute; best.pt, last.pt and predictions.npz are written here.
        earlier: folders of earlier attempts, newest first, whose last checkpoint may be gone on from.
        test: judge the best checkpoint on the test part at the end, and keep the predictions.
        surface_distances: judging on the test part measures HD95 and ASSD, too.
        locked: no test label may be read: none is loaded, and judging on the test part is refused.
        trained: the trial is complete and its best.pt lies in `folder`: only the test part is left to judge.
        checkpoint_at: iterations; the report that reaches one is given out after last.pt is written, so that a trial
            stopped there goes on from there, wherever it is resumed.
        artifacts: URI under which the files of `folder` and `earlier` are kept (`kept_files`), each at the last two
            names of its path; the worker trains in a folder of its node. None: the folders themselves.
    """

    trial: Trial
    key: str
    attempt: int
    folder: Path
    dataset: Path
    partition: PartitionSpec
    profile: Profile
    device: str
    test: bool
    locked: bool = False
    trained: bool = False
    earlier: tuple[Path, ...] = ()
    checkpoint_seconds: float = 20.0
    checkpoint_at: tuple[int, ...] = ()
    artifacts: str | None = None
    surface_distances: bool = False

    def keeps(self, before: int, iteration: int) -> bool:
        """Whether a checkpoint is due with the report of `iteration`, the one before it being of `before`."""
        return any(before < rung <= iteration for rung in self.checkpoint_at)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready to be sent to a worker."""
        paths = {
            "folder": str(self.folder),
            "dataset": str(self.dataset),
            "earlier": [str(path) for path in self.earlier],
            "checkpoint_at": list(self.checkpoint_at),
        }
        parts = {"trial": self.trial.to_dict(), "partition": asdict(self.partition), "profile": self.profile.to_dict()}
        return {**vars(self), **paths, **parts}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Assignment":
        """The inverse of `to_dict`."""
        paths = {
            "folder": Path(plain["folder"]),
            "dataset": Path(plain["dataset"]),
            "earlier": tuple(Path(path) for path in plain["earlier"]),
            "checkpoint_at": tuple(plain.get("checkpoint_at", ())),
        }
        parts = {
            "trial": Trial.from_dict(plain["trial"]),
            "partition": PartitionSpec(**plain["partition"]),
            "profile": Profile.from_dict(plain["profile"]),
        }
        return cls(**{**plain, **paths, **parts})


@dataclass(frozen=True)
class Ending:
    """How a trial ended, or why this attempt at it did.

    Attributes:
        outcome: completed, nan, data_error or error; no_space, moved, unreachable and unfit (the node lacks something)
            end the attempt, and another may go on.
        iterations, seconds: reached, and spent on training, since the start of the trial.
        summary: the validation metrics at the best iteration.
        test: metrics of the test part, None where it was not opened.
        detail: for nan `step`, the first bad one, and `terms`, each bad term with its first bad step; for the others
            `text`; for error `trace`; for no_space `needed` and `free`, in bytes, and `nodes_own`, whether the disk is
            the node's alone; `micro_batch`, the rows that the networks took at once, where memory had not room for all.
    """

    outcome: str
    iterations: int
    seconds: float
    summary: dict[str, float | None]
    test: dict[str, float | None] | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class Training(Protocol):
    """A trial under way."""

    iteration: int
    seconds: float
    reports: list[dict[str, Any]]
    notes: list[str]  # what the platform should log: a checkpoint that could not be read

    def advance(self) -> Ending | None:
        """Train up to the next report, append it to `reports`, and give the ending when there is nothing left.

        Raises:
            NoSpace: the disk is full; the last good checkpoint is whole.
        """
        ...

    def save(self) -> None:
        """Write a checkpoint from which a later attempt goes on.

        Raises:
            NoSpace: the disk is full; the checkpoint before is whole.
        """
        ...
