import os
import time
from pathlib import Path

import pytest

from s4mcl_trainables.data import worker_pool
from s4mcl_trainables.data.worker_pool import run_chunks
from s4mcl_trainables.problems import InputError


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def die(number: int) -> int:
    if number > 2:
        os._exit(1)
    return number


def fail(number: int) -> int:
    if number > 2:
        raise OSError(28, "No space left on device")
    return number


def slow(number: int) -> int:
    time.sleep(0.02)
    return number


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to workers after the first chunk."""
    monkeypatch.setattr(worker_pool, "WORTH", 0.0)


def test_little_work_stays_in_this_process() -> None:
    found: dict[int, tuple[int, int]] = {}
    run_chunks(square, list(range(50)), 4, found.__setitem__)
    assert {pid for _, pid in found.values()} == {os.getpid()}
    assert [found[number][0] for number in range(50)] == [number**2 for number in range(50)]


@pytest.mark.usefixtures("eager")
def test_workers_give_the_same() -> None:
    found: dict[int, tuple[int, int]] = {}
    run_chunks(square, list(range(50)), 2, found.__setitem__)
    assert sorted(found) == list(range(50))
    assert all(found[number][0] == number**2 for number in range(50))
    assert {pid for _, pid in found.values()} - {os.getpid()}


@pytest.mark.usefixtures("eager")
def test_a_dead_worker_is_told() -> None:
    with pytest.raises(InputError, match="--workers 1"):
        run_chunks(die, list(range(10)), 2, lambda chunk, result: None)


@pytest.mark.usefixtures("eager")
def test_an_error_of_a_worker_comes_through() -> None:
    with pytest.raises(OSError, match="No space left"):
        run_chunks(fail, list(range(10)), 2, lambda chunk, result: None)


@pytest.mark.usefixtures("eager")
def test_an_interrupt_ends_all_workers() -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("this system does not list child processes")
    before: list[str] = []

    def workers() -> list[str]:
        return [pid for pid in children.read_text().split() if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]

    def interrupt(chunk: int, result: int) -> None:
        if chunk > 2:
            before.extend(workers())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_chunks(slow, list(range(500)), 2, interrupt)
    assert len(before) == 2
    assert workers() == []
