"""A study in which every text is hostile, in every format: written, read back, and nothing of it ran."""

from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import polars as pl
import pytest
from markdown_it import MarkdownIt
from programs_at_hand import needs_chromium, needs_pdflatex
from pypdf import PdfWriter
from test_latex import compiled

from s4mcl_dashboards.formats import latex
from s4mcl_dashboards.formats.blocks import Figure
from s4mcl_dashboards.report import FORMATS, write_report

SOURCE = Path(__file__).parents[2] / "browser" / "hostile_study.py"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = spec_from_file_location("hostile_study", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Path = module.hostile(tmp_path_factory.mktemp("hostile"))
    return made


@needs_chromium
@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind not in ("html", "latex", "markdown")])
def test_it_is_written(study: Path, tmp_path: Path, kind: str) -> None:
    path = write_report(study, tmp_path / "made", kind)
    assert path.exists()
    assert [found.name for found in tmp_path.iterdir()] == ["made"]
    if kind == "csv":
        for table in path.glob("*.csv"):
            for name, kept in pl.read_csv(table, infer_schema=False).to_dict().items():
                begun = kept.drop_nulls().filter(kept.drop_nulls().str.contains(r"^[=+@\t\r]|^-[^0-9]"))
                assert begun.is_empty(), (table.name, name)


@needs_chromium
def test_markdown_has_no_html_of_the_data(study: Path, tmp_path: Path) -> None:
    text = (write_report(study, tmp_path / "made", "markdown") / "report.md").read_text(encoding="utf-8")
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    html = [child.content for token in parsed for child in token.children or [] if child.type == "html_inline"]
    assert set(html) <= {"<sup>", "</sup>", "<code>", "</code>", "<br>"}
    assert not [token for token in parsed if token.type == "html_block"]
    links = [child for token in parsed for child in token.children or [] if child.type == "link_open"]
    assert links == []


@needs_pdflatex
def test_latex_compiles(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are those of Markdown, so an empty one stands for each."""

    def empty(figures: Sequence[Figure], folder: Path, kind: str) -> None:
        folder.mkdir()
        page = PdfWriter()
        page.add_blank_page(200, 100)
        for figure in figures:
            page.write(folder / f"{figure.name}.{kind}")

    monkeypatch.setattr(latex, "draw_figures", empty)
    text = compiled(write_report(study, tmp_path / "made", "latex"))
    assert "How far do the labels go?" in text
