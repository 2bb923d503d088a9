"""The summary: what the study found, in sentences whose numbers come from the data."""

from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl.results.fractions import unequal_fractions
from s4mcl_dashboards.caveats import caveats
from s4mcl_dashboards.frames.effects import compared_frame
from s4mcl_dashboards.frames.label_fraction import CROSSED, all_confirm_trials
from s4mcl_dashboards.frames.schema import METRICS, TRIALS, complete
from s4mcl_dashboards.markup import details, escaped, facts, listed, paragraph
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, duration, joined, limits, metric_name, number, p_told, signed, within
from s4mcl_dashboards.saving import saving_sentence
from s4mcl_dashboards.sections.ablation import ablations
from s4mcl_dashboards.sections.claim import claim_sentences
from s4mcl_trainables.label_fraction import TASKS

SUBJECTS = (
    "s4mcl_improved",
    "s4mcl",
    "s4mcl_calm",
    "s2mcl",
    "s2mcl_k1",
)  # whose gain is asked for: the first that the study has
COMPARED = ("dice", "balanced_accuracy")
SHOWN = 3  # label fractions that a comparison tells, warnings of a kind; the tables have them all


def summary_section(material: Material) -> str:
    """The opening of the report: facts, findings and warnings."""
    blocks = [*_claim(material), *comparisons(material), *ablations(material.findings.ablation)]
    told = [f"<div><h3>{escaped(title)}</h3>{listed(sentences)}</div>" for title, sentences in blocks]
    note = (
        "Methods are paired seed by seed, since every method sees the same labels with the same seed, and image by "
        "image where predictions were kept. p is corrected by Holm for all comparisons of the same measure."
    )
    findings = f'<div class="findings">{"".join(told)}</div>{paragraph(note, "note")}' if told else ""
    opening = "".join(paragraph(text, "finding") for text in openings(material))
    return facts(_facts(material)) + opening + _warnings(caveats(material)) + findings


def _claim(material: Material) -> list[tuple[str, list[str]]]:
    """What came of the study's claim, where it has one."""
    told = claim_sentences(material.findings.claim)
    return [("The claim", told)] if told else []


def _warnings(kinds: list[list[str]]) -> str:
    """The first warnings of each kind; the others open on demand."""
    if not kinds:
        return ""
    first = listed(text for texts in kinds for text in texts[:SHOWN])
    others = [text for texts in kinds for text in texts[SHOWN:]]
    rest = details(f"{count(len(others), 'warning')} more of these kinds", listed(others)) if others else ""
    return f'<aside class="warning"><h2>Before you read on</h2>{first}{rest}</aside>'


def _facts(material: Material) -> list[tuple[str, str]]:
    pairs = [("Dataset", str(material.dataset.get("name") or "unnamed"))]
    sizes = {part: material.partition.get(part) for part in ("train", "validation", "test")}
    parts = [f"{size:,} {part}" for part, size in sizes.items() if isinstance(size, int)]
    if parts:
        pairs.append(("Images", ", ".join(parts)))
    if told := material.partition.get("labels"):
        classes, masks = (", ".join(f"{own.get(task, 0):,} {part}" for part, own in told.items()) for task in TASKS)
        pairs += [("With a class", classes), ("With a mask", masks)]
    pairs.append(("Methods", ", ".join(method_name(method) for method in material.methods) or "none"))
    pairs.append(("Labels", ", ".join(_fractions(material)) or "none"))
    seeds = all_confirm_trials(material.trials)["seed"].n_unique()
    pairs.append(("Seeds", str(seeds) if seeds else "none yet"))
    own = material.openings.get(material.name, 0)
    pairs.append(("Test labels read", count(own, "time") if own else "never by this study"))
    trained = complete(material.trials, TRIALS).unique("key")  # a reused trial was trained once
    pairs.append(("Training time", duration(float(trained["seconds"].sum()) or None)))
    return pairs


def _fractions(material: Material) -> list[str]:
    """Those of both tasks, then those of each its own: classes, then masks."""
    return [*map(percent, material.fractions), *map(percent, unequal_fractions(material.config))]


def openings(material: Material) -> list[str]:
    """What was run, or why there is nothing to tell."""
    if material.trials.is_empty():
        return ["This study has no trials yet, so there is nothing to report. Start it with s4mcl run."]
    confirm = all_confirm_trials(material.trials)
    if confirm.is_empty():
        return ["No trial of the confirm stage is planned yet: there are values of the search alone."]
    completed = confirm.filter(pl.col("state") == "completed").height
    apart = confirm.filter(pl.col("label_fraction").is_null() & (pl.col("state") == "completed"))
    if material.effect.is_empty() and apart.is_empty():
        failed = confirm.filter(pl.col("state") == "failed").height
        if failed == confirm.height:
            return [f"All {count(failed, 'trial')} of the confirm stage failed, so there is no value to report."]
        return [f"None of the {count(confirm.height, 'trial')} of the confirm stage has a value yet."]
    methods = joined([method_name(method) for method in material.methods])
    fractions = joined(_fractions(material))
    seeds = count(confirm["seed"].n_unique(), "seed")
    return [
        f"{methods}: trained with {fractions} of the labels, n = {seeds}. "
        f"{completed:,} of {count(confirm.height, 'trial')} of the confirm stage completed."
    ]


def comparisons(material: Material) -> list[tuple[str, list[str]]]:
    """Titles with sentences: in each metric the method of interest against its reference, and its label savings.

    Whether a value is higher or lower is the verdict of the statistics, never that of the means. Where the study
    compares nothing, the level of each method is told instead.
    """
    if material.effect.is_empty():
        return []
    blocks = [_compared(material, measure) for measure in COMPARED]
    return [block for block in blocks if block] or [("Levels", _levels(material.effect))]


def _compared(material: Material, measure: str) -> tuple[str, list[str]] | None:
    found = compared_frame(material.findings.comparisons.filter(pl.col("measure") == measure))
    methods = found["method"].to_list()
    claimed = (material.config.get("claim") or {}).get("method")
    subject = next((method for method in (claimed, *SUBJECTS, *methods) if method in methods), None)
    if subject is None:
        return None
    rows = found.filter(pl.col("method") == subject).sort("label_fraction").to_dicts()
    told = rows if len(rows) <= SHOWN else [rows[0], rows[len(rows) // 2], rows[-1]]
    part = "" if material.part == "test" else "validation "
    savings = material.findings.savings.filter((pl.col("measure") == measure) & (pl.col("method") == subject))
    sentences = [saving_sentence(row) for row in savings.to_dicts()] + [_sentence(row, part) for row in told]
    return f"{metric_name(measure)}: {method_name(subject)} and the {method_name(rows[0]['reference'])}", sentences


def _sentence(row: dict[str, Any], part: str) -> str:
    text = (
        f"With {percent(row['label_fraction'])} of the labels {method_name(row['method'])} reached {part}"
        f"{within(row['measure'])} {number(row['mean'])}, the {method_name(row['reference'])} "
        f"{number(row['reference_mean'])}."
    )
    if row["low"] is None:
        return f"{text} One shared seed cannot tell whether they differ."
    seeds = f"n = {count(row['seeds'], 'seed')}"
    units = f"{seeds}, {count(row['groups'], 'test group')}" if row["over"] == CROSSED else f"{seeds}, over seeds alone"
    told = f"95 % interval {limits(row['low'], row['high'])}; {units}; {p_told(row['p_holm'])}"
    return f"{text} Difference {signed(row['effect'])} ({told}): {row['verdict']}."


def interval_text(row: dict[str, Any]) -> str:
    """The interval and the number of seeds of a mean: "95 % interval 0.880 to 0.940, n = 3 seeds"."""
    seeds = f"n = {count(row['n'], 'seed')}"
    if row["low"] is None:
        return f"no interval, {seeds}"
    return f"95 % interval {number(row['low'])} to {number(row['high'])}, {seeds}"


def _levels(effect: pl.DataFrame) -> list[str]:
    """The level of each method at its largest label fraction."""
    largest = effect.filter(pl.col("label_fraction") == pl.col("label_fraction").max().over("method", "metric"))
    chosen = largest.filter(pl.col("metric").is_in(METRICS)).sort("method", "metric")
    return [
        f"With {percent(row['label_fraction'])} of the labels {method_name(row['method'])} reached "
        f"{within(row['metric'])} {number(row['mean'])} ({interval_text(row)})."
        for row in chosen.to_dicts()
    ]
