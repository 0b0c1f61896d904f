"""The language model that settings name, as a LlamaIndex ``LLM``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings


def open_llm(settings: Settings) -> LLM | None:
    """The model that phrases answers, loaded; None for ``extractive``.

    Raises:
        ModelError: the model is missing, damaged or not fully named; one line.
        MissingExtra: ``openai`` is set and its package is not installed.
    """
    if settings.llm == "extractive":
        return None
    if settings.llm == "openai":
        from rag.models.llm_openai import EndpointLLM

        return EndpointLLM.open(settings)
    from rag.models.llm_local import LocalLLM
    from rag.models.weights.gguf import check_gguf, find_whole
    from rag.models.weights.qwen import QWEN

    path = find_whole(QWEN, settings.models) if settings.llm_path is None else check_gguf(settings.llm_path)
    return LocalLLM(
        path,
        context_tokens=settings.llm_context_tokens,
        max_tokens=settings.llm_max_tokens,
        threads=settings.llm_threads,
        timeout_s=settings.llm_timeout_s,
    )
