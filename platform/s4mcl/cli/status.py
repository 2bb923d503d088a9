"""s4mcl status: how a study stands."""

import json
from pathlib import Path
from typing import Annotated

import typer


def status(
    study_dir: Annotated[Path, typer.Argument(help="The study's folder, <storage>/<name>.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Show a study's trials by stage: planned, running, completed, reused, pruned, failed."""
    from s4mcl.status import study_status
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    found = study_status(study.storage, study.name)
    typer.echo(json.dumps(found.to_dict(), indent=2) if json_output else found.to_text())
