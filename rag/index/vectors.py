"""Dense search: FAISS over unit vectors, as immutable views that share their large part.

A view is a base index, the ids dropped from it, and a small index of what was added since; a newer
view of a changed index shares the base until the difference is worth folding in. The file on disk
is a checkpoint of a base, ended by a line that says which state it reflects and its checksum.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.index.ranking import Ranking, with_ties

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

FILE_NAME = "vectors.faiss"
SCORE_DIGITS = 6
"""Cosines that agree in so many digits count as equal; the rest depends on the order of summation."""
_FOLD_SHARE = 0.1
_FOLD_MIN = 1024
_TRAILER_BYTES = 256
_READ_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailer:
    """The last bytes of the file."""

    stamp: str
    dimension: int
    count: int
    bytes: int
    crc: int


class VectorView:
    """The vectors of one state of the index; never changes, so many threads may search it."""

    def __init__(self, base: Any, dropped: Ids, added: Any) -> None:
        self._base = base
        self._dropped = dropped
        self._added = added

    @classmethod
    def build(cls, dimension: int, ids: Ids, vectors: Vectors) -> VectorView:
        """A view of these vectors."""
        return cls(_flat(dimension, ids, vectors), _no_ids(), None)

    def __len__(self) -> int:
        return int(self._base.ntotal) - len(self._dropped) + (int(self._added.ntotal) if self._added else 0)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._base.d)

    def advance(self, dropped: Ids, ids: Ids, vectors: Vectors) -> VectorView:
        """The view after ``dropped`` went and ``ids`` came; dropping what is not there does nothing."""
        old_ids, old_vectors = _content(self._added, self.dimension)
        stays = ~np.isin(old_ids, dropped)
        ids = np.concatenate([old_ids[stays], ids])
        vectors = np.concatenate([old_vectors[stays], vectors.reshape(len(vectors), self.dimension)])
        gone = np.union1d(self._dropped, np.intersect1d(dropped, _index_ids(self._base)))
        if len(gone) + len(ids) <= max(_FOLD_MIN, int(self._base.ntotal * _FOLD_SHARE)):
            return VectorView(self._base, gone, _flat(self.dimension, ids, vectors) if len(ids) else None)
        return VectorView(_folded(self._base, gone, ids, vectors), _no_ids(), None)

    def folded(self) -> VectorView:
        """The same vectors in one index."""
        if not len(self._dropped) and self._added is None:
            return self
        ids, vectors = _content(self._added, self.dimension)
        return VectorView(_folded(self._base, self._dropped, ids, vectors), _no_ids(), None)

    def search(self, query: Vectors, k: int, allowed: Ids | None = None) -> Ranking:
        """The best ``k`` (id, cosine) among ``allowed`` (None: all), best first, and all that tie with the last."""
        row = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        found = _search(self._base, row, k, allowed, self._dropped)
        if self._added is not None:
            found += _search(self._added, row, k, allowed, _no_ids())
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return with_ties(found, k)

    def ids(self) -> Ids:
        """All ids, ascending."""
        return np.sort(np.concatenate([np.setdiff1d(_index_ids(self._base), self._dropped), _index_ids(self._added)]))

    def vectors(self) -> tuple[Ids, Vectors]:
        """All ids, ascending, and their vectors."""
        ids, vectors = _content(self.folded()._base, self.dimension)
        order = np.argsort(ids)
        return ids[order], vectors[order]

    def save(self, folder: Path, stamp: str) -> None:
        """Write the checkpoint: to a temporary name, flushed, then renamed."""
        faiss = _faiss()
        folded = self.folded()
        temporary = folder / f"{FILE_NAME}.{os.getpid()}.tmp"
        faiss.write_index(folded._base, str(temporary))
        size, crc = _checksum(temporary, temporary.stat().st_size)
        trailer = Trailer(stamp=stamp, dimension=self.dimension, count=len(folded), bytes=size, crc=crc)
        with temporary.open("ab") as file:
            file.write(json.dumps(asdict(trailer)).encode().rjust(_TRAILER_BYTES))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / FILE_NAME)


def read_trailer(folder: Path) -> Trailer | None:
    """What the checkpoint says it is; None where it is missing or its end is not readable."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TRAILER_BYTES))
            trailer = Trailer(**json.loads(file.read()))
    except (OSError, ValueError, TypeError):
        return None
    return trailer if trailer.bytes + _TRAILER_BYTES == size else None


def load(folder: Path, trailer: Trailer) -> VectorView | None:
    """The checkpoint that ``trailer`` was read from; None where the file is not what it says."""
    faiss = _faiss()
    path = folder / FILE_NAME
    try:
        if _checksum(path, trailer.bytes) != (trailer.bytes, trailer.crc):
            return None
        base = faiss.read_index(str(path))
    except (OSError, RuntimeError):
        return None
    if (base.d, base.ntotal) != (trailer.dimension, trailer.count):
        return None
    return VectorView(base, _no_ids(), None)


def _faiss() -> Any:
    """The module; its own type hints do not know what its Python wrappers accept."""
    import faiss

    return faiss


def _flat(dimension: int, ids: Ids, vectors: Vectors) -> Any:
    faiss = _faiss()
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    if len(ids):
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
    return index


def _folded(base: Any, dropped: Ids, ids: Ids, vectors: Vectors) -> Any:
    faiss = _faiss()
    index = faiss.clone_index(base)
    if len(dropped):
        index.remove_ids(faiss.IDSelectorBatch(dropped))
    if len(ids):
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
    return index


def _search(index: Any, row: Vectors, k: int, allowed: Ids | None, dropped: Ids) -> Ranking:
    faiss = _faiss()
    parameters = None
    if allowed is not None or len(dropped):
        bitmap = _bitmap(index, allowed, dropped)
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
    wanted = k + 8
    while True:
        wanted = min(wanted, int(index.ntotal))
        if wanted < 1:
            return []
        scores, ids = _on_one_thread(index, row, wanted, parameters)
        kept = ids[0] >= 0
        pairs = list(
            zip(ids[0][kept].tolist(), np.round(scores[0][kept].astype(float), SCORE_DIGITS).tolist(), strict=True)
        )
        if len(pairs) < wanted or wanted == index.ntotal or pairs[-1][1] != pairs[min(k, len(pairs)) - 1][1]:
            return pairs
        wanted *= 4


def _on_one_thread(index: Any, row: Vectors, wanted: int, parameters: Any) -> Any:
    """One question gains nothing from more threads, and waits for them on a busy machine (13 ms, not 2)."""
    faiss = _faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        return index.search(row, wanted, params=parameters)
    finally:
        faiss.omp_set_num_threads(threads)


def _bitmap(index: Any, allowed: Ids | None, dropped: Ids) -> npt.NDArray[np.uint8]:
    ids = _index_ids(index)
    flags = np.zeros(int(ids.max(initial=0)) + 1, dtype=bool)
    flags[ids if allowed is None else allowed[allowed < len(flags)]] = True
    flags[dropped] = False
    return np.packbits(flags, bitorder="little")


def _index_ids(index: Any) -> Ids:
    faiss = _faiss()
    if index is None or not index.ntotal:
        return _no_ids()
    return np.asarray(faiss.vector_to_array(index.id_map), dtype=np.int64)


def _content(index: Any, dimension: int) -> tuple[Ids, Vectors]:
    if index is None or not index.ntotal:
        return _no_ids(), np.zeros((0, dimension), dtype=np.float32)
    return _index_ids(index), np.asarray(index.index.reconstruct_n(0, index.ntotal), dtype=np.float32)


def _no_ids() -> Ids:
    return np.zeros(0, dtype=np.int64)


def _checksum(path: Path, size: int) -> tuple[int, int]:
    """Bytes read, up to ``size``, and their CRC-32."""
    crc = done = 0
    with path.open("rb") as file:
        while done < size and (block := file.read(min(_READ_BYTES, size - done))):
            crc = zlib.crc32(block, crc)
            done += len(block)
    return done, crc
