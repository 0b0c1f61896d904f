"""A chatbot of fakes over a real index: the whole path of a run in seconds, without weights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage

    from rag.chatbot import Chatbot
    from rag.settings import Settings

_CLAUSE = re.compile(r"^\[1\] [^：]*：(.*)$", re.MULTILINE)


def open_dry(settings: Settings) -> Chatbot:
    """A chatbot whose embedder hashes and whose language model repeats its first clause.

    Raises:
        IndexMissing: nothing was ingested yet.
    """
    from rag.chatbot import Chatbot
    from rag.index import Index
    from rag.testing import HashEmbedder, ScriptedLLM

    index = Index.open(settings.index)
    dimension = index.snapshot().store.manifest().dimension
    changes = {
        "llm": "local",
        "llm_path": Path("dry-run"),  # what the run says of its language model
        "embedding": "hash",
        "answer_threshold": 0.0,  # hashes never convince
    }
    dry = settings.model_copy(update=changes)
    return Chatbot(dry, index, lambda: HashEmbedder(dimension), lambda: ScriptedLLM(first_clause))


def first_clause(messages: Sequence[ChatMessage]) -> str:
    """The first clause of the prompt, cited; what the dry run's language model replies."""
    match = _CLAUSE.search(str(messages[-1].content))
    return f"{match[1].strip()}[1]" if match else ""
