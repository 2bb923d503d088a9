"""The list of studies: how each stands, the latest first."""

from collections.abc import Mapping, Sequence

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.app.pages.links import link, study_place
from s4mcl_dashboards.app.pages.progress import badge, bars, state_of
from s4mcl_dashboards.app.place import COMPARE
from s4mcl_dashboards.app.row import Best, Row
from s4mcl_dashboards.markup import cell, escaped, paragraph, prose
from s4mcl_dashboards.naming import count, metric_name, number

HEADS = ("Study", "State", "Trials", "Highest means", "Warnings", "Heard of", "Compare")
EMPTY = "There is no study yet. Begin one with: s4mcl run name=... storage=... data.path=..."


def studies_page(storage: str, rows: Sequence[Row], unread: Sequence[str], warnings: Mapping[str, int]) -> str:
    """The list; `unread` are studies that are still being read, `warnings` their numbers as far as they are known."""
    head = f'<header><p class="kicker"><bdi>{prose(storage)}</bdi></p><h1 tabindex="-1">Studies</h1></header>'
    if not rows and not unread:
        return head + paragraph(EMPTY)
    ordered = sorted(rows, key=lambda row: (row.run_by is None, -(row.updated_at.timestamp() if row.updated_at else 0)))
    lines = [_line(row, warnings.get(row.name)) for row in ordered]
    lines += [f"<tr><th scope='row'>{_name(name)}</th><td colspan='6'>is being read</td></tr>" for name in unread]
    heads = "".join(f'<th scope="col">{text}</th>' for text in HEADS)
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Studies"><table class="studies" aria-label='
        f'"Studies"><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )
    button = '<button type="submit">Compare the chosen studies</button>' if len(lines) > 1 else ""
    note = paragraph(
        f"{count(len(lines), 'study', 'studies')}. A highest mean is no finding: whether methods differ is told by the "
        "comparisons of a study. Times are in UTC.",
        "note",
    )
    return f'{head}<form class="list" action="{COMPARE}" method="get">{table}{button}</form>{note}'


def _name(name: str) -> str:
    return link(name, study_place(name))


def _line(row: Row, warnings: int | None) -> str:
    state, kind = state_of(row.totals, row.run_by, stopping=row.is_stopping)
    described = f'<span class="note">{prose(row.description, 120)}</span>' if row.description else ""
    who = f'<span class="note">{prose(row.run_by, 120)}</span>' if row.run_by else ""
    heard = "–" if row.updated_at is None else f"{row.updated_at:%Y-%m-%d %H:%M}"
    chosen = escaped(row.name)
    told = "counting" if warnings is None else str(warnings)
    return (
        f'<tr data-row="{chosen}"><th scope="row">{_name(row.name)}{described}</th>'
        f"<td>{badge(state, kind)}{who}</td><td>{bars(row.counts)}</td><td>{_best(row.best)}</td>{cell(told)}"
        f'<td class="moment">{heard}</td><td><input type="checkbox" name="study" value="{chosen}" '
        f'aria-label="Compare {chosen}"></td></tr>'
    )


def _best(found: Sequence[Best]) -> str:
    if not found:
        return "–"
    lines = "".join(
        f"<li>{prose(f'{metric_name(best.measure)} {number(best.mean)}')}<span class='note'>"
        f"{prose(_of(best))}</span></li>"
        for best in found
    )
    return f'<ul class="best">{lines}</ul>'


def _of(best: Best) -> str:
    part = "" if best.part == "test" else ", validation images"
    seeds = count(best.seeds, "seed")
    return f"{method_name(best.method)}, {percent(best.label_fraction)} of the labels, {seeds}{part}"
