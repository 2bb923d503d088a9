"""How much each hyperparameter matters for the score, by PED-ANOVA (Optuna's) and fANOVA."""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from s4mcl.statistics.fanova import fanova_shares
from s4mcl.statistics.group_sums import Floats

FEWEST = 10  # below, nothing is computed: the best tenth would be a single proposal
ENOUGH = 50  # the best tenth has five proposals, which Optuna's PED-ANOVA asks for; see the caution for fANOVA
MOST = 500  # a forest takes 0.3 s for so many, ten times that for 10,000, and says the same
FACTOR = 10.0  # a range that is at least so many times its lower end may be logarithmic

IMPORTANCE_SCHEMA = {"hyperparameter": pl.String, "ped_anova": pl.Float64, "fanova": pl.Float64}


@dataclass(frozen=True)
class Importance:
    """Shares that sum to 1 in each column, the most important first by PED-ANOVA; and what they rest on.

    Attributes:
        shares: hyperparameter, ped_anova, fanova. PED-ANOVA asks what brings a proposal into the best tenth, fANOVA
            what explains the variance of all scores. Empty with fewer than 10 proposals or nothing that varies.
        proposals: how many completed proposals with a finite score it rests on.
        constant: hyperparameters that had one value throughout; nothing can be said of them.
        logarithmic: hyperparameters that were taken by their logarithm.
        cautions: what a reader must know, in words.
    """

    shares: pl.DataFrame
    proposals: int
    constant: tuple[str, ...]
    logarithmic: tuple[str, ...]
    cautions: tuple[str, ...]


def hyperparameter_importance(
    proposals: pl.DataFrame, *, logarithmic: Collection[str] | None = None, seed: int = 0, most: int = MOST
) -> Importance:
    """Importance over the finished proposals of one group: same stage, method and label fraction.

    A list of names (a subset, such as the transforms) becomes one yes or no an element, "transforms.rot90". Numbers
    keep their order; everything else is a category. The range of each is that of its values.

    Args:
        proposals: columns hyperparameters (JSON text), state and score, as `Ledger.proposals_frame` gives them.
        logarithmic: which numbers were searched on a logarithmic scale. None: guessed, where all values are positive,
            span a factor of ten and lie more evenly by their logarithms.
        seed: of fANOVA's random forest, and of the draw.
        most: of more completed proposals than these, so many are drawn at random, which a caution tells.
    """
    finished = proposals.filter((pl.col("state") == "completed") & pl.col("score").is_finite())
    stopped = proposals.filter(pl.col("state") == "pruned").height
    completed = finished.height
    finished = finished.sample(most, seed=seed) if completed > most else finished
    points = [flat_hyperparameters(json.loads(text)) for text in finished["hyperparameters"]]
    columns = {name: [point.get(name) for point in points] for name in _names(points)}
    constant = tuple(name for name, values in columns.items() if len({repr(value) for value in values}) < 2)
    varied = {name: values for name, values in columns.items() if name not in constant}
    chosen = tuple(name for name, values in varied.items() if _is_logarithmic(name, values, logarithmic))
    shares = pl.DataFrame(schema=IMPORTANCE_SCHEMA)
    if len(points) >= FEWEST and varied:
        shares = _shares(_encoded(varied, chosen), finished["score"].to_list(), seed)
    cautions = _cautions(len(points), len(varied), stopped)
    if completed > len(points):
        cautions.append(f"Importance rests on {len(points)} of the {completed} completed proposals, drawn at random.")
    return Importance(shares, len(points), constant, chosen, tuple(cautions))


def flat_hyperparameters(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and booleans as they are, elements of a list as "name.element": True, the rest as JSON text."""
    flat: dict[str, Any] = {}
    for name, value in hyperparameters.items():
        if isinstance(value, list):
            flat |= {f"{name}.{element}": True for element in value}
        elif isinstance(value, bool | int | float):
            flat[name] = value
        else:
            flat[name] = json.dumps(value)
    return flat


def _names(points: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for point in points for name in point))


def _is_logarithmic(name: str, values: Sequence[Any], given: Collection[str] | None) -> bool:
    if not _are_numbers(values):
        return False
    numbers = np.array(values, dtype=np.float64)
    if given is not None or numbers.min() <= 0 or numbers.max() < FACTOR * numbers.min():
        return given is not None and name in given and bool(numbers.min() > 0)
    return _unevenness(np.log(numbers)) < _unevenness(numbers)


def _unevenness(numbers: Floats) -> float:
    """Kolmogorov's distance from the uniform distribution between the least and the largest number."""
    scaled = (numbers - numbers.min()) / np.ptp(numbers)
    from scipy.stats import kstest  # noqa: PLC0415  # takes a second

    return float(kstest(scaled, "uniform").statistic)


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _encoded(columns: Mapping[str, Sequence[Any]], logarithmic: Collection[str]) -> dict[str, list[float] | list[str]]:
    """The columns by name: numbers, logarithmic ones already as logarithms, or the texts of a category."""
    encoded: dict[str, list[float] | list[str]] = {}
    for name, values in sorted(columns.items()):
        scale: Callable[[float], float] = math.log if name in logarithmic else float
        numbers = _are_numbers(values)
        encoded[name] = [scale(value) for value in values] if numbers else [_category(value) for value in values]
    return encoded


def _ped_anova(columns: Mapping[str, Sequence[Any]], scores: Sequence[float]) -> dict[str, float]:
    """The shares by Optuna's evaluator, from the proposals as an Optuna study in memory."""
    import optuna  # noqa: PLC0415  # with scikit-learn it takes a second
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution  # noqa: PLC0415

    distributions: dict[str, BaseDistribution] = {
        name: CategoricalDistribution(sorted(set(values)))
        if isinstance(values[0], str)
        else FloatDistribution(min(values), max(values))
        for name, values in columns.items()
    }
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        optuna.trial.create_trial(
            state=optuna.trial.TrialState.COMPLETE,
            value=score,
            params={name: values[k] for name, values in columns.items()},
            distributions=distributions,
        )
        for k, score in enumerate(scores)
    )
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return optuna.importance.get_param_importances(study, evaluator=evaluator, params=list(columns))


def _category(value: Any) -> str:
    """An element of a subset that is missing is not in it; so is a hyperparameter whose condition does not hold."""
    return "False" if value is None else str(value)


def _shares(columns: Mapping[str, list[float] | list[str]], scores: Sequence[float], seed: int) -> pl.DataFrame:
    ped, forest = _ped_anova(columns, scores), fanova_shares(columns, scores, seed)
    ordered = sorted(columns, key=lambda name: (-ped[name], name))
    rows = [{"hyperparameter": name, "ped_anova": ped[name], "fanova": forest[name]} for name in ordered]
    return pl.DataFrame(rows, schema=IMPORTANCE_SCHEMA)


def _cautions(proposals: int, varied: int, stopped: int) -> list[str]:
    if not varied:
        return [f"No hyperparameter varied over the {proposals} finished proposals: nothing can be said of importance."]
    if proposals < FEWEST:
        return [f"Importance needs {FEWEST} finished proposals or more; there are {proposals}."]
    told = []
    if proposals < ENOUGH:
        told.append(
            f"Importance rests on {proposals} finished proposals, fewer than {ENOUGH}: fANOVA's forest has about "
            f"{proposals / varied:.1f} proposals for each of {varied} hyperparameters and explains noise too, and "
            f"PED-ANOVA looks at the best {math.ceil(proposals / 10)} alone. The next proposals may turn the order."
        )
    if stopped:
        told.append(
            f"Proposals that were stopped early are left out ({stopped}), since they were scored after fewer "
            "iterations: what makes a proposal bad is seen less."
        )
    told.append(
        "The sampler looks where scores are high, so the proposals do not cover the space evenly; fANOVA is at its "
        "most reliable after a random search."
    )
    return told
