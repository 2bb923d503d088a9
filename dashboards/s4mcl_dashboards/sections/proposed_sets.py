"""The sets that a search proposed, such as transforms, by their mean score."""

from s4mcl.naming import percent
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.figures.sets import sets_figure
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.sets import elements_of, leading, proposed_sets_frame
from s4mcl_dashboards.markup import plot
from s4mcl_dashboards.naming import count, joined, number
from s4mcl_dashboards.palette import Look


def proposed_sets_part(method: str, groups: dict[float, Completed], look: Look) -> str:
    """A picture a label fraction and hyperparameter that is a set; nothing where there is none.

    Args:
        groups: the completed proposals of one method by label fraction.
        look: of the method.
    """
    drawn = ""
    for fraction, completed in groups.items():
        for name in completed.subsets:
            drawn += _drawn(completed, name, fraction, look, place("search", method, labels=fraction, proposal="{0}"))
    return drawn


def _drawn(completed: Completed, name: str, fraction: float, look: Look, trials: str) -> str:
    sets = proposed_sets_frame(completed, name)
    shown = leading(sets)
    elements, always = elements_of(shown)
    if sets.height < 2 or not elements:
        return ""
    title = f"{name}: sets by their mean score, {percent(fraction)} of the labels"
    notes = []
    if shown.height < sets.height:
        notes.append(f"The {shown.height} best of {count(sets.height, 'set')}.")
    if always:
        notes.append(f"All hold {joined(always)}.")
    once = int((shown["n"] == 1).sum())
    if once:
        told = "was proposed once and has" if once == 1 else "were proposed once and have"
        notes.append(f"{count(once, 'set')} {told} no whisker.")
    notes.append(
        "Means are over all completed proposals with that set, whatever else they were given; whiskers are their 95 % "
        "t interval. The best of many is best by chance too."
    )
    best = shown.row(0, named=True)
    alternative = f"{title}. The best is {', '.join(best['members'])}, mean {number(best['mean'])}, n = {best['n']}."
    return plot(sets_figure(shown, elements, look, "mean score", trials), title, alternative, " ".join(notes))
