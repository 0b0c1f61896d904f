"""The index folder: SQLite as the truth, FAISS and tantivy derived from it, one writer, many readers.

``Index.snapshot`` gives readers one state of all three; ``Index.writer`` changes them as one
transaction. A derived part that is missing, damaged or behind is brought up from SQLite whenever
the folder is opened, so that after a crash nothing is left to do.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rag.errors import IndexLocked, IndexMissing, StoreError, YijuError
from rag.index.database import LOG_BYTES
from rag.index.derived import Repair, bring_up, vector_view
from rag.index.faults import FILE_NAME
from rag.index.invariants import Violation, check_snapshot
from rag.index.lexical import LexicalView, forget_checked, open_view
from rag.index.lock import WriteLock
from rag.index.manifest import Manifest
from rag.index.snapshot import Snapshot
from rag.index.store import Stamp, Store
from rag.index.vectors import VectorView
from rag.index.writer import IndexWriter
from rag.models.embedding import Embedder

__all__ = ["Index", "IndexWriter", "Snapshot", "Violation", "check"]

_PATIENCE_S = 60.0
_POLL_S = 0.02
_RENEW_S = 5.0
_DONE = "all changes of the command are in the index"
_UNDONE = "the index is as it was before the command"


class Index:
    """An index folder, opened; use it from any thread, and close it or leave it to ``with``."""

    def __init__(self, folder: Path, embedder: Embedder | None, chunk_tokens: int | None) -> None:
        self.folder = folder
        self.embedder = embedder
        self.repairs: list[Repair] = []
        """Derived parts that had to be brought up or built anew since the folder was opened."""
        self._chunk_tokens = chunk_tokens
        self._lock = threading.RLock()
        self._probe = Store(folder)
        self._current: Snapshot | None = None
        self._vectors: tuple[Stamp, VectorView] | None = None
        self._verified = False
        self._closed = threading.Event()
        threading.Thread(target=_keep_renewed, args=(weakref.ref(self), self._closed), daemon=True).start()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        embedder: Embedder | None = None,
        chunk_tokens: int | None = None,
        create: bool = False,
        rebuild: bool = False,
    ) -> Index:
        """Open the index in ``folder``; repair what a crash or a damaged file left behind.

        The embedder and the longest chunk are compared with the manifest unless they are None;
        ``create`` makes an index where there is none (both are needed then). With ``rebuild``
        nothing is compared: ``IndexWriter.rebuild`` takes on the new settings.

        Raises:
            IndexMissing: there is no index, and ``create`` is false.
            IndexMismatch: built with other settings.
            IndexDamaged: SQLite cannot be read.
        """
        if create:
            _create(folder, embedder, chunk_tokens)
        _require_index(folder)
        index = cls(folder, None if rebuild else embedder, None if rebuild else chunk_tokens)
        try:
            index.snapshot()
        except BaseException:
            index.close()
            raise
        index.embedder = embedder
        return index

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder; snapshots that are still held go on working."""
        self._closed.set()
        with self._lock:
            self._current = None
            self._probe.close()

    def snapshot(self) -> Snapshot:
        """The newest complete state; cheap to call at each question.

        While a writer has committed but not yet derived the rest, the state before is served.

        Raises:
            IndexMismatch: the index was meanwhile rebuilt with other settings.
            IndexLocked: nothing can be served yet because another process is still repairing.
        """
        deadline = time.monotonic() + _PATIENCE_S
        with self._lock:
            while True:
                if self._current is not None and self._current.stamp == self._probe.stamp():
                    return self._current
                fresh = self._fresh()
                if fresh is not None:
                    self._current = fresh
                    return fresh
                if time.monotonic() > deadline:
                    raise IndexLocked(_not_ready(self.folder))
                if self._repair():
                    continue
                if self._current is not None:
                    return self._current
                time.sleep(_POLL_S)

    def renew(self) -> None:
        """Where SQLite's log has grown, take up the newest state, so that the log can begin anew.

        A state that is held keeps SQLite from writing over its log; this is called every few
        seconds, for nobody may ask a question in days while documents are added.
        """
        with self._lock:
            if self._closed.is_set() or self._probe.log_bytes() <= LOG_BYTES:
                return
            self._current = self._fresh() or self._current
            self._probe.checkpoint()
            self._current = self._fresh() or self._current  # this one reads no log any more

    @contextmanager
    def writer(self) -> Iterator[IndexWriter]:
        """Change the index: one transaction, committed when the block ends, undone when it raises.

        Raises:
            IndexLocked: another process or thread is writing; the message names it.
        """
        with WriteLock(self.folder), closing(Store(self.folder)) as store:
            bring_up(store, verify=False)
            writer = IndexWriter(store, self.embedder)
            try:
                yield writer
                if writer.commit():
                    bring_up(store, verify=False)
                    writer.forget_embeddings()
            except KeyboardInterrupt:
                writer.abandon()
                done = store.stamp().generation == writer.generation
                raise KeyboardInterrupt(_DONE if done else _UNDONE) from None
            except BaseException:
                writer.abandon()
                raise

    def _fresh(self) -> Snapshot | None:
        """A snapshot of the newest state, or None where the lexical part is not at that state."""
        store = Store(self.folder)
        try:
            store.execute("BEGIN")
            stamp = store.stamp()
            lexical = self._lexical(stamp)
            if lexical is None:
                store.close()
                return None
            store.manifest().require(self.folder, embedder=self.embedder, chunk_tokens=self._chunk_tokens)
            vectors = vector_view(store, stamp, self._vectors)
            self._vectors = (stamp, vectors)
            return Snapshot(store, stamp, lexical, vectors, self._current.known() if self._current else None)
        except BaseException:
            store.close()
            raise

    def _lexical(self, stamp: Stamp) -> LexicalView | None:
        view = open_view(self.folder, verify=not self._verified)
        if view is None or view.stamp != str(stamp):
            return None
        self._verified = True
        return view

    def _repair(self) -> bool:
        """Bring up the derived parts unless somebody is writing; whether it was done."""
        try:
            with WriteLock(self.folder), closing(Store(self.folder)) as store:
                self.repairs += bring_up(store, verify=not self._verified)
        except IndexLocked:
            return False
        return True


def _keep_renewed(index: weakref.ref[Index], closed: threading.Event) -> None:
    while not closed.wait(_RENEW_S):
        held = index()
        if held is None:
            return
        with contextlib.suppress(YijuError):  # told to whoever asks next
            held.renew()
        del held


def check(folder: Path) -> list[Violation]:
    """Every invariant of the index that does not hold, after the repairs that opening makes.

    Raises:
        IndexMissing: there is no index.
        IndexDamaged: SQLite cannot be read at all.
    """
    forget_checked(folder)
    with Index.open(folder) as index:
        return check_snapshot(folder, index.snapshot())


def _create(folder: Path, embedder: Embedder | None, chunk_tokens: int | None) -> None:
    if embedder is None or chunk_tokens is None:
        raise ValueError("a new index needs an embedder and chunk_tokens")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made ({error}); name another folder with --index") from None
    if _has_tables(folder):
        return
    with WriteLock(folder), closing(Store(folder, create=True)) as store:
        store.create(Manifest.of(embedder, chunk_tokens))
        bring_up(store, verify=False)


def _require_index(folder: Path) -> None:
    if not _has_tables(folder):
        raise IndexMissing(f"no index in {folder}. Make one: python -m ingest add DOCUMENTS --index {folder}")


def _has_tables(folder: Path) -> bool:
    """Whether there is an index; a crash while it was made leaves a file without tables."""
    if not (folder / FILE_NAME).exists():
        return False
    with closing(Store(folder)) as store:
        return store.exists()


def _not_ready(folder: Path) -> str:
    return (
        f"{folder} is not up to date after {_PATIENCE_S:.0f} s; another process may be rebuilding it: "
        "try again in a minute"
    )
