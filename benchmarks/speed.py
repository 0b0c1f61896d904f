"""Speeds and memory of a set-up machine, each measured in a process of its own, as a table.

    python benchmarks/speed.py --index var/index --documents FOLDER

Served: seconds from ``python app.py`` to the first page. Sources, first sentence, whole answer: of
questions that quote the index's own headings, p50 over ``--questions``, with the local model.
Search: warm p50 and p95, the question's embedding included. Ingest: characters of text a second
over FOLDER, from nothing, after the models are loaded. Memory: peak resident set of a process
that has answered with both models.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ingest.pipeline import add  # noqa: E402 - after the path is set
from ingest.recipe import standard_recipe  # noqa: E402
from rag.chatbot import Chatbot, open_chatbot  # noqa: E402
from rag.index import Index  # noqa: E402
from rag.settings import load_settings  # noqa: E402
from rag.types import Delta, Done, Question, Sources  # noqa: E402

_PORT = 7897


def main() -> None:
    """Measure everything and print one row a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=12)
    arguments = parser.parse_args()
    _row("page served, s", _served(arguments.index))
    bot = open_chatbot(load_settings({"index": arguments.index, "llm": "local"}))
    questions = _questions(bot, arguments.questions)
    bot.embedder.embed_query("")
    bot.language_model()
    _row("sections in the index", sum(d.sections for d in bot.index.snapshot().documents()))
    _answers(bot, questions)
    searches = sorted(bot.search(Question(text=text), 10)[1] * 1000 for _ in range(5) for text in questions)
    _row("search p50, ms", statistics.median(searches))
    _row("search p95, ms", searches[int(len(searches) * 0.95)])
    _row("memory with both models, GiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
    _ingest(bot, arguments.documents)


def _questions(bot: Chatbot, count: int) -> list[str]:
    snapshot = bot.index.snapshot()
    headings = [
        f"{section.heading}的要求是什么？" if section.heading[0] > "⺀" else f"What is said about {section.heading}?"
        for document in snapshot.documents()
        for section in snapshot.sections(document.doc_id)
        if 4 <= len(section.heading) <= 24
    ]
    step = max(1, len(headings) // count)
    return headings[::step][:count]


def _answers(bot: Chatbot, questions: list[str]) -> None:
    sources, firsts, totals = [], [], []
    for text in questions:
        started = time.perf_counter()
        first = 0.0
        for event in bot.stream(Question(text=text)):
            if isinstance(event, Sources):
                sources.append(time.perf_counter() - started)
            elif isinstance(event, Delta):
                first = first or time.perf_counter() - started
            elif isinstance(event, Done) and event.answer.prompt:
                firsts.append(first)
                totals.append(event.answer.seconds.total)
    _row("sources shown p50, s", statistics.median(sources))
    _row("sources shown max, s", max(sources))
    _row("answers by the local model", len(firsts))
    if firsts:
        _row("first checked sentence p50, s", statistics.median(firsts))
        _row("whole answer p50, s", statistics.median(totals))


def _ingest(bot: Chatbot, documents: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recipe = standard_recipe(bot.embedder, bot.settings.chunk_tokens)
        with Index.open(
            Path(folder) / "index", embedder=bot.embedder, chunk_tokens=recipe.chunk_tokens, create=True
        ) as index:
            started = time.perf_counter()
            report = add(index, [documents], recipe)
            seconds = time.perf_counter() - started
    _row("ingested characters", report.chars)
    _row("ingest, characters/s", report.chars / seconds)


def _served(index: Path) -> float:
    started = time.perf_counter()
    page = subprocess.Popen(
        [sys.executable, "app.py", "--index", str(index), "--port", str(_PORT)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - started < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/", timeout=5):
                    return time.perf_counter() - started
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the page was not served within two minutes")
    finally:
        page.terminate()
        page.wait()


def _row(name: str, value: float) -> None:
    sys.stdout.write(f"{name:34} {value:,.2f}\n" if isinstance(value, float) else f"{name:34} {value:,}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
