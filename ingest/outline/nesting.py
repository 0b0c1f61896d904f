"""From candidates to levels: the nesting of numbering schemes is learned from the document.

A stack holds the schemes that are open. A candidate goes on in an open scheme, or opens its scheme
inside the deepest open one that may hold it. Which of two schemes holds the other is told by the
sequence itself (``1.`` goes on after the ``（一）`` run: that run stands inside), and only then by rank.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.outline import numerals
from ingest.outline.candidates import WEAK_SCHEMES, Candidate
from ingest.outline.schemes import STATUTE, follows, oddness, rank

_SHORT_CHARS = 40
_EXCERPTED = frozenset({"en_part", "en_chapter", "en_title", "sign"})
"""Units that an amendment or an excerpt names alone: PART 39—DIRECTIVES, § 39.13 [Amended]."""
_OF_LISTS = ("_paren", "_half", "circled")
"""Ends of schemes that bracket or encircle their entries: ``(c)`` is no 3 of ``3.1``."""
_NAMED = ("en_", "sign")
"""Units whose name is printed: ``Section 101`` that goes on is a heading however far it jumps."""
_FAR = 30
"""A run of bare numbers is not looked for beyond this jump."""


@dataclass(slots=True)
class Frame:
    """An open scheme: its last value and where it stands."""

    scheme: str
    style: str
    value: tuple[int, ...]
    level: int | None
    """Level the format gave."""
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate accepted as a heading, its depth from 1, and what is odd about its number."""

    candidate: Candidate
    depth: int
    odd: str = ""
    """``""``, ``skip``, ``repeat``, ``restart``, ``back`` or ``late_start``."""
    missing: str = ""
    """Which numbers a ``skip`` leaves out."""
    scheme: str = ""


@dataclass(slots=True)
class _Positions:
    """Where each scheme occurs, to look ahead."""

    at: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    values: dict[str, list[tuple[int, ...]]] = field(default_factory=lambda: defaultdict(list))
    styles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def following(self, scheme: str, index: int) -> tuple[int, tuple[int, ...]] | None:
        places = self.at.get(scheme, [])
        i = bisect_right(places, index)
        return (places[i], self.values[scheme][i]) if i < len(places) else None

    def after(self, scheme: str, index: int, count: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Style and value of what comes next."""
        i = bisect_right(self.at.get(scheme, ()), index)
        if scheme in self.values:
            yield from zip(self.styles[scheme][i : i + count], self.values[scheme][i : i + count], strict=True)


def nest(candidates: Sequence[Candidate]) -> list[Placed]:
    """Accept or drop each candidate of one document and give the accepted ones their depth."""
    return _Nesting(candidates).run()


class _Nesting:
    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self.stack: list[Frame] = []
        self.last: dict[tuple[str, str], tuple[int, ...]] = {}
        self.inside: set[tuple[str, str]] = set()
        self.positions = _Positions()
        for index, candidate in enumerate(candidates):
            for scheme, value in candidate.marker.values if candidate.marker else ():
                self.positions.at[scheme].append(index)
                self.positions.values[scheme].append(value)
                self.positions.styles[scheme].append(candidate.marker.style if candidate.marker else "")

    def run(self) -> list[Placed]:
        placed = []
        for index, candidate in enumerate(self.candidates):
            made = self._place(index, candidate)
            if made is not None:
                placed.append(made)
        return placed

    def _place(self, index: int, candidate: Candidate) -> Placed | None:
        if candidate.level is not None:
            self._close_format(candidate)
        if candidate.marker is None:
            return self._place_unnumbered(index, candidate)
        scheme, value = self._reading(candidate)
        if scheme.startswith(("decimal", "en_section", "en_article")) and scheme[-1].isdigit():
            return self._place_decimal(index, candidate, scheme, value)
        frame = self._open_frame(index, candidate, scheme, value)
        if frame is not None:
            return self._go_on(index, candidate, frame, scheme, value)
        return self._open(index, candidate, scheme, value)

    # Readings -----------------------------------------------------------------------------

    def _reading(self, candidate: Candidate) -> tuple[str, tuple[int, ...]]:
        """Of the schemes a marker may belong to, the one it goes on in; else the one it may start."""
        assert candidate.marker is not None
        values = candidate.marker.values
        if len(values) == 1:
            return values[0]
        for scheme, value in values:
            if any(frame.scheme == scheme and follows(frame.value, value) for frame in self.stack):
                return scheme, value
        for scheme, value in values:
            if value == (1,):
                return scheme, value
        return values[0]

    # Going on in an open scheme ------------------------------------------------------------

    def _open_frame(self, index: int, candidate: Candidate, scheme: str, value: tuple[int, ...]) -> int | None:
        marker = candidate.marker
        assert marker is not None
        same = [i for i, frame in enumerate(self.stack) if frame.scheme == scheme]
        for i in reversed(same):
            if follows(self.stack[i].value, value) and self.stack[i].style == marker.style:
                return i
        for i in reversed(same):
            if follows(self.stack[i].value, value):
                return i
        for i in reversed(same):
            frame = self.stack[i]
            if value[-1] == 1 and self._nests_in_itself(index, frame, scheme, marker.style):
                return None
            if frame.style == marker.style or value[-1] != 1:
                return i
        return None

    def _nests_in_itself(self, index: int, frame: Frame, scheme: str, style: str) -> bool:
        """``2.…：`` then ``1. 2. 3.`` then ``3.``: a list inside an entry of a like list."""
        if scheme in STATUTE:
            return False
        ahead = self._resumes(index, frame)
        if not ahead:
            return False
        return frame.style != style or frame.candidate.line.text.endswith(("：", ":"))

    def _resumes(self, index: int, frame: Frame) -> bool:
        """Whether the frame's run goes on after the candidate at ``index``.

        A weak scheme may begin anew before: the other list keeps the numbers that are its own.
        """
        wanted = _followers(frame.value)
        weak = frame.scheme in WEAK_SCHEMES
        other: dict[str, tuple[int, ...]] = {}
        for style, value in self.positions.after(frame.scheme, index, _FAR):
            if style in other and follows(other[style], value):
                other[style] = value
            elif value in wanted:
                return True
            elif value[-1] == 1:
                if not weak:
                    return False
                other[style] = value
        return False

    def _go_on(self, index: int, candidate: Candidate, i: int, scheme: str, value: tuple[int, ...]) -> Placed | None:
        frame = self.stack[i]
        odd = oddness(frame.value, value)
        if odd and not self._plausible(index, candidate, frame, scheme, value, odd):
            return None
        if (odd == "restart" and candidate.introduced) or (odd == "skip" and _opens_hundred(scheme, value)):
            odd = ""
        missing = _missing(frame, value) if odd == "skip" else ""
        del self.stack[i:]
        return self._push(candidate, scheme, value, odd, missing)

    def _plausible(
        self, index: int, candidate: Candidate, frame: Frame, scheme: str, value: tuple[int, ...], odd: str
    ) -> bool:
        """Whether a number out of sequence is still a heading: the author's slip, not a figure."""
        if candidate.level is not None or odd in {"restart", "repeat"}:
            return True
        jump = value[0] - frame.value[0]
        if scheme in STATUTE and scheme != "article":
            return True
        if scheme == "article":
            return odd == "skip" or self._continues(index, scheme, value)
        if abs(jump) <= 2:
            return True
        named = scheme.startswith(_NAMED)
        if named and odd == "skip" and _is_named_alone(candidate):
            return True
        return (named or abs(jump) <= _FAR) and self._continues(index, scheme, value)

    def _continues(self, index: int, scheme: str, value: tuple[int, ...]) -> bool:
        found = self.positions.following(scheme, index)
        return found is not None and follows(value, found[1])

    # Opening a scheme ----------------------------------------------------------------------

    def _open(self, index: int, candidate: Candidate, scheme: str, value: tuple[int, ...]) -> Placed | None:
        marker = candidate.marker
        assert marker is not None
        odd = ""
        before = self.last.get((scheme, marker.style)) or self.last.get((scheme, ""))
        if not (value[-1] <= 1 or (before is not None and follows(before, value))):
            if not self._may_start_late(index, candidate, scheme, value):
                return None
            first = before is None and (scheme == "article" or _opens_hundred(scheme, value))
            odd = "" if first else "late_start"
        self._close_below(index, scheme)
        return self._push(candidate, scheme, value, odd, "")

    def _may_start_late(self, index: int, candidate: Candidate, scheme: str, value: tuple[int, ...]) -> bool:
        if candidate.level is not None or scheme in STATUTE:
            return True
        if self._continues(index, scheme, value):
            return scheme.startswith(_NAMED) or value[0] <= _FAR
        if scheme in _EXCERPTED or _opens_hundred(scheme, value):
            return _is_named_alone(candidate)
        text = candidate.line.text
        if scheme == "chinese" and len(text) <= _SHORT_CHARS and text[-1] not in "。；;，,、":
            return value[0] <= _FAR
        return scheme in {"chinese", "chinese_paren"} and value[0] <= 3 and self.last.get((scheme, "")) is None

    def _close_below(self, index: int, scheme: str) -> None:
        """Pop frames that the scheme cannot stand in."""
        own = rank(scheme)
        while self.stack:
            top = self.stack[-1]
            if rank(top.scheme) < own or (top.level is not None and not _numbered(top)):
                return
            both_statute = top.scheme in STATUTE and scheme in STATUTE
            if not both_statute and (self._stood_inside(scheme, top.scheme) or self._resumes(index, top)):
                return
            if rank(top.scheme) == own and scheme != top.scheme and scheme.startswith("en_"):
                return
            self.stack.pop()

    def _stood_inside(self, scheme: str, holder: str) -> bool:
        """Whether the scheme has been seen to open inside the other, and never the other way round."""
        return (scheme, holder) in self.inside and (holder, scheme) not in self.inside

    def _place_decimal(self, index: int, candidate: Candidate, scheme: str, value: tuple[int, ...]) -> Placed | None:
        """``3.2`` goes on after ``3.1``; else it stands below what is numbered 3, ``3.2.1`` below ``3.2``."""
        sibling = self._innermost(lambda frame: frame.scheme == scheme and frame.value[:-1] == value[:-1])
        holder = self._innermost(lambda frame: frame.value == value[:-1] and _holds_decimals(frame, candidate))
        if sibling >= 0 and (value[-1] > 1 or sibling > holder):
            frame = self.stack[sibling]
            odd = oddness(frame.value[-1:], value[-1:])
            if odd and abs(value[-1] - frame.value[-1]) > 5 and candidate.level is None:
                return None
            missing = _missing(frame, value) if odd == "skip" else ""
            del self.stack[sibling:]
            return self._push(candidate, scheme, value, odd, missing)
        if holder >= 0:
            del self.stack[holder + 1 :]
            return self._push(candidate, scheme, value, "late_start" if value[-1] > 1 else "", "")
        if candidate.level is None and not (value[-1] <= 1 or self._continues(index, scheme, value)):
            return None
        same = [i for i, frame in enumerate(self.stack) if frame.scheme == scheme]
        if same:
            del self.stack[same[0] :]
        elif candidate.level is None:
            while self.stack and rank(self.stack[-1].scheme) >= rank("arabic"):
                self.stack.pop()
        return self._push(candidate, scheme, value, "", "")

    def _innermost(self, wanted: Callable[[Frame], bool]) -> int:
        """Where the innermost frame that is ``wanted`` stands in the stack; -1 if there is none."""
        return next((i for i in range(len(self.stack) - 1, -1, -1) if wanted(self.stack[i])), -1)

    # Headings without number ---------------------------------------------------------------

    def _place_unnumbered(self, index: int, candidate: Candidate) -> Placed | None:
        if candidate.kind == "format":
            while candidate.level is None and self.stack and self.stack[-1].level is None:
                self.stack.pop()
            return self._push(candidate, "format", (0,), "", "")
        scheme = candidate.kind
        while self.stack and rank(self.stack[-1].scheme) >= rank(scheme):
            if scheme == "caps" and self.stack[-1].scheme != "caps" and self._resumes(index, self.stack[-1]):
                break
            self.stack.pop()
        return self._push(candidate, scheme, (0,), "", "")

    def _close_format(self, candidate: Candidate) -> None:
        """A heading of the format closes all of its level or below, and what is numbered inside them."""
        level = candidate.level or 0
        schemes = {scheme for scheme, _ in candidate.marker.values} if candidate.marker else set()
        keep = 0
        for i, frame in enumerate(self.stack):
            goes_on = frame.scheme in schemes
            if frame.level is None:
                if goes_on:
                    break
                continue
            if frame.level == level and not goes_on and not (schemes and _numbered(frame)):
                keep = i
                break
            if frame.level > level:
                break
            keep = i + 1
        del self.stack[keep:]

    def _push(self, candidate: Candidate, scheme: str, value: tuple[int, ...], odd: str, missing: str) -> Placed:
        style = candidate.marker.style if candidate.marker else ""
        if self.stack:
            self.inside.add((scheme, self.stack[-1].scheme))
        self.stack.append(Frame(scheme, style, value, candidate.level, candidate))
        self.last[scheme, style] = self.last[scheme, ""] = value
        return Placed(candidate, len(self.stack), odd, missing, scheme)


@lru_cache(maxsize=4096)
def _followers(value: tuple[int, ...]) -> frozenset[tuple[int, ...]]:
    """The values that may come next: 第三条之一 → 第三条之二, 第四条, 第三条之一之一."""
    further = {(*value[:-1], value[-1] + 1), (*value, 0), (*value, 1), (*value, 2)}
    return frozenset(further | ({(*value[:-2], value[-2] + 1)} if len(value) > 1 else set()))


def _numbered(frame: Frame) -> bool:
    return frame.candidate.marker is not None


def _is_named_alone(candidate: Candidate) -> bool:
    """Whether words like a heading's stand after the number."""
    text = candidate.line.text
    words = text[candidate.marker.end :] if candidate.marker else text
    return bool(words) and not words[0].islower() and len(text) <= 2 * _SHORT_CHARS and text[-1] not in ".;,:"


def _opens_hundred(scheme: str, value: tuple[int, ...]) -> bool:
    """Section 101, Section 201: the sections of chapters 1 and 2."""
    return scheme.startswith(_NAMED) and value[0] > 100 and value[0] % 100 == 1


def _holds_decimals(frame: Frame, candidate: Candidate) -> bool:
    """Whether the frame's number may begin the candidate's: ``3.1`` stands in no entry of a list, ``A.1`` in A."""
    if frame.scheme == "letter_upper_dot":
        return candidate.number[:1].isalpha()
    return _numbered(frame) and not frame.scheme.endswith(_OF_LISTS)


def _missing(frame: Frame, before: tuple[int, ...]) -> str:
    """The numbers that are missing between the frame's and ``before``, as the document prints such numbers."""
    marker = frame.candidate.marker
    if marker is None or len(before) != len(frame.value) or before[-1] - frame.value[-1] < 2:
        return ""
    first, last = (_like(marker.number, value) for value in (frame.value[-1] + 1, before[-1] - 1))
    return f"{first} is missing" if first == last else f"{first} to {last} are missing"


def _like(printed: str, value: int) -> str:
    """第三条 → 第五条, 3.2 → 3.4, iv → 6: the last numeral of ``printed`` replaced."""
    for pattern, numeral in ((r"[〇零一二三四五六七八九十百千]+", numerals.to_chinese(value)), (r"[0-9]+", str(value))):
        found = list(re.finditer(pattern, printed))
        if found:
            return printed[: found[-1].start()] + numeral + printed[found[-1].end() :]
    return str(value)
