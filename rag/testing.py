"""Fakes that stand in for the two models: instant, deterministic, without weights or network.

Used by the tests and by ``eval --dry-run``.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from pydantic import PrivateAttr

from rag.normalize import tokens

Reply = str | Exception
Script = Sequence[Reply] | Callable[[Sequence[ChatMessage]], Reply]


class HashEmbedder:
    """An ``Embedder`` whose vectors are hashed bags of lexical tokens: shared words, higher cosine."""

    def __init__(self, dimension: int = 64, max_tokens: int = 512) -> None:
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.passages_embedded = 0
        """How many passages were embedded so far, to prove that unchanged chunks are not."""
        self.reads: Callable[[str, str], float] | None = None
        """Question and sentence → log odds, where a test lets it read."""

    @property
    def fingerprint(self) -> str:
        """Identity that an index manifest records."""
        return f"hash-{self.dimension}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lexical tokens of each text, Chinese characters counted once."""
        return [sum(1 for token in tokens(text) if len(token) == 1 or token[0] < "㐀") for text in texts]

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        """Unit vector of shape ``(dimension,)``; all zeros where the text has no token."""
        vector = np.zeros(self.dimension, dtype=np.float32)
        for token in tokens(text):
            digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "little")
            vector[number % self.dimension] += 1.0 if number >> 63 else -1.0
        norm = float(np.linalg.norm(vector))
        return vector / np.float32(norm) if norm else vector

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Unit vectors of shape ``(len(texts), dimension)``; ``progress(done, total)`` is called once."""
        self.passages_embedded += len(texts)
        if progress is not None and texts:
            progress(len(texts), len(texts))
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self.embed_query(text) for text in texts])

    def read(self, question: str, sentences: Sequence[str]) -> list[float] | None:
        """Log odds from ``reads``, or None: hashes tell nothing."""
        return None if self.reads is None else [self.reads(question, sentence) for sentence in sentences]


class ScriptedLLM(CustomLLM):
    """A language model that answers from a script and keeps every prompt it was given.

    ``script`` is a list, used up one reply a call, or a function of the messages. A reply that is
    an exception is raised instead of answered. Replies stream in pieces of ``piece_chars``.
    ``fail_after`` raises ``failure`` after so many pieces; ``delay_s`` sleeps before each piece;
    with ``gate`` the stream waits, after its first piece, until the event is set.
    """

    _script: Script = PrivateAttr()
    _prompts: list[tuple[ChatMessage, ...]] = PrivateAttr(default_factory=list)
    _options: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _piece_chars: int = PrivateAttr()
    _fail_after: int | None = PrivateAttr()
    _failure: Exception = PrivateAttr()
    _delay_s: float = PrivateAttr()
    _gate: threading.Event | None = PrivateAttr()
    _cancelled: int = PrivateAttr(default=0)

    def __init__(
        self,
        script: Script = (),
        *,
        piece_chars: int = 4,
        fail_after: int | None = None,
        failure: Exception | None = None,
        delay_s: float = 0.0,
        gate: threading.Event | None = None,
    ) -> None:
        super().__init__()
        self._script = script if callable(script) else list(script)
        self._piece_chars = piece_chars
        self._fail_after = fail_after
        self._failure = failure or RuntimeError("scripted failure")
        self._delay_s = delay_s
        self._gate = gate

    @property
    def prompts(self) -> list[tuple[ChatMessage, ...]]:
        """The messages of every call, in order."""
        return self._prompts

    @property
    def options(self) -> list[dict[str, Any]]:
        """The keyword arguments of every call, in order."""
        return self._options

    @property
    def cancelled(self) -> int:
        """How many streams were closed before their end."""
        return self._cancelled

    @property
    def metadata(self) -> LLMMetadata:
        """A small chat model named ``scripted``."""
        return LLMMetadata(model_name="scripted", context_window=4096, num_output=320, is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The next reply, whole."""
        text = "".join(self._pieces(messages, kwargs))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The next reply, in pieces."""

        def stream() -> ChatResponseGen:
            text = ""
            for piece in self._pieces(messages, kwargs):
                text += piece
                message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                yield ChatResponse(message=message, delta=piece)

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """As ``chat`` with ``prompt`` as the one user message."""
        text = "".join(self._pieces([ChatMessage(role=MessageRole.USER, content=prompt)], kwargs))
        return CompletionResponse(text=text)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """As ``stream_chat`` with ``prompt`` as the one user message."""

        def stream() -> CompletionResponseGen:
            text = ""
            for piece in self._pieces([ChatMessage(role=MessageRole.USER, content=prompt)], kwargs):
                text += piece
                yield CompletionResponse(text=text, delta=piece)

        return stream()

    def _next_reply(self, messages: Sequence[ChatMessage]) -> str:
        if callable(self._script):
            reply = self._script(messages)
        elif self._script:
            reply = self._script[0]
            self._script = self._script[1:]
        else:
            raise AssertionError(f"the script has no reply left for call {len(self._prompts)}")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _pieces(self, messages: Sequence[ChatMessage], options: dict[str, Any]) -> Generator[str, None, None]:
        self._prompts.append(tuple(messages))
        self._options.append(options)
        reply = self._next_reply(messages)
        try:
            for number, start in enumerate(range(0, len(reply), self._piece_chars)):
                if number == self._fail_after:
                    raise self._failure
                if number and self._gate is not None:
                    self._gate.wait()
                if self._delay_s:
                    time.sleep(self._delay_s)
                yield reply[start : start + self._piece_chars]
        except GeneratorExit:
            self._cancelled += 1
            raise
