"""What each method cost, and how its attempts ended."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from s4mcl.naming import method_name
from s4mcl_dashboards.frames.attempts import all_attempts
from s4mcl_dashboards.frames.spending import ENDINGS, endings_frame, spending_frame
from s4mcl_dashboards.markup import cell, listed, paragraph, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, percent_of

HOW_ENDED = {"pruned": "stopped early", "lost": "worker lost", "released": "given back", "moved": "taken over"}
EVENTS = {  # that say something of the machines, and what they are called
    "retried": "a worker died and another went on with its trials",
    "silent": "a worker was silent for too long and was killed",
    "paused": "the disk was full, so that the study paused",
    "retrained": "a trial was trained again, since its files were gone",
}


HOW_PRICED = (
    "No price is given: the same command with cluster.prices.cpu_hour=… and cluster.prices.gpu_hour=… tells the cost, "
    "and trains nothing anew."
)


@dataclass(frozen=True)
class Prices:
    """What an hour costs, as the configuration tells; None where it does not."""

    cpu_hour: float | None
    gpu_hour: float | None
    currency: str

    @property
    def are_given(self) -> bool:
        """Whether any is."""
        return self.cpu_hour is not None or self.gpu_hour is not None


def spending_table(material: Material, timed: pl.DataFrame) -> str:
    """Hours, retries and cost of each method, of a `timed_frame`."""
    prices = _prices(material)
    rows = spending_frame(timed, material.methods, prices.cpu_hour, prices.gpu_hour).to_dicts()
    gpus = any(row["gpu_hours"] > 0 for row in rows)
    heads = ["Method", "Trials", "Attempts", "Retries", "CPU hours", *(["GPU hours"] if gpus else []), "In vain"]
    heads += [f"Cost, {prices.currency or 'in the unit of the prices'}"] if prices.are_given else []
    body = [_spent(row, gpus=gpus, cost=prices.are_given) for row in rows]
    total = {
        name: sum(row[name] for row in rows) for name in ("trials", "attempts", "retries", "cpu_hours", "gpu_hours")
    }
    hours = sum(row["hours"] for row in rows)
    total |= {"vain": sum(row["hours"] * (row["vain"] or 0) for row in rows) / hours if hours else None}
    total |= {"cost": None if any(row["cost"] is None for row in rows) else sum(row["cost"] for row in rows)}
    body.append(_spent({"method": None, **total}, gpus=gpus, cost=prices.are_given))
    return table("What each method cost", heads, body, "numbers") + paragraph(_price_note(prices, gpus=gpus), "note")


def _spent(row: dict[str, Any], *, gpus: bool, cost: bool) -> list[str]:
    told = [f"{row[name]:,}" for name in ("trials", "attempts", "retries")] + [_amount(row["cpu_hours"])]
    told += [_amount(row["gpu_hours"])] if gpus else []
    told += [percent_of(row["vain"])] + ([_amount(row["cost"])] if cost else [])
    return [row_head("all methods" if row["method"] is None else method_name(row["method"])), *map(cell, told)]


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _prices(material: Material) -> Prices:
    given = (material.config.get("cluster") or {}).get("prices") or {}
    return Prices(given.get("cpu_hour"), given.get("gpu_hour"), str(given.get("currency") or ""))


def _price_note(prices: Prices, *, gpus: bool) -> str:
    note = (
        "Hours are those in which a worker had the trial, times what it reserved; of this study's own attempts, so "
        "that reused trials cost nothing here. In vain: the share of attempts that failed or whose worker was lost."
    )
    if not prices.are_given:
        return f"{note} {HOW_PRICED}"
    told = [
        f"{price:g} {what}"
        for price, what in ((prices.cpu_hour, "a CPU hour"), (prices.gpu_hour, "a GPU hour"))
        if price is not None
    ]
    missing = (
        " A dash: no price of an hour of a GPU or CPU that it used is given."
        if gpus and prices.gpu_hour is None
        else ""
    )
    return f"{note} Prices: {joined(told)}.{missing}"


def endings_table(material: Material) -> str:
    """How attempts ended, and what happened to workers; sentences where little did."""
    found = endings_frame(material.attempts, material.methods)
    seen = [name for name in ENDINGS if found[name].sum()]
    if not seen:
        return ""
    again = all_attempts(material.attempts).filter(pl.col("attempt") > 1)
    trials = count(again["key"].n_unique(), "trial")
    told = (
        [f"{count(again.height, 'attempt')} went on with a trial or began it again, of {trials}."]
        if again.height
        else []
    )
    kinds = dict(material.events.group_by("kind").len().rows()) if "kind" in material.events.columns else {}
    told += [f"{count(kinds[kind], 'time')}: {words}." for kind, words in EVENTS.items() if kinds.get(kind)]
    below = listed(told) if told else ""
    if len(seen) == 1:
        every = f"Of {count(material.attempts.height, 'attempt')}: all {HOW_ENDED.get(seen[0], seen[0])}."
        return paragraph(every if told else f"{every} None was repeated.") + below
    heads = ("Method", *(HOW_ENDED.get(name, name).capitalize() for name in seen))
    body = [
        [row_head(method_name(row["method"])), *(cell(f"{row[name]:,}") for name in seen)] for row in found.to_dicts()
    ]
    return table("How attempts ended", heads, body, "numbers") + below
