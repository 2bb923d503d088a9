"""Images and masks to one square size."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from s4mcl_trainables.data.lanczos import lanczos

MANY = 64  # images of one shape after which weights are worked out for it
MOST = 2**22  # pixels of an image whose values are held as 32-bit numbers
_WIDEN = 257  # 255 * 257 = 65535: 8 bits onto the whole range of 16


def resize_image(grey: NDArray[Any], size: int, *, wide: bool) -> NDArray[Any]:
    """[H,W] uint8 or uint16 to [size,size], uint16 if `wide`, otherwise uint8; antialiased (Lanczos), aspect not kept.

    8-bit values are scaled by 257 for a 16-bit output. 16 bits are resized in floats, so nothing is lost on the way.
    """
    if not wide:
        if _common(grey.shape, size):
            return lanczos(grey, size)
        return np.asarray(_image(grey).resize((size, size), Image.Resampling.LANCZOS))
    values = grey.astype(np.float32) * (_WIDEN if grey.dtype == np.uint8 else 1)
    resized = np.asarray(Image.fromarray(values).resize((size, size), Image.Resampling.LANCZOS))
    return np.asarray(np.clip(np.rint(resized), 0, 65535), dtype=np.uint16)


def resize_mask(mask: NDArray[np.bool_], size: int) -> NDArray[np.uint8]:
    """[H,W] bool to [size,size] of 0 and 1: box filter at 8 bits, inside where its mean rounds to one half or more."""
    share = _image(mask.view(np.uint8) * np.uint8(255)).resize((size, size), Image.Resampling.BOX)
    return (np.asarray(share) > 127).view(np.uint8)


def _common(shape: tuple[int, ...], size: int) -> bool:
    """Whether images of this shape are so many that their weights pay, and `lanczos` gives what Pillow gives."""
    height, width = shape
    return size != width and height <= width and height * width <= MOST and next(_met(shape, size)) >= MANY


@lru_cache(maxsize=64)
def _met(_shape: tuple[int, ...], _size: int) -> Iterator[int]:
    """Counts the images of a shape that this process has met of late."""
    return count()


def _image(grey: NDArray[np.uint8]) -> Image.Image:
    """An image [H,W] that shares the memory of its array; `Image.fromarray` copies it."""
    height, width = grey.shape
    return Image.frombuffer("L", (width, height), np.ascontiguousarray(grey), "raw", "L", 0, 1)
