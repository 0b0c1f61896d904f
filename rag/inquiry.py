"""One question on its way: looked up, decided, answered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from llama_index.core.base.llms.types import ChatMessage, ChatResponse

import prompts
from rag import support, wording
from rag.annexes import annexes_for
from rag.compose import best_passages, evidence_prompt
from rag.contrast import Row, contrast
from rag.deferral import leaves_open
from rag.drafting import read_draft
from rag.errors import ModelError
from rag.evidence import (
    SHORT_CLAUSE,
    Sentence,
    of_documents_of,
    rank_sentences,
    select_evidence,
    worth_reading,
)
from rag.expectation import expectation_of
from rag.imprint import imprint_of
from rag.listing import completed, enumeration_for, with_lead_in
from rag.membership import Membership, memberships
from rag.parts import places_for_parts, sentences_for_parts
from rag.plan import Plan
from rag.points import Place
from rag.question import Language, asks_nothing, asks_yes_or_no, language_of
from rag.redaction import hidden_figure
from rag.reply import Reply, closest
from rag.retrieve import located_hits, without_closing
from rag.translation import share_in_its_language, translated
from rag.types import Event, Evidence, Hit, Question

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.gathering import Find
    from rag.index import Snapshot
    from rag.models.embedding import Embedder
    from rag.settings import Settings

_SENTENCE_HITS = 6  # sections whose sentences are compared with the question
_HITS = 10
_NAMED = 500
"""A clause that the question names is quoted whole up to this ``length``."""
_CLASSES_BEHIND_EACH_OTHER = 2
"""A post has a rank in one table, and the rank a limit in another, by classes of cities that a third clause lists."""
_UNSURE = 0.6
"""Below this chance of an answer a question in the language of few documents is asked in the other one too."""


class Inquiry:
    """One planned question on its way: what is looked up for it, and what of that may be said."""

    def __init__(
        self,
        question: Question,
        plan: Plan,
        *,
        snapshot: Snapshot,
        settings: Settings,
        embedder: Callable[[], Embedder],
        find: Find,
        replan: Callable[[str], Plan],
        llm: Callable[[], LLM | None],
        model: str,
    ) -> None:
        """Take a question and the plan of its standalone form; ``replan`` plans the same in other words.

        ``model`` is the name of what ``llm`` gives.
        """
        self._plan = plan
        self._asked = self._text = plan.text
        self._snapshot = snapshot
        self._settings = settings
        self._embedder = embedder
        self._find = find
        self._replan = replan
        self._llm = llm
        self._language = language_of(question.text)
        # A small model phrases well and judges badly: to yes or no the clause itself is the answer.
        self._phrases = not (settings.llm == "local" and asks_yes_or_no(question.text))
        self._reply = Reply(
            question.text,
            language=self._language,
            snapshot=snapshot,
            model=model,
            count_tokens=lambda texts: embedder().count_tokens(texts),
        )
        self._classes: tuple[Membership, ...] = ()
        self._looked_for: dict[Plan, tuple[tuple[Hit, ...], tuple[Sentence, ...]]] = {}

    def events(self) -> Iterator[Event]:
        """Retrieve, decide, answer."""
        by_clause = self._plan.located or self._plan.missing
        if not by_clause and asks_nothing(self._text):  # or nothing but orders
            yield self._reply.sources(())
            yield from self._reply.refuse(wording.not_found(self._language), ())
            return
        self._take_their_language()
        self._take_their_classes()
        plan = self._plan
        if plan.by_address and plan.holding > len({place.doc_id for place in plan.located}):
            self._reply.composer.warnings.append(wording.in_several(self._language, plan.holding))
        if plan.missing and not plan.located:
            yield from self._reply.no_such_clause(plan)
            return
        located = located_hits(self._snapshot, plan) if plan.by_address else ()
        if located and plan.whole_clause:  # needs no model
            yield from self._reply.clauses(plan, located)
            return
        embedder = self._embedder()
        if rows := self._sides(embedder):
            yield from self._reply.side_by_side(rows)
            return
        if plan.located:
            self._reply.composer.warnings += [self._reply.absence(lost) for lost in plan.missing]
        yield from self._look_up(embedder, located)

    def _take_their_language(self) -> None:
        """Go on with the question's translation where documents in the other language seem to answer it."""
        if self._settings.llm == "extractive" or self._plan.located or self._plan.missing:
            return
        share = share_in_its_language(self._snapshot.names, self._plan.scope, self._text)
        if share == 1.0:
            return
        foreign, chance = self._first_look(self._plan)
        if not foreign and (chance >= _UNSURE or share > 1 / 2):
            return
        try:
            llm = self._llm()
            other = translated(llm, self._text) if llm else None
        except ModelError as error:
            self._reply.composer.warnings.append(f"not translated into the documents' language: {error}")
            return
        if other is None:
            return
        plan = self._replan(other)
        _, again = self._first_look(plan)
        if again >= max(chance if not foreign else 0.0, self._settings.answer_threshold):
            self._plan, self._text = plan, plan.text

    def _take_their_classes(self) -> None:
        """Go on with the class behind what the question names (苏州（二类城市）) where an answer becomes likelier."""
        if self._plan.located or self._plan.missing or self._plan.sides:
            return
        for _ in range(_CLASSES_BEHIND_EACH_OTHER):
            found = memberships(self._snapshot, self._text, self._ranked(self._plan)[0])
            text = self._text
            for one in found:
                text = one.in_words(text)
            if text == self._text:
                return
            plan = self._replan(text)
            if self._first_look(plan)[1] <= self._first_look(self._plan)[1]:
                return
            self._plan, self._asked, self._text = plan, text, plan.text
            self._classes += found

    def _first_look(self, plan: Plan) -> tuple[bool, float]:
        """Whether what bears most on a question is in another language than it, and how probably it answers."""
        hits, sentences = self._ranked(plan)
        found = support.features(self._snapshot, plan.text, hits, sentences)
        return bool(found.other_language), support.probability(found, sentences[0].read if sentences else None)

    def _ranked(self, plan: Plan) -> tuple[tuple[Hit, ...], tuple[Sentence, ...]]:
        """The best sections for a plan and the sentences of the first of them, looked for once."""
        if plan not in self._looked_for:
            embedder = self._embedder()
            query = embedder.embed_query(plan.text)
            hits = self._find(self._snapshot, plan, query, _HITS)
            sentences = rank_sentences(self._snapshot, embedder, plan.text, query, hits[:_SENTENCE_HITS])
            self._looked_for[plan] = without_closing(self._snapshot, plan.text, hits, sentences)
        return self._looked_for[plan]

    def _look_up(self, embedder: Embedder, located: tuple[Hit, ...]) -> Iterator[Event]:
        """Answer from the sentences that bear most on the question; ``located`` are those of clauses it names."""
        settings = self._settings
        if located:
            query = embedder.embed_query(self._text)
            hits, sentences = located, rank_sentences(self._snapshot, embedder, self._text, query, located)
        else:
            hits, sentences = self._ranked(self._plan)
        about = [*self._plan.scope.documents, *(hit.doc_id for hit in hits)]
        if not located and (imprint := imprint_of(self._snapshot, self._text, about)):
            yield from self._reply.imprint(imprint, hits)
            return
        found = None if located else support.features(self._snapshot, self._text, hits, sentences)
        years = expectation_of(self._text).years
        if found and found.year_differs and (own := of_documents_of(self._snapshot, years, sentences)):
            sentences, found = own, support.features(self._snapshot, self._text, hits, own)
        several = located or self._plan.sides  # each of them has its say
        evidence = select_evidence(
            self._snapshot,
            self._text,
            sentences if several else worth_reading(sentences),
            max_clauses=settings.evidence_clauses,
            max_chars=settings.evidence_chars_openai if settings.llm == "openai" else settings.evidence_chars,
        )
        yield self._reply.sources(evidence)
        if found and found.year_differs:
            yield from self._reply.refuse(wording.no_such_year(self._language, years), closest(hits))
        elif hidden := hidden_figure(self._snapshot, self._text, sentences):
            sentence = hidden.sentence
            yield from self._reply.redacted(hidden.shown, sentence.hit, sentence.start, sentence.end)
        elif found and not self._supported(found, sentences):
            yield from self._reply.refuse(wording.not_found(self._language), closest(hits))
        elif leaves_open(self._snapshot, self._text, sentences):
            yield from self._reply.refuse(wording.not_stated(self._language), closest(hits))
        elif places := enumeration_for(self._snapshot, self._text, hits, sentences, named=bool(located)):
            yield from self._reply.quote([*places, *self._beside(places)])
        else:
            yield from self._answer(hits, sentences, evidence, found)

    def _sides(self, embedder: Embedder) -> tuple[Row, ...]:
        if not self._plan.sides or asks_yes_or_no(self._text):
            return ()
        threshold = self._settings.answer_threshold
        return contrast(self._snapshot, embedder, self._plan, self._find, threshold=threshold)

    def _supported(self, found: support.Features, sentences: Sequence[Sentence], stated: float | None = None) -> bool:
        """Whether what was found probably answers the question; ``stated`` is what a model thought of it."""
        self._reply.confidence = support.probability(found, sentences[0].read if sentences else None, stated)
        return self._reply.confidence >= self._settings.answer_threshold

    def _answer(
        self,
        hits: Sequence[Hit],
        sentences: Sequence[Sentence],
        evidence: Sequence[Evidence],
        found: support.Features | None,
    ) -> Iterator[Event]:
        """What the model writes, as far as it is judged and checked; the clause itself for the rest."""
        try:
            if (llm := self._llm()) is not None:
                with closing(self._responses(llm, evidence)) as responses:
                    draft = read_draft(responses)
                    if found and draft.stated is not None and not self._supported(found, sentences, draft.stated):
                        yield from self._reply.refuse(wording.not_stated(self._language), closest(hits))
                        return
                    if self._phrases:
                        for delta in self._reply.composer.from_draft(draft.words, self._text, evidence):
                            yield self._reply.timed(delta)
        except ModelError as error:
            self._reply.composer.warnings.append(f"answered without the language model: {error}")
        yield from self._clauses(sentences)
        if self._reply.composer.text:
            yield self._reply.done("answered")
        else:
            yield from self._reply.refuse(wording.not_found(self._language), closest(hits))

    def _clauses(self, sentences: Sequence[Sentence]) -> Iterator[Event]:
        """The best clauses as they stand, where no model has said anything; below a small model's words the best.

        For a small model leaves out what counts, and takes the wrong clause more often than the ranking does.
        """
        said = bool(self._reply.composer.text)
        if said and self._settings.llm != "local":
            return
        worth = [one for one in sentences if one.hit is sentences[0].hit] if said else sentences
        further = sentences_for_parts(self._snapshot, self._embedder(), self._text, worth)
        passages = best_passages(
            self._snapshot, worth, further, short=_NAMED if self._plan.by_address else SHORT_CLAUSE
        )
        quoted = [place for one in passages for place in completed(self._snapshot, self._text, one)]
        places = with_lead_in(self._snapshot, quoted)
        for hit, start, end in (*places, *self._beside(places)):
            if not said:
                yield self._reply.verbatim(hit, start, end)
            elif not self._reply.composer.carries(hit, start, end):
                yield self._reply.composer.basis(hit, start, end)

    def _beside(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """What answers beside the passages quoted: the annexes they point to, and other parts of the question."""
        annexes = annexes_for(self._snapshot, self._text, places)
        parts = places_for_parts(
            self._snapshot,
            self._embedder(),
            self._plan,
            self._find,
            [*places, *annexes],
            threshold=self._settings.answer_threshold,
        )
        said = [*places, *annexes, *parts]
        classes = [one.place for one in self._classes if not any(_holds(place, one.place) for place in said)]
        return (*annexes, *parts, *classes)

    def _responses(self, llm: LLM, evidence: Sequence[Evidence]) -> Generator[ChatResponse, None, None]:
        prompt = answer_prompt(self._settings.llm, self._language)
        self._reply.prompt = prompt.hash
        user = prompt.fill(evidence=evidence_prompt(evidence), question=self._asked)
        for response in llm.stream_chat(
            [ChatMessage(role="system", content=prompt.system), ChatMessage(role="user", content=user)]
        ):
            self._reply.usage = response.additional_kwargs.get("usage") or self._reply.usage
            yield response


def _holds(place: Place, other: Place) -> bool:
    """Whether a place is of the same document as another and around it."""
    return place[0].doc_id == other[0].doc_id and place[1] <= other[1] and other[2] <= place[2]


def answer_prompt(llm: str, language: Language) -> prompts.Prompt:
    """The answering prompt for a model; its fixed part comes first so that it stays cached.

    ``local`` models get a short one with a single sentence to write, endpoints one that large models can follow.
    """
    return prompts.load(f"answer_large.{language}" if llm == "openai" else f"answer.{language}")
