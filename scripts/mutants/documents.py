"""Other indexes of the same documents: how their files are chosen, read and cut."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.recipe import Recipe
from rag.types import SourceFile

_THIRD = 3
_FOURTH = 4
_GONE_LINE = "〔上一版〕\n"


def without_context(recipe: Recipe) -> Recipe:
    """Chunks that do not know their document and headings."""
    return _read_otherwise(
        recipe,
        lambda file: replace(
            file, chunks=tuple(tuple(replace(chunk, context="") for chunk in chunks) for chunks in file.chunks)
        ),
    )


def with_gaps(recipe: Recipe) -> Recipe:
    """Every fourth chunk is lost."""
    return _read_otherwise(
        recipe,
        lambda file: replace(
            file,
            chunks=tuple(tuple(c for i, c in enumerate(chunks) if i % _FOURTH != 1) for chunks in file.chunks),
        ),
    )


def before_update(recipe: Recipe) -> Recipe:
    """Every third file as it stood before its last update: with a line on top that is gone now."""
    return _read_otherwise(recipe, lambda file: moved(file, _GONE_LINE) if digest(file.source) % _THIRD == 0 else file)


def moved(file: SourceFile, head: str) -> SourceFile:
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
            shift(document),
            metadata=replace(document.metadata, found_at={}),
            **{part: tuple(map(shift, getattr(document, part))) for part in parts},
        )
        for document in file.documents
    )
    return replace(
        file,
        text=head + file.text,
        sha256=hashlib.sha256((head + file.sha256).encode()).hexdigest(),
        documents=documents,
        chunks=tuple(tuple(shift(chunk) for chunk in chunks) for chunks in file.chunks),
        page_starts=tuple(start + by for start in file.page_starts),
    )


def with_deleted(given: Sequence[Path], empty: Path) -> Sequence[Path]:
    """The documents, and copies of every third under another name: files that were deleted since."""
    for number, (root, path) in enumerate(_files(given)):
        if number % _THIRD == 0:
            _copy(path, empty / path.relative_to(root).with_name(f"已删除-{path.name}"))
    return [*given, empty]


def backwards(given: Sequence[Path], empty: Path) -> Sequence[Path]:
    """The later half of the documents first."""
    every = _files(given)
    for root, path in every[len(every) // 2 :]:
        _copy(path, empty / path.relative_to(root))
    return [empty, *reversed(given)]


def digest(text: str) -> int:
    """A number that is always the same for a text, to choose some of many by."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def _read_otherwise(recipe: Recipe, change: Callable[[SourceFile], SourceFile]) -> Recipe:
    return replace(
        recipe, version=f"{recipe.version}-changed", read=lambda path, source: change(recipe.read(path, source))
    )


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(path.read_bytes())


def _files(folders: Sequence[Path]) -> list[tuple[Path, Path]]:
    return [(root, path) for root in folders for path in sorted(root.rglob("*")) if path.is_file()]
