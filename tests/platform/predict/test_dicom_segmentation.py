import logging
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    SegmentationStorage,
    UltrasoundImageStorage,
)

from dicom_file import PATIENT, SECRET, written
from predict_study import Told
from s4mcl.predict import predict_images
from s4mcl.predict.dicom_segmentation import Segmentations, segmentable
from s4mcl_trainables.data.sources.offences import Offence
from s4mcl_trainables.problems import InputError

# Attributes of type 1 and 2 in the modules of PS3.3 table A.51-1 that are not conditional.
REQUIRED = {
    **dict.fromkeys(("PatientName", "PatientID", "PatientBirthDate", "PatientSex"), 2),
    **dict.fromkeys(("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"), 2),
    **dict.fromkeys(("StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality"), 1),
    **dict.fromkeys(("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions"), 1),
    **dict.fromkeys(("InstanceNumber", "ImageType", "ContentDate", "ContentTime", "NumberOfFrames"), 1),
    **dict.fromkeys(("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated"), 1),
    **dict.fromkeys(("BitsStored", "HighBit", "PixelRepresentation", "LossyImageCompression"), 1),
    **dict.fromkeys(("SegmentationType", "SegmentSequence", "ContentLabel", "PixelData", "SOPClassUID"), 1),
    **dict.fromkeys(("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"), 1),
    **dict.fromkeys(("DimensionOrganizationSequence", "DimensionIndexSequence", "SOPInstanceUID"), 1),
    **dict.fromkeys(("ReferencedSeriesSequence",), 1),
    **dict.fromkeys(("ContentDescription", "ContentCreatorName"), 2),
}


def own_image(told: Told) -> NDArray[np.uint8]:
    with Image.open(told.images / told.names[0]) as image:
        return np.asarray(image.resize((30, 22)))


def test_dicom_images_have_their_masks_as_dicom(
    plain: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    space = {
        **{"FrameOfReferenceUID": "1.2.9", "PositionReferenceIndicator": "", "PixelSpacing": [0.5, 0.25]},
        **{"ImagePositionPatient": [1, 2, 3], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
    }
    images, out = tmp_path / "images", tmp_path / "out"
    grey = own_image(plain)
    ct = written(images / "1.2.3.4.5", grey, CTImageStorage, SeriesNumber=3, SliceThickness=2, **space)
    written(images / "b/thin.dcm", grey, CTImageStorage, **space)
    written(images / "b/us.dcm", grey, UltrasoundImageStorage, PatientSex="O")
    written(
        images / "b/cr.dcm", grey, ComputedRadiographyImageStorage, PixelSpacing=[1, 1], FrameOfReferenceUID="1.2.8"
    )
    Image.fromarray(grey).save(images / "b/png.png")
    predict_images(plain.study.parent, "demo", images, out)
    names = ["1.2.3.4.5", "b/cr", "b/thin", "b/us"]
    found = sorted(str(path.relative_to(out / "segmentations")) for path in out.glob("segmentations/**/*.dcm"))
    assert found == [f"{name}.dcm" for name in names]
    for name in names:
        made = pydicom.dcmread(out / f"segmentations/{name}.dcm")
        picture = np.asarray(Image.open(out / f"masks/{name}.png"))
        assert np.array_equal(made.pixel_array * 255, picture)  # the bytes are read by pydicom alone
        assert 0 < picture.mean() < 255
        lacking = [each for each, kind in REQUIRED.items() if each not in made or (kind == 1 and made[each].is_empty)]
        assert lacking == []
        assert (made.SOPClassUID, made.Modality, made.SegmentationType) == (SegmentationStorage, "SEG", "BINARY")
        assert (str(made.PatientName), made.PatientID) == (SECRET, PATIENT)
        assert made.StudyInstanceUID == "1.2.3"
        assert made.SeriesInstanceUID != "1.2.3.4"
    made = hd.seg.segread(out / "segmentations/1.2.3.4.5.dcm")
    (reference,) = made.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert (reference.ReferencedSOPInstanceUID, made.FrameOfReferenceUID) == (ct.SOPInstanceUID, "1.2.9")
    assert made.SeriesNumber == 1003
    pixels = made.get_pixels_by_source_instance([ct.SOPInstanceUID], combine_segments=True)
    assert np.array_equal(pixels[0] * 255, np.asarray(Image.open(out / "masks/1.2.3.4.5.png")))
    series = {pydicom.dcmread(out / f"segmentations/{name}.dcm").SeriesInstanceUID for name in names}
    assert len(series) == 1  # as the images are of one series
    said = caplog.text + "".join(capfd.readouterr()) + (out / "prediction.json").read_text()
    assert "Jane" not in said
    assert PATIENT not in said


def test_several_structures_are_several_segments(tmp_path: Path) -> None:
    source, masks = tmp_path / "us.dcm", np.zeros((2, 12, 10), np.bool_)
    masks[0, 2:5, 3:9] = True  # the second one is empty
    written(source, np.arange(120, dtype=np.uint8).reshape(12, 10), UltrasoundImageStorage)
    segmentations = Segmentations("s4mcl U-Net", "abc")
    segmentations.write(tmp_path / "made.dcm", source, masks)
    made = hd.seg.segread(tmp_path / "made.dcm")
    assert [segment.SegmentLabel for segment in made.SegmentSequence] == ["structure 1", "structure 2"]
    assert np.array_equal(made.pixel_array.astype(bool), masks)


def test_an_image_that_cannot_be_referred_to_is_refused_with_all_others(plain: Told, tmp_path: Path) -> None:
    images = tmp_path / "images"
    written(images / "none.dcm", own_image(plain), UltrasoundImageStorage, StudyInstanceUID="")
    written(images / "wrong.dcm", own_image(plain), CTImageStorage, SeriesInstanceUID=None)
    with pytest.raises(InputError) as caught:
        predict_images(plain.study.parent, "demo", images, tmp_path / "out")
    text = str(caught.value)
    assert "DICOM files that no segmentation can refer to (2)" in text
    assert "  - none.dcm: it lacks StudyInstanceUID\n  - wrong.dcm: it lacks SeriesInstanceUID\nCure: give them" in text
    assert not (tmp_path / "out").exists()
    with pytest.raises(Offence):
        segmentable(images / "none.dcm")
