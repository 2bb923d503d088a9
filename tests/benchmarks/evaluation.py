"""Judging a trial against its training steps: batches that suit the device, and distances between outlines in bulk.

    PYTHONPATH=tests python -m benchmarks.evaluation [--size 128] [--width 16] [--precision auto] [--pairs 5]

The phantom's 179 validation images, and as many to test on. Before: 64 images at once, and one pair of masks after the
other with two distance transforms on their common box. Runs are paired, in turns; nothing else should run meanwhile.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt, generate_binary_structure
from torch import Tensor

from benchmarks.measured_table import Row, print_table, times_as_fast
from s4mcl_trainables.data.phantom import write_phantom
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.metrics.surface_distance import surface_distances
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.training import evaluation
from s4mcl_trainables.training.run import Run
from small_assignment import small_assignment

BUDGETS = (120, 2000)  # iterations of a trial; it reports ten times


def milliseconds(what: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - start)


def one_by_one(predicted: Tensor, target: Tensor) -> list[tuple[float, float]]:
    """HD95 and ASSD of each pair of masks [n,1,H,W] by distance transforms."""
    cross, found = generate_binary_structure(2, 1), []
    for p, g in zip(predicted[:, 0].numpy(), target[:, 0].bool().numpy(), strict=True):
        if not p.any() or not g.any():
            found.append((0.0, 0.0))
            continue
        rows, columns = np.flatnonzero((p | g).any(1)), np.flatnonzero((p | g).any(0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        a, b = (mask[box] ^ binary_erosion(mask[box], cross) for mask in (p, g))
        to_b, to_a = distance_transform_edt(~b)[a], distance_transform_edt(~a)[b]
        both = np.concatenate([to_a, to_b])
        found.append((max(float(np.percentile(to_b, 95)), float(np.percentile(to_a, 95))), float(both.mean())))
    return found


def drawn_by_a_trained_network(target: Tensor) -> Tensor:
    """True masks with ragged outlines: one of a few steps has more outline than any that is tested."""
    noise = torch.randn(target.shape, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.avg_pool2d(target.float() + 0.3 * noise, 5, 1, 2) > 0.5


def run_of(data: Path, given: argparse.Namespace) -> Run:
    """A trial of S4MCL with its default hyperparameters, a few steps old."""
    precision = given.precision
    if precision == "auto":
        precision = numeric_profile(precision="auto", gpus=0, cpus=given.threads).precision
    sizes: dict[str, Any] = {"image_size": given.size, "width": given.width, "depth": 4}
    batch = {"batch_labelled": 10, "batch_unlabelled": 10}
    run = start_training(
        small_assignment(data, data.parent / "trial", "s4mcl", precision=precision, iterations=1000, **sizes, **batch)
    )
    assert isinstance(run, Run)
    run.train(3)
    return run


def measured(run: Run, pairs: int) -> list[Row]:
    """The table's rows."""
    resident, learner = run.material.resident, run.learner
    rows, test = (torch.from_numpy(part) for part in (run.material.partition.validation, run.material.partition.test))
    pixels, large = dict(evaluation.PIXELS), 64 * resident.size**2
    times: dict[str, list[float]] = {name: [] for name in ("step", "before", "after", "judge", "edt", "bulk", "test")}
    target = resident.masks[test]
    for _ in range(pairs):
        times["step"].append(milliseconds(lambda: run.train(run.iteration + 1)))
        evaluation.PIXELS["cpu"] = large
        times["before"].append(milliseconds(lambda: evaluation.predict(learner, resident, rows)))
        evaluation.PIXELS.update(pixels)
        times["after"].append(milliseconds(lambda: evaluation.predict(learner, resident, rows)))
        predictions = evaluation.predict(learner, resident, test)
        masks = drawn_by_a_trained_network(target)
        times["judge"].append(milliseconds(lambda: evaluation.judge(predictions, resident, test)))  # noqa: B023  # now
        times["test"].append(milliseconds(lambda: evaluation.judge_test(predictions, resident, test)))  # noqa: B023
        times["edt"].append(milliseconds(lambda: one_by_one(masks, target)))  # noqa: B023
        times["bulk"].append(milliseconds(lambda: surface_distances(masks, target)))  # noqa: B023
    median = {name: statistics.median(found) for name, found in times.items()}
    least, count = 1.0, len(rows)
    table = [
        Row("a training step", f"{median['step']:.0f} ms"),
        times_as_fast(f"predicting {count} images", times["before"], times["after"], "ms", least),
        Row("judging them", f"{median['judge']:.1f} ms"),
        Row(f"judging {len(test)} test images without distances", f"{median['test']:.1f} ms"),
        times_as_fast(f"distances of {len(test)} test images", times["edt"], times["bulk"], "ms", least),
    ]
    for iterations in BUDGETS:
        training = iterations * median["step"]
        new = 10 * (median["after"] + median["judge"]) + median["after"] + median["test"]
        old = 10 * (median["before"] + median["judge"]) + median["before"] + median["test"] + median["edt"]
        shares = " after and ".join(f"{100 * each / (training + each):.1f} %" for each in (new, old))
        table.append(
            Row(f"share of a trial of {iterations} iterations with ten reports and a test", f"{shares} before")
        )
    return table


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"size": 128, "width": 16, "threads": 1, "pairs": 5}.items():
        words.add_argument(f"--{name}", type=int, default=value)
    words.add_argument("--precision", default="auto", help="auto, float32 or bfloat16")
    given = words.parse_args()
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "phantom"
        write_phantom(data, size=given.size)
        table = measured(run_of(data, given), given.pairs)
    print_table(table, " ".join(f"--{name}={value}" for name, value in vars(given).items()))


if __name__ == "__main__":
    main()
