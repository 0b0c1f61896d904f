"""What documents are called, so that a question is read without going through all titles.

A table is made once for each state of the index. Names are compared unit by unit (`rag.name_units`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath

from rag.name_forms import genre_at_end, names_of
from rag.name_frames import is_another_bodys, is_framed
from rag.name_units import Unit, Units, is_han, read_units, units
from rag.normalize import normalize, tokens
from rag.question import language_of
from rag.types import IndexedDocument
from rag.validity import out_of_force, version_date
from rag.years import years_in_name

_A_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_OF_LONGER_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?!度$)(?:(?![和与及跟的])[㐀-鿿]){1,8}$")
_SAID_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?!\s*[、,和与及跟以])")
_YEAR_BEFORE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年?\s*(?:[、,和与及跟]|以及)\s*$")
"""2002年、 before 2004年政府工作报告: both years' reports are meant."""
_JOINTS = "、,和与及跟以 "
_STATUTES = frozenset("法典")
_QUOTES = tuple('《〈“"「『')
_FULL_UNITS = 8
_POSTINGS = 64
_MAX_PLACES = 16
_MIN_SUFFIX = 6
_MIN_CHINESE, _MIN_ENGLISH = 4, 2
_GENERAL = (
    "管理 工作 实施 暂行 试行 相关 有关 具体 现行 最新 新的 旧的 老的 这个 那个 那份 这份 一个 我们 单位 公司 本单位"
    " 的 新 旧 老 本 该 此 原 new old current latest this that our your company office previous former"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a question that names documents."""

    text: str
    start: int
    end: int
    """Span in the normalised question."""
    documents: tuple[str, ...]
    """doc_ids, in index order."""
    certain: bool
    """Whether it points to one document (or to versions of one) beyond doubt; else it only hints."""


class Names:
    """The names of all documents of an index; built once, then only read, so many threads may use it."""

    def __init__(
        self, documents: Sequence[IndexedDocument], abbreviations: Iterable[tuple[str, str, str]] = ()
    ) -> None:
        """Take the documents, and (doc_id, short, full) for each abbreviation that they define."""
        self.documents = {document.doc_id: document for document in documents}
        """doc_id → document, in index order; not to be changed."""
        self.ids = frozenset(self.documents)
        self.out_of_force = frozenset(out_of_force(documents))
        self._order = {document.doc_id: i for i, document in enumerate(documents)}
        self._abbreviations = tuple(abbreviations)
        self._forms: defaultdict[Units, dict[Units, set[str]]] = defaultdict(dict)
        self._exact: set[Units] = set()
        self._cores: dict[str, Units] = {}
        self._partial: defaultdict[tuple[str, Units], set[str]] = defaultdict(set)
        self._grams: defaultdict[Units, set[str]] = defaultdict(set)
        self._titles: dict[str, Units] = {}
        self._years: defaultdict[int, set[str]] = defaultdict(set)
        by_title: defaultdict[Units, set[str]] = defaultdict(set)
        for document in documents:
            self._add(document)
            by_title[units(document.title)].add(document.doc_id)
        for _, short, full in self._abbreviations:
            for doc_id in by_title.get(units(full), ()):
                self._add_form(units(short), doc_id)

    def work(self, doc_id: str) -> Units:
        """The name that all versions of a document share: its title without year and edition."""
        document = self.documents[doc_id]
        seen = {doc_id}
        while document.superseded_by in self.documents and document.superseded_by not in seen:
            document = self.documents[document.superseded_by]
            seen.add(document.doc_id)
        return self._cores[document.doc_id]

    def versions(self, doc_id: str) -> tuple[str, ...]:
        """doc_ids of all versions of a document, itself among them, in index order."""
        return self._versions.get(self.work(doc_id), (doc_id,))

    def named_alike(self, doc_id: str) -> frozenset[str]:
        """doc_ids of the documents whose name begins or ends with that of a document, or the other way round.

        国务院 and 中央 before a name count for nothing.
        """
        own = _without_state(self.work(doc_id))

        def alike(work: Units) -> bool:
            size = min(len(own), len(work))
            return own[:size] == work[:size] or own[-size:] == work[-size:]

        return frozenset(other for other in self.documents if alike(_without_state(self.work(other))))

    def years_of(self, doc_id: str) -> frozenset[int]:
        """The years of a document: by its metadata, title or file name."""
        document = self.documents[doc_id]
        named = years_in_name(document.title) | years_in_name(document.source)
        return named | ({document.metadata.year} if document.metadata.year else set())

    def of_year(self, year: int) -> frozenset[str]:
        """doc_ids of the documents of a year: by their metadata, title or file name."""
        return frozenset(self._years.get(year, ()))

    def mentions(self, question: str) -> tuple[Mention, ...]:
        """The places of a question that name documents, in order; none lies inside another."""
        text = normalize(question)
        read = read_units(text)
        found = [*self._in_full(text, read), *self._in_part(text, read)]
        found += [sibling for mention in found for sibling in self._of_years_before(text, mention)]
        found.sort(key=lambda one: (-(one.end - one.start), not one.certain, one.start))
        kept: list[Mention] = []
        for one in found:
            if all(one.end <= other.start or other.end <= one.start for other in kept):
                kept.append(one)
        return tuple(sorted(kept, key=lambda one: one.start))

    def shared_words(self, words: frozenset[str], among: frozenset[str]) -> Counter[str]:
        """doc_id → how many of these lexical tokens its title holds, for those of ``among`` that hold any."""
        return Counter(doc_id for word in words for doc_id in self._title_tokens.get(word, frozenset()) & among)

    def filed_under(self, question: str) -> frozenset[str]:
        """doc_ids whose folder or file name holds a Latin word of a question that their titles lack: ``dxw__leave.md``.

        Empty where most documents do: such a word tells none from another.
        """
        said = [self._file_words.get(unit, frozenset()) for unit in set(units(question))]
        found = frozenset[str]().union(*said)
        return found if 2 * len(found) <= len(self.documents) else frozenset()

    def owners(self, question: str) -> dict[str, frozenset[str]]:
        """Those of a question's words with which names of folders or files begin (``dxw__leave.md``) → doc_ids."""
        begun = {unit: self._file_words.get(unit, frozenset()) for unit in units(question)}
        owned = {unit: frozenset(d for d in ids if self._file_name(d).startswith(unit)) for unit, ids in begun.items()}
        return {unit: ids for unit, ids in owned.items() if ids}

    def abbreviated(self, question: str, among: frozenset[str] | None) -> tuple[tuple[str, ...], ...]:
        """For each short or full name in a question, its other forms in the documents ``among`` (None: all)."""
        read = units(question)
        found: dict[Units, set[str]] = {}
        for i in range(len(read)):
            for form, others in self._other_forms.get(read[i : i + 1], {}).items():
                if read[i : i + len(form)] == form:
                    found[form] = {other for doc_id, other in others if among is None or doc_id in among}
        return tuple(tuple(sorted(others)) for others in found.values() if others)

    @cached_property
    def _dated(self) -> frozenset[str]:
        """doc_ids of the documents whose year is known."""
        return frozenset().union(*self._years.values())

    @cached_property
    def former(self) -> frozenset[str]:
        """doc_ids of the documents of whose name there is one of a later year, as of last year's work summary."""
        years = {doc_id: version_date(document)[:4] for doc_id, document in self.documents.items()}
        newest = {work: max(years[doc_id] for doc_id in ids) for work, ids in self._versions.items()}
        return frozenset(doc_id for doc_id, year in years.items() if year and year < newest[self.work(doc_id)])

    @cached_property
    def chinese(self) -> frozenset[str]:
        """doc_ids of the documents with a Chinese title."""
        return frozenset(d.doc_id for d in self.documents.values() if language_of(d.title) == "zh")

    @cached_property
    def issuers(self) -> dict[Units, tuple[str, ...]]:
        """Units of each issuer → doc_ids of what it issued."""
        found: defaultdict[Units, list[str]] = defaultdict(list)
        for document in self.documents.values():
            for name in re.split(r"[、,，]|(?<=[㐀-鿿])\s+(?=[㐀-鿿])", document.metadata.issuer or ""):
                if read := units(name):
                    found[read].append(document.doc_id)
        return {issuer: tuple(ids) for issuer, ids in found.items()}

    @cached_property
    def _versions(self) -> dict[Units, tuple[str, ...]]:
        found: defaultdict[Units, list[str]] = defaultdict(list)
        for document in self.documents.values():
            found[self.work(document.doc_id)].append(document.doc_id)
        return {work: tuple(ids) for work, ids in found.items()}

    @cached_property
    def _title_tokens(self) -> dict[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for document in self.documents.values():
            for token in tokens(document.title):
                found[token].add(document.doc_id)
        return {token: frozenset(ids) for token, ids in found.items()}

    @cached_property
    def _file_words(self) -> dict[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for document in self.documents.values():
            words = re.findall(r"[a-z0-9]{3,}", self._file_name(document.doc_id))
            for word in {word for word in words if not word.isdigit()}.difference(units(document.title)):
                found[word].add(document.doc_id)
        return {word: frozenset(ids) for word, ids in found.items()}

    @cached_property
    def _other_forms(self) -> dict[Units, dict[Units, list[tuple[str, str]]]]:
        found: defaultdict[Units, dict[Units, list[tuple[str, str]]]] = defaultdict(dict)
        for doc_id, short, full in self._abbreviations:
            if not _is_distinctive_short(short):
                continue
            for name, other in ((short, full), (full, short)):
                if read := units(name):
                    found[read[:1]].setdefault(read, []).append((doc_id, other))
        return found

    def _file_name(self, doc_id: str) -> str:
        return normalize(PurePosixPath(self.documents[doc_id].source).with_suffix("").as_posix())

    def _add(self, document: IndexedDocument) -> None:
        called = names_of(document)
        self._cores[document.doc_id] = called.core
        self._exact |= called.exact
        for form in called.forms:
            self._add_form(form, document.doc_id)
        if called.statute:
            self._forms[called.statute[:2]].setdefault(called.statute, set()).add(document.doc_id)
        for year in self.years_of(document.doc_id):
            self._years[year].add(document.doc_id)
        self._titles[document.doc_id] = called.titles[0]
        for title in called.titles:
            genre = genre_at_end(title)
            for gram in _grams(title):
                self._grams[gram].add(document.doc_id)
                if genre:
                    self._partial[(genre[-1], gram)].add(document.doc_id)

    def _add_form(self, form: Units, doc_id: str) -> None:
        english = sum(not is_han(unit) and not unit.isdigit() for unit in form)
        if len(form) - english >= _MIN_CHINESE or english >= _MIN_ENGLISH:
            self._forms[form[:2]].setdefault(form, set()).add(doc_id)

    def _in_full(self, text: str, read: Sequence[Unit]) -> list[Mention]:
        found = []
        names = tuple(unit.text for unit in read)
        for i in range(len(names) - 1):
            bucket = self._forms.get(names[i : i + 2], {})
            fitting = [form for form in bucket if names[i : i + len(form)] == form]
            if fitting:
                form = max(fitting, key=len)
                start, end = read[i].start, read[i + len(form) - 1].end
                ids = self._sorted(bucket[form])
                if form[-1] in _STATUTES and len(form) < _MIN_CHINESE:
                    clear = form[-1] != "法" or is_framed(text, start, end)
                elif len(form) >= _FULL_UNITS or genre_at_end(form) or form in self._exact or _is_statute(form):
                    clear = True
                else:  # a title such as "Annual Leave" is what one asks about more often than a document
                    clear = text[:start].rstrip()[-1:] in _QUOTES
                certain = clear and self._one_work(ids)
                found.append(Mention(text[start:end], start, end, ids, certain))
        return found

    def _of_years_before(self, text: str, mention: Mention) -> list[Mention]:
        """The documents of the same name whose years stand before it."""
        found: list[Mention] = []
        end = mention.start
        while _A_YEAR.match(mention.text) and (year := _YEAR_BEFORE.search(text[:end])):
            said = text[year.start() : end].rstrip(_JOINTS)
            whole = year[1] + mention.text[4:]
            read = read_units(whole)
            same = (one for one in (*self._in_full(whole, read), *self._in_part(whole, read)) if one.text == whole)
            if sibling := next(same, None):
                found.append(replace(sibling, text=said, start=year.start(), end=year.start() + len(said)))
            end = year.start()
        return found

    def _in_part(self, text: str, read: Sequence[Unit]) -> list[Mention]:
        names = tuple(unit.text for unit in read)
        found = []
        kinds = ((end, genre_at_end(names[max(0, end - 3) : end])) for end in range(1, len(names) + 1))
        for end, genre in islice((one for one in kinds if one[1]), _MAX_PLACES):
            if mention := self._part_before(text, read, names, end, genre):
                found.append(mention)
        return found

    def _part_before(self, text: str, read: Sequence[Unit], names: Units, end: int, genre: Units) -> Mention | None:
        """A shortened name that ends with the kind of document: 差旅办法 of …差旅费管理办法."""
        stop = _without_generic(names, end - len(genre))
        size = 2 if stop > 1 and is_han(names[stop - 1]) else 1
        gram = names[stop - size : stop]
        candidates = self._partial.get((genre[-1], gram), set()) if len(gram) == size and stop >= size else set()
        if stop > size and len(candidates) > _POSTINGS:
            candidates = candidates & self._grams.get(names[stop - size - 1 : stop - 1], set())
        if not candidates or len(candidates) > _POSTINGS:
            return None
        matched = {doc_id: _matched(names[:stop], self._titles[doc_id]) for doc_id in candidates}
        most = max(matched.values())
        ids = self._sorted(doc_id for doc_id, count in matched.items() if count == most)
        start = read[stop - most].start if most else read[stop].start
        whole = names[stop - most : end]
        suffix = len(whole) >= (_MIN_SUFFIX if size == 2 else 3) and all(
            whole in (self._titles[doc_id][-len(whole) :], self._cores[doc_id][-len(whole) :]) for doc_id in ids
        )
        dated = len(whole) >= _FULL_UNITS and any(_A_YEAR.fullmatch(unit) for unit in whole)
        alone = self._one_work(self._sorted(self._grams[gram])) and is_framed(text, start, read[end - 1].end)
        certain = (
            self._one_work(ids)
            and (suffix or dated or alone)
            and not self._is_of_another_year(text[:start], ids, genre)
            and not is_another_bodys(text[:start])
        )
        return Mention(text[start : read[end - 1].end], start, read[end - 1].end, ids, certain)

    def _is_of_another_year(self, before: str, ids: Sequence[str], genre: Units) -> bool:
        """Whether a longer name of another year is meant: 2020年全县统战要点 is no 街道2024年统战要点.

        Nor is what is written anew each year, a plan or a summary, where any other year is said before.
        """
        said = _YEAR_OF_LONGER_NAME.search(before) or (genre in _OF_EACH_YEAR and _SAID_YEAR.search(before))
        dated = self._dated.intersection(ids)
        return bool(said and dated.issuperset(ids) and not self._years.get(int(said[1]), set()).intersection(ids))

    def _sorted(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(ids, key=self._order.__getitem__))

    def _one_work(self, ids: Sequence[str]) -> bool:
        return len({self.work(doc_id) for doc_id in ids}) == 1


def _grams(name: Units) -> set[Units]:
    """Pairs of neighbouring characters, and single words."""
    pairs = {name[i : i + 2] for i in range(len(name) - 1) if is_han(name[i]) and is_han(name[i + 1])}
    return pairs | {(unit,) for unit in name if not is_han(unit) and not unit.isdigit()}


_STATE_BODIES = tuple(units(body) for body in ("国务院", "中央", "国家", "全国"))
_OF_EACH_YEAR = frozenset(units(word) for word in ("要点", "计划", "总结", "报告", "方案"))
_GENERIC = tuple(units(word) for word in _GENERAL.split())


def _without_state(name: Units) -> Units:
    return next((name[len(body) :] for body in _STATE_BODIES if name[: len(body)] == body), name)


def _is_statute(name: Units) -> bool:
    return name[-1] == "法" and name[-2] not in "办方"


def _without_generic(names: Units, stop: int) -> int:
    while word := next((w for w in _GENERIC if stop >= len(w) and names[stop - len(w) : stop] == w), None):
        stop -= len(word)
    return stop


def _matched(said: Units, title: Units) -> int:
    """How many units at the end of ``said`` stand in a title too, in pieces of two characters or a word."""
    i, j, total = len(said), len(title), 0
    while i > 0:
        smallest = 2 if is_han(said[i - 1]) else 1
        for size in range(min(12, i), smallest - 1, -1):
            at = next((p for p in range(j - size, -1, -1) if title[p : p + size] == said[i - size : i]), None)
            if at is not None:
                i, j, total = i - size, at, total + size
                break
        else:
            break
    return total - (total > 0 and said[len(said) - total] == "年")  # the end of a year that is another's


def _is_distinctive_short(short: str) -> bool:
    read = units(short)
    if len(read) < 3 and is_han(read[0] if read else "㐀"):
        return False
    return len(read) > 1 or sum(c.isupper() for c in short) > 1
