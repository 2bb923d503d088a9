"""How far a study is: its state in a word, and its trials by stage."""

from collections.abc import Mapping

from s4mcl.ledger import COUNTED
from s4mcl_dashboards.app.reading import Reading
from s4mcl_dashboards.markup import escaped, prose
from s4mcl_dashboards.naming import count

PLAIN = ("completed", "planned")  # what the other numbers already say
ENDED = ("completed", "reused", "pruned", "failed")


def state_of(totals: Mapping[str, int], run_by: str | None, *, stopping: bool = False) -> tuple[str, str]:
    """A word for the state of a study, and which kind it is: running, waiting, finished, failed or empty."""
    trials, ended = sum(totals.values()), sum(totals[state] for state in ENDED)
    if run_by is not None:
        return ("stopping" if stopping else "running"), "running"
    if not trials:
        return "no trials yet", "empty"
    if totals["failed"] == trials:
        return "all trials failed", "failed"
    if ended < trials:
        return "not finished, nobody runs it", "waiting"
    return ("finished" if not totals["failed"] else f"finished, {totals['failed']:,} failed"), "finished"


def badge(state: str, kind: str) -> str:
    """The state as a mark with words."""
    return f'<span class="badge {kind}">{prose(state)}</span>'


def bars(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A line a stage: its name, a bar of its trials by state, and the numbers."""
    lines = "".join(_line(stage, states) for stage, states in counts.items())
    return f'<ul class="progress">{lines}</ul>' if lines else ""


def _line(stage: str, states: Mapping[str, int]) -> str:
    total, ended = sum(states.values()), sum(states[state] for state in ENDED)
    parts = "".join(
        f'<i class="{state}" style="width:{100 * states[state] / total:.2f}%"></i>'
        for state in (*ENDED, "running", "planned")
        if states[state] and total
    )
    told = [f"{states[state]:,} {state}" for state in COUNTED if states[state] and state not in PLAIN]
    words = f"{ended:,} of {count(total, 'trial')}" + (f", {', '.join(told)}" if told else "")
    return (
        f'<li><span class="stage">{prose(stage)}</span><span class="bar" aria-hidden="true">{parts}</span>'
        f'<span class="counts">{prose(words)}</span></li>'
    )


def run_by_text(reading: Reading) -> str:
    """Who runs the study, in a sentence."""
    if reading.run_by is None:
        return ""
    asked = " It was asked to stop and ends in order." if reading.is_stopping else ""
    return f"Run by {escaped(reading.run_by)}.{asked}"
