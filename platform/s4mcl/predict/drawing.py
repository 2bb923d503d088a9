"""Masks at an image's own size, and how they look on it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from s4mcl_trainables.training.evaluation import THRESHOLD

COLOURS = ((255, 214, 0), (0, 200, 255), (255, 90, 160), (120, 255, 120))  # of the structures' outlines, in turn
THIN = 256  # pixels of an image's longer side for each pixel of the outline


def mask_at(soft: NDArray[np.float32], height: int, width: int) -> NDArray[np.bool_]:
    """A soft mask [h,w] at another size, bilinear (averaged where it shrinks); inside where it is above one half."""
    if soft.shape != (height, width):
        soft = np.asarray(Image.fromarray(soft).resize((width, height), Image.Resampling.BILINEAR))
    return np.asarray(soft > THRESHOLD)


def mask_picture(mask: NDArray[np.bool_]) -> Image.Image:
    """[H,W] as a grey image of 0 and 255."""
    return Image.fromarray(mask.astype(np.uint8) * 255)


def overlay(grey: NDArray[Any], masks: NDArray[np.bool_]) -> Image.Image:
    """An image [H,W] uint8 or uint16, the latter from its lowest to its highest value, and the outlines of [M,H,W]."""
    drawn = np.repeat(_eight_bits(grey)[:, :, None], 3, axis=2)
    reach = 2 * max(1, round(max(grey.shape) / THIN)) + 1
    for number, mask in enumerate(masks):
        drawn[outline(mask, reach)] = COLOURS[number % len(COLOURS)]
    return Image.fromarray(drawn)


def outline(mask: NDArray[np.bool_], reach: int = 3) -> NDArray[np.bool_]:
    """The pixels inside a mask [H,W] whose square of side `reach` (odd) holds one outside of it but in the image."""
    inner = np.asarray(mask_picture(mask).filter(ImageFilter.MinFilter(reach))) > 0
    return np.asarray(mask & ~inner)


def _eight_bits(grey: NDArray[Any]) -> NDArray[np.uint8]:
    if grey.dtype == np.uint8:
        return grey
    low, high = float(grey.min()), float(grey.max())
    return np.asarray(((grey - low) * (255 / max(high - low, 1.0))).round(), dtype=np.uint8)
