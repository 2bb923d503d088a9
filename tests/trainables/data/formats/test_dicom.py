import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixels import apply_windowing
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from s4mcl_trainables.data.formats.dicom import dicom_is_wide, read_dicom, read_dicom_mask
from s4mcl_trainables.data.sources.offences import Offence

RNG = np.random.default_rng(0)
GREY8 = RNG.integers(0, 256, (12, 18)).astype(np.uint8)
GREY12 = RNG.integers(0, 4096, (12, 18)).astype(np.uint16)
SECRET = "Doe^Jane"


def write(path: Path, pixels: NDArray[Any] | None, *, bits: int | None = None, **elements: Any) -> str:
    """A DICOM file with a patient's name in it."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    header = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    header.PatientName, header.PatientID = SECRET, "4711"
    if pixels is not None:
        header.Rows, header.Columns = pixels.shape[:2]
        header.SamplesPerPixel = pixels.shape[2] if pixels.ndim == 3 else 1
        header.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
        if pixels.ndim == 3:
            header.PlanarConfiguration = 0
        header.BitsAllocated = 8 * pixels.dtype.itemsize
        if pixels.dtype.kind == "f":
            header.FloatPixelData = pixels.tobytes()
        else:
            header.BitsStored = bits or header.BitsAllocated
            header.HighBit = header.BitsStored - 1
            header.PixelRepresentation = int(pixels.dtype.kind == "i")
            header.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        setattr(header, keyword, value)
    header.save_as(path, enforce_file_format=True)
    return str(path)


def offence(path: str) -> Offence:
    with pytest.raises(Offence) as caught:
        read_dicom(path)
    assert SECRET not in caught.value.text
    assert "4711" not in caught.value.text
    return caught.value


def test_8_bits_keep_their_values(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", GREY8)
    assert np.array_equal(read_dicom(path), GREY8)
    assert not dicom_is_wide(path)


def test_12_bits_use_the_image_s_own_range(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", GREY12, bits=12, RescaleSlope=2, RescaleIntercept=-1024)
    low, high = int(GREY12.min()), int(GREY12.max())
    expected = np.rint((GREY12.astype(float) - low) / (high - low) * 65535)
    read = read_dicom(path)
    assert read.dtype == np.uint16
    assert np.array_equal(read, expected)
    assert dicom_is_wide(path)


def test_a_negative_slope_turns_the_order(tmp_path: Path) -> None:
    read = read_dicom(write(tmp_path / "a.dcm", GREY8, RescaleSlope=-1, RescaleIntercept=255))
    assert read.ravel()[np.argmax(GREY8)] == 0
    assert read.ravel()[np.argmin(GREY8)] == 255


def test_signed_values(tmp_path: Path) -> None:
    signed = (GREY12.astype(np.int32) - 2000).astype(np.int16)
    read = read_dicom(write(tmp_path / "a.dcm", signed))
    assert np.array_equal(read, read_dicom(write(tmp_path / "b.dcm", GREY12, bits=12)))


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_is_pydicom_s_on_the_full_range(tmp_path: Path, function: str | None) -> None:
    elements: dict[str, Any] = {"WindowCenter": [1000, 40], "WindowWidth": [900, 80]}
    if function:
        elements["VOILUTFunction"] = function
    path = write(tmp_path / "a.dcm", GREY12, bits=12, **elements)
    theirs = apply_windowing(GREY12, pydicom.dcmread(path)) / 4095 * 65535
    assert np.abs(read_dicom(path) - theirs).max() <= 0.5 + 1e-6


def test_window_applies_after_rescale(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.dcm", GREY12, bits=12, WindowCenter=1000, WindowWidth=500)
    scaled = {"RescaleSlope": 2, "RescaleIntercept": -100, "WindowCenter": 1900, "WindowWidth": 1000}
    moved = write(tmp_path / "b.dcm", GREY12, bits=12, VOILUTFunction="LINEAR_EXACT", **scaled)
    exact = write(
        tmp_path / "c.dcm", GREY12, bits=12, VOILUTFunction="LINEAR_EXACT", WindowCenter=1000, WindowWidth=500
    )
    assert np.array_equal(read_dicom(moved), read_dicom(exact))
    assert not np.array_equal(read_dicom(plain), read_dicom(exact))


@pytest.mark.parametrize("elements", [{}, {"WindowCenter": 1000, "WindowWidth": 900}], ids=["range", "window"])
def test_monochrome1_is_turned_over(tmp_path: Path, elements: dict[str, Any]) -> None:
    usual = read_dicom(write(tmp_path / "a.dcm", GREY12, bits=12, **elements))
    turned = read_dicom(write(tmp_path / "b.dcm", GREY12, bits=12, PhotometricInterpretation="MONOCHROME1", **elements))
    assert np.abs(usual.astype(int) + turned - 65535).max() <= 1
    eight = read_dicom(write(tmp_path / "c.dcm", GREY8, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(eight, 255 - GREY8)


def test_colour_becomes_grey(tmp_path: Path) -> None:
    assert np.array_equal(read_dicom(write(tmp_path / "a.dcm", np.stack([GREY8] * 3, axis=2))), GREY8)


def test_masks_keep_their_stored_values(tmp_path: Path) -> None:
    mask = (GREY8 > 99).astype(np.uint8)
    assert np.array_equal(read_dicom_mask(write(tmp_path / "a.dcm", mask, WindowCenter=5, WindowWidth=2)), mask)


@pytest.mark.parametrize(
    ("pixels", "elements", "kind"),
    [
        (None, {}, "no_pixels"),
        (GREY12, {"bits": 12, "RescaleSlope": 100}, "overflow"),
        (np.full((4, 4), 9, np.uint16), {}, "constant"),
        (np.array([[np.nan, 1], [2, 3]], np.float32), {}, "nan"),
        (GREY8, {"WindowCenter": 5, "WindowWidth": 0}, "unreadable"),
        (GREY8, {"NumberOfFrames": 3}, "frames"),
        (GREY8, {"Rows": 400}, "unreadable"),
    ],
)
def test_offenders(tmp_path: Path, pixels: NDArray[Any] | None, elements: dict[str, Any], kind: str) -> None:
    assert offence(write(tmp_path / "a.dcm", pixels, **elements)).kind == kind


def test_damaged_files(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.dcm", GREY12, bits=12))
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.7, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert offence(str(path)).kind in ("unreadable", "no_pixels")
    path.write_bytes(b"no DICOM")
    assert offence(str(path)).kind == "unreadable"
    assert not dicom_is_wide(str(path))


def test_an_unknown_compression_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", GREY8)
    header = pydicom.dcmread(path)
    header.file_meta.TransferSyntaxUID = JPEGLSLossless
    header.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"])
    header.save_as(path)
    assert "JPEG-LS" in offence(path).text


def test_nothing_of_the_header_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "a.dcm", GREY8, PatientBirthDate="19700101")
    content = Path(path).read_bytes().replace(b"19700101", b"Doe^Jane")  # an invalid date makes pydicom warn
    Path(path).write_bytes(content)
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        read_dicom(path)
    assert SECRET not in caplog.text + "".join(str(warning.message) for warning in caught)
    assert not logging.getLogger("pydicom").disabled
