"""Several structures: files or label maps of any kind make one dataset; what is missing or unknown is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from s4mcl_trainables.data.check import check_dataset
from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.prepare import Prepared, prepare
from s4mcl_trainables.problems import InputError
from structures_source import CLASSES, SIDE, STRUCTURES, drawn, write_files, write_label_maps, write_table


def prepared(source: Path, destination: Path, **more: Any) -> tuple[Prepared, Dataset]:
    made = prepare(source, destination, size=SIDE, workers=1, **more)
    check_dataset(destination)
    return made, open_dataset(destination)


def masks_of(dataset: Dataset, order: tuple[int, ...] = (0, 1, 2)) -> Any:
    rows = [int(name.removeprefix("i")) for name in dataset.index["id"].to_list()]
    return np.stack([drawn(row)[1][list(order)] for row in rows]).astype(np.uint8)


@pytest.mark.parametrize("write", [write_files, write_table])
def test_a_file_a_structure(write: Callable[..., Path], tmp_path: Path) -> None:
    made, dataset = prepared(write(tmp_path / "source"), tmp_path / "out")
    assert made.structures == dataset.structures == dataset.structure_names == ("bar", "disc", "frame")
    assert made.classes == dict.fromkeys(CLASSES, 10)
    assert np.array_equal(dataset.masks, masks_of(dataset, (1, 0, 2)))
    ordered, again = prepared(tmp_path / "source", tmp_path / "ordered", structures=STRUCTURES)
    assert ordered.structures == STRUCTURES
    assert np.array_equal(again.masks, masks_of(again))


@pytest.mark.parametrize("palette", [False, True])
def test_label_maps(palette: bool, tmp_path: Path) -> None:
    source = write_label_maps(tmp_path / "source", palette=palette)
    made, dataset = prepared(source, tmp_path / "out", structures=STRUCTURES)
    assert made.structures == STRUCTURES
    assert np.array_equal(dataset.masks, masks_of(dataset))
    with pytest.raises(InputError, match=r"Label maps with other values.*\n.*3 was found, 0 to 2 is expected"):
        prepare(source, tmp_path / "few", size=SIDE, workers=1, structures=("disc", "bar"))
    assert not (tmp_path / "few").exists()


def test_the_names_do_not_count_for_the_fingerprint(tmp_path: Path) -> None:
    source = write_label_maps(tmp_path / "source")
    one, other = (
        prepare(source, tmp_path / names[0], size=SIDE, workers=1, structures=names)
        for names in (STRUCTURES, ("x", "y", "z"))
    )
    assert one.fingerprint == other.fingerprint


def test_one_structure_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    write_files(folder)
    for path in folder.rglob("*_mask_*.png"):
        path.rename(path.with_name(path.name.replace("disc", "1").replace("bar", "2").replace("frame", "3")))
    made, dataset = prepared(folder, tmp_path / "out")
    assert (made.structures, dataset.structures, dataset.masks.shape[1]) == ((), ("structure 1",), 1)
    assert np.array_equal(dataset.masks[:, 0], masks_of(dataset).max(1))


def test_several_files_of_a_structure_are_merged(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source")
    path = source / "a/i0_mask_disc.png"
    mask = np.asarray(Image.open(path))
    upper = mask.copy()
    upper[4:] = 0
    Image.fromarray(upper).save(source / "a/i0_mask_disc_1.png")
    Image.fromarray(mask - upper).save(path)
    _, dataset = prepared(source, tmp_path / "out", structures=STRUCTURES)
    assert np.array_equal(dataset.masks, masks_of(dataset))


def test_what_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source")
    (source / "b/i1_mask_bar.png").unlink()
    (source / "c/i2_mask_frame.png").rename(source / "c/i2_mask_frames.png")
    (source / "d/i3_mask_disc.png").rename(source / "d/i3_mask.png")
    with pytest.raises(InputError) as refused:
        prepare(source, tmp_path / "out", size=SIDE, workers=1, structures=STRUCTURES)
    text = str(refused.value)
    assert "b/i1.png: no mask of bar\n" in text
    assert "c/i2.png: unknown structure 'frames'; 'frame' is near" in text
    assert "d/i3.png: unknown structure ''" in text
    assert "an empty one (all 0) where it is not there" in text
    with pytest.raises(InputError, match="structure 'ring' was asked for, but no mask shows it"):
        prepare(write_files(tmp_path / "few", 5), tmp_path / "out", size=SIDE, structures=(*STRUCTURES, "ring"))
    assert not (tmp_path / "out").exists()


def test_an_image_without_masks_is_one_without_any(tmp_path: Path) -> None:
    source = write_table(tmp_path / "source")
    for name in STRUCTURES:
        (source / f"masks/{name}/i4.png").unlink()
    made, dataset = prepared(source, tmp_path / "out")
    assert made.with_mask == 49
    assert not dataset.has_mask[dataset.index["id"].to_list().index("i4")]


def test_a_description_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    prepare(write_files(tmp_path / "source"), tmp_path / "out", size=SIDE, workers=1)
    path = tmp_path / "out/dataset.json"
    path.write_text(path.read_text().replace('"frame"', '"frame", "ring"'))
    with pytest.raises(InputError, match=r"dataset\.json names 4 structures, masks\.npy has 3"):
        open_dataset(tmp_path / "out")
