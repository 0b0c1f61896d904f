"""Bringing the derived parts, FAISS and tantivy, to the state of SQLite: by replay, or anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rag.index import lexical, vectors
from rag.index.faults import explained
from rag.index.lexical import LexicalEntry
from rag.index.store import Stamp, Store
from rag.index.vectors import VectorView

EXACT_CHUNKS = 2_000
"""Up to so many chunks the lexical part is made anew when chunks go: tantivy counts removed ones in
its BM25 statistics until their segment is merged, which a small collection would feel."""
STALE_SHARE = 0.1
"""Above it, the lexical part is made anew once so large a share of it was removed."""
CHECKPOINT_CHUNKS = 20_000
"""Up to so many chunks each commit writes the vectors' checkpoint; above, when a tenth has changed."""
CHECKPOINT_SHARE = 0.1
REPLAY_SHARE = 0.5
"""Above it, the vectors are read anew: eight bits keep well only what they were fitted to."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A derived part that was not at the state of SQLite."""

    part: Literal["lexical", "vectors"]
    how: Literal["replayed", "rebuilt"]


def bring_up(store: Store, *, verify: bool) -> list[Repair]:
    """Make both derived parts reflect the committed state; the caller holds the write lock.

    ``verify`` compares checksums too, which reads every file once.
    """
    with explained(store.folder):
        stamp = store.stamp()
        repairs = _bring_up_lexical(store, stamp, verify), _bring_up_vectors(store, stamp)
    return [repair for repair in repairs if repair]


def vector_view(store: Store, stamp: Stamp, known: tuple[Stamp, VectorView] | None) -> VectorView:
    """The vectors at ``stamp``, the state ``store`` reads: from a known view, the checkpoint, or anew."""
    dimension = store.manifest().dimension
    if known is not None and known[0] == stamp:
        return known[1]
    if known is not None and known[1].dimension == dimension and store.knows(known[0]):
        view = _replayed(store, known[0], known[1])
        if view is not None:
            return view
    trailer = vectors.read_trailer(store.folder)
    if trailer is not None and trailer.dimension == dimension:
        saved = Stamp.parse(trailer.stamp)
        checkpoint = vectors.load(store.folder, trailer) if store.knows(saved) else None
        view = _replayed(store, saved, checkpoint) if checkpoint is not None else None
        if view is not None:
            return view
    ids = store.added_since(-1)
    return VectorView.read(dimension, ids, store.exact(dimension), vectors.kind_for(len(ids)))


def _replayed(store: Store, since: Stamp, view: VectorView) -> VectorView | None:
    """The view with the changes since; None where most has changed, or another kind of base is due."""
    added, dropped = store.added_since(since.generation), store.dropped_since(since.generation)
    if len(added) + len(dropped) > max(CHECKPOINT_CHUNKS, len(view) * REPLAY_SHARE):
        return None
    view = view.advance(dropped, added, store.vectors(added, view.dimension))
    return view if view.kind == vectors.kind_for(len(view), view.kind) else None


def _bring_up_vectors(store: Store, stamp: Stamp) -> Repair | None:
    trailer = vectors.read_trailer(store.folder)
    dimension = store.manifest().dimension
    usable = trailer is not None and trailer.dimension == dimension and store.knows(Stamp.parse(trailer.stamp))
    if usable and trailer is not None:
        if trailer.stamp == str(stamp):
            return None
        since = Stamp.parse(trailer.stamp).generation
        changed = len(store.added_since(since)) + len(store.dropped_since(since))
        if trailer.count > CHECKPOINT_CHUNKS and changed <= trailer.count * CHECKPOINT_SHARE:
            return None
    vector_view(store, stamp, None).save(store.folder, str(stamp))
    return Repair("vectors", "replayed" if usable else "rebuilt")


def _bring_up_lexical(store: Store, stamp: Stamp, verify: bool) -> Repair | None:
    view = lexical.open_view(store.folder, verify=verify)
    if view is not None and view.stamp == str(stamp):
        return None
    since = Stamp.parse(view.stamp) if view is not None else None
    if since is not None and store.knows(since):
        dropped = store.dropped_since(since.generation)
        if not len(dropped) or _may_leave_removed(store, len(dropped)):
            added = store.added_since(since.generation)
            gone = np.union1d(dropped, added).tolist()
            lexical.update(store.folder, str(stamp), gone, _entries(store, added))
            return Repair("lexical", "replayed")
    lexical.rebuild(store.folder, str(stamp), _entries(store, None))
    return Repair("lexical", "rebuilt")


def _may_leave_removed(store: Store, dropped: int) -> bool:
    ((live,),) = store.rows("SELECT count(*) FROM chunks")
    left = lexical.removed_count(store.folder) + dropped
    return bool(live > EXACT_CHUNKS and left <= live * STALE_SHARE)


def _entries(store: Store, ids: npt.NDArray[np.int64] | None) -> Iterator[LexicalEntry]:
    """What is searched of these chunks, of all where ``ids`` is None."""
    sql = "SELECT chunks.id, doc_id, year, text, context FROM chunks JOIN documents USING (doc_id)"
    values: tuple[str, ...] = ()
    if ids is not None:
        sql += " WHERE chunks.id IN (SELECT value FROM json_each(?))"
        values = (json.dumps(ids.tolist()),)
    for batch in store.batches(f"{sql} ORDER BY chunks.id", values):
        for row in batch:
            yield LexicalEntry(*row)
