"""What a question asks of a document itself: number, issuer, dates, whether it still holds, what its terms mean.

Such things stand in a document's head or at its end, where no sentence says what they are, or in brackets (以下统称
“三项制度”) in a sentence about something else; ingestion has read them, with their places.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evidence import sentences_of
from rag.normalize import normalize, tokens
from rag.question import content_tokens
from rag.retrieve import section_hit
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.points import Place

_WHEN = r"(?:什么时[候间]|何时|哪[一]?[年天日]|几[时号]|几月几[日号])"
_MADE = r"(?:发布|颁布|公布|印发|下发|发文|出台|成文|发出|发的)"
_HOLDS = r"(?:施行|实施|生效|开始执行|起执行)"
_FIELDS = (
    (
        "document_number",
        re.compile(
            r"发文字号|文件字号|文件编号|文件号|发文号|(?<!条)文号"
            r"|\b(?:document|policy|reference|circular) (?:number|no\b)"
        ),
    ),
    (
        "effective",
        re.compile(
            rf"{_WHEN}(?:开始|正式|起)*{_HOLDS}|{_HOLDS}(?:的)?(?:日期|时间)|\beffective date\b"
            r"|\bwhen (?:does|did|will) .{3,80}(?:come into force|take effect|enter into force|become effective)"
        ),
    ),
    (
        "issued",
        re.compile(
            rf"{_WHEN}(?:正式)?{_MADE}|{_MADE}(?:的)?(?:日期|时间)|{_MADE}于{_WHEN}|\b(?:issue|publication) date\b"
            r"|\bwhen (?:was|were) .{3,80}(?:issued|published)"
        ),
    ),
    (
        "issuer",
        re.compile(
            rf"(?:谁|哪家|哪一?个(?:单位|部门|机关|机构)|什么(?:单位|部门|机关|机构)|何(?:单位|部门|机关))"
            rf"(?:发的|{_MADE}|制定)"
            r"|(?:发文|发布|印发|制定)(?:单位|机关|部门|机构)|\bwho (?:issued|published)\b|\bissued by (?:whom|which)\b"
        ),
    ),
)
_MEANING = re.compile(
    r"(?:指|是)(?:的是)?(?:什么|哪|啥)|什么(?:是|叫|意思)|啥意思|全称|缩写|简称|\b(?:stands?|short) for\b|\bfull name\b"
    r"|\bmeans?\b|\bmeant by\b"
)
_STILL_HOLDS = re.compile(
    r"有效(?![期率果性措值])|废止|失效|作废|\b(?:in force|valid|repealed|superseded|replaced|withdrawn)\b"
)
_REPEALS = re.compile(r"废止|停止执行|失效|作废|代替|取代|\b(?:replaces?|supersedes?|repeals?|withdraws?|withdrawn)\b")
_LEAST_SHARE = 0.6
"""Of the question's other words that must be the document's name or issuer."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a document says of itself, as far as it does."""

    doc_id: str
    place: Place | None


def imprint_of(snapshot: Snapshot, question: str, doc_ids: Sequence[str]) -> Imprint | None:
    """What the document that a question is about says of itself; None where no such thing is asked.

    ``doc_ids`` are the documents that it may be about. The question must be about one of them as a whole: what it
    says beside what it asks for is that one's title or issuer, and no other's as well.
    """
    text = normalize(question)
    if _MEANING.search(text) and (defined := _definition(snapshot, text, doc_ids)):
        return defined
    asked = next(((name, match) for name, pattern in _FIELDS if (match := pattern.search(text))), None)
    if asked is None:
        return _repeal(snapshot, text, doc_ids)
    name, match = asked
    meant = _meant(snapshot, f"{text[: match.start()]} {text[match.end() :]}", doc_ids)
    if meant is None:
        return None
    span = snapshot.document(meant).metadata.found_at.get(name)
    if span is None and name != "document_number":
        return None  # ingestion does not read every wording of a date or an issuer; a clause may have it
    return Imprint(meant, _line(snapshot, meant, *span) if span else None)


def _meant(snapshot: Snapshot, text: str, doc_ids: Sequence[str]) -> str | None:
    """The one document whose title, number, issuer and year the words of a text are, beside those one asks by."""
    words = content_tokens(text)
    if not words:
        return None
    shares = {}
    for doc_id in dict.fromkeys(doc_ids):
        document = snapshot.document(doc_id)
        of = document.metadata
        held = set(tokens(f"{document.title} {of.document_number or ''} {of.issuer or ''} {of.year or ''}"))
        shares[doc_id] = len(words & held) / len(words)
    best = max(shares.values(), default=0.0)
    meant = [doc_id for doc_id, share in shares.items() if share == best]
    return meant[0] if best >= _LEAST_SHARE and len(meant) == 1 else None


def _repeal(snapshot: Snapshot, text: str, doc_ids: Sequence[str]) -> Imprint | None:
    """For a question whether a document still holds: the sentence of another one that puts it out of force."""
    asked = _STILL_HOLDS.search(text)
    old = _meant(snapshot, f"{text[: asked.start()]} {text[asked.end() :]}", doc_ids) if asked else None
    new = snapshot.document(old).superseded_by if old else None
    if old is None or new is None:
        return None
    names = [normalize(name) for name in (snapshot.document(old).metadata.document_number,) if name]
    names.append(normalize(snapshot.document(old).title))
    whole = snapshot.document(new)
    said = [one for one in sentences_of(snapshot, new, whole.start, whole.end) if _REPEALS.search(normalize(one[2]))]
    for name in names:
        for start, end, sentence in said:
            if name in normalize(sentence):
                return Imprint(new, (_section_at(snapshot, new, start), start, end))
    return None


def _definition(snapshot: Snapshot, text: str, doc_ids: Sequence[str]) -> Imprint | None:
    """The sentence in which a document says what the short name in a question, about nothing else, stands for."""
    words = content_tokens(_MEANING.sub(" ", text))
    for doc_id in dict.fromkeys(doc_ids):
        title = tokens(snapshot.document(doc_id).title)
        for one in snapshot.outline(doc_id).abbreviations:
            short = normalize(one.short)
            if short not in text or len(words.intersection((*title, *tokens(short)))) < _LEAST_SHARE * len(words):
                continue
            hit = _section_at(snapshot, doc_id, one.start)
            for start, end, _ in sentences_of(snapshot, doc_id, hit.start, hit.end):
                if start <= one.start < end:
                    return Imprint(doc_id, (hit, start, end))
    return None


def _section_at(snapshot: Snapshot, doc_id: str, at: int) -> Hit:
    """The innermost section around a place."""
    around = (section for section in snapshot.sections(doc_id) if section.start <= at < section.end)
    return section_hit(snapshot, doc_id, max(around, key=lambda section: (section.level, section.start)))


def _line(snapshot: Snapshot, doc_id: str, start: int, end: int) -> Place:
    """The line that holds a span, as a part of the section it stands in."""
    text = snapshot.file_text(doc_id)
    hit = _section_at(snapshot, doc_id, start)
    first = max(hit.start, text.rfind("\n", 0, start) + 1)
    last = text.find("\n", end)
    return hit, min(first, start), max(end, min(hit.end, len(text) if last < 0 else last))
