"""What the reader must know before the figures, in words: the cautions of the statistics, and what is missing."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.frames.origins import origins_frame
from s4mcl_dashboards.frames.outcomes import counts_frame
from s4mcl_dashboards.frames.schema import DISTANCES
from s4mcl_dashboards.frames.search import searched
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined

SHOWN = 5
PROFILE = ("device", "precision", "torch")  # what numbers may depend on


def caveats(material: Material) -> list[list[str]]:
    """All warnings that hold for this study by kind, the gravest kind first; kinds without one are left out."""
    told = material.findings.warnings
    cautions = (
        [texts["text"].to_list() for texts in told.partition_by("kind", maintain_order=True)] if len(told) else []
    )
    own = (
        _failures(material),
        _unfinished(material),
        _lost_seeds(material),
        _part(material),
        _problem(material),
        _mixed(material),
        *cautions,
        _search(material),
        _beyond(material),
        [f"A file could not be used: {problem}" for problem in material.evidence.unreadable],
    )
    return [texts for texts in own if texts]


def _failures(material: Material) -> list[str]:
    counts = counts_frame(material.trials).filter(pl.col("failed") > 0)
    if counts.is_empty():
        return []
    parts = [
        f"{row['failed']:,} of {count(row['trials'], 'trial')} in the stage {row['stage']}" for row in counts.to_dicts()
    ]
    return [f"Failed: {joined(parts)}. Their outcomes stand under “What ran”."]


def _unfinished(material: Material) -> list[str]:
    counts = counts_frame(material.trials)
    waiting = int(counts["running"].sum()) + int(counts["planned"].sum())
    return [f"The study is not finished: {count(waiting, 'trial')} still planned or running."] if waiting else []


def _lost_seeds(material: Material) -> list[str]:
    lost = material.effect.filter(pl.col("n") < pl.col("planned"))
    if lost.is_empty():
        return []
    cells = lost.unique(["method", "label_fraction"], maintain_order=True).to_dicts()
    parts = [
        f"{method_name(row['method'])} at {percent(row['label_fraction'])} ({row['n']} of {row['planned']})"
        for row in cells
    ]
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    named = ", ".join(parts[:SHOWN])
    return [f"Seeds are missing: {named}{more}. A mean over the seeds that came through can flatter a method."]


def _search(material: Material) -> list[str]:
    if searched(material.proposals).height or not material.methods:
        return []
    return ["Nothing was searched: every method ran with its default or configured hyperparameters."]


def _part(material: Material) -> list[str]:
    if material.part == "test" or material.effect.is_empty():
        return []
    return [
        "No test labels were read. All values are of the validation images, on which the trials were also selected: "
        "they are too good."
    ]


def _problem(material: Material) -> list[str]:
    if material.findings.problem is None:
        return []
    return [
        f"Methods are compared seed by seed alone, which says nothing of other patients: {material.findings.problem}"
    ]


def _mixed(material: Material) -> list[str]:
    """Numbers of different devices or precisions in one study: possible where trials of other profiles count."""
    release = pl.col("torch").str.extract(r"^(\d+\.\d+)")  # what follows is no part of a trial's key
    origins = origins_frame(material.trials).with_columns(release).unique(PROFILE, maintain_order=True)
    if origins.height < 2:
        return []
    told = [", ".join(row[name] or "not known" for name in PROFILE) for row in origins.head(SHOWN).to_dicts()]
    return [
        f"The trials were trained with {origins.height} different settings of device, precision and PyTorch: "
        f"{'; '.join(told)}. Differences between methods may be differences between these."
    ]


def _beyond(material: Material) -> list[str]:
    effect = material.effect.filter(~pl.col("metric").is_in(DISTANCES)).drop_nulls("low")
    beyond = effect.filter((pl.col("low") < 0) | (pl.col("high") > 1))
    if beyond.is_empty():
        return []
    return [
        f"{beyond.height:,} of {count(effect.height, 'interval')} reach below 0 or above 1, where no value can be. The "
        "interval knows no bounds. It is shown as it is: the seeds are too few or too scattered."
    ]
