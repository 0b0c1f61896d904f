"""The words of a chapter or article whose heading is only a number: 第一章 / 总则, Article 1 / Scope."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.outline.candidates import Candidate
from ingest.outline.lines import Line, is_chinese

_DIVISIONS = frozenset(
    {"part", "subpart", "portion", "chapter", "statute_section", "en_title", "en_part", "en_division", "en_chapter"}
)
_ARTICLES = ("article", "en_article", "en_rule", "en_section", "sign")
_NO_NAME = re.compile(r"^[（(]|[。；;]|[！!？?：:，,、….]$")
_LONGEST_CHARS = 30
_LONGEST_LATIN_CHARS = 120
_MOST_LINES = 3


def with_words_below(found: Sequence[Candidate], own: Sequence[Line]) -> list[Candidate]:
    """The candidates of a document's ``own`` lines; a bare number takes the line below as its words.

    A line that is taken is no candidate of its own (总则, GENERAL PROVISIONS). Articles take it only if most of them
    have such a line: elsewhere their text begins there, and a short one would be mistaken.
    """
    at = {line.index: i for i, line in enumerate(own)}
    bare = [i for i, candidate in enumerate(found) if _is_bare(candidate)]
    names = {i: _name(found[i], own, at[found[i].line.index] + 1) for i in bare}
    count = Counter(_scheme(found[i]) for i in bare)
    named = Counter(_scheme(found[i]) for i in bare if names[i])
    kept = {
        i: name
        for i, name in names.items()
        if name and (_scheme(found[i]) in _DIVISIONS or named[_scheme(found[i])] * 2 > count[_scheme(found[i])])
    }
    taken = {line.index for name in kept.values() for line in name}
    return [
        _named(candidate, kept[i]) if i in kept else candidate
        for i, candidate in enumerate(found)
        if candidate.line.index not in taken
    ]


def _is_bare(candidate: Candidate) -> bool:
    marker = candidate.marker
    return (
        marker is not None
        and marker.end >= len(candidate.line.text)
        and (_scheme(candidate) in _DIVISIONS or _scheme(candidate).startswith(_ARTICLES))
    )


def _scheme(candidate: Candidate) -> str:
    return candidate.marker.values[0][0] if candidate.marker else ""


def _named(candidate: Candidate, words: tuple[Line, ...]) -> Candidate:
    level = candidate.level if candidate.level is not None else words[0].block.level
    return replace(candidate, words=words, level=level)


def _name(candidate: Candidate, own: Sequence[Line], first: int) -> tuple[Line, ...]:
    """The lines below that read as a name: short, without number or final stop, over text or a number."""
    stop = first + 1
    while stop < len(own) and own[stop].wrapped and stop - first < _MOST_LINES:
        stop += 1
    if stop >= len(own) or own[first].wrapped or own[stop].wrapped or _goes_on(own[stop]):
        return ()
    if _scheme(candidate) not in _DIVISIONS and _of_scheme(own[stop], _scheme(candidate)):
        return ()
    words = tuple(own[first:stop])
    chars = sum(len(line.text) for line in words)
    longest = _LONGEST_CHARS if is_chinese(words[0].text) else _LONGEST_LATIN_CHARS
    return words if chars <= longest and all(_may_name(line, candidate) for line in words) else ()


def _of_scheme(line: Line, scheme: str) -> bool:
    """Whether the line opens the next article: what stands above it is the whole text of one, however short."""
    return line.marker is not None and line.marker.values[0][0] == scheme


def _goes_on(line: Line) -> bool:
    """Whether the line is the rest of a sentence that the line above began."""
    return line.marker is None and line.text[0].islower()


def _may_name(line: Line, candidate: Candidate) -> bool:
    block = line.block
    if line.marker is not None or block.kind not in {"paragraph", "heading"} or _NO_NAME.search(line.text):
        return False
    return block.level is None or candidate.level is None or block.level == candidate.level
