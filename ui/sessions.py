"""Who is signed in: random tokens in cookies, kept here only as hashes, gone when the server stops."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

COOKIE = "yiju_session"
_MOST = 10_000


class Sessions:
    """Tokens and the names they stand for, each for ``hours`` after signing in."""

    def __init__(self, hours: float, clock: Callable[[], float] = time.time) -> None:
        self.seconds = int(hours * 3600)
        self._clock = clock
        self._open: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def start(self, name: str) -> str:
        """A new token for ``name``."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if one[1] > now}
            if len(self._open) >= _MOST:
                del self._open[next(iter(self._open))]
            self._open[_hashed(token)] = (name, now + self.seconds)
        return token

    def name(self, token: str) -> str | None:
        """Whose token it is, until it ends."""
        found = self._open.get(_hashed(token))
        return found[0] if found is not None and found[1] > self._clock() else None

    def end(self, token: str) -> None:
        """Sign this one out."""
        with self._lock:
            self._open.pop(_hashed(token), None)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
