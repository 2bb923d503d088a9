"""Workers that stay while the next pack is on its way.

Tune stages a task only after another has ended, and meanwhile keeps a single idle actor: where many tasks end together,
as short trials on many slots do, the others are ended and started anew, at a second and more each.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def kept_actors(count: int, is_leaving: Callable[[Any], bool] = lambda _: False) -> Iterator[None]:
    """Let a Tune run that begins in the block keep up to `count` idle actors of one kind until it ends.

    Those of which `is_leaving` says so are not kept: their node is about to go.
    """
    from ray.tune.execution import tune_controller  # noqa: PLC0415  # Ray takes seconds to import

    plain: Any = tune_controller._ObjectCache

    class Kept(plain):  # type: ignore[misc]  # Ray is not typed
        """Tune's cache of actors with room for `count` beside what Tune asks for."""

        def increase_max(self, key: Any, by: int = 1) -> None:
            """Make room; at first sight of a kind, for all that are kept."""
            super().increase_max(key, by + (count if key not in self._max_num_objects else 0))

        def cache_object(self, key: Any, obj: Any) -> bool:
            """Keep an actor, unless it is leaving; Tune ends those that are not kept."""
            return not is_leaving(obj) and bool(super().cache_object(key, obj))

        def has_cached_object(self, key: Any) -> bool:
            """Whether there is one that stays; they stand first then."""
            self._cached_objects[key].sort(key=is_leaving)
            return any(not is_leaving(actor) for actor in self._cached_objects[key])

        def flush_cached_objects(self, force_all: bool = False) -> Iterator[Any]:
            """Those that Tune is to end: also the ones that are leaving."""
            for key, actors in self._cached_objects.items():
                for actor in [actor for actor in actors if is_leaving(actor)]:
                    self._cached_objects[key].remove(actor)
                    self._num_cached_objects -= 1
                    yield actor
            yield from super().flush_cached_objects(force_all)

    tune_controller._ObjectCache = Kept
    try:
        yield
    finally:
        tune_controller._ObjectCache = plain
