"""Methods beyond the registered ones."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from s4mcl_trainables.methods import method_named, method_names, start_training
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import code_revision
from s4mcl_trainables.training.assignment import Ending
from small_assignment import small_assignment

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
CURVES = BENCHMARKS.parents[2] / "shared" / "stub_curves.py"
MADE_UP = """
import math
MAX_ITERATIONS = 81
def score(h, iteration, seed):
    return math.nan if h[0] > 0.9 and iteration >= 4 else h[1] - 1 / iteration + seed / 1000
"""


@pytest.fixture
def curves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The method `curves` is known, on curves of this file's making."""
    (tmp_path / "curves.py").write_text(MADE_UP)
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setenv("S4MCL_METHODS", "curves=curves_method")
    monkeypatch.setenv("S4MCL_STUB_CURVES", str(tmp_path / "curves.py"))
    monkeypatch.delitem(sys.modules, "curves_method", raising=False)


def to_the_end(tmp_path: Path, **given: Any) -> tuple[list[Any], Ending]:
    assignment = small_assignment(tmp_path, tmp_path, "curves", iterations=9, seed=3, hyperparameters=given)
    training = start_training(assignment)
    while (ending := training.advance()) is None:
        pass
    return training.reports, ending


def test_the_environment_names_methods(curves: None, tmp_path: Path) -> None:
    assert method_names()[-1] == "curves"
    assert method_named("curves").defaults == {**{f"x{index}": 0.0 for index in range(6)}, "seconds": 0.0}
    assert len(code_revision(method_named("curves").module)) == 64
    reports, ending = to_the_end(tmp_path, x1=0.7)
    assert [report["iteration"] for report in reports] == [2, 4, 6, 8, 9]
    assert [report["values"]["val_score"] for report in reports] == [0.7 - 1 / n + 0.003 for n in (2, 4, 6, 8, 9)]
    assert ending.outcome == "completed"
    assert ending.summary["val_score"] == 0.7 - 1 / 9 + 0.003
    assert ending.seconds < 0.01


def test_its_work_is_slept_in_equal_parts(curves: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    _, ending = to_the_end(tmp_path, seconds=2.0)
    assert slept == [0.4] * 5
    assert ending.seconds == pytest.approx(2.0, abs=0.01)


def test_a_curve_that_diverges_is_nan(curves: None, tmp_path: Path) -> None:
    reports, ending = to_the_end(tmp_path, x0=0.95)
    assert (ending.outcome, ending.iterations, ending.summary) == ("nan", 4, {})
    assert [report["values"]["val_score"] is None for report in reports] == [False, True]
    with pytest.raises(InputError, match=r"x0: expected 0 to 1, found 1\.5"):
        to_the_end(tmp_path, x0=1.5)
    with pytest.raises(InputError, match="method curves has 81 iterations, 82 were asked for"):
        start_training(small_assignment(tmp_path, tmp_path, "curves", iterations=82))


def test_the_published_curves_are_used_as_they_are_or_missed(
    curves: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("S4MCL_STUB_CURVES")
    if not CURVES.is_file():
        with pytest.raises(InputError, match="with the learning curves is not there"):
            to_the_end(tmp_path)
        return
    namespace: dict[str, Any] = {}
    exec(CURVES.read_text(encoding="utf-8"), namespace)
    reports, _ = to_the_end(tmp_path)
    point = (0.0,) * 6
    assert [each["values"]["val_score"] for each in reports] == [
        namespace["score"](point, n, 3) for n in (2, 4, 6, 8, 9)
    ]
    assert math.isnan(namespace["score"]((0.9, 0, 0, 0, 0.9, 0), 9, 3))
    assert to_the_end(tmp_path, x0=0.9, x4=0.9)[1].outcome == "nan"


def test_torch_is_not_imported(curves: None) -> None:
    code = "import sys, s4mcl_trainables.methods as m; m.method_named('curves'); print('torch' in sys.modules)"
    environment = {"S4MCL_METHODS": "curves=curves_method", "PYTHONPATH": str(BENCHMARKS)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine", "name=module was expected, 'mine' was found"),
        ("mine=a b", "name=module was expected"),
        ("stub=curves_method", "there is a method stub already"),
        ("a=curves_method,a=curves_method", "there is a method a already"),
        ("mine=no_such_module", "module no_such_module of method mine cannot be imported: No module named"),
        ("mine=json", "module json offers no method mine"),
    ],
)
def test_a_wrong_variable_is_refused(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.setenv("S4MCL_METHODS", text)
    with pytest.raises(InputError, match=message):
        method_named("mine")
