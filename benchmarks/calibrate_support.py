r"""Fit the weights of ``rag/support.py``: does what was found answer the question?

Takes reading-comprehension sets in SQuAD format (CMRC 2018, PolicyQA …). Each passage becomes a
document; each sampled question is asked twice, once of all passages and once with its own passage
out of scope, so half the questions have no answer. Prints features' means, the fitted weights,
accuracy at 0.5, AUC and expected calibration error by five-fold cross-validation.

    python benchmarks/calibrate_support.py cmrc2018_dev.json dev.json --questions 400 \\
        --set eval/sets/samples.jsonl --index var/index

With ``--set`` the cases of an evaluation set that are not tagged ``heldout`` are added, asked of
the index they belong to; the heldout ones are only measured.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.question_sets import squad  # noqa: E402 - after the path is set
from eval.cases import load_set  # noqa: E402
from rag.evidence import rank_sentences  # noqa: E402
from rag.index import Index, Snapshot  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402 - after the path is set
from rag.plan import make_plan  # noqa: E402
from rag.retrieve import retrieve  # noqa: E402
from rag.settings import Settings, load_settings  # noqa: E402
from rag.support import Features, features  # noqa: E402
from rag.types import Scope  # noqa: E402

_SENTENCE_HITS = 6


def measure(
    snapshot: Snapshot, embedder: Embedder, question: str, scope: Scope, settings: Settings
) -> tuple[Features, str]:
    """Features of one question, and the source of the best hit."""
    query = embedder.embed_query(question)
    hits = retrieve(snapshot, question, query, scope, 10, settings)
    sentences = rank_sentences(snapshot, embedder, question, query, hits[:_SENTENCE_HITS])
    return features(snapshot, question, hits, sentences), hits[0].source if hits else ""


def main() -> None:
    """Measure, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--set", dest="cases", type=Path, help="an evaluation set")
    parser.add_argument("--index", type=Path, help="the index that --set belongs to")
    parser.add_argument("--questions", type=int, default=300, help="sampled from each set")
    parser.add_argument("--passages", type=int, default=400, help="kept of each set, those of the questions first")
    arguments = parser.parse_args()
    settings = load_settings()
    embedder = open_embedder(settings)
    rows: list[tuple[float, ...]] = []
    labels: list[int] = []
    for path in arguments.sets:
        given = squad(path, settings.chunk_tokens, lambda text: embedder.count_tokens([text])[0])
        kept = random.Random(0).sample(given.files, min(arguments.passages, len(given.files)))
        sources = {file.source for file in kept}
        own = [(question, source) for question, keys in given.questions for source, _ in keys if source in sources]
        questions = random.Random(1).sample(own, min(arguments.questions, len(own)))
        with tempfile.TemporaryDirectory() as folder:
            index = Index.open(Path(folder), embedder=embedder, chunk_tokens=settings.chunk_tokens, create=True)
            with index.writer() as writer:
                for file in kept:
                    writer.put(file)
            snapshot = index.snapshot()
            ids = {document.source: document.doc_id for document in snapshot.documents()}
            first = 0
            for question, source in questions:
                with_answer, best = measure(snapshot, embedder, question, Scope(), settings)
                without, _ = measure(snapshot, embedder, question, Scope(without=(ids[source],)), settings)
                first += best == source
                rows += [astuple(with_answer), astuple(without)]
                labels += [1, 0]
        sys.stdout.write(f"{path.name}: {len(questions)} questions, own passage first {first / len(questions):.3f}\n")
        sys.stdout.flush()
    held: list[tuple[tuple[float, ...], int]] = []
    if arguments.cases:
        snapshot = Index.open(arguments.index).snapshot()
        for case in load_set(arguments.cases).cases:
            plan = make_plan(snapshot, case.question, Scope())
            if case.history or plan.located or plan.missing:
                continue
            row = astuple(measure(snapshot, embedder, case.question, plan.scope, settings)[0])
            if "heldout" in case.tags:
                held.append((row, int(case.answerable)))
            else:
                rows.append(row)
                labels.append(int(case.answerable))
    model = _fit(np.array(rows), np.array(labels))
    if held:
        chance = model.predict_proba(np.array([row for row, _ in held]))[:, 1]
        truth = np.array([label for _, label in held])
        for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
            sys.stdout.write(
                f"heldout at {threshold}: false refusals {(chance[truth == 1] < threshold).mean():.3f}  "
                f"false answers {(chance[truth == 0] >= threshold).mean():.3f}\n"
            )


def _fit(rows: np.ndarray, labels: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    names = [field.name for field in fields(Features)]
    for name, answered, not_answered in zip(names, rows[labels == 1].mean(0), rows[labels == 0].mean(0), strict=True):
        sys.stdout.write(f"{name:18} answered {answered:.3f}  not {not_answered:.3f}\n")
    model = LogisticRegression(C=100.0, max_iter=2000)
    probabilities = cross_val_predict(model, rows, labels, cv=5, method="predict_proba")[:, 1]
    model.fit(rows, labels)
    bins = np.minimum((probabilities * 10).astype(int), 9)
    ece = sum(
        (bins == b).mean() * abs(labels[bins == b].mean() - probabilities[bins == b].mean())
        for b in range(10)
        if (bins == b).any()
    )
    sys.stdout.write(
        f"AUC {roc_auc_score(labels, probabilities):.3f}  ECE {ece:.3f}  "
        f"accuracy at 0.5 {((probabilities > 0.5) == labels).mean():.3f}\n"
        f"INTERCEPT = {model.intercept_[0]:.2f}\n"
        + "\n".join(f"{name} = {weight:.2f}" for name, weight in zip(names, model.coef_[0], strict=True))
        + "\n"
    )
    return model


if __name__ == "__main__":
    main()
