"""Bad input: one message that lists every offender, and nothing written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from s4mcl_trainables.data.prepare import prepare
from s4mcl_trainables.problems import InputError

Spoil = Callable[[Any], None]


def refused(root: Path, dst: Path, **options: Any) -> str:
    """The message; checks that nothing was left behind."""
    with pytest.raises(InputError) as caught:
        prepare(root, dst, size=16, **options)
    assert not dst.exists()
    assert not dst.parent.exists() or list(dst.parent.iterdir()) == []
    assert "Cure:" in str(caught.value)
    return str(caught.value)


def unreadable(table: Any) -> None:
    for name in ("a0", "a1"):
        (table.root / "images" / f"{name}.png").write_text("no image")


def truncated(table: Any) -> None:
    path = table.root / "images" / "a2.png"
    path.write_bytes(path.read_bytes()[:-40])


def sizes(table: Any) -> None:
    table.mask("a0.png", size=(20, 17))
    table.mask("a3.png", size=(16, 20))


def grey_mask(table: Any) -> None:
    table.save("masks/a1.png", np.arange(320, dtype=np.uint8).reshape(16, 20))


def jpeg_mask(table: Any) -> None:
    (table.root / "masks" / "a1.png").unlink()
    pixels = np.zeros((16, 20), np.uint8)
    pixels[3:10, 5:13] = 255
    table.save("masks/a1.jpg", pixels)


def no_image(table: Any) -> None:
    table.row("ghost", "x")
    table.row("phantom.png", "y")


def lonely_mask(table: Any) -> None:
    table.mask("lonely.png")


def doubled_row(table: Any) -> None:
    table.row("a0", "x")


def doubled_file(table: Any) -> None:
    table.image("a0.jpg")


def one_class(table: Any) -> None:
    table.rows = [f"a{number},x" for number in range(4)]


def constant(table: Any) -> None:
    table.save("images/a0.png", np.full((16, 20), 9, np.uint8))


def not_a_number(table: Any) -> None:
    pixels = np.ones((16, 20), np.float32)
    pixels[3, 4] = np.nan
    (table.root / "images" / "a0.png").unlink()
    table.save("images/a0.tif", pixels)


def overflow(table: Any) -> None:
    (table.root / "images" / "a0.png").unlink()
    table.save("images/a0.tif", np.full((16, 20), 70000, np.int32))


def climbs(table: Any) -> None:
    table.row("../../etc/passwd", "x")
    table.row("/etc/passwd", "x")


def nested(table: Any) -> None:
    table.image("deeper/b.png")


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (unreadable, ["cannot be read as images (2)", "images/a0.png", "images/a1.png"]),
        (truncated, ["images/a2.png", "runcated"]),
        (sizes, ["masks/a0.png: 20x17, its image is 20x16", "masks/a3.png: 16x20, its image is 20x16"]),
        (grey_mask, ["masks/a1.png: 256 values were found (0, 1, 2, 3, ...)"]),
        (jpeg_mask, ["masks/a1.jpg", "JPEG cannot hold a mask"]),
        (no_image, ["Rows without an image (2)", "line 6: no image 'ghost'", "line 7: no image 'phantom'"]),
        (lonely_mask, ["masks/lonely.png: no image 'lonely'"]),
        (doubled_row, ["line 6: id 'a0' stands in line 2 already"]),
        (doubled_file, ["images/a0.png and images/a0.jpg: both are 'a0'"]),
        (one_class, ["only 'x' was found"]),
        (constant, ["images/a0.png: every pixel is 9"]),
        (not_a_number, ["images/a0.tif: 1 pixels are NaN or infinite"]),
        (overflow, ["images/a0.tif: values from 70000 to 70000"]),
        (climbs, ["line 6: id '../../etc/passwd'", "line 7: id '/etc/passwd'"]),
        (nested, ["images/deeper"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_kind(table: Any, dst: Path, spoil: Spoil, parts: list[str]) -> None:
    spoil(table.filled())
    text = refused(table.write(), dst)
    for part in parts:
        assert part in text
    assert text.count("Cure:") == 1


def test_all_kinds_are_told_at_once(table: Any, dst: Path) -> None:
    table.filled()
    for spoil in (no_image, lonely_mask, climbs, truncated, sizes):
        spoil(table)
    text = refused(table.write(), dst)
    assert text.count("Cure:") == 5
    for part in ("ghost", "lonely", "passwd", "a2.png", "20x17"):
        assert part in text


def test_the_first_20_and_how_many_more(table: Any, dst: Path) -> None:
    table.filled(50)
    for number in range(33):
        (table.root / "images" / f"a{number}.png").write_text("no image")
    text = refused(table.write(), dst, workers=2)
    assert "(33)" in text
    assert text.count("images/a") == 20
    assert "... and 13 more" in text


def test_a_table_in_latin_1(table: Any, dst: Path) -> None:
    root = table.filled().write()
    (root / "labels.csv").write_bytes("id,label\na0,bénin\n".encode("latin-1"))
    assert "line 2: byte 0xe9" in refused(root, dst)


def test_a_dicom_without_pixels(table: Any, dst: Path) -> None:
    from pydicom.dataset import FileDataset, FileMetaDataset

    table.filled()
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.88.11"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    report = FileDataset("r", {}, file_meta=meta, preamble=bytes(128))
    report.PatientName = "Doe^Jane"
    report.save_as(table.root / "images" / "report.dcm", enforce_file_format=True)
    text = refused(table.write(), dst)
    assert "images/report.dcm: no pixel data" in text
    assert "Doe" not in text


def test_a_full_disk(table: Any, dst: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    text = refused(table.filled().write(), dst)
    assert "No space left" in text
    assert "make room" in text


def test_a_disk_that_fills_up_at_the_index(table: Any, dst: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(frame: pl.DataFrame, path: Path) -> None:
        raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    assert "make room" in refused(table.filled().write(), dst)


def test_a_destination_that_is_taken(table: Any, tmp_path: Path) -> None:
    root = table.filled().write()
    file = tmp_path / "file"
    file.write_text("mine")
    for place, found in ((file, "is a file"), (root, "not empty"), (file / "x", "cannot be written")):
        with pytest.raises(InputError, match=found):
            prepare(root, place, size=16)
    assert file.read_text() == "mine"
    assert not list(tmp_path.glob(".*"))


def test_names_that_would_break_a_terminal_are_escaped(tmp_path: Path, dst: Path) -> None:
    root = tmp_path / "src"
    for name in ("x/a\x1b[31m.png", "x/b.png", "y/c.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.eye(16, dtype=np.uint8)).save(root / name)
    text = refused(root, dst)
    assert "\x1b" not in text
    assert "control characters" in text
