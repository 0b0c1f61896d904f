"""From files to the index: what is new is added, what changed is replaced, the rest is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ingest.recipe import Recipe, sha256_of
from ingest.walk import Failure, Input, Inputs, find_inputs
from rag.errors import DocumentError, MissingExtra, UsageError
from rag.index import Index, IndexWriter
from rag.index.manifest import Manifest
from rag.types import IndexedDocument


@dataclass(frozen=True, slots=True)
class Step:
    """How far a command is: files read, or clauses embedded."""

    stage: Literal["reading", "embedding"]
    done: int
    total: int
    source: str


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What a command did; the counts are of the files it was given, as the index holds them now."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]
    removed: tuple[str, ...]
    """Sources that are gone from the folder, or gave way to a document of the same number."""
    warnings: tuple[str, ...]
    documents: int
    sections: int
    chunks: int
    chars: int
    seconds: float
    version: str


class _Tally:
    def __init__(self, inputs: Inputs) -> None:
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.removed: list[str] = []
        self.warnings: list[str] = []
        self.failed = list(inputs.failed)

    def report(self, index: Index, started: float) -> IngestReport:
        snapshot = index.snapshot()
        totals = snapshot.totals([*self.added, *self.updated, *self.unchanged])
        return IngestReport(
            added=tuple(self.added),
            updated=tuple(self.updated),
            unchanged=tuple(self.unchanged),
            failed=tuple(self.failed),
            removed=tuple(self.removed),
            warnings=tuple(self.warnings),
            documents=totals.documents,
            sections=totals.sections,
            chunks=totals.chunks,
            chars=totals.chars,
            seconds=time.monotonic() - started,
            version=snapshot.version,
        )


def add(
    index: Index,
    paths: Sequence[Path],
    recipe: Recipe,
    *,
    rebuild: bool = False,
    instead_of: str = "",
    progress: Progress | None = None,
) -> IngestReport:
    """Take in files and folders as one transaction; what fails is listed, the rest is kept.

    With ``rebuild`` every file is read again and the documents not given are chunked and embedded
    anew from the texts in the index, for the index's embedder and ``recipe``. ``instead_of`` is the
    doc_id of a document whose place the first document of the first file takes, whatever its name.

    Raises:
        IndexLocked: somebody else is writing.
    """
    started = time.monotonic()
    inputs = find_inputs(paths, skip=index.folder)
    tally = _Tally(inputs)
    with _writer(index, progress) as writer:
        _take_in(writer, inputs, recipe, tally, index, rebuild, progress, instead_of)
    return tally.report(index, started)


def sync(index: Index, folder: Path, recipe: Recipe, *, progress: Progress | None = None) -> IngestReport:
    """As ``add`` of the folder, and in the same transaction remove what came from it and is gone.

    A file that is there but cannot be read keeps the version in the index.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; sync takes the folder that was added")
    started = time.monotonic()
    inputs = find_inputs([folder], skip=index.folder)
    tally = _Tally(inputs)
    root = str(folder.resolve())
    with _writer(index, progress) as writer:
        _take_in(writer, inputs, recipe, tally, index, False, progress)
        present = {one.source for one in inputs.files}
        gone = {
            file.source
            for file in writer.files().values()
            if file.root == root and file.source not in present and not _unseen(file.source, inputs)
        }
        for document in writer.documents():
            if document.source in gone:
                writer.remove(document.doc_id)
        tally.removed += sorted(gone)
    return tally.report(index, started)


def remove(index: Index, names: Sequence[str]) -> tuple[IndexedDocument, ...]:
    """Remove the documents that each name means: a doc_id, a source or a title. All or none.

    Raises:
        UsageError: a name that means no document, or a title that several have.
    """
    with index.writer() as writer:
        documents = writer.documents()
        wanted = {one.doc_id: one for name in names for one in _named(documents, name, index.folder)}
        for doc_id in wanted:
            writer.remove(doc_id)
    return tuple(wanted.values())


@contextmanager
def _writer(index: Index, progress: Progress | None) -> Iterator[IndexWriter]:
    with index.writer() as writer:
        if progress is not None:
            writer.progress = lambda done, total: progress(Step("embedding", done, total, ""))
        yield writer


def _take_in(
    writer: IndexWriter,
    inputs: Inputs,
    recipe: Recipe,
    tally: _Tally,
    index: Index,
    rebuild: bool,
    progress: Progress | None,
    instead_of: str = "",
) -> None:
    if rebuild:
        if index.embedder is None:
            raise UsageError("rebuilding needs an embedder")
        writer.rebuild(Manifest.of(index.embedder, recipe.chunk_tokens))
    run = {one.source for one in inputs.files}
    for number, one in enumerate(inputs.files):
        if progress is not None:
            progress(Step("reading", number, len(inputs.files), one.source))
        _take_in_one(writer, one, recipe, tally, run, rebuild, instead_of if number == 0 else "")
    if rebuild:
        writer.rechunk(recipe.chunk)
    if progress is not None:
        progress(Step("reading", len(inputs.files), len(inputs.files), ""))


def _take_in_one(
    writer: IndexWriter,
    one: Input,
    recipe: Recipe,
    tally: _Tally,
    run: set[str],
    rebuild: bool,
    instead_of: str = "",
) -> None:
    known = writer.file(one.source)
    try:
        if known is not None and known.whole and not rebuild and not instead_of and known.sha256 == sha256_of(one.path):
            if (known.recipe, known.root) == (recipe.version, one.root):
                tally.unchanged.append(one.source)
                return
            if known.recipe == recipe.version:
                writer.note(one.source, recipe=recipe.version, root=one.root)
                tally.unchanged.append(one.source)
                return
        file = recipe.read(one.path, one.source)
        file.text.encode("utf-8")
    except (DocumentError, MissingExtra, OSError, UnicodeEncodeError) as error:
        kept = " (the version in the index is kept)" if known is not None else ""
        tally.failed.append(Failure(str(one.path), f"{_reason(error, one.path.name)}{kept}"))
        return
    if known is not None and known.whole and not rebuild and not instead_of and writer.holds(file):
        writer.note(one.source, recipe=recipe.version, root=one.root)
        tally.unchanged.append(one.source)
        return
    ids = {0: instead_of} if instead_of else None
    put = writer.put(file, recipe=recipe.version, root=one.root, run=run, ids=ids)
    (tally.added if put.action == "added" else tally.updated).append(one.source)
    tally.removed += put.replaced
    why = "as asked" if instead_of else "same document number"
    tally.warnings += [f"{one.source} takes the place of {source}: {why}" for source in put.replaced]
    tally.warnings += [
        f"{one.source} and {source} have the same document number {number}; both are kept"
        for number, source in put.twins
    ]


def _reason(error: Exception, name: str) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "its text is not valid Unicode"
    if isinstance(error, OSError):
        return f"it cannot be read ({error.strerror or error})"
    return str(error).removeprefix(f"{name}: ")


def _unseen(source: str, inputs: Inputs) -> bool:
    return any(
        place == "/" or source == place or (place.endswith("/") and source.startswith(place)) for place in inputs.unseen
    )


def _named(documents: Sequence[IndexedDocument], name: str, folder: Path) -> list[IndexedDocument]:
    for found in (
        [one for one in documents if one.doc_id == name],
        [one for one in documents if one.source == name],
    ):
        if found:
            return found
    titled = [one for one in documents if one.title == name.removeprefix("《").removesuffix("》")]
    if len(titled) > 1:
        ids = ", ".join(f"{one.doc_id} ({one.source})" for one in titled)
        raise UsageError(f"{len(titled)} documents are titled {name}: {ids}; name one by its id or source")
    if not titled:
        raise UsageError(f"no document {name} in {folder}; see: python -m ingest list --index {folder}")
    return titled
