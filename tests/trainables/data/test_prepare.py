import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from s4mcl_trainables.data import worker_pool
from s4mcl_trainables.data.dataset import fingerprint, open_dataset
from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.problems import InputError


def test_the_table_layout(table: Any, dst: Path) -> None:
    table.header = "id,label,group,split,keep,site,patient_name"
    pixels = table.image("b.png", size=(16, 16), seed=1)
    mask = table.mask("b.png", size=(16, 16))
    for number, name in enumerate(("a.png", "c.tif", "d.jpg", "free.png", "out.png")):
        table.image(name, seed=number)
    table.row("b", "y", "Jane", "train", 1, 7, "Jane Doe")
    table.row("a.png", "x", "", "val", "", 8, "Bo")
    table.row("c", "", "Jane", "", 1, "", "Jane Doe")
    table.row("d", "x", "", "test", 1, 9, "")
    table.row("out", "z", "", "", 0, 9, "")
    told: list[tuple[str, int, int]] = []
    made = prepare(table.write(), dst, size=16, name="small", progress=lambda *step: told.append(step))
    dataset = open_dataset(dst)
    assert dataset.name == made.name == "small"
    assert dataset.index["id"].to_list() == ["a", "b", "c", "d", "free"]
    assert dataset.classes == ("x", "y")
    assert dataset.labels.tolist() == [0, 1, -1, 0, -1]
    assert dataset.has_mask.tolist() == [False, True, False, False, False]
    assert dataset.index["split"].to_list() == ["validation", "train", None, "test", None]
    assert dataset.groups.tolist() == [0, 1, 1, 2, 3]
    assert dataset.index["site"].to_list() == [8, 7, None, 9, None]
    assert np.array_equal(dataset.images[1, 0], pixels)
    assert np.array_equal(dataset.masks[1, 0], mask // 255)
    assert not dataset.masks[[0, 2, 3, 4]].any()
    assert (made.left_out, made.without_row, made.with_mask, made.unlabelled, made.groups) == (1, 1, 1, 2, 4)
    assert made.classes == {"x": 2, "y": 1}
    assert fingerprint(dataset.images, dataset.masks, dataset.index, dataset.classes) == made.fingerprint
    assert ("images", 5, 5) in told
    content = b"".join(path.read_bytes() for path in dst.iterdir())
    assert b"Jane" not in content
    assert b"patient" not in content
    assert str(table.root).encode() not in content


def test_all_takes_the_left_out_rows_and_their_mark(table: Any, dst: Path) -> None:
    table.header = "id,label,keep"
    for number in range(4):
        table.image(f"a{number}.png", seed=number)
        table.row(f"a{number}", "xy"[number % 2], number // 2)
    made = prepare(table.write(), dst, size=16, keep_all=True)
    assert (made.images, made.left_out) == (4, 0)
    assert open_dataset(dst).index["keep"].to_list() == [0, 0, 1, 1]


def test_left_out_rows_are_never_opened(table: Any, dst: Path) -> None:
    table.filled().header = "id,label,keep"
    table.rows = [f"{row},1" for row in table.rows]
    table.image("broken.png")
    (table.root / "images" / "broken.png").write_text("no image")
    table.row("broken", "x", 0)
    table.row("nowhere", "x", 0)
    assert prepare(table.write(), dst, size=16).left_out == 2


def test_class_folders_merge_masks_by_or(tmp_path: Path, dst: Path) -> None:
    root = tmp_path / "src"
    left, right = np.zeros((16, 16), np.uint8), np.zeros((16, 16), np.uint8)
    left[2:5, 2:5], right[9:12, 3:14] = 255, 255
    noise = np.random.default_rng(0).integers(0, 256, (3, 16, 16)).astype(np.uint8)
    for path, pixels in {
        "benign/b (1).png": noise[0],
        "benign/b (1)_mask.png": left,
        "benign/b (1)_mask_1.png": right,
        "normal/n (1).png": noise[1],
        "normal/n (1)_mask.png": np.zeros_like(left),
        "unlabelled/u.png": noise[2],
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / path)
    made = prepare(root, dst, size=16)
    dataset = open_dataset(dst)
    assert dataset.index["id"].to_list() == ["b (1)", "n (1)", "u"]
    assert dataset.labels.tolist() == [0, 1, -1]
    assert dataset.has_mask.tolist() == [True, True, False]
    assert np.array_equal(dataset.masks[0, 0], (left | right) // 255)
    assert not dataset.masks[1:].any()
    assert made.layout == "folders"
    assert any("no groups" in notice for notice in made.notices)


def test_an_empty_mask_is_a_label_and_a_missing_one_is_none(table: Any, dst: Path) -> None:
    table.filled(2)
    table.image("empty.png")
    table.save("masks/empty.png", np.zeros((16, 20), np.uint8))
    table.row("empty", "x")
    table.image("missing.png")
    table.row("missing", "y")
    made = prepare(table.write(), dst, size=16)
    dataset = open_dataset(dst)
    assert dataset.index["id"].to_list() == ["a0", "a1", "empty", "missing"]
    assert dataset.has_mask.tolist() == [True, True, True, False]
    assert not dataset.masks[2:].any(), "the pixels alone do not tell them apart"
    index = dataset.index.with_columns(has_mask=np.array([True] * 4))
    assert fingerprint(dataset.images, dataset.masks, index, dataset.classes) != made.fingerprint


def test_one_16_bit_image_makes_16_bits_of_all(table: Any, dst: Path) -> None:
    table.filled(3)
    eight = table.image("eight.png", size=(16, 16))
    sixteen = np.random.default_rng(5).integers(0, 65536, (16, 16)).astype(np.uint16)
    table.save("images/sixteen.png", sixteen)
    made = prepare(table.write(), dst, size=16)
    dataset = open_dataset(dst)
    rows = {name: row for row, name in enumerate(dataset.index["id"])}
    assert made.dtype == str(dataset.images.dtype) == "uint16"
    assert np.array_equal(dataset.images[rows["eight"], 0], eight.astype(np.uint16) * 257)
    assert np.array_equal(dataset.images[rows["sixteen"], 0], sixteen)


def test_nothing_depends_on_workers_or_the_order_of_rows(
    table: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.filled(80)
    marks = [prepare(table.write(), tmp_path / "one", size=16, workers=1).fingerprint]
    table.rows.reverse()
    monkeypatch.setattr(worker_pool, "WORTH", 0.0)
    marks.append(prepare(table.write(), tmp_path / "two", size=16, workers=2).fingerprint)
    assert marks[0] == marks[1]
    first, second = open_dataset(tmp_path / "one"), open_dataset(tmp_path / "two")
    assert np.array_equal(first.images, second.images)
    assert not set(first.index["group"]) & set(second.index["group"])


def test_classes_can_be_given_in_order(table: Any, dst: Path) -> None:
    prepare(table.filled().write(), dst, size=16, classes=["y", "x"])
    assert open_dataset(dst).classes == ("y", "x")
    assert open_dataset(dst).labels.tolist() == [1, 0, 1, 0]


def test_memory_does_not_grow_with_the_arrays(table: Any, dst: Path) -> None:
    """Two arrays of 1,500 x 128 x 128 take 47 MiB; no more than a few chunks may be held.

    Measured in a process of its own, in which all is imported: here other threads and first imports would count.
    """
    table.filled(2)
    for number in range(2, 1500):
        for folder in ("images", "masks"):
            (table.root / folder / f"a{number}.png").symlink_to(table.root / folder / f"a{number % 2}.png")
        table.row(f"a{number}", "xy"[number % 2])
    root = table.write()
    code = f"""
import tracemalloc
from pathlib import Path
from s4mcl_trainables.data.prepare import prepare
root, dst = Path({str(root)!r}), Path({str(dst)!r})
prepare(root, dst.with_name("first"), size=8, workers=1)
tracemalloc.start()
prepare(root, dst, size=128, workers=1)
print(tracemalloc.get_traced_memory()[1])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout.split()[-1]) < 12 * 2**20


@pytest.mark.parametrize(("size", "workers"), [(0, 1), (5000, 1), (128, 0)])
def test_senseless_numbers_are_refused(table: Any, dst: Path, size: int, workers: int) -> None:
    with pytest.raises(InputError, match="Cure:"):
        prepare(table.filled().write(), dst, size=size, workers=workers)
    assert not dst.exists()
