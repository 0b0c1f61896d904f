r"""Fit the weights by which ``rag/evidence.py`` ranks the sentences of a question's best sections.

Takes evaluation sets whose cases quote the sentence that answers them, each with its index, and SQuAD
files with theirs made on the way. For every question the sentences of the six best sections are
described; a conditional logit (McFadden, 1973) learns which of them overlaps the gold quote. Prints, by
set, how often the first sentence does, with the present weights and with the fitted ones, the latter by
five-fold cross-validation over documents, then the weights fitted on everything; then the same for the
weight of what the cross-encoder made of them.

    python benchmarks/fit_sentences.py --set eval/sets/samples.jsonl --index var/index \\
        --squad cmrc2018_dev.json --questions 350

Cases tagged ``unseen`` are left out.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.question_sets import squad  # noqa: E402 - after the path is set
from eval.cases import load_set  # noqa: E402
from rag.chatbot import Chatbot  # noqa: E402
from rag.evidence import READ_WEIGHTS, WEIGHTS, Bearing, rank_sentences  # noqa: E402
from rag.index import Index  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402
from rag.settings import Settings, load_settings  # noqa: E402
from rag.types import Question  # noqa: E402

Span = tuple[int, int]
_FOLDS = 5
_SECTIONS = 6
_RIDGE = 0.5


@dataclass(frozen=True)
class Example:
    """The sentences of one question: features ``(n, f)``, which of them overlap the gold, and its document."""

    name: str
    document: str
    features: np.ndarray
    gold: np.ndarray
    read: np.ndarray | None
    """What reading them together with the question gave, ``(n,)``."""


def examples(
    name: str, bot: Chatbot, asked: Sequence[tuple[str, Callable[[str, str], list[Span]]]]
) -> Iterator[Example]:
    """Questions whose gold is among the sentences; a question brings (source, file text) → gold spans."""
    snapshot = bot.index.snapshot()
    for question, gold_of in asked:
        hits, _ = bot.search(Question(text=question), 10)
        query = bot.embedder.embed_query(question)
        sentences = rank_sentences(snapshot, bot.embedder, question, query, hits[:_SECTIONS])
        features = np.array([astuple(sentence.bearing) for sentence in sentences])
        spans = {hit.doc_id: gold_of(hit.source, snapshot.file_text(hit.doc_id)) for hit in hits}
        gold = np.array([any(s.start < b and a < s.end for a, b in spans[s.hit.doc_id]) for s in sentences])
        if gold.any():
            read = np.array([s.read for s in sentences]) if sentences[0].read is not None else None
            yield Example(name, sentences[int(np.argmax(gold))].hit.source, features, gold, read)


def of_set(path: Path, index: Path, settings: Settings, embedder: Embedder) -> Iterator[Example]:
    """Examples of an evaluation set; lists and comparisons have no one sentence."""
    bot = Chatbot(settings, Index.open(index), lambda: embedder, lambda: None)
    asked = []
    for case in load_set(path).cases:
        one_sentence = case.type not in ("list", "comparison", "procedure", "address")
        if case.answerable and case.quote and one_sentence and not case.history and "unseen" not in case.tags:
            sources = {section.document for section in case.sections}
            asked.append(
                (
                    case.question,
                    lambda source, text, q=case.quote, own=sources: _places(q, text) if source in own else [],
                )
            )
    return examples(path.stem, bot, asked)


def of_squad(path: Path, count: int, settings: Settings, embedder: Embedder) -> Iterator[Example]:
    """Examples of a reading-comprehension set: the sentence that holds the answer."""
    given = squad(path, settings.chunk_tokens, lambda text: embedder.count_tokens([text])[0])
    rows = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                rows.append((qa["question"], paragraph["context"], [a["text"] for a in qa["answers"]]))
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder), embedder=embedder, chunk_tokens=settings.chunk_tokens, create=True)
        with index.writer() as writer:
            for file in given.files:
                writer.put(file)
        asked = [
            (q, lambda _, text, c=context, a=answers: [p for one in a for p in _places(one, text)] if c in text else [])
            for q, context, answers in random.Random(0).sample(rows, min(count, len(rows)))
        ]
        yield from examples(path.stem, Chatbot(settings, index, lambda: embedder, lambda: None), asked)


def fit(given: Sequence[Example]) -> np.ndarray:
    """Weights ``(f,)`` that make the gold sentences most probable, with a ridge penalty on features of equal spread."""
    from scipy.optimize import minimize

    spread = np.concatenate([one.features for one in given]).std(0) + 1e-9

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = _RIDGE * float(weights @ weights), 2 * _RIDGE * weights
        for one in given:
            scaled = one.features / spread
            scores = scaled @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            right = chances * one.gold
            total -= float(np.log(right.sum() + 1e-12))
            slope = slope - scaled.T @ (right / (right.sum() + 1e-12) - chances)
        return total, slope

    return np.asarray(minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x) / spread


def first_right(given: Sequence[Example], weights: np.ndarray) -> list[bool]:
    """Whether the first sentence of each question is gold."""
    return [bool(one.gold[int(np.argmax(one.features @ weights))]) for one in given]


def main() -> None:
    """Describe, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--set", dest="sets", action="append", type=Path, default=[], help="an evaluation set; repeatable"
    )
    parser.add_argument(
        "--index", dest="indexes", action="append", type=Path, default=[], help="the index of each --set"
    )
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a set in SQuAD format; repeatable")
    parser.add_argument("--questions", type=int, default=350, help="sampled from each SQuAD set (seed 0)")
    arguments = parser.parse_args()
    if len(arguments.sets) != len(arguments.indexes):
        parser.error("give one --index for each --set")
    settings = load_settings({"llm": "extractive"})
    embedder = open_embedder(settings)
    given: list[Example] = []
    for path, index in zip(arguments.sets, arguments.indexes, strict=True):
        given += of_set(path, index, settings, embedder)
    for path in arguments.squad:
        given += of_squad(path, arguments.questions, settings, embedder)
    documents = sorted({one.document for one in given})
    random.Random(0).shuffle(documents)
    fold = {document: at % _FOLDS for at, document in enumerate(documents)}
    present = np.array(astuple(WEIGHTS))
    weights = report("sentences apart", given, present, fold)
    for field, weight in zip(fields(Bearing), weights, strict=True):
        sys.stdout.write(f"{field.name:12} {weight:8.2f}\n")
    read = [replace(one, features=np.c_[one.features @ present, one.read]) for one in given if one.read is not None]
    if read:
        sys.stdout.write(f"READ_WEIGHTS {report('read together', read, np.array(READ_WEIGHTS), fold).round(2)}\n")


def report(title: str, given: Sequence[Example], present: np.ndarray, fold: Mapping[str, int]) -> np.ndarray:
    """Print how often the first sentence is right, by set; the weights fitted on everything."""
    held: dict[str, list[bool]] = {}
    for k in range(_FOLDS):
        weights = fit([one for one in given if fold[one.document] != k])
        for one in (one for one in given if fold[one.document] == k):
            held.setdefault(one.name, []).extend(first_right([one], weights))
    sys.stdout.write(f"{title}\n")
    for name, right in held.items():
        now = np.mean(first_right([one for one in given if one.name == name], present))
        sys.stdout.write(f"  {name:20} {len(right):4} first right: now {now:.3f}  fitted {np.mean(right):.3f}\n")
    return fit(given)


def _places(words: str, text: str) -> list[Span]:
    found, at = [], text.find(words)
    while at >= 0:
        found.append((at, at + len(words)))
        at = text.find(words, at + 1)
    return found


if __name__ == "__main__":
    main()
