"""Networks of a finished trial, put together again from its checkpoint, and what several of them say of new images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, Dataset
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.methods.learner import Learner, Prediction, Problem
from s4mcl_trainables.methods.micro_batch import out_of_memory
from s4mcl_trainables.methods.registry import build_learner, method_named
from s4mcl_trainables.problems import InputError, first_line
from s4mcl_trainables.training.checkpoint import load_checkpoint
from s4mcl_trainables.training.symmetries import said
from s4mcl_trainables.trial import Trial


@dataclass(frozen=True)
class Opinion:
    """Means over networks: soft masks [n,M,H,W] and class probabilities [n,K]; None where none has the task."""

    masks: NDArray[np.float32] | None
    class_probabilities: NDArray[np.float32] | None


def trained_learner(
    path: Path, trial: Trial, key: str, *, classes: int, structures: int, precision: str, device: str
) -> Learner:
    """The learner of a trial with its best weights, in evaluation mode.

    Args:
        path: its best.pt.
        trial: the trial, whose content key is `key`.
        classes, structures: of the dataset that it was trained on.
        precision: float32 or bfloat16, the type of the convolutions' numbers; the weights are float32 in either.
        device: cpu or cuda.

    Raises:
        InputError: the checkpoint is not there, is damaged or another trial's, or the code of its method has changed.
    """
    settings = trial.settings
    problem = Problem(
        classes=max(2, classes),
        structures=structures,
        width=settings.width,
        depth=settings.depth,
        iterations=settings.iterations,
        seed=trial.seed,
        device=torch.device(device),
        precision=getattr(torch, precision),
    )
    learner = build_learner(method_named(trial.method), problem, trial.hyperparameters)
    weights = _best_weights(path, key)
    try:
        for name, module in learner.modules.items():
            module.load_state_dict(weights[name])
            module.eval().requires_grad_(False)
    except (KeyError, RuntimeError) as error:  # torch's word for names and shapes that do not fit
        lacking = " ".join(str(error).split())[:300]
        raise InputError(
            f"{path} does not fit the networks that method {trial.method} has now: {lacking}.\n"
            "Cure: use the version of s4mcl that trained it, or run the study again"
        ) from error
    return learner


def as_a_trial_sees(images: NDArray[Any], image_size: int, device: str) -> Tensor:
    """Prepared images [n,1,S,S] uint8 or uint16 to [n,1,H,W] float32 at `image_size`, mean 0 and deviation 1 each.

    By the code that the trials' own images go through.

    Raises:
        InputError: S is smaller than `image_size`.
    """
    nothing = {name: [None] * len(images) for name in INDEX_SCHEMA}
    loose = Dataset(
        path=Path("images"),
        name="",
        size=images.shape[-1],
        classes=(),
        fingerprint="",
        index=pl.DataFrame(nothing, schema=INDEX_SCHEMA),
        images=images,
        masks=np.zeros(images.shape, np.uint8),
    )
    resident = Resident(loose, image_size, torch.device(device))
    return resident.take(torch.arange(len(images), device=resident.images.device))


def opinion_of(learners: Sequence[Learner], images: Tensor) -> Opinion:
    """What learners say of normalised images [n,1,H,W] on their device, on average."""
    with torch.no_grad():
        opinions = [learner.micro.retried(learner.streams, partial(said, learner, images)) for learner in learners]
    means = averaged(opinions)
    return Opinion(*(None if mean is None else mean.cpu().numpy() for mean in means))


def averaged(predictions: Sequence[Prediction]) -> tuple[Tensor | None, Tensor | None]:
    """Mean soft masks [n,M,H,W] and mean class probabilities [n,K], float32, of those that have them."""
    masks = [each.masks.float() for each in predictions if each.masks is not None]
    classes = [each.class_logits.float().softmax(1) for each in predictions if each.class_logits is not None]
    return _mean(masks), _mean(classes)


def _mean(parts: Sequence[Tensor]) -> Tensor | None:
    return torch.stack(list(parts)).mean(0) if parts else None


def _best_weights(path: Path, key: str) -> dict[str, Any]:
    cure = "put the file back, or run the study again in a new storage"
    if not path.is_file():
        raise InputError(f"{path} is not there.\nCure: {cure}")
    try:
        state = load_checkpoint(path)
        found, weights = state["key"], dict(state["best"]["weights"])
    except Exception as error:  # whatever a damaged file makes torch say
        if out_of_memory(error):
            raise
        raise InputError(f"{path} cannot be read: {first_line(error)}.\nCure: {cure}") from error
    if found != key:
        raise InputError(f"{path} is a checkpoint of trial {found}, {key} was expected.\nCure: {cure}")
    return weights
