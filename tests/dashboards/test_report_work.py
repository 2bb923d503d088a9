"""How much work a report is, in counts that no busy machine changes: statements, decoded reports, drawn points."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, event

from benchmarks.large_study import make_large_study
from s4mcl.ledger import Ledger, report_frames
from s4mcl_dashboards.frames.shown_proposals import MOST
from s4mcl_dashboards.report import write_report

WORDS = ("methods=[unet,s4mcl]", "label_fractions=[0.1,1.0]", "search.label_fractions=[0.1]")
SMALL, LARGE = 300, 1500  # trials
CONFIRMED, REPORTS = 2 * 2 * 2, 4


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes the study of so many trials, all but eight of them proposals."""
    made: dict[int, Path] = {}

    def make(trials: int) -> Path:
        if trials not in made:
            folder = tmp_path_factory.mktemp("large") / "storage"
            options = {"trials": trials, "seeds": 2, "reports": REPORTS, "designs": False}
            made[trials] = make_large_study(folder, *WORDS, **options)
        return made[trials]

    return make


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SELECTs that any engine is told."""
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            told.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield told
    event.remove(Engine, "before_cursor_execute", note)


def test_a_larger_study_asks_no_more_questions(
    study: Callable[[int], Path], statements: list[str], tmp_path: Path
) -> None:
    counts = []
    for trials in (SMALL, LARGE):
        folder = study(trials)
        statements.clear()
        write_report(folder, tmp_path / "page.html")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 40


def test_reports_of_the_search_are_not_decoded(
    study: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []

    def noted(raw: pl.DataFrame, of: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        rows.append(raw.height)
        return report_frames.decoded(raw, of, names)

    monkeypatch.setattr("s4mcl_dashboards.frames.query.decoded", noted)
    folder = study(LARGE)
    write_report(folder, tmp_path / "page.html")
    with Ledger.open(folder.parent) as ledger:
        every = ledger.reports_frame(folder.name).height
    assert every > 4000
    assert 0 < sum(rows) <= 3 * CONFIRMED * REPORTS  # the means, and single trials once or twice


def test_a_picture_of_many_proposals_says_how_many_it_draws(study: Callable[[int], Path], tmp_path: Path) -> None:
    text = write_report(study(LARGE), tmp_path / "page.html").read_text(encoding="utf-8")
    told = re.findall(r"The figures draw ([\d,]+) of ([\d,]+) proposals", text)
    assert len(told) == 2  # one a method
    for drawn, every in told:
        assert int(drawn.replace(",", "")) <= MOST + 1 < int(every.replace(",", ""))
