"""Clauses that name the clause of a question: what follows a breach of it, and where it is mentioned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.address import Address, parse_addresses
from rag.lookup import Located
from rag.references import Reference, references
from rag.types import Section

if TYPE_CHECKING:
    from rag.index import Snapshot

_BREACH = r"违反|违背|(?:不|未|没有?)遵守|\b(?:breach(?:es|ed|ing)?|violat(?:es?|ed|ing|ions?)|infring(?:es?|ed|ing))\b"
_MENTION = (
    r"提到|提及|引用|援引|\b(?:subject|refer(?:s|red|ring)?)\s+to\b|\b(?:mention(?:s|ed|ing)?|cit(?:es?|ed|ing))\b"
)
_BETWEEN = r"(?:了|过|本[㐀-鿿]{2}|《[^《》]*》|\bof\b|\bthe\b|(?<!\w)的|\s)*$"
_OF_BREACH = re.compile(rf"(?:{_BREACH}){_BETWEEN}", re.IGNORECASE)
_OF_MENTION = re.compile(rf"(?:{_MENTION}){_BETWEEN}", re.IGNORECASE)
_MENTIONED = re.compile(r"\s*(?:被|在)?(?:哪些?|什么)[㐀-鿿]{0,4}(?:提到|提及|引用|援引)")
_ASKS_WHICH = re.compile(
    r"哪[些几]?个?(?:条|款|规定|地方)|什么(?:条款|规定)|\bwhat\s+(?:is|are)\b"
    r"|\b(?:which|what)\s+(?:other\s+)?(?:article|clause|section|rule|provision|paragraph)s?\b",
    re.IGNORECASE,
)
"""Of a mention: in “subject to Article 5, who …?” the clause itself is wanted."""
_WORDS_BEFORE = 30


def citing_clauses(
    snapshot: Snapshot, words: str, addresses: Sequence[Address], located: Sequence[Located]
) -> tuple[Located, ...]:
    """Where the documents of ``located`` name these clauses, if a question asks for that: 违反第七条会怎么样.

    ``addresses`` are those of ``words``. Of a breach, what is said of breaches counts first. Empty where something
    else is asked, and where the document names the clause nowhere.
    """
    breach = any(_OF_BREACH.search(words, 0, address.start) for address in addresses)
    mention = any(_OF_MENTION.search(words, 0, a.start) or _MENTIONED.match(words, a.end) for a in addresses)
    if not breach and not (mention and _ASKS_WHICH.search(words)):
        return ()
    found = [(place.doc_id, one) for place in located for one in _naming(snapshot, place, addresses)]
    if breach:
        found = [(doc_id, one) for doc_id, one in found if _of_breach(snapshot, one)] or found
    sections = {doc_id: {s.id: s for s in snapshot.sections(doc_id)} for doc_id, _ in found}
    return tuple(dict.fromkeys(Located(doc_id, sections[doc_id][one.section]) for doc_id, one in found))


def _naming(snapshot: Snapshot, place: Located, addresses: Sequence[Address]) -> list[Reference]:
    """The references of its own document to a place, or to what stands in it."""
    sections = {section.id: section for section in snapshot.sections(place.doc_id)}
    found = [
        one
        for one in references(snapshot, place.doc_id)
        if one.target_doc == place.doc_id
        and one.target
        and _within(sections[one.target], place.section)
        and sections[one.section].level
        and not _within(sections[one.section], place.section)
    ]
    if not place.span:
        return found
    return [one for one in found if _names_part(snapshot.text(one.doc_id, one.start, one.end), addresses)]


def _within(section: Section, other: Section) -> bool:
    return other.start <= section.start and section.end <= other.end


def _names_part(words: str, addresses: Sequence[Address]) -> bool:
    """Whether the words of a reference name the paragraph that is meant, or the whole clause that it is part of."""
    wanted = [address.steps for address in addresses]
    return any(steps[: len(one.steps)] == one.steps for one in parse_addresses(words) for steps in wanted)


def _of_breach(snapshot: Snapshot, reference: Reference) -> bool:
    before = snapshot.text(reference.doc_id, max(0, reference.start - _WORDS_BEFORE), reference.start)
    return bool(_OF_BREACH.search(before))
