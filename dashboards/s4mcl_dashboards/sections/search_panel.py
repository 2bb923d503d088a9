"""The search of one method: its history and rungs, its proposals as lines, importance, the score by hyperparameters."""

from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl.results.importance import GroupImportance
from s4mcl_dashboards.figures.history import history_figure
from s4mcl_dashboards.figures.importance import importance_figure
from s4mcl_dashboards.figures.rungs import rungs_figure
from s4mcl_dashboards.figures.slices import slice_figure
from s4mcl_dashboards.frames.completed import completed_groups
from s4mcl_dashboards.frames.search import best_proposals, hyperparameters_of, rungs_shown
from s4mcl_dashboards.frames.shown_proposals import only_shown, told_shown
from s4mcl_dashboards.markup import escaped, listed, paragraph, plot
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import compact, count, joined, number
from s4mcl_dashboards.palette import Look, looks
from s4mcl_dashboards.sections.coordinates import coordinates_part
from s4mcl_dashboards.sections.proposed_sets import proposed_sets_part
from s4mcl_dashboards.sections.surfaces import surfaces_part
from s4mcl_dashboards.spaces import searched_logarithms

STATES = {"completed": "completed", "pruned": "stopped early", "failed": "failed", "running": "running"}


def search_panel(
    material: Material, method: str, history: pl.DataFrame, values: pl.DataFrame, rungs: pl.DataFrame
) -> str:
    """Everything of one method; the frames are those of `frames.search` for it alone."""
    look = looks(material.methods)[method]
    scores = history["last"].drop_nulls().to_list()
    best = best_proposals(material.proposals).filter(pl.col("method") == method)
    told = [_best_told(row) for row in best.to_dicts()]
    opening = paragraph(f"{_counted(history)} {told_shown(history)}".strip())
    opening += listed(told) if told else paragraph("No proposal completed.")
    if not scores:
        return opening
    completed = history["best"].drop_nulls().to_list()
    alternative = f"{method_name(method)}. {_counted(history)} Best score {number(max(completed, default=None))}."
    wide = plot(history_figure(history, look, scores, _unit(material)), "Score by proposal", alternative)
    wide += _rungs(rungs, history, look, scores, _unit(material))
    groups = completed_groups(material.proposals, method)
    wide += proposed_sets_part(method, groups, look)
    if values.is_empty():
        return f'{opening}<div class="halves">{wide}</div>' + paragraph(
            "No hyperparameter varied between the proposals."
        )
    important = [group for group in material.findings.importance if group.method == method]
    order, logarithms = _order(important), searched_logarithms(material, method)
    slices = _slices(values, logarithms, look, scores, method_name(method))
    parts = (
        f'{opening}<div class="halves">{wide}</div>',
        *(_importance(group, look) for group in important),
        f'<h4>Score by hyperparameter</h4><div class="quarters">{slices}</div>' if slices else "",
        surfaces_part(method, groups, order, logarithms),
        coordinates_part(method, groups, order, logarithms, look),
    )
    return "".join(parts)


def _order(important: list[GroupImportance]) -> list[str]:
    """Hyperparameters, the most important first; an element counts as the list that it belongs to too."""
    names = [name for group in important for name in group.found.shares["hyperparameter"].to_list()]
    return list(dict.fromkeys(known for name in names for known in (name, name.partition(".")[0])))


def _rungs(rungs: pl.DataFrame, history: pl.DataFrame, look: Look, scores: list[float], unit: str) -> str:
    """The scores at rungs, where early stopping judged any."""
    stopped = rungs.filter(pl.col("state") == "pruned")
    if stopped.is_empty():
        return ""
    stops = stopped.group_by("label_fraction", "number").agg(pl.col("iteration").max())
    counted = stops.group_by("iteration").len().sort("iteration").rows()
    told = joined([f"{amount:,} at {iteration:,}" for iteration, amount in counted])
    whose = joined([method_name(method) for method in rungs["method"].unique(maintain_order=True)])
    note = f"Open ends were stopped early: {told} {unit}s."
    shown = rungs_shown(only_shown(rungs, history))
    drawn, every = (frame.n_unique(["label_fraction", "number"]) for frame in (shown, rungs))
    more = f" {drawn:,} of {every:,} lines are drawn." if drawn < every else ""
    figure = rungs_figure(shown, look, scores, unit)
    return plot(figure, f"Score by {unit}, a line a proposal", f"{whose}. {note}{more}", f"{note}{more}")


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


def _slices(values: pl.DataFrame, logarithms: dict[str, bool], look: Look, scores: list[float], whose: str) -> str:
    """One small figure a hyperparameter that is a number or a choice."""
    drawn = ""
    single = values.filter(pl.col("elements").is_null()).drop_nulls("score")
    for name in single["hyperparameter"].unique(maintain_order=True).to_list():
        rows = single.filter(pl.col("hyperparameter") == name)
        figure = slice_figure(rows, name, look, scores, logarithmic=logarithms.get(name))
        drawn += plot(figure, "", f"{whose}. Score against {name}, {count(rows.height, 'proposal')}.")
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
