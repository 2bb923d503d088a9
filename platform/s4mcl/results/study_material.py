"""What the results of one study are made from, all of one state of the ledger."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.statistics.cells import read_cells
from s4mcl.statistics.comparisons_frame import Cell
from s4mcl.statistics.image_scores import ImageScores


@dataclass(frozen=True)
class StudyMaterial:
    """A study's documents and frames as the ledger holds them.

    Attributes:
        openings: how often each study of the storage read the test labels that this study's trials are judged on.
    """

    name: str
    storage: Path
    config: dict[str, Any]
    partition: dict[str, Any]
    trials: pl.DataFrame
    proposals: pl.DataFrame
    arms: pl.DataFrame
    openings: dict[str, int]

    @classmethod
    def read(cls, ledger: Ledger, study: str) -> "StudyMaterial":
        """Read a study; others may go on writing."""
        with ledger.snapshot():
            documents = ledger.study(study) or {}
            return cls(
                name=study,
                storage=ledger.storage,
                config=documents.get("config") or {},
                partition=documents.get("partition") or {},
                trials=ledger.trials_frame(study),
                proposals=ledger.proposals_frame(study),
                arms=ledger.arms_frame(study),
                openings=ledger.test_openings_by_study(study),
            )

    @property
    def methods(self) -> list[str]:
        """The methods in the order of the configuration, then any other that has trials."""
        return list(dict.fromkeys([*self.config.get("methods", []), *self.trials["method"].to_list()]))

    def cells(self) -> dict[Cell, ImageScores]:
        """Scores on each test image, by method and label fraction; none where no predictions were kept. Read once.

        Raises:
            InputError: a file of predictions cannot be used.
        """
        return self._cells

    @cached_property
    def _cells(self) -> dict[Cell, ImageScores]:
        return read_cells(self.trials, self.storage)
