import subprocess
import sys
from pathlib import Path

import pytest
import torch

from s4mcl_trainables import numerics
from s4mcl_trainables.numerics import Profile, cpu_has_bfloat16, numeric_profile


def test_a_profile_goes_round() -> None:
    profile = numeric_profile(precision="auto", gpus=0, cpus=2)
    assert Profile.from_dict(profile.to_dict()) == profile
    assert profile.torch == ".".join(torch.__version__.split(".")[:2])


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (0.5, 1), (0, 1), (2.9, 2), (16, 16)])
def test_threads_are_the_cpus(cpus: float, threads: int) -> None:
    assert numeric_profile(precision="float32", gpus=0, cpus=cpus).threads == threads


@pytest.mark.parametrize(
    ("asked", "gpus", "amx", "device", "precision"),
    [
        ("auto", 0, False, "cpu", "float32"),
        ("auto", 0, True, "cpu", "bfloat16"),
        ("auto", 0.25, False, "cuda", "bfloat16"),
        ("float32", 1, True, "cuda", "float32"),
        ("bfloat16", 0, False, "cpu", "bfloat16"),
    ],
)
def test_precision(  # noqa: PLR0917  # pytest gives all of them by name
    monkeypatch: pytest.MonkeyPatch, asked: str, gpus: float, amx: bool, device: str, precision: str
) -> None:
    monkeypatch.setattr(numerics, "cpu_has_bfloat16", lambda: amx)
    profile = numeric_profile(precision=asked, gpus=gpus, cpus=1)
    assert (profile.device, profile.precision) == (device, precision)


def test_matrix_units_are_read_from_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, expected in (("flags: avx2 amx_bf16 amx_tile", True), ("flags: avx2 avx512_bf16", False), (None, False)):

        def read_text(path: Path, encoding: str, text: str | None = text) -> str:
            if text is None:
                raise FileNotFoundError(path)
            return text

        cpu_has_bfloat16.cache_clear()
        monkeypatch.setattr(Path, "read_text", read_text)
        assert cpu_has_bfloat16() is expected
    cpu_has_bfloat16.cache_clear()


def test_planning_and_the_stub_need_no_torch() -> None:
    code = (
        "import sys, s4mcl_trainables.numerics, s4mcl_trainables.trial, s4mcl_trainables.revision as r\n"
        "from s4mcl_trainables.methods import method_named\n"
        "method_named('stub'); r.code_revision('s4mcl_trainables.methods.s4mcl')\n"
        "assert 'torch' not in sys.modules and 'ray' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
