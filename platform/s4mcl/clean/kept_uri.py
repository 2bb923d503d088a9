"""What may go of the files of trials that are kept under a URI, by the same rules as in the storage."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from s4mcl.clean.cleaning import Removal
from s4mcl.clean.trial_needs import TrialNeeds
from s4mcl.ledger import Ledger
from s4mcl.ledger.trials import KEY
from s4mcl.trial_files import BEST, LAST, TRIALS
from s4mcl_trainables.training.kept_files import kept_below, remove_kept
from s4mcl_trainables.training.uri_store import shown

Attempts = Mapping[int, Mapping[str, int]]  # number to name to bytes


def uris_of(ledger: Ledger, studies: Iterable[str]) -> list[str]:
    """Under which URIs the trials' files of these studies are kept."""
    configs = ((ledger.study(name) or {}).get("config") or {} for name in studies)
    return list(dict.fromkeys(str(config["artifacts"]) for config in configs if config.get("artifacts")))


def kept_trials(uri: str) -> dict[str, dict[int, dict[str, int]]]:
    """Key to attempt to name to bytes of all files of trials under a URI.

    Raises:
        UnreachableError: it does not answer, or refuses.
    """
    found: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for name, size in kept_below(uri, TRIALS).items():
        parts = PurePosixPath(name).parts
        if len(parts) == 3 and KEY.fullmatch(parts[0]) and parts[1].isdecimal():
            found[parts[0]][int(parts[1])][parts[2]] = size
    return found


def uri_removals(
    uri: str, kept: Mapping[str, Attempts], needs: Mapping[str, TrialNeeds], study: str | None
) -> Iterator[Removal]:
    """What goes of a URI: nothing of trials that the ledger does not know, which may be another storage's."""
    for key in sorted(kept.keys() & needs.keys()):
        if study is None or study in needs[key].studies:
            yield from _removable(uri, key, kept[key], needs[key])


def unknown_to(uri: str, kept: Mapping[str, Attempts], needs: Mapping[str, TrialNeeds]) -> str | None:
    """What to say of trials under a URI that the ledger does not know; None where there are none."""
    count = len(kept.keys() - needs.keys())
    return f"{count} trials under {shown(uri)} that this ledger does not know; they may be another's" if count else None


def remove_from(uri: str, removals: Iterable[Removal], kept: Mapping[str, Attempts]) -> None:
    """Remove them; an attempt's folder too, when nothing is left in it.

    Raises:
        UnreachableError: the storage does not answer, or refuses; the same command goes on with the rest.
    """
    of_attempts: dict[PurePosixPath, list[Removal]] = defaultdict(list)
    for removal in removals:
        of_attempts[removal.path.parent].append(removal)
    for folder, gone in of_attempts.items():
        whole = len(gone) == len(kept[folder.parts[1]][int(folder.name)])
        remove_kept(uri, [str(removal.path) for removal in gone], folder=str(folder) if whole else None)


def _removable(uri: str, key: str, attempts: Attempts, needs: TrialNeeds) -> Iterator[Removal]:
    if needs.held:
        return
    counts = _attempt_that_counts(attempts, needs)
    for number, names in sorted(attempts.items()):
        folder = PurePosixPath(TRIALS, key, str(number))
        for name, size in sorted(names.items()):
            rule = _rule(name, needs) if number == counts else "attempt" if counts is not None else "last"
            if rule is not None and folder / name != needs.predictions:
                yield Removal(folder / name, rule, size, uri)


def _attempt_that_counts(attempts: Attempts, needs: TrialNeeds) -> int | None:
    if needs.artifacts is not None:
        return int(needs.artifacts.name)
    with_checkpoint = [number for number, names in attempts.items() if names.keys() & {BEST, *LAST}]
    return (
        max((number for number in with_checkpoint if number <= needs.attempt), default=None) if needs.goes_on else None
    )


def _rule(name: str, needs: TrialNeeds) -> str | None:
    """By which a file of the attempt that counts goes."""
    if needs.goes_on or (name == BEST and needs.best):
        return None
    return {**dict.fromkeys(LAST, "last"), BEST: "best"}.get(name)
