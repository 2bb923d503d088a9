"""What ran: openings of the test set, budgets, times, failures, and how the study was made."""

from s4mcl.naming import fraction_in, method_name, percent, shortened
from s4mcl_dashboards.frames.budget import STAGES, budget_frame, tuning_frame
from s4mcl_dashboards.frames.outcomes import STATES, counts_frame, detail_text, failures_frame
from s4mcl_dashboards.markup import cell, paragraph, row_head, section, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, duration
from s4mcl_dashboards.sections.making import how_made

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
        how_made(material),
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
    tuning = {row["method"]: row["proposals"] for row in tuning_frame(material.proposals, material.methods).to_dicts()}
    tuned = any(tuning.values())
    heads = ["Method", *(["Proposals"] if tuned else [])]
    heads += [f"{stage.capitalize()} {what}" for stage in stages for what in ("trials", "iterations", "time")]
    rows = []
    for row in budget.to_dicts():
        told = [f"{tuning.get(row['method'], 0):,}"] if tuned else []
        for stage in stages:
            told += [f"{row[f'{stage}_{what}']:,}" for what in ("trials", "iterations")]
            told.append(duration(row[f"{stage}_seconds"]))
        rows.append([row_head(method_name(row["method"])), *map(cell, [*told, f"{row['reused']:,}"])])
    heads.append("Reused")
    note = (
        "Time is the sum over trials; a reused trial counts with the time that its training took. What a search's "
        "proposals cost, those stopped early included, stands under “The search”; what each method's attempts and "
        "retries cost under “Where and when it ran”. The paper's single-task row joins the CNN and the U-Net, each "
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
            cell(percent(fraction_in(row))),
            cell(str(row["seed"])),
            cell(str(row["outcome"])),
            cell(shortened(detail_text(row["detail"]), 400), "wide"),
        ]
        for row in failures.head(SHOWN_FAILURES).to_dicts()
    ]
    more = failures.height - SHOWN_FAILURES
    rest = paragraph(f"And {count(more, 'failed trial')} more.", "note") if more > 0 else ""
    return table("Failed trials", ("Method", "Stage", "Labels", "Seed", "Outcome", "Detail"), rows) + rest
