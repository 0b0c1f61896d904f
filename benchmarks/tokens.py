"""What lexical search alone finds with whole words, with stems, and with our tokens.

python benchmarks/tokens.py --obliqa FOLDER --policyqa FILE: FOLDER holds corpus.jsonl and
queries_dev.jsonl of ObliQA, FILE is a SQuAD-like JSON file as PolicyQA's dev.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rag.index import lexical
from rag.normalize import normalize, stem, tokens
from rag.types import Scope

Query = tuple[str, set[int]]
_WORD = re.compile(r"[a-z0-9]+(?:[.'_-][a-z0-9]+)*")
_KS = (1, 10, 100)


def main() -> None:
    """Print one line for each set and form of tokens."""
    parser = argparse.ArgumentParser(description="Recall of BM25 with several forms of tokens.")
    parser.add_argument("--obliqa", type=Path)
    parser.add_argument("--policyqa", type=Path)
    arguments = parser.parse_args()
    forms: dict[str, Callable[[str], list[str]]] = {
        "whole words": words,
        "stems": lambda text: [stem(word) for word in words(text)],
        "words and stems": lambda text: [form for word in words(text) for form in {word: 0, stem(word): 0}],
        "ours": tokens,
    }
    sets = [("ObliQA", read_obliqa(arguments.obliqa))] if arguments.obliqa else []
    sets += [("PolicyQA", read_squad(arguments.policyqa))] if arguments.policyqa else []
    for name, (passages, queries) in sets:
        sys.stdout.write(f"{name}: {len(passages):,} passages, {len(queries):,} questions\n")
        for form, tokenize in forms.items():
            sys.stdout.write(f"  {form:16} {measure(tokenize, passages, queries)}\n")
            sys.stdout.flush()


def words(text: str) -> list[str]:
    """Words of a text in lower case."""
    return _WORD.findall(normalize(text))


def measure(tokenize: Callable[[str], list[str]], passages: Sequence[tuple[str, str]], queries: Sequence[Query]) -> str:
    """Recall at 1, 10 and 100, size of the index, and seconds to build it."""
    lexical.tokens = tokenize
    lexical.token_form.cache_clear()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        entries = (lexical.LexicalEntry(i, "d", None, body, heading) for i, (body, heading) in enumerate(passages))
        lexical.rebuild(folder, "1:x", entries)
        seconds = time.perf_counter() - started
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        view = lexical.open_view(folder)
        if view is None:
            raise SystemExit("the index could not be opened again")
        recall = dict.fromkeys(_KS, 0.0)
        for question, relevant in queries:
            found = [i for i, _ in view.search(question, max(_KS), Scope(), lexical.Boosts())]
            for k in _KS:
                recall[k] += len(relevant.intersection(found[:k])) / len(relevant) / len(queries)
    shown = "  ".join(f"R@{k} {value:.4f}" for k, value in recall.items())
    return f"{shown}  {size / 1e6:.2f} MB  {seconds:.1f} s"


def read_obliqa(folder: Path) -> tuple[list[tuple[str, str]], list[Query]]:
    """Passages as (text, section number), and the questions that have passages."""
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    places = {one["id"]: i for i, one in enumerate(corpus)}
    lines = (folder / "queries_dev.jsonl").read_text(encoding="utf-8").splitlines()
    queries = [
        (one["query"], {places[r] for r in one["relevant_ids"] if r in places}) for one in map(json.loads, lines)
    ]
    return [(one["text"], one["section"]) for one in corpus], [query for query in queries if query[1]]


def read_squad(file: Path) -> tuple[list[tuple[str, str]], list[Query]]:
    """Paragraphs as (text, title), and each question with its document's title before it."""
    passages: list[tuple[str, str]] = []
    queries: list[Query] = []
    for document in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in document["paragraphs"]:
            passages.append((paragraph["context"], document["title"]))
            queries += [(f"{document['title']} {qa['question']}", {len(passages) - 1}) for qa in paragraph["qas"]]
    return passages, queries


if __name__ == "__main__":
    main()
