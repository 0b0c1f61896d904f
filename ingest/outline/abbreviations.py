"""Short names that a document defines: 以下简称“…”, hereinafter "…", (the "…"), Full Name (FN)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.types import Abbreviation

_LOOK_BACK_CHARS = 80
_MAX_FULL_CHARS = 40
_MAX_ABBREVIATIONS = 200
_OPEN, _CLOSE = "“‘\"'「『《〈", "”’\"'」』》〉"
_CHINESE = re.compile(
    rf"[，,（(]\s{{0,2}}(?:以下|下文|后文)(?:统一|统)?(?:简称|称)(?:为|作)?\s{{0,2}}[:：]?\s{{0,2}}[{_OPEN}]{{0,2}}"
    rf"(?P<short>[^{_OPEN}{_CLOSE}，,。；;（）()\s]{{2,20}})[{_CLOSE}]{{0,2}}"
)
_ENGLISH = re.compile(
    r"(?:\(\s{0,2}(?:(?:hereinafter|hereafter)\b,?\s{0,2})?|(?<=[\s,])(?:hereinafter|hereafter)\b,?\s{0,2})"
    r"(?:also\s{1,2})?(?:(?:referred\s{1,2}to\s{1,2}as|called|known\s{1,2}as)\s{1,2})?(?:the\s{1,2})?"
    r"[“\"](?P<short>[^”\"()\n]{2,40})[”\"]"
)
_ACRONYM = re.compile(r"\s?[（(]\s*(?P<short>[A-Z][A-Za-z]?[A-Z0-9&-]{1,8})\s*[）)]")
_STOPS_FULL = re.compile(r"[，,。；;：:！？!?\n\t、（）()“”\"]|\s{2,}|\.\s")
_HAN_RUN = re.compile(r"[㐀-鿿A-Za-z0-9]+$")
_LEADING = re.compile(
    r"^.*(?:根据|按照|依照|依据|关于|对于|由|对|与|和|向|是指|即|为了|为|使用|通过|设立|成立|在)(?=[㐀-鿿]{4,})"
)
_CAPITALISED = re.compile(r"(?:[A-Z][\w'’&-]*)(?:\s+(?:(?:of|and|for|the|on|in|to)\s+){0,2}[A-Z][\w'’&-]*)*\s*$")
# Words that mean another thing in each document, or that anybody may be called by.
_GENERAL = re.compile(r"^(?:各|本|该|其|此|上述|前述)|^(?:this|these|we|us|our|you|your|it)\b", re.IGNORECASE)


def read_abbreviations(text: str, start: int, end: int) -> tuple[Abbreviation, ...]:
    """What ``text[start:end]`` abbreviates, in text order, each pair of short and full name once."""
    found: dict[tuple[str, str], Abbreviation] = {}
    candidates = sorted(
        (*_defined(text, start, end), *_acronyms(text, start, end)), key=lambda one: (one.start, one.end)
    )
    for one in candidates:
        if not _GENERAL.search(one.short) and one.short != one.full:
            found.setdefault((one.short, one.full), one)
    return tuple(found.values())[:_MAX_ABBREVIATIONS]


def _defined(text: str, start: int, end: int) -> Iterator[Abbreviation]:
    for match in _CHINESE.finditer(text, start, end):
        short = match["short"].strip()
        span = _full_before(text, max(start, match.start() - _LOOK_BACK_CHARS), match.start(), short)
        if span:
            yield Abbreviation(short=short, full=text[slice(*span)], start=span[0], end=match.end())
    for match in _ENGLISH.finditer(text, start, end):
        short = match["short"].strip(" ,.")
        span = _capitalised_before(text, max(start, match.start() - _LOOK_BACK_CHARS), match.start())
        if span and len(short) > 1:
            yield Abbreviation(short=short, full=" ".join(text[slice(*span)].split()), start=span[0], end=match.end())


def _acronyms(text: str, start: int, end: int) -> Iterator[Abbreviation]:
    """``Annual Leave Record (ALR)``: the letters begin the words before; ``人事系统（HRS）``: the words before."""
    for match in _ACRONYM.finditer(text, start, end):
        short, first = match["short"], max(start, match.start() - _LOOK_BACK_CHARS)
        before = text[first : match.start()]
        at = _initials(short, before)
        if at is None and (run := _HAN_RUN.search(before)) and before[-1:] >= "㐀":
            kept = _LEADING.sub("", run.group())
            at = len(before) - len(kept) if 4 <= len(kept) <= _MAX_FULL_CHARS else None
        if at is not None:
            full = " ".join(before[at:].split())
            yield Abbreviation(short=short, full=full, start=first + at, end=match.end())


def _full_before(text: str, first: int, at: int, short: str) -> tuple[int, int] | None:
    """The name before a definition: what stands in 《》, else the shortest that holds the short name's characters."""
    stop = at
    while stop > first and text[stop - 1].isspace():
        stop -= 1
    before = text[first:stop]
    if before.endswith("》"):
        # The outermost pair: names of documents hold names of documents.
        depth = 0
        for i in range(len(before) - 1, -1, -1):
            depth += (before[i] == "》") - (before[i] == "《")
            if depth == 0:
                return (first + i + 1, stop - 1)
        return None
    breaks = [match.end() for match in _STOPS_FULL.finditer(before)]
    low = breaks[-1] if breaks else 0
    at_last, position = len(before), len(before)
    for char in reversed(short):
        position = before.rfind(char, low, at_last)
        if position < 0:
            break
        at_last = position
    if position >= low and len(before) - position > len(short):
        return (first + position, stop)
    kept = _LEADING.sub("", before[low:])
    if 2 <= len(kept) <= _MAX_FULL_CHARS and kept[:1] >= "㐀":
        return (stop - len(kept), stop)
    return None


def _capitalised_before(text: str, first: int, at: int) -> tuple[int, int] | None:
    before = text[first:at].rstrip(" ,(")
    match = _CAPITALISED.search(before)
    if match is None or len(match.group().split()) < 2:
        return None
    words = match.group()
    skip = len(words) - len(re.sub(r"^(?:The|This|A|An)\s+", "", words))
    return (first + match.start() + skip, first + match.end())


def _initials(short: str, before: str) -> int | None:
    """Where the words that the letters of ``short`` begin start, small words between them left out."""
    words = [(m.start(), m.group()) for m in re.finditer(r"[A-Za-z][\w'’]*", before)]
    letters = [letter for letter in short.lower() if letter.isalnum()]
    if len(letters) < 2 or not words or not before.rstrip().endswith(words[-1][1]):
        return None
    skipped = 0
    start = None
    for at, word in reversed(words):
        if word[0].lower() == letters[-1]:
            letters.pop()
            start, skipped = at, 0
            if not letters:
                return None if _STOPS_FULL.search(before, start) else start
        elif word.lower() in {"of", "and", "for", "the", "on", "in", "to", "a"} and skipped < 2:
            skipped += 1
        else:
            return None
    return None
