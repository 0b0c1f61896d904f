"""Proposing cases from the documents themselves: questions whose answer one sentence holds.

Figures, frequencies and deadlines are asked for by taking the number out of its sentence; lists and
addresses from the outline; unanswerable ones by changing the year, the level or the figure of a question
to one that no document has. Everything is a candidate: a person accepts, edits or rejects it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eval.candidates import Candidate, candidate_id
from eval.cases import Case, GoldSection
from eval.scoring import language
from eval.system import Snapshot
from rag.labels import section_label
from rag.sentences import sentence_spans
from rag.types import Document, IndexedDocument, Section

_HAN = "〇零一二两三四五六七八九十百千万"
_ZH_UNITS = (
    "万元|元|%|％|个工作日|工作日|个月|个小时|小时|分钟|公里|平方米|周年|学时|人次|[天日年月周次人名辆间册份页倍台件条]"
)
_ZH_FIGURE = re.compile(rf"(?<![\d第{_HAN}.年])(?P<n>\d[\d,]*(?:\.\d+)?|[{_HAN}]+)(?P<unit>{_ZH_UNITS})(?![度级号])")
_EN_UNITS = (
    r"working days?|business days?|calendar days?|days?|weeks?|months?|years?|hours?|minutes?|per cent|percent|%|"
    r"euros?|dollars?|pounds?|copies|pages|items?|people|persons?|employees|kilometres?|km|times"
)
_EN_NUMBER = (
    r"\d[\d,]*(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety"
)
_EN_FIGURE = re.compile(rf"\b(?P<n>{_EN_NUMBER})\s+(?P<unit>{_EN_UNITS})\b", re.IGNORECASE)
_FREQUENCY = re.compile(
    rf"每(?:年|半年|季度|月|周|日|学期)[^，。；]{{0,12}}?[\d{_HAN}]+次"
    r"|\b(?:a|per|every|each) (?:year|month|week)\b"
)
_DEADLINE = re.compile(
    rf"[\d{_HAN}]+(?:个工作日|工作日|日|天|个月|小时|分钟)(?:之?内|以内|之?前)"
    rf"|提前[\d{_HAN}]+|\bwithin\b|\bat least\b.{{0,20}}\bbefore\b|\bin advance\b"
)
_LEVELS = (
    re.compile(r"(?P<n>[一二三四])(?P<unit>级|类|档|等)(?![一-鿿]*[及和、])"),
    re.compile(r"(?P<unit>grade |level |class |category )(?P<n>[A-D1-4])\b", re.IGNORECASE),
)
_NEXT_LEVELS = {"zh": "五六七八九", "en": "56789"}
_LEAD = re.compile(
    r"^(?:第[^条章节]{1,9}[条章节]|[（(][一二三四五六七八九十\d]+[）)]|[一二三四五六七八九十]+[、是要]|\d+(?:\.\d+)*[.、．]?|[（(][a-z]+[）)])\s*"
)
_ARABIC = re.compile(r"\d+")
_CLAUSE = re.compile(r"[^。；;!?！？\n]+")
_CLAUSE_CHARS = (8, 60)
_LIST = (3, 9)
_FACT_CHARS = 14


@dataclass(frozen=True, slots=True)
class _Place:
    """A section of a document, with its own text."""

    document: IndexedDocument
    outline: Document
    section: Section
    start: int
    text: str

    @property
    def title(self) -> str:
        return self.document.title.strip("《》 ")

    @property
    def gold(self) -> tuple[GoldSection, ...]:
        return (GoldSection(document=self.document.title, path=self.section.path),)


def propose(
    snapshot: Snapshot, documents: Sequence[str] = (), *, limit: int = 60, seed: int = 0
) -> tuple[Candidate, ...]:
    """At most ``limit`` candidates, every kind and document in turn; the same index gives the same ones.

    ``documents`` are doc_ids; empty means all.
    """
    everything = snapshot.documents()
    known = "".join(snapshot.file_text(document.doc_id) for document in everything)
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for document in everything:
        if documents and document.doc_id not in documents:
            continue
        for one in _of_document(snapshot, document, known):
            groups.setdefault((one.case.type, document.doc_id), []).append(one)
    chooser = random.Random(seed)
    for members in groups.values():
        chooser.shuffle(members)
    order = sorted(groups, key=lambda key: (chooser.random(), key))
    chosen: dict[str, Candidate] = {}
    while len(chosen) < limit and any(groups.values()):
        for key in order:
            if groups[key] and len(chosen) < limit:
                one = groups[key].pop()
                chosen.setdefault(one.case.id, one)
    return tuple(chosen.values())


def _of_document(snapshot: Snapshot, document: IndexedDocument, known: str) -> Iterator[Candidate]:
    outline, text = snapshot.outline(document.doc_id), snapshot.file_text(document.doc_id)
    hidden = [(span.start, span.end) for span in outline.removed]
    hidden += [(span.start, span.end) for span in outline.redactions]
    for number, section in enumerate(outline.sections):
        following = outline.sections[number + 1].start if number + 1 < len(outline.sections) else document.end
        start, end = section.body if section.heading else section.start, min(section.end, following)
        place = _Place(document, outline, section, start, text[start:end])
        if not any(x < end and start < y for x, y in hidden):
            yield from _address(place, text)
            yield from _lists(place, text)
        for a, b in sentence_spans(place.text):
            if not any(x < start + b and start + a < y for x, y in hidden):
                for one in _figures(place, place.text[a:b]):
                    yield one
                    yield from _unanswerable(place, one, known)


def _figures(place: _Place, sentence: str) -> Iterator[Candidate]:
    """Questions made by taking one number out of a clause."""
    for match in _CLAUSE.finditer(sentence):
        clause = _LEAD.sub("", match.group().strip())
        tongue = language(clause)
        found = list((_ZH_FIGURE if tongue == "zh" else _EN_FIGURE).finditer(clause))
        shortest, longest = _CLAUSE_CHARS
        found = [one for one in found if _is_quantity(one, clause)]
        if len(found) != 1 or not shortest <= len(clause) <= longest * (1 if tongue == "zh" else 3):
            continue
        figure = found[0]
        kind = "frequency" if _FREQUENCY.search(clause) else "deadline" if _DEADLINE.search(clause) else "number"
        question = _cloze(clause, figure.start("n"), figure.end("n"), tongue, place.title)
        yield _candidate(place, kind, question, figure.group(), (figure.group(),), quote=clause, evidence=sentence)


def _is_quantity(figure: re.Match[str], clause: str) -> bool:
    """Whether a number counts something, and is no year, no date and no bare 万."""
    if figure["unit"] in ("年", "月", "日") and re.search(r"\d{4}$|[年月]$", clause[: figure.start("n")]):
        return False
    is_year = figure["unit"] == "年" and len(figure["n"]) == 4
    is_month = figure["unit"] == "月"
    return not is_year and not is_month and figure["n"].strip("十百千万") != ""


def _cloze(clause: str, start: int, end: int, tongue: str, title: str) -> str:
    """The clause as a question, with what lies between two offsets asked for."""
    blank = "多少" if tongue == "zh" else "how many"
    asked = f"{clause[:start]}{blank}{clause[end:]}".strip(" ，,.：:")
    if tongue == "zh":
        return f"按《{title}》，{asked}？"
    return f"Under “{title}”: {asked[:1].lower()}{asked[1:]}?"


def _lists(place: _Place, text: str) -> Iterator[Candidate]:
    """Questions for an enumeration: the items of a section, or the leaves below it."""
    section, heading = place.section, place.section.heading
    spans = [(item.start, item.end) for item in place.outline.items if item.section == section.id]
    if not spans:
        below = [s for s in place.outline.sections if s.parent == section.id]
        spans = [(s.start, s.end) for s in below if not any(o.parent == s.id for o in place.outline.sections)]
    if not heading or not _LIST[0] <= len(spans) <= _LIST[1]:
        return
    facts = tuple(_first_words(text[a:b]) for a, b in spans)
    if not all(facts) or len(set(facts)) < len(facts):
        return
    zh = language(heading) == "zh"
    question = (
        f"《{place.title}》在“{heading}”里列了哪几项？" if zh else f"What does “{place.title}” list under “{heading}”?"
    )
    evidence = text[spans[0][0] : spans[-1][1]].strip()
    yield _candidate(place, "list", question, "；".join(facts) if zh else "; ".join(facts), facts, evidence=evidence)


def _address(place: _Place, text: str) -> Iterator[Candidate]:
    """What a numbered clause says, asked by its address."""
    section = place.section
    clause = _LEAD.sub("", place.text.strip())
    if not section.number or section.level == 0 or len(clause) < _CLAUSE_CHARS[0]:
        return
    sections = {other.id: other for other in place.outline.sections}
    label = section_label(place.document.title, section, sections, text)
    question = f"{label}说的是什么？" if language(place.title) == "zh" else f"What does {label} say?"
    fact = section.heading.strip("。.：:") or _first_words(clause)
    if fact:
        yield _candidate(place, "address", question, clause[:120], (fact,), evidence=clause[:400])


def _unanswerable(place: _Place, one: Candidate, known: str) -> Iterator[Candidate]:
    """The same question about a year, a level or a figure that no document has."""
    question, title, tongue = one.case.question, place.title, language(one.case.question)
    year = place.document.metadata.year
    if year is not None:
        absent = next(y for y in range(year + 1, year + 60) if str(y) not in known)
        put = question.replace(title, re.sub(r"(?:19|20)\d\d", str(absent), title))
        if put == question:
            put = f"{absent}年，{question}" if tongue == "zh" else f"In {absent}: {question}"
        yield _changed(one, "wrong_year", put)
    for pattern in _LEVELS:
        if match := pattern.search(question):
            for level in _NEXT_LEVELS[tongue]:
                words = match.group().replace(match["n"], level)
                if words not in known:
                    yield _changed(one, "undefined_level", question.replace(match.group(), words))
                    break
    figure = _ARABIC.search(one.case.answer)
    if figure:
        other = _other_figure(figure.group(), known)
        stated = one.case.quote.replace(figure.group(), other, 1)
        put = (
            f"《{title}》哪一条规定“{stated}”？"
            if tongue == "zh"
            else f"Which clause of “{title}” says that “{stated}”?"
        )
        yield _changed(one, "false_premise", put)


def _other_figure(figure: str, known: str) -> str:
    return next(str(n) for n in range(int(figure) * 2 + 1, int(figure) * 2 + 10_000) if str(n) not in known)


def _changed(one: Candidate, kind: str, question: str) -> Candidate:
    case = replace(
        one.case,
        id=candidate_id("draft", kind, question),
        question=question,
        answerable=False,
        answer="",
        must_contain=(),
        sections=(),
        quote="",
        type=kind,
    )
    return replace(one, case=case)


def _candidate(
    place: _Place, kind: str, question: str, answer: str, facts: Sequence[str], *, evidence: str, quote: str = ""
) -> Candidate:
    case = Case(
        id=candidate_id("draft", kind, question),
        question=question,
        answer=answer,
        must_contain=tuple((fact,) for fact in facts),
        sections=place.gold,
        quote=quote,
        type=kind,
        tags=(language(question),),
    )
    return Candidate(case=case, evidence=evidence.strip(), origin="draft")


def _first_words(text: str) -> str:
    """The first words of an item, if they are few enough to be looked for in an answer."""
    words = _LEAD.sub("", text.strip())
    first = re.split(r"[，,。；;：:\n（(]", words, maxsplit=1)[0].strip()
    if language(first) == "en":
        return " ".join(first.split()[:5])
    return first if len(first) <= _FACT_CHARS else ""
