"""Where a rule can judge: scores exist at reports alone."""

from collections.abc import Iterable


def on_reports(milestones: Iterable[int], *, iterations: int, report_every: int) -> tuple[int, ...]:
    """The first report at or after each milestone, each once, ascending; the end of the budget is left out."""
    reports = {-(-milestone // report_every) * report_every for milestone in milestones}
    return tuple(sorted(report for report in reports if report < iterations))
