"""Clauses that name clauses: what each document refers to, in itself and in others, and where it is cited.

References inside a document were found when it was read (``Document.links``). Those to other documents are found
here, for they change with what the index holds: 《title》 with or without an address, and “section 2 of the Title”.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from rag.address import parse_addresses
from rag.clauses import Clauses
from rag.index.records import number_key
from rag.types import Document, IndexedDocument, Link

_QUOTED = re.compile(r"《([^《》\n]{2,80})》(?:[（(]([^（）()\n]{1,40})[）)])?(?:的)?")
_OF = re.compile(r"\s+(?:of|in|under)\s+(?:the\s+)?[\"“‘'《]?")
_FIRST_WORD = re.compile(r"\w+")
_ADDRESS_CHARS = 40
_KEPT = 256
_PAST = ("superseded", "repealed")
_ISSUED = re.compile(r"[（(](?:试行|暂行|修订|(?:19|20)\d\d年?(?:版|修订)?)[）)]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Words of a section that name another section, or a document as a whole."""

    doc_id: str
    section: str
    """The section in whose own text the words stand."""
    start: int
    end: int
    target_doc: str
    target: str
    """Section id; ``""`` for the document as a whole."""


class Texts(Protocol):
    """What references are read from; a snapshot of the index fits."""

    def documents(self) -> tuple[IndexedDocument, ...]:
        """Every document."""
        ...

    def outline(self, doc_id: str) -> Document:
        """The outline of one document."""
        ...

    def file_text(self, doc_id: str) -> str:
        """The text that its offsets count in."""
        ...

    def mentioning(self, words: str) -> list[str]:
        """doc_ids of the documents in whose files these very words stand."""
        ...


class References:
    """The references between the documents of one state of the index, each document's read at first use."""

    def __init__(self, texts: Texts) -> None:
        self._documents = {document.doc_id: document for document in texts.documents()}
        self._titled: dict[str, list[str]] = {}
        self._beginnings: dict[str, list[str]] = {}
        for document in sorted(self._documents.values(), key=_standing):
            key = _key(document.title)
            for name in {key, _ISSUED.sub("", key)}:
                self._titled.setdefault(name, []).append(document.doc_id)
            if first := _FIRST_WORD.match(document.title):
                self._beginnings.setdefault(first.group().lower(), []).append(document.doc_id)
        self._outgoing: dict[str, tuple[Reference, ...]] = {}
        self._incoming: dict[str, dict[str, tuple[Reference, ...]]] = {}
        self._clauses: dict[str, Clauses] = {}

    def of(self, texts: Texts, doc_id: str) -> tuple[Reference, ...]:
        """What a document refers to, in text order and without overlap."""
        found = self._outgoing.get(doc_id)
        if found is None:
            found = tuple(self._read(texts, doc_id))
            if len(self._outgoing) >= _KEPT:
                self._outgoing.clear()
            self._outgoing[doc_id] = found
        return found

    def citing(self, texts: Texts, doc_id: str) -> dict[str, tuple[Reference, ...]]:
        """Section id → where it is cited, own document first; ``""`` where the document as a whole is named.

        A section counts once for each section that it is cited in.
        """
        if doc_id in self._incoming:
            return self._incoming[doc_id]
        others = [other for other in texts.mentioning(_core(self._documents[doc_id].title)) if other != doc_id]
        found: dict[str, dict[tuple[str, str], Reference]] = {}
        for reference in (one for source in (doc_id, *others) for one in self.of(texts, source)):
            place = (reference.doc_id, reference.section)
            if reference.target_doc == doc_id and place != (doc_id, reference.target):
                found.setdefault(reference.target, {}).setdefault(place, reference)
        if len(self._incoming) >= _KEPT:
            self._incoming.clear()
        self._incoming[doc_id] = {section: tuple(places.values()) for section, places in found.items()}
        return self._incoming[doc_id]

    def _read(self, texts: Texts, doc_id: str) -> Iterator[Reference]:
        document, text = texts.outline(doc_id), texts.file_text(doc_id)
        owner = _owner(document)
        after = document.start
        for start, end, target_doc, target in sorted(
            (*self._own(document, doc_id), *self._elsewhere(texts, document, text, doc_id))
        ):
            if start >= after:
                yield Reference(
                    doc_id=doc_id, section=owner(start), start=start, end=end, target_doc=target_doc, target=target
                )
                after = end

    def _own(self, document: Document, doc_id: str) -> Iterator[tuple[int, int, str, str]]:
        ids = {section.id for section in document.sections}
        for link in document.links:
            if link.target in ids and link.target is not None:
                yield link.start, link.end, doc_id, link.target

    def _elsewhere(
        self, texts: Texts, document: Document, text: str, doc_id: str
    ) -> Iterator[tuple[int, int, str, str]]:
        for match in _QUOTED.finditer(text, document.start, document.end):
            named = self._named(match.group(1), match.group(2), doc_id)
            if named is not None:
                target, length = self._address(texts, named, text[match.end() : match.end() + _ADDRESS_CHARS])
                end = match.end() + length if length else match.start() + match.group().index("》") + 1
                yield match.start(), end, named, target
        for link in document.links:
            if link.target is None and (named := self._named_after(text, link)) and named != doc_id:
                target, _ = self._address(texts, named, text[link.start : link.end])
                yield link.start, link.end, named, target

    def _named(self, title: str, number: str | None, doc_id: str) -> str | None:
        """The document of that title and number, else the one in force, else the newest; never ``doc_id`` itself."""
        others = [one for one in self._titled.get(_key(title), ()) if one != doc_id]
        wanted = number_key(number)
        same = [one for one in others if wanted and wanted == number_key(self._documents[one].metadata.document_number)]
        own = self._documents[doc_id].title
        if not same and _key(own) == _key(title):
            return None
        return next(iter(same or others), None)

    def _named_after(self, text: str, link: Link) -> str | None:
        """The document whose title follows “section 2 of the …”."""
        of = _OF.match(text, link.end)
        first = _FIRST_WORD.match(text, of.end()) if of else None
        if of is None or first is None:
            return None
        begins = self._beginnings.get(first.group().lower(), ())
        fitting = [d for d in begins if _begins(text, of.end(), self._documents[d].title)]
        return max(fitting, key=lambda d: len(self._documents[d].title), default=None)

    def _address(self, texts: Texts, doc_id: str, words: str) -> tuple[str, int]:
        """The section that words begin by naming, and how long its address is; ``""`` and 0 where they name none."""
        addresses = [address for address in parse_addresses(words) if not words[: address.start].strip()][:1]
        clauses = self._clauses.get(doc_id)
        if addresses and clauses is None:
            if len(self._clauses) >= _KEPT:
                self._clauses.clear()
            clauses = self._clauses[doc_id] = Clauses(texts.outline(doc_id), texts.file_text(doc_id))
        for address in addresses:
            for place in clauses.resolve(address) if clauses else ():
                return place.section.id, address.end
        return "", 0


_READ: WeakKeyDictionary[Texts, References] = WeakKeyDictionary()


def references(texts: Texts, doc_id: str) -> tuple[Reference, ...]:
    """What a document refers to; kept as long as the state of the index that it was read from."""
    return _of(texts).of(texts, doc_id)


def citing(texts: Texts, doc_id: str) -> Mapping[str, Sequence[Reference]]:
    """Section id → where it is cited; ``""`` where the document as a whole is."""
    return _of(texts).citing(texts, doc_id)


def _of(texts: Texts) -> References:
    found = _READ.get(texts)
    if found is None:
        found = _READ[texts] = References(texts)
    return found


def _owner(document: Document) -> Callable[[int], str]:
    starts = [section.start for section in document.sections]
    return lambda offset: document.sections[max(bisect_right(starts, offset) - 1, 0)].id


def _standing(document: IndexedDocument) -> tuple[bool, int]:
    return document.metadata.status in _PAST, -(document.metadata.year or 0)


def _core(title: str) -> str:
    """What of a title stands wherever it is named."""
    return _ISSUED.sub("", title.strip("《》"))


def _key(title: str) -> str:
    normal = unicodedata.normalize("NFKC", "".join(title.split())).lower().strip("《》")
    return normal.replace("(", "（").replace(")", "）")


def _begins(text: str, at: int, title: str) -> bool:
    pattern = r"\s+".join(re.escape(word) for word in title.split())
    return re.compile(rf"{pattern}(?!\w)", re.IGNORECASE).match(text, at) is not None
