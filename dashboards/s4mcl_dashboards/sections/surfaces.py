"""The score over pairs of hyperparameters, with what the contours rest on in words."""

from collections.abc import Mapping, Sequence

from s4mcl.naming import percent
from s4mcl_dashboards.figures.surface import POINTS, surface_figure
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.surface import FEWEST, Surface, pairs_of, surface_of
from s4mcl_dashboards.markup import details, escaped, paragraph, plot
from s4mcl_dashboards.naming import compact, count, number

FIRST = ("adversarial_weight", "alpha")  # what the paper leaves open
MOST = 6  # pairs; four hyperparameters have so many
OPEN = 2  # pairs that are not behind a click
NOTE = (
    "Contours are local means of all completed proposals, blank where none is near; the star is the best proposal. A "
    "sampler looks where scores are high, so the outskirts rest on few. “Foretold”: the share of the variance of the "
    "scores that the surface foretells for proposals left out one at a time."
)


def surfaces_part(
    method: str, groups: dict[float, Completed], order: Sequence[str], logarithms: Mapping[str, bool]
) -> str:
    """The pairs of each label fraction, the first ones open; nothing where no two numbers varied.

    Args:
        method: whose search it is.
        groups: the completed proposals by label fraction.
        order: hyperparameters, the most important first.
        logarithms: whether a hyperparameter was searched by its logarithm.
    """
    drawn = []
    for fraction, completed in groups.items():
        for x, y in pairs_of(completed.numeric, order, FIRST, MOST):
            drawn.append(_drawn(surface_of(completed, x, y, logarithms), completed, (method, fraction)))
    if not drawn:
        return ""
    first, others = (f'<div class="halves">{"".join(part)}</div>' for part in (drawn[:OPEN], drawn[OPEN:]))
    rest = details(f"{count(len(drawn) - OPEN, 'pair')} more", others) if len(drawn) > OPEN else ""
    return f"<h4>{escaped('Score by pairs of hyperparameters')}</h4>{paragraph(NOTE, 'note')}{first}{rest}"


def _drawn(surface: Surface, completed: Completed, where: tuple[str, float]) -> str:
    title = f"{surface.x} and {surface.y}, {percent(where[1])} of the labels"
    best = completed.given[completed.ranked[0]]
    alternative = (
        f"Score over {title}. The best proposal has {surface.x} {compact(float(best[surface.x]))} and {surface.y} "
        f"{compact(float(best[surface.y]))}, score {number(completed.scores[completed.ranked[0]])}."
    )
    note = _note(surface, len(completed))
    return plot(surface_figure(surface, completed, where), title, f"{alternative} {note}", note)


def _note(surface: Surface, completed: int) -> str:
    rests = f"n = {count(completed, 'completed proposal')}"
    if surface.explained is None:
        return f"{rests}: contours need {FEWEST}."
    if not surface.z:
        return f"{rests}. The two foretell hardly anything of the score of a proposal left out: no contours."
    more = f"; {POINTS} of them are drawn as points" if completed > POINTS else ""
    return f"{rests}{more}. Foretold: {100 * surface.explained:.0f} %."
