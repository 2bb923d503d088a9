"""A storage that was moved elsewhere works there: no absolute path is in it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import s4mcl
from made_study import make_study
from s4mcl.cli.app import app


@pytest.mark.parametrize("name", ["elsewhere", "a name with blanks#?"])
def test_every_command_works_after_the_move(tmp_path: Path, name: str) -> None:
    make_study(tmp_path / "before")
    with s4mcl.open(tmp_path / "before" / "demo") as results:
        was = (results.trials(), results.comparisons(metric="dice"), results.ablation())
    moved = (tmp_path / "before").rename(tmp_path / name)
    assert str(tmp_path / "before") not in "".join(
        path.read_text(encoding="utf-8") for path in (moved / "demo").iterdir() if path.suffix in (".yaml", ".log")
    )
    with s4mcl.open(moved / "demo") as results:
        now = (results.trials(), results.comparisons(metric="dice"), results.ablation())
    assert all(one.equals(other) for one, other in zip(was, now, strict=True))
    for words in (
        ["status", "demo"],
        ["report", "demo"],
        ["export", "demo", "out", "--format", "parquet", "--format", "csv", "--format", "optuna"],
        ["export", "demo", "alone", "--format", "study"],
        ["clean", "demo"],
        ["clean", "."],
    ):
        paths = [str(moved / word) if word in ("demo", ".") else str(tmp_path / word) for word in words[1:3]]
        found = CliRunner().invoke(app, [words[0], *paths[: len(words) - 1], *words[3:]])
        assert found.exit_code == 0, found.output
    with s4mcl.open(tmp_path / "alone") as results:
        assert results.trials().equals(was[0])
    assert (moved / "demo" / "report.html").stat().st_size > 1000
