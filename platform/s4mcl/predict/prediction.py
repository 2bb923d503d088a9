"""`s4mcl predict`: masks, class probabilities and overlays of a folder of images, all of them or none."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.ledger import Ledger
from s4mcl.naming import method_name
from s4mcl.predict.choice import Choice, chosen_networks
from s4mcl.predict.class_table import class_table
from s4mcl.predict.drawing import mask_at, mask_picture, overlay
from s4mcl.predict.networks import Trained, device_named, learners_of, trained_on
from s4mcl.predict.pictures import Picture, Pictures, find_pictures
from s4mcl.predict.structure_folders import structure_folders
from s4mcl_trainables.data.destination import fresh_folder
from s4mcl_trainables.data.formats.decode import decode_image
from s4mcl_trainables.data.resize import resize_image
from s4mcl_trainables.data.sources.identifier import shown
from s4mcl_trainables.data.sources.offences import Offence, Offences
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.predictor import Opinion, as_a_trial_sees, opinion_of

if TYPE_CHECKING:
    from s4mcl.predict.dicom_segmentation import Segmentations

BATCH = 64  # pictures that are decoded before they are predicted
MASKS, OVERLAYS, SEGMENTATIONS, CLASSES, ABOUT = "masks", "overlays", "segmentations", "classes.csv", "prediction.json"
PIXELS = 2**26  # of images in memory at once: 128 MiB at 16 bits
THRESHOLD = "above 0.5, after bilinear resizing of the mean soft mask to the image's own size"

Progress = Callable[[str, int, int], None]  # what is done now, images done, images in all


@dataclass(frozen=True)
class Predicted:
    """What was written, and what is worth saying about it."""

    path: Path
    images: int
    choice: Choice
    notices: tuple[str, ...]


def predict_images(
    storage: Path,
    study: str,
    images: Path,
    destination: Path,
    *,
    method: str | None = None,
    label_fraction: float | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Predicted:
    """Predict images with the networks that a study trained, and write what they say into a new folder.

    masks/NAME.png, overlays/NAME.png and, of a DICOM image, segmentations/NAME.dcm, where the method segments;
    classes.csv where it classifies; prediction.json says what made them. NAME is the image's path below `images`,
    without its ending where no other image of the folder has the same name.

    Args:
        storage: the storage that holds the study.
        study: its name.
        images: an image, or a folder of them: PNG, JPEG, TIFF and DICOM.
        destination: a folder that does not exist yet.
        method, label_fraction: as `choice.chosen_networks` takes them.
        device: auto, cpu or cuda.
        progress: called now and then.

    Raises:
        InputError: the study has no such networks; a checkpoint cannot be used; images cannot be read, all of them in
            one message. `destination` does not exist then.
    """
    with Ledger.open(storage, create=False) as ledger:
        documents = ledger.study(study) or {}
        choice = chosen_networks(ledger, study, method, label_fraction)
    pictures = find_pictures(images)
    with fresh_folder(destination) as folder:
        trained = trained_on(documents, choice)
        place = device_named(device)
        learners = learners_of(choice, storage, documents["config"].get("artifacts"), trained, device=place)
        work = _Work(pictures=pictures, folder=folder, choice=choice, trained=trained, learners=learners, device=place)
        work.all(progress or (lambda stage, done, total: None))
        work.describe(study)
    return Predicted(destination, len(pictures.items), choice, pictures.notices)


class _Work:
    """One run over all images. Once one of them cannot be used, the others are only looked at."""

    def __init__(
        self,
        *,
        pictures: Pictures,
        folder: Path,
        choice: Choice,
        trained: Trained,
        learners: Sequence[Learner],
        device: str,
    ) -> None:
        self.pictures, self.folder, self.choice, self.trained = pictures, folder, choice, trained
        self.learners, self.device = learners, device
        self.offences = Offences(pictures.root, "predicted")
        self.mask_folders = structure_folders(trained.structure_names, trained.structures)
        self.segmentations: Segmentations | None = None
        self.probabilities: list[NDArray[np.float32]] = []

    def all(self, report: Progress) -> None:
        """Predict and write image after image; raise `InputError` that tells all which could not be used."""
        items, part, greys = self.pictures.items, list[Picture](), list[NDArray[Any]]()
        for done, picture in enumerate(items, 1):
            grey = self._decoded(picture)
            if grey is not None:
                part.append(picture)
                greys.append(grey)
            if len(part) == BATCH or sum(each.size for each in greys) >= PIXELS or done == len(items):
                if part and not self.offences:
                    self._predict(part, greys)
                part, greys = [], []
                report("images", done, len(items))
        self.offences.raise_if_any()
        if self.probabilities:
            files = [str(picture.file) for picture in items]
            table = class_table(files, self.probabilities, self.trained.classes)
            (self.folder / CLASSES).write_text(table.write_csv(), encoding="utf-8")

    def describe(self, study: str) -> None:
        """Write what made the predictions."""
        choice, settings = self.choice, self.choice.members[0].trial.settings
        about = {
            "study": study,
            "method": choice.method,
            "label_fraction": choice.label_fraction,
            "reason": choice.reason or "as asked for",
            "validation_score": choice.score,
            "trials": [{"key": member.key, "seed": member.trial.seed} for member in choice.members],
            "images": len(self.pictures.items),
            "image_size": settings.image_size,
            "classes": list(self.trained.classes),
            "structures": self.trained.structures,
            "structure_names": list(self.trained.structure_names),
            "mask_folders": [f"{MASKS}/{name}".rstrip("/") for name in self.mask_folders],
            "mask": THRESHOLD,
            "device": self.device,
            "s4mcl": version("s4mcl"),
        }
        (self.folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    def _decoded(self, picture: Picture) -> NDArray[Any] | None:
        """Grey [H,W] as the file has it; None where it cannot be used, which is noted."""
        path = self.pictures.root / picture.file
        try:
            grey = decode_image(str(path))
            if picture.is_dicom:
                from s4mcl.predict.dicom_segmentation import segmentable  # noqa: PLC0415  # a second to import

                segmentable(path)
        except Offence as offence:
            self.offences.add(offence.kind, f"{shown(str(picture.file))}: {offence.text}")
            return None
        return grey

    def _predict(self, part: Sequence[Picture], greys: Sequence[NDArray[Any]]) -> None:
        probabilities: dict[int, NDArray[np.float32]] = {}
        for wide in (False, True):  # an image of 16 bits keeps them, even where those of the study had 8
            rows = [row for row, grey in enumerate(greys) if (self.trained.wide or grey.dtype == np.uint16) == wide]
            if not rows:
                continue
            said = self._asked([greys[row] for row in rows], wide=wide)
            if said.class_probabilities is not None:
                probabilities |= dict(zip(rows, said.class_probabilities, strict=True))
            for row, soft in zip(rows, () if said.masks is None else said.masks, strict=said.masks is not None):
                height, width = greys[row].shape
                self._write(part[row], greys[row], np.stack([mask_at(each, height, width) for each in soft]))
        self.probabilities += [probabilities[row] for row in sorted(probabilities)]

    def _asked(self, greys: Sequence[NDArray[Any]], *, wide: bool) -> Opinion:
        """What the networks say of images of any size, prepared as `s4mcl data prepare` does."""
        prepared = np.stack([resize_image(grey, self.trained.size, wide=wide)[None] for grey in greys])
        return opinion_of(self.learners, as_a_trial_sees(prepared, self.trained.image_size, self.device))

    def _write(self, picture: Picture, grey: NDArray[Any], masks: NDArray[np.bool_]) -> None:
        """Masks [M,H,W] of one image as files; several structures have a folder each."""
        for name, mask in zip(self.mask_folders, masks, strict=True):
            mask_picture(mask).save(_place(self.folder / MASKS / name, picture, "png"))
        overlay(grey, masks).save(_place(self.folder / OVERLAYS, picture, "png"))
        if picture.is_dicom:
            self._segment(picture, masks)

    def _segment(self, picture: Picture, masks: NDArray[np.bool_]) -> None:
        from s4mcl.predict.dicom_segmentation import Segmentations  # noqa: PLC0415  # a second to import

        if self.segmentations is None:
            algorithm = f"s4mcl {method_name(self.choice.method)}"[:64]
            serial = self.choice.members[0].key[:16]
            self.segmentations = Segmentations(algorithm, serial, self.trained.structure_names)
        place = _place(self.folder / SEGMENTATIONS, picture, "dcm")
        try:
            self.segmentations.write(place, self.pictures.root / picture.file, masks)
        except Offence as offence:
            self.offences.add(offence.kind, f"{shown(str(picture.file))}: {offence.text}")


def _place(folder: Path, picture: Picture, ending: str) -> Path:
    """Where a file of an image goes; its folder is made."""
    path = folder / f"{picture.name}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
