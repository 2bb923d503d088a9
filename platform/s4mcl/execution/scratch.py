"""The folder that Tune writes into while a driver lives. What a killed driver left behind, the next one removes."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s4mcl_trainables.processes import is_of_the_dead, process_mark

PREFIX = "s4mcl-tune-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder for temporary files, gone after the block."""
    _remove_stale()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{process_mark()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_stale() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if is_of_the_dead(folder.name.removeprefix(PREFIX)):
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays
