"""What ran: configuration, command, versions, fingerprints, budgets, times, failures, openings of the test set."""

from collections.abc import Iterator
from typing import Any

import yaml

from s4mcl_dashboards.frames.budget import STAGES, budget_frame
from s4mcl_dashboards.frames.outcomes import STATES, counts_frame, detail_text, failures_frame
from s4mcl_dashboards.markup import cell, details, escaped, facts, paragraph, row_head, section, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, duration, method_name, percent, shortened

TITLE = "What ran"
SHOWN_FAILURES = 50


def provenance_section(material: Material) -> str:
    """Everything that is needed to judge the study and to run it again."""
    return section(
        "provenance",
        TITLE,
        paragraph(_openings(material)),
        _budgets(material),
        _counts(material),
        _failures(material),
        "<h3>How it was made</h3>",
        facts(_made(material)),
        details("Dataset, partition, versions and machine", facts([*_about(material)])),
        details("Configuration", f"<pre><code>{escaped(_yaml(material.config))}</code></pre>"),
    )


def _openings(material: Material) -> str:
    own = material.openings.get(material.name, 0)
    others = {study: times for study, times in material.openings.items() if study != material.name}
    text = "This study has not read the labels of the test set."
    if own:
        text = f"This study read the labels of the test set {count(own, 'time')}; once a confirm trial is the rule."
    if others:
        studies = count(len(others), "other study", "other studies")
        times = count(sum(others.values()), "time")
        text += f" {studies} of this storage read them {times}. A test set that is read often is no test any more."
    return text


def _budgets(material: Material) -> str:
    budget = budget_frame(material.trials, material.methods)
    if budget.is_empty():
        return paragraph("No method was run.")
    stages = [stage for stage in STAGES if budget[f"{stage}_trials"].sum()]
    heads = (
        "Method",
        *(f"{stage.capitalize()} {what}" for stage in stages for what in ("trials", "iterations", "time")),
        "Reused",
    )
    rows = [
        [row_head(method_name(row["method"]))]
        + [
            cell(text)
            for stage in stages
            for text in (
                f"{row[f'{stage}_trials']:,}",
                f"{row[f'{stage}_iterations']:,}",
                duration(row[f"{stage}_seconds"]),
            )
        ]
        + [cell(f"{row['reused']:,}")]
        for row in budget.to_dicts()
    ]
    note = (
        "Time is the sum over trials; a reused trial counts with the time that its training took. What each method's "
        "tuning was given stands under “The search”. The paper's single-task row joins the CNN and the U-Net, each "
        "tuned with its own full budget."
    )
    return table("What each method was given", heads, rows, "numbers") + paragraph(note, "note")


def _counts(material: Material) -> str:
    counts = counts_frame(material.trials)
    if counts.is_empty():
        return ""
    rows = [
        [row_head(str(row["stage"])), cell(f"{row['trials']:,}"), *(cell(f"{row[state]:,}") for state in STATES)]
        for row in counts.to_dicts()
    ]
    return table(
        "What became of the trials", ["Stage", "Trials", *(state.capitalize() for state in STATES)], rows, "numbers"
    )


def _failures(material: Material) -> str:
    failures = failures_frame(material.trials)
    if failures.is_empty():
        return paragraph("No trial failed.")
    rows = [
        [
            row_head(method_name(str(row["method"]))),
            cell(str(row["stage"])),
            cell(percent(row["label_fraction"])),
            cell(str(row["seed"])),
            cell(str(row["outcome"])),
            cell(shortened(detail_text(row["detail"]), 400), "wide"),
        ]
        for row in failures.head(SHOWN_FAILURES).to_dicts()
    ]
    more = failures.height - SHOWN_FAILURES
    rest = paragraph(f"And {count(more, 'failed trial')} more.", "note") if more > 0 else ""
    return table("Failed trials", ("Method", "Stage", "Labels", "Seed", "Outcome", "Detail"), rows) + rest


def _made(material: Material) -> list[tuple[str, str]]:
    """The study's own moments, then what its provenance tells at its first level."""
    pairs = [("study", material.name)]
    if material.created_at is not None:
        pairs.append(("started", _moment(material.created_at)))
    if "finished_at" in material.trials.columns and (last := material.trials["finished_at"].drop_nulls()).len():
        pairs.append(("last trial finished", _moment(last.max())))
    pairs += [
        (_words(name), str(value)) for name, value in material.provenance.items() if not isinstance(value, dict | list)
    ]
    if fingerprint := material.dataset.get("fingerprint"):
        pairs.append(("dataset fingerprint", str(fingerprint)))
    if fingerprint := material.partition.get("fingerprint"):
        pairs.append(("partition fingerprint", str(fingerprint)))
    return pairs


def _about(material: Material) -> Iterator[tuple[str, str]]:
    yield from _flat("dataset", {name: value for name, value in material.dataset.items() if name != "fingerprint"})
    yield from _flat("partition", {name: value for name, value in material.partition.items() if name != "fingerprint"})
    for name, value in material.provenance.items():
        if isinstance(value, dict | list):
            yield from _flat(name, value)
    yield from _profiles(material)


def _profiles(material: Material) -> Iterator[tuple[str, str]]:
    """On what the trials ran, where that differs between them the first few."""
    if "provenance" not in material.trials.columns:
        return
    seen = material.trials["provenance"].drop_nulls().unique(maintain_order=True)
    for place, text in enumerate(seen.head(3).to_list(), start=1):
        yield (f"trials ran on, {place} of {seen.len()}", detail_text(text))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, content in value.items():
            yield from _flat(f"{name}: {inner}", content)
    elif isinstance(value, list):
        yield (_words(name), ", ".join(str(item) for item in value))
    else:
        yield (_words(name), str(value))


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _moment(moment: Any) -> str:
    """A moment in UTC to the minute; text stays as it is."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if hasattr(moment, "strftime") else str(moment)


def _yaml(config: dict[str, Any]) -> str:
    return (
        yaml.safe_dump(config, sort_keys=False, allow_unicode=True) if config else "The ledger holds no configuration."
    )
