"""Grey from colour, at 8 and at 16 bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def luma(colour: NDArray[Any]) -> NDArray[Any]:
    """[H,W,3+] uint8 or uint16 to [H,W] grey of the same type: ITU-R 601, R 0.299, G 0.587, B 0.114.

    In 16-bit fixed point as Pillow has it for 8 bits: equal channels give their own value, and both depths agree.
    A fourth channel (transparency) is left out.
    """
    red, green, blue = (colour[..., channel].astype(np.uint32) for channel in range(3))
    grey = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    return grey.astype(colour.dtype)
