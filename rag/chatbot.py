"""The chatbot, and the composition root: every part is handed to the others here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import TYPE_CHECKING, Protocol, get_args, runtime_checkable

from llama_index.core.base.llms.types import ChatMessage

from prompts import Prompt
from rag.as_you_type import look_up
from rag.errors import UsageError
from rag.gathering import gather
from rag.inquiry import Inquiry, answer_prompt
from rag.lazy import Lazy
from rag.models.embedding import RecallingEmbedder
from rag.orders import without_orders
from rag.plan import Plan, make_plan
from rag.question import MAX_QUESTION_CHARS, Language, is_unicode, standalone
from rag.synonyms import SHIPPED, SynonymFiles
from rag.translation import translation_prompt
from rag.types import Answer, Done, Event, Hit, Question, Scope

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.index import Index, Snapshot
    from rag.models.embedding import Embedder, Vectors
    from rag.models.reranker import Reranker
    from rag.models.turnstile import Turnstile
    from rag.settings import Settings


@runtime_checkable
class Warmable(Protocol):
    """A model that can read the fixed part of a prompt ahead."""

    def warm(self, messages: Sequence[ChatMessage]) -> None:
        """Read ``messages`` into the cache."""


@runtime_checkable
class Queued(Protocol):
    """A model that answers one after another."""

    @property
    def turns(self) -> Turnstile:
        """Who is being answered and who waits."""


class Chatbot:
    """Answers questions over one index. Safe to use from many threads; it keeps no conversation."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        embedder: Callable[[], Embedder],
        llm: Callable[[], LLM | None],
        *,
        reranker: Callable[[], Reranker | None] = lambda: None,
        synonyms: SynonymFiles | None = None,
        today: Callable[[], date] | None = None,
    ) -> None:
        """Take the parts; ``today`` tells what 去年 and "last year" count from (default: the machine's clock)."""
        self.settings = settings
        self.index = index
        self._embedder = Lazy(lambda: RecallingEmbedder(embedder()))
        self._llm = Lazy(llm)
        self._reranker = Lazy(reranker)
        self._synonyms = synonyms
        self._today = today or (lambda: datetime.now().astimezone().date())

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

    def questions_ahead(self, thread: int) -> int:
        """How many questions the language model answers before that of ``thread``; 0 where it does not wait."""
        model = self._llm.get() if self._llm.ready else None
        return model.turns.ahead(thread) if isinstance(model, Queued) else 0

    def withdraw(self, thread: int) -> None:
        """Give up the place in line of ``thread``; its stream goes on without the language model."""
        model = self._llm.get() if self._llm.ready else None
        if isinstance(model, Queued):
            model.turns.withdraw(thread)

    def search(self, question: Question, k: int = 10) -> tuple[tuple[Hit, ...], float]:
        """The best ``k`` sections and the seconds it took.

        Raises:
            UsageError: the question is empty or too long.
        """
        started = time.perf_counter()
        text = _checked(question)
        snapshot = self.index.snapshot()
        plan = self._plan(snapshot, text, question.scope)
        hits = self._find(snapshot, plan, self.embedder.embed_query(text), k)
        return hits, time.perf_counter() - started

    def look_up(self, text: str, *, doc_id: str = "", k: int = 10) -> tuple[Hit, ...]:
        """Sections for what somebody has typed so far, without any model; those of ``doc_id`` first."""
        return look_up(self.index.snapshot(), text, doc_id=doc_id, k=k)

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
        text, snapshot = _checked(question), self.index.snapshot()
        inquiry = Inquiry(
            question,
            self._plan(snapshot, text, question.scope),
            snapshot=snapshot,
            settings=self.settings,
            embedder=self._embedder.get,
            find=self._find,
            replan=lambda words: self._plan(snapshot, words, question.scope),
            llm=self.language_model,
            model=self.model_name(),
        )
        return inquiry.events()

    def _plan(self, snapshot: Snapshot, text: str, scope: Scope) -> Plan:
        synonyms = self._synonyms.current() if self._synonyms else None
        return make_plan(snapshot, text, scope, today=self._today(), synonyms=synonyms)

    def _find(self, snapshot: Snapshot, plan: Plan, query: Vectors, k: int) -> tuple[Hit, ...]:
        embed, reranker = self.embedder.embed_query, self._reranker.get()
        return gather(snapshot, plan, query, k, self.settings, embed=embed, reranker=reranker)

    def describe(self) -> Mapping[str, object]:
        """What an evaluation run records: settings, models, prompts, index."""
        snapshot = self.index.snapshot()
        return {
            "settings": self.settings.model_dump(mode="json"),
            "embedder": self.embedder.fingerprint,
            "reranker": reranker.name if (reranker := self._reranker.get()) else "",
            "llm": self.model_name(),
            "prompts": {prompt.name: prompt.hash for prompt in self._prompts()},
            "index": snapshot.version,
        }

    def _prompts(self) -> tuple[Prompt, ...]:
        languages: tuple[Language, ...] = get_args(Language)
        answering = (answer_prompt(self.settings.llm, language) for language in languages)
        return (*answering, *(translation_prompt(language) for language in languages))

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


def open_chatbot(settings: Settings) -> Chatbot:
    """A chatbot over ``settings.index``; models are loaded at first use, or by ``preload``.

    Raises:
        IndexMissing: nothing was ingested there yet.
        SettingsError: the synonym file cannot be used.
    """
    from rag.index import Index
    from rag.models.embedding import open_embedder
    from rag.models.llm import open_llm
    from rag.models.query_adapter import AdaptedEmbedder, load_adapter
    from rag.models.reranker import open_reranker

    index = Index.open(settings.index)

    def embedder() -> Embedder:
        found = open_embedder(settings)
        index.snapshot().manifest.require(settings.index, embedder=found, chunk_tokens=None)
        found.embed_query("")  # loads the weights
        found.read("", [""])  # and makes the cross-encoder of them
        return AdaptedEmbedder(found, load_adapter(settings.query_adapter, found)) if settings.query_adapter else found

    def llm() -> LLM | None:
        found = open_llm(settings)
        if isinstance(found, Warmable):
            found.warm([ChatMessage(role="system", content=answer_prompt(settings.llm, "zh").system)])
        return found

    synonyms = SynonymFiles([SHIPPED, *([settings.synonyms] if settings.synonyms else [])])
    return Chatbot(settings, index, embedder, llm, reranker=lambda: open_reranker(settings), synonyms=synonyms)


def checked_scope(snapshot: Snapshot, documents: Sequence[str], year: int | None) -> Scope:
    """A scope of known documents, given by doc_id, source or title.

    Raises:
        UsageError: one of them is not in the index, or there is no such year.
    """
    if year is not None and not MINYEAR <= year <= MAXYEAR:
        raise UsageError(f"the year must lie between {MINYEAR} and {MAXYEAR}")
    known = snapshot.documents()
    ids = []
    for name in documents:
        found = [d.doc_id for d in known if name in (d.doc_id, d.source, d.title)]
        if not found:
            raise UsageError(f"no document {name!r} in the index; `python -m ingest list` names them")
        ids += found
    return Scope(documents=tuple(ids), year=year)


def _checked(question: Question) -> str:
    """What is asked, by itself and without orders to a model; ``""`` where nothing else was said."""
    text = question.text.strip()
    if not all(
        map(is_unicode, (text, *(words for turn in question.history for words in (turn.question, turn.answer))))
    ):
        raise UsageError("the question is not valid Unicode; type it again, in UTF-8")
    if not any(map(str.isalnum, text)):
        raise UsageError("the question is empty: ask something, for example 差旅住宿费的标准是多少？")
    if len(text) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"the question has {len(text):,} characters; at most {MAX_QUESTION_CHARS:,} can be answered: shorten it"
        )
    return without_orders(standalone(text, question.history))
