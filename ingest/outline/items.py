"""Inline enumerations: 一是…二是…, 第一，…第二，…, 1）…2）…, (a)…(b)… inside a section's own text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.outline import numerals
from ingest.outline.lines import Line
from rag.types import Item, Section

_C = "一二三四五六七八九十"
_MARKS = re.compile(
    rf"""
      (?:(?<=[。！？；;：:，,、\s（(“])|^)(?P<shi>[{_C}]{{1,3}}(?:是|要|则|为))(?=[^{_C}])
    | (?:(?<=[。！？；;：:，,\s（(“])|^)(?P<di>第[{_C}]{{1,3}})[，,、：:]
    | (?:(?<=[。！？；;：:，,\s])|^)(?P<first>首先|其次|再次|最后)[，,]
    | [（(](?P<c_paren>[{_C}]{{1,3}})[)）]
    | [（(](?P<a_paren>[0-9]{{1,2}})[)）]
    | (?<![0-9A-Za-z.（(])(?P<a_half>[0-9]{{1,2}})[)）]
    | (?<![0-9A-Za-z.])(?P<a_dot>[0-9]{{1,2}})[.．、](?![0-9])
    | (?P<circled>[①-⑳])
    | (?<![A-Za-z0-9)\]])[(](?P<letter>[a-z]|[ivx]{{2,5}})[)](?=\s)
    | (?<![A-Za-z0-9(])(?P<l_half>[a-z])[)](?=\s)
    """,
    re.VERBOSE | re.MULTILINE,
)
_ORDER = {"首先": 1, "其次": 2, "再次": 3}
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Mark:
    scheme: str
    value: int
    printed: str
    start: int


def inline_items(
    sections: Sequence[Section], lines: Sequence[Line], heading_starts: frozenset[int]
) -> tuple[Item, ...]:
    """Items of all sections, in text order.

    An item ends where the next begins, the last with its line or before another list in it.
    """
    items: list[Item] = []
    at = 0
    starts = [*(section.start for section in sections[1:]), sections[0].end]
    for section, stop in zip(sections, starts, strict=True):
        own: list[Line] = []
        while at < len(lines) and lines[at].start < stop:
            own.append(lines[at])
            at += 1
        items.extend(_section_items(section, own, heading_starts))
    return tuple(items)


def _section_items(section: Section, own: Sequence[Line], heading_starts: frozenset[int]) -> Iterable[Item]:
    marks: list[tuple[_Mark, Line]] = []
    for line in own:
        skip = line.start in heading_starts
        for mark in _marks(line.text):
            if not (skip and mark.start == 0):
                marks.append((mark, line))
    found = sorted((item for run in _runs(marks) for item in _items(section, *run)), key=lambda item: item.start)
    yield from found
    yield from _bullets(section, own, heading_starts, {item.start for item in found})


def _marks(text: str) -> Iterable[_Mark]:
    for match in _MARKS.finditer(text):
        scheme = match.lastgroup or ""
        printed = match[scheme]
        value = _value(scheme, printed)
        if value is not None:
            yield _Mark(scheme, value, match.group().rstrip("，,、：:") if scheme != "shi" else printed, match.start())


def _value(scheme: str, printed: str) -> int | None:
    if scheme == "shi":
        return numerals.chinese(printed[:-1])
    if scheme == "di":
        return numerals.chinese(printed[1:])
    if scheme == "first":
        return _ORDER.get(printed, 4)
    if scheme == "circled":
        return ord(printed) - 0x245F
    if scheme in {"letter", "l_half"}:
        return numerals.letter(printed) if len(printed) == 1 else numerals.roman(printed)
    return numerals.chinese(printed)


def _runs(marks: Sequence[tuple[_Mark, Line]]) -> Iterable[tuple[list[tuple[_Mark, Line]], tuple[_Mark, Line] | None]]:
    """Runs that count from one, each of a single scheme, with the mark that begins to count anew behind it."""
    open_: dict[str, list[tuple[_Mark, Line]]] = {}
    for mark, line in marks:
        run = open_.get(mark.scheme)
        if mark.value == 1:
            if run and len(run) >= _FEWEST:
                yield run, (mark, line)
            open_[mark.scheme] = [(mark, line)]
        elif run and _goes_on(run[-1][0], mark):
            run.append((mark, line))
    yield from ((run, None) for run in open_.values() if len(run) >= _FEWEST)


def _goes_on(before: _Mark, mark: _Mark) -> bool:
    if mark.scheme == "first":
        return mark.value > before.value
    return mark.value == before.value + 1


def _items(section: Section, run: Sequence[tuple[_Mark, Line]], again: tuple[_Mark, Line] | None) -> Iterable[Item]:
    for i, (mark, line) in enumerate(run):
        start = line.offset(mark.start)
        if i + 1 < len(run):
            following, other = run[i + 1]
            end = other.offset(following.start)
            end = min(end, line.end) if other.index != line.index and other.index > line.index + 1 else end
        else:
            end = _end_of_last(mark, line, again)
        if end > start:
            yield Item(section=section.id, marker=mark.printed, start=start, end=end)


def _end_of_last(last: _Mark, line: Line, again: tuple[_Mark, Line] | None) -> int:
    """Where the last item of a list ends: with its line, or before the sentence that leads in to the next list."""
    if again is None or again[1] is not line:
        return line.end
    sentence = max(line.text.rfind(stop, last.start, again[0].start) for stop in "。；！？;!?")
    return line.offset(sentence + 1) if sentence >= 0 else line.end


def _bullets(section: Section, own: Sequence[Line], heading_starts: frozenset[int], taken: set[int]) -> Iterable[Item]:
    for line in own:
        if line.block.kind == "list_item" and line.start not in heading_starts and line.start not in taken:
            match = re.match(r"[^\s\w]{1,2}|\w{1,3}[.)、]", line.text)
            yield Item(section=section.id, marker=match.group() if match else "", start=line.start, end=line.end)
