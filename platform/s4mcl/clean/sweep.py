"""`s4mcl clean`: the retention rule, applied to a storage or to one of its studies."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from s4mcl.clean.cleaning import Cleaning, Removal
from s4mcl.clean.kept_uri import kept_trials, remove_from, unknown_to, uri_removals, uris_of
from s4mcl.clean.open_studies import open_studies
from s4mcl.clean.trial_folder import file_system_time, half_written, removable, removal
from s4mcl.clean.trial_needs import TrialNeeds, trial_needs
from s4mcl.execution.lock import FILE_NAME as LOCK
from s4mcl.execution.lock import StudyLock, holder
from s4mcl.ledger import Ledger
from s4mcl.ledger.trials import KEY
from s4mcl.trial_files import TRIALS
from s4mcl_trainables.problems import InputError


def clean(storage: Path, study: str | None = None, *, dry_run: bool = False) -> Cleaning:
    """Remove what no study of a storage needs any more.

    Kept are predictions; best.pt of completed trials of a confirm stage, and of every trial of a study that may still
    go on; the newest checkpoint of a trial that may go on: one that is planned or was left running, one that was
    stopped early in a study that may go on, one whose worker died. Removed are other checkpoints, folders of earlier
    attempts, folders of trials that the ledger does not know, and files that have been half-written for an hour. The
    same goes for files that are kept under a URI (`artifacts`), but for trials that the ledger does not know.

    What a driver or a claim holds is left alone, links are not followed, and nothing else outside of the storage is
    touched. While it runs, no driver can begin on the storage's studies.

    Args:
        storage: the storage's folder.
        study: only the files of this study's trials, and its folder; None: all of the storage.
        dry_run: remove nothing, and tell what would be.

    Raises:
        InputError: the ledger cannot be read, a URI does not answer, or something cannot be removed.
    """
    with ExitStack() as held:
        ledger = held.enter_context(Ledger.open(storage, create=False))
        found = _trial_folders(ledger.storage)  # before the ledger is read: what is planned later is not looked at
        names = ledger.studies()
        kept = {uri: kept_trials(uri) for uri in uris_of(ledger, names if study is None else [study])}
        alive = {name for name in names if not _is_free(ledger.storage / name, held, dry_run=dry_run)}
        with ledger.snapshot():
            keys = {folder.name for folder in found}.union(*kept.values())
            needs = trial_needs(ledger, keys, alive=alive, unfinished=open_studies(ledger))
        wanted = names if study is None else [study]
        told = [_told_of(ledger.storage, name) for name in wanted if name in alive]
        at = file_system_time(ledger.storage)
        removals = list(_removals(ledger.storage, found, needs, study, at))
        for name in wanted:
            if name not in alive:
                removals += half_written(ledger.storage, ledger.storage / name, at)
        if study is None:
            told += _strange(ledger.storage, found)
            told += [text for uri in kept if (text := unknown_to(uri, kept[uri], needs)) is not None]
        under = {uri: list(uri_removals(uri, kept[uri], needs, study)) for uri in kept}
        if not dry_run:
            _remove(ledger.storage, removals)
            for uri, gone in under.items():
                remove_from(uri, gone, kept[uri])
        return Cleaning((*removals, *(each for gone in under.values() for each in gone)), tuple(told), dry_run)


def _trial_folders(storage: Path) -> list[Path]:
    """Everything under trials/; nothing where that is a link, since what lies behind it is outside of the storage."""
    folder = storage / TRIALS
    return [] if folder.is_symlink() or not folder.is_dir() else sorted(folder.iterdir())


def _is_free(study_dir: Path, held: ExitStack, *, dry_run: bool) -> bool:
    """Whether no driver runs the study; where something is removed, none begins before `held` ends."""
    if not (study_dir / LOCK).is_file():
        return True
    if dry_run:
        return holder(study_dir) is None
    try:
        held.enter_context(StudyLock(study_dir))
    except InputError:
        return False
    return True


def _told_of(storage: Path, study: str) -> str:
    return f"study {study}, which {holder(storage / study) or 'another process'} runs, and all trials that it wants"


def _removals(
    storage: Path, found: Iterable[Path], needs: dict[str, TrialNeeds], study: str | None, at: float
) -> Iterator[Removal]:
    for folder in found:
        if folder.is_symlink() or not folder.is_dir() or not KEY.fullmatch(folder.name):
            continue
        known = needs.get(folder.name)
        if known is None and study is None:
            yield removal(storage, folder, "orphan")
        elif known is not None and (study is None or study in known.studies):
            yield from removable(storage, folder, known, at)


def _strange(storage: Path, found: Iterable[Path]) -> Iterator[str]:
    if (storage / TRIALS).is_symlink():
        yield f"{TRIALS} is a link; what lies behind it is not in the storage"
    for path in found:
        if path.is_symlink():
            yield f"{TRIALS}/{path.name} is a link; what lies behind it is not in the storage"
        elif not path.is_dir() or not KEY.fullmatch(path.name):
            yield f"{TRIALS}/{path.name} is no folder of a trial"


def _remove(storage: Path, removals: Iterable[Removal]) -> None:
    for gone in removals:
        path = storage / gone.path
        with _explained(path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            for folder in path.parents[
                : max(0, len(gone.path.parts) - 2)
            ]:  # an attempt's and a trial's folder, if empty now
                if not any(folder.iterdir()):
                    folder.rmdir()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be removed: {error.strerror or error}.\n"
            "Cure: give this user write permission on the storage, then repeat the command; it goes on with the rest"
        ) from error
