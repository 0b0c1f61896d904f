"""The language model that settings name, as a LlamaIndex ``LLM``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings


def open_llm(settings: Settings) -> LLM | None:
    """The model that phrases answers; None for ``extractive``.

    Raises:
        ModelError: the model is missing, damaged or cannot be reached; one line.
    """
    raise NotImplementedError
