"""A trial's page: how it stands, its curves, its images, and how to train it again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from s4mcl.naming import fraction_in, method_name, percent
from s4mcl_dashboards.app.one_trial import OneTrial
from s4mcl_dashboards.app.pages.links import crumbs, study_place
from s4mcl_dashboards.app.pages.progress import badge
from s4mcl_dashboards.app.pages.stop_button import stop_button
from s4mcl_dashboards.app.pages.trial_table import trial_table
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.figures.trial_curves import trial_figure
from s4mcl_dashboards.frames.outcomes import detail_text
from s4mcl_dashboards.frames.schema import MEASURES
from s4mcl_dashboards.frames.trial_curves import panels_of
from s4mcl_dashboards.markup import IN_NAME, cell, escaped, facts, paragraph, plot, prose, row_head, section, table
from s4mcl_dashboards.naming import count, duration, metric_name, number, quantity_name
from s4mcl_dashboards.palette import LOOKS, looks
from s4mcl_dashboards.sections.boundaries import boundaries_section
from s4mcl_trainables.methods import method_named, method_names

KINDS = {"running": "running", "completed": "finished", "failed": "failed", "pruned": "waiting", "planned": "empty"}
MOMENTS = ("claimed_at", "started_at", "ended_at")
ATTEMPT_HEADS = ("Attempt", "Stage", "Host", "Process", "Device", "Claimed", "Started", "Ended", "How")


def trial_name(row: dict[str, Any]) -> str:
    """A trial in words: S4MCL, 10 % of the labels, seed 2."""
    return f"{method_name(str(row['method']))}, {percent(fraction_in(row))} of the labels, seed {row['seed']}"


def trial_page(reading: Reading, trial: OneTrial) -> str:
    """The page of one trial."""
    return (
        f"{crumbs(reading.name)}<header>{_head(reading, trial)}</header>{_curves(reading, trial)}{_values(trial)}"
        f"{_images(reading, trial)}{_again(trial)}{_attempts(trial)}"
    )


def trials_page(place: Place, reading: Reading, found: pl.DataFrame) -> str:
    """The page where a point of a figure means several trials, or none."""
    told = count(found.height, "trial") if found.height else "No trial"
    lead = f"{told} of {reading.name} is what was asked for." if found.height < 2 else f"{told} share this point."
    head = f'{crumbs(reading.name)}<header><h1 tabindex="-1">Trials</h1></header>{paragraph(lead)}'
    listed = replace(study_place(reading.name), view="trials", sort=place.sort)
    return f"{head}{trial_table(listed, reading.name, found)}" if found.height else head


def _head(reading: Reading, trial: OneTrial) -> str:
    row = trial.first
    state, asked = str(row["state"]), any(one.key == row["key"] and one.seen_at is None for one in reading.requests)
    running = state == "running" and reading.run_by is not None
    stop = stop_button(reading.name, row["key"]) if running and not asked else ""
    asked_for = "<span>Its driver was asked to stop it.</span>" if running and asked else ""
    outcome = f": {row['outcome']}" if row["outcome"] and row["outcome"] != state else ""
    detail = detail_text(row["detail"]) if row["detail"] else ""
    why = paragraph(detail) if detail else ""
    name = f'<h1 tabindex="-1"><bdi>{prose(trial_name(row), 2 * IN_NAME)}</bdi></h1>'
    stands = f'<p class="stands">{badge(f"{state}{outcome}", KINDS.get(state, "empty"))}{asked_for}{stop}</p>'
    return f"{name}{stands}{why}{facts(_facts(trial))}"


def _facts(trial: OneTrial) -> Iterator[tuple[str, str]]:
    row = trial.first
    yield "Stage", ", ".join(str(one["stage"]) for one in trial.rows)
    proposals = [str(one["proposal"]) for one in trial.rows if one["proposal"] is not None]
    if proposals:
        yield "Proposal", ", ".join(proposals)
    yield "Iterations", "–" if row["iterations"] is None else f"{row['iterations']:,}"
    if row["best_iteration"] is not None:
        yield "Best iteration", f"{row['best_iteration']:,}"
    yield "Training time", duration(row["seconds"])
    yield "Attempts", str(row["attempts"])
    if row["finished_at"] is not None:
        yield "Finished", f"{row['finished_at']:%Y-%m-%d %H:%M} UTC"
    if row["reused"]:
        yield "Trained for", "another study or stage"


def _curves(reading: Reading, trial: OneTrial) -> str:
    if trial.curves.is_empty():
        return section("curves", "Training curves", paragraph("It has not reported yet."))
    method = str(trial.first["method"])
    look = looks(reading.study.methods).get(method, LOOKS[0])
    drawn = "".join(
        plot(
            trial_figure(trial.curves, panel, look, trial.rungs),
            quantity_name(panel.title) if len(panel.quantities) == 1 else panel.title,
            f"{panel.title} by iteration.",
        )
        for panel in panels_of(trial.curves)
    )
    lead = "Losses are means since the last report; their names are the method's own."
    rungs = " Dashed lines: where early stopping judged it." if trial.rungs else ""
    return section("curves", "Training curves", paragraph(lead + rungs), f'<div class="quarters">{drawn}</div>')


def _values(trial: OneTrial) -> str:
    """What was measured: on validation images at the best iteration, and on test images."""
    row = trial.first
    rows = []
    for measure in ("score", *MEASURES):
        values = [row.get(f"{part}_{measure}") for part in ("val", "test")]
        if any(value is not None for value in values):
            rows.append([row_head("Score" if measure == "score" else metric_name(measure)), *map(_cell, values)])
    if not rows:
        return ""
    return section("values", "Values", table("What was measured", ("", "Validation", "Test"), rows, "numbers"))


def _cell(value: float | None) -> str:
    return cell(number(value))


def _images(reading: Reading, trial: OneTrial) -> str:
    if not trial.evidence.predictions and not trial.evidence.unreadable:
        return ""
    problems = "".join(paragraph(problem) for problem in trial.evidence.unreadable)
    material = reading.material(Place())
    trials = material.trials.filter(pl.col("key") == trial.first["key"])
    own = replace(material, trials=trials, proposals=material.proposals.clear(), config={}, evidence=trial.evidence)
    return boundaries_section(own) + problems


def _again(trial: OneTrial) -> str:
    """Hyperparameters, and the command line that trains the trial again."""
    method = str(trial.first["method"])
    defaults = method_named(method).defaults if method in method_names() else {}
    pairs = [
        (name, _text(value) + ("" if name in defaults and value == defaults[name] else " (changed)"))
        for name, value in trial.hyperparameters.items()
    ]
    told = paragraph(
        "The same code, dataset and kind of machine give the same key and the same numbers. It is trained in a storage "
        "of its own, since this one would only look it up."
    )
    key = paragraph(f"Key: {trial.first['key']}", "note")
    button = '<button type="button" class="copy" data-copies="command">Copy</button>'
    command = f'<pre tabindex="0" aria-label="Command line"><code id="command">{escaped(trial.command)}</code></pre>'
    again = f"<h3>Train it again</h3>{told}{command}{button}{key}" if trial.command else paragraph(trial.problem) + key
    return section("configuration", "Hyperparameters", facts(pairs), again)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _attempts(trial: OneTrial) -> str:
    if trial.attempts.is_empty():
        return ""
    rows = [
        [
            row_head(str(row["attempt"])),
            cell(str(row["stage"])),
            *(cell(str(row[name]) if row[name] is not None else "–") for name in ("host", "worker", "device")),
            *(cell(f"{row[at]:%Y-%m-%d %H:%M:%S}" if row[at] else "–") for at in MOMENTS),
            cell(str(row["ended"] or "running")),
        ]
        for row in trial.attempts.to_dicts()
    ]
    return section("attempts", "Attempts", table("Who trained it, in UTC", ATTEMPT_HEADS, rows, "numbers"))
