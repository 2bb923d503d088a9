"""s4mcl run: run a study, or go on with it."""

import signal
from typing import Annotated

import typer

REPORT = "report.html"


def run(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE...", help="study=NAME chooses a preset; any key may be set.", show_default=False
        ),
    ] = None,
    report: Annotated[bool, typer.Option(help="Write the report at the end.")] = True,
    retry_stopped: Annotated[
        bool, typer.Option("--retry-stopped", help="Train the trials that s4mcl stop ended.")
    ] = False,
) -> None:
    """Run a study to its end and write its report. The same command again goes on with it.

    Example: s4mcl run study=quickstart name=demo data.path=DIR storage=studies

    Exit status: 0 done, 1 done but some trials failed, 2 bad input (while it runs also a full disk, unreadable data, a
    dead Ray), 130 interrupted
    or stopped by s4mcl stop.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever is under way ends as on Ctrl-C

    from s4mcl.config import compose_study
    from s4mcl.execution.study_run import run_study

    config = compose_study(overrides or [])
    outcome = run_study(config, retry_stopped=retry_stopped)
    if outcome.interrupted:
        typer.echo(
            f"interrupted: {outcome.stop_reason}; the same command again goes on with {outcome.study_dir}", err=True
        )
        raise typer.Exit(130)
    if outcome.stop_reason:
        typer.echo(f"s4mcl: the study stopped: {outcome.stop_reason}", err=True)
        typer.echo(f"then the same command goes on with {outcome.study_dir}", err=True)
        raise typer.Exit(2)
    if outcome.limit:
        typer.echo(f"{outcome.limit}: the same command with a larger limit goes on with {outcome.study_dir}", err=True)
    if report:
        from s4mcl.cli.report import report as write_report

        write_report([outcome.study_dir])
        if config.artifacts is not None:
            from s4mcl_trainables.training.kept_files import kept

            kept(config.artifacts, f"{config.name}/{REPORT}", outcome.study_dir / REPORT)
    if outcome.failed:
        where = f"s4mcl status {outcome.study_dir}, and {outcome.study_dir / 'run.log'}"
        typer.echo(f"{trials(outcome.failed)} failed; see: {where}", err=True)
    if outcome.untested:
        what = f"{trials(len(outcome.untested))} could not be judged on the test part"
        typer.echo(f"{what}; the first because {outcome.untested[0]}", err=True)
    if outcome.failed or outcome.untested:
        raise typer.Exit(1)


def trials(count: int) -> str:
    """1 trial, 2 trials."""
    return "1 trial" if count == 1 else f"{count} trials"
