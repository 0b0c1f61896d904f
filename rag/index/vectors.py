"""Dense search: FAISS over unit vectors, as immutable views that share their large part.

A view is a base index, the ids dropped from it, and a small index of what was added since; a newer
view of a changed index shares the base until the difference is worth folding in. The file on disk
is a checkpoint of a base, ended by a line that says which state it reflects and its checksum.

A small base holds the vectors as they are (``flat``), a large one in eight bits a number (``sq8``):
a quarter of the memory, and half the time. Its best candidates are scored again with the vectors
themselves, so that cosines are exact in both kinds.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rag.index.ranking import Ranking, with_ties

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Kind = Literal["flat", "sq8"]
Exact = Callable[[Ids], Vectors]
"""Ids → their vectors, in that order."""

FILE_NAME = "vectors.faiss"
SCORE_DIGITS = 6
"""Cosines that agree in so many digits count as equal; the rest depends on the order of summation."""
FLAT_VECTORS = 50_000
"""Up to so many vectors a base is built flat, above in eight bits."""
CANDIDATES = 4096
"""Most vectors that one search of an eight-bit base scores again."""
_TRAINED_ON = 65_536
_RANGE_MARGIN = 0.1
_BLOCK = 16_384
_FOLD_SHARE = 0.1
_FOLD_MIN = 1024
_FOLD_MAX = 20_000
_TRAILER_BYTES = 256
_READ_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailer:
    """The last bytes of the file."""

    stamp: str
    kind: Kind
    dimension: int
    count: int
    bytes: int
    crc: int


def kind_for(count: int, now: Kind | None = None) -> Kind:
    """The kind of base for so many vectors; one that is ``sq8`` ``now`` stays so until half are gone."""
    return "flat" if count <= (FLAT_VECTORS // 2 if now == "sq8" else FLAT_VECTORS) else "sq8"


class VectorView:
    """The vectors of one state of the index; never changes, so many threads may search it."""

    def __init__(self, base: _Base, dropped: Ids, added: _Base | None) -> None:
        self._base = base
        self._dropped = dropped
        self._added = added

    @classmethod
    def build(cls, dimension: int, ids: Ids, vectors: Vectors, kind: Kind = "flat") -> VectorView:
        """A view of these vectors."""
        order = np.argsort(ids)
        return cls.read(dimension, ids, lambda some: vectors[order[np.searchsorted(ids[order], some)]], kind)

    @classmethod
    def read(cls, dimension: int, ids: Ids, exact: Exact, kind: Kind) -> VectorView:
        """A view of the vectors that ``exact`` reads, block by block."""
        return cls(_Base.read(dimension, ids, exact, kind), _no_ids(), None)

    def __len__(self) -> int:
        return len(self._base) - len(self._dropped) + (len(self._added) if self._added else 0)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._base.dimension

    @property
    def kind(self) -> Kind:
        """How the base holds its vectors."""
        return self._base.kind

    def advance(self, dropped: Ids, ids: Ids, vectors: Vectors) -> VectorView:
        """The view after ``dropped`` went and ``ids`` came; dropping what is not there does nothing."""
        if not len(dropped) and not len(ids):
            return self
        old_ids, old_vectors = _content(self._added, self.dimension)
        stays = ~np.isin(old_ids, dropped)
        ids = np.concatenate([old_ids[stays], ids])
        vectors = np.concatenate([old_vectors[stays], vectors.reshape(len(vectors), self.dimension)])
        gone = np.union1d(self._dropped, self._base.held(dropped))
        if len(gone) + len(ids) <= max(_FOLD_MIN, min(_FOLD_MAX, int(len(self._base) * _FOLD_SHARE))):
            return VectorView(self._base, gone, _flat(self.dimension, ids, vectors) if len(ids) else None)
        return VectorView(self._base.changed(gone, ids, vectors), _no_ids(), None)

    def folded(self) -> VectorView:
        """The same vectors in one index."""
        if not len(self._dropped) and self._added is None:
            return self
        ids, vectors = _content(self._added, self.dimension)
        return VectorView(self._base.changed(self._dropped, ids, vectors), _no_ids(), None)

    def search(
        self, query: Vectors, k: int, allowed: Ids | None = None, *, denied: Ids | None = None, exact: Exact
    ) -> Ranking:
        """The best ``k`` (id, cosine), best first, and all that tie with the last.

        Only ``allowed`` ids (None: all) less ``denied`` ones. ``exact`` reads the vectors of an
        ``sq8`` base; it is not called for a flat one.
        """
        row = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        denied = self._dropped if denied is None else np.concatenate([self._dropped, denied])
        found = self._base.search(row, k, self._base.selected(allowed, denied), exact)
        if self._added is not None:
            found += self._added.search(row, k, self._added.selected(allowed, denied), exact)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return with_ties(found, k)

    def ids(self) -> Ids:
        """All ids, ascending."""
        added = self._added.ids if self._added is not None else _no_ids()
        return np.sort(np.concatenate([np.setdiff1d(self._base.ids, self._dropped), added]))

    def differing(self, exact: Exact) -> Iterator[int]:
        """Ids whose vector here is not the one that ``exact`` reads, as this kind holds it."""
        yield from self.folded()._base.differing(exact)

    def save(self, folder: Path, stamp: str) -> None:
        """Write the checkpoint: to a temporary name, flushed, then renamed."""
        base = self.folded()._base
        temporary = folder / f"{FILE_NAME}.{os.getpid()}.tmp"
        try:
            _faiss().write_index(base.index, str(temporary))
            size, crc = _checksum(temporary, temporary.stat().st_size)
            trailer = Trailer(
                stamp=stamp, kind=base.kind, dimension=self.dimension, count=len(base), bytes=size, crc=crc
            )
            with temporary.open("ab") as file:
                file.write(json.dumps(asdict(trailer)).encode().rjust(_TRAILER_BYTES))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(folder / FILE_NAME)
        finally:
            temporary.unlink(missing_ok=True)


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
    path = folder / FILE_NAME
    try:
        if _checksum(path, trailer.bytes) != (trailer.bytes, trailer.crc):
            return None
        index = _faiss().read_index(str(path))
    except (OSError, RuntimeError):
        return None
    if (index.d, index.ntotal) != (trailer.dimension, trailer.count):
        return None
    return VectorView(_Base(index, trailer.kind), _no_ids(), None)


class _Base:
    """A FAISS index with ids; not changed once a view holds it."""

    def __init__(self, index: Any, kind: Kind) -> None:
        self.index = index
        self.kind = kind

    @classmethod
    def read(cls, dimension: int, ids: Ids, exact: Exact, kind: Kind) -> _Base:
        faiss = _faiss()
        if kind == "flat":
            plain = faiss.IndexFlatIP(dimension)
        else:
            plain = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
            plain.sq.rangestat_arg = _RANGE_MARGIN
            plain.train(exact(ids[:: -(-len(ids) // _TRAINED_ON)]))
        base = cls(faiss.IndexIDMap(plain), kind)
        for first in range(0, len(ids), _BLOCK):
            block = ids[first : first + _BLOCK]
            base.index.add_with_ids(np.ascontiguousarray(exact(block), dtype=np.float32), block)
        return base

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.index.d)

    @cached_property
    def ids(self) -> Ids:
        """The ids, in the order of the vectors."""
        return np.asarray(_faiss().vector_to_array(self.index.id_map), dtype=np.int64)

    @cached_property
    def _all(self) -> npt.NDArray[np.bool_]:
        """For each id up to the highest, whether it is here."""
        flags = np.zeros(int(self.ids.max(initial=-1)) + 1, dtype=bool)
        flags[self.ids] = True
        return flags

    def held(self, ids: Ids) -> Ids:
        """Those of ``ids`` that are here."""
        ids = ids[ids < len(self._all)]
        return ids[self._all[ids]]

    def selected(self, allowed: Ids | None, denied: Ids) -> Any:
        """Search parameters that let only these through; None where all may pass."""
        if allowed is None and not len(denied):
            return None
        if allowed is None:
            flags = self._all.copy()
        else:
            flags = np.zeros(len(self._all), dtype=bool)
            flags[self.held(allowed)] = True
        flags[denied[denied < len(flags)]] = False
        faiss = _faiss()
        return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(flags, bitorder="little")))

    def changed(self, dropped: Ids, ids: Ids, vectors: Vectors) -> _Base:
        """A copy without ``dropped`` and with ``ids``."""
        faiss = _faiss()
        index = faiss.clone_index(self.index)
        if len(dropped):
            index.remove_ids(faiss.IDSelectorBatch(dropped))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
        return _Base(index, self.kind)

    def search(self, row: Vectors, k: int, parameters: Any, exact: Exact) -> Ranking:
        """The best ``k``, unsorted, with all that tie with the last and perhaps more."""
        wanted = k + 8 if self.kind == "flat" else 2 * k + 8
        while True:
            wanted = min(wanted, len(self))
            if wanted < 1:
                return []
            scores, ids = (found[0] for found in _on_one_thread(self.index, row, wanted, parameters))
            scores, ids = scores[ids >= 0], ids[ids >= 0]
            if not len(ids):
                return []
            true = scores if self.kind == "flat" else exact(ids) @ row[0]
            true = np.round(true.astype(float), SCORE_DIGITS)
            # What was not returned scores at most as the last that was, but for the error of eight bits.
            beyond = scores[-1] + (0 if self.kind == "flat" else np.abs(true - scores).max())
            last = np.partition(true, -min(k, len(true)))[-min(k, len(true))]
            complete = len(ids) < wanted or wanted == len(self)
            if complete or round(float(beyond), SCORE_DIGITS) < last or (self.kind == "sq8" and wanted >= CANDIDATES):
                return list(zip(ids.tolist(), true.tolist(), strict=True))
            wanted = wanted * 4 if self.kind == "flat" else min(wanted * 2, CANDIDATES)

    def differing(self, exact: Exact) -> Iterator[int]:
        faiss = _faiss()
        plain = faiss.downcast_index(self.index.index)
        codes = faiss.vector_to_array(plain.codes).reshape(len(self), plain.code_size)
        for first in range(0, len(self), _BLOCK):
            block = self.ids[first : first + _BLOCK]
            expected = plain.sa_encode(np.ascontiguousarray(exact(block), dtype=np.float32))
            yield from block[(expected != codes[first : first + _BLOCK]).any(axis=1)].tolist()


def _faiss() -> Any:
    """The module; its own type hints do not know what its Python wrappers accept."""
    import faiss

    return faiss


def _flat(dimension: int, ids: Ids, vectors: Vectors) -> _Base:
    faiss = _faiss()
    index = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
    index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
    return _Base(index, "flat")


def _on_one_thread(index: Any, row: Vectors, wanted: int, parameters: Any) -> Any:
    """One question gains nothing from more threads, and waits for them on a busy machine (13 ms, not 2)."""
    faiss = _faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        return index.search(row, wanted, params=parameters)
    finally:
        faiss.omp_set_num_threads(threads)


def _content(base: _Base | None, dimension: int) -> tuple[Ids, Vectors]:
    """Ids and vectors of a flat base."""
    if base is None:
        return _no_ids(), np.zeros((0, dimension), dtype=np.float32)
    return base.ids, np.asarray(base.index.index.reconstruct_n(0, len(base)), dtype=np.float32)


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
