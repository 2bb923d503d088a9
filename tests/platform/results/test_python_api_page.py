"""The example of docs/python-api.md runs as it stands."""

import re
from pathlib import Path

import pytest

from made_study import make_study
from s4mcl.results import Results

PAGE = Path(__file__).parents[3] / "docs" / "python-api.md"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make_study(tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    printed = capsys.readouterr().out
    for told in ("test_openings", "s4mcl", "higher", "reached at the smallest", "without self_supervision"):
        assert told in printed
    assert "status: search: 1 trial of" in printed


def test_every_call_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    calls = {name for name in vars(Results) if not name.startswith("_")} - {"close", "names"}
    assert {name for name in calls if f"| `{name}(" not in text} == set()
