"""What Tune keeps of a long run."""

from types import SimpleNamespace

from s4mcl.execution.ended_tasks import KEPT, forget_ended


def controller(count: int, running: int) -> SimpleNamespace:
    tasks = list(range(count))
    ended = set(tasks[: count - running])
    failed = {0, 7}
    return SimpleNamespace(
        _trials=tasks,
        _stopped_trials=ended - failed,
        _failed_trials=failed,
        _live_trials=set(tasks) - ended,
        _trials_to_cache=set(tasks),
        _trial_to_actor={count - running - 2: "an actor that is being ended"},
    )


def test_tasks_that_have_ended_are_forgotten_but_for_the_latest() -> None:
    found = controller(KEPT + 8, running=3)
    listed = found._trials
    forget_ended(found)
    last = KEPT + 4
    assert found._trials == [last - 1, last, last + 1, last + 2, last + 3]  # the first still has its actor
    assert found._trials is listed, "Tune passes the list on"
    assert found._stopped_trials == {last - 1, last}
    assert found._failed_trials == set()
    assert found._live_trials == {last + 1, last + 2, last + 3}
    assert found._trials_to_cache == set(found._trials)


def test_a_few_are_left_alone() -> None:
    found = controller(KEPT, running=3)
    forget_ended(found)
    assert len(found._trials) == KEPT
