"""Where and when the study ran: attempts over time, how busy the machines were, hours, cost, failures and retries."""

import polars as pl

from s4mcl.naming import method_name, shortened
from s4mcl_dashboards.figures.gantt import MOST, gantt_figure
from s4mcl_dashboards.frames.attempts import timed_frame
from s4mcl_dashboards.frames.busy import busy_frame, idle, shares_frame, span
from s4mcl_dashboards.frames.gantt import gantt_frame
from s4mcl_dashboards.legend import legend
from s4mcl_dashboards.markup import cell, paragraph, plot, row_head, section, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, duration, joined, number, percent_of
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.sections.spending import endings_table, spending_table

TITLE = "Where and when it ran"


def cluster_section(material: Material) -> str:
    """Sentences, the picture of all attempts, and tables by machine and method; or why there is nothing to tell."""
    cpus, gpus = _configured(material)
    timed = timed_frame(material.attempts, cpus=cpus, gpus=gpus)
    if timed.is_empty():
        return section("cluster", TITLE, paragraph(_nothing(material)), endings_table(material))
    bars, pixel = gantt_frame(timed)
    styles = {method: look for method, look in looks(material.methods).items() if method in set(timed["method"])}
    drawn = plot(
        gantt_figure(bars, busy_frame(timed), styles), "Attempts by worker", _alternative(timed), _drawing(bars, pixel)
    )
    entries = [(method, method_name(method), look) for method, look in styles.items()]
    parts = (legend(entries), drawn, _machines(timed), spending_table(material, timed), endings_table(material))
    return section("cluster", TITLE, paragraph(" ".join(_lead(material, timed))), *parts)


def _nothing(material: Material) -> str:
    """Why there is nothing to draw."""
    if material.trials.is_empty():
        return "Nothing was planned yet."
    if material.attempts.height and material.attempts["ended"].is_in(["completed", "pruned", "failed"]).any():
        return "The ledger does not tell when workers had the trials."
    if material.trials["reused"].fill_null(False).all():
        return "No worker was needed: all trials had been trained for other studies."
    return "No worker has begun a trial of this study yet."


def _configured(material: Material) -> tuple[float | None, float | None]:
    """The CPUs and GPUs that a pack reserves by the configuration."""
    cluster = material.config.get("cluster") or {}
    cpus, gpus = (cluster.get(f"{name}_per_pack") for name in ("cpus", "gpus"))
    told = [float(value) if isinstance(value, int | float) else None for value in (cpus, gpus)]
    return told[0], told[1]


def _lead(material: Material, timed: pl.DataFrame) -> list[str]:
    whole = shares_frame(timed).row(0, named=True)
    begin, end = span(timed)
    machines = timed.filter(pl.col("machine") > 0)["machine"].n_unique()
    on = f" on {count(machines, 'machine')}" if machines else ""
    trials = count(timed["key"].n_unique(), "trial")
    told = [
        f"{count(timed.height, 'attempt')} at {trials}{on}, from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: "
        f"{duration((end - begin).total_seconds())}."
    ]
    told += [
        f"At most {number(whole[f'peak_{name}'], 1).removesuffix('.0')} {word} were in use at once, and of these "
        f"{percent_of(whole[f'share_{name}'])} over the whole time."
        for name, word in (("cpus", "CPUs"), ("gpus", "GPUs"))
        if whole[f"share_{name}"] is not None
    ]
    gaps = idle(timed)
    if gaps.gaps:
        told.append(
            f"Nothing ran for {duration(3600 * gaps.hours)} in {count(gaps.gaps, 'gap')}, the longest of "
            f"{duration(3600 * gaps.longest)}."
        )
    if timed["assumed"].any():
        told.append("The ledger does not tell what some attempts had reserved: they count with what was configured.")
    return told


def _drawing(bars: pl.DataFrame, pixel: float) -> str:
    """What the picture does not show."""
    told = [
        "A lane is a worker, and another one when that is gone. Pale: stopped early, given back or taken over. Below: "
        "CPUs (solid) and GPUs (dashed) in use."
    ]
    merged = int(bars.filter(pl.col("attempts") > 1)["attempts"].sum())
    if merged:
        each = f"{count(merged, 'attempt')} of less than {duration(3600 * pixel)} each"
        told.append(f"{each} are drawn together with neighbours, as long as they were, not in their order.")
    if bars.filter(pl.col("ended").is_in(["failed", "lost"])).height:
        told.append("Crosses: the attempt failed or its worker was lost.")
    lanes = bars.select("machine", "slot").n_unique()
    if lanes > MOST:
        told.append(f"{lanes - MOST} of {lanes} lanes have no room.")
    return " ".join(told)


def _alternative(timed: pl.DataFrame) -> str:
    counts = timed.group_by("method").len().sort("method").rows()
    told = joined([f"{count(amount, 'attempt')} of {method_name(method)}" for method, amount in counts])
    return f"Attempts over time, a lane a worker: {told}."


def _machines(timed: pl.DataFrame) -> str:
    """A row a machine; nothing where there is one alone, of which the sentences tell."""
    rows = shares_frame(timed).filter(pl.col("machine").is_not_null()).to_dicts()
    if len(rows) < 2:
        return ""
    gpus = any(row["hours_gpus"] > 0 for row in rows)
    heads = ["Machine", "Device", "Lanes", "Attempts", "CPU hours", "CPUs busy"] + (
        ["GPU hours", "GPUs busy"] if gpus else []
    )
    body = []
    for row in rows:
        own = timed.filter(pl.col("machine") == row["machine"])
        devices = joined([shortened(name, 40) for name in own["device"].drop_nulls().unique().sort().to_list()[:3]])
        told = [
            devices or "–",
            str(row["slots"]),
            f"{row['attempts']:,}",
            f"{row['hours_cpus']:,.2f}",
            percent_of(row["share_cpus"]),
        ]
        told += [f"{row['hours_gpus']:,.2f}", percent_of(row["share_gpus"])] if gpus else []
        body.append([row_head(f"machine {row['machine']}" if row["machine"] else "not known"), *map(cell, told)])
    return table("Machines", heads, body, "numbers")
