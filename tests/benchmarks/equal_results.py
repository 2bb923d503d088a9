"""What is made fast changes no result: final metrics on the phantom, ours against the plain loop of plain_loop.py.

    PYTHONPATH=tests python -m benchmarks.equal_results [--method s4mcl] [--size 64] [--width 8] [--iterations 400] ...

Each seed trains the same trial plainly, with ours in float32 and with ours in bfloat16: the same initial weights,
batches, transforms and dropout. The three part by rounding within some dozen steps, so that their ends differ as those
of repetitions do. Prints the means of Dice and accuracy over the images that do not train, and for each pair the mean
difference over seeds with its 95 % interval (paired t).
"""

import argparse
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.measured_table import Row, print_table
from plain_loop import PlainLoop
from s4mcl_trainables.data.phantom import Difficulty, write_phantom
from s4mcl_trainables.methods import method_named, start_training
from s4mcl_trainables.training.run import Run, judge_rows
from small_assignment import small_assignment

PLAIN, FLOAT32, BFLOAT16 = "plain loop", "ours, float32", "ours, bfloat16"
PAIRS = ((FLOAT32, PLAIN), (BFLOAT16, FLOAT32))
# Mean differences that would not matter: below the deviation over seeds, which was 0.03 of Dice and 0.12 of accuracy or
# more in the test's short form, and below three of the 64 images that accuracy counts there.
BOUNDS = {"dice": 0.02, "accuracy": 0.04}
# A phantom that is learned in minutes: bright bodies, alone and upright, and fractures that are plain to see.
EASY = Difficulty(
    contrast=(0.2, 0.3),
    inverted=0.0,
    height_loss=(0.45, 0.6),
    jitter_along=0.1,
    jitter_across=0.05,
    tilt=8.0,
    clutter=(0.0, 0.02),
    rib_chance=0.0,
    soft_tissue=(0.0, 0.05),
    gradient=(0.0, 0.05),
    neighbour_similarity=0.2,
)


@dataclass(frozen=True)
class Shape:
    """Of the trials."""

    method: str = "s4mcl"
    images: int = 894
    size: int = 64
    width: int = 8
    depth: int = 4
    batch: int = 10
    iterations: int = 400
    rate: float = 2e-3


def scores(data: Path, way: str, seed: int, shape: Shape) -> dict[str, float]:
    """Dice and accuracy of a trial, of what its method has, over the images of validation and test."""
    rates = dict.fromkeys(("generator_lr", "discriminator_lr"), shape.rate)
    run = start_training(
        small_assignment(
            data,
            data.parent / "trial",
            shape.method,
            hyperparameters={name: rates[name] for name in rates if name in method_named(shape.method).defaults},
            seed=seed,
            precision="bfloat16" if way == BFLOAT16 else "float32",
            iterations=shape.iterations,
            report_every=shape.iterations,
            image_size=shape.size,
            width=shape.width,
            depth=shape.depth,
            batch_labelled=shape.batch,
            batch_unlabelled=shape.batch,
        )
    )
    assert isinstance(run, Run)
    rows = np.concatenate([run.material.partition.validation, run.material.partition.test])
    if way == PLAIN:
        loop = PlainLoop(run)
        for _ in range(shape.iterations):
            loop.step()
        return loop.judged(rows)
    run.train(shape.iterations)
    found = judge_rows(run.learner, run.material.resident, rows)
    return {name: found[name] for name in BOUNDS if name in found}


@dataclass(frozen=True)
class Difference:
    """The mean over seeds, with its 95 % interval."""

    mean: float
    low: float
    high: float

    def within_noise(self, bound: float) -> bool:
        """Whether the seeds do not tell it from nothing, or it is too small to matter."""
        return self.low <= 0 <= self.high or abs(self.mean) < bound


def difference(one: list[float], other: list[float]) -> Difference:
    """Of paired values, by seed."""
    each = np.subtract(one, other)
    half = float(stats.t.ppf(0.975, len(each) - 1)) * float(each.std(ddof=1)) / math.sqrt(len(each))
    return Difference(float(each.mean()), float(each.mean()) - half, float(each.mean()) + half)


def compared(data: Path, shape: Shape, seeds: range) -> dict[str, dict[str, list[float]]]:
    """By way and measure, a value a seed."""
    found: dict[str, dict[str, list[float]]] = {}
    for way in (PLAIN, FLOAT32, BFLOAT16):
        each = [scores(data, way, seed, shape) for seed in seeds]
        found[way] = {name: [values[name] for values in each] for name in each[0]}
    return found


def table_rows(found: dict[str, dict[str, list[float]]]) -> list[Row]:
    """Means and differences."""
    rows = []
    for way, measures in found.items():
        for name, values in measures.items():
            mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
            rows.append(Row(f"{name}, {way}: mean and deviation over seeds", f"{mean:.3f}, {spread:.3f}"))
    for one, other in PAIRS:
        for name, values in found[one].items():
            told, bound = difference(values, found[other][name]), BOUNDS[name]
            interval = f"{told.mean:+.3f} ({told.low:+.3f} to {told.high:+.3f})"
            asked = f"0 in the interval, or below {bound}"
            rows.append(Row(f"{name}, {one} less {other}", interval, asked, told.within_noise(bound)))
    return rows


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in vars(Shape()).items():
        words.add_argument(f"--{name}", type=type(value), default=value)
    words.add_argument("--seeds", type=int, default=5)
    given = vars(words.parse_args())
    seeds, shape = range(given.pop("seeds")), Shape(**given)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "phantom"
        write_phantom(data, images=shape.images, size=shape.size, difficulty=EASY)
        found = compared(data, shape, seeds)
    options = " ".join(f"--{name}={value}" for name, value in vars(shape).items())
    print_table(table_rows(found), f"benchmarks.equal_results {options} --seeds={len(seeds)}")


if __name__ == "__main__":
    main()
