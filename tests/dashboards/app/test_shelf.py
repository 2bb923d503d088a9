import threading
import time

import pytest

from s4mcl_dashboards.app import shelf as module
from s4mcl_dashboards.app.shelf import OverdueError, Shelf, UnreadyError


def test_everybody_gets_what_was_made_once() -> None:
    made: list[str] = []

    def make(key: str, _old: int | None) -> int:
        time.sleep(0.05)
        made.append(key)
        return len(made)

    shelf = Shelf[str, int](make, most=10, rest=60)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(shelf.get("a", 5))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 20
    assert made == ["a"]
    shelf.close()


def test_the_old_value_is_handed_out_while_a_new_one_is_made() -> None:
    go, values = threading.Event(), iter([1, 2])

    def make(_key: str, old: int | None) -> int:
        if old is not None:
            go.wait(10)
        return next(values)

    shelf = Shelf[str, int](make, most=10, rest=0, share=0)
    assert shelf.get("a", 5) == 1
    begun = time.monotonic()
    assert shelf.get("a", 5) == 1
    assert time.monotonic() - begun < 2
    go.set()
    until = time.monotonic() + 10
    while shelf.get("a", 5) != 2:
        assert time.monotonic() < until
        go.set()
    shelf.close()


def test_who_is_not_patient_is_told() -> None:
    go = threading.Event()
    shelf = Shelf[str, int](lambda _key, _old: 7 if go.wait(10) else 0, most=10)
    with pytest.raises(UnreadyError):
        shelf.get("a", 0.01)
    go.set()
    assert shelf.get("a", 10) == 7
    shelf.close()


def test_an_error_is_told_until_the_next_look_goes_well() -> None:
    outcomes = iter([1, OSError("gone"), 3])

    def make(_key: str, _old: int | None) -> int:
        found = next(outcomes)
        if isinstance(found, Exception):
            raise found
        return found

    shelf = Shelf[str, int](make, most=10, rest=0, share=0)
    assert shelf.get("a", 5) == 1
    with pytest.raises(OSError, match="gone"):
        shelf.get("a", 5)
    assert shelf.get("a", 5) == 3
    shelf.close()


def test_what_was_not_asked_for_longest_goes_first() -> None:
    made: list[str] = []

    def make(key: str, _old: str | None) -> str:
        made.append(key)
        return key

    shelf = Shelf[str, str](make, most=2, rest=60)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert shelf.get(key, 5) == key
    assert made == ["a", "b", "c", "b"]
    shelf.close()


def test_a_value_rests_before_it_is_looked_at_again() -> None:
    count = iter(range(100))
    shelf = Shelf[str, int](lambda _key, _old: next(count), most=10, rest=60)
    assert [shelf.get("a", 5) for _ in range(5)] == [0] * 5
    shelf.look_again(lambda key: key == "b")
    assert shelf.get("a", 5) == 0
    shelf.look_again(lambda key: key == "a")
    assert shelf.get("a", 5) == 1
    shelf.close()


def test_a_new_value_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OVERDUE", 0.3)
    go = threading.Event()
    shelf = Shelf[str, int](lambda _key, old: 1 if old is None or go.wait(10) else 0, most=10, rest=0, share=0)
    assert [shelf.get("a", 5) for _ in range(2)] == [1, 1]
    time.sleep(0.5)
    with pytest.raises(OverdueError):
        shelf.get("a", 5)
    go.set()
    time.sleep(0.5)
    assert shelf.get("a", 5) == 1
    shelf.close()
