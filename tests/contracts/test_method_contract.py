"""What every registered method keeps to: the contract suite that is installed with the package, over each of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from s4mcl_trainables.contracts import LEARNER_CHECKS, METHOD_CHECKS, Case
from s4mcl_trainables.methods.registry import own_names

LEARNING = [name for name in own_names() if name != "stub"]  # the stub has no networks
BELIEVING: dict[str, dict[str, Any]] = {"fixmatch": {"threshold": 0.5}}  # at first nothing is believed at 0.95


def named(check: Callable[[Case], None]) -> str:
    return check.__name__


@pytest.mark.parametrize("check", METHOD_CHECKS, ids=named)
@pytest.mark.parametrize("name", own_names())
def test_method(name: str, check: Callable[[Case], None], shapes: Path, tmp_path: Path) -> None:
    check(Case(name, shapes, tmp_path, BELIEVING.get(name, {})))


@pytest.mark.parametrize("check", LEARNER_CHECKS, ids=named)
@pytest.mark.parametrize("name", LEARNING)
def test_learner(name: str, check: Callable[[Case], None], shapes: Path, tmp_path: Path) -> None:
    check(Case(name, shapes, tmp_path, BELIEVING.get(name, {})))
