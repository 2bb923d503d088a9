"""Where a study's data and the files of its trials are."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from s4mcl.stages.cohort import KeyedTrial
from s4mcl.trial_files import PREDICTIONS, TRIALS
from s4mcl_trainables.data.partition import PartitionSpec
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.kept_files import fetched, kept_at
from s4mcl_trainables.training.uri_store import answers


@dataclass(frozen=True)
class Place:
    """Absolute paths of the storage and of the prepared dataset, how the latter is divided, and whether its test part
    is locked; the URI under which the trials' files are kept, None where the storage is a folder that all nodes see;
    whether judging on the test part measures distances between outlines.
    """

    storage: Path
    dataset: Path
    partition: PartitionSpec
    locked: bool
    artifacts: str | None = None
    surface_distances: bool = False

    def folder(self, key: str, attempt: int) -> Path:
        """Where an attempt at a trial keeps its files."""
        return self.storage / TRIALS / key / str(attempt)

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
            artifacts=self.artifacts,
            surface_distances=self.surface_distances,
            earlier=tuple(self.folder(member.key, number) for number in range(attempt - 1, 0, -1)),
        )

    def bring(self, folders: Iterable[Path], *, anew: bool = False) -> None:
        """Copy the predictions of trials to their folders of the storage, where they are kept elsewhere.

        Args:
            anew: also where some are there already; they may be of an earlier judgement.

        Raises:
            InputError: what they are kept in cannot be reached.
        """
        if self.artifacts is None:
            return
        for folder in folders:
            path = folder / PREDICTIONS
            if anew or not path.is_file():
                fetched(self.artifacts, f"{kept_at(folder)}/{PREDICTIONS}", path)

    def reaches_artifacts(self) -> bool:
        """Whether what the trials' files are kept in answers this process now."""
        return self.artifacts is not None and answers(self.artifacts)
