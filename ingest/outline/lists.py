"""Numbered lists of English text: which entries are headings, and which belong to a plain list.

``1. Purpose`` over a paragraph is a heading; ``1. Send the form. 2. Wait.`` line after line is a list,
whose entries are items of the section they stand in. Below an Article or Section they are its
numbered paragraphs, and in a document that is nothing but numbered clauses they are its clauses.
A list is judged as a whole, with the lettered entries inside it: ``(1) … (2) … (a) (b) (3) …`` is numbered text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.outline.candidates import Candidate
from ingest.outline.lines import Line, is_chinese

_LEGAL = ("en_", "sign", "attachment", "article", "chapter")
_ARTICLE = ("en_article", "en_rule", "sign", "article")
_LETTERED = "letter_lower_paren"
_BULLET = re.compile(r"[-*•–·◦▪]\s|[a-z][.)]\s")
_LISTED = ("arabic", "letter_", "circled")
_RUN_IN = re.compile(r"[A-Z][\w’'&,/ -]{2,60}[.:—–](?=\s+[A-Z“\"(])")
_FAR = 20
_LONGEST_HEADING_WORDS = 12
_MOST_OF_DOCUMENT = 0.6


def without_lists(found: Sequence[Candidate], own: Sequence[Line]) -> list[Candidate]:
    """The candidates of a document, in an English one less the entries of plain lists."""
    if is_chinese(" ".join(line.text for line in own[:400])):
        return list(found)
    at = {line.index: i for i, line in enumerate(own)}
    dropped: set[int] = set()
    covered = 0
    above = _Above()
    i = 0
    while i < len(found):
        scheme = _scheme(found[i])
        if not scheme.startswith(_LISTED) or found[i].level is not None:
            above = above.after(scheme)
            i += 1
            continue
        stop = _run_end(found, i, own, at)
        run = found[i:stop]
        if _hangs(run[0], found, own, at) or (
            _may_be_list(run, above) and (_is_list(run, own, at) or _never_counts(found, i))
        ):
            dropped.update(range(i, stop))
            covered += at[run[-1].line.index] - at[run[0].line.index] + 1
        else:
            above = above.after(scheme, next(entry for entry in reversed(run) if _scheme(entry) == scheme))
        i = stop
    if len(dropped) == len(found) and covered >= len(own) * _MOST_OF_DOCUMENT:
        return list(found)
    return [candidate for i, candidate in enumerate(found) if i not in dropped]


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above a run: an Article or the like, a numbered heading, the last entry of each scheme kept."""

    legal: bool = False
    article: bool = False
    numbered: bool = False
    last: tuple[tuple[str, Candidate], ...] = ()

    def after(self, scheme: str, candidate: Candidate | None = None) -> _Above:
        """The same, one heading further on."""
        listed = scheme.startswith(_LISTED)
        kept = tuple(pair for pair in self.last if pair[0] != scheme)
        return _Above(
            legal=scheme.startswith(_LEGAL) or (self.legal and listed),
            article=scheme.startswith(_ARTICLE) or (self.article and listed),
            numbered=scheme.startswith(("decimal", "arabic")) or (self.numbered and scheme.startswith("letter_")),
            last=(*kept, (scheme, candidate)) if candidate else kept,
        )


def _may_be_list(run: Sequence[Candidate], above: _Above) -> bool:
    """Not where the run goes on from a heading, or stands below one that such numbers divide, or is divided itself."""
    scheme = _scheme(run[0])
    arabic = scheme.startswith("arabic")
    if arabic and (above.article or (above.legal and scheme == "arabic_paren")):
        return False
    if arabic and _has_letters(run) and all(kept != scheme for kept, _ in above.last):
        return False
    if arabic and run[0].introduced:
        return True
    if any(kept == scheme and _next_to(candidate, run[0]) for kept, candidate in above.last):
        return False
    return not above.legal and (arabic or not above.numbered)


def _has_letters(run: Sequence[Candidate]) -> bool:
    return any(_scheme(entry) == _LETTERED for entry in run)


def _hangs(candidate: Candidate, found: Sequence[Candidate], own: Sequence[Line], at: dict[int, int]) -> bool:
    """Whether a lettered entry stands right below a number that the format made an entry of a plain list."""
    first = at[candidate.line.index]
    above = own[first - 1] if first else None
    if _scheme(candidate) != _LETTERED or above is None or above.block.kind != "list_item" or above.marker is None:
        return False
    return not any(kept.line is above for kept in found)


def _next_to(before: Candidate, candidate: Candidate) -> bool:
    values = _values(candidate)
    return any(value + 1 in values for value in _values(before))


def _never_counts(found: Sequence[Candidate], first: int) -> bool:
    """``1.`` that is followed by another ``1.`` or by nothing: a list in which all entries are printed alike."""
    scheme = _scheme(found[first])
    values = [_values(candidate) for candidate in found[first : first + _FAR] if _scheme(candidate) == scheme]
    return 1 in values[0] and not any(2 in value for value in values[1:3])


def _values(candidate: Candidate) -> set[int]:
    return {value[0] for _, value in candidate.marker.values} if candidate.marker else set()


def _counts_on(before: set[int], candidate: Candidate) -> bool:
    """Whether the candidate's number, or one like it, comes next after ``before``."""
    values = _values(candidate)
    return bool(values & before) or any(value + 1 in values for value in before)


def _scheme(candidate: Candidate) -> str:
    """The scheme; letters and Roman numerals of one style, which look alike, count as one."""
    scheme = candidate.marker.values[0][0] if candidate.marker else candidate.kind
    return scheme.replace("roman_", "letter_")


def _run_end(found: Sequence[Candidate], first: int, own: Sequence[Line], at: dict[int, int]) -> int:
    """After the last entry that follows the first with nothing but bullets, broken lines and letters inside between."""
    stop = first + 1
    last = {_scheme(found[first]): found[first]}
    while stop < len(found) and found[stop].level is None:
        scheme = _scheme(found[stop])
        inside = scheme == _LETTERED and _scheme(found[first]).startswith("arabic")
        before = last.get(scheme)
        if before is None and not (inside and 1 in _values(found[stop])):
            break
        if before is not None and not _counts_on(_values(before), found[stop]):
            break
        between = own[at[found[stop - 1].line.index] + 1 : at[found[stop].line.index]]
        if any(not (line.wrapped or _BULLET.match(line.text)) for line in between):
            break
        if not inside:
            last.clear()
        last[scheme] = found[stop]
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
    return not (_heading_like(_words(run[0])) or _heads_text(run[0], own, first))


def _heads_text(candidate: Candidate, own: Sequence[Line], index: int) -> bool:
    """``1. Join the channel.`` over a paragraph of its own: a step, which heads what is said about it."""
    words = _words(candidate)
    below = own[index + 1] if index + 1 < len(own) else None
    if below is None or below.marker is not None or below.wrapped or _BULLET.match(below.text):
        return False
    one_sentence = words[:1].isupper() and len(words.split()) <= _LONGEST_HEADING_WORDS and ". " not in words
    return one_sentence and words.endswith(".") and len(below.text) > len(words)


def _words(candidate: Candidate) -> str:
    return candidate.line.text[candidate.marker.end :] if candidate.marker else candidate.line.text


def _heading_like(words: str) -> bool:
    return (
        bool(words)
        and not words[0].islower()
        and words[-1] not in ".;,"
        and len(words.split()) <= _LONGEST_HEADING_WORDS
    ) or _RUN_IN.match(words) is not None
