"""A lock that serves those who wait in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType

from rag.errors import ModelError


class _Turn:
    """One who waits: the thread it is, and the event that wakes it."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.come = threading.Event()
        self.withdrawn = False


class Turnstile:
    """First come, first served; ``threading.Lock`` lets a busy thread starve the others.

    May be released by another thread than the one that acquired it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[_Turn] = deque()

    def acquire(self) -> None:
        """Wait for one's turn.

        Raises:
            ModelError: this thread was withdrawn while it waited.
        """
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = _Turn()
            self._waiting.append(turn)
        turn.come.wait()
        if turn.withdrawn:
            raise ModelError("the question was withdrawn before its turn came")

    def release(self) -> None:
        """Hand over to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().come.set()
            else:
                self._taken = False

    def ahead(self, thread: int) -> int:
        """How many are served before ``thread``, the one at work included; 0 where it does not wait."""
        with self._guard:
            return next((n for n, turn in enumerate(self._waiting, start=1) if turn.thread == thread), 0)

    def withdraw(self, thread: int) -> None:
        """Take ``thread`` out of the line, if it waits there: nobody is there any more to hear its answer."""
        with self._guard:
            for turn in [turn for turn in self._waiting if turn.thread == thread]:
                self._waiting.remove(turn)
                turn.withdrawn = True
                turn.come.set()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
