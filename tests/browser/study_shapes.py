"""Studies of the shapes that a page has to tell: whole, empty, of one trial, all failed, being written, damaged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hostile_study import hostile

from made_study import (
    FRACTIONS,
    IMAGES,
    METHODS,
    SEEDS,
    confirm,
    judge,
    made_config,
    make_study,
    record,
    search,
    settled,
    train,
    wanted,
)
from s4mcl.ledger import Ledger

SIDE = 32
SHOWN = 6  # sample images
NAME = "demo"


def whole(storage: Path) -> Path:
    """Two methods tuned and compared, an ablation, sample images and predicted masks."""
    folder = make_study(storage, NAME)
    add_images(folder)
    return folder


def empty(storage: Path) -> Path:
    """A study that has only begun."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME))
    return storage / NAME


def one_trial(storage: Path) -> Path:
    """One completed trial of the confirm stage, judged."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME, "methods=[unet]", "label_fractions=[0.1]", "seeds=1", "search.trials=0"))
        planned = wanted("unet", 0.1, 0)
        ledger.plan(NAME, "confirm", [planned])
        judge(ledger, planned, NAME, train(ledger, planned, NAME, "confirm"))
    return storage / NAME


def all_failed(storage: Path) -> Path:
    """Every proposal and every trial failed."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME))
        for method in METHODS:
            search(ledger, NAME, method, ("failed",) * 3)
            for fraction in FRACTIONS:
                for seed in SEEDS:
                    planned = wanted(method, fraction, seed, "failing")
                    ledger.plan(NAME, "confirm", [planned])
                    train(ledger, planned, NAME, "confirm", state="failed")
    return storage / NAME


def single_seed(storage: Path) -> Path:
    """Both methods at both label fractions with one seed, judged."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME, "seeds=1", "search.trials=0"))
        for method in METHODS:
            for fraction in FRACTIONS:
                planned = wanted(method, fraction, 0)
                ledger.plan(NAME, "confirm", [planned])
                judge(ledger, planned, NAME, settled(ledger, planned, NAME, "confirm", score=0.6 + 0.1 * fraction))
    return storage / NAME


def nan_everywhere(storage: Path) -> Path:
    """All trials completed, and no value of any report, summary or test is a finite number."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME))
        for method in METHODS:
            for fraction in FRACTIONS:
                for seed in SEEDS:
                    planned = wanted(method, fraction, seed)
                    ledger.plan(NAME, "confirm", [planned])
                    train(ledger, planned, NAME, "confirm", score=float("nan"))
                    nothing = dict.fromkeys(("test_dice", "test_accuracy", "test_balanced_accuracy"), float("nan"))
                    ledger.record_test(planned.key, NAME, nothing, None)
    return storage / NAME


def being_written(storage: Path) -> Path:
    """The search is half through; one proposal runs, and the confirm stage is planned but for one completed trial."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME))
        search(ledger, NAME, "unet", ("completed", "completed", "running"))
        planned = [wanted("unet", fraction, seed) for fraction in FRACTIONS for seed in SEEDS]
        ledger.plan(NAME, "confirm", planned)
        settled(ledger, planned[-1], NAME, "confirm", score=0.7)
    return storage / NAME


def damaged(storage: Path) -> Path:
    """A whole study whose sample images and predictions are broken files."""
    folder = whole(storage)
    (folder / "samples.npz").write_bytes(b"PK\x03\x04broken")
    for path in sorted((storage / "trials").rglob("predictions.npz"))[::2]:
        path.write_bytes(path.read_bytes()[:100])
    return folder


def no_samples(storage: Path) -> Path:
    """Judged trials whose study stored no sample images."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(NAME, "search.trials=0"))
        confirm(ledger, NAME)
    return storage / NAME


def add_images(folder: Path) -> None:
    """Give a made study sample images of discs on noise, and every prediction on disk a mask for each test image."""
    draws = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    radii = draws.uniform(6, 10, IMAGES)
    truth = ((x - SIDE / 2) ** 2 + (y - SIDE / 2) ** 2)[None] < radii[:, None, None] ** 2
    images = (60 + 120 * truth + draws.normal(0, 15, truth.shape)).clip(0, 255).astype(np.uint8)
    arrays = {"images": images[:SHOWN, None], "masks": truth[:SHOWN, None].astype(np.uint8)}
    rows = np.arange(100, 100 + IMAGES, dtype=np.int64)
    np.savez(folder / "samples.npz", rows=rows[:SHOWN], labels=np.arange(SHOWN) // 2 % 2, **arrays)
    for path in sorted((folder.parent / "trials").rglob("predictions.npz")):
        with np.load(path) as file:
            kept = dict(file)
        shifted = np.roll(truth, int(draws.integers(-2, 3)), axis=2)
        kept |= {"masks": np.packbits(shifted.reshape(IMAGES, -1), axis=1), "mask_shape": np.array([1, SIDE, SIDE])}
        np.savez(path, **kept)


SHAPES: dict[str, Callable[[Path], Path]] = {
    "whole": whole,
    "empty": empty,
    "one_trial": one_trial,
    "all_failed": all_failed,
    "single_seed": single_seed,
    "nan_everywhere": nan_everywhere,
    "being_written": being_written,
    "damaged": damaged,
    "no_samples": no_samples,
    "hostile": hostile,
}
