"""A GGUF model in this process, by way of llama.cpp's server (package xllamacpp)."""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    LogProb,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from pydantic import PrivateAttr

from rag.errors import ModelDamaged, ModelError
from rag.models.machine import physical_cores
from rag.models.turnstile import Turnstile

_SEED = 20_240_701
_READ_TOKENS = 128
"""Tokens read between two signs of life: fewer read slower, more make a stop wait longer."""
_LIKELY_TOKENS = 10
_PROMPTS_KEPT = 3
"""To answer in either language, and to translate."""
_OPTIONS = {"temperature", "max_tokens", "stop", "seed", "grammar"}


class Engine(Protocol):
    """What is used of ``xllamacpp.Server``."""

    def handle_chat_completions(self, request: dict[str, Any], callback: Any) -> None:
        """Answer an OpenAI-style request; a true result of ``callback(chunk)`` stops it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of an answer, and what the engine reports at its end."""

    text: str
    report: Mapping[str, Any]
    """``usage``, ``timings`` and ``finish_reason``, each once it is known."""
    likely: tuple[LogProb, ...] = ()
    """The likeliest tokens in the place of the first one, with their log probabilities."""


class LocalLLM(CustomLLM):
    """A chat model that answers one request at a time, in the order they came, always in the same words.

    Closing a stream stops the engine: at the next word, or at the next 128 tokens of the prompt.
    A prompt that starts like the one before it is read from there on (llama.cpp's prompt cache),
    so what never changes belongs first. Keyword arguments of every call: ``temperature``,
    ``max_tokens``, ``stop``, ``seed`` and ``grammar`` (GBNF).
    """

    _name: str = PrivateAttr()
    _engine: Engine | None = PrivateAttr()
    _context_tokens: int = PrivateAttr()
    _max_tokens: int = PrivateAttr()
    _timeout_s: float = PrivateAttr()
    _turnstile: Turnstile = PrivateAttr(default_factory=Turnstile)

    def __init__(
        self,
        path: Path,
        *,
        context_tokens: int = 4096,
        max_tokens: int = 320,
        threads: int = 0,
        timeout_s: float = 60.0,
        engine: Engine | None = None,
    ) -> None:
        """Load the file at ``path``; ``engine`` stands in for it in tests."""
        super().__init__()
        self._name = path.stem
        self._context_tokens = context_tokens
        self._max_tokens = max_tokens
        self._timeout_s = timeout_s
        self._engine = engine or _start_engine(path, context_tokens, threads or physical_cores())

    @property
    def metadata(self) -> LLMMetadata:
        """Name and sizes of the model."""
        return LLMMetadata(
            model_name=self._name,
            context_window=self._context_tokens,
            num_output=self._max_tokens,
            is_chat_model=True,
        )

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The whole answer. ``additional_kwargs`` has ``usage``, ``timings`` and ``finish_reason``.

        Raises:
            ModelError: the model gives no sign of life in time, or refuses the request.
        """
        *_, last = self.stream_chat(messages, **kwargs)
        return last

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer as it is written; the first response with words has ``logprobs``: the likeliest first tokens.

        The last response has the ``additional_kwargs`` of ``chat``.
        """
        request = self._request(messages, kwargs)

        def stream() -> ChatResponseGen:
            text = ""
            for piece in self._pieces(request):
                text += piece.text
                yield ChatResponse(
                    message=ChatMessage(role=MessageRole.ASSISTANT, content=text),
                    delta=piece.text,
                    logprobs=[list(piece.likely)] if piece.likely else None,
                    additional_kwargs=dict(piece.report),
                )

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The answer to ``prompt`` as the one message of a user."""
        response = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=response.message.content or "", additional_kwargs=response.additional_kwargs)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """As ``stream_chat`` for ``prompt`` as the one message of a user."""

        def stream() -> CompletionResponseGen:
            for response in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs):
                yield CompletionResponse(
                    text=response.message.content or "",
                    delta=response.delta,
                    additional_kwargs=response.additional_kwargs,
                )

        return stream()

    @property
    def turns(self) -> Turnstile:
        """Who is being answered and who waits."""
        return self._turnstile

    def warm(self, messages: Sequence[ChatMessage]) -> None:
        """Read ``messages``, the part that later prompts start with, into the prompt cache."""
        self.chat(messages, max_tokens=1)

    def close(self) -> None:
        """Wait for the request at work, then free the model's memory. Later calls are refused."""
        with self._turnstile:
            self._engine = None

    def _request(self, messages: Sequence[ChatMessage], options: Mapping[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise TypeError(f"unknown options {unknown}; known: {sorted(_OPTIONS)}")
        given = {key: value for key, value in options.items() if value is not None}
        return {
            "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
            "temperature": 0.0,
            "seed": _SEED,
            "max_tokens": self._max_tokens,
            "cache_prompt": True,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
            "logprobs": True,
            "top_logprobs": _LIKELY_TOKENS,
            **given,
        }

    def _pieces(self, request: dict[str, Any]) -> Generator[Piece, None, None]:
        """Have the engine work in a thread of its own, which gives the turn back when it has ended."""
        self._turnstile.acquire()
        engine = self._engine
        if engine is None:
            self._turnstile.release()
            raise ModelError(f"language model {self._name} was closed")
        chunks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stopped = threading.Event()

        def receive(chunk: Any) -> bool:
            chunks.put(chunk)
            # A program that ends waits for this thread; one cut off inside llama.cpp aborts the process.
            return stopped.is_set() or not threading.main_thread().is_alive()

        def work() -> None:
            try:
                engine.handle_chat_completions(request, receive)
            except (RuntimeError, ValueError) as error:
                chunks.put({"error": {"message": str(error)}})
            finally:
                self._turnstile.release()
                chunks.put(None)

        threading.Thread(target=work, name="llm").start()
        try:
            yield from _read(self._until_end(chunks), self._name)
        finally:
            stopped.set()

    def _until_end(self, chunks: queue.SimpleQueue[Any]) -> Iterator[Mapping[str, Any]]:
        while True:
            try:
                chunk = chunks.get(timeout=self._timeout_s)
            except queue.Empty:
                raise ModelError(
                    f"language model {self._name} gave no sign of life for {self._timeout_s:g} s; "
                    "raise `llm_timeout_s`, or use a smaller model"
                ) from None
            if chunk is None:
                return
            yield chunk


def _read(chunks: Iterator[Mapping[str, Any]], name: str) -> Iterator[Piece]:
    """Pieces of text, then one empty piece with the whole report."""
    report: dict[str, Any] = {}
    first = True
    for chunk in chunks:
        if "error" in chunk:
            raise ModelError(f"language model {name} refused the request: {_refusal(chunk['error'])}")
        report |= {key: chunk[key] for key in ("usage", "timings") if key in chunk}
        for choice in chunk.get("choices", ()):
            if choice.get("finish_reason"):
                report["finish_reason"] = choice["finish_reason"]
            if text := choice.get("delta", {}).get("content"):
                yield Piece(text, {}, _likely(choice) if first else ())
                first = False
    yield Piece("", report)


def _likely(choice: Mapping[str, Any]) -> tuple[LogProb, ...]:
    content = (choice.get("logprobs") or {}).get("content") or ()
    return tuple(
        LogProb(token=each["token"], logprob=each["logprob"]) for place in content[:1] for each in place["top_logprobs"]
    )


def _refusal(error: Any) -> str:
    message = str(error.get("message", error) if isinstance(error, Mapping) else error)
    if isinstance(error, Mapping) and error.get("type") == "exceed_context_size_error":
        return (
            f"the prompt has {error.get('n_prompt_tokens')} tokens, the context window {error.get('n_ctx')}; "
            "raise `llm_context_tokens` or lower `evidence_chars`"
        )
    return " ".join(message.split())[:200]


def _start_engine(path: Path, context_tokens: int, threads: int) -> Engine:
    """llama.cpp's server. It insists on listening: on loopback only, on a free port, with a random key."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    # One request at a time is answered, but the beginnings of several prompts are kept: llama.cpp takes the place
    # ("slot") whose last prompt begins most like the new one.
    params.n_parallel = _PROMPTS_KEPT
    params.n_ctx = _PROMPTS_KEPT * context_tokens
    params.n_batch = params.n_ubatch = _READ_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.warmup = False
    params.cache_ram_mib = 0  # earlier prompts are not kept: 8 GiB by default
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [secrets.token_urlsafe(32)]
    params.n_threads_http = 1
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = ""
    params.offline = True
    params.verbosity = -1
    try:
        engine: Engine = xllamacpp.Server(params)
    except RuntimeError:
        raise ModelDamaged(
            f"language model {path} cannot be loaded: cut short, not a chat model, or too large for the memory; "
            "set `llm_path` to another .gguf file, or leave it empty"
        ) from None
    return engine
