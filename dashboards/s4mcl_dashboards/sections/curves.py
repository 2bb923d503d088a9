"""Training curves of the confirm stage, picked by method."""

from s4mcl_dashboards.figures.curves import curve_figure
from s4mcl_dashboards.frames.curves import FIRST, quantities_of
from s4mcl_dashboards.legend import key
from s4mcl_dashboards.markup import paragraph, plot, section, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import method_name, metric_name, percent
from s4mcl_dashboards.palette import fraction_looks

TITLE = "Training curves"


def curves_section(material: Material) -> str:
    """A panel a method with validation Dice, balanced accuracy and every loss term by its name."""
    curves = material.curves
    if curves.is_empty():
        return section("curves", TITLE, paragraph("No trial of the confirm stage has reported yet."))
    looks = fraction_looks(curves["label_fraction"].unique().to_list())
    panels = []
    for method in material.methods:
        quantities = quantities_of(curves, method)
        if not quantities:
            panels.append((method_name(method), paragraph("No report of this method in the confirm stage.")))
            continue
        own = curves.filter(curves["method"] == method)
        plots = {
            quantity: plot(
                curve_figure(own, quantity, looks),
                _title(quantity),
                f"{_title(quantity)} of {method_name(method)} by iteration.",
            )
            for quantity in quantities
        }
        wide = "".join(drawing for quantity, drawing in plots.items() if quantity in FIRST)
        small = "".join(drawing for quantity, drawing in plots.items() if quantity not in FIRST)
        panels.append((method_name(method), f'<div class="halves">{wide}</div><div class="quarters">{small}</div>'))
    legend = key([(f"{percent(fraction)} of the labels", look) for fraction, look in looks.items()])
    lead = (
        "The confirm stage by iteration, the mean over seeds. Losses are means since the last report; their names are "
        "the method's own."
    )
    return section("curves", TITLE, paragraph(lead), legend, tabs("curves", panels))


def _title(quantity: str) -> str:
    """val_dice is "Validation Dice"; a loss keeps its own name."""
    if quantity.startswith("val_"):
        name = metric_name(quantity.removeprefix("val_"))
        return f"Validation {name if name == 'Dice' else name.lower().replace('_', ' ')}"
    return quantity
