"""A folder of documents, each read and outlined once: what the tests of an evaluation set look gold up in."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ingest.outline import outline
from ingest.readers import read
from ingest.source import SourceText
from rag.types import Document, Section


class OutlinedFolder:
    """The documents of a folder by file name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources: dict[str, SourceText] = {}
        self._documents: dict[str, tuple[Document, ...]] = {}

    @cached_property
    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_file())

    def source(self, name: str) -> SourceText:
        if name not in self._sources:
            self._sources[name] = read(self.folder / name)
        return self._sources[name]

    def documents(self, name: str) -> tuple[Document, ...]:
        if name not in self._documents:
            self._documents[name] = outline(self.source(name))
        return self._documents[name]

    def sections(self, name: str, path: tuple[str, ...]) -> list[Section]:
        """All sections of that path; at least one."""
        found = [section for document in self.documents(name) for section in document.sections if section.path == path]
        assert found, [section.path for document in self.documents(name) for section in document.sections]
        return found
