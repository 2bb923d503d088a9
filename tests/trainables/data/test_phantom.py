import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import Dataset, open_dataset
from s4mcl_trainables.data.partition import PartitionSpec, make_partition
from s4mcl_trainables.data.phantom import Difficulty, frozen_version, write_phantom, writing
from s4mcl_trainables.data.phantom.anatomy import TARGET, draw_columns
from s4mcl_trainables.data.phantom.fields import blurred, smooth_field
from s4mcl_trainables.data.phantom.frozen import FINGERPRINT, VERSION
from s4mcl_trainables.data.phantom.patients import draw_cohort
from s4mcl_trainables.problems import InputError

NONE = (0.0, 0.0)
PLAIN = Difficulty(  # bright bodies on an even, noiseless ground
    contrast=(0.3, 0.3), exposure=(0.3, 0.3), neighbour_similarity=1.0, noise=NONE, blur=NONE, texture=NONE, rim=NONE,
    soft_tissue=NONE, gradient=NONE, clutter=NONE, ribs=NONE, posterior=NONE, tone=0.0, inverted=0.0, impaction=0.0,
    frame=0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, float]:
    """The default phantom and the processor seconds that it took."""
    path = tmp_path_factory.mktemp("phantom") / "whole"
    start = time.process_time()
    write_phantom(path)
    return open_dataset(path), time.process_time() - start


# Frozen on 2026-11-23: a change of these pixels is a new version of the phantom, reported beside this one.
FROZEN = "9c491c662a3be642ac9723a9ad72fd33f38cc0d783ee53095aa09df571110f83"


def digest(dataset: Dataset) -> str:
    return hashlib.sha256(np.ascontiguousarray(dataset.images).tobytes()).hexdigest()


def phantom(path: Path, images: int = 40, size: int = 32, difficulty: Difficulty | None = None) -> Dataset:
    write_phantom(path, images=images, size=size, difficulty=difficulty)
    return open_dataset(path)


def test_the_phantom_is_frozen(whole: tuple[Dataset, float]) -> None:
    assert digest(whole[0]) == FROZEN
    assert whole[0].fingerprint == FINGERPRINT  # masks, labels and groups as well
    assert frozen_version(whole[0].fingerprint) == VERSION == 1


def test_the_whole_phantom_takes_less_than_ten_seconds_of_one_core(whole: tuple[Dataset, float]) -> None:
    assert whole[1] < 10


def test_the_whole_phantom_is_a_balanced_prepared_dataset(whole: tuple[Dataset, float]) -> None:
    dataset = whole[0]
    assert dataset.images.shape == dataset.masks.shape == (894, 1, 128, 128)
    assert dataset.images.dtype == np.uint8
    assert dataset.classes == ("normal", "fractured")
    assert np.bincount(dataset.labels).tolist() == [447, 447]
    patches = np.bincount(dataset.groups)
    assert len(patches) == 100
    assert patches.min() >= 1
    assert patches.max() <= 25
    assert dataset.has_mask.all()
    assert dataset.index["split"].null_count() == 894
    kinds = dict(dataset.index["fracture"].value_counts().iter_rows())
    assert set(kinds) == {"none", "wedge", "biconcave", "crush"}
    assert kinds["none"] == 447
    assert all(count > 100 for count in kinds.values())


def test_masks_are_one_body_near_the_centre_and_images_have_contrast(whole: tuple[Dataset, float]) -> None:
    masks = np.asarray(whole[0].masks[:, 0])
    assert set(np.unique(masks)) == {0, 1}
    area = masks.mean((1, 2))
    assert area.min() > 0.01
    assert area.max() < 0.6
    place = np.arange(128) - 63.5
    for axis in (1, 2):
        centre = (masks.sum(3 - axis) * place).sum(1) / masks.sum((1, 2))
        assert np.abs(centre).max() < 0.36 * 128
        assert centre.std() > 4
    # a body has no holes along a line: each row and column crosses the outline at most twice, but for rough edges
    crossings = np.abs(np.diff(np.pad(masks, ((0, 0), (1, 1), (0, 0))).astype(np.int8), axis=1)).sum(1)
    assert np.quantile(crossings, 0.999) <= 4
    assert np.asarray(whole[0].images[:, 0]).std((1, 2)).min() > 3


def test_the_whole_phantom_divides_by_group_and_as_the_paper_does(whole: tuple[Dataset, float]) -> None:
    dataset = whole[0]
    by_group = make_partition(dataset, PartitionSpec())
    assert abs(len(by_group.test) - 0.155 * 894) <= 0.5
    paper = make_partition(dataset, PartitionSpec(split="paper"))
    assert [len(paper.train), len(paper.validation), len(paper.test)] == [713, 42, 139]


def test_patients_look_like_themselves(whole: tuple[Dataset, float]) -> None:
    brightness = np.asarray(whole[0].images[:, 0]).mean((1, 2))
    means = np.array([brightness[whole[0].groups == patient].mean() for patient in range(100)])
    assert (brightness - means[whole[0].groups]).std() < 0.6 * brightness.std()


def test_a_seed_gives_the_same_pixels_and_another_seed_others(tmp_path: Path) -> None:
    marks = [
        write_phantom(tmp_path / name, images=40, seed=seed, size=32) for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]
    assert marks[0] == marks[1] == open_dataset(tmp_path / "a").fingerprint
    assert marks[0] != marks[2]
    assert digest(open_dataset(tmp_path / "a")) == digest(open_dataset(tmp_path / "b"))


def test_a_small_phantom_can_be_divided_by_group(tmp_path: Path) -> None:
    dataset = phantom(tmp_path / "small", images=36)
    assert np.bincount(dataset.labels).tolist() == [18, 18]
    assert len(set(dataset.groups.tolist())) == 12
    partition = make_partition(dataset, PartitionSpec())
    assert len(partition.train) + len(partition.validation) + len(partition.test) == 36


def test_the_size_scales_the_same_scene(tmp_path: Path) -> None:
    small, large = phantom(tmp_path / "s", size=32), phantom(tmp_path / "l", size=64)
    reduced = np.asarray(large.masks).reshape(40, 32, 2, 32, 2).mean((2, 4))
    assert np.abs(reduced - small.masks[:, 0]).mean() < 0.02


def test_the_mask_is_the_bright_body_at_the_centre(tmp_path: Path) -> None:
    dataset = phantom(tmp_path / "plain", difficulty=PLAIN)
    images, masks = np.asarray(dataset.images[:, 0]).astype(float), np.asarray(dataset.masks[:, 0]) > 0
    assert np.median(images[masks]) > np.median(images[~masks]) + 50
    assert images[masks].std() < 25


def test_processes_lie_behind_the_body_so_that_orientation_shows(tmp_path: Path) -> None:
    shown = replace(PLAIN, contrast=(0.0, 0.0), posterior=(0.5, 0.5), tilt=0.0, jitter_across=0.0)
    images = np.asarray(phantom(tmp_path / "processes", difficulty=shown).images[:, 0]).astype(float)
    assert images[:, :, 20:].mean() > images[:, :, :12].mean() + 10


def heights(
    difficulty: Difficulty, images: int = 3000
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]:
    rng = np.random.Generator(np.random.PCG64(0))
    cohort = draw_cohort(images, difficulty, rng)
    columns = draw_columns(cohort, difficulty, rng)
    total = columns.upper[:, TARGET] + columns.lower[:, TARGET]
    return cohort.fractured, cohort.kind, total / columns.half_width[:, TARGET, None]


def test_fractures_lose_height_where_their_kind_says() -> None:
    fractured, kind, height = heights(Difficulty())
    normal = height[~fractured].mean(0)
    ratio = np.array([height[fractured & (kind == k)].mean(0) / normal for k in range(3)])
    wedge, biconcave, crush = ratio
    assert wedge[0] < wedge[1] < wedge[2]
    assert wedge[2] > 0.95
    assert biconcave[1] < min(biconcave[0], biconcave[2]) - 0.1
    assert crush.max() < 0.8
    assert np.ptp(crush) < 0.05


def test_classes_overlap_a_little_and_severity_follows_the_knob() -> None:
    fractured, _, height = heights(Difficulty())
    least = height.min(1)
    assert least[fractured].max() > least[~fractured].min()
    assert np.quantile(least[fractured], 0.98) > np.quantile(least[~fractured], 0.02)
    assert np.median(least[fractured]) < np.quantile(least[~fractured], 0.25)
    severe, _, lower = heights(Difficulty(height_loss=(0.5, 0.5)))
    assert lower[severe].mean() < height[fractured].mean()


def test_fields_and_blur_stay_in_range() -> None:
    rng = np.random.Generator(np.random.PCG64(0))
    field = smooth_field(rng, 3, 20, 4)
    assert field.shape == (3, 20, 20)
    assert field.dtype == np.float32
    assert np.abs(field).max() <= 1
    assert blurred(field, 2).std() < field.std()
    assert np.allclose(blurred(np.full((1, 8, 8), 0.5, np.float32)), 0.5)
    impulse = np.zeros((1, 9, 9), np.float32)
    impulse[0, 4, 4] = 1
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    assert np.allclose(blurred(impulse)[0, 2:7, 2:7], np.outer(kernel, kernel))


def test_bad_numbers_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"images: 1 was(.|\n)*seed: -1 was(.|\n)*size: 8 was"):
        write_phantom(tmp_path / "x", images=1, seed=-1, size=8)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_nothing_is_overwritten(tmp_path: Path, kind: str) -> None:
    dst = tmp_path / "there"
    if kind == "folder":
        dst.mkdir()
    elif kind == "file":
        dst.write_text("mine")
    else:
        dst.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="exists already"):
        write_phantom(dst, images=12, size=16)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="Cure: give a folder"):
        write_phantom(tmp_path / "file" / "phantom", images=12, size=16)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "render", full)
    with pytest.raises(InputError, match="No space left"):
        write_phantom(tmp_path / "x", images=12, size=16)
    assert not list(tmp_path.iterdir())
