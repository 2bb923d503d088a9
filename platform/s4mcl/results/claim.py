"""The claim of a study's configuration, as contests on test images."""

from collections.abc import Iterator

import polars as pl

from s4mcl.results.choices import SINGLE_TASK
from s4mcl.results.fractions import equal_fractions
from s4mcl.results.study_material import StudyMaterial
from s4mcl.statistics.claim_frame import CLAIM_SCHEMA, Contest, claim_frame
from s4mcl.statistics.image_scores import CLASS_MEASURES
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.method import CLASSIFICATION, SEGMENTATION
from s4mcl_trainables.problems import InputError

MEASURES = ("accuracy", "dice")


def claim_of(material: StudyMaterial) -> pl.DataFrame:
    """`claim_frame` of what the study claims (`claim` of its configuration); no rows where it claims nothing.

    Raises:
        InputError: a file of predictions cannot be used.
    """
    contests = [*contests_of(material)]
    return claim_frame(material.cells(), contests) if contests else pl.DataFrame(schema=CLAIM_SCHEMA)


def contests_of(material: StudyMaterial) -> Iterator[Contest]:
    """In accuracy and in Dice: each rival that has the task at each label fraction up to `claim.up_to`, then, at the
    largest of these, the single-task network with all labels.
    """
    claim = material.config.get("claim") or {}
    method, up_to = claim.get("method"), claim.get("up_to")
    fractions = sorted(at for at in equal_fractions(material.config) if up_to is not None and at <= up_to)
    if method is None or not fractions:
        return
    rivals = claim.get("against") or [name for name in material.methods if name != method]
    for measure in MEASURES:
        if not _has(material, method, measure):
            continue
        for rival in rivals:
            if _has(material, rival, measure):
                yield from (Contest(measure, method, at, rival, at) for at in fractions)
        if SINGLE_TASK[measure] in material.methods and fractions[-1] < 1:
            yield Contest(measure, method, fractions[-1], SINGLE_TASK[measure], 1.0)


def _has(material: StudyMaterial, method: str, measure: str) -> bool:
    """Whether a method has the measure's task: by what its trials scored, or by what it says where none has ended."""
    trials = material.trials.filter((pl.col("method") == method) & (pl.col("state") == "completed"))
    if trials.height:
        return bool({f"val_{measure}", f"test_{measure}"} & {name for name in trials.columns if trials[name].count()})
    try:
        return (CLASSIFICATION if measure in CLASS_MEASURES else SEGMENTATION) in method_named(method).tasks
    except InputError:  # not installed here: it may have it
        return True
