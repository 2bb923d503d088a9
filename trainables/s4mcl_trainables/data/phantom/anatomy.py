"""The geometry of each patch: a column of five vertebrae with the target in the middle, and its fracture.

Lengths are shares of the patch's side, y points down (caudal), x to the right (posterior); angles are in radians. Every
patient faces left, processes slope down and bodies grow downwards, so that a patch tells how it was turned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.phantom.difficulty import Difficulty
from s4mcl_trainables.data.phantom.patients import Cohort, between

BODIES = 5
TARGET = 2  # index of the target among the bodies
GROWTH = 1.05  # a body's size over that of the one above

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Vertebral columns of N patches.

    x, y, angle, half_width: [N,5]; upper, lower: [N,5,3] height of the end plates above and below the body's axis at
    the anterior wall, the middle and the posterior wall; waist [N,5] share by which the walls are drawn in; grade [N,5]
    relative height loss by fracture, 0 for a normal body.
    """

    x: Values
    y: Values
    angle: Values
    half_width: Values
    upper: Values
    lower: Values
    waist: Values
    grade: Values


def draw_columns(cohort: Cohort, difficulty: Difficulty, rng: np.random.Generator) -> Columns:
    """Draw the columns of all patches, in the order of the cohort."""
    images = len(cohort.patient)
    step = np.arange(BODIES) - TARGET
    growth = GROWTH**step
    pitch = cohort.traits["pitch"] * (1.0 + difficulty.pitch_spread * _either(rng, images))
    loss, grade = _losses(cohort, difficulty, rng)
    half_height = 0.5 * (1.0 - cohort.traits["disc"])[:, None] * pitch[:, None] * growth
    half_height = half_height * (1.0 + 0.05 * _either(rng, images, BODIES))
    upper, lower = half_height[..., None] * (1.0 - loss[:, :, 0]), half_height[..., None] * (1.0 - loss[:, :, 1])
    half_width = 2.0 * half_height * cohort.traits["breadth"][:, None] * (1.0 + 0.05 * _either(rng, images, BODIES))

    tilt = np.deg2rad(difficulty.tilt) * _either(rng, images)
    bend = np.deg2rad(difficulty.bend) * _either(rng, images)
    angle = tilt[:, None] + bend[:, None] * step
    # along the axis: neighbours sink towards a body that has lost height
    sunk = 0.6 * half_height[:, TARGET] * loss[:, TARGET].mean((1, 2))
    along = pitch[:, None] * (step + 0.025 * step * np.abs(step)) - sunk[:, None] * np.sign(step)
    across = -0.5 * bend[:, None] * step * along  # the axis is a parabola with the bodies' own slopes
    aside = _either(rng, images)
    # the root moves targets towards the limits, where only their place among the neighbours tells them
    offset_along = difficulty.jitter_along * pitch * np.sign(aside) * np.sqrt(np.abs(aside))
    offset_across = difficulty.jitter_across * _either(rng, images)
    along, across = along + offset_along[:, None], across + offset_across[:, None]
    cos, sin = np.cos(tilt)[:, None], np.sin(tilt)[:, None]
    x, y = across * cos - along * sin, across * sin + along * cos
    waist = 0.03 + 0.09 * rng.random((images, BODIES))
    return Columns(x, y, angle, half_width, upper, lower, waist, grade)


def _either(rng: np.random.Generator, *shape: int) -> Values:
    """Uniform between -1 and 1."""
    return 2.0 * rng.random(shape) - 1.0


def _losses(cohort: Cohort, difficulty: Difficulty, rng: np.random.Generator) -> tuple[Values, Values]:
    """Relative height loss [N,5,2,3] of the upper and lower plate, at front, middle and back; the grade [N,5].

    Genant's kinds: wedge lowers the anterior wall, biconcave the middle, crush all of it.
    """
    images = len(cohort.patient)
    fractured = rng.random((images, BODIES)) < difficulty.neighbour_fracture
    fractured[:, TARGET] = cohort.fractured
    kind = rng.integers(0, 3, (images, BODIES))
    kind[:, TARGET] = cohort.kind
    severity = rng.random((images, BODIES))
    severity = severity * (1.0 - difficulty.mild_bias + difficulty.mild_bias * severity)
    grade = between(difficulty.height_loss, severity) * fractured
    profile = np.array([[1.0, 0.55, 0.0], [0.25, 1.0, 0.25], [1.0, 1.0, 0.9]])[kind]  # [N,5,3]
    # the upper plate gives way more; the mean of the two is the grade
    lean = 1.0 + 0.6 * rng.random((images, BODIES))
    sides = np.stack([lean, 2.0 - lean], axis=-1)  # [N,5,2]
    loss = grade[..., None, None] * sides[..., None] * profile[:, :, None]
    wedge = difficulty.normal_wedge * _either(rng, images, BODIES, 2)
    concave = difficulty.normal_concavity * rng.random((images, BODIES, 2))
    zero = np.zeros_like(wedge)
    variation = np.stack([wedge.clip(0), zero, (-wedge).clip(0)], -1) + np.stack([zero, concave, zero], -1)
    return np.minimum(loss + variation, 0.8), grade
