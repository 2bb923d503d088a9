"""The short form of `make chaos`: a few kills, and the same answer as without them."""

import tempfile
from pathlib import Path

import pytest
from chaos_study import SHORT, ChaosStudy
from kill_test import kill_test
from kills import Kills, covered

pytestmark = pytest.mark.ray


@pytest.mark.timeout(600)
def test_a_study_under_kills_gives_what_it_gives_undisturbed(shapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:  # a short path: Ray's sockets lie in it
        monkeypatch.setenv("RAY_TMPDIR", folder)
        monkeypatch.setenv("TMPDIR", folder)
        verdict = kill_test(ChaosStudy(shapes, SHORT), Path(folder), kills=8, pause=4.0, seed=5)
    assert verdict.faults == []
    assert verdict.story.killed == 8
    assert set(verdict.story.kills) == {"driver", "worker", "raylet"}
    assert max(verdict.story.leaving) < 60
    assert sum(verdict.story.ended_by_us.values()) == 0


def test_start_ups_that_overlap_are_counted_once() -> None:
    assert covered([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0), (5.5, 5.75)]) == 4.0


def test_a_seed_kills_the_same_ones_at_the_same_moments(shapes: Path) -> None:
    def drawn(seed: int) -> list[object]:
        kills = Kills(ChaosStudy(shapes, SHORT), kills=1, pause=4.0, seed=seed)
        return [kills.random.random() for _ in range(3)]

    assert drawn(5) == drawn(5) != drawn(6)
