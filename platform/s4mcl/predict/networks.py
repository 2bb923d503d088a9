"""The networks of a choice, read from their checkpoints, and what they were trained on."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from s4mcl.predict.choice import Choice, Member
from s4mcl.trial_files import BEST
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.kept_files import fetched
from s4mcl_trainables.training.predictor import trained_learner

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Trained:
    """What a study's networks were trained on.

    Attributes:
        size: of the prepared images, in pixels; the networks see them at `image_size`.
        wide: whether the prepared images have 16 bits.
        classes: the names of the classes; as many probabilities are given.
        structures: how many masks an image has.
        structure_names: what they show, where the dataset says it.
    """

    size: int
    image_size: int
    wide: bool
    classes: tuple[str, ...]
    structures: int
    structure_names: tuple[str, ...] = ()


def trained_on(study: Mapping[str, Any], choice: Choice) -> Trained:
    """From the study's documents in the ledger; what an earlier version did not write down, from its dataset.

    Raises:
        InputError: the dataset is needed and not where it was.
    """
    data = dict(study["dataset"])
    if "dtype" not in data or "structures" not in data:
        dataset = open_dataset(Path(str(study["config"]["data"]["path"])))
        data |= {"dtype": str(dataset.images.dtype), "structures": dataset.masks.shape[1]}
        data["structure_names"] = list(dataset.structure_names)
    names = [str(name) for name in data["classes"]]
    return Trained(
        size=int(data["size"]),
        image_size=choice.members[0].trial.settings.image_size,
        wide=data["dtype"] == "uint16",
        classes=tuple(names + [f"class {number}" for number in range(len(names), 2)]),
        structures=int(data["structures"]),
        structure_names=tuple(str(name) for name in data.get("structure_names") or ()),
    )


def device_named(name: str) -> str:
    """cpu or cuda; auto is cuda where there is one.

    Raises:
        InputError: an unknown name, or no CUDA device.
    """
    if name not in DEVICES:
        raise InputError(f"unknown device {name!r}.\nCure: give one of {', '.join(DEVICES)}")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InputError("device cuda: this machine has no CUDA device that torch can use.\nCure: give --device cpu")
    return "cuda" if there and name != "cpu" else "cpu"


def learners_of(
    choice: Choice, storage: Path, artifacts: str | None, trained: Trained, *, device: str, precision: str | None = None
) -> list[Learner]:
    """The learner of each member with its best weights.

    Args:
        storage: where the members' files lie.
        artifacts: the URI under which they are kept where the storage does not have them.
        precision: of the convolutions; None: that which each was trained with.

    Raises:
        InputError: a checkpoint is not there or cannot be used.
        UnreachableError: the URI does not answer.
    """
    with _checkpoints(choice.members, storage, artifacts) as paths:
        return [
            trained_learner(
                path,
                member.trial,
                member.key,
                classes=len(trained.classes),
                structures=trained.structures,
                precision=precision or member.precision or "float32",
                device=device,
            )
            for member, path in zip(choice.members, paths, strict=True)
        ]


@contextmanager
def _checkpoints(members: Sequence[Member], storage: Path, artifacts: str | None) -> Iterator[list[Path]]:
    """The members' best.pt, those of a URI copied here while the block lasts."""
    with tempfile.TemporaryDirectory(prefix="s4mcl-networks-") as folder:
        paths = []
        for member in members:
            at = member.folder / BEST
            path = storage / at
            if artifacts is not None and not path.is_file():
                here = Path(folder) / at
                path = here if fetched(artifacts, str(at), here) else path
            paths.append(path)
        yield paths
