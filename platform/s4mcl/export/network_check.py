"""Does an exported network give what PyTorch gives, on images of its study?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.array_file import array_file
from s4mcl.export.network_kinds import NetworkKind
from s4mcl_trainables.data.at_size import at_size
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.problems import InputError, first_line

IMAGES = 8  # that a file is checked on
TOLERANCE = 1e-3  # of every probability; hard masks inside a network may turn a pixel over


@dataclass(frozen=True)
class Checked:
    """On what a file was checked, and the largest difference of a probability from PyTorch's."""

    images: int
    of: str
    difference: float


def real_images(documents: Mapping[str, Any], study_dir: Path, size: int) -> tuple[NDArray[Any], str]:
    """Up to 8 images [n,1,size,size] that the study knows, from all over its dataset, and what they are of.

    Where the dataset is no longer there, the test images that lie beside the study for its report.

    Raises:
        InputError: neither is there.
    """
    path, mark = Path(str(documents["config"]["data"]["path"])), documents["dataset"]["fingerprint"]
    try:
        dataset = open_dataset(path)
        if dataset.fingerprint != mark:
            raise InputError(f"{path} is another dataset than the study's")
        rows = np.unique(np.linspace(0, len(dataset) - 1, IMAGES).round().astype(np.int64))
        return at_size(dataset, size, rows)[0], f"dataset {dataset.name}"
    except InputError as error:
        samples = study_dir / "samples.npz"
        if not samples.is_file():
            raise InputError(
                f"no image is there to check the network on: {first_line(error)}\nCure: put the dataset back at {path}"
            ) from error
    with array_file(samples, "as images of the study") as file:
        return file["images"][:IMAGES], "the report"


def agreement(
    kind: NetworkKind, content: bytes, images: NDArray[np.float32], expected: Mapping[str, NDArray[np.float32]]
) -> float:
    """The largest difference; images are run all at once and the first alone."""
    pairs = [
        pair
        for part in (slice(None), slice(0, 1))
        for pair in zip(kind.run(content, images[part]), (each[part] for each in expected.values()), strict=True)
    ]
    wrong = any(found.shape != wanted.shape or not np.isfinite(found).all() for found, wanted in pairs)
    difference = np.inf if wrong else max(float(np.abs(found - wanted).max()) for found, wanted in pairs)
    if difference > TOLERANCE:
        raise InputError(
            f"{kind.file} would not give what PyTorch gives: on {len(images)} images a probability differs by "
            f"{difference:.2g}, {TOLERANCE:g} is allowed; nothing was written.\n"
            "Cure: export the other of the formats onnx and torch, and report this with the versions of both packages"
        )
    return difference
