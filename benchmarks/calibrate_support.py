r"""Fit the weights of ``rag/support.py``: does what was found answer the question?

Takes evaluation sets, each with its index, and reading-comprehension sets in SQuAD format (CMRC 2018,
PolicyQA …). Of the latter each passage becomes a document, and each sampled question is asked twice, once
of all passages and once with its own passage out of scope. Prints features' means, the fitted weights, and
by ten-fold cross-validation over documents AUC, expected calibration error, and what each threshold refuses.

    python benchmarks/calibrate_support.py --set eval/sets/samples.jsonl --index var/index \\
        --set eval/sets/release.jsonl --index var/release --llm 60

Cases tagged ``unseen`` and those about hidden figures are left out. With ``--llm N`` the local model reads
the clauses of N answerable and N unanswerable cases of the sets as well, and the weight of its judgement is fitted.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from llama_index.core.base.llms.types import ChatMessage

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.question_sets import squad  # noqa: E402 - after the path is set
from eval.cases import load_set  # noqa: E402
from rag.chatbot import Chatbot  # noqa: E402
from rag.compose import evidence_prompt  # noqa: E402
from rag.drafting import read_draft  # noqa: E402
from rag.evidence import rank_sentences, select_evidence, worth_reading  # noqa: E402
from rag.gathering import gather  # noqa: E402
from rag.index import Index  # noqa: E402
from rag.inquiry import answer_prompt  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402
from rag.models.llm import open_llm  # noqa: E402
from rag.plan import make_plan  # noqa: E402
from rag.question import language_of, standalone  # noqa: E402
from rag.settings import Settings, load_settings  # noqa: E402
from rag.support import Features, features  # noqa: E402
from rag.types import Evidence, Scope  # noqa: E402

_SENTENCE_HITS = 6
_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Asked:
    """One question: what is known of it, whether it has an answer, and where its best sentence stands."""

    features: Features
    answerable: bool
    document: str
    read: float | None
    """What the cross-encoder made of the best sentence."""
    question: str
    evidence: tuple[Evidence, ...]


def measure(bot: Chatbot, question: str, scope: Scope, answerable: bool) -> Asked | None:
    """A question as it is weighed; None where its clauses are looked up by address."""
    snapshot = bot.index.snapshot()
    plan = make_plan(snapshot, question, scope)
    if plan.located or plan.missing:
        return None
    query = bot.embedder.embed_query(question)
    hits = gather(snapshot, plan, query, 10, bot.settings, embed=bot.embedder.embed_query)
    sentences = rank_sentences(snapshot, bot.embedder, question, query, hits[:_SENTENCE_HITS])
    limits = {"max_clauses": bot.settings.evidence_clauses, "max_chars": bot.settings.evidence_chars}
    evidence = select_evidence(snapshot, question, worth_reading(sentences), **limits)
    best, read = (sentences[0].hit.source, sentences[0].read) if sentences else ("", None)
    return Asked(features(snapshot, question, hits, sentences), answerable, best, read, question, evidence)


def of_set(path: Path, bot: Chatbot) -> Iterator[Asked]:
    """The questions of an evaluation set."""
    for case in load_set(path).cases:
        if "unseen" in case.tags or case.type == "redaction":
            continue
        question = standalone(case.question, case.history)
        if asked := measure(bot, question, Scope(), case.answerable):
            yield asked


def of_squad(path: Path, count: int, settings: Settings, embedder: Embedder) -> Iterator[Asked]:
    """Sampled questions, each with and without its passage."""
    given = squad(path, settings.chunk_tokens, lambda text: embedder.count_tokens([text])[0])
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder), embedder=embedder, chunk_tokens=settings.chunk_tokens, create=True)
        with index.writer() as writer:
            for file in given.files:
                writer.put(file)
        bot = Chatbot(settings, index, lambda: embedder, lambda: None)
        ids = {document.source: document.doc_id for document in index.snapshot().documents()}
        for question, keys in random.Random(0).sample(list(given.questions), min(count, len(given.questions))):
            without = Scope(without=tuple(ids[source] for source, _ in keys))
            for scope, answerable in ((Scope(), True), (without, False)):
                if asked := measure(bot, question, scope, answerable):
                    yield asked


def main() -> None:
    """Measure, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--set", dest="sets", action="append", type=Path, default=[], help="an evaluation set; repeatable"
    )
    parser.add_argument(
        "--index", dest="indexes", action="append", type=Path, default=[], help="the index of each --set"
    )
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a set in SQuAD format; repeatable")
    parser.add_argument("--questions", type=int, default=300, help="sampled from each SQuAD set (seed 0)")
    parser.add_argument(
        "--answerable", type=float, default=0.8, help="share of the questions in use that have an answer"
    )
    parser.add_argument("--llm", type=int, default=0, help="cases of either kind that the local model reads")
    arguments = parser.parse_args()
    if len(arguments.sets) != len(arguments.indexes):
        parser.error("give one --index for each --set")
    settings = load_settings()
    embedder = open_embedder(settings)
    asked: list[Asked] = []
    for path, folder in zip(arguments.sets, arguments.indexes, strict=True):
        asked += of_set(path, Chatbot(settings, Index.open(folder), lambda: embedder, lambda: None))
    of_sets = list(asked)
    for path in arguments.squad:
        asked += of_squad(path, arguments.questions, settings, embedder)
    share = sum(one.answerable for one in asked) / len(asked)
    prior = float(np.log(arguments.answerable / (1 - arguments.answerable)))
    shift = prior - float(np.log(share / (1 - share)))
    odds = fit(asked, shift)
    if any(one.read is not None for one in asked):
        odds = fit_read(asked, odds, shift)
    if arguments.llm:
        fit_model(of_sets, dict(zip(map(id, asked), odds, strict=True)), arguments.llm, settings, prior)


def fit(asked: Sequence[Asked], shift: float) -> np.ndarray:
    """Print the fitted weights; the questions' log odds ``(n,)``, each from folds without its document.

    ``shift`` is added to log odds, for questions in use have an answer more or less often than those asked here.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = np.array([astuple(one.features) for one in asked])
    answerable = np.array([one.answerable for one in asked])
    for field, yes, no in zip(fields(Features), rows[answerable].mean(0), rows[~answerable].mean(0), strict=True):
        sys.stdout.write(f"{field.name:18} answerable {yes:.3f}  not {no:.3f}\n")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=3.0, max_iter=5000))
    chances = cross_val_predict(
        model, rows, answerable, groups=[one.document for one in asked], cv=GroupKFold(10), method="predict_proba"
    )[:, 1]
    _report(chances, answerable)
    model.fit(rows, answerable)
    scale, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scale.scale_
    sys.stdout.write(f"INTERCEPT = {logistic.intercept_[0] - float(weights @ scale.mean_) + shift:.2f}\n")
    sys.stdout.writelines(f"{f.name} = {w:.2f}\n" for f, w in zip(fields(Features), weights, strict=True))
    return np.asarray(np.log(chances / (1 - chances))) + shift


def fit_read(asked: Sequence[Asked], odds: np.ndarray, shift: float) -> np.ndarray:
    """Print how much the cross-encoder adds to the log odds without it; log odds with it, ``(n,)``, from such folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows = np.array([(z, one.read or 0.0) for z, one in zip(odds, asked, strict=True)])
    answerable = np.array([one.answerable for one in asked])
    chances = cross_val_predict(
        LogisticRegression(),
        rows,
        answerable,
        groups=[one.document for one in asked],
        cv=GroupKFold(10),
        method="predict_proba",
    )[:, 1]
    _report(chances, answerable)
    model = LogisticRegression().fit(rows, answerable)
    sys.stdout.write(
        f"READ_INTERCEPT = {model.intercept_[0] + shift:.2f}\nREAD_WEIGHTS = {model.coef_[0].round(2).tolist()}\n"
    )
    return np.asarray(np.log(chances / (1 - chances))) + shift


def fit_model(given: Sequence[Asked], odds: Mapping[int, float], count: int, settings: Settings, prior: float) -> None:
    """Print how much the local model's judgement adds to the log odds without it.

    As many answerable as unanswerable ones are read; ``prior`` is added to log odds for what is asked in use.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    llm = open_llm(settings.model_copy(update={"llm": "local"}))
    assert llm is not None
    chosen = []
    for kind in (True, False):
        own = [one for one in given if one.answerable is kind]
        chosen += random.Random(0).sample(own, min(count, len(own)))
    rows = []
    for one in chosen:
        language = language_of(one.question)
        prompt = answer_prompt("local", language)
        user = prompt.fill(evidence=evidence_prompt(one.evidence), question=one.question)
        messages = [ChatMessage(role="system", content=prompt.system), ChatMessage(role="user", content=user)]
        with closing(llm.stream_chat(messages)) as responses:
            rows.append((odds[id(one)], read_draft(responses).stated or 0.0))
    table, answerable = np.array(rows), np.array([one.answerable for one in chosen])
    model = LogisticRegression(C=3.0)
    _report(cross_val_predict(model, table, answerable, cv=10, method="predict_proba")[:, 1], answerable)
    model.fit(table, answerable)
    sys.stdout.write(
        f"MODEL_INTERCEPT = {model.intercept_[0] + prior:.2f}\nMODEL_WEIGHTS = {model.coef_[0].round(2).tolist()}\n"
    )


def _report(chances: np.ndarray, answerable: np.ndarray) -> None:
    from sklearn.metrics import roc_auc_score

    bins = np.minimum((chances * 10).astype(int), 9)
    ece = sum(
        (bins == b).mean() * abs(answerable[bins == b].mean() - chances[bins == b].mean())
        for b in range(10)
        if (bins == b).any()
    )
    sys.stdout.write(f"{len(chances)} questions  AUC {roc_auc_score(answerable, chances):.3f}  ECE {ece:.3f}\n")
    for threshold in _THRESHOLDS:
        sys.stdout.write(
            f"  at {threshold}: refused {(chances[~answerable] < threshold).mean():.3f}"
            f"  false refusals {(chances[answerable] < threshold).mean():.3f}\n"
        )


if __name__ == "__main__":
    main()
