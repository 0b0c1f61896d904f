"""The whole way of a question, and the composition root: every part is handed to the next here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

from llama_index.core.base.llms.types import ChatMessage

import prompts
from rag import support, wording
from rag.compose import Composer, best_passages, evidence_prompt
from rag.errors import ModelError, UsageError
from rag.evidence import Sentence, rank_sentences, select_evidence
from rag.labels import document_label
from rag.listing import Place, enumeration_for
from rag.plan import Plan, make_plan
from rag.question import MAX_QUESTION_CHARS, Language, asks_yes_or_no, language_of, standalone
from rag.redaction import hidden_figure
from rag.retrieve import located_hits, merged, retrieve, section_hit, subtree_end, subtree_text
from rag.types import (
    Answer,
    AnswerStatus,
    Closest,
    Delta,
    Done,
    Event,
    Evidence,
    Hit,
    Question,
    Scope,
    Seconds,
    Sources,
)

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.index import Index, Snapshot
    from rag.models.embedding import Embedder
    from rag.settings import Settings

_SENTENCE_HITS = 6  # sections whose sentences are compared with the question
_HITS = 10
_CLOSEST = 3
_HISTORY_TURNS = 6

T = TypeVar("T")


@runtime_checkable
class Warmable(Protocol):
    """A model that can read the fixed part of a prompt ahead."""

    def warm(self, messages: Sequence[ChatMessage]) -> None:
        """Read ``messages`` into the cache."""


class Lazy(Generic[T]):
    """A part that is made once, at first use or in the background; a failure is kept and raised each time."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._future: Future[T] = Future()
        self._lock = threading.Lock()
        self._begun = False

    def start(self) -> None:
        """Begin making it in a thread of its own."""
        threading.Thread(target=self._run, daemon=True).start()

    def get(self) -> T:
        """The part, waiting for it if need be."""
        self._run()
        return self._future.result()

    @property
    def failure(self) -> BaseException | None:
        """Why it could not be made, if that is known already."""
        return self._future.exception() if self._future.done() else None

    @property
    def ready(self) -> bool:
        """Whether it has been made."""
        return self._future.done() and self._future.exception() is None

    def _run(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        try:
            self._future.set_result(self._make())
        except BaseException as error:  # noqa: BLE001 - handed on to whoever asks for the part
            self._future.set_exception(error)


class Chatbot:
    """Answers questions over one index. Safe to use from many threads; it keeps no conversation."""

    def __init__(
        self, settings: Settings, index: Index, embedder: Callable[[], Embedder], llm: Callable[[], LLM | None]
    ) -> None:
        self.settings = settings
        self.index = index
        self._embedder = Lazy(embedder)
        self._llm = Lazy(llm)

    def preload(self, *, llm: bool = True) -> None:
        """Load the models in the background, so that the first question does not wait for them.

        With ``llm`` False only the embedder: loading a language model holds the interpreter for seconds.
        """
        self._embedder.start()
        if llm and self.settings.llm != "extractive":
            self._llm.start()

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded at first use."""
        return self._embedder.get()

    def model_state(self) -> str:
        """``ready``, ``loading``, ``none`` (extractive), or ``missing: <one line that says how to mend it>``."""
        if self.settings.llm == "extractive":
            return "none"
        if failure := self._llm.failure:
            return f"missing: {failure}"
        return "ready" if self._llm.ready else "loading"

    def search(self, question: Question, k: int = 10) -> tuple[tuple[Hit, ...], float]:
        """The best ``k`` sections and the seconds it took.

        Raises:
            UsageError: the question is empty or too long.
        """
        started = time.perf_counter()
        text = _checked(question)
        snapshot = self.index.snapshot()
        plan = make_plan(snapshot, text, question.scope)
        hits = located_hits(snapshot, plan)[:k]
        ranked = retrieve(snapshot, text, self.embedder.embed_query(text), plan.scope, k, self.settings)
        return merged(hits, ranked, k), time.perf_counter() - started

    def ask(self, question: Question) -> Answer:
        """The answer, all at once."""
        for event in self.stream(question):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(self, question: Question) -> Iterator[Event]:
        """``Sources`` first, then checked sentences as ``Delta``, then ``Done``.

        Raises:
            UsageError: the question is empty or too long.
        """
        return _Run(self, question, _checked(question)).events()

    def describe(self) -> Mapping[str, object]:
        """What an evaluation run records: settings, models, prompts, index."""
        snapshot = self.index.snapshot()
        return {
            "settings": self.settings.model_dump(mode="json"),
            "embedder": self.embedder.fingerprint,
            "llm": self.model_name(),
            "prompts": {name: prompts.load(name).hash for name in ("answer.zh", "answer.en")},
            "index": snapshot.version,
        }

    def model_name(self) -> str:
        """Name of whoever phrases the answers."""
        if self.settings.llm == "extractive":
            return "extractive"
        if self.settings.llm == "openai":
            return self.settings.openai_model
        return self.settings.llm_path.name if self.settings.llm_path else "qwen2.5-coder-1.5b-instruct-q4_k_m"

    def language_model(self) -> LLM | None:
        """The language model, waiting until it is loaded; None for ``extractive``.

        Raises:
            ModelError: it cannot be had.
        """
        return None if self.settings.llm == "extractive" else self._llm.get()


class _Run:
    """One question on its way."""

    def __init__(self, bot: Chatbot, question: Question, text: str) -> None:
        self._bot = bot
        self._question = question
        self._text = text
        self._snapshot: Snapshot = bot.index.snapshot()
        self._language = language_of(question.text)
        self._composer = Composer(self._snapshot, self._language)
        self._started = time.perf_counter()
        self._retrieve_s = 0.0
        self._first_s: float | None = None
        self._model = bot.model_name()
        self._prompt = ""

    def events(self) -> Iterator[Event]:
        """Plan, retrieve, decide, answer."""
        bot, settings = self._bot, self._bot.settings
        plan = make_plan(self._snapshot, self._text, self._question.scope)
        if plan.missing and not plan.located:
            yield from self._no_such_clause(plan)
            return
        query = bot.embedder.embed_query(self._text)
        hits = located_hits(self._snapshot, plan) or retrieve(
            self._snapshot, self._text, query, plan.scope, _HITS, settings
        )
        if plan.located and plan.whole_clause:
            yield from self._quote_clauses(hits)
            return
        sentences = rank_sentences(self._snapshot, bot.embedder, self._text, query, hits[:_SENTENCE_HITS])
        evidence = select_evidence(
            self._snapshot,
            self._text,
            sentences,
            max_clauses=settings.evidence_clauses,
            max_chars=settings.evidence_chars_openai if settings.llm == "openai" else settings.evidence_chars,
        )
        yield self._sources(evidence)
        found = support.features(self._snapshot, self._text, hits, sentences)
        if not plan.located and support.probability(found) < settings.answer_threshold:
            yield from self._refuse(wording.not_found(self._language), _closest(hits))
        elif hidden := hidden_figure(self._snapshot, self._text, sentences):
            remark = wording.redacted(self._language, hidden.shown)
            sentence = hidden.sentence
            yield self._timed(self._composer.remark(remark, sentence.hit, sentence.start, sentence.end))
            yield self._done("redacted", ())
        elif places := enumeration_for(self._snapshot, self._text, hits, sentences):
            yield from self._quote(places)
        else:
            yield from self._answer(hits, sentences, evidence)

    def _sources(self, evidence: tuple[Evidence, ...]) -> Sources:
        self._retrieve_s = time.perf_counter() - self._started
        return Sources(evidence=evidence, seconds=self._retrieve_s)

    def _quote_clauses(self, hits: Sequence[Hit]) -> Iterator[Event]:
        """The clauses themselves, with all that stands below them: no model is needed to say what they say."""
        evidence = []
        for n, hit in enumerate(hits, start=1):
            section = self._snapshot.section(hit.doc_id, hit.section_id)
            spans = ((hit.start, subtree_end(self._snapshot, hit.doc_id, section)),)
            text = subtree_text(self._snapshot, hit.doc_id, section)
            evidence.append(Evidence(n=n, hit=hit, sentences=spans, text=text))
        yield self._sources(tuple(evidence))
        yield from self._quote([(e.hit, *e.sentences[0]) for e in evidence])

    def _quote(self, places: Sequence[Place]) -> Iterator[Event]:
        for hit, start, end in places:
            yield self._timed(self._composer.verbatim(hit, start, end))
        self._model = "extractive"
        yield self._done("answered", ())

    def _no_such_clause(self, plan: Plan) -> Iterator[Event]:
        yield self._sources(())
        lost = plan.missing[0]
        near = lost.nearest or self._snapshot.sections(lost.doc_id)[0]
        hit = section_hit(self._snapshot, lost.doc_id, near)
        text = wording.no_such_clause(self._language, lost.printed, document_label(hit.document))
        yield from self._refuse(text, _closest([hit]))

    def _answer(
        self, hits: Sequence[Hit], sentences: Sequence[Sentence], evidence: Sequence[Evidence]
    ) -> Iterator[Event]:
        try:
            # A small model phrases well and judges badly: to yes or no the clause itself is the answer.
            judged = self._bot.settings.llm == "local" and asks_yes_or_no(self._question.text)
            llm = None if judged else self._bot.language_model()
            if llm is not None:
                for delta in self._composer.from_draft(self._draft(llm, evidence), evidence):
                    yield self._timed(delta)
        except ModelError as error:
            self._composer.warnings.append(f"answered without the language model: {error}")
            self._model = "extractive"
            llm = None
        if not self._composer.text:
            self._model = "extractive"
            if llm is not None:
                self._composer.warnings.append("nothing of the model's draft passed; the clause itself is quoted")
            for hit, start, end in best_passages(sentences):
                yield self._timed(self._composer.verbatim(hit, start, end))
        if self._composer.text:
            yield self._done("answered", ())
        else:
            yield from self._refuse(wording.not_found(self._language), _closest(hits))

    def _draft(self, llm: LLM, evidence: Sequence[Evidence]) -> Iterator[str]:
        prompt = prompts.load(f"answer.{self._language}")
        self._prompt = prompt.hash
        user = prompt.fill(evidence=evidence_prompt(evidence), question=self._text)
        for response in llm.stream_chat([system_message(self._language), ChatMessage(role="user", content=user)]):
            yield response.delta or ""

    def _refuse(self, text: str, closest: tuple[Closest, ...]) -> Iterator[Event]:
        self._composer.text = text
        yield self._timed(Delta(text=text, citations=()))
        yield self._done("not_found", closest)

    def _timed(self, delta: Delta) -> Delta:
        if self._first_s is None:
            self._first_s = time.perf_counter() - self._started
        return delta

    def _done(self, status: AnswerStatus, closest: tuple[Closest, ...]) -> Done:
        total = time.perf_counter() - self._started
        return Done(
            answer=Answer(
                question=self._question.text,
                status=status,
                text=self._composer.text,
                citations=tuple(self._composer.citations),
                closest=closest,
                warnings=tuple(dict.fromkeys(self._composer.warnings)),
                model=self._model,
                prompt=self._prompt,
                index=self._snapshot.version,
                seconds=Seconds(
                    total=total,
                    first_token=self._first_s if self._first_s is not None else total,
                    retrieve=self._retrieve_s,
                ),
            )
        )


def open_chatbot(settings: Settings) -> Chatbot:
    """A chatbot over ``settings.index``; models are loaded at first use, or by ``preload``.

    Raises:
        IndexMissing: nothing was ingested there yet.
    """
    from rag.index import Index
    from rag.models.embedding import open_embedder
    from rag.models.llm import open_llm

    index = Index.open(settings.index)

    def embedder() -> Embedder:
        found = open_embedder(settings)
        index.snapshot().manifest.require(settings.index, embedder=found, chunk_tokens=None)
        found.embed_query("")  # loads the weights
        return found

    def llm() -> LLM | None:
        found = open_llm(settings)
        if isinstance(found, Warmable):
            found.warm([system_message("zh")])
        return found

    return Chatbot(settings, index, embedder, llm)


def system_message(language: Language) -> ChatMessage:
    """The fixed part of the answering prompt, always first so that it stays cached."""
    return ChatMessage(role="system", content=prompts.load(f"answer.{language}").system)


def checked_scope(snapshot: Snapshot, documents: Sequence[str], year: int | None) -> Scope:
    """A scope of known documents, given by doc_id, source or title.

    Raises:
        UsageError: one of them is not in the index.
    """
    known = snapshot.documents()
    ids = []
    for name in documents:
        found = [d.doc_id for d in known if name in (d.doc_id, d.source, d.title)]
        if not found:
            raise UsageError(f"no document {name!r} in the index; `python -m ingest list` names them")
        ids += found
    return Scope(documents=tuple(ids), year=year)


def _closest(hits: Sequence[Hit]) -> tuple[Closest, ...]:
    return tuple(
        Closest(label=hit.label, doc_id=hit.doc_id, section_id=hit.section_id, path=hit.path) for hit in hits[:_CLOSEST]
    )


def _checked(question: Question) -> str:
    text = question.text.strip()
    if not text:
        raise UsageError("the question is empty: ask something, for example 差旅住宿费的标准是多少？")
    if len(text) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"the question has {len(text):,} characters; at most {MAX_QUESTION_CHARS:,} can be answered: shorten it"
        )
    return standalone(text, question.history[-_HISTORY_TURNS:])
