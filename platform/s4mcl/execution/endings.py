"""How trials end: written to the ledger, and told to the log."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from s4mcl.execution.pack import Pack
from s4mcl.execution.place import Place
from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Ledger, Owner
from s4mcl.ledger.trials import LOST, STOPPED
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.finite import finite
from s4mcl.trial_files import PREDICTIONS

# No verdict on the trial: it is trained again, or goes on.
UNDONE = ("data_error", "unfit", "no_space", "no_memory", "moved", "unreachable")

logger = logging.getLogger(__name__)


class Endings:
    """Writes what workers report.

    Attributes:
        untested: what kept a trained trial from being judged on the test part, a text each.
    """

    def __init__(self, study: str, ledger: Ledger, place: Place, owner: Owner) -> None:
        self.study, self.ledger, self.place, self.owner = study, ledger, place, owner
        self.untested: list[str] = []

    def write(self, pack: Pack, member: Mapping[str, Any]) -> bool:
        """Write the reports and the ending of a trial; False when another driver has taken the trial over."""
        key, attempt, ending = member["key"], member["attempt"], member["ending"]
        claimed = key in pack.claimed
        if claimed and not self.ledger.add_reports(key, attempt, member["reports"]):
            return False
        if ending is None:
            return True
        if ending["outcome"] == "data_error" and not claimed:
            self._tell_gone(pack, key, ending)
            return True
        if ending["outcome"] in UNDONE:
            self._tell(pack, key, ending)
            return True
        if ending["outcome"] != "completed" and not claimed:
            self.untested.append(str(ending["detail"].get("text", ending["outcome"])))
        kept = self._finish(pack, key, attempt, ending) if claimed else True
        if kept:
            self._write_test(pack, key, ending)
            self._tell(pack, key, ending)
        return kept

    def given_up(self, pack: Pack, key: str, error: str, trace: str) -> None:
        """A trial's worker died too often."""
        detail = {"text": error, **({"trace": trace[-4000:]} if trace else {})}
        self._tell(pack, key, {"outcome": LOST, "detail": detail, "summary": {}, "seconds": 0.0})
        if key not in pack.claimed:
            self.untested.append(error)
            return
        attempt = pack.assignments[key].attempt
        self.ledger.finish(
            key,
            attempt,
            state="failed",
            outcome=LOST,
            detail=detail,
            iterations=pack.reached.get(key, 0),
            seconds=pack.seconds.get(key, 0.0),
        )

    def stopped(self, waiting: Waiting, key: str, attempt: int, text: str, *, iterations: int, seconds: float) -> None:
        """A person stopped a claimed trial."""
        told = f"{waiting.described(key)}: {text}"
        logger.warning(told)
        self.ledger.record_event(self.study, "trial_stopped", told, {"key": key})
        detail = {"text": text}
        self.ledger.finish(
            key, attempt, state="failed", outcome=STOPPED, detail=detail, iterations=iterations, seconds=seconds
        )

    def pruned(self, pack: Pack, key: str) -> None:
        """Early stopping, or the failure of another seed, ended a running trial."""
        if key in pack.claimed:
            cohort = pack.waiting_of(key).cohort
            rung, score = reached(cohort, key, pack.reached.get(key, 0))
            logger.info("%s: stopped early at iteration %d, score %s", pack.described(key), rung, score)
            self.write_pruned(key, pack.assignments[key].attempt, rung, score, pack.seconds.get(key, 0.0))

    def prune_waiting(self, cohort: Cohort, running: Collection[str], provenance: Mapping[str, Any]) -> None:
        """A cohort has ended while trials of it waited: what nobody trains of them is claimed and pruned.

        Args:
            running: keys of trials that this driver trains.
        """
        states = self.ledger.states(member.key for member in cohort.trials if member.key not in running)
        keys = [key for key, state in states.items() if state.state in ("planned", "running")]  # a claim may be dead
        if not keys:
            return
        with self.ledger.transaction():
            attempts = self.ledger.claim(keys, self.study, cohort.stage, self.owner, provenance=provenance)
            for key, attempt in attempts.items():
                rung, score = reached(cohort, key, max(cohort.rungs.get(key, ()), default=0))
                self.write_pruned(key, attempt, rung, score, states[key].seconds or 0.0)

    def write_pruned(self, key: str, attempt: int, rung: int, score: float | None, seconds: float) -> None:
        """End a claimed trial as stopped early; its checkpoint lets it go on when it is promoted."""
        summary = {} if score is None else {"val_score": score}
        self.ledger.finish(
            key, attempt, state="pruned", outcome="pruned", iterations=rung, seconds=seconds, summary=summary
        )

    def _finish(self, pack: Pack, key: str, attempt: int, ending: Mapping[str, Any]) -> bool:
        completed = ending["outcome"] == "completed"
        folder = pack.assignments[key].folder.relative_to(self.place.storage)
        return self.ledger.finish(
            key,
            attempt,
            state="completed" if completed else "failed",
            outcome=ending["outcome"],
            detail=ending["detail"],
            iterations=ending["iterations"],
            seconds=ending["seconds"],
            summary=ending["summary"],
            artifacts=str(folder) if completed else None,
        )

    def _write_test(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        if ending["test"] is None:
            return
        predictions = pack.assignments[key].folder / PREDICTIONS
        relative = str(predictions.relative_to(self.place.storage)) if predictions.is_file() else None
        self.ledger.record_test(key, self.study, ending["test"], relative)

    def _tell_gone(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        """The checkpoint of a trained trial cannot be read."""
        why = " ".join(str(ending["detail"].get("text", "its checkpoint is gone")).partition("\nCure")[0].split())
        text = f"{pack.described(key)} is trained again: {why}"
        logger.warning(text)
        self.ledger.record_event(self.study, "retrained", text, {"key": key})

    def _tell(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        """To the log how a trial ended, and to the ledger's events if not well."""
        score = finite(ending["summary"].get("val_score"))
        what = "trained" if key in pack.claimed else "judged"
        detail = ending["detail"]
        told = f"score {score:.4f}" if score is not None else " ".join(str(detail.get("text", dict(detail))).split())
        text = f"{pack.described(key)}: {ending['outcome']}, {told}, {what} in {ending['seconds']:.1f} s"
        if ending["outcome"] == "completed":
            logger.info(text)
            return
        if ending["outcome"] in ("moved", "no_memory"):  # what follows from the second is told by the engine
            logger.warning(text)
            return
        logger.error(text)
        self.ledger.record_event(self.study, "failed", text, {"key": key, **detail})


def reached(cohort: Cohort, key: str, iteration: int) -> tuple[int, float | None]:
    """The rung at which early stopping ended a trial, else the iteration it came to; and its score there."""
    rung = iteration if cohort.stopped_at is None else cohort.stopped_at
    return rung, cohort.rungs.get(key, {}).get(rung)
