"""Workers that stay while the next pack is on its way.

Tune stages a task only after another has ended, and meanwhile keeps a single idle actor: where many tasks end together,
as short trials on many slots do, the others are ended and started anew, at a second and more each.

Where packs are of several kinds (another share of a GPU, another method's class), an idle actor serves its own kind and
holds what another may be waiting for: it then goes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

IDLE_SECONDS = 0.3  # that an actor may wait for the next pack of its kind while one of another kind waits for room


@contextmanager
def kept_actors(
    count: int,
    is_leaving: Callable[[Any], bool] = lambda _: False,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Let a Tune run that begins in the block keep up to `count` idle actors of each kind until it ends.

    Those of which `is_leaving` says so are not kept: their node is about to go.
    """
    from ray.tune.execution import tune_controller  # noqa: PLC0415  # Ray takes seconds to import

    plain: Any = tune_controller._ObjectCache

    class Kept(plain):  # type: ignore[misc]  # Ray is not typed
        """Tune's cache of actors with room for `count` beside what Tune asks for."""

        def __init__(self, may_keep_one: bool = True) -> None:
            super().__init__(may_keep_one)
            self._idle_since: dict[Any, float] = {}

        def increase_max(self, key: Any, by: int = 1) -> None:
            """Make room; at first sight of a kind, for all that are kept."""
            super().increase_max(key, by + (count if key not in self._max_num_objects else 0))

        def cache_object(self, key: Any, obj: Any) -> bool:
            """Keep an actor, unless it is leaving; Tune ends those that are not kept."""
            self._idle_since[obj] = clock()
            return not is_leaving(obj) and bool(super().cache_object(key, obj))

        def has_cached_object(self, key: Any) -> bool:
            """Whether there is one that stays; they stand first then."""
            self._cached_objects[key].sort(key=is_leaving)
            return any(not is_leaving(actor) for actor in self._cached_objects[key])

        def pop_cached_object(self, key: Any) -> Any:
            """One of them, for the next pack of its kind."""
            actor = super().pop_cached_object(key)
            self._idle_since.pop(actor, None)
            return actor

        def flush_cached_objects(self, force_all: bool = False) -> Iterator[Any]:
            """Those that Tune is to end: also the ones that are leaving, or in the way of another kind."""
            for key, actors in self._cached_objects.items():
                for actor in [actor for actor in actors if is_leaving(actor) or self._is_in_the_way(key, actor)]:
                    self._cached_objects[key].remove(actor)
                    self._num_cached_objects -= 1
                    self._idle_since.pop(actor, None)
                    yield actor
            yield from super().flush_cached_objects(force_all)

        def _is_in_the_way(self, key: Any, actor: Any) -> bool:
            """Whether a pack of another kind waits, and none of this one has come for the actor for a while."""
            if clock() - self._idle_since[actor] < IDLE_SECONDS:
                return False
            return any(self._waits(other) for other in self._max_num_objects if other != key)

        def _waits(self, key: Any) -> bool:
            """Whether a pack of this kind is staged that has no actor yet."""
            return bool(self._max_num_objects[key] - count > len(self._cached_objects.get(key, ())))

    tune_controller._ObjectCache = Kept
    try:
        yield
    finally:
        tune_controller._ObjectCache = plain
