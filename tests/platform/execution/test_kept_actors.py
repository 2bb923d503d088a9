"""Idle actors: kept for packs of their kind, ended where another kind waits for what they hold."""

from collections.abc import Iterator
from typing import Any

import pytest

from s4mcl.execution.kept_actors import kept_actors


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Iterator[Any]:
    """Tune's cache of actors, with room for three idle ones a kind."""
    from ray.tune.execution import tune_controller

    with kept_actors(3, lambda actor: actor.startswith("leaving"), clock=clock):
        yield tune_controller._ObjectCache(may_keep_one=True)


def ended(cache: Any) -> list[str]:
    return list(cache.flush_cached_objects())


def test_idle_actors_of_one_kind_are_kept(cache: Any, clock: Clock) -> None:
    cache.increase_max("whole")  # a pack is staged, and has begun
    cache.decrease_max("whole")
    assert [cache.cache_object("whole", actor) for actor in ("a", "b", "c", "d")] == [True, True, True, False]
    clock.now = 60.0
    assert ended(cache) == []
    assert cache.pop_cached_object("whole") == "a"


def test_an_idle_actor_makes_room_for_a_pack_of_another_kind(cache: Any, clock: Clock) -> None:
    cache.increase_max("whole")
    cache.decrease_max("whole")
    cache.cache_object("whole", "a")
    cache.increase_max("third")  # it waits for a device
    assert ended(cache) == []  # the next pack may be one of its own kind
    clock.now = 0.5
    assert ended(cache) == ["a"]
    assert not cache.has_cached_object("third")
    assert cache.num_cached_objects == 0


def test_an_actor_whose_own_kind_waits_too_is_taken_by_it(cache: Any, clock: Clock) -> None:
    for kind in ("whole", "third"):
        cache.increase_max(kind)
    cache.cache_object("third", "b")
    cache.decrease_max("whole")  # it has begun
    clock.now = 0.5
    assert cache.pop_cached_object("third") == "b"
    assert ended(cache) == []


def test_a_leaving_actor_is_ended_whoever_waits(cache: Any) -> None:
    cache.increase_max("whole")
    assert not cache.cache_object("whole", "leaving a")
    assert cache.cache_object("whole", "b")
    assert ended(cache) == []
