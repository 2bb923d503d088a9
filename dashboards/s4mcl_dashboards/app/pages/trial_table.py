"""The table of a study's trials: as many as a screen takes, sorted by links in its heads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from s4mcl.naming import fraction_in, method_name, percent
from s4mcl_dashboards.app.pages.links import link, trial_place
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.markup import cell, escaped, paragraph, prose
from s4mcl_dashboards.naming import count, duration, number

ROWS = 50  # of a page of the table
CAPTION = "Trials"


@dataclass(frozen=True)
class Column:
    """A column: its name in a URL, its head, and the frame's columns that it shows, the first of which has a value."""

    name: str
    head: str
    sources: tuple[str, ...]


COLUMNS = (
    Column("method", "Method", ("method",)),
    Column("labels", "Labels", ("label_fraction", "classification_fraction")),
    Column("seed", "Seed", ("seed",)),
    Column("stage", "Stage", ("stage",)),
    Column("state", "State", ("state",)),
    Column("score", "Score", ("val_score",)),
    Column("dice", "Dice", ("test_dice", "val_dice")),
    Column("balanced_accuracy", "Balanced accuracy", ("test_balanced_accuracy", "val_balanced_accuracy")),
    Column("iterations", "Iterations", ("iterations",)),
    Column("seconds", "Time", ("seconds",)),
    Column("finished", "Finished", ("finished_at",)),
)
FALLING = ("score", "dice", "balanced_accuracy", "iterations", "seconds", "finished")  # largest first at a first click


def trial_table(place: Place, study: str, trials: pl.DataFrame) -> str:
    """One page of the trials, each with a link to its own page; without `sort` in the order of planning."""
    if trials.is_empty():
        return paragraph("No trial is like that.")
    rows = _sorted(trials, place.sort)
    pages = -(-rows.height // ROWS)
    page = min(place.page, pages)
    body = "".join(_row(study, row) for row in rows.slice((page - 1) * ROWS, ROWS).to_dicts())
    heads = "".join(_head(place, column) for column in COLUMNS)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{CAPTION}"><table class="numbers trials" '
        f'aria-label="{CAPTION}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{_pages(place, page, pages, rows.height)}"
    )


def _value(column: Column, frame: pl.DataFrame) -> pl.Expr:
    found = [pl.col(name) for name in column.sources if name in frame.columns]
    value = pl.coalesce(found) if found else pl.lit(None, pl.Float64)
    return value.alias(f"shown_{column.name}")


def _sorted(trials: pl.DataFrame, sort: str) -> pl.DataFrame:
    """The trials with what is shown of them; NaN and what is missing come last, either way."""
    frame = trials.with_columns(_value(column, trials) for column in COLUMNS)
    name = sort.removeprefix("-")
    if name not in {column.name for column in COLUMNS}:
        return frame
    key = pl.col(f"shown_{name}")
    if frame.schema[f"shown_{name}"] == pl.Float64:
        key = key.fill_nan(None)
    return frame.sort(key, descending=sort.startswith("-"), nulls_last=True, maintain_order=True)


def _head(place: Place, column: Column) -> str:
    falls, now = column.name in FALLING, place.sort.removeprefix("-") == column.name
    order = ("descending" if place.sort.startswith("-") else "ascending") if now else ""
    turned = falls if not now else order == "ascending"
    target = replace(place, sort=f"{'-' if turned else ''}{column.name}", page=1)
    sorted_by = f' aria-sort="{order}"' if now else ""
    return f'<th scope="col"{sorted_by}>{link(column.head, target)}</th>'


def _row(study: str, row: dict[str, Any]) -> str:
    name = f'<th scope="row">{link(method_name(str(row["method"])), trial_place(study, row["key"]))}</th>'
    state = "reused" if row["reused"] and row["state"] == "completed" else str(row["state"])
    if row["state"] == "failed" and row["outcome"]:
        state = f"failed: {row['outcome']}"
    cells: Sequence[str] = (
        cell(percent(fraction_in(row))),
        cell(str(row["seed"])),
        cell(str(row["stage"])),
        f'<td><span class="state {escaped(row["state"])}">{prose(state, 40)}</span></td>',
        *(cell(number(row[f"shown_{measure}"])) for measure in ("score", "dice", "balanced_accuracy")),
        cell("–" if row["iterations"] is None else f"{row['iterations']:,}"),
        cell(duration(row["seconds"])),
        cell("–" if row["finished_at"] is None else f"{row['finished_at']:%Y-%m-%d %H:%M}"),
    )
    return f'<tr data-row="{escaped(row["stage"])}-{escaped(row["key"])}">{name}{"".join(cells)}</tr>'


def _pages(place: Place, page: int, pages: int, rows: int) -> str:
    if pages == 1:
        return paragraph(f"{count(rows, 'trial')}. Times are in UTC.", "note")
    first, last = (page - 1) * ROWS + 1, min(page * ROWS, rows)
    before = link("previous", replace(place, page=page - 1)) if page > 1 else ""
    after = link("next", replace(place, page=page + 1)) if page < pages else ""
    told = f"<span>{first:,} to {last:,} of {count(rows, 'trial')}. Times are in UTC.</span>"
    return f'<nav class="pages note" aria-label="Pages of the table">{told}{before}{after}</nav>'
