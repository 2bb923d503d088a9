"""The folder that Tune writes into while a driver lives. What a killed driver left behind, the next one removes."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s4mcl.ledger.owner import process_start, this_host


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder for temporary files, gone after the block."""
    host = hashlib.sha256(this_host().encode()).hexdigest()[:8]  # containers may share the folder, not the processes
    prefix = f"s4mcl-tune-{host}-"
    _remove_stale(prefix)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(prefix: str) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        pid = folder.name.removeprefix(prefix).partition("-")[0]
        if pid.isdecimal() and process_start(int(pid)) is None:
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays
