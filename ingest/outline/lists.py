"""Numbered lists of English text: which entries are headings, and which belong to a plain list.

``1. Purpose`` over a paragraph is a heading; ``1. Send the form. 2. Wait.`` line after line is a list,
whose entries are items of the section they stand in. Below an Article or Section they are its
numbered paragraphs, and in a document that is nothing but numbered clauses they are its clauses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.outline.candidates import Candidate
from ingest.outline.lines import Line

_LEGAL = ("en_", "sign", "attachment", "article", "chapter")
_BULLET = re.compile(r"[-*•–·◦▪]\s|[a-z][.)]\s")
_LISTED = ("arabic", "letter_", "roman_", "circled")
_RUN_IN = re.compile(r"[A-Z][\w’'&,/ -]{2,60}[.:—–](?=\s+[A-Z“\"(])")
_LONGEST_HEADING_WORDS = 12
_MOST_OF_DOCUMENT = 0.6


def without_lists(found: Sequence[Candidate], own: Sequence[Line]) -> list[Candidate]:
    """The candidates of an English document, less the entries of plain lists."""
    at = {line.index: i for i, line in enumerate(own)}
    covered = 0
    dropped: set[int] = set()
    legal = False
    decimal = False
    i = 0
    while i < len(found):
        scheme = _scheme(found[i])
        if not scheme.startswith(_LISTED) or found[i].level is not None:
            legal = scheme.startswith(_LEGAL) or (legal and scheme.startswith(_LISTED))
            decimal = scheme.startswith("decimal")
            i += 1
            continue
        stop = _run_end(found, i, own, at)
        run = found[i:stop]
        nested = (legal or decimal or _kept_above(found, i, dropped)) and not scheme.startswith("arabic")
        told = run[0].introduced and scheme.startswith("arabic")
        if (told or not (legal or nested)) and (_is_list(run, own, at) or _never_counts(found, i)):
            dropped.update(range(i, stop))
            covered += at[run[-1].line.index] - at[run[0].line.index] + 1
        i = stop
    others = len(found) - len(dropped)
    if dropped and not others and covered >= len(own) * _MOST_OF_DOCUMENT:
        return list(found)
    return [candidate for i, candidate in enumerate(found) if i not in dropped]


def _never_counts(found: Sequence[Candidate], first: int) -> bool:
    """``1.`` that is followed by another ``1.`` or by nothing: a list in which all entries are printed alike."""
    scheme = _scheme(found[first])
    values = [c.marker.values[0][1][0] for c in found[first : first + 20] if c.marker and _scheme(c) == scheme]
    return values[0] == 1 and 2 not in values[1:3]


def _kept_above(found: Sequence[Candidate], index: int, dropped: set[int]) -> bool:
    """Whether a numbered heading that was kept stands right above."""
    return index > 0 and index - 1 not in dropped and _scheme(found[index - 1]).startswith(("arabic", "decimal"))


def _scheme(candidate: Candidate) -> str:
    return candidate.marker.values[0][0] if candidate.marker else candidate.kind


def _run_end(found: Sequence[Candidate], first: int, own: Sequence[Line], at: dict[int, int]) -> int:
    """After the last entry that follows the first with nothing but bullets and broken lines between."""
    stop = first + 1
    scheme = _scheme(found[first])
    while stop < len(found) and _scheme(found[stop]) == scheme and found[stop].level is None:
        between = own[at[found[stop - 1].line.index] + 1 : at[found[stop].line.index]]
        if any(not (line.wrapped or _BULLET.match(line.text)) for line in between):
            break
        stop += 1
    return stop


def _is_list(run: Sequence[Candidate], own: Sequence[Line], at: dict[int, int]) -> bool:
    first = at[run[0].line.index]
    introduced = first > 0 and own[first - 1].text.endswith(":")
    if introduced:
        return True
    if all(_RUN_IN.match(words) for words in map(_words, run)):
        return False
    if len(run) > 1:
        return True
    return not _heading_like(_words(run[0]))


def _words(candidate: Candidate) -> str:
    return candidate.line.text[candidate.marker.end :] if candidate.marker else candidate.line.text


def _heading_like(words: str) -> bool:
    return (
        bool(words)
        and not words[0].islower()
        and words[-1] not in ".;,"
        and len(words.split()) <= _LONGEST_HEADING_WORDS
    ) or _RUN_IN.match(words) is not None
