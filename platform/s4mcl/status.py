"""How a study stands: its trials by stage, what failed and why, and how often its test set was opened."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s4mcl.execution.lock import holder
from s4mcl.ledger import COUNTED, FailedTrial, Ledger
from s4mcl.ledger.trials import LOST, STOPPED

SHOWN = 20


@dataclass(frozen=True)
class Status:
    """Counts of trials by stage (each trial of a stage in exactly one), and what a person should know besides."""

    study: str
    stages: Mapping[str, Mapping[str, int]]
    test_openings: int
    warnings: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        """The counts of all stages together."""
        return {state: sum(counts[state] for counts in self.stages.values()) for state in COUNTED}

    def to_dict(self) -> dict[str, Any]:
        """The status as plain JSON values."""
        return {
            "study": self.study,
            "stages": {stage: dict(counts) for stage, counts in self.stages.items()},
            "totals": self.totals,
            "test_openings": self.test_openings,
            "warnings": list(self.warnings),
        }

    def to_text(self) -> str:
        """The status as a table in plain text, then the warnings."""
        rows = {**self.stages, "total": self.totals}
        width = max(len(name) for name in [self.study, *rows])
        lines = [" ".join([self.study.ljust(width), *(state.rjust(10) for state in COUNTED)])]
        for name, counts in rows.items():
            lines.append(" ".join([name.ljust(width), *(str(counts[state]).rjust(10) for state in COUNTED)]))
        lines.append(f"test labels read: {self.test_openings} {'time' if self.test_openings == 1 else 'times'}")
        lines.extend(f"warning: {warning}" for warning in self.warnings)
        return "\n".join(lines)


def study_status(storage: Path, study: str) -> Status:
    """Read a study's status from the ledger of its storage. `test_openings` counts this study's own.

    Raises:
        InputError: the ledger does not exist or cannot be read.
    """
    with Ledger.open(storage, create=False) as ledger:
        stages = ledger.counts(study)
        failed = ledger.failed_trials(study)
        openings = ledger.test_openings_by_study(study)
    own = openings.pop(study, 0)
    warnings = [*_failures(failed), *_opened_before(openings), *_left_running(stages, storage / study)]
    return Status(study, stages, own, tuple(warnings))


AGAIN = {  # how to try again, by outcome
    LOST: "; the same s4mcl run trains it again, unless its proposal was told as failed",
    STOPPED: "; s4mcl run --retry-stopped trains it, unless its proposal was told as failed",
    "error": "; it would end so again: mend the method's code, which makes other trials of it, or, where the cause lay "
    "elsewhere, give another name= and reuse=off",
}


def _failures(failed: list[FailedTrial]) -> list[str]:
    """A line for each way of failing of each group of trials, with the first one's detail."""
    kinds = Counter((trial.stage, trial.method, trial.label_fraction, trial.outcome) for trial in failed)
    first = {(t.stage, t.method, t.label_fraction, t.outcome): t for t in reversed(failed)}
    lines = []
    for (stage, method, fraction, outcome), count in list(kinds.items())[:SHOWN]:
        trial = first[stage, method, fraction, outcome]
        detail = ", ".join(f"{name} {value}" for name, value in trial.detail.items())
        trials = "trial" if count == 1 else "trials"
        example = f"seed {trial.seed}, key {trial.key[:12]}" + (f", {detail}" if detail else "")
        lines.append(
            f"{stage}: {count} {trials} of {method} at label fraction {fraction:g} failed: {outcome} ({example})"
            + AGAIN.get(outcome, "")
        )
    if len(kinds) > SHOWN:
        lines.append(f"{len(kinds) - SHOWN} more kinds of failure")
    return lines


def _opened_before(others: Mapping[str, int]) -> list[str]:
    if not others:
        return []
    told = ", ".join(f"{count} by {study}" for study, count in others.items())
    return [f"the same test labels were also read by other studies: {told}"]


def _left_running(stages: Mapping[str, Mapping[str, int]], study_dir: Path) -> list[str]:
    """After a driver was killed its trials still say running, until the next driver takes them over."""
    count = sum(counts["running"] for counts in stages.values())
    if not count or holder(study_dir) is not None:
        return []
    trials = "trial stands" if count == 1 else "trials stand"
    return [
        f"{count} {trials} as running, but no driver runs this study: they belong to another study, "
        "or the driver was killed and the same s4mcl run goes on with them"
    ]
