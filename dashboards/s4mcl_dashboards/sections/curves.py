"""Training curves of the confirm stage, picked by method: means over seeds, and single trials on demand."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.curves import MEAN, curve_figure, series_of, values_of
from s4mcl_dashboards.frames.curves import FIRST, quantities_of
from s4mcl_dashboards.frames.single_curves import FAILED
from s4mcl_dashboards.legend import toggles
from s4mcl_dashboards.markup import paragraph, plot, section, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import compact, joined, quantity_name
from s4mcl_dashboards.palette import Look, fraction_looks

TITLE = "Training curves"
RANKS = ("best", "median", "worst", FAILED)


def curves_section(material: Material) -> str:
    """A panel a method with validation Dice, balanced accuracy and every loss term by its name."""
    if material.curves.is_empty():
        return section("curves", TITLE, paragraph("No trial of the confirm stage has reported yet."))
    looks = fraction_looks(material.curves["label_fraction"].unique().to_list())
    panels = [(method_name(method), _panel(material, method, looks)) for method in material.chosen_methods]
    shares = [(series_of(at), f"{percent(at)} of the labels", look, True) for at, look in looks.items()]
    found = set(material.singles["rank"])
    trials = [(MEAN, MEAN, None, True), *((rank, f"{rank} trial", None, False) for rank in RANKS if rank in found)]
    lead = (
        "The confirm stage by iteration: the mean over seeds, and on demand the trials with the best, the median and "
        "the worst validation score of each method and label fraction. Losses are means since the last report; their "
        "names are the method's own."
    )
    legend = toggles(shares, "Label fractions") + toggles(trials, "Trials")
    return section("curves", TITLE, paragraph(lead), legend, paragraph(_note(material), "note"), tabs("curves", panels))


def _note(material: Material) -> str:
    """What the lines leave out."""
    told = ["A gap is a value that was not finite."]
    left = set(material.curves["label_fraction"]) - set(material.singles["label_fraction"])
    if left and material.singles.height:
        told.append(
            f"No single trials, for want of room: {joined([percent(at) for at in sorted(left)])} of the labels."
        )
    return " ".join(told)


def _panel(material: Material, method: str, looks: dict[float, Look]) -> str:
    quantities = quantities_of(material.curves, method)
    if not quantities:
        return paragraph("No report of this method in the confirm stage.")
    means = material.curves.filter(pl.col("method") == method)
    singles = material.singles.filter(pl.col("method") == method)
    plots = {
        quantity: plot(
            curve_figure(means, quantity, looks, singles, values_of(quantity, material.curves, material.singles)),
            quantity_name(quantity),
            f"{quantity_name(quantity)} of {method_name(method)} by iteration. {_told(means, quantity)}",
        )
        for quantity in quantities
    }
    wide = "".join(drawing for quantity, drawing in plots.items() if quantity in FIRST)
    small = "".join(drawing for quantity, drawing in plots.items() if quantity not in FIRST)
    return f'<div class="halves">{wide}</div><div class="quarters">{small}</div>'


def _told(means: pl.DataFrame, quantity: str) -> str:
    """Where the mean of each label fraction began and ended."""
    rows = means.filter((pl.col("quantity") == quantity) & pl.col("mean").is_not_null()).sort("iteration")
    ends = [
        (line["label_fraction"][0], line["mean"][0], line["mean"][-1]) for line in rows.partition_by("label_fraction")
    ]
    told = [f"{percent(at)} of the labels from {compact(first)} to {compact(last)}" for at, first, last in sorted(ends)]
    return f"{'; '.join(told) or 'No finite value'}."
