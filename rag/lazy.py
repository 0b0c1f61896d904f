"""A part of the chatbot that is made when it is first needed, or in the background before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A part that is made once, at first use or in the background; a failure is kept and raised each time."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._future: Future[T] = Future()
        self._lock = threading.Lock()
        self._begun = False

    def start(self) -> None:
        """Begin making it in a thread of its own."""
        threading.Thread(target=self._run, daemon=True).start()

    def get(self) -> T:
        """The part, waiting for it if need be."""
        self._run()
        return self._future.result()

    @property
    def failure(self) -> BaseException | None:
        """Why it could not be made, if that is known already."""
        return self._future.exception() if self._future.done() else None

    @property
    def ready(self) -> bool:
        """Whether it has been made."""
        return self._future.done() and self._future.exception() is None

    def _run(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        try:
            self._future.set_result(self._make())
        except BaseException as error:  # noqa: BLE001 - handed on to whoever asks for the part
            self._future.set_exception(error)
