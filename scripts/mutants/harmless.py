"""Ten changes that make no build worse, and that the gate shall let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from eval.system import System
from prompts import Prompt
from scripts.mutants.documents import backwards
from scripts.mutants.variants import Variant, over_index, prompted, settings_of
from scripts.mutants.workshop import Workshop


def embedded_anew(variant: str, **settings: Any) -> Callable[[Workshop], Any]:
    """Clauses and questions embedded again, with settings that bear on speed and rounding only."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        embedder = shop.embedder_of(shop.settings.model_copy(update=settings), variant)
        with shop.other_index(embedder=embedder) as index:
            yield shop.bot(index=index, embedder=embedder)

    return make


@contextmanager
def one_thread(shop: Workshop) -> Iterator[System]:
    """Vectors computed on one thread."""
    import torch

    torch.set_num_threads(1)  # for good: a variant has a process of its own
    with embedded_anew("one thread")(shop) as bot:
        yield bot


@contextmanager
def more_candidates(shop: Workshop) -> Iterator[System]:
    """A third more candidates."""
    yield shop.bot(candidates=shop.settings.candidates * 4 // 3)


def _laid_out_anew(prompt: Prompt) -> Prompt:
    """The same words with Windows line ends and a line between paragraphs."""
    return replace(prompt, system=prompt.system.replace("\n", "\r\n\r\n"), hash="layout")


HARMLESS = (
    Variant("asked-again", "the same build, asked again", settings_of()),
    Variant("rebuilt", "index built again", over_index()),
    Variant("reordered", "later documents added first", over_index(folders=backwards)),
    Variant("batch", "another batch size for embedding", embedded_anew("batch of 3", embedding_batch=3)),
    Variant("threads", "vectors computed on one thread", one_thread),
    Variant("dtype", "vectors computed in float32", embedded_anew("float32", embedding_dtype="float32")),
    Variant("more-candidates", "a third more candidates for ranking", more_candidates),
    Variant(
        "page-settings", "port, language of the page, upload size", settings_of(port=9999, language="zh", upload_mb=9)
    ),
    Variant("patience", "longer time-outs and more tries", settings_of(llm_timeout_s=99.0, openai_retries=5)),
    Variant("prompt-layout", "prompt files laid out anew", prompted(_laid_out_anew), needs_model=True),
)
