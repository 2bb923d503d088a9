"""The search of every method: its budget, its history and rungs, importance, each hyperparameter against the score."""

from typing import Any

import polars as pl

from s4mcl.results.importance import GroupImportance
from s4mcl_dashboards.figures.history import history_figure
from s4mcl_dashboards.figures.importance import importance_figure
from s4mcl_dashboards.figures.presence import presence_figure
from s4mcl_dashboards.figures.rungs import rungs_figure
from s4mcl_dashboards.figures.slices import slice_figure
from s4mcl_dashboards.frames.budget import tuning_frame
from s4mcl_dashboards.frames.search import (
    best_proposals,
    history_frame,
    hyperparameters_of,
    presence_frame,
    rungs_frame,
    searched,
    values_frame,
)
from s4mcl_dashboards.frames.shown_proposals import only_shown, told_shown
from s4mcl_dashboards.markup import cell, escaped, listed, paragraph, plot, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import compact, count, joined, method_name, number, percent
from s4mcl_dashboards.palette import Look, looks

TITLE = "The search"
STATES = {"completed": "completed", "pruned": "stopped early", "failed": "failed", "running": "running"}
WARM_START = "warm_start"  # the stage of proposals that were taken over from other studies


def search_section(material: Material) -> str:
    """A panel a method, or a sentence where nothing was searched."""
    if searched(material.proposals).is_empty():
        return section(
            "search",
            TITLE,
            paragraph("Nothing was searched: the methods ran with their default or configured hyperparameters."),
        )
    history = history_frame(material.proposals)
    values, rungs = values_frame(material.proposals, history), rungs_frame(material.proposals)
    panels = []
    for method in material.methods:
        own = history.filter(pl.col("method") == method)
        if own.is_empty():
            panels.append((method_name(method), paragraph("This method was not searched.")))
        else:
            panels.append(
                (
                    method_name(method),
                    _panel(
                        material, method, own, *(frame.filter(pl.col("method") == method) for frame in (values, rungs))
                    ),
                )
            )
    lead = (
        "Proposals are compared on validation images by their score: the mean of Dice and balanced accuracy, as far as "
        "the method has the task. Filled points completed, open ones were stopped early and stand at the score of "
        "their last rung, crosses at the foot have no score; the line is the best so far."
    )
    return section("search", TITLE, _tuning(material), paragraph(lead), tabs("search", panels))


def _tuning(material: Material) -> str:
    """The tuning budget of each method, and what else the samplers were shown."""
    rows = [
        [
            row_head(method_name(row["method"])),
            *(cell(f"{row[name]:,}") for name in ("proposals", "completed", "pruned", "failed")),
            cell("–" if row["iterations"] is None else f"{row['iterations']:,}"),
        ]
        for row in tuning_frame(material.proposals, material.methods).to_dicts()
    ]
    heads = ("Method", "Proposals", "Completed", "Stopped early", "Failed", "Training iterations")
    shown = material.proposals.filter(pl.col("stage") == WARM_START).height
    warm = f" The samplers were also shown {count(shown, 'proposal')} of other studies." if shown else ""
    note = (
        "Iterations are the sum over proposals and their seeds; one that was stopped early counts with what it had."
        f"{warm}"
    )
    return table("The tuning budget of each method", heads, rows, "numbers") + paragraph(note, "note")


def _panel(material: Material, method: str, history: pl.DataFrame, values: pl.DataFrame, rungs: pl.DataFrame) -> str:
    look = looks(material.methods)[method]
    scores = history["last"].drop_nulls().to_list()
    best = best_proposals(material.proposals).filter(pl.col("method") == method)
    told = [_best_told(row) for row in best.to_dicts()]
    parts = [
        paragraph(f"{_counted(history)} {told_shown(history)}".strip()),
        listed(told) if told else paragraph("No proposal completed."),
    ]
    if not scores:
        return "".join(parts)
    completed = history["best"].drop_nulls().to_list()
    alternative = f"{_counted(history)} Best score {number(max(completed, default=None))}."
    wide = plot(history_figure(history, look, scores, _unit(material)), "Score by proposal", alternative)
    wide += _rungs(rungs, history, look, scores, _unit(material))
    wide += _matrices(method, values, look)
    slices = _slices(material, method, values, look, scores)
    title = "<h4>Score by hyperparameter</h4>"
    drawn = f'{title}<div class="quarters">{slices}</div>' if slices else ""
    if values.is_empty():
        drawn = paragraph("No hyperparameter varied between the proposals.")
    important = "".join(_importance(group, look) for group in material.findings.importance if group.method == method)
    return "".join([*parts, f'<div class="halves">{wide}</div>', important, drawn])


def _rungs(rungs: pl.DataFrame, history: pl.DataFrame, look: Look, scores: list[float], unit: str) -> str:
    """The scores at rungs, where early stopping judged any."""
    stopped = rungs.filter(pl.col("state") == "pruned")
    if stopped.is_empty():
        return ""
    stops = stopped.group_by("label_fraction", "number").agg(pl.col("iteration").max())
    counted = stops.group_by("iteration").len().sort("iteration").rows()
    told = joined([f"{amount:,} at {iteration:,}" for iteration, amount in counted])
    note = f"Open ends were stopped early: {told} {unit}s."
    figure = rungs_figure(only_shown(rungs, history), look, scores, unit)
    return plot(figure, f"Score by {unit}, a line a proposal", note, note)


def _unit(material: Material) -> str:
    """What rungs count: seeds where a proposal earned one after the other, else iterations."""
    stopping = (material.config.get("search") or {}).get("early_stopping") or {}
    return "seed" if stopping.get("kind") == "seeds" else "iteration"


def _importance(group: GroupImportance, look: Look) -> str:
    """Shares by two measures with what they rest on; where there are too few proposals, that."""
    title = f"Importance of the hyperparameters, {percent(group.label_fraction)} of the labels"
    notes = paragraph(" ".join(group.found.cautions), "note")
    if group.found.shares.is_empty():
        return f"<h4>{escaped(title)}</h4>{notes}"
    ranked = ", ".join(f"{row[0]} {number(row[1], 2)}" for row in group.found.shares.head(5).rows())
    caption = f"{title}: n = {count(group.found.proposals, 'finished proposal')}"
    told = "Filled: PED-ANOVA, what makes the best tenth. Open: fANOVA, what explains the variance of the scores."
    drawn = plot(importance_figure(group.found.shares, look), caption, f"{title}. PED-ANOVA: {ranked}.", told)
    return f'<div class="dots importance">{drawn}{notes}</div>'


def _matrices(method: str, values: pl.DataFrame, look: Look) -> str:
    """One matrix a hyperparameter that is a subset."""
    drawn = ""
    for name in values.drop_nulls("elements")["hyperparameter"].unique(maintain_order=True).to_list():
        presence = presence_frame(values, method, name)
        if presence.height:
            alternative = f"Which elements of {name} each proposal held, best score first."
            drawn += plot(presence_figure(presence, look), f"{name}: what each proposal held", alternative)
    return drawn


def _slices(material: Material, method: str, values: pl.DataFrame, look: Look, scores: list[float]) -> str:
    """One small figure a hyperparameter that is a number or a choice."""
    drawn = ""
    searched = (material.config.get("space") or {}).get(method) or {}
    single = values.filter(pl.col("elements").is_null()).drop_nulls("score")
    for name in single["hyperparameter"].unique(maintain_order=True).to_list():
        rows = single.filter(pl.col("hyperparameter") == name)
        space = searched.get(name)
        logarithmic = isinstance(space, dict) and space.get("log") is True
        figure = slice_figure(rows, name, look, scores, logarithmic=logarithmic)
        drawn += plot(figure, "", f"Score against {name}, {count(rows.height, 'proposal')}.")
    return drawn


def _counted(history: pl.DataFrame) -> str:
    states = dict(history.group_by("state").len().rows())
    parts = [f"{states[state]:,} {word}" for state, word in STATES.items() if states.get(state)]
    return f"{count(history.height, 'proposal')}: {', '.join(parts)}."


def _best_told(row: dict[str, Any]) -> str:
    values = "; ".join(f"{name} {_said(value)}" for name, value in hyperparameters_of(row).items())
    where = f"Best at {percent(row['label_fraction'])} of the labels: proposal {row['number']}"
    return f"{where}, score {number(row['score'])}. {values or 'No hyperparameters'}."


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return compact(value)
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
