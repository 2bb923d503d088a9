"""The short form of `make chaos`: a few kills, and the same answer as without them."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from chaos_study import SHORT, ChaosStudy
from findings import Findings, content
from kill_test import kill_test
from kills import Kills, covered

pytestmark = pytest.mark.ray


@pytest.mark.timeout(600)
def test_a_study_under_kills_gives_what_it_gives_undisturbed(shapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:  # a short path: Ray's sockets lie in it
        monkeypatch.setenv("RAY_TMPDIR", folder)
        monkeypatch.setenv("TMPDIR", folder)
        verdict = kill_test(ChaosStudy(shapes, SHORT), Path(folder), kills=8, pause=4.0, seed=5, linger=20.0)
    assert verdict.faults == []
    assert verdict.story.killed == 8
    assert set(verdict.story.kills) == {"driver", "worker", "raylet"}
    assert max(verdict.story.leaving) < 60
    assert not verdict.story.ended_by_us.keys() & {"worker", "raylet", "gcs_server", "ray::IDLE"}


def test_start_ups_that_overlap_are_counted_once() -> None:
    assert covered([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0), (5.5, 5.75)]) == 4.0


def test_a_seed_kills_the_same_ones_at_the_same_moments(shapes: Path) -> None:
    def drawn(seed: int) -> list[object]:
        kills = Kills(ChaosStudy(shapes, SHORT), kills=1, pause=4.0, seed=seed)
        return [kills.random.random() for _ in range(3)]

    assert drawn(5) == drawn(5) != drawn(6)


def test_one_bit_of_a_checkpoint_is_seen(tmp_path: Path) -> None:
    state = {"seconds": 1.0, "best": {"weights": {"a": torch.ones(3)}}, "reports": [{"iteration": 2}]}
    torch.save(state, tmp_path / "one")
    torch.save({**state, "seconds": 2.0}, tmp_path / "slower")
    state["best"]["weights"]["a"][1] += 1.2e-7  # type: ignore[index]
    torch.save(state, tmp_path / "other")
    assert content(tmp_path / "one") == content(tmp_path / "slower") != content(tmp_path / "other")


def test_what_differs_between_storages_is_named() -> None:
    nothing = Findings(*([[]] * 9))
    other = replace(nothing, reports=[("key", 10, "{}", None)])
    assert nothing.differences(nothing) == []
    (text,) = nothing.differences(other)
    assert text.startswith("reports: 0 missing or other, 1 in their place or too many")
