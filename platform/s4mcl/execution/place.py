"""Where a study's data and the files of its trials are."""

from dataclasses import dataclass
from pathlib import Path

from s4mcl.stages.cohort import KeyedTrial
from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.training.assignment import Assignment


@dataclass(frozen=True)
class Place:
    """Absolute paths of the storage and of the prepared dataset, how the latter is divided, and whether its test part
    is locked.
    """

    storage: Path
    dataset: Path
    partition: PartitionSpec
    locked: bool

    def folder(self, key: str, attempt: int) -> Path:
        """Where an attempt at a trial keeps its files."""
        return self.storage / "trials" / key / str(attempt)

    def assignment(
        self,
        member: KeyedTrial,
        attempt: int,
        profile: Profile,
        *,
        test: bool,
        folder: Path | None = None,
        checkpoint_at: tuple[int, ...] = (),
    ) -> Assignment:
        """What a worker is told; with `folder`, the trial was trained there and only its test part is left to judge."""
        return Assignment(
            trial=member.trial,
            key=member.key,
            attempt=attempt,
            folder=folder or self.folder(member.key, attempt),
            dataset=self.dataset,
            partition=self.partition,
            profile=profile,
            device=profile.device,
            test=test,
            locked=self.locked,
            trained=folder is not None,
            checkpoint_at=checkpoint_at,
            earlier=tuple(self.folder(member.key, number) for number in range(attempt - 1, 0, -1)),
        )
