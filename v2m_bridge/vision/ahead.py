"""Work done ahead on a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


def ahead(items: Iterable[T], most: int) -> Generator[T, None, None]:
    """Yield items that are made on another thread, at most `most` of them before they are asked for.

    The thread has ended when this generator has, also where it is closed early; an error of the items is raised here.
    """
    made: queue.Queue[T | _End] = queue.Queue(most)
    is_closed = threading.Event()

    def make() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                made.put(item)
                if is_closed.is_set():
                    return
        except BaseException as exc:  # noqa: BLE001 raised again where it can be caught
            error = exc
        made.put(_End(error))

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_closed.set()
        while thread.is_alive():
            with suppress(queue.Empty):
                made.get_nowait()  # makes room, so that the thread sees that it is over
            thread.join(timeout=0.005)
