"""How often the rows of a claim are won when the method truly is better: by test images, seeds and size of the claim.

    PYTHONPATH=tests python -m benchmarks.claim_power [--repetitions 400] [--images 95,139] [--seeds 3,5,10]

Two methods are made up whose true accuracies differ; images are hard or easy for both alike, and each seed moves each
method. Won is a row whose p over seeds and images (`statistics.crossed`) is at most 0.05 divided by the rows: the
harshest place in Holm's correction, that of a row which is alone in being true. The permutation test is not asked.
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from s4mcl.statistics.crossed import crossed
from s4mcl.statistics.group_sums import image_means

ACCURACY = 0.6  # of the worse method
SHARED = 0.75  # how much of what makes an image hard is the same for all networks: theirs correlate by its square
DEVIATION = 0.02  # of the true accuracy over seeds
DIFFERENCES = (0.1, 0.15, 0.2)
ROWS = (1, 13, 21)  # a single comparison; a measure of study=protocol; one of study=protocol_gpu


def correct(hard: NDArray[np.float64], accuracy: float, seeds: int, draws: np.random.Generator) -> NDArray[np.float64]:
    """1 where a network names an image of difficulty `hard` [n] rightly, else 0: [seeds, n]."""
    accuracies = np.clip(accuracy + DEVIATION * draws.standard_normal((seeds, 1)), 0.02, 0.98)
    own = draws.standard_normal((seeds, len(hard)))
    right: NDArray[np.float64] = (SHARED * hard + (1 - SHARED**2) ** 0.5 * own < ndtri(accuracies)).astype(np.float64)
    return right


def p_values(images: int, seeds: int, difference: float, repetitions: int) -> NDArray[np.float64]:
    """[repetitions] p of the better method against the worse."""
    draws, groups = np.random.default_rng([images, seeds]), np.arange(images)
    found = []
    for _ in range(repetitions):
        hard = draws.standard_normal(images)
        sides = [correct(hard, ACCURACY + gain, seeds, draws) for gain in (difference, 0.0)]
        found.append(float(crossed(*(image_means(side, groups) for side in sides)).p_value()))
    return np.array(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--images", default="95,139")
    parser.add_argument("--seeds", default="3,5,10")
    given = parser.parse_args()
    print("| test images | seeds | true difference | " + " | ".join(f"of {rows}" for rows in ROWS) + " |")
    print("|---|---|---|" + "---|" * len(ROWS))
    for images in map(int, given.images.split(",")):
        for seeds in map(int, given.seeds.split(",")):
            for difference in DIFFERENCES:
                p = p_values(images, seeds, difference, given.repetitions)
                shares = " | ".join(f"{100 * (p <= 0.05 / rows).mean():.0f} %" for rows in ROWS)
                print(f"| {images} | {seeds} | {difference:g} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
