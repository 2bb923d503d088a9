"""The command `s4mcl`."""

import sys

import typer

from s4mcl.cli import clean, dashboard, data, export, ledger, plan, predict, profile, report, run, status, stop, submit
from s4mcl_trainables.problems import InputError

app = typer.Typer(
    name="s4mcl",
    help="Studies of how many labels a method saves: search, comparison, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data.app, name="data")
app.add_typer(ledger.app, name="ledger")
app.command()(plan.plan)
app.command()(profile.profile)
app.command()(run.run)
app.command()(submit.submit)
app.command()(status.status)
app.command()(stop.stop)
app.command()(report.report)
app.command()(dashboard.dashboard)
app.command()(predict.predict)
app.command()(export.export)
app.command()(clean.clean)


def run_app() -> None:
    """Run the command line; bad input ends with one message and exit status 2."""
    try:
        app()
    except InputError as error:
        print(f"s4mcl: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
