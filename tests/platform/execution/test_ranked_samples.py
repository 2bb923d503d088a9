import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s4mcl.config import StudyConfig, compose_study, to_plain
from s4mcl.execution.ranked_samples import filled_rows, write_ranked
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl_trainables.data.dataset import Dataset, open_dataset

ROWS = np.array([4, 7, 9, 20, 31], np.int64)


def config_of(tmp_path: Path, *words: str) -> StudyConfig:
    where = ("name=demo", "data.path=nowhere", f"storage={tmp_path}", "image_size=16", "depth=2")
    return compose_study([*where, "methods=[unet,s4mcl]", *words])


def judge(ledger: Ledger, method: str, fraction: float, dice: list[float] | bytes | None) -> None:
    """A completed trial with these Dice values of the test images, with a damaged file, or without masks."""
    key = hashlib.sha256(repr((method, fraction)).encode()).hexdigest()
    trial = {"method": method, "label_fraction": fraction, "seed": 0, "hyperparameters": {}}
    ledger.plan("demo", "confirm", [PlannedTrial(key, "c", trial, None, "d", "p")])
    attempt = ledger.claim([key], "demo", "confirm", Owner.this_process())[key]
    ended: dict[str, Any] = {"state": "completed", "outcome": "completed", "iterations": 2, "seconds": 1.0}
    ledger.finish(key, attempt, **ended, summary={"val_score": 0.5})
    path = ledger.storage / "trials" / key / "predictions.npz"
    path.parent.mkdir(parents=True)
    if isinstance(dice, bytes):
        path.write_bytes(dice)
    else:
        values = {"dice": np.array(dice, np.float32)} if dice is not None else {}
        np.savez(path, rows=ROWS, **values)
    ledger.record_test(key, "demo", {"test_dice": 0.5}, str(path.relative_to(ledger.storage)))


def study(tmp_path: Path, *words: str) -> tuple[Ledger, StudyConfig]:
    config = config_of(tmp_path, *words)
    ledger = Ledger.open(tmp_path)
    ledger.record_study("demo", to_plain(config), {}, {}, {})
    return ledger, config


def test_the_images_of_each_method_and_fraction_are_kept_at_the_models_size(shapes: Path, tmp_path: Path) -> None:
    dataset = open_dataset(shapes)
    ledger, config = study(tmp_path)
    with ledger:
        judge(ledger, "unet", 0.1, [0.1, 0.5, 0.9, 0.6, 0.55])
        judge(ledger, "s4mcl", 1.0, [0.8, 0.7, 0.95, 0.9, 0.85])
        judge(ledger, "cnn", 1.0, None)
        judge(ledger, "unet", 1.0, b"PK\x03\x04damaged")
        write_ranked(tmp_path / "ranked.npz", ledger, dataset, config)
    with np.load(tmp_path / "ranked.npz", allow_pickle=False) as file:
        found = {name: file[name] for name in file.files}
    shown = list(zip(*(found[f"shown_{name}"].tolist() for name in ("method", "fraction", "rank", "row")), strict=True))
    assert shown == [
        ("unet", 0.1, "best", 9),
        ("unet", 0.1, "median", 31),
        ("unet", 0.1, "worst", 4),
        ("s4mcl", 1.0, "best", 9),
        ("s4mcl", 1.0, "median", 31),
        ("s4mcl", 1.0, "worst", 7),
    ]
    assert found["shown_dice"] == pytest.approx([0.9, 0.55, 0.1, 0.95, 0.85, 0.7])
    assert found["rows"].tolist() == [4, 7, 9, 31]
    assert found["images"].shape == found["masks"].shape == (4, 1, 16, 16)
    assert found["images"].dtype == np.uint8
    assert found["seed"] == 0


@pytest.mark.parametrize("why", ["locked", "nothing tested", "another dataset"])
def test_nothing_is_kept_where_there_is_nothing_to_show(shapes: Path, tmp_path: Path, why: str) -> None:
    ledger, config = study(tmp_path, *(["test=locked"] if why == "locked" else []))
    dataset = open_dataset(shapes)
    if why == "another dataset":
        small = {"index": dataset.index[:10], "images": dataset.images[:10], "masks": dataset.masks[:10]}
        dataset = Dataset(**{**vars(dataset), **small})
    with ledger:
        if why != "nothing tested":
            judge(ledger, "unet", 0.1, [0.1, 0.5, 0.9, 0.6, 0.55])
        write_ranked(tmp_path / "ranked.npz", ledger, dataset, config)
    assert not (tmp_path / "ranked.npz").exists()


def test_rows_with_an_empty_mask_are_not_filled(shapes: Path) -> None:
    dataset = open_dataset(shapes)
    masks = np.array(dataset.masks)
    masks[7] = 0
    assert filled_rows(Dataset(**{**vars(dataset), "masks": masks}), ROWS) == {4, 9, 20, 31}
