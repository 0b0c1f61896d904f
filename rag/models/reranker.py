"""An optional cross-encoder that reads question and clause together, by name or folder.

Slow on a processor, so it is asked only where the order is in doubt and as long as time lasts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import ModelDamaged, ModelMissing
from rag.models.machine import physical_cores
from rag.models.turnstile import Turnstile

if TYPE_CHECKING:
    from rag.settings import Settings


class Reranker(Protocol):
    """Scores clauses against a question; safe to use from several threads."""

    @property
    def name(self) -> str:
        """What an evaluation run records."""

    def scores(self, question: str, clauses: Sequence[str]) -> list[float]:
        """A score in [0, 1] for each clause, higher where it answers better."""


class CrossEncoderReranker:
    """A Sentence-Transformers ``CrossEncoder`` with one output."""

    def __init__(self, name: str) -> None:
        """Load the model of that name or folder; nothing is fetched.

        Raises:
            ModelMissing: it is not on this machine.
            ModelDamaged: it cannot be loaded, or has several outputs.
        """
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
        self.name = name
        self._turnstile = Turnstile()
        self._model = _loaded(name)

    def scores(self, question: str, clauses: Sequence[str]) -> list[float]:
        """The model's output through a sigmoid."""
        import torch

        with self._turnstile:
            found = self._model.predict(
                [(question, clause) for clause in clauses],
                activation_fn=torch.nn.Sigmoid(),
                batch_size=max(1, len(clauses)),
                show_progress_bar=False,
            )
        return [float(value) for value in found]


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker that ``settings.reranker`` names; None where it is empty.

    Raises:
        ModelMissing: it is not on this machine.
        ModelDamaged: it cannot be used.
    """
    return CrossEncoderReranker(settings.reranker) if settings.reranker else None


def _loaded(name: str) -> Any:
    import torch
    from sentence_transformers import CrossEncoder

    torch.set_num_threads(physical_cores())
    if Path(name).is_absolute() and not Path(name).exists():
        raise ModelMissing(
            f"reranker {name} does not exist; set `reranker` to a CrossEncoder folder, or leave it empty"
        )
    try:
        model = CrossEncoder(name, device="cpu", local_files_only=True)
    except (OSError, ValueError, LookupError, RuntimeError, ImportError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelMissing(
            f"reranker {name} cannot be loaded from this machine ({reason}); "
            "set `reranker` to a folder that holds a Sentence-Transformers CrossEncoder, or leave it empty"
        ) from None
    if model.num_labels != 1:
        raise ModelDamaged(f"reranker {name} has {model.num_labels} outputs; one is needed")
    return model
