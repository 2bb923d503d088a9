"""Batches gathered, normalised and transformed: one indexed operation against a DataLoader with MONAI's transforms.

    PYTHONPATH=tests python -m benchmarks.batch_gathering [--size 128] [--batches 50] [--pairs 3]

10 labelled images with masks and 10 unlabelled ones, each unlabelled one under a flip or a turn that is drawn for it.
The DataLoader has its images in memory already, and is given as many workers as it is fastest with, of 0 and 2.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler

from benchmarks.measured_table import Row, middle, print_table, times_as_fast
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.training.batches import Batches
from s4mcl_trainables.transforms import transform_set
from shapes_dataset import write_shapes

IMAGES, LABELLED = 700, 35


Transform = Callable[[dict[str, Tensor]], dict[str, Tensor]]


class Images(Dataset[dict[str, Tensor]]):
    """Images, and masks where they are labelled, as MONAI's dictionary transforms take them."""

    def __init__(self, resident: Resident, rows: range, transform: Transform) -> None:
        self.rows, self.transform = rows, transform
        self.images, self.masks, self.classes = resident.images, resident.masks, resident.classes

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> dict[str, Tensor]:
        row = self.rows[place]
        return self.transform({"image": self.images[row], "mask": self.masks[row], "class": self.classes[row]})


def loader(data: Images, batch: int, workers: int) -> Iterator[dict[str, Tensor]]:
    """Endless batches."""
    sampler = RandomSampler(data, replacement=True, num_samples=1_000_000)
    return iter(DataLoader(data, batch, sampler=sampler, num_workers=workers, persistent_workers=bool(workers)))


def monai_batches(resident: Resident, workers: int) -> Callable[[], object]:
    """Draws a pair of batches."""
    from monai.transforms import Compose, NormalizeIntensityd, RandFlipd, RandRotate90d

    normalised = NormalizeIntensityd("image")
    moved = [RandFlipd("image", prob=0.5, spatial_axis=1), RandRotate90d("image", prob=0.75)]
    labelled = loader(Images(resident, range(LABELLED), Compose([normalised])), 10, workers)
    unlabelled = loader(Images(resident, range(LABELLED, IMAGES), Compose([normalised, *moved])), 10, workers)
    return lambda: (next(labelled), next(unlabelled))


def our_batches(resident: Resident) -> Callable[[], object]:
    """Draws a pair of batches."""
    rows, transforms, draws = np.arange(IMAGES), transform_set("d4_6"), torch.Generator()
    batches = Batches(resident, rows[:LABELLED], rows[LABELLED:], batch_labelled=10, batch_unlabelled=10, seed=0)

    def draw() -> object:
        batch = batches.draw()
        tau = torch.randint(len(transforms), (10,), generator=draws)
        return batch, resident.take_transformed(batch.unlabelled, transforms, tau), tau

    return draw


def milliseconds(draw: Callable[[], object], count: int) -> float:
    """Median of one draw; the first ones, in which workers start, are not counted."""
    times = []
    for index in range(count + 5):
        start = time.perf_counter()
        draw()
        if index >= 5:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--size", type=int, default=128)
    words.add_argument("--batches", type=int, default=50)
    words.add_argument("--pairs", type=int, default=3)
    given = words.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(write_shapes(Path(folder) / "data", images=IMAGES, size=given.size))
        resident = Resident(dataset, given.size, torch.device("cpu"))
    ways = {"0 workers": monai_batches(resident, 0), "2 workers": monai_batches(resident, 2)}
    ours = our_batches(resident)
    theirs: dict[str, list[float]] = {name: [] for name in ways}
    mine = []
    for _ in range(given.pairs):
        for name, draw in ways.items():
            theirs[name].append(milliseconds(draw, given.batches))
        mine.append(milliseconds(ours, given.batches))
    best = min(ways, key=lambda name: statistics.median(theirs[name]))
    what = (
        f"a batch of 10 + 10 images of {given.size}x{given.size}, gathered and transformed, against a DataLoader with"
    )
    rows = [
        times_as_fast(f"{what} MONAI, {best}", theirs[best], mine, "ms", 20),
        *(Row(f"the DataLoader with {name}", f"{middle(found)} ms") for name, found in theirs.items() if name != best),
    ]
    print_table(rows, f"benchmarks.batch_gathering --size={given.size} --batches={given.batches}")


if __name__ == "__main__":
    main()
