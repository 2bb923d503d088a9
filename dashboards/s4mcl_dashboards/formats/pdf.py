"""The report as PDF: the page, printed by the browser at hand."""

import subprocess
import tempfile
from pathlib import Path

from s4mcl_dashboards.chromium import is_root, need_chromium
from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.placed_file import place_file
from s4mcl_dashboards.page import page
from s4mcl_trainables.problems import InputError

NAME = "report.pdf"
MAGIC = b"%PDF-"
SECONDS = 300
FLAGS = (
    *("--headless", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer", "--generate-pdf-document-outline"),
)
CURE = "Cure: name another Chromium in the environment variable BROWSER_PATH, or print report.html from any browser"


def write_pdf(asked: Asked) -> Path:
    """Print the page on A4, all of its panels and tables open; whole or not at all. Return the file's path.

    Raises:
        InputError: a study cannot be read, there is no browser, it could not print, or the file cannot be written.
    """
    target = asked.target(NAME)
    browser = need_chromium("format pdf")
    content = printed(browser, page(asked.materials(), list(asked.studies)))
    return place_file(target, content, MAGIC, "PDF")


def printed(browser: Path, html: str) -> bytes:
    """A page as Chromium prints it.

    Raises:
        InputError: it could not, or not in five minutes.
    """
    with tempfile.TemporaryDirectory(prefix="s4mcl-print-", ignore_cleanup_errors=True) as folder:
        source, made = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(html, encoding="utf-8")
        sandbox = ["--no-sandbox"] if is_root() else []
        places = [f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", source.as_uri()]
        try:
            shown = subprocess.run(
                [str(browser), *FLAGS, *sandbox, *places], capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(f"{browser} did not print the report in {SECONDS} s.\n{CURE}") from error
        except OSError as error:
            raise InputError(f"{browser} cannot be run: {error.strerror}.\n{CURE}") from error
        content = made.read_bytes() if made.is_file() else b""
    if shown.returncode or not content.startswith(MAGIC):
        raise InputError(f"{browser} could not print the report: {_last_line(shown.stderr)}\n{CURE}")
    return content


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
