"""The summary: what the study found, in sentences whose numbers come from the data."""

from typing import Any

import polars as pl

from s4mcl_dashboards.caveats import caveats
from s4mcl_dashboards.frames.difference import difference_frame
from s4mcl_dashboards.frames.label_fraction import confirm_trials, label_fraction_frame
from s4mcl_dashboards.frames.schema import TRIALS, complete
from s4mcl_dashboards.markup import escaped, facts, listed, paragraph
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, duration, joined, method_name, metric_name, number, percent, signed

SUBJECTS = ("s4mcl", "s4mcl_calm", "s2mcl", "s2mcl_k1")  # whose gain is asked for: the first that the study has
REFERENCES = {"dice": "unet", "balanced_accuracy": "cnn"}  # the single-task methods of the paper's comparison
SHOWN = 3  # label fractions that a comparison tells; the table has them all


def summary_section(material: Material) -> str:
    """The opening of the report: facts, findings and warnings."""
    blocks = comparisons(material)
    told = [f"<div><h3>{escaped(title)}</h3>{listed(sentences)}</div>" for title, sentences in blocks]
    note = (
        "Differences are taken seed by seed, since every method sees the same labels with the same seed. "
        "The intervals are not corrected for the number of comparisons."
    )
    findings = f'<div class="findings">{"".join(told)}</div>{paragraph(note, "note")}' if told else ""
    warned = caveats(material)
    warning = f'<aside class="warning"><h2>Before you read on</h2>{listed(warned)}</aside>' if warned else ""
    opening = "".join(paragraph(text, "finding") for text in openings(material))
    return facts(_facts(material)) + opening + findings + warning


def _facts(material: Material) -> list[tuple[str, str]]:
    pairs = [("Dataset", str(material.dataset.get("name") or "unnamed"))]
    sizes = {part: material.partition.get(part) for part in ("train", "validation", "test")}
    parts = [f"{size:,} {part}" for part, size in sizes.items() if isinstance(size, int)]
    if parts:
        pairs.append(("Images", ", ".join(parts)))
    pairs.append(("Methods", ", ".join(method_name(method) for method in material.methods) or "none"))
    pairs.append(("Labels", ", ".join(percent(fraction) for fraction in material.fractions) or "none"))
    seeds = confirm_trials(material.trials)["seed"].n_unique()
    pairs.append(("Seeds", str(seeds) if seeds else "none yet"))
    trained = complete(material.trials, TRIALS).unique("key")  # a reused trial was trained once
    pairs.append(("Training time", duration(float(trained["seconds"].sum()) or None)))
    return pairs


def openings(material: Material) -> list[str]:
    """What was run, or why there is nothing to tell."""
    if material.trials.is_empty():
        return ["This study has no trials yet, so there is nothing to report. Start it with s4mcl run."]
    confirm = confirm_trials(material.trials)
    if confirm.is_empty():
        return ["No trial of the confirm stage is planned yet: there are values of the search alone."]
    completed = confirm.filter(pl.col("state") == "completed").height
    if label_fraction_frame(material.trials, material.part).is_empty():
        failed = confirm.filter(pl.col("state") == "failed").height
        if failed == confirm.height:
            return [f"All {count(failed, 'trial')} of the confirm stage failed, so there is no value to report."]
        return [f"None of the {count(confirm.height, 'trial')} of the confirm stage has a value yet."]
    methods = joined([method_name(method) for method in material.methods])
    fractions = joined([percent(fraction) for fraction in material.fractions])
    seeds = count(confirm["seed"].n_unique(), "seed")
    return [
        f"{methods}: trained with {fractions} of the labels, n = {seeds}. "
        f"{completed:,} of {count(confirm.height, 'trial')} of the confirm stage completed."
    ]


def comparisons(material: Material) -> list[tuple[str, list[str]]]:
    """Titles with sentences: in each metric the method of interest against its single-task counterpart.

    A mean alone is never called higher or lower: only an interval of the paired difference that leaves 0 out is. Where
    the study has no such pair, the level of each method is told instead.
    """
    effect = label_fraction_frame(material.trials, material.part)
    if effect.is_empty():
        return []
    blocks = [_compared(material, effect, metric, reference) for metric, reference in REFERENCES.items()]
    return [block for block in blocks if block] or [("Levels", _levels(effect))]


def _compared(material: Material, effect: pl.DataFrame, metric: str, reference: str) -> tuple[str, list[str]] | None:
    cells = {(row["method"], row["label_fraction"]): row for row in effect.to_dicts() if row["metric"] == metric}
    methods = {method for method, _ in cells}
    subject = next((method for method in SUBJECTS if method in methods), None)
    if subject is None or reference not in methods:
        return None
    pairs = difference_frame(material.trials, subject, reference, f"{material.part}_{metric}")
    differences = {row["label_fraction"]: row for row in pairs.to_dicts()}
    shared = [at for at in material.fractions if (subject, at) in cells and (reference, at) in cells]
    told = shared if len(shared) <= SHOWN else [shared[0], shared[len(shared) // 2], shared[-1]]
    part = "" if material.part == "test" else "validation "
    sentences = [_sentence(cells[subject, at], cells[reference, at], differences.get(at), part) for at in told]
    return f"{metric_name(metric)}: {method_name(subject)} and the {method_name(reference)}", sentences


def _sentence(ours: dict[str, Any], theirs: dict[str, Any], difference: dict[str, Any] | None, part: str) -> str:
    metric = metric_name(ours["metric"])
    metric = metric if ours["metric"] == "dice" else metric.lower()
    same = ours["n"] == theirs["n"] and theirs["low"] is not None
    limits = f"{number(theirs['low'])} to {number(theirs['high'])}" if same else interval_text(theirs)
    text = (
        f"With {percent(ours['label_fraction'])} of the labels {method_name(ours['method'])} reached {part}{metric} "
        f"{number(ours['mean'])} ({interval_text(ours)}) against {number(theirs['mean'])} "
        f"({limits}) for the {method_name(theirs['method'])}."
    )
    if difference is None:
        return f"{text} The two share no seed, so their difference has no interval."
    if difference["low"] is None:
        return f"{text} One shared seed cannot tell whether they differ."
    told = f"{signed(difference['mean'])} ({signed(difference['low'])} to {signed(difference['high'])})"
    if difference["low"] > 0 or difference["high"] < 0:
        verdict = f"{'higher' if difference['low'] > 0 else 'lower'}, the interval leaves out 0"
    else:
        verdict = "no difference is shown, the interval holds 0"
    return f"{text} Difference {told}: {verdict}."


def interval_text(row: dict[str, Any]) -> str:
    """The interval and the number of seeds of a mean: "95 % interval 0.880 to 0.940, n = 3 seeds"."""
    seeds = f"n = {count(row['n'], 'seed')}"
    if row["low"] is None:
        return f"no interval, {seeds}"
    return f"95 % interval {number(row['low'])} to {number(row['high'])}, {seeds}"


def _levels(effect: pl.DataFrame) -> list[str]:
    """The level of each method at its largest label fraction."""
    largest = effect.filter(pl.col("label_fraction") == pl.col("label_fraction").max().over("method", "metric"))
    chosen = largest.filter(pl.col("metric").is_in(list(REFERENCES))).sort("method", "metric")
    return [
        f"With {percent(row['label_fraction'])} of the labels {method_name(row['method'])} reached "
        f"{metric_name(row['metric'])} {number(row['mean'])} ({interval_text(row)})."
        for row in chosen.to_dicts()
    ]
