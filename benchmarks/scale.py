"""Speed, memory and disk of indexes of growing size, as one table.

    python benchmarks/scale.py TEXTS --questions QUESTIONS --work FOLDER --sizes 1000 10000 100000

TEXTS is a ``.jsonl`` file with ``text`` fields or a folder of text files; how the indexes are made
from it stands in ``benchmarks/synthetic.py``. QUESTIONS is a ``.jsonl`` file with ``query`` or
``question`` fields. Indexes are kept in the work folder and built once.

Every figure comes from a process of its own. open: from ``Index.open`` to the first snapshot.
search: ``Chatbot.search`` of ``--ask`` questions, warm, their embedding included; beside it what the
embedding, the plan, FAISS and tantivy take of it (p50). RSS: of that process afterwards, all of it
and without files that are mapped. add: from the start of ``python -m ingest add`` of a document of
fifty sections to the moment at which a reader that runs all the while sees it. check:
``python -m ingest check``, up to ``--check`` sections.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.synthetic import (  # noqa: E402 - after the path is set
    SECTIONS_A_DOCUMENT,
    VectorSource,
    read_sentences,
    sampled_vectors,
    synthetic_files,
)
from rag.index import Index  # noqa: E402
from rag.models.embedding import open_embedder  # noqa: E402
from rag.settings import load_settings  # noqa: E402

_TRANSACTION_SECTIONS = 50_000
_COLUMNS = (
    "sections", "build s", "disk MB", "open s", "RSS MB", "private MB", "search p50", "p95 ms",
    "embed", "plan", "dense", "lexical", "add s", "check s",
)  # fmt: skip


def main() -> None:
    """Build what is missing, measure each size, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--sample", type=int, default=4000, help="sections embedded by the real model")
    parser.add_argument("--ask", type=int, default=120, help="questions asked at each size")
    parser.add_argument("--check", type=int, default=100_000, help="largest index that is checked")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        _print(json.dumps(_search(arguments.measure, _questions(arguments.questions, arguments.ask))))
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    sentences = read_sentences(arguments.texts)
    _print("| " + " | ".join(_COLUMNS) + " |\n|" + "---:|" * len(_COLUMNS))
    for size in arguments.sizes:
        folder = arguments.work / f"index-{size}"
        built_s = _built(folder, sentences, size, arguments)
        found = _measured(folder, arguments)
        added_s = _add(folder, sentences, arguments.work, size)
        checked_s = _seconds(["-m", "ingest", "check", "--index", str(folder)]) if size <= arguments.check else None
        disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        row = (size, built_s, disk, *found, added_s, checked_s)
        _print("| " + " | ".join(_shown(value) for value in row) + " |")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:.1f}"


def _questions(path: Path, count: int) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [row.get("query") or row["question"] for row in rows]
    return texts[:: max(1, len(texts) // count)][:count]


def _built(folder: Path, sentences: Sequence[str], size: int, arguments: argparse.Namespace) -> float:
    """Seconds it took to write the index, without embedding."""
    note = folder / "build-seconds.json"
    if note.exists():
        return float(json.loads(note.read_text()))
    shutil.rmtree(folder, ignore_errors=True)  # what a stopped run left
    settings = load_settings({})
    embedder = open_embedder(settings)
    source = VectorSource(embedder, sampled_vectors(embedder, sentences, arguments.sample, arguments.work))
    started = time.perf_counter()
    longest = min(settings.chunk_tokens, int(embedder.max_tokens * 0.75))
    with Index.open(folder, embedder=source, chunk_tokens=longest, create=True) as index:
        files = synthetic_files(sentences, size)
        for first in range(0, size, _TRANSACTION_SECTIONS):
            count = min(_TRANSACTION_SECTIONS, size - first) // SECTIONS_A_DOCUMENT
            with index.writer() as writer:
                for _, file in zip(range(count), files, strict=False):
                    writer.put(file)
    seconds = time.perf_counter() - started
    note.write_text(json.dumps(seconds))
    return seconds


def _measured(folder: Path, arguments: argparse.Namespace) -> list[float]:
    command = [sys.executable, __file__, str(arguments.texts), "--work", str(arguments.work)]
    command += ["--questions", str(arguments.questions), "--ask", str(arguments.ask), "--measure", str(folder)]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: list[float] = json.loads(output.splitlines()[-1])
    return found


def _search(folder: Path, questions: Sequence[str]) -> list[float]:
    """Open seconds, memory, search milliseconds and their parts, in this process."""
    from rag.chatbot import open_chatbot
    from rag.plan import make_plan
    from rag.types import Question, Scope

    settings = load_settings({"index": folder, "llm": "extractive"})
    started = time.perf_counter()
    bot = open_chatbot(settings)
    snapshot = bot.index.snapshot()
    open_s = time.perf_counter() - started
    for text in questions[:10]:
        bot.search(Question(text=text))
    searches = sorted(_ms(partial(bot.search, Question(text=text))) for _ in range(2) for text in questions)
    vectors = {text: bot.embedder.embed_query(text) for text in questions}
    parts: list[Callable[[str], object]] = [
        lambda text: bot.embedder.embed_query(text),
        lambda text: make_plan(snapshot, text, Scope()),
        lambda text: snapshot.search_vectors(vectors[text], settings.candidates, Scope()),
        lambda text: snapshot.search_lexical(text, settings.candidates, Scope()),
    ]
    medians = [statistics.median(_ms(partial(part, text)) for text in questions) for part in parts]
    resident, private = _memory()
    return [open_s, resident, private, statistics.median(searches), searches[int(len(searches) * 0.95)], *medians]


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _memory() -> tuple[float, float]:
    """Resident memory of this process in MB, all of it and without mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kb = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return kb["VmRSS"] / 1000, kb["RssAnon"] / 1000


def _seconds(arguments: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _add(folder: Path, sentences: Sequence[str], work: Path, size: int) -> float:
    """Seconds from the start of the command until a reader in this process sees the document."""
    seed = time.time_ns()
    (file,) = synthetic_files(sentences, SECTIONS_A_DOCUMENT, seed=seed)
    path = work / f"added-{size}-{seed}.txt"
    path.write_text(file.text, encoding="utf-8")
    with Index.open(folder) as index:
        before = index.snapshot().generation
        started = time.perf_counter()
        command = subprocess.Popen(
            [sys.executable, "-m", "ingest", "add", str(path), "--index", str(folder)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        while index.snapshot().generation == before:
            if command.poll() not in (None, 0):
                raise SystemExit(f"ingest add failed for {path}")
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        command.wait()
    path.unlink()
    return seconds


if __name__ == "__main__":
    main()
