"""s4mcl submit: run a study on a Ray cluster from elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s4mcl_trainables.problems import InputError

if TYPE_CHECKING:
    from s4mcl.submit.job_server import JobServer
    from s4mcl.submit.submission import Submitted


def submit(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", help="The words that s4mcl run would be given.", show_default=False),
    ] = None,
    *,
    address: Annotated[str, typer.Option("--address", metavar="http://HOST:8265", help="The cluster's job server.")],
    name_of_job: Annotated[
        str | None,
        typer.Option("--name-of-job", metavar="JOB", help="Default: made of the study's.", show_default=False),
    ] = None,
    follow: Annotated[
        str | None, typer.Option("--follow", metavar="JOB", help="Follow a job again.", show_default=False)
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", "--no-wait", help="Submit, and do not follow.")] = False,
    bring_back: Annotated[
        Path, typer.Option("--bring-back", metavar="DIR", help="Where the report is put, as DIR/NAME/report.html.")
    ] = Path("studies"),
    report: Annotated[bool, typer.Option(help="Bring the report back.")] = True,
) -> None:
    """Run a study as a job of a Ray cluster, follow its log, and bring its report back.

    Example: s4mcl submit --address http://127.0.0.1:8265 study=table1 name=demo data.path=DIR

    This project's code goes along, and that of distributions whose methods it trains; the nodes need their
    requirements. Paths are the head's, relative ones start in its home folder. The token is read from RAY_AUTH_TOKEN,
    RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token. Ctrl-C leaves the study running.

    Exit status: that of s4mcl run on the cluster, 128 + N if it was killed by signal N; 2 also for what is refused
    here; 130 on Ctrl-C.
    """
    from s4mcl.submit.job_server import JobServer
    from s4mcl.submit.report import refuse_taken
    from s4mcl.submit.submission import submit_study, submitted, wanted

    if follow is not None:
        if overrides:
            raise typer.BadParameter("--follow takes no KEY=VALUE: the job has its own")
        server = JobServer(address)
        job = submitted(server, follow)
        if report:
            refuse_taken(bring_back, job.study)
    else:
        study = wanted(overrides or [])
        if report and not detach:
            refuse_taken(bring_back, study.config.name)
        server = JobServer(address)
        try:
            job = submit_study(server, study, name_of_job)
        except KeyboardInterrupt:
            listed = f"RAY_AUTH_MODE=token ray job list --address {server.address}"
            typer.echo(f"interrupted before the cluster said yes; whether the job runs is shown by: {listed}", err=True)
            raise typer.Exit(130) from None
        typer.echo(f"submitted: study {job.study} as job {job.job}", err=True)
    if detach:
        typer.echo(_afterwards(server, job), err=True)
        typer.echo(job.job)
        return
    raise typer.Exit(_followed(server, job, bring_back if report else None))


def _followed(server: "JobServer", job: "Submitted", folder: Path | None) -> int:
    """The exit status of the study, or 130 on Ctrl-C. Its report is in `folder` then, unless that is None."""
    from s4mcl.submit.following import INTERRUPTED, follow
    from s4mcl.submit.report import bring_back

    try:
        ending = follow(server, job.job, lambda text: typer.echo(text, nl=False))
        if ending.text:
            typer.echo(f"s4mcl: {ending.text}", err=True)
        if folder is not None and ending.exit_status in (0, 1):
            typer.echo(f"report: {bring_back(server, job, folder)}", err=True)
    except InputError:
        typer.echo(f"no longer followed: study {job.study}, job {job.job}, which may well go on", err=True)
        typer.echo(_afterwards(server, job), err=True)
        raise
    except KeyboardInterrupt:
        typer.echo(f"\nno longer followed, and not stopped: study {job.study}, job {job.job}", err=True)
        typer.echo(_afterwards(server, job), err=True)
        return INTERRUPTED
    return ending.exit_status


def _afterwards(server: "JobServer", job: "Submitted") -> str:
    ray = "RAY_AUTH_MODE=token ray job"
    return "\n".join(
        [
            f"  look at it      {ray} status --address {server.address} {job.job}",
            f"                  or on the head: s4mcl status {job.study_dir}",
            f"  follow it       s4mcl submit --address {server.address} --follow {job.job}",
            f"  stop it         {ray} stop --address {server.address} {job.job}",
            f"                  or on the head: s4mcl stop {job.study_dir}",
        ]
    )
