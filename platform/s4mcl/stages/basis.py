"""What the designs of a study start from, and where their arms are written down."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from s4mcl.config import StudyConfig
from s4mcl.designs.arm import Arm
from s4mcl.designs.design import Best, Design
from s4mcl.ledger import Ledger
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying

STAGE = "ablate"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Basis:
    """Shared by the designs of a study.

    Attributes:
        best: from a method and a label fraction to the hyperparameters that designs start from.
        ready: whether `best` is known for a method.
    """

    config: StudyConfig
    keying: Keying
    ledger: Ledger
    best: Best
    ready: Callable[[str], bool]

    def cohort(self, design: Design, arm: Arm, proposal: int | None = None) -> Cohort:
        """The trials of an arm."""
        seeds = design.seeds or ()
        trials = self.keying.cohort(arm.method, arm.hyperparameters, arm.label_fraction, seeds)
        return Cohort(STAGE, trials, proposal=proposal)

    def record(self, name: str, design: Design, arms: Sequence[Arm]) -> None:
        """Write the arms of a design down, in place of what stood there."""
        rows = [
            {
                "name": arm.name,
                "method": arm.method,
                "label_fraction": arm.label_fraction,
                "cohort": self.cohort(design, arm).trials[0].cohort,
                "hyperparameters": dict(arm.hyperparameters),
                "factors": dict(arm.factors),
                "seeds": list(design.seeds or ()),
            }
            for arm in arms
        ]
        self.ledger.record_arms(self.config.name, name, design.kind, rows)

    def tell(self, name: str, notes: Sequence[str]) -> None:
        """To the log what of a design was left out."""
        for note in notes:
            logger.info("%s, design %s: %s", self.config.name, name, note)
