"""The sentences of an answer, the citations each one bears, and the figures they do not hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from eval.gold import loose
from eval.numerals import all_figures, stated_figures
from rag.sentences import sentence_spans

MARKER = re.compile(r"\[(\d+)\]")
_ROW = re.compile(r"(?m)^\|.*\|$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of an answer: ``answer[start:end]``, and the citation numbers that stand by it."""

    start: int
    end: int
    text: str
    """The sentence without its markers."""
    markers: tuple[int, ...]


def claims(answer: str) -> tuple[Claim, ...]:
    """Split an answer into sentences with their markers.

    A marker behind a full stop belongs to the sentence before it. What ends in a semicolon without
    a marker is one sentence with what follows on the same line; a row of a Markdown table is one sentence.
    """
    bare = MARKER.sub(lambda match: " " * len(match.group()), answer)
    spans = _rows_whole(_joined(sentence_spans(bare), answer), answer)
    owned: list[list[int]] = [[] for _ in spans]
    for match in MARKER.finditer(answer):
        if (owner := _owner(match.start(), spans, answer)) is not None:
            owned[owner].append(int(match.group(1)))
    return tuple(
        Claim(start=start, end=end, text=bare[start:end].strip(), markers=tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(spans, owned, strict=True)
    )


def attributed(found: Sequence[Claim], quotes: Mapping[int, str]) -> tuple[Claim, ...]:
    """Claims with the markers of a quotation on each of its sentences.

    A clause quoted in several sentences bears its marker at the end; a sentence without marker that
    stands word for word in the quote of the next marker belongs to that citation.
    """
    result: list[Claim] = []
    following: tuple[int, ...] = ()
    for claim in reversed(found):
        if claim.markers:
            following = claim.markers
            result.append(claim)
            continue
        holding = tuple(n for n in following if loose(claim.text) in loose(quotes.get(n, "")))
        result.append(replace(claim, markers=holding))
    return tuple(reversed(result))


def unsupported_figures(claim: Claim, sources: Mapping[int, str]) -> tuple[str, ...]:
    """Figures of a claim that none of the clauses it cites holds; ``sources`` maps marker → clause text."""
    held = frozenset[str]().union(*(all_figures(sources[n]) for n in claim.markers if n in sources))
    return tuple(figure for figure in dict.fromkeys(stated_figures(claim.text)) if figure not in held)


def _joined(spans: list[tuple[int, int]], answer: str) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined:
            begin, stop = joined[-1]
            between = answer[stop:start]
            if answer[stop - 1] in ";；" and "\n" not in between and not MARKER.search(answer[begin:start]):
                joined[-1] = (begin, end)
                continue
        joined.append((start, end))
    return joined


def _rows_whole(spans: list[tuple[int, int]], answer: str) -> list[tuple[int, int]]:
    """The spans with those of one table row joined; head and rule of a table say nothing and are left out."""
    rows = [match.span() for match in _ROW.finditer(answer)]
    if not rows:
        return spans
    whole = [span for span in spans if not any(start <= span[0] < end for start, end in rows)]
    return sorted([*whole, *(row for row in rows if MARKER.search(answer, *row))])


def _owner(at: int, spans: list[tuple[int, int]], answer: str) -> int | None:
    before = [i for i, (start, _) in enumerate(spans) if start <= at]
    if not before:
        return 0 if spans else None
    last = before[-1]
    is_next_line = at >= spans[last][1] and "\n" in answer[spans[last][1] : at]
    return last + 1 if is_next_line and last + 1 < len(spans) else last
