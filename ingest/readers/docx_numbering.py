"""The numbers that Word puts in front of paragraphs and never stores as text.

Source: ECMA-376 part 1, 17.9 Numbering. Instances (``w:num``) of one abstract definition count on
together unless an instance overrides where a level starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.readers.lines import BULLET
from ingest.readers.numerals import FORMATS
from ingest.readers.ooxml import flag, value, w

_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_LARGEST = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How one level of a list is numbered (``w:lvl``)."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    restart: int | None = None
    """After which level (from 1) it restarts; 0: never, None: after any level above."""
    legal: bool = False
    """Numbers of the levels above are shown in decimal."""
    glued: bool = False
    """Nothing stands between number and text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """All lists of a document: for each ``w:num`` its abstract definition, levels and overridden starts."""

    levels: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)
    abstract: Mapping[str, str] = field(default_factory=dict)
    starts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    by_style: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Paragraph style → list and level that it stands for."""


def read_numbering(root: Any) -> Numbering:
    """``numbering.xml`` as data."""
    abstracts = {value(node, "abstractNumId") or "": node for node in root.iter(w("abstractNum"))}
    by_link = {
        link: node for node in abstracts.values() if (link := value(node.find(w("styleLink")), "val")) is not None
    }
    levels: dict[str, dict[int, Level]] = {}
    abstract: dict[str, str] = {}
    starts: dict[str, dict[int, int]] = {}
    by_style: dict[str, tuple[str, int]] = {}
    for num in root.iter(w("num")):
        num_id, abstract_id = value(num, "numId"), value(num.find(w("abstractNumId")), "val")
        node = abstracts.get(abstract_id or "")
        if num_id is None or abstract_id is None or node is None:
            continue
        linked = by_link.get(value(node.find(w("numStyleLink")), "val") or "")
        node = node if linked is None else linked
        abstract[num_id] = value(node, "abstractNumId") or abstract_id
        levels[num_id] = {}
        for child in node.findall(w("lvl")):
            index, level, style = _level(child)
            levels[num_id][index] = level
            if style:
                by_style.setdefault(style, (num_id, index))
        starts[num_id] = _override(num, levels[num_id])
    return Numbering(levels=levels, abstract=abstract, starts=starts, by_style=by_style)


def _override(num: Any, levels: dict[int, Level]) -> dict[int, int]:
    """Apply an instance's own levels; the starts it overrides."""
    starts: dict[int, int] = {}
    for override in num.findall(w("lvlOverride")):
        index = _integer(value(override, "ilvl"), 0)
        own = override.find(w("lvl"))
        if own is not None:
            levels[index] = _level(own)[1]
        start = override.find(w("startOverride"))
        if start is not None:
            starts[index] = _integer(value(start, "val"), 1)
    return starts


def _level(node: Any) -> tuple[int, Level, str | None]:
    restart = node.find(w("lvlRestart"))
    level = Level(
        start=_integer(value(node.find(w("start")), "val"), 1),
        format=value(_number_format(node), "val") or "decimal",
        text=value(node.find(w("lvlText")), "val") or "",
        restart=None if restart is None else _integer(value(restart, "val"), 0),
        legal=flag(node, "isLgl"),
        glued=value(node.find(w("suff")), "val") == "nothing",
    )
    return _integer(value(node, "ilvl"), 0), level, value(node.find(w("pStyle")), "val")


def _number_format(node: Any) -> Any:
    """``w:numFmt``, also where it hides in ``mc:AlternateContent`` (its fallback is the plain one)."""
    found = node.find(w("numFmt"))
    return found if found is not None else next(iter(list(node.iter(w("numFmt")))[-1:]), None)


def _integer(text: str | None, default: int) -> int:
    return min(int(text), _LARGEST) if text and re.fullmatch(r"\d{1,9}", text) else default


class NumberingCounter:
    """Counts through a document; ask for each numbered paragraph in order."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, num_id: str, index: int) -> str:
        """The number Word prints before this paragraph; ``""`` where there is none."""
        levels = self._numbering.levels.get(num_id)
        if not levels or index not in levels:
            return ""
        counts = self._counts.setdefault(self._numbering.abstract[num_id], {})
        self._count(num_id, index, levels, counts)
        level = levels[index]
        if level.format == "bullet":
            return BULLET.strip()
        return self._printed(level, levels, counts)

    def _count(self, num_id: str, index: int, levels: Mapping[int, Level], counts: dict[int, int]) -> None:
        overridden = self._numbering.starts[num_id]
        if index in overridden and (num_id, index) not in self._begun:
            counts[index] = overridden[index]
        elif index in counts:
            counts[index] += 1
        else:
            counts[index] = overridden.get(index, levels[index].start)
        self._begun.add((num_id, index))
        for above in range(index):
            if above not in counts and above in levels:
                counts[above] = overridden.get(above, levels[above].start)
        for below in range(index + 1, _LEVELS):
            restart = levels[below].restart if below in levels else None
            if restart is None or index < restart:
                counts.pop(below, None)

    def _printed(self, level: Level, levels: Mapping[int, Level], counts: Mapping[int, int]) -> str:
        def number(match: re.Match[str]) -> str:
            index = int(match.group(1)) - 1
            shown = levels.get(index)
            if shown is None:
                return ""
            if level.legal and shown is not level:
                shown = replace(shown, format="decimal")
            return FORMATS.get(shown.format, str)(counts.get(index, shown.start))

        return _PLACE.sub(number, level.text).strip()

    def is_glued(self, num_id: str, index: int) -> bool:
        """Whether number and text stand without a space."""
        level = self._numbering.levels.get(num_id, {}).get(index)
        return level is not None and level.glued
