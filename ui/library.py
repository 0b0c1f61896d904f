"""The Library view: the list of documents, adding files to it and removing documents from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import YijuError
from rag.types import IndexedDocument
from ui.background import stepwise
from ui.chat import AskView
from ui.parts import Bot, Progress, Receipt
from ui.render import clause_url, metadata_badges, script_of
from ui.strings import Language, text
from ui.uploads import Uploads
from ui.widgets import html_place


def list_html(documents: Sequence[IndexedDocument], language: Language) -> str:
    """All documents with number, year, status, size and a fold for the outline."""
    if not documents:
        return f'<p class="empty">{escape(text(language, "library_empty"))}</p>'
    total = sum(d.sections for d in documents)
    note = escape(text(language, "library_note", documents=len(documents), sections=total))
    rows = "".join(_row(d, language) for d in documents)
    return f'<p class="library-note">{note}</p><ul class="shelf">{rows}</ul>'


def receipt_html(receipt: Receipt, language: Language) -> str:
    """One line for each file of an upload: what became of it, and why not."""
    kinds = (("added", receipt.added), ("updated", receipt.updated), ("unchanged", receipt.unchanged))
    lines = [
        f'<li class="is-{kind}"><b>{escape(text(language, f"upload_{kind}"))}</b> {escape(name)}</li>'
        for kind, names in kinds
        for name in names
    ]
    lines += [
        f'<li class="is-failed"><b>{escape(text(language, "upload_failed"))}</b> {escape(name)} '
        f"<span>{escape(reason)}</span></li>"
        for name, reason in receipt.failed
    ]
    lines += [f'<li class="is-warning">{escape(warning)}</li>' for warning in receipt.warnings]
    return f'<ul class="receipt" role="status">{"".join(lines)}</ul>' if lines else ""


def progress_html(progress: Progress, language: Language) -> str:
    """A bar and the file in hand."""
    words = escape(
        text(language, f"upload_{progress.stage}", name=progress.name, done=progress.done, total=progress.total)
    )
    return (
        f'<p class="waiting" role="status"><i></i>{words}</p>'
        f'<progress max="{max(progress.total, 1)}" value="{progress.done}">{words}</progress>'
    )


class LibraryView:
    """The components of the library: upload, its progress and receipt, and the list's place."""

    def __init__(self, bot: Bot, uploads: Uploads) -> None:
        self._bot = bot
        self._uploads = uploads
        self.heading = html_place("library-heading")
        with gr.Column(elem_id="drop"):
            self.drop_note = html_place("drop-note")
            self.files = gr.File(file_count="multiple", show_label=False, elem_id="upload", height=116)
        self.result = html_place("upload-result")
        gr.HTML('<div id="library"></div>', js_on_load=None, apply_default_css=False)
        self.remove = gr.Button(visible="hidden", elem_id="remove-go")
        self.doc_id = gr.Textbox(visible="hidden", elem_id="remove-id")

    def connect(self, language: gr.Textbox, ask: AskView) -> None:
        """Wire upload and removal; the list and the scope of questions follow."""
        options: dict[str, Any] = {"show_progress": "hidden", "concurrency_id": "write", "api_visibility": "private"}
        refresh = "() => window.yiju.refresh()"
        added = self.files.upload(
            self._add, [self.files, language], [self.result, self.files], concurrency_limit=1, **options
        )
        removed = self.remove.click(
            self._remove,
            [self.doc_id, language],
            [self.result],
            js="(_, language) => [window.yiju.take('remove') ?? '', language]",
            **options,
        )
        # A document that is gone cannot stay chosen.
        removed.then(lambda: gr.update(value=[]), None, ask.documents, show_progress="hidden", api_visibility="private")
        for done in (added, removed):
            done.then(
                ask.relabel,
                [language, ask.conversation],
                ask.outputs(),
                show_progress="hidden",
                api_visibility="private",
            ).then(None, js=refresh)

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for."""
        return [self.heading, self.drop_note, self.files]

    def relabel(self, language: Language) -> list[Any]:
        """All words of the view in ``language``."""
        limit = text(language, "upload", limit=self._uploads.limit_mb)
        return [
            f'<h1 class="view-title">{escape(text(language, "library"))}</h1>'
            f'<a class="quiet" href="yiju/evaluation?language={language}">{escape(text(language, "eval_title"))}</a>',
            f'<p class="drop-note">{escape(limit)}</p>',
            gr.update(label=text(language, "upload_label")),
        ]

    def _add(self, files: list[str] | None, language: Language) -> Iterator[list[Any]]:
        paths = [Path(file) for file in files or ()]
        receipt = Receipt()

        def task(report: Callable[[Progress], None]) -> Receipt:
            return self._uploads.take(paths, language, report)

        try:
            for step in stepwise(task):
                if isinstance(step, Progress):
                    yield [progress_html(step, language), None]
                else:
                    receipt = step
        except YijuError as error:
            yield [f'<p class="note is-error" role="alert">{escape(str(error))}</p>', None]
            return
        yield [receipt_html(receipt, language), None]

    def _remove(self, doc_id: str, language: Language) -> str:
        known = {d.doc_id: d for d in self._bot.index.snapshot().documents()}
        if doc_id not in known:
            return f'<p class="note is-error" role="alert">{escape(text(language, "reader_gone"))}</p>'
        try:
            self._uploads.remove(known[doc_id], tuple(known.values()))
        except YijuError as error:
            return f'<p class="note is-error" role="alert">{escape(str(error))}</p>'
        return f'<p class="note" role="status">{escape(text(language, "removed_done", title=known[doc_id].title))}</p>'


def _row(document: IndexedDocument, language: Language) -> str:
    title = escape(document.title)
    number = document.metadata.document_number
    facts = [
        f'<span class="badge">{escape(number)}</span>' if number else "",
        metadata_badges(document.metadata, language),
        f'<span class="fact">{escape(text(language, "sections", count=document.sections))}</span>',
        f'<span class="fact file">{escape(document.source)}</span>',
    ]
    return (
        f'<li class="book"><div class="book-main"><h3><a data-clause href="{escape(clause_url(document.doc_id))}" '
        f'lang="{script_of(document.title)}">{title}</a></h3><p class="book-facts">{"".join(facts)}</p>'
        f'<details data-outline="{escape(document.doc_id)}"><summary>{escape(text(language, "preview"))}</summary>'
        "<div></div></details></div>"
        f'<button type="button" class="quiet danger" data-remove="{escape(document.doc_id)}" data-title="{title}" '
        f'aria-label="{escape(text(language, "remove"))} {title}">{escape(text(language, "remove"))}</button></li>'
    )
