"""Workers that stay while the next pack is on its way.

Tune stages a task only after another has ended, and meanwhile keeps a single idle actor: where many tasks end together,
as short trials on many slots do, the others are ended and started anew, at a second and more each.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def kept_actors(count: int) -> Iterator[None]:
    """Let a Tune run that begins in the block keep up to `count` idle actors of one kind until it ends."""
    from ray.tune.execution import tune_controller  # noqa: PLC0415  # Ray takes seconds to import

    plain: Any = tune_controller._ObjectCache

    class Kept(plain):  # type: ignore[misc]  # Ray is not typed
        """Tune's cache of actors with room for `count` beside what Tune asks for."""

        def increase_max(self, key: Any, by: int = 1) -> None:
            """Make room; at first sight of a kind, for all that are kept."""
            super().increase_max(key, by + (count if key not in self._max_num_objects else 0))

    tune_controller._ObjectCache = Kept
    try:
        yield
    finally:
        tune_controller._ObjectCache = plain
