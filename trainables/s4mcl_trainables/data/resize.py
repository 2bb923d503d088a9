"""Images and masks to one square size."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WIDEN = 257  # 255 * 257 = 65535: 8 bits onto the whole range of 16


def resize_image(grey: NDArray[Any], size: int, *, wide: bool) -> NDArray[Any]:
    """[H,W] uint8 or uint16 to [size,size], uint16 if `wide`, otherwise uint8; antialiased (Lanczos), aspect not kept.

    8-bit values are scaled by 257 for a 16-bit output. 16 bits are resized in floats, so nothing is lost on the way.
    """
    if not wide:
        return np.asarray(_image(grey).resize((size, size), Image.Resampling.LANCZOS))
    values = grey.astype(np.float32) * (_WIDEN if grey.dtype == np.uint8 else 1)
    resized = np.asarray(Image.fromarray(values).resize((size, size), Image.Resampling.LANCZOS))
    return np.asarray(np.clip(np.rint(resized), 0, 65535), dtype=np.uint16)


def resize_mask(mask: NDArray[np.bool_], size: int) -> NDArray[np.uint8]:
    """[H,W] bool to [size,size] of 0 and 1: box filter at 8 bits, inside where its mean rounds to one half or more."""
    share = _image(mask.astype(np.uint8) * np.uint8(255)).resize((size, size), Image.Resampling.BOX)
    return np.asarray(np.asarray(share) > 127, dtype=np.uint8)


def _image(grey: NDArray[np.uint8]) -> Image.Image:
    """An image [H,W] that shares the memory of its array; `Image.fromarray` copies it."""
    height, width = grey.shape
    return Image.frombuffer("L", (width, height), np.ascontiguousarray(grey), "raw", "L", 0, 1)
