"""`s4mcl export --format onnx|torch`: a study's networks with their preprocessing, checked before they are written."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from s4mcl.export.network_check import TOLERANCE, Checked, agreement, real_images
from s4mcl.export.network_kinds import INPUT, KINDS, NetworkKind, trace
from s4mcl.export.staged_files import StagedFiles
from s4mcl.ledger import Ledger
from s4mcl.predict.choice import Choice, chosen_networks
from s4mcl.predict.networks import Trained, learners_of, trained_on
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.ensemble import Ensemble
from s4mcl_trainables.training.evaluation import THRESHOLD
from s4mcl_trainables.training.predictor import as_a_trial_sees, opinion_of

MASKS, CLASSES = "masks", "class_probabilities"


def write_networks(
    ledger: Ledger,
    study: str,
    files: StagedFiles,
    kinds: Sequence[str],
    *,
    method: str | None = None,
    label_fraction: float | None = None,
) -> str:
    """Write the mean over a method's networks as one network of each kind, and NAME.json beside it that describes it.

    Args:
        kinds: names in `network_kinds.KINDS`.
        method, label_fraction: as `choice.chosen_networks` takes them.

    Returns:
        Which networks were taken, and how well the files agree with PyTorch, for a person.

    Raises:
        InputError: a package is missing; the study has no such networks, or they cannot be used or traced; no image is
            there to check on; a file does not give what PyTorch gives.
    """
    for name in kinds:
        KINDS[name].require()
    choice = chosen_networks(ledger, study, method, label_fraction)
    documents = ledger.study(study) or {}
    trained = trained_on(documents, choice)
    images, source = real_images(documents, ledger.storage / study, trained.image_size)
    learners = learners_of(
        choice, ledger.storage, documents["config"].get("artifacts"), trained, device="cpu", precision="float32"
    )
    if why := next((learner.untraceable for learner in learners if learner.untraceable), ""):
        raise InputError(f"the network cannot be traced: {why}")
    said = opinion_of(learners, as_a_trial_sees(images, trained.image_size, "cpu"))
    given = {MASKS: said.masks, CLASSES: said.class_probabilities}
    expected = {name: found for name, found in given.items() if found is not None}
    values = images.astype(np.float32)
    traced = trace(Ensemble(learners), values)
    told = [choice.told]
    for name in kinds:
        kind = KINDS[name]
        content = kind.made(traced, list(expected))
        found = Checked(len(images), source, agreement(kind, content, values, expected))
        with files.file(kind.file) as file:
            file.write(content)
        with files.file(f"{kind.file}.json") as file:
            about = _description(
                kind,
                study=study,
                documents=documents,
                choice=choice,
                trained=trained,
                outputs=list(expected),
                checked=found,
            )
            file.write((json.dumps(about, indent=2) + "\n").encode())
        told.append(
            f"{kind.file} gives on {found.images} images of {found.of} what PyTorch gives, "
            f"to {found.difference:.1g} (allowed: {TOLERANCE:g})"
        )
    return "\n".join(told)


def _description(
    kind: NetworkKind,
    *,
    study: str,
    documents: Mapping[str, Any],
    choice: Choice,
    trained: Trained,
    outputs: Sequence[str],
    checked: Checked,
) -> dict[str, Any]:
    """Everything that a program needs to use the file, and a person to know where it comes from."""
    side = trained.image_size
    resizing = [{"to": [trained.size, trained.size], "filter": "lanczos"}]  # antialiased, aspect not kept
    if side != trained.size:
        resizing.append({"to": [side, side], "filter": "area"})
    shapes = {
        MASKS: {
            "shape": ["batch", trained.structures, side, side],
            "meaning": "probability that a pixel belongs to each structure, mean over the networks",
            "threshold": THRESHOLD,
            "structures": trained.structures,
            "structure_names": list(trained.structure_names),
        },
        CLASSES: {
            "shape": ["batch", len(trained.classes)],
            "meaning": "probability of each class, mean over the networks",
            "classes": list(trained.classes),
        },
    }
    return {
        "file": kind.file,
        "input": {
            "name": INPUT,
            "shape": ["batch", 1, side, side],
            "dtype": "float32",
            "values": "grey of 8 or 16 bits as it is: the network gives each image mean 0 and deviation 1",
            "resize_before": resizing,
        },
        "outputs": {name: shapes[name] for name in outputs},
        "made_from": {
            "study": study,
            "method": choice.method,
            "label_fraction": choice.label_fraction,
            "reason": choice.reason or "as asked for",
            "validation_score": choice.score,
            "trials": [{"key": member.key, "seed": member.trial.seed} for member in choice.members],
            "dataset": {name: documents["dataset"].get(name) for name in ("name", "fingerprint")},
            "commit": documents["provenance"].get("commit"),
        },
        "checked": {
            "images": checked.images,
            "of": checked.of,
            "largest_difference": checked.difference,
            "allowed": TOLERANCE,
        },
        "versions": {"s4mcl": version("s4mcl"), **{n: version(n) for n in ("torch", *kind.needs)}, **kind.versions()},
    }
