"""From evidence to an answer: sentences that passed their check, with their citations.

A composer is fed drafts (a model's, or the clauses' own sentences) and gives out ``Delta`` events;
nothing unchecked leaves it. Citations are numbered in the order in which they are first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.citations import split_draft
from rag.evidence import ALIKE, SHORT_CLAUSE, Sentence, sentences_of
from rag.labels import document_label
from rag.normalize import length
from rag.points import Place
from rag.question import Language
from rag.retrieve import kept_spans
from rag.sentences import whole_sentence
from rag.types import Citation, Delta, Evidence, Hit
from rag.verify import best_verdict, only_repeats, quote_for, support

if TYPE_CHECKING:
    from rag.index import Snapshot

_CLOSED = re.compile(r"[。！？!?；;.…：:”’」）)]$")
_EXTRACT_CLAUSES, _EXTRACT_SENTENCES = 2, 3
"""The most that is quoted, and of one long clause."""
_CARRIED = 0.85
"""Share of a clause's tokens in what was said, from which it need not be quoted below."""


class Composer:
    """Collects the checked sentences and citations of one answer."""

    def __init__(self, snapshot: Snapshot, language: Language) -> None:
        self._snapshot = snapshot
        self._language = language
        self._said: set[str] = set()
        self.citations: list[Citation] = []
        self.warnings: list[str] = []
        self.text = ""

    def from_draft(self, pieces: Iterable[str], question: str, evidence: Sequence[Evidence]) -> Iterator[Delta]:
        """Check a model's draft sentence by sentence; what no clause carries is left out and counted.

        So is what only says the question again.
        """
        known = {e.n for e in evidence}
        for sentence in split_draft(pieces):
            if unknown := [n for n in sentence.markers if n not in known]:
                self.warnings.append(
                    f"the model cited clause {', '.join(map(str, unknown))} of {len(known)}: not there, ignored"
                )
            verdict = best_verdict(sentence, evidence)
            if verdict is None:
                self.warnings.append(f"left out, no clause carries it: {_short(sentence.text)}")
            elif only_repeats(sentence.text, question):
                self.warnings.append(f"left out, it only repeats the question: {_short(sentence.text)}")
            elif sentence.text not in self._said:
                yield self._say(sentence.text, [self._cite_sentence(sentence.text, verdict.evidence)])

    def verbatim(self, hit: Hit, start: int, end: int) -> Delta:
        """Say a span of a clause as it stands, without what is removed from it, on a line of its own."""
        return self._say(self._reading(hit, start, end), [self.cite(hit, start, end)], on_own_line=True)

    def basis(self, hit: Hit, start: int, end: int) -> Delta:
        """Below what was said, a span of a clause as it stands; a clause that is cited already is not cited anew.

        A list goes beyond the clause that leads in to it, and so needs a citation of its own.
        """
        inside = hit.start <= start and end <= hit.end
        cited = (c for c in self.citations if inside and (c.doc_id, c.section_id) == (hit.doc_id, hit.section_id))
        citation = next(cited, None) or self.cite(hit, start, end)
        words = f"\n{self._reading(hit, start, end)}[{citation.n}]"
        self.text += words
        return Delta(text=words, citations=(citation,))

    def carries(self, hit: Hit, start: int, end: int) -> bool:
        """Whether what was said holds a span of a clause nearly whole."""
        return support(self._reading(hit, start, end), self.text) >= _CARRIED

    def remark(self, text: str, hit: Hit, start: int, end: int) -> Delta:
        """Say something of our own about a clause."""
        return self._say(text, [self.cite(hit, start, end)])

    def table(self, head: tuple[str, str], rows: Sequence[tuple[str, Sequence[Place]]]) -> Delta:
        """A Markdown table: a label and the words of clauses in each row, every span with its citation."""
        lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
        cited = []
        for label, places in rows:
            said = []
            for hit, start, end in places:
                citation = self.cite(hit, start, end)
                said.append(f"{_cell(_flat(self._reading(hit, start, end)))}[{citation.n}]")
                cited.append(citation)
            lines.append(f"| {_cell(label)} | {' '.join(said)} |")
        self.text = "\n".join(lines)
        return Delta(text=self.text, citations=tuple(cited))

    def cite(self, hit: Hit, start: int, end: int) -> Citation:
        """The citation of a span, made once."""
        for citation in self.citations:
            if (citation.doc_id, citation.start, citation.end) == (hit.doc_id, start, end):
                return citation
        parts = kept_spans(self._snapshot, hit.doc_id, start, end)
        citation = Citation(
            n=len(self.citations) + 1,
            doc_id=hit.doc_id,
            document=hit.document,
            source=hit.source,
            section_id=hit.section_id,
            path=hit.path,
            label=hit.label,
            quote=self._snapshot.file_text(hit.doc_id)[start:end],
            start=start,
            end=end,
            page=hit.page,
            verified=True,
            parts=parts if parts != ((start, end),) else (),
        )
        self.citations.append(citation)
        return citation

    def _reading(self, hit: Hit, start: int, end: int) -> str:
        text = self._snapshot.file_text(hit.doc_id)
        return "".join(text[a:b] for a, b in kept_spans(self._snapshot, hit.doc_id, start, end)).strip()

    def _cite_sentence(self, text: str, evidence: Evidence) -> Citation:
        hit = evidence.hit
        sentences = sentences_of(self._snapshot, hit.doc_id, hit.start, hit.end)
        first, last = quote_for(text, [reading for _, _, reading in sentences])
        return self.cite(hit, sentences[first][0], sentences[last][1])

    def _say(self, text: str, citations: Sequence[Citation], *, on_own_line: bool = False) -> Delta:
        self._said.add(text)
        closed = text if _CLOSED.search(text) else text + ("。" if self._language == "zh" else ".")
        words = closed + "".join(f"[{citation.n}]" for citation in citations)
        if self.text:
            beside = "" if self._language == "zh" else " "
            words = ("\n" if on_own_line or "\n" in self.text or len(self.text) > 80 else beside) + words
        self.text += words
        return Delta(text=words, citations=tuple(citations))


def best_passages(
    snapshot: Snapshot,
    sentences: Sequence[Sentence],
    further: Sequence[Sentence] = (),
    *,
    short: float = SHORT_CLAUSE,
) -> tuple[Place, ...]:
    """What is worth quoting when no model phrases: the best sentence, and those nearly as good, of two clauses at most.

    A clause not longer than ``short`` is quoted whole, for its exceptions stand beside the rule. ``further`` are
    sentences of the best clause that are quoted whatever they score.
    """
    clauses: dict[tuple[str, str], list[Sentence]] = {}
    for sentence in sentences:
        if sentence.score < sentences[0].score - ALIKE:
            break
        clauses.setdefault((sentence.hit.doc_id, sentence.hit.section_id), []).append(sentence)
    passages: list[Place] = []
    for near in list(clauses.values())[:_EXTRACT_CLAUSES]:
        hit = near[0].hit
        if length(hit.text) <= short:
            passages.append((hit, _words_start(snapshot, hit), hit.end))
        else:
            also = [sentence for sentence in further if sentence.hit == hit]
            passages += [(hit, start, end) for start, end in _runs(snapshot, [*near[:_EXTRACT_SENTENCES], *also])]
    return tuple(passages)


def _runs(snapshot: Snapshot, sentences: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Spans of sentences of one clause in text order; those that follow one another are one."""
    text = snapshot.file_text(sentences[0].hit.doc_id)
    runs: list[tuple[int, int]] = []
    for start, end in sorted(_with_its_parts(text, sentence) for sentence in sentences):
        if runs and not text[runs[-1][1] : start].strip():
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


def _with_its_parts(text: str, sentence: Sentence) -> tuple[int, int]:
    """A part of a sentence with the parts beside it, where that is short: behind a semicolon stands the exception."""
    start, end = whole_sentence(text, sentence.hit, sentence.start, sentence.end)
    return (start, end) if length(text[start:end]) <= SHORT_CLAUSE else (sentence.start, sentence.end)


def evidence_prompt(evidence: Sequence[Evidence]) -> str:
    """The clauses as a model reads them: ``[1] 《…》三、（七）：…``, one a line."""
    lines = []
    for e in evidence:
        label = e.hit.label if e.hit.path else document_label(e.hit.document)
        heading = f" {e.hit.heading}" if e.hit.heading and e.hit.heading not in e.text else ""
        lines.append(f"[{e.n}] {label}{heading}：{_flat(e.text)}")
    return "\n".join(lines)


def _words_start(snapshot: Snapshot, hit: Hit) -> int:
    """Where a clause begins to speak: behind a heading that has a line of its own, if anything is said there."""
    section, text = snapshot.section(hit.doc_id, hit.section_id), snapshot.file_text(hit.doc_id)
    own_line = section.heading and "\n" in text[section.body - 1 : section.body + 1]
    if not own_line or not hit.start < section.body < hit.end:
        return hit.start
    said = [a for a, b in kept_spans(snapshot, hit.doc_id, section.body, hit.end) if re.search(r"\w", text[a:b])]
    if not said:
        return hit.start
    return said[0] + len(text[said[0] : hit.end]) - len(text[said[0] : hit.end].lstrip())


def _cell(words: str) -> str:
    return words.replace("|", "｜")


def _flat(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
