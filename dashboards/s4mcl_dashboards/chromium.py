"""The browser at hand: it prints the report and draws figures as files, and the tests look at pages with it."""

import os
import shutil
from pathlib import Path

from s4mcl_trainables.problems import InputError

VARIABLE = "BROWSER_PATH"  # Kaleido's own name for it
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CURE = (
    "Cure: install one (Debian and Ubuntu: apt-get install chromium), or name one in the environment variable "
    f"{VARIABLE}; the formats html, csv, parquet, tensorboard and mlflow need none"
)


def find_chromium() -> Path | None:
    """Chromium or Chrome: the one that BROWSER_PATH names, else the first on the PATH; None where there is none."""
    if VARIABLE in os.environ:
        named = shutil.which(os.environ[VARIABLE])
        return None if named is None else Path(named)
    found = (shutil.which(name) for name in (*NAMES, *PLACES))
    return next((Path(path) for path in found if path is not None), None)


def need_chromium(what: str) -> Path:
    """The browser for `what`, such as "format pdf".

    Raises:
        InputError: there is none, or BROWSER_PATH names no program.
    """
    found = find_chromium()
    if found is None:
        told = (
            f"{VARIABLE} is {os.environ[VARIABLE]!r}, which is no program" if VARIABLE in os.environ else "none is here"
        )
        raise InputError(f"{what} needs Chromium or Chrome, and {told}.\n{CURE}")
    return found


def is_root() -> bool:
    """Whether Chromium refuses its sandbox: it does for root, as in most containers."""
    return os.geteuid() == 0
