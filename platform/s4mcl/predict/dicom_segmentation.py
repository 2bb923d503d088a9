"""DICOM Segmentation objects (PS3.3 A.51): masks of a DICOM image, for the archive that the image came from.

Patient, study, source image and, where the image has one, frame of reference are those of the image, as the standard
demands. Nothing of them goes into a message or a log.
"""

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from highdicom.seg import SegmentationTypeValues, SegmentDescription
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from s4mcl_trainables.data.formats.dicom import silenced
from s4mcl_trainables.data.sources.offences import Offence

REFERENCES = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
# Type 2 in the standard: there, and empty where they are not known.
PERHAPS_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
)
IN_SPACE = ("FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
TISSUE = CodedConcept("85756007", "SCT", "Tissue")  # no dataset tells the code of its structures
SERIES = 1000  # added to the number of the image's series


def segmentable(path: Path) -> None:
    """Refuse a DICOM image that no segmentation can refer to.

    Raises:
        Offence: it lacks a UID.
    """
    with silenced():
        header = pydicom.dcmread(path, specific_tags=list(REFERENCES), stop_before_pixels=True)
    lacking = [name for name in REFERENCES if not header.get(name)]
    if lacking:
        raise Offence("unreferable", f"it lacks {', '.join(lacking)}")


@dataclass
class Segmentations:
    """Writes segmentations, those of one series of images as one series.

    Attributes:
        algorithm: the name of what drew the masks, at most 64 characters.
        serial: what stands for the serial number of a device.
        names: of the structures, where they have some.
    """

    algorithm: str
    serial: str
    names: tuple[str, ...] = ()
    _series: dict[str, str] = field(default_factory=dict)
    _written: int = 0

    def write(self, path: Path, source: Path, masks: NDArray[np.bool_]) -> None:
        """Write masks [M,H,W], a segment each, of the DICOM image `source`, whose rows and columns they have.

        Raises:
            Offence: the header of the image does not allow it.
            OSError: the file cannot be written.
        """
        with silenced():
            header = pydicom.dcmread(source, stop_before_pixels=True)
            try:
                made = self._made(_completed(header), masks)
            except Exception as error:  # its text may quote the header: only its kind is told
                raise Offence("unreferable", f"its header does not allow it ({type(error).__name__})") from None
            made.save_as(path)

    def _made(self, header: pydicom.Dataset, masks: NDArray[np.bool_]) -> pydicom.Dataset:
        self._written += 1
        known = self._series.setdefault(str(header.SeriesInstanceUID), str(generate_uid()))
        made: pydicom.Dataset = hd.seg.Segmentation(
            source_images=[header],
            pixel_array=masks.transpose(1, 2, 0)[None].astype(np.uint8),
            segmentation_type=SegmentationTypeValues.BINARY,
            segment_descriptions=[self._segment(number) for number in range(1, len(masks) + 1)],
            series_instance_uid=known,
            series_number=SERIES + int(header.get("SeriesNumber") or 0),
            sop_instance_uid=str(generate_uid()),
            instance_number=self._written,
            manufacturer="s4mcl",
            manufacturer_model_name="s4mcl predict",
            software_versions=version("s4mcl"),
            device_serial_number=self.serial,
            omit_empty_frames=False,
            content_label="PREDICTION",
            content_description=self.algorithm,
        )
        if "ContentCreatorName" not in made:
            made.ContentCreatorName = ""  # type 2 in the standard, and left out by the library
        if header.get("SpecificCharacterSet"):
            made.SpecificCharacterSet = header.SpecificCharacterSet
        elif not all(name.isascii() for name in self.names):
            made.SpecificCharacterSet = "ISO_IR 192"  # UTF-8
        return made

    def _segment(self, number: int) -> SegmentDescription:
        return SegmentDescription(
            segment_number=number,
            segment_label=self._label(number),
            segmented_property_category=TISSUE,
            segmented_property_type=TISSUE,
            algorithm_type="AUTOMATIC",
            algorithm_identification=hd.AlgorithmIdentificationSequence(
                name=self.algorithm,
                family=codes.cid7162.ArtificialIntelligence,
                version=version("s4mcl"),
                source="s4mcl",
            ),
        )

    def _label(self, number: int) -> str:
        """The name of a structure as a long string (LO) of the standard: 64 characters, no backslash, no control."""
        name = self.names[number - 1] if number <= len(self.names) else ""
        plain = "".join("_" if letter == "\\" or not letter.isprintable() else letter for letter in name).strip()
        return plain[:64] or f"structure {number}"


def _completed(header: pydicom.Dataset) -> pydicom.Dataset:
    """The header with empty elements where it lacks some, and without a place in space where that is told in part."""
    for name in PERHAPS_EMPTY:
        if name not in header:
            setattr(header, name, "")
    if header.get("SliceThickness") is None:
        header.SliceThickness = None
    if any(not header.get(name) for name in IN_SPACE):
        for name in IN_SPACE:
            header.pop(name, None)
    return header
