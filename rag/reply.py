"""What is given out for one question, event by event: clauses as they stand, tables, refusals, the finished answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag import wording
from rag.compose import Composer
from rag.contrast import Row
from rag.imprint import Imprint
from rag.labels import document_label
from rag.lookup import Missing
from rag.plan import Plan
from rag.points import Place
from rag.question import Language
from rag.retrieve import section_hit, subtree_end, subtree_text
from rag.spellings import spelled
from rag.types import (
    Answer,
    AnswerStatus,
    Closest,
    Delta,
    Done,
    Event,
    Evidence,
    Hit,
    Seconds,
    Sources,
    Tokens,
)

if TYPE_CHECKING:
    from rag.index import Snapshot

_CLOSEST = 3


class Reply:
    """The answer to one question as it comes about; it knows what was said, and when.

    Nothing here decides what may be said.
    """

    def __init__(
        self,
        question: str,
        *,
        language: Language,
        snapshot: Snapshot,
        model: str,
        count_tokens: Callable[[Sequence[str]], list[int]],
    ) -> None:
        """Begin to count the time; ``model`` is the name of the one that is going to write."""
        self._question = question
        self._language = language
        self._snapshot = snapshot
        self._count_tokens = count_tokens
        self._started = time.perf_counter()
        self._retrieve_s = 0.0
        self._first_s: float | None = None
        self._evidence: tuple[Evidence, ...] = ()
        self.composer = Composer(snapshot, language)
        self.model = model
        self.prompt = ""
        self.usage: Mapping[str, int] = {}
        self.confidence: float | None = None

    def sources(self, evidence: tuple[Evidence, ...]) -> Sources:
        """What was retrieved, with the time until now."""
        self._retrieve_s = time.perf_counter() - self._started
        self._evidence = evidence
        return Sources(evidence=evidence, seconds=self._retrieve_s)

    def clauses(self, plan: Plan, hits: Sequence[Hit]) -> Iterator[Event]:
        """The clauses themselves, with all that stands below them: no model is needed to say what they say."""
        evidence = []
        for n, hit in enumerate(hits, start=1):
            section = self._snapshot.section(hit.doc_id, hit.section_id)
            span = hit.span or (hit.start, subtree_end(self._snapshot, hit.doc_id, section))
            text = hit.text if hit.span else subtree_text(self._snapshot, hit.doc_id, section)
            evidence.append(Evidence(n=n, hit=hit, sentences=(span,), text=text))
        yield self.sources(tuple(evidence))
        for e in evidence:
            yield self.verbatim(e.hit, *e.sentences[0])
        if not plan.missing:
            yield self.done("answered")
            return
        for doc_id in dict.fromkeys(hit.doc_id for hit in hits if hit.status in ("superseded", "repealed")):
            past = self._snapshot.document(doc_id)
            year = past.metadata.year
            yield self._below(wording.no_longer_in_force(self._language, document_label(past.title), year))
        for lost in plan.missing:
            yield self._below(self.absence(lost))
        yield self.done("partial", closest([self._nearest(lost) for lost in plan.missing]))

    def quote(self, places: Sequence[Place]) -> Iterator[Event]:
        """Spans of clauses as they stand."""
        for hit, start, end in places:
            yield self.verbatim(hit, start, end)
        yield self.done("answered")

    def imprint(self, imprint: Imprint, hits: Sequence[Hit]) -> Iterator[Event]:
        """What a document says of itself, or that it does not."""
        if imprint.place is None:
            yield self.sources(())
            own = [hit for hit in hits if hit.doc_id == imprint.doc_id]
            yield from self.refuse(wording.not_found(self._language), closest(own or hits))
            return
        hit, start, end = imprint.place
        text = self._snapshot.file_text(hit.doc_id)[start:end]
        yield self.sources((Evidence(n=1, hit=hit, sentences=((start, end),), text=text),))
        yield from self.quote((imprint.place,))

    def side_by_side(self, rows: Sequence[Row]) -> Iterator[Event]:
        """A table with a citation in each row: a small model mixes up what it compares."""
        found = [(wording.side(self._language, row.label), row.places) for row in rows if row.places]
        cited = [place for _, places in found for place in places]
        yield self.sources(
            tuple(
                Evidence(n=n, hit=hit, sentences=((start, end),), text=hit.text)
                for n, (hit, start, end) in enumerate(cited, start=1)
            )
        )
        self.model = "extractive"
        yield self.timed(self.composer.table(wording.compared(self._language), found))
        lacking = [row.label for row in rows if not row.places]
        for label in lacking:
            yield self._below(wording.nothing_on(self._language, label))
        yield self.done("partial" if lacking else "answered")

    def redacted(self, shown: str, hit: Hit, start: int, end: int) -> Iterator[Event]:
        """That the document hides what is asked for, with the sentence where it does."""
        yield self.timed(self.composer.remark(wording.redacted(self._language, shown), hit, start, end))
        yield self.done("redacted")

    def no_such_clause(self, plan: Plan) -> Iterator[Event]:
        """That the documents have no such address, with the nearest that they have."""
        yield self.sources(())
        text = "\n".join(self.absence(lost) for lost in plan.missing)
        yield from self.refuse(text, closest([self._nearest(lost) for lost in plan.missing]))

    def absence(self, lost: Missing) -> str:
        """What is said of an address that no document has."""
        if lost.nowhere:
            return wording.nowhere(self._language, lost.printed)
        document = document_label(self._snapshot.document(lost.doc_id).title)
        near = self._nearest(lost).label.removeprefix(document).lstrip(", ") if lost.nearest else ""
        if lost.lacking is not None and lost.above is not None:
            above = section_hit(self._snapshot, lost.doc_id, lost.above).label
            part = spelled([lost.lacking], chinese=self._language == "zh")
            return wording.no_such_part(self._language, above, part, lost.count, near)
        return wording.no_such_clause(self._language, lost.printed, document, near)

    def verbatim(self, hit: Hit, start: int, end: int) -> Delta:
        """A span of a clause as it stands, where no model phrases."""
        self.model = "extractive"
        return self.timed(self.composer.verbatim(hit, start, end))

    def refuse(self, text: str, closest: tuple[Closest, ...]) -> Iterator[Event]:
        """Nothing but ``text``, and the closest clauses."""
        self.composer.text = text
        yield self.timed(Delta(text=text, citations=()))
        yield self.done("not_found", closest)

    def timed(self, delta: Delta) -> Delta:
        """The same; the first one ends the wait for words."""
        if self._first_s is None:
            self._first_s = time.perf_counter() - self._started
        return delta

    def done(self, status: AnswerStatus, closest: tuple[Closest, ...] = ()) -> Done:
        """The finished answer."""
        total = time.perf_counter() - self._started
        return Done(
            answer=Answer(
                question=self._question,
                status=status,
                text=self.composer.text,
                citations=tuple(self.composer.citations),
                closest=closest,
                warnings=tuple(dict.fromkeys(self.composer.warnings)),
                model=self.model,
                prompt=self.prompt,
                index=self._snapshot.version,
                seconds=Seconds(
                    total=total,
                    first_token=self._first_s if self._first_s is not None else total,
                    retrieve=self._retrieve_s,
                ),
                tokens=self._tokens(),
                confidence=self.confidence,
            )
        )

    def _below(self, line: str) -> Delta:
        self.composer.text += f"\n{line}"
        return self.timed(Delta(text=f"\n{line}", citations=()))

    def _nearest(self, lost: Missing) -> Hit:
        near = lost.nearest or lost.above or self._snapshot.sections(lost.doc_id)[0]
        return section_hit(self._snapshot, lost.doc_id, near)

    def _tokens(self) -> Tokens:
        texts = [self.composer.text, *(each.text for each in self._evidence)]
        answer, *evidence = self._count_tokens(texts)
        return Tokens(
            evidence=sum(evidence),
            prompt=self.usage.get("prompt_tokens", 0),
            answer=self.usage.get("completion_tokens", answer),
        )


def closest(hits: Sequence[Hit]) -> tuple[Closest, ...]:
    """The first of the hits as clauses to be named with a refusal."""
    return tuple(
        Closest(label=hit.label, doc_id=hit.doc_id, section_id=hit.section_id, path=hit.path) for hit in hits[:_CLOSEST]
    )
