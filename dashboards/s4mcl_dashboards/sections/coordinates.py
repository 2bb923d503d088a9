"""The proposals of a search as parallel coordinates, in words too."""

from collections.abc import Mapping, Sequence

from s4mcl.naming import percent
from s4mcl_dashboards.figures.coordinates import coordinates_figure
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.coordinates import Coordinates, coordinates_of
from s4mcl_dashboards.markup import plot
from s4mcl_dashboards.naming import count, joined
from s4mcl_dashboards.palette import Look


def coordinates_part(
    method: str, groups: dict[float, Completed], order: Sequence[str], logarithms: Mapping[str, bool], look: Look
) -> str:
    """A picture a label fraction; nothing where fewer than two proposals completed.

    Args:
        method: whose search it is.
        groups: the completed proposals by label fraction.
        order: hyperparameters, the most important first.
        logarithms: whether a hyperparameter was searched by its logarithm.
        look: of the method.
    """
    drawn = ""
    for fraction, completed in groups.items():
        found = coordinates_of(completed, order, logarithms)
        if found is not None:
            title = f"Each proposal as a line, {percent(fraction)} of the labels"
            figure = coordinates_figure(found, completed.numbers, look, (method, fraction))
            drawn += plot(figure, title, f"{title}. {_best(found)}", _note(found, len(completed)))
    return f'<div class="dots">{drawn}</div>' if drawn else ""


def _best(found: Coordinates) -> str:
    told = "; ".join(f"{axis.name} {axis.says} {axis.texts[found.best]}".replace("  ", " ") for axis in found.axes)
    return f"The best: {told}."


def _note(found: Coordinates, completed: int) -> str:
    top = count(1 + len(found.top), "proposal")
    drawn = 1 + len(found.top) + len(found.others)
    note = f"Coloured: the best {top} of {completed:,}; in the colour of the text the very best; grey: the others."
    if drawn < completed:
        note += f" {drawn:,} lines are drawn."
    if found.left_out:
        note += f" Without an axis, for there are too many: {joined(list(found.left_out))}."
    return note
