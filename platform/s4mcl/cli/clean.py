"""s4mcl clean: remove what no study needs any more."""

from pathlib import Path
from typing import Annotated

import typer


def clean(
    path: Annotated[Path, typer.Argument(metavar="STUDY_DIR|STORAGE", help="A study's folder, or a whole storage.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; list what would be.")] = False,
) -> None:
    """Remove checkpoints that nobody needs any more, earlier attempts, and half-written files.

    Kept are all predictions, best.pt of confirm trials, and the newest checkpoint of a trial that may still go on. In
    a study that has not come to its end every best.pt is kept. For a storage, folders of trials that its ledger does
    not know go, too. Files of trials under a URI (artifacts) go by the same rules. What a living driver or claim holds
    is left alone; links are not followed.
    """
    from s4mcl.clean import clean as clean_storage
    from s4mcl.whereabouts import find_whereabouts

    place = find_whereabouts(path)
    typer.echo(clean_storage(place.storage, place.study, dry_run=dry_run).to_text())
