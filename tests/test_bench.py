"""`make bench`: its table is written row by row, whatever the benchmarks do, and their programs know their words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench
from benchmarks.measured_table import ROWS, Row, print_table, times_as_fast, told_rows, uncounted

MODULES = sorted({each.module for each in bench.BENCHMARKS if not each.gpu})
ASKED = (("speed of light", "at least 3 times"),)


def made(name: str, *, gpu: bool = False) -> bench.Benchmark:
    return bench.Benchmark(name, "measured_table", ("{baseline}",), ("--few",), ASKED, gpu=gpu)


def filled(path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Row], *, short: bool = False) -> bench.Page:
    """A page of a benchmark that tells `found`, and of one that needs a GPU."""
    monkeypatch.setattr(bench, "cuda_gpu", lambda: None)
    monkeypatch.setattr(bench, "measured", lambda benchmark, words: found)
    page = bench.Page(path, "make bench", short)
    bench.run([made("light"), made("light-cuda", gpu=True)], page, Path("plain.py"))
    return page


def test_a_ratio_is_the_median_of_pairs() -> None:
    row = times_as_fast("a", [10.0, 30.0, 8.0], [5.0, 10.0, 8.0], "s", 2)
    assert row == Row("a", "2.00 times as fast (1.00 to 3.00 in 3 pairs; 10 and 8 s)", "at least 2 times", True)
    assert times_as_fast("a", [10.0], [8.0], "s", 2).reached is False
    assert uncounted(row, "few").reached is None


def test_rows_are_told_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROWS, str(tmp_path / "rows"))
    rows = [Row("a", "1 s", "2 s", True), Row("b", "3 s")]
    print_table(rows, "made")
    assert told_rows(tmp_path / "rows") == rows


def test_the_page_has_a_row_each_and_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Row("light", "2 times", "at least 3 times", False), Row("its memory", "1 MiB", "2 MiB", True)]
    page = filled(tmp_path / "new/page.md", monkeypatch, found)
    text = page.path.read_text()
    assert "| light | light | 2 times | at least 3 times | **missed** |" in text
    assert "| light | its memory | 1 MiB | 2 MiB | reached |" in text
    assert "| light-cuda | speed of light | not yet measured | at least 3 times |  |" in text
    assert text.count("PYTHONPATH=tests python -m benchmarks.measured_table plain.py") == 2
    assert page.missed == 1


def test_the_short_form_misses_nothing_but_what_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Row("light", "2 times", "at least 3 times", False)]
    page = filled(tmp_path / "page.md", monkeypatch, found, short=True)
    assert page.missed == 0
    assert "the figures count for nothing" in page.text()
    assert "benchmarks.measured_table plain.py --few" in page.text()
    failed = [Row("light", f"{bench.FAILED}, exit status 1", "at least 3 times", False)]
    assert filled(tmp_path / "page.md", monkeypatch, failed, short=True).missed == 1


def test_a_benchmark_that_fails_is_a_row() -> None:
    benchmark = bench.Benchmark("none", "no_such_benchmark", (), (), ASKED)
    assert bench.measured(benchmark, ()) == [Row("speed of light", "failed, exit status 1", "at least 3 times", False)]


def test_benchmarks_are_chosen_by_name() -> None:
    assert [each.name for each in bench.chosen("step,start", None)] == ["start", "step"]
    assert "whole-study" not in [each.name for each in bench.chosen(None, "whole-study")]
    with pytest.raises(SystemExit, match="unknown benchmark stepp"):
        bench.chosen("stepp", None)


@pytest.mark.parametrize("module", MODULES)
def test_every_benchmark_knows_the_words_that_it_is_given(module: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--help"]
    environment = {"PYTHONPATH": str(Path(bench.__file__).parents[1])}
    helped = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    given = [each for each in bench.BENCHMARKS if each.module == module]
    words = [word for each in given for word in (*each.words, *each.short) if word.startswith("--")]
    assert [word for word in words if word.partition("=")[0] not in helped] == []


def test_the_page_names_machine_and_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = filled(tmp_path / "page.md", monkeypatch, []).text()
    line = next(line for line in text.splitlines() if line.startswith("commit "))
    assert json.loads(line[line.index("{") : line.rindex("}") + 1])["gpu"] == "none"
    assert bench.hardware()
