"""Which hyperparameters explain the variance of scores: functional ANOVA over a random forest (Hutter et al. 2014).

Optuna's evaluator has the same forest and walks its trees in Python: 48 s for 1,000 proposals. Here each tree is a list
of boxes, and the mean over all other hyperparameters is a cumulative sum along one. For numbers the shares are Optuna's
to the last digits. Of a category, the mean is over its choices; Optuna's is over the cube that their indicators span,
most of which no proposal can be in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from s4mcl.statistics.group_sums import Floats

TREES, DEPTH = 64, 64  # Optuna's

Choices = Sequence[str]


@dataclass(frozen=True)
class Boxes:
    """The leaves of a tree: value [L], and between which values of each column of the forest they lie [L,D]."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Feature:
    """A hyperparameter in the forest: its columns (a number has one, a category one a choice) and its range."""

    columns: NDArray[np.int64]
    low: float
    high: float
    choices: int  # 0: a number

    def places(self, boxes: Boxes) -> NDArray[np.bool_]:
        """[L, choices] which choices a leaf holds: a choice is 1 in its own column and 0 in the others."""
        low, high = boxes.low[:, self.columns], boxes.high[:, self.columns]  # a leaf is above its low and up to high
        has, lacks = (low < 1) & (high >= 1), (low < 0) & (high >= 0)
        lacking = (~lacks).sum(1, keepdims=True) - ~lacks  # other columns that do not admit 0
        held: NDArray[np.bool_] = has & (lacking == 0)
        return held

    def share(self, boxes: Boxes) -> Floats:
        """[L] the share of this hyperparameter's values that a leaf holds."""
        if self.choices:
            held: Floats = self.places(boxes).mean(1)
            return held
        low, high = self._ends(boxes)
        share: Floats = (high - low) / (self.high - self.low)
        return share

    def variance(self, boxes: Boxes, weight: Floats) -> float:
        """The variance over this hyperparameter of the mean over all others; `weight` [L] is of the others alone."""
        if self.choices:
            mean = (boxes.value * weight) @ self.places(boxes)
            return float(mean.var())
        low, high = self._ends(boxes)
        edges = np.unique(np.concatenate([low, high]))
        steps = np.zeros(len(edges))
        np.add.at(steps, np.searchsorted(edges, low), boxes.value * weight)
        np.subtract.at(steps, np.searchsorted(edges, high), boxes.value * weight)
        widths, mean = np.diff(edges) / (self.high - self.low), np.cumsum(steps)[:-1]
        return float(widths @ (mean - widths @ mean) ** 2)

    def _ends(self, boxes: Boxes) -> tuple[Floats, Floats]:
        column = int(self.columns[0])
        return np.maximum(boxes.low[:, column], self.low), np.minimum(boxes.high[:, column], self.high)


def fanova_shares(
    columns: Mapping[str, Sequence[float] | Choices], scores: Sequence[float], seed: int
) -> dict[str, float]:
    """The share of each hyperparameter in what single ones explain; the shares sum to 1, or all are 0.

    Args:
        columns: n numbers, or n texts for a category; each with at least two different values.
        scores: n finite numbers.
        seed: of the forest.
    """
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415  # takes a second

    features, points = _encoded(columns)
    forest = RandomForestRegressor(n_estimators=TREES, max_depth=DEPTH, random_state=seed)
    forest.fit(points, np.asarray(scores, dtype=np.float64))
    shares = [_tree_shares(_boxes(tree.tree_), list(features.values())) for tree in forest.estimators_]
    told = [share for share in shares if share is not None]
    mean = np.mean(told, axis=0) if told else np.zeros(len(features))
    whole = float(mean.sum()) or 1.0
    return {name: float(share) / whole for name, share in zip(features, mean, strict=True)}


def _encoded(columns: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Feature], Floats]:
    """The features by name and the points [n, D] of the forest; a category has a column for each choice."""
    features: dict[str, Feature] = {}
    encoded: list[Floats] = []
    for name, values in columns.items():
        if isinstance(values[0], str):
            choices = sorted(set(values))
            encoded += [np.array([float(value == choice) for value in values]) for choice in choices]
            places = np.arange(len(encoded) - len(choices), len(encoded))
            features[name] = Feature(places, 0.0, 1.0, len(choices))
        else:
            encoded.append(np.asarray(values, dtype=np.float64))
            features[name] = Feature(np.array([len(encoded) - 1]), encoded[-1].min(), encoded[-1].max(), 0)
    return features, np.stack(encoded, axis=1)


def _boxes(tree: Any) -> Boxes:
    """The leaves of scikit-learn's tree, level by level."""
    nodes = np.zeros(1, dtype=np.int64)
    low, high = np.full((1, tree.n_features), -np.inf), np.full((1, tree.n_features), np.inf)
    found: list[tuple[Floats, Floats, Floats]] = []
    while len(nodes):
        leaf = tree.children_left[nodes] < 0
        found.append((tree.value[nodes[leaf]].reshape(-1), low[leaf], high[leaf]))
        nodes, low, high = nodes[~leaf], low[~leaf], high[~leaf]
        rows, split = np.arange(len(nodes)), tree.feature[nodes]
        below, above = high.copy(), low.copy()
        below[rows, split] = above[rows, split] = tree.threshold[nodes]
        nodes = np.concatenate([tree.children_left[nodes], tree.children_right[nodes]])
        low, high = np.concatenate([low, above]), np.concatenate([below, high])
    return Boxes(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _tree_shares(boxes: Boxes, features: Sequence[Feature]) -> Floats | None:
    """[F] the share of a tree's variance that each feature explains; None for a tree without variance."""
    held = np.stack([feature.share(boxes) for feature in features], axis=1)
    weight = held.prod(1)
    variance = float(weight @ (boxes.value - weight @ boxes.value) ** 2)
    if variance <= 0:
        return None
    others = [np.delete(held, place, axis=1).prod(1) for place in range(len(features))]
    found = [feature.variance(boxes, of) for feature, of in zip(features, others, strict=True)]
    return np.array(found) / variance
