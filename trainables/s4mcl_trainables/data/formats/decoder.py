"""Who reads the files of a source: this package those of the formats that it knows, or the module of another format."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.formats.decode import decode_image, decode_label_map, decode_mask, is_wide
from s4mcl_trainables.data.sources.offences import Offence
from s4mcl_trainables.problems import first_line


@dataclass(frozen=True)
class Decoder:
    """Reads images and masks by the functions `image`, `mask` and `is_wide` that `module` has, else by our own."""

    module: str = ""

    def image(self, path: str) -> NDArray[Any]:
        """Grey [H,W] uint8 or uint16.

        Raises:
            Offence: the file cannot be read, or holds one value alone.
        """
        read = self._own("image")
        if read is None:
            return decode_image(path)
        grey = _read(read, path, ("uint8", "uint16"))
        if grey.min() == grey.max():
            raise Offence("constant", f"every pixel is {grey.min()}")
        return grey

    def mask(self, path: str) -> NDArray[np.bool_]:
        """[H,W], true where its structure is.

        Raises:
            Offence: the file cannot be read, or holds grey values.
        """
        read = self._own("mask")
        return decode_mask(path) if read is None else _read(read, path, ("bool",))

    def label_map(self, path: str, structures: int) -> NDArray[np.bool_]:
        """[M,H,W], the n-th true where the file holds the value n.

        Raises:
            Offence: the file cannot be read, or holds other values.
        """
        return decode_label_map(path, structures)

    def is_wide(self, path: str) -> bool:
        """Whether an image has more than 8 bits; one that cannot be read has not."""
        known, read = self._own("is_wide"), self._own("image")
        if known is None and read is None:
            return is_wide(path)
        try:
            return bool(known(path)) if known is not None else self.image(path).dtype == np.uint16
        except Exception:  # told when the pixels are read
            return False

    def _own(self, name: str) -> Callable[[str], Any] | None:
        return getattr(importlib.import_module(self.module), name, None) if self.module else None


OWN = Decoder()  # of the formats that this package knows


def _read(read: Callable[[str], Any], path: str, dtypes: tuple[str, ...]) -> NDArray[Any]:
    """What other people's code reads, in the form that is expected of it."""
    try:
        found = np.asarray(read(path))
    except Offence:
        raise
    except Exception as error:
        raise Offence("unreadable", f"{type(error).__name__}: {first_line(error)}") from error
    if found.ndim != 2 or str(found.dtype) not in dtypes or not found.size:
        raise Offence("unreadable", f"{list(found.shape)} {found.dtype} was read, [H,W] {' or '.join(dtypes)} expected")
    return found
