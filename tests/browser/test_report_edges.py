"""A study that has little or nothing to show has a page that says so in words."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from report_page import figures, show_everything
from study_shapes import empty, whole

OpenReport = Callable[..., Page]
PROGRAM = Path(sys.executable).with_name("s4mcl")
SAID = {
    "empty": (
        "This study has no trials yet, so there is nothing to report. Start it with s4mcl run.",
        "Nothing was searched",
        "No trial of the confirm stage has a value yet.",
        "No trial of the confirm stage has reported yet.",
        "There are no sample images: the study did not store any.",
        "This study has not read the labels of the test set.",
    ),
    "one_trial": (
        "U-Net: trained with 10 % of the labels, n = 1 seed. 1 of 1 trial of the confirm stage completed.",
        "with one seed there is no interval at all",
        "Nothing is compared: no two methods have values of the same measure at the same label fraction.",
    ),
    "all_failed": (
        "All 12 trials of the confirm stage failed, so there is no value to report.",
        "Failed: 6 of 6 trials in the stage search and 12 of 12 trials in the stage confirm.",
        "3 proposals: 3 failed.",
        "No proposal completed.",
    ),
    "single_seed": (
        "One shared seed cannot tell whether they differ.",
        "with one seed there is no interval at all",
    ),
    "nan_everywhere": (
        "None of the 12 trials of the confirm stage has a value yet.",
        "No trial of the confirm stage kept class probabilities of labelled test images.",
    ),
    "being_written": (
        "The study is not finished: 5 trials still planned or running.",
        "2 of 6 trials of the confirm stage completed.",
        "Seeds are missing: U-Net at 10 % (1 of 3), U-Net at 100 % (1 of 3).",
        "This method was not searched.",
        "No test labels were read.",
    ),
    "damaged": (
        "demo/samples.npz cannot be read",
        "Methods are compared seed by seed alone, which says nothing of other patients: trials/",
        "There are no sample images: the warnings at the top say why.",
    ),
    "no_samples": ("There are no sample images: the study did not store any.",),
}


@pytest.mark.parametrize("shape", SAID)
def test_the_page_says_what_there_is_and_what_not(open_report: OpenReport, shape: str, tmp_path: Path) -> None:
    page = open_report(shape)
    show_everything(page)
    page.locator("pre").evaluate_all("parts => parts.forEach((part) => part.remove())")  # YAML says null
    words = page.locator("body").inner_text().replace("\xa0", " ")
    for sentence in SAID[shape]:
        assert sentence in words, sentence
    assert not re.search(r"\b(None(?! (of|was))|null|NaN|undefined)\b", words)
    assert str(tmp_path.parent) not in words


@pytest.mark.parametrize("shape", SAID)
def test_no_figure_is_empty(open_report: OpenReport, shape: str) -> None:
    page = open_report(shape)
    show_everything(page)
    for figure in figures(page):
        values = [value for trace in figure["traces"] for value in trace["y"] or trace["z"] or []]
        assert any(value is not None for value in values), (figure["anchor"], figure["panel"], figure["caption"])


def report(study_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "report", study_dir], capture_output=True, text=True, check=False)


def test_a_ledger_of_another_schema_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    folder = empty(tmp_path)
    for change in ("UPDATE meta SET value = '9999'", "DELETE FROM meta"):
        with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
            database.execute(f"{change} WHERE name = 'schema_version'")
        database.close()
        done = report(folder)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        assert "ledger.sqlite" in done.stderr
        assert "Cure: " in done.stderr
        assert not (folder / "report.html").exists()


def test_a_ledger_that_went_away_or_is_none_is_told(tmp_path: Path) -> None:
    folder = whole(tmp_path)
    (tmp_path / "ledger.sqlite").rename(tmp_path / "elsewhere")
    for content in (None, b"", b"no database" * 1000):
        if content is not None:
            (tmp_path / "ledger.sqlite").write_bytes(content)
        done = report(folder)
        assert done.returncode == 2, content
        assert "Traceback" not in done.stderr
        assert "Cure: " in done.stderr
        assert not (folder / "report.html").exists()
