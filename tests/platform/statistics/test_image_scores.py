import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scored_study import GROUPS, LABELS, scored, write_predictions
from sklearn.metrics import balanced_accuracy_score, f1_score

from s4mcl.statistics.cells import read_cells
from s4mcl.statistics.image_scores import paired_scores, read_image_scores
from s4mcl_trainables.problems import InputError


def test_predictions_are_read_back(tmp_path: Path) -> None:
    scores = scored(0.7, 0.8, seeds=3)
    found = read_image_scores(write_predictions(tmp_path, scores))
    assert found.seeds == (0, 1, 2)
    assert found.classes == 2
    for name in ("rows", "labels", "groups", "named"):
        assert np.array_equal(getattr(found, name), getattr(scores, name))
    assert found.measures == ("accuracy", "balanced_accuracy", "macro_f1", "dice", "iou", "hd95", "assd")
    assert found.masks["hd95"] == pytest.approx(scores.masks["hd95"], rel=1e-6)


def test_measures_by_seed() -> None:
    scores = scored(0.7, 0.8, seeds=2)
    expected = {
        "accuracy": [(named == LABELS).mean() for named in scores.named],
        "balanced_accuracy": [balanced_accuracy_score(LABELS, named) for named in scores.named],
        "macro_f1": [f1_score(LABELS, named, average="macro") for named in scores.named],
        "assd": scores.masks["assd"].mean(1),
    }
    for measure, values in expected.items():
        sums = scores.grouped(measure)
        assert sums.by_seed() == pytest.approx(values)
        assert sums.groups.tolist() == np.unique(GROUPS).tolist()
    with pytest.raises(KeyError, match="there are accuracy"):
        scores.grouped("auc")


def test_images_without_a_class_do_not_count_for_classes() -> None:
    scores = scored(0.7, 0.8)
    labels = np.where(np.arange(40) < 5, -1, LABELS)
    some = replace(scores, labels=labels)
    assert some.grouped("accuracy").sizes.sum() == 35
    assert some.grouped("dice").sizes.sum() == 40
    assert replace(scores, labels=np.full(40, -1)).measures == ("dice", "iou", "hd95", "assd")


def test_a_method_without_classes_or_without_masks(tmp_path: Path) -> None:
    masks = read_image_scores(write_predictions(tmp_path / "a", replace(scored(0.7, 0.8), named=None)))
    assert (masks.classes, masks.named, masks.measures) == (0, None, ("dice", "iou", "hd95", "assd"))
    classes = read_image_scores(write_predictions(tmp_path / "b", replace(scored(0.7, 0.8), masks={})))
    assert classes.measures == ("accuracy", "balanced_accuracy", "macro_f1")


def test_pairs_share_their_seeds() -> None:
    one, other = paired_scores(scored(0.7, 0.8, seeds=5).of_seeds([4, 1, 2]), scored(0.6, 0.7, seeds=3))
    assert one.seeds == other.seeds == (1, 2)
    assert np.array_equal(one.named, scored(0.7, 0.8, seeds=5).named[[1, 2]])
    with pytest.raises(InputError, match=r"other images(.|\n)*Cure: "):
        paired_scores(scored(0.7, 0.8), replace(scored(0.7, 0.8), rows=np.arange(40)))


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    paths = dict(write_predictions(tmp_path, scored(0.7, 0.8, seeds=2), without=("groups", "labels")))
    with pytest.raises(InputError, match=r"0\.npz holds no labels, groups(.|\n)*earlier version(.|\n)*Cure: "):
        read_image_scores(paths)
    whole, array = paths[0].read_bytes(), io.BytesIO()
    np.save(array, np.zeros(3))
    for broken in (b"PK no archive", b"PK\x03\x04broken", whole[: len(whole) // 2], array.getvalue(), b""):
        paths[0].write_bytes(broken)
        with pytest.raises(InputError, match=r"0\.npz cannot be read(.|\n)*Cure: "):
            read_image_scores(paths)
    paths[0].unlink()
    with pytest.raises(InputError, match=r"0\.npz cannot be read(.|\n)*Cure: "):
        read_image_scores(paths)
    good, other = scored(0.7, 0.8, seeds=1), replace(scored(0.7, 0.8, seeds=1), groups=np.zeros(40, np.int64))
    mixed = {0: write_predictions(tmp_path / "a", good)[0], 1: write_predictions(tmp_path / "b", other)[0]}
    with pytest.raises(InputError, match=r"has other groups than(.|\n)*Cure: "):
        read_image_scores(mixed)


def test_cells_of_a_study(tmp_path: Path) -> None:
    rows = []
    for method, fraction in (("unet", 0.1), ("s4mcl", 0.1), ("s4mcl", 1.0)):
        folder = tmp_path / "trials" / f"{method}{fraction}"
        for seed in write_predictions(folder, scored(0.7, 0.8, seeds=2)):
            path = f"trials/{method}{fraction}/{seed}.npz"
            rows.append(("confirm", method, fraction, seed, path))
            rows.append(("search", method, fraction, seed, "nowhere.npz"))
    rows.append(("confirm", "cnn", 0.1, 0, None))
    columns = {"stage": pl.String, "method": pl.String, "label_fraction": pl.Float64, "seed": pl.Int64}
    trials = pl.DataFrame(rows, schema={**columns, "predictions": pl.String}, orient="row")
    cells = read_cells(trials, tmp_path)
    assert list(cells) == [("unet", 0.1), ("s4mcl", 0.1), ("s4mcl", 1.0)]
    assert all(scores.seeds == (0, 1) for scores in cells.values())
    assert read_cells(trials.filter(pl.col("method") == "cnn"), tmp_path) == {}
