"""The embedding model as a cross-encoder: it reads a question and a sentence together and says how far one answers.

Two vectors made apart cannot tell the clause that answers from the one on the same subject that does
not; a cross-encoder can (Nogueira, Cho: "Passage Re-ranking with BERT", 2019). No model of that kind
comes with the product, so the embedding model itself is taught it by low-rank updates of its upper
layers (Hu et al.: "LoRA", ICLR 2022), which are small enough to be shipped: ``cross_encoder.npz``,
learned by ``benchmarks/fit_cross_encoder.py``. They fit that one model; with another there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.turnstile import Turnstile

SHIPPED = Path(__file__).with_name("cross_encoder.npz")
MAX_TOKENS = 192
"""Of question and sentence together; the sentence is cut."""
_BATCH = 8


class AdaptedCrossEncoder:
    """The transformer of an embedding model with low-rank updates and one output."""

    def __init__(self, tokenizer: Any, transformer: Any, updates: Mapping[str, np.ndarray]) -> None:
        """Take what the embedding model is made of, which stays as it is, and the updates."""
        self._tokenizer = tokenizer
        self._model = _adapted(transformer, updates)
        self._weight, self._bias = updates["head.weight"][0].astype(np.float32), float(updates["head.bias"][0])
        self._turnstile = Turnstile()

    def read(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Log odds that each sentence answers the question; sentences of like length are read together."""
        odds = np.zeros(len(sentences))
        order = sorted(range(len(sentences)), key=lambda at: (len(sentences[at]), sentences[at]))
        with self._turnstile:
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                odds[batch] = self._odds(question, [sentences[at] for at in batch])
        return odds.tolist()

    def _odds(self, question: str, sentences: Sequence[str]) -> np.ndarray:
        import torch

        encoded = paired(self._tokenizer, [question] * len(sentences), sentences)
        with torch.inference_mode():
            states = self._model(**encoded).last_hidden_state.float()
        found = summed_up(states, encoded["attention_mask"]).numpy() @ self._weight + self._bias
        return np.asarray(found, dtype=np.float64)


def paired(tokenizer: Any, questions: Sequence[str], sentences: Sequence[str]) -> Any:
    """Questions each with a sentence, as the transformer takes them."""
    return tokenizer(
        list(questions),
        list(sentences),
        padding=True,
        truncation="only_second",
        max_length=MAX_TOKENS,
        return_tensors="pt",
    )


def summed_up(states: Any, attention_mask: Any) -> Any:
    """The first state beside the mean of all, ``(n, 2 * width)``, of states ``(n, tokens, width)``."""
    import torch

    mask = attention_mask[..., None].float()
    return torch.cat([states[:, 0], (states * mask).sum(1) / mask.sum(1)], -1)


def open_cross_encoder(tokenizer: Any, transformer: Any, file: Path = SHIPPED) -> AdaptedCrossEncoder | None:
    """The cross-encoder that belongs to an embedding model; None where the updates were learned with another one."""
    with np.load(file, allow_pickle=False) as stored:
        if str(stored["model"]) != identity(transformer):
            return None
        return AdaptedCrossEncoder(tokenizer, transformer, {name: stored[name] for name in stored.files})


def identity(transformer: Any) -> str:
    """Hash of a sample of a transformer's weights, the same in float32 and in bfloat16; "" for another architecture."""
    import torch

    try:
        words, last = transformer.embeddings.word_embeddings.weight, transformer.encoder.layer[-1].output.dense.weight
    except AttributeError:
        return ""
    digest = hashlib.sha256()
    for weights in (words[::5003], last):
        digest.update(weights.detach().to(torch.bfloat16).view(torch.int16).contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _adapted(transformer: Any, updates: Mapping[str, np.ndarray]) -> Any:
    """A copy that shares the word embeddings; ``NAME.a (r, in)`` and ``NAME.b (out, r)`` are added to its weights."""
    import torch

    words = transformer.embeddings
    model = deepcopy(transformer, {id(words): words})
    weights = dict(model.named_parameters())
    with torch.no_grad():
        for name, a in updates.items():
            if name.endswith(".a"):
                weight = weights[f"{name[:-2]}.weight"]
                b = updates[f"{name[:-2]}.b"].astype(np.float32)
                added = torch.from_numpy(b @ a.astype(np.float32))
                weight.copy_((weight.float() + added).to(weight.dtype))
    return model.eval()
