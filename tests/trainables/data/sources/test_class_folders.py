from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from s4mcl_trainables.data.sources.layouts import read_source
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.problems import InputError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_masks_are_gathered_by_name(tmp_path: Path) -> None:
    names = (
        "benign/b (1).png",
        "benign/b (1)_mask.png",
        "benign/b (1)_mask_1.png",
        "benign/b (10).png",
        "normal/n.jpg",
    )
    root = touch(
        tmp_path, *names, "unlabelled/u.tif", "normal/.hidden.png", ".git/x.png", "normal/notes.txt", "empty/x.md"
    )
    offences = Offences(root)
    source = read_source(root, offences)
    assert not offences
    assert [item.id for item in source.items] == ["b (1)", "b (10)", "n", "u"]
    assert source.items[0].masks == ("benign/b (1)_mask.png", "benign/b (1)_mask_1.png")
    assert [item.label for item in source.items] == ["benign", "benign", "normal", None]
    assert any(".txt" in notice for notice in source.notices)


def test_faults_are_gathered(tmp_path: Path) -> None:
    root = touch(tmp_path, "x/a.png", "x/a.jpg", "y/a.png", "y/b_mask.png", "y/sub/c.png", "y/d.png")
    offences = Offences(root)
    read_source(root, offences)
    with pytest.raises(InputError) as caught:
        offences.raise_if_any()
    text = str(caught.value)
    for part in ("x/a.png and x/a.jpg", "y/a.png and x/a.jpg", "y/b_mask.png: no image 'b'", "y/sub"):
        assert part in text


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), "no folder of images"),
        (("a.png", "b.png"), "2 images lie in it"),
        (("images/a.png",), "no labels.csv"),
        (("labels.csv",), "no images/"),
        (("docs/readme.txt",), "no image was found"),
    ],
)
def test_neither_layout_shows_both(tmp_path: Path, names: tuple[str, ...], found: str) -> None:
    root = touch(tmp_path, *names)
    with pytest.raises(InputError, match=found) as caught:
        read_source(root, Offences(root))
    assert "SRC/labels.csv (id,label)" in str(caught.value)
    assert "SRC/<class>/<name>_mask_1.png" in str(caught.value)


def test_dicom_files_need_no_ending(tmp_path: Path) -> None:
    root = touch(tmp_path, "x/a.png", "y/notdicom")
    (root / "y" / "1.2.840.1").write_bytes(bytes(128) + b"DICM")
    Image.fromarray(np.eye(4, dtype=np.uint8)).save(root / "y" / "c.png")
    source = read_source(root, Offences(root))
    assert [item.id for item in source.items] == ["1.2.840.1", "a", "c"]


def test_a_file_or_nothing_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "file")
    for name, found in (("file", "is a file"), ("nowhere", "does not exist")):
        with pytest.raises(InputError, match=found):
            read_source(tmp_path / name, Offences(tmp_path))
