"""The search of every method: what each was given, the Pareto set of both tasks, and a panel a method."""

import polars as pl

from s4mcl.naming import method_name
from s4mcl_dashboards.frames.budget import tuning_frame
from s4mcl_dashboards.frames.search import history_frame, rungs_frame, searched, values_frame
from s4mcl_dashboards.markup import cell, paragraph, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count
from s4mcl_dashboards.sections.pareto import pareto_part
from s4mcl_dashboards.sections.search_panel import search_panel

TITLE = "The search"
WARM_START = "warm_start"  # the stage of proposals that were taken over from other studies


def search_section(material: Material) -> str:
    """A panel a method, or a sentence where nothing was searched."""
    if searched(material.proposals).is_empty():
        return section(
            "search",
            TITLE,
            paragraph("Nothing was searched: the methods ran with their default or configured hyperparameters."),
        )
    rungs = rungs_frame(material.proposals)
    history = history_frame(material.proposals, rungs)
    values = values_frame(material.proposals, history)
    panels = []
    for method in material.chosen_methods:
        own = history.filter(pl.col("method") == method)
        if own.is_empty():
            panels.append((method_name(method), paragraph("This method was not searched.")))
        else:
            panels.append(
                (
                    method_name(method),
                    search_panel(
                        material, method, own, *(frame.filter(pl.col("method") == method) for frame in (values, rungs))
                    ),
                )
            )
    lead = (
        "Proposals are compared on validation images by their score: the mean of Dice and balanced accuracy, as far as "
        "the method has the task. Filled points completed, open ones were stopped early and stand at the score of "
        "their last rung, crosses at the foot have no score; the line is the best so far."
    )
    return section("search", TITLE, _tuning(material), pareto_part(material), paragraph(lead), tabs("search", panels))


def _tuning(material: Material) -> str:
    """The tuning budget of each method, and what else the samplers were shown."""
    rows = [
        [
            row_head(method_name(row["method"])),
            *(cell(f"{row[name]:,}") for name in ("proposals", "completed", "pruned", "failed")),
            cell("–" if row["iterations"] is None else f"{row['iterations']:,}"),
        ]
        for row in tuning_frame(material.proposals, material.chosen_methods).to_dicts()
    ]
    heads = ("Method", "Proposals", "Completed", "Stopped early", "Failed", "Training iterations")
    shown = material.proposals.filter(pl.col("stage") == WARM_START).height
    warm = f" The samplers were also shown {count(shown, 'proposal')} of other studies." if shown else ""
    note = (
        "Iterations are the sum over proposals and their seeds; one that was stopped early counts with what it had."
        f"{warm}"
    )
    return table("The tuning budget of each method", heads, rows, "numbers") + paragraph(note, "note")
