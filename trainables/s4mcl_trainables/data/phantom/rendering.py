"""Drawing patches from a scene: many at once, float32, nothing but elementary operations on pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.phantom.anatomy import BODIES, TARGET
from s4mcl_trainables.data.phantom.fields import Pixels, blurred, smooth_field, smoothstep
from s4mcl_trainables.data.phantom.scene import RIBS, Scene

ROUGHNESS = 0.006  # of the bodies' outlines
RIM_WIDTH = 0.018
BAND_WIDTH = 0.045  # half the height of the dense band under a collapsed plate


@dataclass(frozen=True)
class Local:
    """A body's own coordinates: u [B,S,S] towards posterior, v [B,S,S] downwards; depth [B,S,S] is above 0 inside.

    below [B,S,S]: how far under the upper end plate.
    """

    u: Pixels
    v: Pixels
    depth: Pixels
    below: Pixels


def render(scene: Scene, size: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw the patches of a scene: images [B,S,S] in 0..255 and masks [B,S,S] of 0 and 1."""
    images = len(scene.brightness)
    side = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size) - np.float32(0.5)
    x, y = side[None, None, :], side[None, :, None]
    rough = ROUGHNESS * smooth_field(rng, images, size, 18)
    picture = _background(scene, x, y, size, rng)
    grain = smooth_field(rng, images, size, 22) + smooth_field(rng, images, size, 40)
    bone = np.zeros_like(picture)
    mask = np.zeros(picture.shape, dtype=np.uint8)
    for body in range(BODIES):
        local = _local(scene, body, x, y, rough)
        fill = smoothstep(_ramp(local.depth, _wide(scene.traits["edge"])))
        rim = _tent(local.depth - RIM_WIDTH, np.float32(RIM_WIDTH))
        picture += _wide(scene.brightness[:, body]) * fill + _wide(scene.traits["rim"]) * rim
        band = _tent(local.below - BAND_WIDTH, np.float32(BAND_WIDTH)) * fill
        picture += _wide(scene.traits["impaction"] * scene.columns.grade[:, body]) * band
        bone = np.maximum(bone, fill)
        if abs(body - TARGET) < 2:
            picture += _wide(scene.traits["posterior"]) * _processes(scene, body, local) * (1 - fill)
        if body == TARGET:
            mask[local.depth > 0] = 1
    picture += _wide(scene.traits["texture"]) * grain * (np.float32(0.45) + np.float32(0.55) * bone)
    picture += _ribs(scene, x, y)
    return _detected(picture, scene, size, rng), mask


def _wide(values: NDArray[np.floating[Any]]) -> Pixels:
    """[B] as [B,1,1]."""
    return np.asarray(values, dtype=np.float32)[:, None, None]


def _ramp(depth: Pixels, width: Pixels) -> Pixels:
    """0 to 1 over `width` around depth 0."""
    return np.asarray((depth / width + np.float32(0.5)).clip(0, 1))


def _tent(distance: Pixels, width: Pixels | np.float32) -> Pixels:
    """1 at distance 0, falling to 0 at `width`."""
    return np.asarray((1 - np.abs(distance) / width).clip(0, 1))


def _local(scene: Scene, body: int, x: Pixels, y: Pixels, rough: Pixels) -> Local:
    """A body's coordinates, and how deep inside it each pixel lies.

    End plates are parabolas through three heights, walls are drawn in at the waist, corners are round.
    """
    columns = scene.columns
    angle = columns.angle[:, body].astype(np.float64)
    cos, sin = _wide(np.cos(angle).astype(np.float32)), _wide(np.sin(angle).astype(np.float32))
    dx, dy = x - _wide(columns.x[:, body]), y - _wide(columns.y[:, body])
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    half = _wide(columns.half_width[:, body])
    q = (u / half).clip(-1.2, 1.2)
    top, bottom = _plate(columns.upper[:, body], q), _plate(columns.lower[:, body], q)
    plates = np.minimum(v + top, bottom - v)
    tall = (v / _wide(columns.upper[:, body].max(1))).clip(-1, 1)
    walls = half * (1 - _wide(columns.waist[:, body]) * (1 - tall * tall)) - np.abs(u)
    radius = np.float32(0.3) * _wide(np.minimum(columns.upper[:, body].min(1), columns.lower[:, body].min(1)))
    p, w = radius - plates, radius - walls
    corner = np.sqrt(np.maximum(p, 0) ** 2 + np.maximum(w, 0) ** 2)
    return Local(u, v, radius - corner - np.minimum(np.maximum(p, w), 0) + rough, v + top)


def _plate(heights: NDArray[np.floating[Any]], q: Pixels) -> Pixels:
    """Height of an end plate at q (-1 anterior wall, 1 posterior wall) through heights [B,3]."""
    front, middle, back = (_wide(heights[:, place]) for place in range(3))
    return np.asarray(middle + q * ((back - front) / 2 + q * ((front + back) / 2 - middle)))


def _processes(scene: Scene, body: int, local: Local) -> Pixels:
    """Pedicle and spinous process: capsules behind the body, the second sloping down."""
    half = _wide(scene.columns.half_width[:, body])
    tall = _wide(scene.columns.upper[:, TARGET].max(1))
    pedicle = _capsule(local, (0.85 * half, -0.4 * tall), (half + 0.9 * tall, -0.25 * tall), 0.28 * tall)
    process = _capsule(local, (half + 0.95 * tall, -0.2 * tall), (half + 2.4 * tall, 0.85 * tall), 0.26 * tall)
    return np.maximum(pedicle, process)


def _capsule(local: Local, start: tuple[Pixels, Pixels], stop: tuple[Pixels, Pixels], radius: Pixels) -> Pixels:
    """A soft capsule around the segment from `start` to `stop` in a body's coordinates."""
    du, dv = stop[0] - start[0], stop[1] - start[1]
    pu, pv = local.u - start[0], local.v - start[1]
    along = ((pu * du + pv * dv) / (du * du + dv * dv)).clip(0, 1)
    distance = np.sqrt((pu - along * du) ** 2 + (pv - along * dv) ** 2)
    return smoothstep(_ramp(radius - distance, np.float32(0.8) * radius))


def _background(scene: Scene, x: Pixels, y: Pixels, size: int, rng: np.random.Generator) -> Pixels:
    """Exposure, the gradient of soft tissue, its blobs, and gas."""
    traits, images = scene.traits, len(scene.brightness)
    picture = _wide(traits["exposure"]) + _wide(traits["gradient_x"]) * x + _wide(traits["gradient_y"]) * y
    tissue = smooth_field(rng, images, size, 3) + np.float32(0.5) * smooth_field(rng, images, size, 6)
    gas = smooth_field(rng, images, size, 7)
    pockets = (np.abs(gas) - np.float32(0.35)).clip(0, 1) * np.sign(gas)
    return np.asarray(picture + _wide(traits["soft_tissue"]) * tissue + 2 * _wide(traits["clutter"]) * pockets)


def _ribs(scene: Scene, x: Pixels, y: Pixels) -> Pixels:
    """Bands that slope down to the front: brighter at their edges, added to what lies behind."""
    total = np.zeros((len(scene.brightness), y.shape[1], x.shape[2]), dtype=np.float32)
    for rib in range(RIBS):
        slope, width = _wide(scene.rib_slope[:, rib]), _wide(scene.rib_width[:, rib])
        middle = _wide(scene.rib_place[:, rib]) + x * (slope + _wide(scene.rib_bend[:, rib]) * x)
        distance = np.abs(y - middle) / np.sqrt(1 + slope * slope)
        band = smoothstep(_ramp(width - distance, np.float32(0.6) * width))
        total += np.float32(0.6) * band + np.float32(0.4) * _tent(distance - width, np.float32(0.5) * width)
    return total * _wide(scene.traits["ribs"])


def _detected(picture: Pixels, scene: Scene, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Tone curve, polarity, blur, mottled noise that grows with brightness, and 256 grey levels."""
    traits, passes = scene.traits, max(1, round(2 * size / 128))
    picture = picture.clip(0, 1)
    picture = picture + _wide(traits["tone"]) * picture * (1 - picture)
    inverted = _wide(traits["inverted"])
    picture = picture + inverted * (1 - 2 * picture)
    picture += _wide(traits["blur"]) * (blurred(picture, passes) - picture)
    white = rng.standard_normal(picture.shape, dtype=np.float32)
    mottle = np.float32(0.6) * white + np.float32(1.8) * blurred(white)
    picture += _wide(traits["noise"]) * np.sqrt(picture.clip(np.float32(0.05), 1)) * mottle
    return np.asarray(np.rint(255 * picture.clip(0, 1)).astype(np.uint8))
