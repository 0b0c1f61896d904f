r"""Retrieval on public question sets, side by side with what a user would pick instead.

    python benchmarks/retrieval.py squad cmrc2018_dev.json --work var/bench/cmrc --peers
    python benchmarks/retrieval.py stard STARD_FOLDER --work var/bench/stard --questions 300 --peers
    python benchmarks/retrieval.py obliqa OBLIQA_FOLDER --work var/bench/obliqa --peers

``squad-untitled`` is ``squad`` without the passages' titles.

Every system is asked the same questions of the same documents in the same run. ``yiju`` is
``Chatbot.search``, with plan and all; ``dense`` and ``lexical`` are one engine's list, ``rank
fusion`` is both by reciprocal rank (k = 20). With ``--peers`` also LlamaIndex's starter
(SentenceSplitter 1024/20, VectorStoreIndex, the same embedding) and LlamaIndex's BM25 retriever in
their defaults; each is given every section as a document of its own with the document's name as
metadata (``pip install llama-index-retrievers-bm25``, in an environment of its own: it wants an older
PyStemmer than ours), which is more structure than a user's files would give it. With ``--adapt`` also ``yiju``
with a query adapter, learned from four fifths of the questions and asked the other fifth, five
times; questions that share their first clause stay together. Metrics are ranx's; a section
counts at its first place in a list. The index stays in ``--work`` for the next run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.question_sets import READERS, QuestionSet, SectionKey  # noqa: E402 - after the path is set
from eval.adaptation import Example, folds, learned_without, passages_of  # noqa: E402
from rag.chatbot import Chatbot  # noqa: E402
from rag.index import Index, Snapshot  # noqa: E402
from rag.models.embedding import Embedder, open_embedder  # noqa: E402
from rag.models.query_adapter import AdaptedEmbedder  # noqa: E402
from rag.settings import load_settings  # noqa: E402
from rag.types import Question, Scope  # noqa: E402

DEPTH = 100
METRICS = ("recall@1", "recall@3", "recall@5", "recall@10", "recall@100", "mrr", "ndcg@10")
System = Callable[[str], Sequence[SectionKey]]
"""A question → sections, best first, each once."""


def built_index(folder: Path, questions: QuestionSet, embedder: Embedder, chunk_tokens: int) -> Index:
    """The index of a question set, with what is missing in it added."""
    index = Index.open(folder, embedder=embedder, chunk_tokens=chunk_tokens, create=True)

    with index.writer() as writer:
        known = writer.files()
        for file in questions.files:
            if file.source not in known or not writer.holds(file):
                writer.put(file)
    return index


def our_systems(index: Index, embedder: Embedder) -> dict[str, System]:
    """``yiju`` and its parts."""
    settings = load_settings()
    chatbot = Chatbot(settings, index, lambda: embedder, lambda: None)
    snapshot = index.snapshot()
    sources = {document.doc_id: document.source for document in snapshot.documents()}

    def yiju(question: str) -> list[SectionKey]:
        hits, _ = chatbot.search(Question(text=question), DEPTH)
        return [(hit.source, hit.section_id) for hit in hits]

    def one_engine(ranking: Callable[[str], list[tuple[int, float]]]) -> System:
        def ask(question: str) -> list[SectionKey]:
            return _sections(snapshot, [chunk_id for chunk_id, _ in ranking(question)], sources)

        return ask

    dense = one_engine(lambda question: snapshot.search_vectors(embedder.embed_query(question), 2 * DEPTH, Scope()))
    lexical = one_engine(lambda question: snapshot.search_lexical(question, 2 * DEPTH, Scope()))

    def rank_fusion(question: str) -> list[SectionKey]:
        scores: dict[SectionKey, float] = {}
        for ranked in (dense(question), lexical(question)):
            for rank, key in enumerate(ranked, start=1):
                scores[key] = scores.get(key, 0.0) + 1 / (20 + rank)
        return sorted(scores, key=lambda key: (-scores[key], key))[:DEPTH]

    return {"yiju": yiju, "rank fusion": rank_fusion, "dense": dense, "lexical": lexical}


def adapted_system(index: Index, embedder: Embedder, asked: Sequence[tuple[str, frozenset[SectionKey]]]) -> System:
    """``yiju`` with a query adapter that was learned from the other folds of the questions asked."""
    snapshot = index.snapshot()
    ids = {document.source: document.doc_id for document in snapshot.documents()}
    passages, rows = passages_of(snapshot)
    examples = [
        Example(
            query=embedder.embed_query(question),
            positives=np.concatenate([rows[ids[source], section] for source, section in sorted(keys)]),
            group=min(keys),
        )
        for question, keys in asked
    ]
    systems: dict[str, System] = {}
    for held in folds(examples):
        adapter = learned_without(examples, held, passages, embedder.fingerprint)
        system = our_systems(index, AdaptedEmbedder(embedder, adapter))["yiju"]
        systems |= {asked[row][0]: system for row in held.tolist()}
    return lambda question: systems[question](question)


def peer_systems(questions: QuestionSet, embedder: Embedder, work: Path) -> dict[str, System]:
    """LlamaIndex as its documentation begins, over the same sections."""
    from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.retrievers.bm25 import BM25Retriever

    if not isinstance(embedder, BaseEmbedding):
        raise SystemExit("--peers needs an embedding model that LlamaIndex can use")
    splitter = SentenceSplitter(chunk_size=1024, chunk_overlap=20)
    documents = [
        Document(text=one.text, metadata={"file_name": one.document}, doc_id="\t".join(one.key))
        for one in questions.passages
    ]
    nodes = splitter.get_nodes_from_documents(documents)
    folder = work / "llama_index_starter"
    if folder.exists():
        starter = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(folder)), embed_model=embedder)
    else:
        starter = VectorStoreIndex(nodes, embed_model=embedder)
        starter.storage_context.persist(str(folder))

    def asked(retriever: BaseRetriever) -> System:
        def ask(question: str) -> list[SectionKey]:
            found = [tuple(str(node.node.ref_doc_id).split("\t")) for node in retriever.retrieve(question)]
            return [(source, section) for source, section in dict.fromkeys(found)]

        return ask

    return {
        "LlamaIndex starter": asked(starter.as_retriever(similarity_top_k=DEPTH)),
        "LlamaIndex BM25": asked(BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(DEPTH, len(nodes)))),
    }


def measured(
    systems: dict[str, System], asked: Sequence[tuple[str, frozenset[SectionKey]]]
) -> dict[str, tuple[dict[str, float], list[float]]]:
    """For each system its metrics, and the seconds of each question; the systems take turns."""
    from ranx import Qrels, Run, evaluate

    runs: dict[str, dict[str, dict[str, float]]] = {name: {} for name in systems}
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    for number, (question, _) in enumerate(asked):
        for name, system in systems.items():
            started = time.perf_counter()
            found = system(question)
            seconds[name].append(time.perf_counter() - started)
            runs[name][str(number)] = {"\t".join(key): 1 / rank for rank, key in enumerate(found, start=1)} or {"-": 0}
        if number % 500 == 0:
            sys.stderr.write(f"{number:,} of {len(asked):,} questions\n")
    qrels = Qrels({str(n): {"\t".join(key): 1 for key in keys} for n, (_, keys) in enumerate(asked)})
    return {
        name: (
            {metric: float(value) for metric, value in evaluate(qrels, Run(run), list(METRICS)).items()},
            seconds[name],
        )
        for name, run in runs.items()
    }


def main() -> None:
    """Read, index, ask, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=READERS)
    parser.add_argument("path", type=Path, help="the set's file (squad, squad-untitled) or folder")
    parser.add_argument("--work", type=Path, required=True, help="folder for the index")
    parser.add_argument("--questions", type=int, help="sample so many (seed 0); all otherwise")
    parser.add_argument("--adapt", action="store_true", help="also with a query adapter, cross-validated")
    parser.add_argument("--peers", action="store_true", help="also LlamaIndex's starter and BM25 retriever")
    arguments = parser.parse_args()
    settings = load_settings()
    embedder = open_embedder(settings)
    questions = READERS[arguments.kind](
        arguments.path, settings.chunk_tokens, lambda text: embedder.count_tokens([text])[0]
    )
    index = built_index(arguments.work / "index", questions, embedder, settings.chunk_tokens)
    asked = list(questions.questions)
    if arguments.questions and arguments.questions < len(asked):
        asked = random.Random(0).sample(asked, arguments.questions)
    systems = our_systems(index, embedder)
    if arguments.adapt:
        systems["yiju adapted"] = adapted_system(index, embedder, list(questions.questions))
    if arguments.peers:
        systems |= peer_systems(questions, embedder, arguments.work)
    embedder.embed_query("warm")
    results = measured(systems, asked)
    names = "  ".join(f"{metric.replace('recall', 'R'):>7}" for metric in METRICS)
    sys.stdout.write(
        f"\n{questions.name}: {len(questions.passages):,} sections, {len(asked):,} questions\n"
        f"{'':20}{names}   p50 ms   p95 ms\n"
    )
    for name, (metrics, seconds) in results.items():
        p50, p95 = np.quantile(np.array(seconds) * 1000, [0.5, 0.95])
        row = "  ".join(f"{metrics[metric]:7.4f}" for metric in METRICS)
        sys.stdout.write(f"{name:20}{row}  {p50:7.1f}  {p95:7.1f}\n")


def _sections(snapshot: Snapshot, chunk_ids: Sequence[int], sources: dict[str, str]) -> list[SectionKey]:
    chunks = snapshot.chunks(chunk_ids)
    found = [(sources[chunks[at].doc_id], chunks[at].chunk.section) for at in chunk_ids]
    return list(dict.fromkeys(found))[:DEPTH]


if __name__ == "__main__":
    main()
