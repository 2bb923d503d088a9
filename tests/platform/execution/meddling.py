"""Somebody who meddles with a study while it runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def meanwhile(meddle: Callable[[], bool], *, seconds: float = 0.05) -> Iterator[None]:
    """Call `meddle` again and again, beside the block, until it says that it is done or the block ends.

    Raises:
        BaseException: what `meddle` raised, after the block.
    """
    over = threading.Event()
    raised: list[BaseException] = []

    def act() -> None:
        try:
            while not meddle() and not over.wait(seconds):
                pass
        except BaseException as error:  # raised again in the test's own thread
            raised.append(error)

    thread = threading.Thread(target=act, name="meddling")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if raised:
        raise raised[0]
