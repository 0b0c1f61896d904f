"""What was read last, kept up to a number of entries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most ``size`` values, those asked for last; safe to use from many threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """The value of ``key``, read where it is not kept; what ``read`` raises is not kept."""
        known = self.known([key])
        if key in known:
            return known[key]
        value = read()
        self.keep({key: value})
        return value

    def known(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Those of the keys that are kept, with their values."""
        found = {}
        with self._lock:
            for key in keys:
                if key in self._values:
                    self._values.move_to_end(key)
                    found[key] = self._values[key]
        return found

    def keep(self, values: Mapping[Key, Value]) -> None:
        """Keep values beside the others, and let go of those that nobody has asked for longest."""
        with self._lock:
            self._values |= values
            while len(self._values) > self._size:
                self._values.popitem(last=False)
