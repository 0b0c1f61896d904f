"""Does the gate hold planted regressions back, and let harmless changes pass?

Builds an index of ``--documents``, runs the set once as the base, then once for each of 20 mutants and
10 harmless variants of the pipeline, and asks the gate about each. Prints a table and two scores. The
mutations are made here, from outside: by settings, by wrapping the seams (embedder, snapshot, chatbot),
or by building another index; nothing in the product knows of them.

    python scripts/mutants.py eval/sets/samples.jsonl --documents samples [--only NAME ...] [--llm extractive]

Vectors are kept in ``--work`` (default var/mutants), so a second time is quick. Exits with 0 where at
least 18 mutants are stopped and 9 variants pass.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import prompts
from eval.cases import load_set, sample, set_hash
from eval.gate import judge
from eval.gold import Located, locate
from eval.records import Run, SetInfo
from eval.runs import describe, generate
from eval.scoring import language, score
from ingest import pipeline
from ingest.recipe import Recipe, standard_recipe
from rag.chatbot import Chatbot
from rag.errors import UsageError
from rag.index import Index, Snapshot
from rag.models.embedding import Embedder, Vectors, open_embedder
from rag.models.llm import open_llm
from rag.settings import Settings, load_settings
from rag.types import Answer, Citation, Hit, Question, Scope

ENOUGH_MUTANTS, ENOUGH_HARMLESS = 18, 9
_FIGURE = re.compile(r"(?<![\d\[])\d+(?![\d\]])")


class KeptEmbedder:
    """An embedder that computes each vector once and keeps it in a file."""

    def __init__(self, embedder: Embedder, path: Path, variant: str = "") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._inner = embedder
        self._kind = f"{embedder.fingerprint}\0{variant}"
        self._file = sqlite3.connect(path, check_same_thread=False)
        self._file.execute("CREATE TABLE IF NOT EXISTS kept(key BLOB PRIMARY KEY, vector BLOB)")
        self.max_tokens = embedder.max_tokens
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder counts."""
        return self._inner.count_tokens(texts)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        return self._vectors("query", [text], lambda texts: np.stack([self._inner.embed_query(t) for t in texts]))[0]

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """The vectors of clauses."""
        del progress
        return self._vectors("passage", list(texts), self._inner.embed_passages)

    def _vectors(self, role: str, texts: list[str], compute: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{self._kind}\0{role}\0{text}".encode()).digest() for text in texts]
        find = "SELECT vector FROM kept WHERE key = ?"
        found = {key: row[0] for key in keys if (row := self._file.execute(find, (key,)).fetchone())}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            for key, vector in zip(new, compute(list(new.values())), strict=True):
                found[key] = np.asarray(vector, dtype=np.float32).tobytes()
                self._file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, found[key]))
            self._file.commit()
        rows = [np.frombuffer(found[key], dtype=np.float32) for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)


class NoisyEmbedder:
    """Vectors of another seed: each question's vector is turned a little, always the same way."""

    def __init__(self, embedder: Embedder, share: float, seed: int = 7) -> None:
        self._inner, self._share, self._seed = embedder, share, seed
        self.max_tokens, self.fingerprint, self.dimension = (
            embedder.max_tokens,
            embedder.fingerprint,
            embedder.dimension,
        )
        self.count_tokens, self.embed_passages = embedder.count_tokens, embedder.embed_passages

    def embed_query(self, text: str) -> Vectors:
        """The question's vector with noise of the given share of its length."""
        vector = self._inner.embed_query(text)
        own = int.from_bytes(hashlib.sha256(f"{self._seed}{text}".encode()).digest()[:8], "little")
        noise = np.random.default_rng(own).normal(size=vector.shape)
        turned = vector + self._share * noise / np.linalg.norm(noise)
        return np.asarray(turned / np.linalg.norm(turned), dtype=np.float32)


@dataclass
class Remembered:
    """A chatbot whose replies are asked for once."""

    bot: Chatbot

    def __post_init__(self) -> None:
        self._found: dict[Question, tuple[tuple[Hit, ...], float]] = {}
        self._answers: dict[Question, Answer] = {}

    def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
        """Hits."""
        if question not in self._found:
            self._found[question] = self.bot.search(question, k)
        return self._found[question]

    def ask(self, question: Question) -> Answer:
        """The answer."""
        if question not in self._answers:
            self._answers[question] = self.bot.ask(question)
        return self._answers[question]

    def describe(self) -> Mapping[str, object]:
        """What it is made with."""
        return self.bot.describe()


@dataclass
class Altered:
    """A system whose replies are changed on their way out."""

    system: Any
    answer: Callable[[Question, Answer], Answer] = lambda question, answer: answer
    hits: Callable[[tuple[Hit, ...]], tuple[Hit, ...]] = lambda hits: hits

    def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
        """Hits, changed."""
        hits, seconds = self.system.search(question, k)
        changed = self.hits(hits)
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(changed, start=1)), seconds

    def ask(self, question: Question) -> Answer:
        """The answer, changed."""
        return self.answer(question, self.system.ask(question))

    def describe(self) -> Mapping[str, object]:
        """What it is made with."""
        return self.system.describe()


@dataclass(frozen=True, slots=True)
class Variant:
    """One change of the pipeline; ``make`` gives a context that holds the changed system."""

    name: str
    words: str
    make: Callable[[Workshop], Any]


class Workshop:
    """The base system, and what variants are built of."""

    def __init__(self, settings: Settings, documents: Sequence[Path], work: Path) -> None:
        self.settings, self.documents, self.work = settings, documents, work
        self.kept = work / "vectors.sqlite"
        self.embedder = KeptEmbedder(open_embedder(settings), self.kept)
        self.llm = None if settings.llm == "extractive" else open_llm(settings)
        self.index = self.build(work / "index", self.embedder, self.documents)
        self.base = Remembered(self.bot())

    def build(
        self, folder: Path, embedder: Any, paths: Sequence[Path], change: Callable[[Recipe], Recipe] = lambda r: r
    ) -> Index:
        """An index of some folders, taken in one after the other."""
        tokens = self.settings.chunk_tokens
        index = Index.open(folder, embedder=embedder, chunk_tokens=tokens, create=True)
        recipe = change(standard_recipe(embedder, tokens))
        for path in paths:
            report = pipeline.add(index, [path], recipe)
            if report.failed:
                raise UsageError(f"{report.failed[0].path}: {report.failed[0].error}")
        return index

    def bot(self, index: Index | None = None, embedder: Any = None, **settings: Any) -> Chatbot:
        """A chatbot with some parts and settings changed; settings that are no more are left out."""
        known = {key: value for key, value in settings.items() if key in Settings.model_fields}
        changed = self.settings.model_copy(update=known)
        return Chatbot(changed, index or self.index, lambda: embedder or self.embedder, lambda: self.llm)


@contextmanager
def patched(target: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute replaced for a while."""
    with mock.patch.object(target, name, value):
        yield


def settings_of(**changes: Any) -> Callable[[Workshop], Any]:
    """A variant by settings alone."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        yield shop.bot(**changes)

    return make


def output(
    answer: Callable[[Question, Answer], Answer] = lambda question, answer: answer,
    hits: Callable[[tuple[Hit, ...]], tuple[Hit, ...]] = lambda hits: hits,
) -> Callable[[Workshop], Any]:
    """A variant of what comes out."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        yield Altered(shop.base, answer, hits)

    return make


def in_snapshot(name: str, value: Callable[[Any], Any]) -> Callable[[Workshop], Any]:
    """A variant of one method of the index; ``value`` gets the method itself."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        with patched(Snapshot, name, value(getattr(Snapshot, name))):
            yield shop.bot()

    return make


def with_index(
    change: Callable[[Recipe], Recipe] = lambda recipe: recipe,
    folders: Callable[[Sequence[Path], Path], Sequence[Path]] = lambda given, empty: given,
) -> Callable[[Workshop], Any]:
    """A variant over another index; ``folders`` gives what it holds, from ours and an empty folder."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        with tempfile.TemporaryDirectory() as place:
            empty = Path(place) / "files"
            empty.mkdir()
            index = shop.build(Path(place) / "index", shop.embedder, folders(shop.documents, empty), change)
            yield shop.bot(index)
            index.close()

    return make


def without_context(recipe: Recipe) -> Recipe:
    """Chunks that do not know their document and headings."""

    def read(path: Path, source: str) -> Any:
        file = recipe.read(path, source)
        chunks = tuple(tuple(replace(chunk, context="") for chunk in chunks) for chunks in file.chunks)
        return replace(file, chunks=chunks)

    return replace(recipe, version=recipe.version + "-bare", read=read)


def with_gaps(recipe: Recipe) -> Recipe:
    """Every fourth chunk is lost."""

    def read(path: Path, source: str) -> Any:
        file = recipe.read(path, source)
        kept = tuple(tuple(chunk for i, chunk in enumerate(chunks) if i % 4 != 1) for chunks in file.chunks)
        return replace(file, chunks=kept)

    return replace(recipe, version=recipe.version + "-gaps", read=read)


def before_update(recipe: Recipe) -> Recipe:
    """Every third file as it stood before its last update: a line on top that is gone now."""

    def read(path: Path, source: str) -> Any:
        file = recipe.read(path, source)
        if int(hashlib.sha256(source.encode()).hexdigest(), 16) % 3:
            return file
        return moved(file, "〔上一版〕\n")

    return replace(recipe, version=recipe.version + "-old", read=read)


def moved(file: Any, head: str) -> Any:
    """A file read, with words put before its text and every offset moved."""
    by = len(head)

    def shift(part: Any) -> Any:
        moves: dict[str, Any] = {
            name: getattr(part, name) + by for name in ("start", "end", "body") if hasattr(part, name)
        }
        if hasattr(part, "spans"):
            moves["spans"] = tuple((a + by, b + by) for a, b in part.spans)
        return replace(part, **moves)

    parts = ("sections", "items", "removed", "links", "redactions", "irregularities")
    documents = tuple(
        replace(
            shift(d), metadata=replace(d.metadata, found_at={}), **{p: tuple(map(shift, getattr(d, p))) for p in parts}
        )
        for d in file.documents
    )
    chunks = tuple(tuple(shift(chunk) for chunk in chunks) for chunks in file.chunks)
    digest = hashlib.sha256((head + file.sha256).encode()).hexdigest()
    starts = tuple(start + by for start in file.page_starts)
    return replace(file, text=head + file.text, sha256=digest, documents=documents, chunks=chunks, page_starts=starts)


def with_ghosts(given: Sequence[Path], empty: Path) -> Sequence[Path]:
    """The documents, and copies of some under other names: files that were deleted since."""
    for number, (root, path) in enumerate(_files(given)):
        if number % 3 == 0:
            copied(path, empty / path.relative_to(root).with_name(f"已删除-{path.name}"))
    return [*given, empty]


def backwards(given: Sequence[Path], empty: Path) -> Sequence[Path]:
    """The later half of the documents first."""
    every = _files(given)
    for root, path in every[len(every) // 2 :]:
        copied(path, empty / path.relative_to(root))
    return [empty, *reversed(given)]


def copied(path: Path, to: Path) -> None:
    """A file, with the same bytes, elsewhere."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(path.read_bytes())


def _files(folders: Sequence[Path]) -> list[tuple[Path, Path]]:
    return [(root, path) for root in folders for path in sorted(root.rglob("*")) if path.is_file()]


def wrong_figures(question: Question, answer: Answer) -> Answer:
    """What an unchecked draft does now and then: another figure."""
    if answer.status != "answered" or _nth(question, 8):
        return answer
    return replace(answer, text=_FIGURE.sub(lambda found: str(int(found.group()) + 37), answer.text, count=1))


def padded(question: Question, answer: Answer) -> Answer:
    """What a prompt that does not bind the model to the clauses gives: a remark of its own."""
    if answer.status != "answered" or _nth(question, 5):
        return answer
    more = "一般在15个工作日内办结。" if language(question.text) == "zh" else " Usually this takes 15 working days."
    return replace(answer, text=answer.text + more)


def shuffled(shop: Workshop) -> Any:
    """Each answer with the citations of the answer before it."""
    last: list[tuple[Citation, ...]] = [()]

    def answer(question: Question, given: Answer) -> Answer:
        if not given.citations:
            return given
        before, last[0] = last[0], given.citations
        swapped = tuple(
            replace(other, n=own.n) for own, other in zip(given.citations, before * len(given.citations), strict=False)
        )
        return replace(given, citations=swapped or given.citations)

    return output(answer)(shop)


def truncated(question: Question, answer: Answer) -> Answer:
    """An answer from evidence that was cut in the middle of its sentences."""
    if answer.status != "answered":
        return answer
    cut = tuple(
        replace(c, quote=c.quote[: len(c.quote) // 2], end=c.start + len(c.quote) // 2) for c in answer.citations
    )
    half = re.sub(r"([^\[\]。\n]+)(?=\[)", lambda found: found.group()[: len(found.group()) // 2], answer.text)
    return replace(answer, text=half, citations=cut)


def shifted(question: Question, answer: Answer) -> Answer:
    """Offsets that count in another text."""
    moved_ = tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in answer.citations)
    return answer if _nth(question, 4) else replace(answer, citations=moved_)


def english_refused(question: Question, answer: Answer) -> Answer:
    """Questions in English find nothing."""
    if language(question.text) == "zh":
        return answer
    return replace(answer, status="not_found", text="No clause answers this.", citations=())


def _nth(question: Question, n: int) -> bool:
    return bool(int(hashlib.sha256(question.text.encode()).hexdigest(), 16) % n)


def _without_filter(method: Any) -> Any:
    def search(self: Any, query: Any, k: int, scope: Scope, **options: Any) -> Any:
        return method(self, query, k, Scope(), **options)

    return search


@contextmanager
def filters_ignored(shop: Workshop) -> Iterator[Any]:
    """Scope, year and named documents are not applied by the engines."""
    vectors, words = _without_filter(Snapshot.search_vectors), _without_filter(Snapshot.search_lexical)
    with patched(Snapshot, "search_vectors", vectors), patched(Snapshot, "search_lexical", words):
        yield shop.bot()


@contextmanager
def stale_offered(shop: Workshop) -> Iterator[Any]:
    """The index knows of no document that is superseded or repealed."""
    plain = Snapshot.documents

    def forgetful(self: Any) -> Any:
        return tuple(replace(d, superseded_by=None, metadata=replace(d.metadata, status=None)) for d in plain(self))

    bot = shop.bot()

    class Fooled(Remembered):
        def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
            with patched(Snapshot, "documents", forgetful):
                return bot.search(question, k)

        def ask(self, question: Question) -> Answer:
            with patched(Snapshot, "documents", forgetful):
                return bot.ask(question)

    yield Fooled(bot)


@contextmanager
def other_prefix(shop: Workshop) -> Iterator[Any]:
    """Questions are embedded as if they were passages."""
    settings = shop.settings.model_copy(update={"embedding_query_prefix": "passage: "})
    yield shop.bot(embedder=KeptEmbedder(open_embedder(settings), shop.kept))


@contextmanager
def other_seed(shop: Workshop) -> Iterator[Any]:
    """Vectors of a badly seeded model."""
    yield shop.bot(embedder=NoisyEmbedder(shop.embedder, share=1.5))


def prompt_of(change: Callable[[prompts.Prompt], prompts.Prompt]) -> Callable[[Workshop], Any]:
    """A variant by what the language model is told."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        plain = prompts.load
        with patched(prompts, "load", lambda name: change(plain(name))):
            yield shop.bot()

    return make


def worse_prompt(shop: Workshop) -> Any:
    """A prompt that binds the model to nothing; without a model, the remarks it would add."""
    if shop.llm is None:
        return output(padded)(shop)
    return prompt_of(lambda p: replace(p, system="Answer at length, from all you know.", hash="worse"))(shop)


def reembedded(variant: str, **settings: Any) -> Callable[[Workshop], Any]:
    """Index and questions embedded anew, with settings that only bear on speed."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[Any]:
        embedder = KeptEmbedder(open_embedder(shop.settings.model_copy(update=settings)), shop.kept, variant)
        with tempfile.TemporaryDirectory() as folder:
            index = shop.build(Path(folder) / "index", embedder, shop.documents)
            yield shop.bot(index, embedder)
            index.close()

    return make


@contextmanager
def one_thread(shop: Workshop) -> Iterator[Any]:
    """Vectors computed on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield shop.bot(embedder=KeptEmbedder(open_embedder(shop.settings), shop.kept, "one thread"), llm_threads=1)
    finally:
        torch.set_num_threads(threads)


MUTANTS = (
    Variant("k-halved", "half as many hits and candidates", lambda shop: _halved(shop)),
    Variant("no-lexical", "no lexical list", in_snapshot("search_lexical", lambda m: lambda *a, **k: [])),
    Variant("no-dense", "no dense list", in_snapshot("search_vectors", lambda m: lambda *a, **k: [])),
    Variant("query-prefix", "questions embedded with the passages' prefix", other_prefix),
    Variant("no-headings", "heading path dropped from chunks", with_index(without_context)),
    Variant("unverified", "drafts unchecked: one answer in eight has a wrong figure", output(wrong_figures)),
    Variant("shuffled", "citations shuffled", shuffled),
    Variant("refuses-more", "refusal threshold up", lambda shop: _threshold(shop, 0.25)),
    Variant("refuses-less", "refusal threshold down", lambda shop: _threshold(shop, -1.0)),
    Variant("stale-index", "every third file indexed as it was before its update", with_index(before_update)),
    Variant("truncated", "evidence cut in the middle of sentences", output(truncated)),
    Variant("worse-prompt", "a prompt that lets the model add remarks", worse_prompt),
    Variant("other-seed", "vectors of a badly seeded model", other_seed),
    Variant("deleted-cited", "deleted copies still in the index", with_index(folders=with_ghosts)),
    Variant("stale-offered", "superseded documents not left out", stale_offered),
    Variant("top-hit-lost", "the best hit dropped", output(hits=lambda hits: hits[1:])),
    Variant("gaps", "every fourth chunk lost", with_index(with_gaps)),
    Variant("offsets", "offsets off by one in every fourth answer", output(shifted)),
    Variant("english", "questions in English refused", output(english_refused)),
    Variant("no-filters", "scope, year and named documents ignored", filters_ignored),
)
HARMLESS = (
    Variant("batch", "another batch size for embedding", reembedded("batch", embedding_batch=3)),
    Variant("threads", "one thread", one_thread),
    Variant("reordered", "later documents added first", with_index(folders=backwards)),
    Variant("rebuilt", "index built again", with_index()),
    Variant(
        "prompt-layout", "prompt files reformatted", prompt_of(lambda p: replace(p, system=p.system + "\n\n", hash="x"))
    ),
    Variant("page-settings", "port, language, upload size", settings_of(port=9999, language="zh", upload_mb=9)),
    Variant("patience", "longer time-outs and more tries", settings_of(llm_timeout_s=99.0, openai_retries=5)),
    Variant("more-candidates", "a third more candidates", lambda shop: _more_candidates(shop)),
    Variant("dtype", "vectors in float32", reembedded("float32", embedding_dtype="float32")),
    Variant("asked-again", "the same build, asked again", settings_of()),
)


@contextmanager
def _halved(shop: Workshop) -> Iterator[Any]:
    half = {key: max(1, getattr(shop.settings, key) // 2) for key in ("candidates", "evidence_clauses")}
    half["candidates"] = max(10, half["candidates"])
    yield Altered(shop.bot(**half), hits=lambda hits: hits[: len(hits) // 2])


@contextmanager
def _threshold(shop: Workshop, by: float) -> Iterator[Any]:
    yield shop.bot(answer_threshold=min(1.0, max(0.0, shop.settings.answer_threshold + by)))


@contextmanager
def _more_candidates(shop: Workshop) -> Iterator[Any]:
    yield shop.bot(candidates=shop.settings.candidates * 4 // 3)


def run_of(system: Any, snapshot: Any, located: Sequence[Located], info: SetInfo) -> Run:
    """The scored run of a system; what it cites is looked up in the base's index."""
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.jsonl"
        return score(generate(system, snapshot, located, describe(system, info), answers=answers))


def main() -> int:
    """Print the table; 0 where enough are stopped and enough pass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, metavar="SET")
    parser.add_argument("--documents", type=Path, nargs="+", default=[Path("samples")], metavar="DIR")
    parser.add_argument("--work", type=Path, default=Path("var/mutants"))
    parser.add_argument("--llm", default="extractive", choices=["extractive", "local", "openai"])
    parser.add_argument("--sample", type=int, metavar="N", help="N cases, each type in its share")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these variants only")
    arguments = parser.parse_args()
    settings = load_settings({"llm": arguments.llm, "index": arguments.work / "index"})
    shop = Workshop(settings, arguments.documents, arguments.work)
    snapshot = shop.index.snapshot()
    located, faults = locate(load_set(arguments.cases).cases, snapshot)
    for fault in faults:
        sys.stderr.write(f"left out: case {fault.case}: {fault.reason}\n")
    chosen = sample([one.case for one in located], arguments.sample or len(located))
    located = tuple(one for one in located if one.case in chosen)
    info = SetInfo(name=arguments.cases.stem, hash=set_hash(chosen), cases=len(chosen), of=len(chosen))
    started = time.perf_counter()
    base = run_of(shop.base, snapshot, located, info)
    broken = judge(base, base).findings
    sys.stdout.write(f"base: {len(chosen)} cases, {time.perf_counter() - started:.0f} s\n")
    for finding in broken:
        sys.stdout.write(f"  the base breaks a hard rule, so nothing can pass: {finding.message}\n")
    scores = {}
    for title, variants, wants_stop in (("mutants", MUTANTS, True), ("harmless", HARMLESS, False)):
        told = [v for v in variants if not arguments.only or v.name in arguments.only]
        right = 0
        for variant in told:
            started = time.perf_counter()
            with variant.make(shop) as system:
                run = run_of(system, snapshot, located, info)
            judgement = judge(base, run)
            new = [finding for finding in judgement.findings if finding not in broken]
            stopped = bool(new)
            right += stopped is wants_stop
            why = f"{new[0].rule}: {new[0].message}" if new else "passed"
            mark = "ok   " if stopped is wants_stop else "WRONG"
            sys.stdout.write(f"{mark} {variant.name:<16} {time.perf_counter() - started:5.0f} s  {variant.words}\n")
            sys.stdout.write(f"        {why[:200]}\n")
            sys.stdout.flush()
        scores[title] = (right, len(told))
    caught, total = scores["mutants"]
    passed, harmless = scores["harmless"]
    sys.stdout.write(f"\nstopped {caught} of {total} mutants; let {passed} of {harmless} harmless variants pass\n")
    if arguments.only:
        return 0
    return 0 if caught >= ENOUGH_MUTANTS and passed >= ENOUGH_HARMLESS else 1


if __name__ == "__main__":
    sys.exit(main())
