"""How often one person may do a thing."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_KEYS = 10_000


class Limit:
    """At most ``times`` in any ``window_s`` seconds for each key; 0 times is no limit."""

    def __init__(self, times: int, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._window_s = window_s
        self._clock = clock
        self._done: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Seconds until ``key`` may go on; 0 if at once. Counts nothing."""
        with self._lock:
            done = self._recent(key) if self._times and key in self._done else ()
            return done[0] + self._window_s - self._clock() if done and len(done) >= self._times else 0.0

    def count(self, key: str) -> None:
        """Note that ``key`` did it now."""
        with self._lock:
            if key not in self._done and len(self._done) >= _KEYS:
                self._forget()
            self._recent(key).append(self._clock())

    def take(self, key: str) -> float:
        """As ``wait_s``, and counted where it may go on."""
        wait = self.wait_s(key)
        if not wait:
            self.count(key)
        return wait

    def _recent(self, key: str) -> deque[float]:
        done = self._done.setdefault(key, deque())
        while done and done[0] <= self._clock() - self._window_s:
            done.popleft()
        return done

    def _forget(self) -> None:
        """Drop the keys that did nothing lately; if all did, those that came first."""
        for key in list(self._done):
            if not self._recent(key):
                del self._done[key]
        for key in list(self._done)[: len(self._done) // 2 if len(self._done) >= _KEYS else 0]:
            del self._done[key]
