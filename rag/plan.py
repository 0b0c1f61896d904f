"""Reading a question before anything is ranked: which documents and which clauses it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.address import Address, parse_addresses
from rag.lookup import Located, Missing, locate
from rag.normalize import normalize
from rag.question import content_tokens
from rag.types import IndexedDocument, Scope
from rag.validity import asks_for_the_past, out_of_force

if TYPE_CHECKING:
    from rag.index import Snapshot

_QUOTED_NAME = re.compile(r"《([^《》]+)》")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
_STATE = re.compile(r"^中华人民共和国")
_MIN_NAME_CHARS = 4
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_ABOUT_CLAUSE = re.compile(
    r"说|讲|内容|原文|全文|写|条文|say|text|content|state|provide|read|about|cover|describe|set out"
)
_MAX_ABOUT_TOKENS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What code knows about a question."""

    text: str
    scope: Scope
    """The scope given, narrowed to the documents that the question names in full."""
    preferred: frozenset[str] = frozenset()
    """doc_ids of documents of the year that the question gives: ranked higher, the others not left out."""
    located: tuple[Located, ...] = ()
    missing: tuple[Missing, ...] = ()
    whole_clause: bool = False
    """Whether nothing is asked beyond what the clause says."""
    holding: int = 0
    """In how many documents the clause stands that was asked for without naming one."""


def make_plan(snapshot: Snapshot, text: str, scope: Scope) -> Plan:
    """Resolve the documents and addresses that a question names, inside its scope."""
    documents = [d for d in snapshot.documents() if _allowed(d, scope)]
    named = named_documents(text, documents)
    if not (scope.documents or scope.year or asks_for_the_past(text)):
        stale = set(out_of_force(documents)) - set(_dated(text, documents))
        named = [d for d in named if d.doc_id not in stale] or named
        scope = replace(scope, without=tuple(sorted(stale - {d.doc_id for d in named})))
    in_scope = [d for d in documents if d.doc_id not in scope.without]
    if named:
        scope = replace(scope, documents=tuple(d.doc_id for d in named))
    preferred = frozenset(_dated(text, in_scope))
    addresses = parse_addresses(_without_names(text, named))
    if not addresses:
        return Plan(text, scope, preferred)
    found = locate(snapshot, _without_names(text, named), addresses, named, in_scope)
    whole = _asks_whole_clause(text, named, addresses)
    return Plan(text, scope, preferred, found.located, found.missing, whole, found.documents)


def named_documents(text: str, documents: Sequence[IndexedDocument]) -> list[IndexedDocument]:
    """Documents whose title, or the name between 《》, the question gives; the longest name wins.

    Where several versions bear the name, a year in the question chooses among them.
    """
    question = normalize(text)
    quoted = [normalize(name) for name in _QUOTED_NAME.findall(text)]
    lengths: dict[str, int] = {}
    for document in documents:
        names = [name for name in _names(document) if name in question]
        names += [name for name in quoted if len(name) >= _MIN_NAME_CHARS and name in normalize(document.title)]
        if names:
            lengths[document.doc_id] = max(len(name) for name in names)
    if not lengths:
        return []
    longest = max(lengths.values())
    found = [d for d in documents if lengths.get(d.doc_id) == longest]
    dated = _dated(text, found)
    return [d for d in found if d.doc_id in dated] or found


def _dated(text: str, documents: Sequence[IndexedDocument]) -> list[str]:
    """doc_ids of those whose year the question gives."""
    years = set(_YEAR.findall(text))
    return [d.doc_id for d in documents if years & ({str(d.metadata.year)} | set(_YEAR.findall(d.title + d.source)))]


def _names(document: IndexedDocument) -> set[str]:
    title = document.title.strip("《》 ")
    short = _STATE.sub("", _BRACKETED.sub("", title))
    names = {normalize(name).strip() for name in (title, short)}
    if document.metadata.document_number:
        names.add(normalize(document.metadata.document_number))
    return {name for name in names if len(name) >= _MIN_NAME_CHARS}


def _without_names(text: str, named: Sequence[IndexedDocument]) -> str:
    """The question without document names, whose own numbers are no addresses."""
    text = _QUOTED_NAME.sub(" ", text)
    for document in named:
        text = text.replace(document.title, " ")
    return text


def _asks_whole_clause(text: str, named: Sequence[IndexedDocument], addresses: Sequence[Address]) -> bool:
    rest = normalize(_without_names(text, named))
    for name in sorted((name for d in named for name in _names(d)), key=len, reverse=True):
        rest = rest.replace(name, " ")
    for address in addresses:
        rest = rest.replace(normalize(address.source), " ")
    rest = _YEAR.sub(" ", rest)
    asked = {token for token in content_tokens(_ABOUT_CLAUSE.sub(" ", rest)) if len(token) > 1}
    return len(asked) <= _MAX_ABOUT_TOKENS


def _allowed(document: IndexedDocument, scope: Scope) -> bool:
    if scope.documents and document.doc_id not in scope.documents:
        return False
    return scope.year is None or document.metadata.year == scope.year
