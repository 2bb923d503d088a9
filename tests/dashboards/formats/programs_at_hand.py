"""Tests that need a program: skipped where it is missing, but in CI, which installs them, they fail."""

import os
import shutil

import pytest

from s4mcl_dashboards.chromium import find_chromium

IN_CI = bool(os.environ.get("CI"))
needs_chromium = pytest.mark.skipif(
    find_chromium() is None and not IN_CI, reason="no Chromium here: no figure can be drawn and no page printed"
)
needs_pdflatex = pytest.mark.skipif(
    shutil.which("pdflatex") is None and not IN_CI,
    reason="no pdflatex here (texlive-latex-base, texlive-latex-recommended): LaTeX is not compiled",
)
