from typing import Any

from s4mcl.execution.waiting_line import Waiting, WaitingLine
from s4mcl.stages.cohort import Cohort, KeyedTrial
from s4mcl_trainables.trial import Settings, Trial

SETTINGS = Settings(
    iterations=1, report_every=1, image_size=16, width=4, depth=2, batch_labelled=1, batch_unlabelled=1, patience=None
)


class Nobody:
    """A source that nothing is asked of."""


NOBODY: Any = Nobody()


def waiting(method: str, seed: int, stage: str = "confirm") -> Waiting:
    trial = KeyedTrial(f"{method}{seed}", method, Trial(method, 0.2, seed, SETTINGS, {}))
    return Waiting(NOBODY, Cohort(stage, (trial,)), (trial,))


def emptied(line: WaitingLine) -> list[str]:
    return [found.members[0].key for found in iter(line.pop, None)]


def test_search_comes_first_then_the_longest_then_who_came_first() -> None:
    line = WaitingLine()
    for method in ("cnn", "unet"):
        for seed in (0, 1):
            line.put(waiting(method, seed))
    line.put(waiting("cnn", 7, "search"))
    line.note_cost("cnn", 1.0)
    line.note_cost("unet", 5.0)
    assert len(line) == 5
    assert emptied(line) == ["cnn7", "unet0", "unet1", "cnn0", "cnn1"]
    assert len(line) == 0


def test_an_unknown_method_is_tried_before_the_known_ones() -> None:
    line = WaitingLine()
    line.note_cost("unet", 5.0)
    line.put(waiting("unet", 0))
    line.put(waiting("cnn", 0))
    assert emptied(line) == ["cnn0", "unet0"]


def test_who_stands_aside_comes_back_in_turn() -> None:
    line = WaitingLine()
    for seed in range(3):
        line.block(waiting("cnn", seed))
    assert line.pop() is None
    assert len(line) == 3
    assert line.methods() == ["cnn"] * 3
    line.unblock(2)
    assert emptied(line) == ["cnn0", "cnn1"]
    line.unblock(2)
    assert emptied(line) == ["cnn2"]


def test_a_method_without_a_cost_is_taken_for_an_average_one() -> None:
    line = WaitingLine()
    assert line.seconds_of("cnn") is None
    line.note_cost("unet", 4.0)
    line.note_cost("unet", 2.0)
    assert line.seconds_of("unet") == 3.0
    assert line.seconds_of("cnn") == 3.0
    assert line.seconds_done() == 6.0
