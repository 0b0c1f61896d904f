"""Looking clauses up by their address or label: in the documents that a question names, or in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rag.address import Address, parse_addresses
from rag.clauses import Clauses, Shortfall
from rag.errors import UsageError
from rag.labels import document_label, section_label
from rag.normalize import normalize
from rag.question import content_tokens, is_unicode
from rag.spellings import PARAGRAPHS, Step, forms, matches, may_match, printed_step
from rag.types import IndexedDocument, Scope, Section

if TYPE_CHECKING:
    from rag.index import Snapshot

_PUNCTUATION = re.compile(r"[\s《》,，、．.()（）\[\]【】:：]+")
_QUOTED_NAME = re.compile(r"《[^《》]+》")
_MAX_DOCUMENTS = 5
_MAX_TRIED = 150
_MAX_NEAR_TRIED = 8
_MIN_SHARED_TOKENS = 2
_LEXICAL = 50
_SAME_KINDS = 2
_MAX_OPENED = 256
_OPENED: WeakKeyDictionary[Snapshot, dict[str, Clauses]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Located:
    """A clause named by its address: a section, or the ``span`` of it that is meant."""

    doc_id: str
    section: Section
    span: tuple[int, int] | None = None
    part: str = ""
    """What the span is called: 第二款, (b); ``""`` where the section's own label says it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An address that no document in scope has, and the nearest one that exists."""

    printed: str
    doc_id: str
    """The document of ``nearest`` and ``above``."""
    nearest: Section | None
    above: Section | None = None
    """The section that was found and lacks the rest of the address."""
    lacking: Step | None = None
    """What it lacks."""
    count: int = 0
    """How many of that kind it has."""
    nowhere: bool = False
    """Whether the question names no document, so that none is to be blamed: all that are in scope lack it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What all addresses of a question name."""

    located: tuple[Located, ...] = ()
    missing: tuple[Missing, ...] = ()
    documents: int = 0
    """In how many documents the address stands that stands in most, where none was named."""


def locate(
    snapshot: Snapshot,
    text: str,
    addresses: Sequence[Address],
    named: Sequence[IndexedDocument],
    in_scope: Sequence[IndexedDocument],
) -> Found:
    """Look the addresses of a question up: in the ``named`` documents, or else in all those in scope.

    Where none is named and several have the address, those whose titles and text fit the question best
    come first, at most five of them.
    """
    located: list[Located] = []
    missing: list[Missing] = []
    most = 0
    for address in addresses:
        text = text.replace(address.source, " ")

    def clauses(doc_id: str) -> Clauses:
        return _clauses(snapshot, doc_id)

    for address in addresses:
        found: list[Located] = []
        limit = len(named) or _MAX_DOCUMENTS
        for candidates in [[d.doc_id for d in named]] if named else _having(snapshot, text, address, in_scope):
            if found := _in_each(clauses, address, candidates[:_MAX_TRIED], limit):
                located += found
                holding = len({place.doc_id for place in found})
                most = max(most, holding if holding < limit else len(candidates))
                break
        if not found and address.sure and (named or in_scope):
            near = [d.doc_id for d in named] or _like(snapshot, text, address, in_scope)
            nowhere = not named and not _hinted(snapshot, text, in_scope)
            missing.append(replace(_missing(address, near[:_MAX_NEAR_TRIED], clauses), nowhere=nowhere))
    return Found(tuple(dict.fromkeys(located)), tuple(missing), 0 if named else most)


def _clauses(snapshot: Snapshot, doc_id: str) -> Clauses:
    """A document ready for look-ups, kept as long as its snapshot."""
    opened = _OPENED.setdefault(snapshot, {})
    found = opened.get(doc_id)
    if found is None:
        found = Clauses(snapshot.outline(doc_id), snapshot.file_text(doc_id))
        if len(opened) >= _MAX_OPENED:
            opened.clear()
        opened[doc_id] = found
    return found


def _in_each(clauses: Callable[[str], Clauses], address: Address, doc_ids: Sequence[str], limit: int) -> list[Located]:
    """What an address names in the first ``limit`` documents that have it."""
    found: list[Located] = []
    holding = 0
    for doc_id in doc_ids:
        places = clauses(doc_id).resolve(address)
        found += [Located(doc_id, place.section, place.span, place.part) for place in places]
        holding += bool(places)
        if holding == limit:
            break
    return found


def find_place(snapshot: Snapshot, name: str) -> Located:
    """What ``doc_id:section_id``, a doc_id, a title, a label or an address with its document names.

    Labels are compared without brackets, punctuation and spaces, after NFKC and simplification.

    Raises:
        UsageError: none or several places have that name; the message lists the nearest.
    """
    if not is_unicode(name):
        raise UsageError(f"{name!r} is not valid UTF-8: type it again")
    documents = snapshot.documents()
    doc_id, _, section_id = name.partition(":")
    if any(document.doc_id == doc_id for document in documents):
        for section in snapshot.sections(doc_id):
            if section.id == section_id or (not section_id and section.level == 0):
                return Located(doc_id, section)
        raise UsageError(f"document {doc_id} has no section {section_id!r}; `python -m rag search` prints ids")
    titled = _titled(documents, name)
    found = _labelled(snapshot, titled, name) or _addressed(snapshot, titled, name)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{place.doc_id}:{place.section.id}" for place in found[:_MAX_DOCUMENTS])
        raise UsageError(f"{name!r} names {len(found)} sections: use one of {ids}")
    raise UsageError(f"no section is called {name!r}{_hint(snapshot, titled)}")


def _labelled(snapshot: Snapshot, documents: Sequence[IndexedDocument], name: str) -> list[Located]:
    wanted = _key(name)
    found: dict[tuple[str, tuple[str, ...]], Located] = {}
    for document in documents:
        text = snapshot.file_text(document.doc_id)
        sections = {section.id: section for section in snapshot.sections(document.doc_id)}
        for section in sections.values():
            label = section_label(document.title, section, sections, text)
            if wanted in (_key(label), _key(document_label(document.title) + "".join(section.path))):
                found.setdefault((document.doc_id, section.path), Located(document.doc_id, section))
    return list(found.values())


def _addressed(snapshot: Snapshot, titled: Sequence[IndexedDocument], name: str) -> list[Located]:
    words = _QUOTED_NAME.sub(" ", name)
    for document in titled:
        words = words.replace(document.title, " ")
    return list(locate(snapshot, words, parse_addresses(words)[:1], titled, snapshot.documents()).located)


def _titled(documents: Sequence[IndexedDocument], name: str) -> list[IndexedDocument]:
    """Documents whose title a name begins or ends with, the longest title only."""
    wanted = _key(name)
    found = [d for d in documents if (key := _key(d.title)) and (wanted.startswith(key) or wanted.endswith(key))]
    longest = max((len(d.title) for d in found), default=0)
    return [d for d in found if len(d.title) == longest]


def _hint(snapshot: Snapshot, titled: Sequence[IndexedDocument]) -> str:
    if not titled:
        return "; `python -m ingest list` names the documents"
    doc_id = titled[0].doc_id
    text = snapshot.file_text(doc_id)
    sections = {section.id: section for section in snapshot.sections(doc_id)}
    near = [section_label(titled[0].title, section, sections, text) for section in list(sections.values())[1:6]]
    return f"; this document has {', '.join(near)} …"


def _having(snapshot: Snapshot, text: str, address: Address, documents: Sequence[IndexedDocument]) -> list[list[str]]:
    """doc_ids of the documents that may have an address, best first: those the question hints at, then the others.

    Only numbers are compared here, in one query; what stands between them is left to ``Clauses``.
    """
    steps = [step for step in address.steps if step.kind not in PARAGRAPHS]
    if not steps:
        return []
    if len(documents) == 1:
        return [[documents[0].doc_id]]
    allowed = {document.doc_id for document in documents}
    found = _with_numbers(snapshot, steps, allowed)
    if not found and len(steps) > 1:  # the last may be an inline item
        found = _with_numbers(snapshot, steps[:1], allowed)
    closest = max(found.values(), default=0)
    candidates = [doc_id for doc_id, close in found.items() if close == closest]
    shared = _shared(snapshot, text, candidates)
    most = max(shared.values(), default=0)
    meant = [d for d in candidates if shared[d] == most] if most >= _MIN_SHARED_TOKENS else candidates
    others = [d for d in candidates if d not in set(meant)]
    return [_ranked(snapshot, text, group, documents) for group in (meant, others) if group]


def _like(snapshot: Snapshot, text: str, address: Address, documents: Sequence[IndexedDocument]) -> list[str]:
    """Documents to name the nearest clause from, best first: by their titles, then as they number their clauses."""
    doc_ids = [document.doc_id for document in documents]
    first = address.steps[0]
    alike: dict[str, int] = {}
    for value in (first.value, (*first.value[:-1], "1"), first.value[:-1]):
        if value and not alike:
            alike = _with_numbers(snapshot, [Step(first.kind, value)], set(doc_ids))
    shared = _shared(snapshot, text, doc_ids)
    ranked = _ranked(snapshot, text, doc_ids, documents)
    return sorted(ranked, key=lambda doc_id: (-shared[doc_id], -alike.get(doc_id, -1)))


def _hinted(snapshot: Snapshot, text: str, documents: Sequence[IndexedDocument]) -> bool:
    """Whether words of its title tell one of the documents from the others, or there is but one."""
    doc_ids = [document.doc_id for document in documents]
    shared = _shared(snapshot, text, doc_ids)
    most = max(shared.values(), default=0)
    return len({snapshot.names.work(doc_id) for doc_id in doc_ids if shared[doc_id] == most}) == 1


def _with_numbers(snapshot: Snapshot, steps: Sequence[Step], allowed: set[str]) -> dict[str, int]:
    """doc_id → how closely a section of it has the numbers of all steps in its path.

    2: of the very kinds asked for, 1: of kinds that mean the same (条, article), 0: numbers alone.
    """
    found: dict[str, int] = {}
    for doc_id, path in snapshot.numbered(forms(steps[-1]), [forms(step) for step in steps[:-1]]):
        if doc_id not in allowed or found.get(doc_id) == _SAME_KINDS:
            continue
        rest = list(steps)
        close = _SAME_KINDS
        for number in reversed(path):
            printed = printed_step(number)
            if rest and may_match(rest[-1], printed, frozenset(), top=True):
                same = printed.kind in {rest[-1].kind, ""} or not rest[-1].kind
                close = min(close, 0 if not matches(rest[-1], printed) else _SAME_KINDS if same else 1)
                rest.pop()
        if not rest:
            found[doc_id] = max(close, found.get(doc_id, 0))
    return found


def _ranked(snapshot: Snapshot, text: str, doc_ids: Sequence[str], documents: Sequence[IndexedDocument]) -> list[str]:
    """doc_ids by the words their titles share with the question, then by their best clause's words."""
    if len(doc_ids) < 2:
        return list(doc_ids)
    shared = _shared(snapshot, text, doc_ids)
    place: dict[str, int] = {}
    if content_tokens(text):
        scope = Scope(documents=tuple(doc_ids))
        ranking = snapshot.search_lexical(text, _LEXICAL, scope)
        chunks = snapshot.chunks([chunk_id for chunk_id, _ in ranking])
        for i, (chunk_id, _) in enumerate(ranking):
            place.setdefault(chunks[chunk_id].doc_id, i)
    order = {document.doc_id: i for i, document in enumerate(documents)}
    return sorted(doc_ids, key=lambda d: (-shared[d], place.get(d, _LEXICAL), order[d]))


def _shared(snapshot: Snapshot, text: str, doc_ids: Collection[str]) -> Counter[str]:
    wanted = frozenset(token for token in content_tokens(text) if len(token) > 1)
    return snapshot.names.shared_words(wanted, frozenset(doc_ids))


def _missing(address: Address, doc_ids: Sequence[str], clauses: Callable[[str], Clauses]) -> Missing:
    """What is said of an address that is nowhere: from the first document that has something like it."""
    measured: list[tuple[str, Shortfall]] = []
    for doc_id in doc_ids:
        short = clauses(doc_id).shortfall(address)
        measured.append((doc_id, short))
        if short.nearest or short.above:
            break
    doc_id, short = measured[-1] if measured[-1][1].nearest or measured[-1][1].above else measured[0]
    return Missing(address.printed, doc_id, short.nearest, short.above, short.lacking, short.count)


def _key(label: str) -> str:
    return _PUNCTUATION.sub("", normalize(label))
