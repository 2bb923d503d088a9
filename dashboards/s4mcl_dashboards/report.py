"""The report of a study as one file."""

import os
import tempfile
from pathlib import Path

from s4mcl_dashboards.material import read_material
from s4mcl_dashboards.page import page
from s4mcl_trainables.problems import InputError

NAME = "report.html"


def write_report(study_dir: Path, output: Path | None = None) -> Path:
    """Write the report of the study in STUDY_DIR to `output`, by default STUDY_DIR/report.html, and return its path.

    The file appears whole or not at all: it is written under a temporary name and renamed.

    Raises:
        InputError: there is no such study, or the file cannot be written.
    """
    study_dir = Path(study_dir)
    target = Path(output).absolute() if output is not None else study_dir.absolute() / NAME
    content = page(read_material(study_dir)).encode("utf-8")
    try:
        _replace(target, content)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror}\nCure: give --output a file in a folder you may write to"
        ) from error
    return target


def _replace(target: Path, content: bytes) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # mkstemp makes files that nobody else may read
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
