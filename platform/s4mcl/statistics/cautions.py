"""What a careful reviewer would ask, in words with numbers. Each function gives sentences, none when all is well."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ENOUGH_SEEDS = 3
SHOWN = 5
PATCHWISE = ("patch", "paper")


def validation_resolution(images: int, scores: Sequence[float], what: str = "accuracy") -> list[str]:
    """A validation part that is too small to tell the candidates apart.

    Args:
        images: validation images.
        scores: the candidates' validation scores, shares in [0, 1] (accuracy or the like), in any order.
        what: the score's name.

    A candidate cannot be told from the best when it lies within the best one's binomial standard error
    sqrt(p (1 - p) / n). Candidates share the images, so this is a rule of thumb on the strict side.
    """
    finite = [score for score in scores if math.isfinite(score)]
    if images < 1 or len(finite) < 2:
        return []
    best = min(max(finite), 1.0)
    error = math.sqrt(max(best * (1 - best), 0.0) / images)
    level = sum(best - score <= error for score in finite) - 1
    if level < 1:
        return []
    return [
        f"Validation has {images} images: one image is a step of {100 / images:.1f} points of {what}, and the standard "
        f"error at the best score ({best:.3f}) is {100 * error:.1f} points. {level} of the other {len(finite) - 1} "
        "candidates lie within it: the choice among them is chance."
    ]


def repeated_openings(openings: int, trials: int) -> list[str]:
    """A test part whose labels were read more often than once a trial.

    Args:
        openings: how often test labels of this dataset and partition were read, over all studies of the storage.
        trials: the trials of this study that were tested.
    """
    if openings <= trials:
        return []
    return [
        f"The test labels were opened {openings} times, {openings - trials} more than this study's {trials} tested "
        "trials: other choices may already have been made by them, and then the results are too good."
    ]


def unequal_budgets(iterations: Mapping[str, int], tolerance: float = 0.05) -> list[str]:
    """Methods that were tuned with more training iterations than others, by more than the tolerance."""
    if len(iterations) < 2 or max(iterations.values()) <= (1 + tolerance) * min(iterations.values()):
        return []
    most, least = max(iterations, key=lambda name: iterations[name]), min(iterations, key=lambda name: iterations[name])
    more = iterations[most] / iterations[least] if iterations[least] else math.inf
    times = f"{more:.1f} times as many" if math.isfinite(more) else "while it had none"
    return [
        f"Tuning budgets are unequal: {most} was tuned with {iterations[most]:,} training iterations, {least} with "
        f"{iterations[least]:,} ({times}). A method that is tuned harder looks better."
    ]


def few_seeds(seeds: Mapping[str, int]) -> list[str]:
    """Cells (a method at a fraction, an arm) that rest on fewer than three seeds."""
    few = {name: count for name, count in seeds.items() if count < ENOUGH_SEEDS}
    if not few:
        return []
    fewest = min(few.values())
    reason = (
        "with one seed there is no interval at all"
        if fewest < 2
        else "with two, the t quantile is 12.7 where ten seeds have 2.3"
    )
    return [
        f"{_listed(f'{name} ({count})' for name, count in few.items())}: fewer than {ENOUGH_SEEDS} seeds; {reason}."
    ]


def leaking_groups(parts: Mapping[str, NDArray[np.int64]], split: str) -> list[str]:
    """Groups (patients, near-duplicates) with images in more than one part, and splits that ignore groups.

    Args:
        parts: the group number of each image of train, validation and test.
        split: group, patch, paper or given.
    """
    told = []
    members = {name: set(np.unique(groups).tolist()) for name, groups in parts.items()}
    names = list(members)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            shared = members[one] & members[other]
            if shared:
                images = int(np.isin(parts[other], list(shared)).sum())
                told.append(
                    f"Groups with images in both {one} and {other}: {len(shared)}, with {images} of the "
                    f"{len(parts[other])} images of {other}. What was learnt of a patient there is rewarded here."
                )
    if split in PATCHWISE:
        told.append(
            f"The split is patch-wise (split={split}): images of one patient may stand on both sides, which flatters "
            "every method, and most those that remember best. split=group keeps patients together."
        )
    return told


def validation_labels(fraction: float, training: int, validation: int) -> list[str]:
    """A validation part that holds more labels than training sees at a label fraction."""
    labelled = round(fraction * training)
    if validation <= labelled:
        return []
    return [
        f"At {100 * fraction:g} % training sees {labelled} labelled images and selection {validation}: most of the "
        f"{labelled + validation} labels used are validation labels, which label savings without them leave out."
    ]


def few_groups(groups: int, images: int, effective: float) -> list[str]:
    """A test part of few patients, or of a few large ones."""
    if effective >= 10:
        return []
    return [
        f"The {images} test images belong to {groups} groups, which say as much as {effective:.1f} equal ones: "
        "intervals over patients are wide and their coverage is not assured."
    ]


def _listed(texts: Iterable[Any]) -> str:
    every = [str(text) for text in texts]
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
