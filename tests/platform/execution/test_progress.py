import io
from pathlib import Path

from rich.console import Console
from stub_study import Workers, engine_of, stub_config

from s4mcl.execution.progress import Progress, clock, shown
from s4mcl.ledger import Ledger


def test_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        with shown(Progress("demo", ledger, engine, Console(file=stream, force_terminal=False))) as progress:
            workers = Workers(engine)
            workers.fill()
            progress.step()
            progress.show()
            progress.show()
            workers.run()
    lines = stream.getvalue().splitlines()
    assert lines[0].endswith("  search: 2 running")
    assert len(lines) == 2, "what has not changed is not said again"
    assert "search: 5 completed; confirm: " in lines[1]
    assert "best stub 0." in lines[1]
    assert lines[1].endswith("0:00 left")


def test_a_table_on_a_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        with shown(Progress("demo", ledger, engine, Console(file=stream, force_terminal=True, width=100))) as progress:
            workers = Workers(engine)
            workers.fill()
            progress.show()
            workers.run()
    text = stream.getvalue()
    for word in ("planned", "running", "completed", "reused", "search", "confirm", "best validation score", "left"):
        assert word in text


def test_the_time_left_follows_the_pace(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        progress = Progress("demo", ledger, engine, Console(file=io.StringIO()))
        assert progress.remaining() is None
        workers = Workers(engine)
        workers.fill()
        progress.step()
        workers.run(at_most=3)
        assert progress.training is not None
        progress.training -= 30  # as if the three trials had taken half a minute
        left = progress.remaining()
        assert left is not None
        assert 55 < left < 70, "six more trials of the same length"


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 61, 3723.9)] == ["0:00", "1:01", "1:02:03"]
