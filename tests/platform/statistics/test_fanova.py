import itertools
import json

import numpy as np
import optuna
import polars as pl
import pytest
from optuna.distributions import FloatDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState, create_trial
from sklearn.ensemble import RandomForestRegressor

from s4mcl.statistics.fanova import DEPTH, TREES, fanova_shares
from s4mcl.statistics.importance import MOST, hyperparameter_importance


def test_of_numbers_the_shares_are_those_of_optuna() -> None:
    draws = np.random.default_rng(0)
    columns = {name: draws.uniform(low, 2, 90).tolist() for name, low in (("a", -1), ("b", -3), ("c", 1))}
    scores = (
        np.sin(2 * np.array(columns["a"])) + 0.3 * np.array(columns["b"]) + 0.1 * draws.standard_normal(90)
    ).tolist()
    distributions = {name: FloatDistribution(min(values), max(values)) for name, values in columns.items()}
    study = optuna.create_study(direction="maximize")
    for k, score in enumerate(scores):
        params = {name: values[k] for name, values in columns.items()}
        made = create_trial(state=TrialState.COMPLETE, value=score, params=params, distributions=distributions)
        study.add_trial(made)
    expected = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=3), params=list(columns))
    assert fanova_shares(columns, scores, seed=3) == pytest.approx(expected, abs=1e-12)


def test_of_categories_they_are_the_variance_over_all_combinations() -> None:
    """The forest is asked for every combination of choices, and the variance of its means is taken from that."""
    draws = np.random.default_rng(1)
    choices = {"kind": ["a", "b", "c"], "on": ["False", "True"], "shade": ["x", "y", "z", "w"]}
    columns = {name: draws.choice(given, 80).tolist() for name, given in choices.items()}
    scores = [
        {"a": 0.0, "b": 1.0, "c": 3.0}[k] * (1.5 if on == "True" else 1.0)
        for k, on in zip(columns["kind"], columns["on"], strict=True)
    ]
    scores = (np.array(scores) + 0.2 * draws.standard_normal(80)).tolist()

    def indicators(points: list[tuple[str, ...]]) -> np.ndarray:
        return np.array(
            [
                [float(v == c) for v, name in zip(point, choices, strict=True) for c in sorted(choices[name])]
                for point in points
            ]
        )

    forest = RandomForestRegressor(n_estimators=TREES, max_depth=DEPTH, random_state=5)
    forest.fit(indicators(list(zip(*columns.values(), strict=True))), scores)
    every = list(itertools.product(*(sorted(given) for given in choices.values())))
    fractions = []
    for tree in forest.estimators_:
        told = tree.predict(indicators(every)).reshape(3, 2, 4)
        means = [told.mean(axis=tuple({0, 1, 2} - {axis})) for axis in range(3)]
        fractions.append([mean.var() / told.var() for mean in means])
    expected = np.mean(fractions, axis=0)
    found = fanova_shares(columns, scores, seed=5)
    assert list(found.values()) == pytest.approx((expected / expected.sum()).tolist(), abs=1e-9)


def test_scores_without_spread_have_no_shares() -> None:
    assert fanova_shares({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]}, [1.0, 1.0, 1.0], seed=0) == {"a": 0.0, "b": 0.0}


def test_a_thousand_proposals_are_drawn_from_and_said_so() -> None:
    points = np.random.default_rng(0).random((1000, 2))
    texts = [json.dumps({"a": float(a), "b": float(b)}) for a, b in points]
    frame = pl.DataFrame({"hyperparameters": texts, "state": "completed", "score": points[:, 0] + 0.2 * points[:, 1]})
    found = hyperparameter_importance(frame)
    assert found.proposals == MOST
    assert found.shares["hyperparameter"].to_list() == ["a", "b"]
    assert found.shares["fanova"].to_list() == pytest.approx([1 / 1.04, 0.04 / 1.04], abs=0.02)
