"""The ingestion pipeline as the page uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from ui.parts import Progress, Receipt


class PipelineIntake:
    """Adds files to the chatbot's index with its own embedder, and removes documents from it."""

    def __init__(self, bot: Chatbot) -> None:
        self._bot = bot

    def add(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> Receipt:
        """Add or replace the files as one transaction.

        Raises:
            YijuError: the index or the embedder cannot be used.
        """
        settings, embedder = self._bot.settings, self._bot.embedder

        def report(step: pipeline.Step) -> None:
            progress(Progress(done=step.done, total=step.total, name=step.source, stage=step.stage))

        with Index.open(settings.index, embedder=embedder, chunk_tokens=settings.chunk_tokens) as index:
            recipe = standard_recipe(embedder, settings.chunk_tokens)
            done = pipeline.add(index, paths, recipe, progress=report)
        return Receipt(
            added=done.added,
            updated=done.updated,
            unchanged=done.unchanged,
            failed=tuple((Path(failure.path).name, failure.error) for failure in done.failed),
            warnings=done.warnings,
        )

    def remove(self, doc_ids: Iterable[str]) -> None:
        """Take documents out of the index, all or none.

        Raises:
            YijuError: the index cannot be written, or a document is not there.
        """
        with Index.open(self._bot.settings.index) as index:
            pipeline.remove(index, list(doc_ids))
