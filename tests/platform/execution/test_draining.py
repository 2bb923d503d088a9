"""Nodes that are about to go."""

from s4mcl.execution.draining import Draining
from s4mcl.execution.kept_actors import kept_actors


class Actor:
    """Stands for Tune's."""


def test_nodes_are_asked_for_from_time_to_time_and_a_task_is_asked_once() -> None:
    now, nodes, looks = 0.0, {"a"}, []

    def known() -> set[str]:
        looks.append(now)
        return nodes

    draining = Draining(known, clock=lambda: now)
    assert draining.look() == {"a"}
    nodes = {"a", "b"}
    assert draining.look() == {"a"}
    now = 3.0
    assert draining.look() == {"a", "b"}
    assert looks == [0.0, 3.0]
    assert [draining.to_ask("task", node) for node in ("c", None, "a", "a")] == [False, False, True, False]


def test_actors_that_are_leaving_are_not_kept_nor_used_again() -> None:
    nodes: set[str] = set()
    now = 0.0
    draining = Draining(lambda: nodes, clock=lambda: now)
    stays, leaves, late = Actor(), Actor(), Actor()
    for actor, node in ((stays, "stays"), (leaves, "goes"), (late, "goes")):
        draining.lives(actor, node)
    draining.lives(None, "goes")
    with kept_actors(4, draining.is_leaving):
        from ray.tune.execution import tune_controller

        cache = tune_controller._ObjectCache()
        cache.increase_max("pack", 2)
        draining.look()
        assert cache.cache_object("pack", leaves)
        assert cache.cache_object("pack", stays)
        nodes, now = {"goes"}, 3.0
        draining.look()
        assert not cache.cache_object("pack", late)
        assert cache.pop_cached_object("pack") is stays
        assert not cache.has_cached_object("pack")
        assert cache.pop_cached_object("pack") is None
        assert list(cache.flush_cached_objects()) == [leaves]
        assert cache.num_cached_objects == 0
    assert tune_controller._ObjectCache is not type(cache)
