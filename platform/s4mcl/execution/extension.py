"""More of the same study: what of a changed configuration extends a study that has begun, and what makes it another."""

from collections.abc import Mapping, Sequence
from typing import Any

from s4mcl.config import StudyConfig, difference, to_plain
from s4mcl.ledger import Ledger

LARGER = ("search.trials", "search.max_iterations", "budget.iterations")  # these may grow
MORE = ("seeds", "label_fractions", "methods")  # these may have further entries
FREE = (  # reuse=off is none: it is in the keys
    *("storage", "description", "ledger", "artifacts", "data.path"),
    "surface_distances",  # switched on, trials are judged again and none is trained again
)
FREE_PARTS = ("limits.", "cluster.")  # what the machine has, and when to stop: no number depends on it
BINDING = ("cluster.cpus_per_pack", "cluster.concurrency")  # but for threads, and for what is proposed when
RETRAINS = ("budget.iterations", "budget.report_every")
BY_METHOD = ("hyperparameters.", "space.", "search.start.")
RESCORES = (*LARGER, *RETRAINS)


def compared(old: StudyConfig, new: StudyConfig) -> tuple[list[str], list[str]]:
    """The dotted keys that extend the study, and those that would make it another one; sorted."""
    before, after = to_plain(old), to_plain(new)
    extends: list[str] = []
    refused: list[str] = []
    for key in difference(before, after):
        if _is_free(key):
            continue
        fits = _grows(key, value_at(before, key), value_at(after, key), longer=_longer(old, new)) or _is_of_new(
            key, old
        )
        (extends if fits else refused).append(key)
    return extends, refused


def extend(ledger: Ledger, study: str, keys: Sequence[str]) -> None:
    """Prepare the ledger for a study that is extended by these keys.

    A larger search or budget may have another best configuration: what confirm and ablate had planned is taken back,
    and planned anew when the search is over; trials that are wanted again are there. With a larger budget of training
    the proposals are scored again.
    """
    if not keys:
        return
    stages = [stage for stage in ("confirm", "ablate") if any(key in RESCORES for key in keys)]
    retrain = any(key in RETRAINS for key in keys)
    with ledger.transaction():
        ledger.take_back(study, [*stages, "search"] if retrain else stages)
        if retrain:
            ledger.reopen_proposals(study, "search")
        ledger.record_event(study, "extended", f"extended by {', '.join(keys)}")


def value_at(plain: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key; None where there is none."""
    value: Any = plain
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _is_free(key: str) -> bool:
    return key in FREE or (key.startswith(FREE_PARTS) and key not in BINDING)


def _is_of_new(key: str, old: StudyConfig) -> bool:
    """Whether the key is that of a method which the study did not have: no trial so far depends on it."""
    part = next((part for part in BY_METHOD if key.startswith(part)), None)
    return part is not None and key.removeprefix(part).partition(".")[0] not in old.methods


def _longer(old: StudyConfig, new: StudyConfig) -> bool:
    return new.budget.iterations > old.budget.iterations


def _grows(key: str, before: Any, after: Any, *, longer: bool) -> bool:
    """Whether the new value asks for more of the same."""
    if key in MORE:
        return all(entry in after for entry in before)
    if key in LARGER:
        return after is None or (before is not None and after > before)
    if key == "budget.report_every":  # a tenth of the iterations unless said otherwise
        return longer
    if key.startswith("ablate.designs"):
        return before is None or before == {}
    return key == "ablate.max_trials"
