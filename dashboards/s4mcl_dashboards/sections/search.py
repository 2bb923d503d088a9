"""The search of every method: its history, each hyperparameter against the score, subsets as a matrix."""

from typing import Any

import polars as pl

from s4mcl_dashboards.figures.search import history_figure, presence_figure, slice_figure
from s4mcl_dashboards.frames.search import (
    best_proposals,
    history_frame,
    hyperparameters_of,
    presence_frame,
    values_frame,
)
from s4mcl_dashboards.markup import listed, paragraph, plot, section, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import compact, count, method_name, number, percent
from s4mcl_dashboards.palette import Look, looks

TITLE = "The search"


def search_section(material: Material) -> str:
    """A panel a method, or a sentence where nothing was searched."""
    if material.proposals.is_empty():
        return section(
            "search",
            TITLE,
            paragraph("Nothing was searched: the methods ran with their default or configured hyperparameters."),
        )
    history, values = history_frame(material.proposals), values_frame(material.proposals)
    styles = looks(material.methods)
    panels = []
    for method in material.methods:
        own = history.filter(pl.col("method") == method)
        if own.is_empty():
            panels.append((method_name(method), paragraph("This method was not searched.")))
        else:
            panels.append(
                (
                    method_name(method),
                    _panel(material, method, own, values.filter(pl.col("method") == method), styles[method]),
                )
            )
    lead = (
        "Proposals are compared on validation images by their score: the mean of Dice and balanced accuracy, as far as "
        "the method has the task. Filled points completed, open ones were stopped early, crosses at the foot failed; "
        "the line is the best so far."
    )
    return section("search", TITLE, paragraph(lead), tabs("search", panels))


def _panel(material: Material, method: str, history: pl.DataFrame, values: pl.DataFrame, look: Look) -> str:
    scores = history["score"].drop_nulls().to_list()
    best = best_proposals(material.proposals).filter(pl.col("method") == method)
    told = [_best_told(row) for row in best.to_dicts()]
    parts = [paragraph(_counted(history)), listed(told) if told else paragraph("No proposal completed.")]
    if not scores:
        return "".join(parts)
    alternative = f"{_counted(history)} Best score {number(max(scores))}."
    wide = plot(history_figure(history, look, scores), "Score by proposal", alternative)
    wide += _matrices(method, values, look)
    slices = _slices(material, method, values, look, scores)
    title = "<h4>Score by hyperparameter</h4>"
    drawn = f'{title}<div class="quarters">{slices}</div>' if slices else ""
    if values.is_empty():
        drawn = paragraph("No hyperparameter varied between the proposals.")
    return "".join([*parts, f'<div class="halves">{wide}</div>', drawn])


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
    parts = [f"{states[state]} {state}" for state in ("completed", "pruned", "failed", "running") if states.get(state)]
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
