"""Small frames and studies made by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from s4mcl.results.study_material import StudyMaterial
from s4mcl_dashboards.findings import findings_of
from s4mcl_dashboards.frames.schema import PROPOSALS, TRIALS
from s4mcl_dashboards.material import Material, read_material
from wide_study import make_wide_study

Rows = Callable[..., pl.DataFrame]


def trial_rows(*rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of trials; what a row leaves out has a plain value."""
    plain = {"stage": "confirm", "state": "completed", "reused": False, "seed": 0, "iterations": 100, "seconds": 2.0}
    filled = [{"key": f"key{i}", "label_fraction": 0.2, "method": "unet", **plain, **row} for i, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=TRIALS)


def proposal_rows(*rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of proposals, numbered in order; `hyperparameters` may be given as a dict."""
    plain = {"stage": "search", "method": "s4mcl", "label_fraction": 0.2, "state": "completed", "score": None}
    filled = [{**plain, "number": i, **row} for i, row in enumerate(rows)]
    for row in filled:
        row["hyperparameters"] = json.dumps(row.get("hyperparameters", {}))
    return pl.DataFrame(filled, schema=PROPOSALS)


def two_methods(seeds: int = 3) -> pl.DataFrame:
    """S4MCL beats the U-Net in Dice by 0.1 at 5 % with every seed, and ties with it at 100 %."""
    rows = []
    for seed in range(seeds):
        noise = 0.01 * seed
        rows += [
            {"method": "unet", "label_fraction": 0.05, "seed": seed, "test_dice": 0.70 + noise},
            {"method": "s4mcl", "label_fraction": 0.05, "seed": seed, "test_dice": 0.80 + noise + 0.001 * (seed % 2)},
            {"method": "unet", "label_fraction": 1.0, "seed": seed, "test_dice": 0.90 + noise},
            {"method": "s4mcl", "label_fraction": 1.0, "seed": seed, "test_dice": 0.92 - noise},
        ]
    return trial_rows(*rows)


def material_of(trials: pl.DataFrame, proposals: pl.DataFrame | None = None, **changes: Any) -> Material:
    """A study of these frames without images, and what the statistics say of it."""
    asked = proposal_rows() if proposals is None else proposals
    documents = {name: changes.get(name, {}) for name in ("config", "partition", "openings")}
    arms = pl.DataFrame(schema=dict.fromkeys(("design", "name"), pl.String))
    study = StudyMaterial("demo", Path("nowhere"), trials=trials, proposals=asked, arms=arms, **documents)
    changes.setdefault("findings", findings_of(study))
    return Material(name="demo", trials=trials, proposals=asked, **changes)


@pytest.fixture
def trials() -> Rows:
    return trial_rows


@pytest.fixture
def proposals() -> Rows:
    return proposal_rows


@pytest.fixture
def paired_trials() -> Callable[..., pl.DataFrame]:
    return two_methods


@pytest.fixture
def material() -> Callable[..., Material]:
    return material_of


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """A study with a search of many proposals and a design of each kind."""
    return read_material(make_wide_study(tmp_path_factory.mktemp("wide")))
