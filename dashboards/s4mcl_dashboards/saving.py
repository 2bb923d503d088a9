"""A saving of labels in words: with which share of them a method reaches its reference's score with all."""

from typing import Any

from s4mcl.naming import method_name, percent
from s4mcl.statistics.label_savings import BELOW, NOT_REACHED
from s4mcl_dashboards.naming import number, within

INTERVAL = "95 % interval"


def saving_sentence(row: dict[str, Any]) -> str:
    """A row of the savings as a sentence: what was reached, with which share, and the interval; or that it was not.

    Where the interval holds all labels, or goes beyond the shares that were tried, no saving is claimed.
    """
    goal = f"the {method_name(row['reference'])}'s full-label {within(row['measure'])} ({number(row['target'])})"
    told = "" if row["low"] is None else f" ({saving_limits(row)})"
    if row["outcome"] == NOT_REACHED:
        curve = f"The rising curve through the means of {method_name(row['method'])}"  # a single mean may lie above
        return f"{curve} did not reach {goal} at any share of the labels that was tried{told}."
    reached = (
        f"{method_name(row['method'])} reached {goal} with {saving_share(row)} of the labels ({saving_limits(row)})."
    )
    unsure = row["low"] is not None and (row["high_open"] or row["high"] >= 1)
    return f"{reached} That this saves labels is not shown." if unsure else reached


def saving_share(row: dict[str, Any]) -> str:
    """The share itself; "at most" where the smallest that was tried does."""
    return f"{'at most ' if row['outcome'] == BELOW else ''}{share_text(row['fraction'])}"


def saving_limits(row: dict[str, Any]) -> str:
    """The 95 % interval of a label fraction, with what is known of an end that lies beyond the fractions tried."""
    if row["low"] is None:
        return "no interval"
    low, high = share_text(row["low"]), share_text(row["high"])
    if row["low"] == row["high"] and (row["low_open"] or row["high_open"]):
        return f"{INTERVAL} {'below' if row['low_open'] else 'beyond'} {low}"
    below, beyond = "below " if row["low_open"] else "", "beyond " if row["high_open"] else ""
    return f"{INTERVAL} {below}{low.removesuffix(' %')} to {beyond}{high}"


def share_text(fraction: float) -> str:
    """A label fraction that was worked out, in whole percent; in tenths below one percent."""
    return percent(round(fraction, 2 if fraction >= 0.01 else 3))
