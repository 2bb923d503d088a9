"""What a person sees while a study runs: a live table on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from s4mcl.execution.engine import Engine
from s4mcl.ledger import Ledger

REFRESH_SECONDS = 0.5
LINE_SECONDS = 15.0
STATES = ("planned", "running", "completed", "reused", "pruned", "failed")


class Progress:
    """Trials by stage and state, the best score so far, and the time left."""

    def __init__(self, study: str, ledger: Ledger, engine: Engine, console: Console) -> None:
        self.study, self.ledger, self.engine, self.console = study, ledger, engine, console
        self.live: Live | None = None
        self.begun = time.monotonic()
        self.training: float | None = None
        self.looked = 0.0
        self.last_line = ""

    def step(self) -> None:
        """Look again, if it is time."""
        if self.training is None and self.engine.packs:
            self.training = time.monotonic()
        wait = REFRESH_SECONDS if self.live else LINE_SECONDS
        if time.monotonic() - self.looked >= wait:
            self.show()

    def show(self) -> None:
        """Look at the ledger and show it."""
        self.looked = time.monotonic()
        counts = self.ledger.counts(self.study)
        if self.live:
            self.live.update(self._table(counts), refresh=True)
            return
        line = self._line(counts)
        if line != self.last_line:
            self.last_line = line
            self.console.print(
                f"{clock(self.looked - self.begun)}  {line}", markup=False, highlight=False, soft_wrap=True
            )

    def tell(self, text: str) -> None:
        """Show a line beside the rest."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def remaining(self) -> float | None:
        """Seconds left: the training that is still to do, at the pace so far; None before the first trial has ended."""
        work = self.engine.work()
        if work is None or self.training is None:
            return None
        done, left = work
        return (time.monotonic() - self.training) * left / done

    def _table(self, counts: dict[str, dict[str, int]]) -> Table:
        left = self.remaining()
        gone = clock(time.monotonic() - self.begun)
        title = f"{self.study}   {gone} gone, {clock(left) if left is not None else '?'} left"
        table = Table(title=Text(title), title_justify="left")
        table.add_column("stage")
        for state in STATES:
            table.add_column(state, justify="right")
        for stage, found in counts.items():
            table.add_row(stage, *(str(found[state]) for state in STATES))
        if best := self._best():
            table.caption = Text(f"best validation score: {best}")
        return table

    def _best(self) -> str:
        return ", ".join(f"{name} {value:.3f}" for name, value in self.engine.best.items())

    def _line(self, counts: dict[str, dict[str, int]]) -> str:
        parts = []
        for stage, found in counts.items():
            shown = ", ".join(f"{found[state]} {state}" for state in STATES if found[state])
            parts.append(f"{stage}: {shown or 'nothing yet'}")
        left = self.remaining()
        parts += [f"best {best}"] if (best := self._best()) else []
        parts += [f"{clock(left)} left"] if left is not None else []
        return "; ".join(parts)


@contextmanager
def shown(progress: Progress) -> Iterator[Progress]:
    """Show progress while the block runs."""
    if not progress.console.is_terminal:
        yield progress
        progress.show()
        return
    with Live(console=progress.console, auto_refresh=False) as live:
        progress.live = live
        yield progress
        progress.show()


def clock(seconds: float) -> str:
    """1:02:03 or 2:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def console(stream: IO[str] | None = None) -> Console:
    """Where progress goes."""
    return Console(file=stream or sys.stderr)
