"""The Library view: adding files after a look at them, replacing and removing documents, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import YijuError
from ui.background import stepwise
from ui.chat import AskView
from ui.faults import fault_html, fault_text
from ui.parts import Bot, Progress, Receipt
from ui.preview import previews_html
from ui.strings import Language, text
from ui.uploads import Staged, Uploads
from ui.widgets import html_place


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
        f"<span>{escape(fault_text(reason, language))}</span></li>"
        for name, reason in receipt.failed
    ]
    lines += [f'<li class="is-warning">{escape(fault_text(warning, language))}</li>' for warning in receipt.warnings]
    return f'<ul class="receipt" role="status">{"".join(lines)}</ul>' if lines else ""


def progress_html(progress: Progress, language: Language, stages: Sequence[str] = ("reading", "embedding")) -> str:
    """The stages, the present one marked, a bar, and the file in hand."""
    words = escape(
        text(language, f"upload_{progress.stage}", name=progress.name, done=progress.done, total=progress.total)
    )
    steps = "".join(
        f"<li{_step_state(stages, stage, progress.stage)}>{escape(text(language, f'stage_{stage}'))}</li>"
        for stage in stages
    )
    return (
        f'<ol class="stages">{steps}</ol><p class="waiting" role="status"><i></i>{words}</p>'
        f'<progress max="{max(progress.total, 1)}" value="{progress.done}">{words}</progress>'
    )


class LibraryView:
    """The components of the library: upload, what waits for a decision, and the list's place."""

    def __init__(self, bot: Bot, uploads: Uploads) -> None:
        self._bot = bot
        self._uploads = uploads
        self.heading = html_place("library-heading")
        with gr.Column(elem_id="drop"):
            self.drop_note = html_place("drop-note")
            self.files = gr.File(file_count="multiple", show_label=False, elem_id="upload", height=116)
        self.result = html_place("upload-result")
        self.waiting = html_place("staged")
        gr.HTML('<div id="library"></div>', js_on_load=None, apply_default_css=False)
        self.staged = gr.State(())
        self.word = gr.Textbox(visible="hidden", elem_id="library-word")
        """What a script says with a press of one of the buttons: a doc_id, a token, a decision."""
        self.remove = gr.Button(visible="hidden", elem_id="remove-go")
        self.undo = gr.Button(visible="hidden", elem_id="undo-go")
        self.decide = gr.Button(visible="hidden", elem_id="decide-go")
        self.scope = gr.Button(visible="hidden", elem_id="scope-go")

    def connect(self, language: gr.Textbox, ask: AskView) -> None:
        """Wire upload, decision, removal, undo and scope; the list and the scope of questions follow."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        options = quiet | {"concurrency_id": "write", "concurrency_limit": 1}
        self.files.upload(
            self._stage,
            [self.files, self.word, language, self.staged],
            [self.result, self.waiting, self.files, self.staged],
            js=_says("replace", 4, at=1),
            **quiet,
        ).then(None, js="() => window.yiju.lookedAt()")
        decided = self.decide.click(
            self._decide,
            [self.word, language, self.staged],
            [self.result, self.waiting, self.staged],
            js=_says("decide", 3),
            **options,
        )
        removed = self.remove.click(
            self._remove, [self.word, language], [self.result], js=_says("remove", 2), **options
        )
        undone = self.undo.click(self._undo, [self.word, language], [self.result], js=_says("undo", 2), **options)
        # A document that is gone cannot stay chosen.
        removed.then(lambda: gr.update(value=[]), None, ask.documents, **quiet)
        self.scope.click(self._scope, [self.word], [ask.documents, ask.scope], js=_says("scope", 1), **quiet).then(
            None, js="() => window.yiju.scoped()"
        )
        for done in (decided, removed, undone):
            done.then(ask.relabel, [language, *ask.states()], ask.outputs(), **quiet).then(
                None, js="() => window.yiju.refresh()"
            )

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for."""
        return [self.heading, self.drop_note, self.files, self.waiting, self.staged]

    def relabel(self, language: Language, tokens: str) -> list[Any]:
        """All words of the view in ``language``; ``tokens``, with commas, are of the uploads that the page shows."""
        staged = tuple(self._uploads.waiting[one] for one in tokens.split(",") if one in self._uploads.waiting)
        limit = text(language, "upload", limit=self._uploads.limit_mb)
        return [
            f'<h1 class="view-title">{escape(text(language, "library"))}</h1>'
            f'<a class="quiet" href="yiju/evaluation?language={language}">{escape(text(language, "eval_title"))}</a>',
            f'<p class="drop-note">{escape(limit)}</p>',
            gr.update(label=text(language, "upload_label")),
            previews_html(staged, language),
            staged,
        ]

    def _stage(
        self, files: list[str] | None, instead_of: str, language: Language, waiting: tuple[Staged, ...]
    ) -> Iterator[list[Any]]:
        """Read what was uploaded and show it; nothing is added yet."""
        paths = [Path(file) for file in files or ()]

        def task(report: Callable[[Progress], None]) -> tuple[Staged, ...]:
            return self._uploads.stage(paths, language, report, instead_of)

        try:
            for step in stepwise(task):
                if isinstance(step, Progress):
                    bar = progress_html(step, language, ("reading", "preview", "embedding"))
                    yield [bar, gr.skip(), None, gr.skip()]
                else:
                    waiting = (*waiting, *step)
        except (YijuError, OSError) as error:
            yield [fault_html(str(error), language), gr.skip(), None, gr.skip()]
            return
        yield ["", previews_html(waiting, language), None, waiting]

    def _decide(self, decision: str, language: Language, waiting: tuple[Staged, ...]) -> Iterator[list[Any]]:
        """Add or throw away what waits; the decision reads ``add:TOKEN`` or, for all, ``discard:*``."""
        action, _, token = decision.partition(":")
        meant = [one for one in waiting if token in ("*", one.token)]
        ready = tuple(one for one in meant if not one.preview.error)
        rest = tuple(one for one in waiting if one not in meant)
        if action != "add" or not ready:
            for one in meant:
                self._uploads.discard(one)
            yield ["", previews_html(rest, language), rest]
            return

        def task(report: Callable[[Progress], None]) -> Receipt:
            return self._uploads.accept(ready, language, report)

        receipt = Receipt()
        try:
            for step in stepwise(task):
                if isinstance(step, Progress):
                    yield [progress_html(step, language), gr.skip(), gr.skip()]
                else:
                    receipt = step
        except YijuError as error:
            yield [fault_html(str(error), language), previews_html(waiting, language), waiting]
            return
        yield [receipt_html(receipt, language), previews_html(rest, language), rest]

    def _remove(self, doc_id: str, language: Language) -> str:
        known = {d.doc_id: d for d in self._bot.index.snapshot().documents()}
        if doc_id not in known:
            return fault_html(text(language, "reader_gone"), language)
        try:
            token = self._uploads.remove(known[doc_id], tuple(known.values()))
        except YijuError as error:
            return fault_html(str(error), language)
        return (
            f'<p class="note undo" role="status">{escape(text(language, "removed_done", title=known[doc_id].title))} '
            f'<button type="button" class="quiet" data-undo="{escape(token)}">{escape(text(language, "undo"))}'
            "</button></p>"
        )

    def _undo(self, token: str, language: Language) -> str:
        try:
            source = self._uploads.undo(token)
        except YijuError as error:
            return fault_html(str(error), language)
        return f'<p class="note" role="status">{escape(text(language, "undone", source=source))}</p>'

    def _scope(self, words: str) -> list[Any]:
        known = {d.doc_id for d in self._bot.index.snapshot().documents()}
        return [gr.update(value=[one for one in words.split(",") if one in known]), gr.update(open=True)]


def _says(name: str, inputs: int, at: int = 0) -> str:
    """The script that puts what another one left under ``name`` in place of the input number ``at``."""
    taken = f"window.yiju.take('{name}') ?? ''"
    given = ", ".join(taken if i == at else f"given[{i}]" for i in range(inputs))
    return f"(...given) => [{given}]"


def _step_state(stages: Sequence[str], stage: str, present: str) -> str:
    """Past stages and the present one are marked as such."""
    here = stages.index(present) if present in stages else 0
    at = stages.index(stage)
    return ' class="is-done"' if at < here else ' aria-current="step"' if at == here else ""
