"""A name in *units*: one Chinese character, one English word (its stem), one number.

So 国办发〔2019〕4号 and 国办发[2019] 4 号 are the same name, and an English one never begins inside a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.normalize import normalize, stem

Units = tuple[str, ...]

_UNIT = re.compile(r"[㐀-鿿豈-﫿]|[a-z]+|\d+")
_SMALL = frozenset(["the", "a", "an", "of", "on", "for", "and", "in", "to", "s"])


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit, with its span in the normalised text."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=1 << 16)  # each commit makes the table of names anew, mostly of the same titles
def units(text: str) -> Units:
    """The units of a name, small English words left out."""
    return tuple(unit.text for unit in read_units(normalize(text)))


def read_units(normal: str) -> list[Unit]:
    """The units of a text that is normalised already, with their places."""
    return [
        Unit(stem(match.group()), match.start(), match.end())
        for match in _UNIT.finditer(normal)
        if match.group() not in _SMALL
    ]


def is_han(unit: str) -> bool:
    """Whether a unit is a Chinese character."""
    return unit >= "㐀"
