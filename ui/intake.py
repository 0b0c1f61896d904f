"""The ingestion pipeline as the page uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.errors import DocumentError, MissingExtra
from rag.index import Index
from rag.index.records import number_key
from rag.index.withdrawal import bring_back, copy_of
from rag.types import Document, IndexedDocument
from ui.parts import Preview, Progress, Receipt


class PipelineIntake:
    """Adds files to the chatbot's index with its own embedder, and removes documents from it."""

    def __init__(self, bot: Chatbot) -> None:
        self._bot = bot

    def preview(self, path: Path, instead_of: str = "") -> Preview:
        """Read a file and its outline without adding it."""
        from ingest.outline import outline
        from ingest.readers import read

        try:
            found = read(path)
        except (DocumentError, MissingExtra) as error:
            return Preview(error=str(error).removeprefix(f"{path.name}: "))
        documents = outline(found, path.stem)
        known = self._bot.index.snapshot().documents()
        odd = [odd.message for document in documents for odd in document.irregularities]
        return Preview(
            text=found.text,
            documents=documents,
            warnings=tuple(dict.fromkeys((*found.warnings, *odd))),
            replaces=tuple(one for one in known if gives_way(one, path.name, documents, instead_of)),
        )

    def add(self, paths: Sequence[Path], progress: Callable[[Progress], None], instead_of: str = "") -> Receipt:
        """Add or replace the files as one transaction.

        Raises:
            YijuError: the index or the embedder cannot be used.
        """
        settings, embedder = self._bot.settings, self._bot.embedder

        def report(step: pipeline.Step) -> None:
            progress(Progress(done=step.done, total=step.total, name=step.source, stage=step.stage))

        with Index.open(settings.index, embedder=embedder, chunk_tokens=settings.chunk_tokens) as index:
            recipe = standard_recipe(embedder, settings.chunk_tokens)
            done = pipeline.add(index, paths, recipe, instead_of=instead_of, progress=report)
        return Receipt(
            added=done.added,
            updated=done.updated,
            unchanged=done.unchanged,
            failed=tuple((Path(failure.path).name, failure.error) for failure in done.failed),
            warnings=done.warnings,
        )

    def remove(self, doc_ids: Iterable[str]) -> Callable[[], None]:
        """Take documents out of the index, all or none; gives what brings them back as they were.

        Raises:
            YijuError: the index cannot be written, or a document is not there.
        """
        wanted = list(doc_ids)
        snapshot = self._bot.index.snapshot()
        files = {withdrawn.file.source: withdrawn for withdrawn in (copy_of(snapshot, one) for one in wanted)}
        with Index.open(self._bot.settings.index) as index:
            pipeline.remove(index, wanted)

        def undo() -> None:
            with Index.open(self._bot.settings.index, embedder=self._bot.embedder) as index:
                for withdrawn in files.values():
                    bring_back(index, withdrawn)

        return undo


def gives_way(known: IndexedDocument, name: str, documents: Sequence[Document], instead_of: str) -> bool:
    """Whether a document of the index would give way to a file of this name with these documents."""
    number = number_key(known.metadata.document_number)
    same_number = number is not None and any(
        number_key(document.metadata.document_number) == number for document in documents
    )
    return known.doc_id == instead_of or known.source == name or same_number
