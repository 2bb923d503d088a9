"""The Pareto set of each method's search, in words and as a picture."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.pareto import BEATEN, pareto_figure
from s4mcl_dashboards.frames.pareto import pareto_frame
from s4mcl_dashboards.frames.shown_proposals import GROUP
from s4mcl_dashboards.legend import legend
from s4mcl_dashboards.markup import plot
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, number
from s4mcl_dashboards.palette import looks

TITLE = "Dice and balanced accuracy of the proposals"


def pareto_part(material: Material) -> str:
    """The picture with its legend; nothing where no method was scored in both."""
    pareto = pareto_frame(material.proposals)
    if pareto.is_empty():
        return ""
    styles = looks(material.methods)
    drawn = [method for method in material.methods if method in set(pareto["method"])]
    entries = [(method, method_name(method), styles[method]) for method in drawn]
    groups = pareto.partition_by(GROUP, maintain_order=True)
    told = " ".join(_told(group) for group in groups)
    note = (
        "Validation images. Stairs join the Pareto set, the proposals that no other one beats in both; the ring is the "
        "best score, which the confirm stage trains."
    )
    if not pareto["met"].all():
        note += f" {count(pareto.height - int(pareto['met'].sum()), 'proposal')} broke a constraint and cannot belong."
    if any(group.filter(~pl.col("front")).height > BEATEN for group in groups):
        note += f" Of those that are beaten at most {BEATEN} a method and label fraction are drawn."
    figure = plot(pareto_figure(pareto, styles), TITLE, f"{TITLE}. {told}", f"{told} {note}")
    return f'{legend(entries) if len(entries) > 1 else ""}<div class="dots">{figure}</div>'


def _told(group: pl.DataFrame) -> str:
    """How many are on the set, and between which values."""
    own = group.filter("front")
    method, fraction = method_name(group["method"][0]), percent(group["label_fraction"][0])
    where = f"{method} at {fraction} of the labels"
    if own.is_empty():
        return f"{where}: no proposal keeps the constraints."
    ends = [
        f"{name} {_span(own[column].to_list())}"
        for name, column in (("Dice", "dice"), ("balanced accuracy", "balanced_accuracy"))
    ]
    return f"{where}: {own.height:,} of {count(group.height, 'proposal')} in the Pareto set, {', '.join(ends)}."


def _span(values: list[float]) -> str:
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"
