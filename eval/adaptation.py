"""Learning a query adapter from questions with known clauses, and measuring it on questions held out.

Loss: softmax cross-entropy of a question's clauses against hard negatives (the clauses nearest to
the turned questions) and random ones, with a quadratic penalty that keeps the map near the identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eval.statistics import Interval, difference_interval
from rag.models.embedding import Vectors
from rag.models.query_adapter import QueryAdapter

if TYPE_CHECKING:
    from eval.gold import Located
    from rag.index import Snapshot
    from rag.models.embedding import Embedder

FOLDS = 5
MIN_EXAMPLES = 50
"""With fewer questions there is nothing to learn from."""
_TEMPERATURE = 0.03
_PENALTY = 1e-3
_RATE = 2e-3
_STEPS = 300
_BATCH = 128
_HARD, _RANDOM = 60, 2000
_REFRESH_STEPS = 20

Rows = npt.NDArray[np.int64]
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question and where its clauses stand among the passages."""

    query: Vectors
    """Unit vector, shape ``(dimension,)``."""
    positives: Rows
    """Rows of the passages of all its clauses; never empty."""
    group: Group
    """Questions of one group are never on both sides of a fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Mean reciprocal rank of a question's first passage, before and after, over questions held out."""

    before: float
    after: float
    interval: Interval
    """Of the difference, questions of one group taken as alike."""
    questions: int


def passages_of(snapshot: Snapshot) -> tuple[Vectors, dict[tuple[str, str], Rows]]:
    """The vectors of all chunks, and for each (doc_id, section id) the rows of its chunks."""
    ids = snapshot.lexical.ids()
    rows: dict[tuple[str, str], list[int]] = {}
    chunks = snapshot.chunks(ids.tolist())
    for row, chunk_id in enumerate(ids.tolist()):
        chunk = chunks[chunk_id]
        rows.setdefault((chunk.doc_id, chunk.chunk.section), []).append(row)
    return snapshot.vectors(ids.tolist()), {key: np.array(value, dtype=np.int64) for key, value in rows.items()}


def examples_of(
    located: Iterable[Located], snapshot: Snapshot, embedder: Embedder, rows: Mapping[tuple[str, str], Rows]
) -> tuple[Example, ...]:
    """The answerable cases of a set as examples: their gold sections, with all that stands below them."""
    examples = []
    for one in located:
        places = [(place.doc_id, place.path) for gold in one.gold for place in gold.places]
        found = [
            rows[doc_id, section.id]
            for doc_id, path in dict.fromkeys(places)
            for section in snapshot.sections(doc_id)
            if section.path[: len(path)] == path and (doc_id, section.id) in rows
        ]
        if one.case.answerable and found:
            query = embedder.embed_query(one.case.question)
            group = (places[0][0], *places[0][1])
            examples.append(Example(query, np.unique(np.concatenate(found)), group))
    return tuple(examples)


def learn(examples: Sequence[Example], passages: Vectors, fingerprint: str, *, seed: int = 0) -> QueryAdapter:
    """The adapter of these examples; ``passages`` are unit vectors, shape ``(m, dimension)``. Deterministic."""
    import torch
    from torch.nn.functional import normalize

    texts = torch.tensor(passages)
    queries = torch.tensor(np.stack([one.query for one in examples]))
    matrix = torch.zeros(passages.shape[1], passages.shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([matrix], lr=_RATE)
    chance = torch.Generator().manual_seed(seed)
    hard = torch.empty(0)
    for step in range(_STEPS):
        if step % _REFRESH_STEPS == 0:
            with torch.no_grad():
                near = normalize(queries + queries @ matrix, dim=1) @ texts.T
                hard = near.topk(min(_HARD, len(texts)), dim=1).indices
        batch = torch.randperm(len(examples), generator=chance)[:_BATCH]
        right = [torch.tensor(examples[at].positives) for at in batch.tolist()]
        some = torch.randint(0, len(texts), (min(_RANDOM, len(texts)),), generator=chance)
        shown = torch.unique(torch.cat([hard[batch].flatten(), some, *right]))
        wanted = torch.zeros(len(batch), len(shown))
        for row, rows in enumerate(right):
            wanted[row, torch.searchsorted(shown, rows)] = 1 / len(rows)
        turned = normalize(queries[batch] + queries[batch] @ matrix, dim=1)
        logs = torch.log_softmax(turned @ texts[shown].T / _TEMPERATURE, dim=1)
        loss = _PENALTY * (matrix**2).sum() - (wanted * logs).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return QueryAdapter(fingerprint, matrix.detach().numpy())


def folds(examples: Sequence[Example], *, count: int = FOLDS, seed: int = 0) -> tuple[Rows, ...]:
    """Rows of the examples in each fold; a group stays together."""
    groups = sorted({one.group for one in examples})
    place = dict(zip(groups, (np.random.default_rng(seed).permutation(len(groups)) % count).tolist(), strict=True))
    return tuple(
        np.array([row for row, one in enumerate(examples) if place[one.group] == fold], dtype=np.int64)
        for fold in range(count)
    )


def learned_without(examples: Sequence[Example], held: Rows, passages: Vectors, fingerprint: str) -> QueryAdapter:
    """The adapter of all examples but those held out."""
    out = set(held.tolist())
    return learn([one for row, one in enumerate(examples) if row not in out], passages, fingerprint)


def cross_validated(examples: Sequence[Example], passages: Vectors, fingerprint: str) -> Gain:
    """What an adapter gains on questions that it was not learned from."""
    before: list[float] = []
    after: list[float] = []
    groups: list[Group] = []
    for held in folds(examples):
        if not len(held) or len(held) == len(examples):
            continue
        adapter = learned_without(examples, held, passages, fingerprint)
        queries = np.stack([examples[row].query for row in held])
        positives = [examples[row].positives for row in held]
        before += _reciprocal_ranks(queries, positives, passages)
        after += _reciprocal_ranks(adapter.apply(queries), positives, passages)
        groups += [examples[row].group for row in held]
    return Gain(
        before=float(np.mean(before)),
        after=float(np.mean(after)),
        interval=difference_interval([b - a for a, b in zip(before, after, strict=True)], groups),
        questions=len(before),
    )


def _reciprocal_ranks(queries: Vectors, positives: Iterable[Rows], passages: Vectors) -> list[float]:
    found = []
    for query, rows in zip(queries, positives, strict=True):
        cosines = passages @ query
        found.append(1 / (1 + int((cosines > cosines[rows].max()).sum())))
    return found
