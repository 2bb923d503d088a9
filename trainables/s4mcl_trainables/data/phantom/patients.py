"""Patients and their patches: who owns which patch, which are fractured, and what a patient's patches share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s4mcl_trainables.data.phantom.difficulty import Difficulty, Range

PATCHES = 8.94  # a patient: 894 patches of 100 patients
FEW = 12  # patients that a small phantom has too, so that it can be divided by group

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Cohort:
    """N patches: patient [N] (sorted), fractured [N], kind [N] (0 wedge, 1 biconcave, 2 crush), traits [N] by name."""

    patient: NDArray[np.int64]
    fractured: NDArray[np.bool_]
    kind: NDArray[np.int64]
    traits: dict[str, Values]


def draw_cohort(images: int, difficulty: Difficulty, rng: np.random.Generator) -> Cohort:
    """Draw patients and hand out `images` patches to them, each patient at least one."""
    patients = max(1, round(images / PATCHES), min(FEW, images // 3))
    rest = rng.integers(0, patients, images - patients)
    patient = np.sort(np.concatenate([np.arange(patients), rest]))
    frailty = rng.random(patients)
    # the most fracture-prone patches are fractured, so that the classes have just the wished shares
    proneness = difficulty.patient_effect * frailty[patient] + rng.random(images)
    fractured = np.zeros(images, dtype=bool)
    fractured[np.argsort(proneness, kind="stable")[images - round(difficulty.fractured * images) :]] = True
    own = _patient_traits(patients, frailty, difficulty, rng)
    traits = {name: values[patient] for name, values in own.items()}
    return Cohort(patient, fractured, rng.integers(0, 3, images), traits)


def between(limits: Range, uniform: Values) -> Values:
    """Stretch numbers of [0,1) over a range."""
    return limits[0] + (limits[1] - limits[0]) * uniform


def _patient_traits(
    patients: int, frailty: Values, difficulty: Difficulty, rng: np.random.Generator
) -> dict[str, Values]:
    """What all patches of a patient have in common, [P] each."""
    names = ("pitch", "contrast", "rim", "edge", "texture", "posterior", "soft_tissue", "gradient", "clutter", "ribs")
    traits = {name: between(getattr(difficulty, name), rng.random(patients)) for name in names}
    traits |= {name: between(getattr(difficulty, name), rng.random(patients)) for name in ("blur", "noise", "exposure")}
    traits["inverted"] = (rng.random(patients) < difficulty.inverted).astype(np.float64)
    traits["contrast"] *= 1.0 - difficulty.osteoporosis * frailty
    # a body as bright as its surroundings shows by its frame alone
    traits["rim"] = np.maximum(traits["rim"], difficulty.frame - np.abs(traits["contrast"]))
    traits["ribs"] *= rng.random(patients) < difficulty.rib_chance
    traits["tone"] = difficulty.tone * (2.0 * rng.random(patients) - 1.0)
    traits["breadth"] = 0.62 + 0.2 * rng.random(patients)  # half the body's width, in body heights
    traits["disc"] = 0.14 + 0.14 * rng.random(patients)  # share of the pitch that is disc
    traits["light"] = rng.random(patients)  # direction of the soft-tissue gradient, in turns
    return traits
