"""What each patch holds besides the column: how it looks, what lies over it, and the detector."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.phantom.anatomy import BODIES, TARGET, Columns, draw_columns
from s4mcl_trainables.data.phantom.difficulty import Difficulty
from s4mcl_trainables.data.phantom.patients import Cohort

RIBS = 3

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Scene:
    """All numbers of N patches, as arrays whose first axis is N.

    columns: the geometry; traits: [N] by name (see `Difficulty`); brightness [N,5] of each body;
    rib_place, rib_slope, rib_bend, rib_width: [N,3] the parabola x -> place + slope x + bend x² and half its thickness.
    """

    columns: Columns
    traits: dict[str, Values]
    brightness: Values
    rib_place: Values
    rib_slope: Values
    rib_bend: Values
    rib_width: Values


def draw_scene(cohort: Cohort, difficulty: Difficulty, rng: np.random.Generator) -> Scene:
    """Draw all patches of a cohort."""
    images = len(cohort.patient)
    columns = draw_columns(cohort, difficulty, rng)
    traits: dict[str, Values] = dict(cohort.traits)
    for name in ("contrast", "rim", "posterior", "soft_tissue", "gradient", "clutter", "noise"):
        traits[name] = traits[name] * (0.75 + 0.5 * rng.random(images))
    traits["impaction"] = difficulty.impaction * (0.5 + rng.random(images))
    traits["exposure"] = traits["exposure"] + 0.06 * (rng.random(images) - 0.5)
    turn = 2.0 * np.pi * (traits.pop("light") + 0.15 * (rng.random(images) - 0.5))
    traits["gradient_x"], traits["gradient_y"] = traits["gradient"] * np.cos(turn), traits["gradient"] * np.sin(turn)
    unlike = (1.0 - difficulty.neighbour_similarity) * (2.0 * rng.random((images, BODIES)) - 1.0)
    unlike[:, TARGET] = 0.0
    return Scene(
        columns=columns,
        traits=traits,
        brightness=traits["contrast"][:, None] * (1.0 + unlike),
        rib_place=(np.arange(RIBS) - 1) * 0.42 + 0.2 * (rng.random((images, RIBS)) - 0.5),
        rib_slope=-(0.25 + 0.6 * rng.random((images, 1))) + 0.1 * (rng.random((images, RIBS)) - 0.5),
        rib_bend=0.5 * (rng.random((images, 1)) - 0.5) + 0.1 * (rng.random((images, RIBS)) - 0.5),
        rib_width=0.022 + 0.02 * rng.random((images, RIBS)),
    )


def part_of(scene: Scene, start: int, stop: int) -> Scene:
    """The patches from `start` to `stop`, as float32."""
    cut = slice(start, stop)
    columns = Columns(**{name: values[cut].astype(np.float32) for name, values in vars(scene.columns).items()})
    own = {
        name: values[cut].astype(np.float32) for name, values in vars(scene).items() if isinstance(values, np.ndarray)
    }
    traits = {name: values[cut].astype(np.float32) for name, values in scene.traits.items()}
    return Scene(columns=columns, traits=traits, **own)
