"""Whether a method can learn from a dataset at all."""

from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION, Method
from s4mcl_trainables.problems import Problems
from s4mcl_trainables.training.material import Material
from s4mcl_trainables.trial import Settings


def refuse_unfit(method: Method, material: Material, settings: Settings) -> None:
    """Refuse a dataset that lacks what the method learns from, and images that its networks cannot halve.

    Raises:
        InputError: naming everything that does not fit.
    """
    dataset, size, least = material.dataset, settings.image_size, 2 ** (settings.depth + 1)
    problems = Problems(f"method {method.name} cannot train on {dataset.path}")
    if CLASSIFICATION in method.tasks and not (dataset.labels >= 0).any():
        problems.add("no image has a class label")
    if SEGMENTATION in method.tasks and not dataset.has_mask.any():
        problems.add("no image has a mask")
    if SEGMENTATION in method.tasks and (size % (least // 2) or size < least):
        problems.add(
            f"image_size {size} was found; at depth {settings.depth} a multiple of {least // 2}, {least} or more, is "
            "expected"
        )
    problems.raise_if_any("choose a method for the labels that there are, and sizes that fit")
