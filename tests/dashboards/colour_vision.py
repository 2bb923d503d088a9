"""How far apart two colours look, to eyes of each kind, and how readable one is on the other.

Colour blindness: the matrices of Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation
of Color Vision Deficiency", Table 1, severity 1.0, on linear RGB. Difference: CIEDE2000 as Sharma, Wu and Dalal (2005)
write it down; 1 is what a trained eye just sees, side by side. Contrast: WCAG 2.2, relative luminance.
"""

import re

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float64]  # [3] linear RGB, 0 to 1

EYES = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)  # D65
LUMINANCE = TO_XYZ[1]


def colours(css: str) -> dict[str, dict[str, str]]:
    """The colour variables of a style sheet: light, and dark with what it leaves as it is."""
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", css)
    named = [dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{6})\b", block)) for block in blocks]
    light, dark = (block for block in named if "--page" in block)
    return {"light": light, "dark": light | dark}


def linear(colour: str) -> Colour:
    """#rrggbb as linear RGB."""
    values = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(LUMINANCE @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def difference(one: str, other: str, eye: str = "typical") -> float:
    """CIEDE2000 of two colours as an eye of this kind sees them."""
    seen = [lab((EYES[eye] @ linear(colour)).clip(0, 1)) for colour in (one, other)]
    return ciede2000(*seen)


def lab(colour: Colour) -> Colour:
    """Linear RGB as CIELAB under D65."""
    ratio = TO_XYZ @ colour / WHITE
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: Colour, other: Colour) -> float:
    """The difference of two CIELAB colours: equations 2 to 22 of Sharma, Wu and Dalal, with all weights 1."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    (l1, c1, h1), (l2, c2, h2) = (_polar(colour, stretch) for colour in (one, other))
    apart = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(apart / 2))
    level, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    mean = h1 + h2 if c1 * c2 == 0 else (h1 + apart / 2) % 360
    angles = np.radians([mean - 30, 2 * mean, 3 * mean + 6, 4 * mean - 63])
    shape = 1 + np.array([-0.17, 0.24, 0.32, -0.20]) @ np.cos(angles)
    of_level = 1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2)
    of_chroma, of_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * shape
    turn = np.radians(60 * np.exp(-(((mean - 275) / 25) ** 2)))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(turn)
    parts = np.array([(l2 - l1) / of_level, (c2 - c1) / of_chroma, hue / of_hue])
    return float(np.sqrt(parts @ parts + rotation * parts[1] * parts[2]))


def _polar(colour: Colour, stretch: float) -> tuple[float, float, float]:
    """Lightness, chroma and hue in degrees, with a* stretched."""
    level, a, b = colour[0], stretch * colour[1], colour[2]
    return float(level), float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
