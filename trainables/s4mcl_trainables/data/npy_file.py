"""A .npy file of known shape that several processes fill, a block of rows each."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class NpyFile:
    """Where the rows of an array lie in its file.

    Rows are written by ordinary writes, not through a memory map: on a full disk a write fails with an error that can
    be told, while a touched map ends the process; and no page of the array counts as the writer's memory.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    offset: int

    @classmethod
    def create(cls, path: Path, shape: tuple[int, ...], dtype: str) -> "NpyFile":
        """Write the header and take the space on the disk now.

        Raises:
            OSError: the disk or a quota is too small for the array.
        """
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            offset = file.tell()
            end = offset + int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
            file.flush()
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, end)
            else:
                file.truncate(end)
        return cls(str(path), shape, dtype, offset)

    def write(self, start: int, rows: NDArray[Any]) -> None:
        """Write rows `start`, `start + 1`, ... of the array.

        Raises:
            OSError: as the disk has it.
        """
        assert rows.shape[1:] == self.shape[1:]
        assert rows.dtype == np.dtype(self.dtype)
        stride = int(np.prod(self.shape[1:], dtype=np.int64)) * rows.itemsize
        with Path(self.path).open("r+b") as file:
            file.seek(self.offset + start * stride)
            file.write(np.ascontiguousarray(rows).data)

    def sync(self) -> None:
        """Wait until the file is on the disk."""
        with Path(self.path).open("r+b") as file:
            os.fsync(file.fileno())
