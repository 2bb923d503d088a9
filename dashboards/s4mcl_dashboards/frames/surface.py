"""The score over two hyperparameters: a local mean of the proposals near each place, as honest as there are proposals.

The local mean is that of Nadaraya (1964) and Watson (1964) with a Gaussian kernel. Its width is the one, of a few, that
best foretells each proposal's score from the others; how well that goes is told, and where it goes hardly better
than with the mean of all, there is no surface.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.sample import spaced
from s4mcl_dashboards.frames.search import takes_logarithms

FEWEST = 12  # proposals below which two hyperparameters and a width are too much to ask
GRID = 28  # places along each side
WIDTHS = (0.04, 0.06, 0.09, 0.13, 0.19, 0.28)  # of the kernel, as shares of a hyperparameter's range
JUDGES = 400  # proposals that choose the width; more would choose the same
MOST = 3_000  # proposals that the local mean is made of, an even sample of more
LEAST = 0.05  # of the variance foretold: the best of some widths reaches less by chance
REACH = 1.6  # kernel widths from the nearest proposal beyond which a place stays blank

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Surface:
    """The score over hyperparameter `x` and hyperparameter `y`.

    Attributes:
        x_logarithmic, y_logarithmic: whether an axis is logarithmic; distances are then taken of logarithms.
        xs, ys: the grid, in the hyperparameters' own units.
        z: the local mean, [ys][xs]; None where no proposal is near. Empty where there is no surface.
        width: of the kernel, as a share of the ranges; None without a surface.
        explained: the share of the scores' variance that is foretold for proposals left out one at a time; None with
            fewer than 12 proposals.
    """

    x: str
    y: str
    x_logarithmic: bool
    y_logarithmic: bool
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()
    z: tuple[tuple[float | None, ...], ...] = ()
    width: float | None = None
    explained: float | None = None


def surface_of(completed: Completed, x: str, y: str, logarithms: Mapping[str, bool]) -> Surface:
    """The surface over two hyperparameters that are numbers in every proposal and vary.

    Args:
        completed: of one method and label fraction, all of them.
        x, y: names.
        logarithms: whether a hyperparameter was searched by its logarithm; guessed where it is not named.
    """
    sides = [np.array(completed.column(name), dtype=np.float64) for name in (x, y)]
    by_logarithm = [takes_logarithms(name, completed.column(name), logarithms) for name in (x, y)]
    bare = Surface(x, y, by_logarithm[0], by_logarithm[1])
    if len(completed) < FEWEST:
        return bare
    scaled = [np.log10(values) if log else values for values, log in zip(sides, by_logarithm, strict=True)]
    points = np.stack([(values - values.min()) / np.ptp(values) for values in scaled], axis=1)
    scores = np.array(completed.scores, dtype=np.float64)
    width, explained = _chosen_width(points, scores)
    if explained < LEAST:
        return replace(bare, explained=explained)
    places = np.linspace(0.0, 1.0, GRID)
    axes = [_own_units(values, places, log) for values, log in zip(scaled, by_logarithm, strict=True)]
    kept = spaced(len(points), MOST)
    z = _local_means(points[kept], scores[kept], places, width)
    return replace(bare, xs=axes[0], ys=axes[1], z=z, width=width, explained=explained)


def pairs_of(numeric: Sequence[str], order: Sequence[str], first: tuple[str, str], most: int) -> list[tuple[str, str]]:
    """Pairs of numeric hyperparameters: `first` where it is there, then by the more important ones, `most` of them."""
    names = sorted(numeric, key=lambda name: order.index(name) if name in order else len(order))
    ranked = sorted(
        ((a, b) for place, a in enumerate(names) for b in names[place + 1 :]),
        key=lambda pair: names.index(pair[0]) + names.index(pair[1]),
    )
    if set(first) <= set(names):
        ranked = [first, *(pair for pair in ranked if set(pair) != set(first))]
    return ranked[:most]


def _own_units(scaled: Floats, places: Floats, logarithmic: bool) -> tuple[float, ...]:
    at = scaled.min() + places * np.ptp(scaled)
    return tuple(float(value) for value in (10.0**at if logarithmic else at))


def _chosen_width(points: Floats, scores: Floats) -> tuple[float, float]:
    """The width that foretells best, and the share of the variance that it foretells."""
    judges = spaced(len(points), JUDGES)
    chosen, values = points[judges], scores[judges]
    spread = float(((values - values.mean()) ** 2).sum())
    if spread == 0:
        return WIDTHS[-1], 0.0
    squared = ((chosen[:, None, :] - chosen[None, :, :]) ** 2).sum(axis=2)
    found = {}
    for width in WIDTHS:
        weights = np.exp(-squared / (2 * width**2))
        np.fill_diagonal(weights, 0.0)
        totals = weights.sum(axis=1)
        others = (values.sum() - values) / (len(values) - 1)  # where nobody is near, the mean of the others
        told = np.where(totals > 1e-9, weights @ values / np.maximum(totals, 1e-9), others)
        found[width] = 1 - float(((values - told) ** 2).sum()) / spread
    best = max(found, key=lambda width: (found[width], width))
    return best, found[best]


def _local_means(points: Floats, scores: Floats, places: Floats, width: float) -> tuple[tuple[float | None, ...], ...]:
    """[ys][xs]; a place farther than REACH widths from every proposal is None. The kernel is a product of two sides."""
    kernel_x, kernel_y = (np.exp(-((places[:, None] - side) ** 2) / (2 * width**2)) for side in points.T)  # [GRID, n]
    means = ((kernel_y * scores) @ kernel_x.T) / np.maximum(kernel_y @ kernel_x.T, math.ulp(0.0))  # [ys, xs]
    grid = np.stack(np.meshgrid(places, places), axis=-1)  # [ys, xs, 2]
    near = cKDTree(points).query(grid)[0] <= REACH * width
    return tuple(
        tuple(float(mean) if close else None for mean, close in zip(row, known, strict=True))
        for row, known in zip(means, near, strict=True)
    )
