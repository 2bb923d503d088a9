"""Several studies at a glance: whether they may be compared, what each is, and the means of all their methods."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.side_by_side import line_looks, series_of, side_by_side_figure
from s4mcl_dashboards.frames.schema import DISTANCES, MEASURES, METRICS
from s4mcl_dashboards.frames.side_by_side import FATAL, UNEQUAL, about_frame, differing, side_by_side_frame
from s4mcl_dashboards.legend import legend
from s4mcl_dashboards.markup import cell, listed, paragraph, plot, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, metric_name, number
from s4mcl_dashboards.palette import looks

ANCHOR = "side-by-side"
TITLE = "Side by side"
LONGEST = 12  # names of studies that a sentence lists


def comparability(studies: Mapping[str, Material]) -> str:
    """A warning where the studies cannot be compared, or were not given the same; a sentence where they can."""
    fatal, unequal = differing(studies, FATAL), differing(studies, UNEQUAL)
    told = [f"They have different {what}: {_groups(groups)}." for what, groups in (*fatal, *unequal)]
    if not told:
        return paragraph(
            "All studies have the same dataset, partition, budget, image size, network size and commit of the code: "
            "their means were measured on the same images."
        )
    heading = "These studies are not comparable" if fatal else "These studies were not given the same"
    advice = (
        "Do not read a difference between two of them as one between methods: the images that they were judged on "
        "differ. Compare methods inside of each study."
        if fatal
        else "They were judged on the same images, but a difference between two of them may come from what follows."
    )
    return f'<aside class="warning"><h2>{heading}</h2>{paragraph(advice)}{listed(told)}</aside>'


def _groups(groups: list[tuple[str, list[str]]]) -> str:
    told = [f"{value} ({joined(_quoted(names))})" for value, names in groups]
    return " against ".join(told) if len(told) < 4 else f"{count(len(told), 'value')}, from {told[0]} to {told[-1]}"


def _quoted(names: list[str]) -> list[str]:
    more = [f"{len(names) - LONGEST} more"] if len(names) > LONGEST else []
    return [*(f"“{name}”" for name in names[:LONGEST]), *more]


def side_by_side_section(studies: Mapping[str, Material]) -> str:
    """What each study is, one figure in three metrics, and a table of study by method for each measure."""
    frame = side_by_side_frame(studies)
    if frame.is_empty():
        return section(ANCHOR, TITLE, _about(studies), paragraph("No study has a value of the confirm stage yet."))
    methods = list(dict.fromkeys(method for material in studies.values() for method in material.methods))
    styles = looks(methods)
    told = set(frame.select("study", "method").unique().rows())
    lines = [(study, method) for study, material in studies.items() for method in material.methods]
    of_line = line_looks([line for line in lines if line in told], styles)
    plots = [
        plot(side_by_side_figure(frame, metric, of_line), metric_name(metric), _alternative(frame, metric))
        for metric in METRICS
        if frame.filter(pl.col("metric") == metric).height
    ]
    entries = [(series_of(line, of_line), f"{line[0]}: {method_name(line[1])}", look) for line, look in of_line.items()]
    lead = (
        "Each point is a mean over seeds with its 95 % interval. The colour is the method, dash and marker are the "
        "study. Differences between studies were not tested: intervals that do not overlap are a hint, no proof."
    )
    drawn = f'<div class="thirds">{"".join(plots)}</div>'
    tables = tabs("means", [*_tables(frame, methods)])
    return section(ANCHOR, TITLE, _about(studies), paragraph(lead), legend(entries), drawn, tables)


def _about(studies: Mapping[str, Material]) -> str:
    heads = ("Study", "Dataset", "Images", "Methods", "Labels", "Seeds", "Iterations", "Completed", "Values of")
    parts = {"test": "test images", "val": "validation images"}
    body = [
        [
            row_head(row["study"]),
            cell(row["dataset"] or "unnamed"),
            cell(" / ".join(f"{size:,}" for size in row["images"]) or "–"),
            cell(", ".join(method_name(method) for method in row["methods"]) or "none"),
            cell(", ".join(percent(fraction) for fraction in row["fractions"]) or "none"),
            cell(str(row["seeds"])),
            cell("–" if row["iterations"] is None else f"{row['iterations']:,}"),
            cell(f"{row['completed']:,} of {row['trials']:,}"),
            cell(parts[row["part"]]),
        ]
        for row in about_frame(studies).to_dicts()
    ]
    note = "Images: training / validation / test. Completed: trials of the confirm stage."
    return table("The studies", heads, body, "studies") + paragraph(note, "note")


def _tables(frame: pl.DataFrame, methods: list[str]) -> Iterator[tuple[str, str]]:
    """A panel a measure: a row a study and method, a column a label fraction."""
    fractions = sorted(frame["label_fraction"].unique().to_list())
    heads = ["Study", "Method", *(percent(fraction) for fraction in fractions)]
    for measure in dict.fromkeys((*METRICS, *MEASURES)):
        rows = frame.filter(pl.col("metric") == measure)
        if rows.is_empty():
            continue
        body = []
        for study in rows.partition_by("study", maintain_order=True):
            own = [method for method in methods if method in set(study["method"])]
            for place, method in enumerate(own):
                head = [row_head(str(study["study"][0]), len(own))] if place == 0 else []
                cells = {row["label_fraction"]: row for row in study.filter(method=method).to_dicts()}
                texts = [_mean(cells.get(fraction), measure) for fraction in fractions]
                body.append([*head, row_head(method_name(method)), *(cell(text) for text in texts)])
        unit = ", pixels" if measure in DISTANCES else ""
        caption = f"{metric_name(measure)}{unit} by label fraction: mean ± half the 95 % interval, n seeds"
        yield metric_name(measure), table(caption, heads, body, "numbers")


def _mean(row: dict[str, Any] | None, measure: str) -> str:
    if row is None:
        return "–"
    digits = 1 if measure in DISTANCES else 3
    half = "" if row["low"] is None else f" ± {number((row['high'] - row['low']) / 2, digits)}"
    return f"{number(row['mean'], digits)}{half}, n = {row['n']}"


def _alternative(frame: pl.DataFrame, metric: str) -> str:
    rows = frame.filter(pl.col("metric") == metric).to_dicts()
    told = [
        f"{row['study']}, {method_name(row['method'])} {number(row['mean'])} at {percent(row['label_fraction'])}"
        for row in rows
    ]
    return f"{metric_name(metric)} against the label fraction by study and method. {'; '.join(told)}."
