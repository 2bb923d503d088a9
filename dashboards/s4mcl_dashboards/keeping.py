"""Where a page keeps its figures: in itself, as the report does, or with the server that the page asks for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Keep = Callable[[str], str]

_KEEPER: ContextVar[Keep | None] = ContextVar("keeper", default=None)


@contextmanager
def kept_by(keep: Keep) -> Iterator[None]:
    """Let the figures that are put into pages inside the block be kept by `keep`: from a figure's JSON to its name."""
    before = _KEEPER.set(keep)
    try:
        yield
    finally:
        _KEEPER.reset(before)


def keeper() -> Keep | None:
    """Who keeps figures now; None: they stand in the page."""
    return _KEEPER.get()
