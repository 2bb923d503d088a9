"""The report as LaTeX: a document that compiles, its tables to be put into a paper, and its figures as PDF files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from s4mcl.naming import shortened
from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.blocks import (
    Aside,
    Block,
    Code,
    Facts,
    Figure,
    Heading,
    Items,
    Paragraph,
    Run,
    Table,
)
from s4mcl_dashboards.formats.document import Document, read_document, walked
from s4mcl_dashboards.formats.latex_table import tabulars
from s4mcl_dashboards.formats.latex_text import escaped, inline
from s4mcl_dashboards.formats.pictures import write_pictures
from s4mcl_dashboards.formats.placed_folder import placed_folder
from s4mcl_dashboards.formats.static_figures import draw_figures, static_figure

NAME = "report-latex"
FILE, TABLES, FIGURES = "report.tex", "tables", "figures"
LEVELS = {1: "section", 2: "section", 3: "subsection", 4: "subsubsection"}  # beyond these: paragraph
LONGEST = 400  # characters of a caption
NARROW = 600  # pixels of a figure of which two stand side by side
NOTE = "% needs \\usepackage{array,booktabs,graphicx}"
PREAMBLE = r"""\documentclass[a4paper,10pt]{article}
% Written by s4mcl report. pdflatex compiles it; the tables may be \input into another document.
\usepackage[margin=22mm]{geometry}
\usepackage{array,booktabs,caption,graphicx}
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\captionsetup{font=small,labelfont=bf,list=false,skip=4pt}
\setlength{\parindent}{0pt}\setlength{\parskip}{5pt plus 2pt}
\setlength{\emergencystretch}{3em}
\renewcommand{\labelitemi}{$\bullet$}
\newcommand{\fitted}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{#1}}
\begin{document}
"""


def write_latex(asked: Asked) -> Path:
    """Write a folder with report.tex, its tables and its figures; whole or not at all.

    Raises:
        InputError: a study cannot be read, there is no browser to draw with, or the folder cannot be written.
    """
    target = asked.target(NAME)
    document = read_document(asked)
    with placed_folder(target) as folder:
        draw_figures(document.figures, folder / FIGURES, "pdf")
        write_pictures(document.pictures, folder / FIGURES)
        (folder / TABLES).mkdir()
        for name, text in latex_tables(document.blocks).items():
            (folder / TABLES / f"{name}.tex").write_text(f"{NOTE}\n{text}%\n", encoding="ascii")
        (folder / FILE).write_text(latex(document), encoding="ascii")
    return target


def latex(document: Document) -> str:
    """The document, in ASCII."""
    title = rf"{{\LARGE\bfseries\raggedright {escaped(document.title)}\par}}"
    return f"{PREAMBLE}{title}\n\n{_body(document.blocks)}\n\\end{{document}}\n"


def latex_tables(blocks: Sequence[Block]) -> dict[str, str]:
    """Each table, or part of one that is longer than a page, as a tabular: its name to its LaTeX."""
    tables = [block for block in walked(blocks) if isinstance(block, Table)]
    return {name: text for table in tables for name, text in _parts(table)}


def _parts(table: Table) -> Iterator[tuple[str, str]]:
    for place, text in enumerate(tabulars(table), start=1):
        yield (table.name if place == 1 else f"{table.name}-part-{place}"), text


def _body(blocks: Sequence[Block]) -> str:
    """The blocks; figures that follow each other stand side by side."""
    texts: list[str] = []
    row: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            row.append(block)
            continue
        texts += [_figures(row)] if row else []
        row = []
        texts.append(_block(block))
    return "\n\n".join([*texts, *([_figures(row)] if row else [])])


def _block(block: Block) -> str:  # noqa: PLR0911  # one answer a kind
    match block:
        case Heading():
            return rf"\{LEVELS.get(block.level, 'paragraph')}*{{{inline(block.runs)}}}"
        case Paragraph():
            return rf"{{\small {inline(block.runs)}\par}}" if block.note else inline(block.runs)
        case Items():
            return _listed([inline(item) for item in block.items])
        case Facts():
            return _listed([rf"\textbf{{{escaped(name)}}}: {escaped(value)}" for name, value in block.pairs])
        case Code():
            return _code(block.text)
        case Aside():
            return f"\\begin{{quote}}\n{_body(block.blocks)}\n\\end{{quote}}"
        case Table():
            return _table(block)
        case Figure():
            return _figures([block])


def _listed(items: Sequence[str]) -> str:
    if not items:
        return ""
    lines = "\n".join(rf"\item {item}" for item in items)
    return f"\\begin{{itemize}}\\setlength{{\\itemsep}}{{0pt}}\n{lines}\n\\end{{itemize}}"


def _code(text: str) -> str:
    """Line by line, with their blanks; no verbatim, which the text could end."""
    lines = [
        rf"\texttt{{{'~' * (len(line) - len(line.lstrip()))}{escaped(line.strip())}}}" for line in text.split("\n")
    ]
    return "{\\footnotesize\\raggedright\n" + "\\\\\n".join(lines) + "\\par}"


def _caption(kind: str, text: str) -> str:
    return rf"\captionof{{{kind}}}{{{text}}}"


def _table(table: Table) -> str:
    parts = []
    for place, (name, _) in enumerate(_parts(table)):
        caption = escaped(shortened(table.caption, LONGEST)) + (" (continued)" if place else "")
        parts.append(
            "\\begin{center}\\begin{minipage}{\\linewidth}\\centering\\small\n"
            f"{_caption('table', caption)}\n\\fitted{{\\input{{{TABLES}/{name}}}}}\n\\end{{minipage}}\\end{{center}}"
        )
    return "\n\n".join(parts)


def _figures(figures: Sequence[Figure]) -> str:
    """Two narrow ones a line."""
    lines: list[list[Figure]] = []
    for figure in figures:
        if lines and len(lines[-1]) == 1 and all(_width(found) <= NARROW for found in (lines[-1][0], figure)):
            lines[-1].append(figure)
        else:
            lines.append([figure])
    shares = [0.48 if len(line) == 2 or (len(lines) > 1 and _width(line[0]) <= NARROW) else 1.0 for line in lines]
    drawn = [
        "\\hfill\n".join(_figure(figure, share) for figure in line) for line, share in zip(lines, shares, strict=True)
    ]
    return "\n\n".join(f"\\begin{{center}}\n{line}\n\\end{{center}}" for line in drawn)


def _figure(figure: Figure, box: float) -> str:
    """One figure with its caption in a box, a share of the text's width; 700 pixels are as wide as the text."""
    width = min(1.0, _width(figure) / 700 / box)
    words = (Run(shortened(figure.title, LONGEST)), Run(". "), *figure.note) if figure.title else figure.note
    caption = inline(words) if words else escaped(shortened(figure.alternative, LONGEST))
    drawn = rf"\includegraphics[width={width:.3f}\linewidth]{{{FIGURES}/{figure.name}.pdf}}"
    below = _caption("figure", caption)
    return f"\\begin{{minipage}}[t]{{{box}\\linewidth}}\\centering\n{drawn}\n{below}\n\\end{{minipage}}"


def _width(figure: Figure) -> int:
    return int(static_figure(figure)["layout"]["width"])
