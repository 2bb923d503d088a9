"""What one method at one label fraction scored on each test image with each seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.array_file import array_file
from s4mcl.statistics.group_sums import Floats, GroupSums, balanced_accuracies, image_means, macro_f1s
from s4mcl_trainables.problems import InputError

CLASS_MEASURES = ("accuracy", "balanced_accuracy", "macro_f1")
MASK_MEASURES = ("dice", "iou", "hd95", "assd")
MEASURES = (*CLASS_MEASURES, *MASK_MEASURES)
LESS_IS_BETTER = ("hd95", "assd")  # pixels
UNITS = ("rows", "labels", "groups")
RETRAIN = "put the file back, or train the trial again in a new storage"


@dataclass(frozen=True)
class ImageScores:
    """Scores of S seeds on the same n test images.

    Attributes:
        seeds: the S seeds, ascending.
        rows, labels, groups: [n] dataset rows, true classes (-1: none) and group numbers.
        classes: how many classes there are; 0 for a method without classes.
        named: [S,n] predicted classes; None for a method without classes.
        masks: the mask measures that there are, [S,n] each; NaN for an image without a true mask.
        structures: [S,n,M] Dice of each of several structures, NaN as there; None where there is one, or the method has
            no masks.
    """

    seeds: tuple[int, ...]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    classes: int
    named: NDArray[np.int64] | None
    masks: Mapping[str, Floats]
    structures: Floats | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """What `grouped` can give."""
        classes = CLASS_MEASURES if self.named is not None and (self.labels >= 0).any() else ()
        return (*classes, *(name for name in MASK_MEASURES if name in self.masks and self._has_mask(name).any()))

    def grouped(self, measure: str) -> GroupSums:
        """A measure by seed and group, over the images that have a class, or a mask, as the measure needs.

        Raises:
            KeyError: the method has no such measure.
        """
        if measure not in self.measures:
            raise KeyError(f"measure {measure!r} was asked for; there are {', '.join(self.measures) or 'none'}")
        if measure in MASK_MEASURES or self.named is None:
            seen = self._has_mask(measure)
            return image_means(self.masks[measure][:, seen], self.groups[seen])
        known = self.labels >= 0
        named, labels, groups = self.named[:, known], self.labels[known], self.groups[known]
        if measure == "accuracy":
            return image_means((named == labels).astype(np.float64), groups)
        make = balanced_accuracies if measure == "balanced_accuracy" else macro_f1s
        return make(named, labels, groups, self.classes)

    def _has_mask(self, measure: str) -> NDArray[np.bool_]:
        """[n] whether an image has a true mask: without one no seed has a score."""
        return np.asarray(~np.isnan(self.masks[measure]).all(0))

    def of_seeds(self, seeds: Sequence[int]) -> "ImageScores":
        """The scores of these seeds alone, in ascending order."""
        places = [self.seeds.index(seed) for seed in sorted(seeds)]
        masks = {name: values[places] for name, values in self.masks.items()}
        named = None if self.named is None else self.named[places]
        structures = None if self.structures is None else self.structures[places]
        units = (self.rows, self.labels, self.groups)
        return ImageScores(tuple(sorted(seeds)), *units, self.classes, named, masks, structures)


def read_image_scores(paths: Mapping[int, Path]) -> ImageScores:
    """Read the predictions.npz of each seed of one method and label fraction.

    Raises:
        InputError: a file is not there, cannot be read or lacks what statistics need, or two seeds have other images.
    """
    files = {seed: _arrays(paths[seed]) for seed in sorted(paths)}
    first_seed, first = next(iter(files.items()))
    for seed, arrays in files.items():
        for name in UNITS:
            if not np.array_equal(arrays[name], first[name]):
                raise InputError(
                    f"{paths[seed]} has other {name} than {paths[first_seed]}, though both are of one study's test "
                    "part.\nCure: run the study in a new storage, so that all seeds are tested on the same images"
                )
    has_classes = all("class_probabilities" in arrays for arrays in files.values())
    return ImageScores(
        seeds=tuple(files),
        rows=first["rows"],
        labels=first["labels"],
        groups=first["groups"],
        classes=first["class_probabilities"].shape[1] if has_classes else 0,
        named=_stacked(files, lambda arrays: arrays["class_probabilities"].argmax(1)) if has_classes else None,
        masks={
            name: _stacked(files, lambda arrays, name=name: arrays[name].astype(np.float64))  # type: ignore[misc]
            for name in MASK_MEASURES
            if all(name in arrays for arrays in files.values())
        },
        structures=(
            _stacked(files, lambda arrays: arrays["structure_dice"].astype(np.float64))
            if all("structure_dice" in arrays for arrays in files.values())
            else None
        ),
    )


def paired_scores(one: ImageScores, other: ImageScores) -> tuple[ImageScores, ImageScores]:
    """Both on the seeds that they share.

    Raises:
        InputError: they rest on other test images.
    """
    if not all(np.array_equal(getattr(one, name), getattr(other, name)) for name in UNITS):
        raise InputError(
            f"two methods were tested on other images ({len(one.rows)} and {len(other.rows)}); a paired comparison "
            "needs the same ones.\nCure: compare methods of one study"
        )
    shared = sorted(set(one.seeds) & set(other.seeds))
    return one.of_seeds(shared), other.of_seeds(shared)


def _stacked(files: Mapping[int, Any], of: Callable[[Any], NDArray[Any]]) -> NDArray[Any]:
    return np.stack([of(arrays) for arrays in files.values()])


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with array_file(path, "as predictions", RETRAIN) as file:
        arrays = {name: file[name] for name in file.files if name != "masks"}
    lacking = [name for name in UNITS if name not in arrays]
    if lacking:
        raise InputError(
            f"{path} holds no {', '.join(lacking)}: it was written by an earlier version.\n"
            "Cure: run the study again in a new storage to compare its methods image by image"
        )
    return arrays
