"""The report as one HTML file that works offline."""

from pathlib import Path

from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.placed_file import place_file
from s4mcl_dashboards.page import page

NAME = "report.html"
MAGIC = b"<!doctype html"


def write_html(asked: Asked) -> Path:
    """Write the page, whole or not at all; return its path.

    Raises:
        InputError: a study cannot be read, or the file cannot be written.
    """
    target = asked.target(NAME)
    content = page(asked.materials(), list(asked.studies)).encode("utf-8")
    return place_file(target, content, MAGIC, "HTML")
