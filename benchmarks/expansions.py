"""What the words of the synonym files add: sections found with them and without, over an evaluation set.

python benchmarks/expansions.py --set eval/sets/samples.jsonl --index var/index [--synonyms FILE]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eval.cases import load_set
from eval.gold import Located, locate
from rag.chatbot import Chatbot
from rag.index import Index
from rag.models.embedding import open_embedder
from rag.settings import load_settings
from rag.synonyms import SHIPPED, SynonymFiles
from rag.types import Question, Scope, Turn

_KS = (1, 3, 5, 10)


def main() -> None:
    """Print one line without and one with the words."""
    parser = argparse.ArgumentParser(description="section_recall with and without synonyms.")
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--synonyms", type=Path, help="a file besides the shipped one")
    arguments = parser.parse_args()
    settings = load_settings({"index": arguments.index, "llm": "extractive"})
    index = Index.open(settings.index)
    embedder = open_embedder(settings)
    located, _ = locate(load_set(arguments.set).cases, index.snapshot())
    files = [SHIPPED, *([arguments.synonyms] if arguments.synonyms else [])]
    for name, synonyms in (("without", None), ("with", SynonymFiles(files))):
        bot = Chatbot(settings, index, lambda: embedder, lambda: None, synonyms=synonyms)
        sys.stdout.write(f"{name:8} {measure(bot, located)}\n")
        sys.stdout.flush()


def measure(bot: Chatbot, located: tuple[Located, ...]) -> str:
    """Mean section_recall over the cases that have gold sections."""
    scored = [one for one in located if one.gold]
    recall = dict.fromkeys(_KS, 0.0)
    for one in scored:
        hits, _ = bot.search(_question(one), max(_KS))
        for k in _KS:
            found = sum(any(gold.holds(hit.doc_id, hit.path) for hit in hits[:k]) for gold in one.gold)
            recall[k] += found / len(one.gold) / len(scored)
    return "  ".join(f"section_recall@{k} {value:.4f}" for k, value in recall.items())


def _question(one: Located) -> Question:
    history = tuple(Turn(question=turn.question, answer=turn.answer) for turn in one.case.history)
    return Question(text=one.case.question, scope=Scope(documents=one.scope, year=one.case.year), history=history)


if __name__ == "__main__":
    main()
