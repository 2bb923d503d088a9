"""The real breast ultrasound, where it is at hand."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from s4mcl_trainables.data.check import check_dataset
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.prepare import prepare

SHARED = Path(__file__).parents[3] / "../shared/data"
BUSI, RAW = SHARED / "busi", SHARED / "busi-raw"

pytestmark = pytest.mark.skipif(not BUSI.is_dir() or not RAW.is_dir(), reason="BUSI is not beside the project")


def test_all_780(dst: Path) -> None:
    made = prepare(BUSI, dst, keep_all=True)
    assert made.classes == {"benign": 437, "malignant": 210, "normal": 133}
    assert (made.images, made.with_mask, made.unlabelled, made.dtype) == (780, 780, 0, "uint8")
    dataset = open_dataset(dst)
    number = dataset.index["id"].to_list().index("malignant_007")
    assert np.array_equal(dataset.images[number, 0], np.asarray(Image.open(BUSI / "images/malignant_007.png")))
    report = check_dataset(dst)
    assert report.groups["shared_groups"] == 127
    assert report.groups["images_in_shared_groups"] == 286
    assert report.classes["normal"]["empty_mask"] == report.masks["empty"] == 133
    assert "near_duplicates" not in [finding.kind for finding in report.findings]


def test_rows_with_keep_0_are_left_out(dst: Path) -> None:
    made = prepare(BUSI, dst)
    assert made.classes == {"benign": 330, "malignant": 191, "normal": 94}
    assert (made.left_out, made.groups) == (165, 615)


def test_the_archive_s_own_form_gives_the_same_arrays(dst: Path) -> None:
    """busi/ was made from the same images by the same recipe, so the pixels are equal."""
    made = prepare(RAW, dst)
    assert made.classes == {"benign": 20, "malignant": 16, "normal": 12}
    assert made.with_mask == 48
    dataset = open_dataset(dst)
    for row, name in enumerate(dataset.index["id"]):
        kind, number = re.fullmatch(r"(\w+) \((\d+)\)", name).groups()  # type: ignore[union-attr]  # all names match
        twin = f"{kind}_{int(number):03d}.png"
        assert np.array_equal(dataset.images[row, 0], np.asarray(Image.open(BUSI / "images" / twin))), name
        assert np.array_equal(dataset.masks[row, 0], np.asarray(Image.open(BUSI / "masks" / twin)) // 255), name


def test_near_duplicates_are_told_when_groups_are_taken_away(dst: Path, tmp_path: Path) -> None:
    root = tmp_path / "src"
    root.mkdir()
    for folder in ("images", "masks"):
        (root / folder).symlink_to((BUSI / folder).resolve())
    lines = (BUSI / "labels.csv").read_text().splitlines()
    (root / "labels.csv").write_text("\n".join(",".join(line.split(",")[:2]) for line in lines) + "\n")
    prepare(root, dst)
    (finding,) = (finding for finding in check_dataset(dst).findings if finding.kind == "near_duplicates")
    assert sum(map(len, finding.ids)) > 250
    assert "several classes" in finding.text
