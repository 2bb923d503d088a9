"""The report as PDF: A4, all panels, every word; and what is said where it cannot be printed."""

import stat
from pathlib import Path

import pytest
from programs_at_hand import needs_chromium
from pypdf import PdfReader

from s4mcl_dashboards import chromium
from s4mcl_dashboards.chromium import find_chromium
from s4mcl_dashboards.formats import pdf
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError

A4 = (595, 842)  # points


@needs_chromium
def test_it_is_a4_with_all_panels_figures_and_an_outline(made_storage: Path, tmp_path: Path) -> None:
    path = write_report([made_storage / "demo", made_storage / "locked"], tmp_path / "report.pdf", "pdf", images=False)
    reader = PdfReader(path)
    assert len(reader.pages) > 5
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {A4}
    text = "\n".join(page.extract_text() for page in reader.pages)
    for words in ("demo and locked", "These studies are not comparable", "labels used, %", "minus that of the U-Net"):
        assert words in text
    for panel in ("Dice against the U-Net", "Balanced accuracy against the U-Net", "label_fractions:"):
        assert panel in text  # tables of panels that nobody picked, and what opens on demand
    outline = [entry["/Title"] for entry in _flat(reader.outline)]
    assert {"Side by side", "How far do the labels go?", "What ran"} <= set(outline)
    assert [found.name for found in tmp_path.iterdir()] == ["report.pdf"]


def _flat(outline: object) -> list[dict[str, str]]:
    if isinstance(outline, list):
        return [entry for part in outline for entry in _flat(part)]
    return [outline]  # type: ignore[list-item]


@pytest.mark.parametrize("kind", ["pdf", "markdown", "latex"])
def test_without_a_browser_the_cure_is_named(
    made_storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "PLACES", ())
    with pytest.raises(InputError, match=r"needs Chromium or Chrome, and none is here\.\nCure: install one"):
        write_report(made_storage / "demo", tmp_path / "made", kind)
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(InputError, match="BROWSER_PATH is '/nowhere/chrome', which is no program"):
        write_report(made_storage / "demo", tmp_path / "made", kind)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("kind", ["pdf", "markdown"])
def test_a_browser_that_fails_leaves_nothing(
    made_storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    broken = tmp_path / "broken-browser"
    broken.write_text("#!/bin/sh\necho 'No usable sandbox!' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    with pytest.raises(InputError, match="broken-browser could not"):
        write_report(made_storage / "demo", tmp_path / "made", kind)
    assert [path.name for path in tmp_path.iterdir()] == ["broken-browser"]


def test_a_browser_that_hangs_is_ended(made_storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow-browser"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(pdf, "SECONDS", 0.2)
    with pytest.raises(InputError, match=r"slow-browser did not print the report in 0\.2 s"):
        pdf.printed(slow, "<p>page</p>")


def test_the_named_browser_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("chromium", "google-chrome", "mine"):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    assert find_chromium() == tmp_path / "chromium"
    (tmp_path / "chromium").unlink()
    assert find_chromium() == tmp_path / "google-chrome"
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "mine"))
    assert find_chromium() == tmp_path / "mine"


def test_another_file_is_not_replaced(made_storage: Path, tmp_path: Path) -> None:
    target = tmp_path / "notes.pdf"
    target.write_text("not a PDF", encoding="utf-8")
    with pytest.raises(InputError, match="exists and is no PDF file"):
        pdf.place_file(target, b"%PDF-1.4", pdf.MAGIC, "PDF")
    assert target.read_text(encoding="utf-8") == "not a PDF"
