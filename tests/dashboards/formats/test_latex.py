"""The report as LaTeX: pdflatex compiles it, whatever names hold, and its words and numbers are in the PDF."""

import subprocess
from pathlib import Path

import pytest
from programs_at_hand import needs_chromium, needs_pdflatex
from pypdf import PdfReader

from s4mcl_dashboards.formats.blocks import Aside, Block, Cell, Code, Facts, Heading, Items, Paragraph, Run, Table
from s4mcl_dashboards.formats.document import Document
from s4mcl_dashboards.formats.latex import FIGURES, FILE, TABLES, latex, latex_tables
from s4mcl_dashboards.formats.latex_text import escaped
from s4mcl_dashboards.report import write_report

HOSTILE = (
    *("\\input{/etc/passwd} \\end{document} \\\\ \\", "{ } {{ }}", "$x$ $$", "100 % #1 _a_ ^b^ ~c~", "a & b && c"),
    *("<b> | ` '' \" -- --- ,, ?` !`", "[x] * \\\\[3cm] \\item[y]", "🧪👩‍⚕️ שלום مرحبا 日本", "é ñ ü Å ç ß æ ł š ő ø"),
    *(
        "safe\u202etpircs\u202c",
        "bell\x07 tab\t line\nend\u2028",
        "− ± × ≤ α Δ – — “q” … † §",
        "x" * 10_000,
        "many words " * 909,
    ),
    *("", " ", "\ud800 lone", "^^M^^5c", "%\n%"),
)


def compiled(folder: Path, name: str = FILE) -> str:
    """The text of the PDF that pdflatex makes; it may not stop, and may not call any program."""
    command = ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", name]
    shown = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )
    assert shown.returncode == 0, shown.stdout[-3000:]
    pages = PdfReader(folder / name.replace(".tex", ".pdf")).pages
    return "\n".join(page.extract_text() for page in pages)


def write(blocks: tuple[Block, ...], title: str, folder: Path) -> None:
    (folder / TABLES).mkdir()
    for name, text in latex_tables(blocks).items():
        (folder / TABLES / f"{name}.tex").write_text(text, encoding="ascii")
    (folder / FILE).write_text(latex(Document(title, blocks)), encoding="ascii")


@needs_pdflatex
def test_hostile_text_compiles_everywhere(tmp_path: Path) -> None:
    blocks: list[Block] = []
    for place, text in enumerate(HOSTILE):
        manners = tuple(Run(text, **{manner: True}) for manner in ("strong", "emphasised", "code", "raised"))
        runs = (Run(text), *manners)
        table = Table(text, (runs, runs), ((Cell(runs, True, 2), Cell(runs)), (Cell(runs),)), f"table-{place}")
        blocks += [*(Heading(level, runs) for level in range(1, 7)), Paragraph(runs), Paragraph(runs, note=True)]
        blocks += [
            Items((runs, runs)),
            Facts(((text, text),)),
            Code(f"  {text}\n\n{text}"),
            Aside((Paragraph(runs),)),
            table,
        ]
    write(tuple(blocks), " ".join(HOSTILE), tmp_path)
    text = compiled(tmp_path)
    assert "input{/etc/passwd}" in text.replace("\n", "").replace(" ", "")
    assert "root:" not in text
    for shown in ("{ } {{ }}", "$x$ $$", "100 % #1", "a & b && c", "[x] * "):
        assert shown in text.replace("$ x$", "$x$")
    assert "[U+1F9EA U+1F469 U+200D" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b", r"a\_\allowbreak{}b"),
        ("5 %", r"5 \%"),
        ("é", r"\'{e}"),
        ("−0.1", "$-$0.1"),
        ("\u202e", r"\texttt{{[}U+202E{]}}\allowbreak{}"),
        ("a\u00a0b", "a~b"),
        ("\t\n x", " x"),
    ],
)
def test_text_is_escaped(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_a_table_longer_than_a_page_is_parted_and_a_long_column_is_broken() -> None:
    rows = tuple((Cell((Run(f"row {place}"),), True), Cell((Run("word " * 12),))) for place in range(100))
    found = latex_tables((Table("t", ((Run("a"),), (Run("b"),)), rows, "t"),))
    assert list(found) == ["t", *(f"t-part-{place}" for place in range(2, len(found) + 1))]
    assert 4 <= len(found) <= 10
    assert "".join(found.values()).count("row ") == 100
    for text in found.values():
        assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
        assert r"p{5.2cm}" in text


@pytest.fixture(scope="module")
def folder(made_storage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a study as LaTeX; a test may compile in it."""
    return write_report(made_storage / "demo", tmp_path_factory.mktemp("latex") / "tex", "latex", images=False)


@needs_pdflatex
@needs_chromium
def test_the_report_compiles_with_its_tables_and_figures(folder: Path) -> None:
    drawn = sorted(path.name for path in (folder / FIGURES).iterdir())
    source = (folder / FILE).read_text(encoding="ascii")
    assert len(drawn) > 10
    for name in drawn:
        assert f"{{{FIGURES}/{name}}}" in source
        assert (folder / FIGURES / name).read_bytes().startswith(b"%PDF-")
    for path in (folder / TABLES).iterdir():
        assert f"\\input{{{TABLES}/{path.stem}}}" in source
        assert "\\usepackage{array,booktabs,graphicx}" in path.read_text(encoding="ascii")
    text = compiled(folder)
    for words in (
        "demo",
        "How far do the labels go?",
        "Classification: mean",
        "without self_supervision",
        "no difference shown",
    ):
        assert words in text
    assert "0.874" in text  # the paper's U-Net at 10 %


@needs_pdflatex
@needs_chromium
def test_a_table_goes_into_another_document(folder: Path) -> None:
    name = next(path.stem for path in (folder / TABLES).iterdir() if "segmentation" in path.stem)
    packages = "\\usepackage{array,booktabs,graphicx}"
    paper = f"\\documentclass{{article}}{packages}\\begin{{document}}\\input{{{TABLES}/{name}}}\\end{{document}}"
    (folder / "paper.tex").write_text(paper, encoding="ascii")
    assert "S4MCL" in compiled(folder, "paper.tex")
