"""Files of named arrays (.npz), as a storage holds them for predictions and test images."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from s4mcl_trainables.problems import InputError

AGAIN = "run the study again, its trials are reused"
# What NumPy raises for an .npz that is gone, cut short or overwritten; TypeError: it holds a single array, KeyError: it
# lacks the one that was asked for.
UNREADABLE = (OSError, ValueError, EOFError, TypeError, KeyError, zipfile.BadZipFile, zlib.error)


@contextmanager
def array_file(path: Path, what: str = "", cure: str = AGAIN) -> Iterator[NpzFile]:
    """Open an .npz; its arrays are unpacked as they are asked for.

    Args:
        what: it cannot be read "as ..." in the message; empty: it cannot be read.
        cure: what to do then.

    Raises:
        InputError: the file, or an array that is taken from it in the block, cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            yield file
    except UNREADABLE as error:
        read = f"read {what}".rstrip()
        raise InputError(f"{path} cannot be {read}: {error}\nCure: {cure}") from error
