r"""Fit the weights of ``rag/relevance.py`` on question sets, and its calibration on questions with and without answer.

    python benchmarks/fit_relevance.py squad:cmrc2018_dev.json stard:STARD_FOLDER obliqa:OBLIQA_FOLDER \
        --work var/bench --questions 600

Each set's index is taken from ``--work`` (``benchmarks/retrieval.py`` builds it, under the set's
name). Weights: softmax cross-entropy over the candidates of a question (ListNet; Cao et al., ICML
2007), every set counting alike. Printed are, for each set, the order before (``FIRST``), with the
weights fitted on its own other folds (cross-validation), with weights fitted on the other sets
alone (transfer), and the fitted weights. Calibration: each question is asked of all documents and
of all but those that answer it; a logistic regression on the best section's sum, its reliability by
tenths and expected calibration error (Guo et al., ICML 2017) are printed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.question_sets import READERS, SectionKey  # noqa: E402 - after the path is set
from rag.candidates import find_candidates  # noqa: E402
from rag.index import Index, Snapshot  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402
from rag.relevance import FIRST, Features, features, first_score, read_query  # noqa: E402
from rag.settings import Settings, load_settings  # noqa: E402
from rag.types import Scope  # noqa: E402

NAMES = tuple(field.name for field in fields(Features))
FOLDS = 5
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's candidates."""

    rows: Matrix
    """Features, shape (candidates, features)."""
    relevant: npt.NDArray[np.bool_]
    answers: int
    """Sections that answer the question, found or not."""
    without: Matrix
    """Features of the candidates once the answering documents are out of scope."""


def asked(
    snapshot: Snapshot, embedder: Embedder, question: str, keys: frozenset[SectionKey], settings: Settings
) -> Asked:
    """Ask one question of everything, and of everything but its answer."""
    sources = {document.source: document.doc_id for document in snapshot.documents()}
    query = embedder.embed_query(question)
    words = read_query(snapshot, question)
    answers = {(sources[source], section) for source, section in keys}
    found = []
    for scope in (Scope(), Scope(without=tuple(sorted({doc_id for doc_id, _ in answers})))):
        candidates = find_candidates(snapshot, question, query, scope, settings.candidates)
        best = sorted(candidates, key=lambda one: -first_score(one))[: settings.compared]
        rows = np.array([astuple(features(words, one)) for one in best]).reshape(len(best), len(NAMES))
        found.append((rows, np.array([one.key in answers for one in best], dtype=bool)))
    return Asked(found[0][0], found[0][1], len(answers), found[1][0])


def fitted(sets: Sequence[Sequence[Asked]]) -> npt.NDArray[np.float64]:
    """Weights, in the features' units, that minimise the mean over the sets of the listwise loss."""
    import torch

    usable = [[one for one in questions if one.relevant.any()] for questions in sets]
    stacked = np.concatenate([one.rows for questions in usable for one in questions])
    scale = stacked.std(0) + 1e-9
    tensors = []
    for questions in usable:
        longest = max(len(one.rows) for one in questions)
        rows = np.zeros((len(questions), longest, len(NAMES)))
        mask = np.zeros((len(questions), longest), dtype=bool)
        goal = np.zeros((len(questions), longest))
        for at, one in enumerate(questions):
            rows[at, : len(one.rows)] = one.rows / scale
            mask[at, : len(one.rows)] = True
            goal[at, : len(one.rows)] = one.relevant / one.relevant.sum()
        tensors.append((torch.tensor(rows), torch.tensor(mask), torch.tensor(goal)))
    weights = torch.zeros(len(NAMES), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = 1e-3 * (weights**2).sum()
        for rows, mask, goal in tensors:
            logs = torch.log_softmax((rows @ weights).masked_fill(~mask, -1e9), 1)
            loss = loss - (goal * logs.masked_fill(~mask, 0)).sum(1).mean() / len(tensors)
        loss.backward()
        return loss

    optimiser.step(closure)
    return np.asarray(weights.detach().numpy() / scale)


def quality(questions: Sequence[Asked], weights: npt.NDArray[np.float64]) -> dict[str, float]:
    """Recall at 1, 5 and 10 and mean reciprocal rank of the order that the weights give."""
    found: dict[str, list[float]] = {"R@1": [], "R@5": [], "R@10": [], "mrr": []}
    for one in questions:
        order = np.argsort(-(one.rows @ weights), kind="stable")
        relevant = one.relevant[order]
        for depth in (1, 5, 10):
            found[f"R@{depth}"].append(relevant[:depth].sum() / one.answers)
        places = np.flatnonzero(relevant)
        found["mrr"].append(1 / (places[0] + 1) if len(places) else 0.0)
    return {name: float(np.mean(values)) for name, values in found.items()}


def cross_validated(name: str, sets: dict[str, list[Asked]]) -> dict[str, float]:
    """Quality on each fold of a set with weights fitted on its other folds and all other sets."""
    order = np.random.default_rng(0).permutation(len(sets[name]))
    others = [questions for other, questions in sets.items() if other != name]
    totals: dict[str, float] = {}
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        weights = fitted([[one for at, one in enumerate(sets[name]) if at not in held], *others])
        part = quality([sets[name][at] for at in sorted(held)], weights)
        totals = {metric: totals.get(metric, 0.0) + value * len(held) for metric, value in part.items()}
    return {metric: value / len(sets[name]) for metric, value in totals.items()}


def calibration(sets: dict[str, list[Asked]], weights: npt.NDArray[np.float64]) -> None:
    """Fit and print the logistic on the best section's sum, and how reliable it is."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    best: list[float] = []
    right: list[bool] = []
    for questions in sets.values():
        for one in questions:
            totals = one.rows @ weights
            best.append(float(totals.max()))
            right.append(bool(one.relevant[totals.argmax()]))
            if len(one.without):
                best.append(float((one.without @ weights).max()))
                right.append(False)
    sums, labels = np.array(best)[:, None], np.array(right)
    model = LogisticRegression(C=1e6, max_iter=1000)
    chances = cross_val_predict(model, sums, labels, cv=FOLDS, method="predict_proba")[:, 1]
    model.fit(sums, labels)
    sys.stdout.write(f"SLOPE, INTERCEPT = {model.coef_[0][0]:.3f}, {model.intercept_[0]:.2f}\n")
    bins = np.minimum((chances * 10).astype(int), 9)
    error = 0.0
    for one_bin in range(10):
        inside = bins == one_bin
        if inside.any():
            error += inside.mean() * abs(labels[inside].mean() - chances[inside].mean())
            sys.stdout.write(
                f"  said {chances[inside].mean():.2f}  was right {labels[inside].mean():.2f}  of {inside.sum():,}\n"
            )
    sys.stdout.write(f"ECE {error:.3f}  AUC {roc_auc_score(labels, chances):.3f}  of {len(labels):,}\n")


def main() -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="kind:path, as benchmarks/retrieval.py takes them")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=600, help="sampled from each set")
    arguments = parser.parse_args()
    settings = load_settings()
    embedder = open_embedder(settings)
    sets: dict[str, list[Asked]] = {}
    for given in arguments.sets:
        kind, _, path = given.partition(":")
        questions = READERS[kind](Path(path), settings.chunk_tokens, len)
        snapshot = Index.open(arguments.work / questions.name / "index").snapshot()
        sample = random.Random(1).sample(questions.questions, min(arguments.questions, len(questions.questions)))
        sets[questions.name] = [asked(snapshot, embedder, text, keys, settings) for text, keys in sample]
        sys.stdout.write(f"{questions.name}: {len(sample)} questions\n")
        sys.stdout.flush()
    before = np.array(astuple(FIRST))
    for name, questions in sets.items():
        rows = {"first": quality(questions, before), "folds": cross_validated(name, sets)}
        if len(sets) > 1:
            others = fitted([other for other_name, other in sets.items() if other_name != name])
            rows["transfer"] = quality(questions, others)
        for how, metrics in rows.items():
            sys.stdout.write(f"{name:14} {how:9}{'  '.join(f'{m} {v:.4f}' for m, v in metrics.items())}\n")
    weights = fitted(list(sets.values()))
    sys.stdout.write("\n".join(f"{name} = {weight:.3f}" for name, weight in zip(NAMES, weights, strict=True)) + "\n")
    calibration(sets, weights)


if __name__ == "__main__":
    main()
