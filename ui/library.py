"""The Library view: adding files after a look at them, replacing and removing documents, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import YijuError
from ui.background import stepwise
from ui.chat import AskView, scope_fault, scope_within
from ui.faults import fault_html, fault_text
from ui.parts import Bot, Progress, Receipt
from ui.preview import previews_html
from ui.strings import Language, text
from ui.uploads import MIB, Staged, Uploads
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
        gr.HTML('<div id="not-taken"></div>', js_on_load=None, apply_default_css=False)
        self.result = html_place("upload-result")
        self.narrowed = html_place("narrowed")
        self.waiting = html_place("staged")
        gr.HTML('<div id="library"></div>', js_on_load=None, apply_default_css=False)
        self.staged = gr.State({})
        """Token → what this page shows; changed in place, for a file may be read while another is decided on."""
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
            [self.result, self.waiting, self.files],
            js=_says("replace", 4, at=1),
            trigger_mode="multiple",  # what comes while another is read waits for its turn
            **quiet,
        ).then(None, js="() => window.yiju.lookedAt()")
        decided = self.decide.click(
            self._decide,
            [self.word, language, self.staged],
            [self.result, self.waiting],
            js=_says("decide", 3),
            **options,
        )
        removed = self.remove.click(
            self._remove, [self.word, language], [self.result], js=_says("remove", 2), **options
        )
        undone = self.undo.click(self._undo, [self.word, language], [self.result], js=_says("undo", 2), **options)
        self.scope.click(self._scope, [self.word], [ask.documents, ask.scope], js=_says("scope", 1), **quiet).then(
            None, js="() => window.yiju.scoped()"
        )
        each: dict[str, Any] = {**quiet, "trigger_mode": "multiple"}  # what follows one action is not left out
        for done in (decided, removed, undone):
            done.then(None, js="() => window.yiju.decided()")
            done.then(self._narrow, [ask.documents, language], [ask.documents, self.narrowed], **each).then(
                ask.relabel, [language, *ask.states()], ask.outputs(), **each
            ).then(None, js="() => window.yiju.refresh()")

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for."""
        return [self.heading, self.drop_note, self.files, self.waiting]

    def relabel(self, language: Language, tokens: str, waiting: dict[str, Staged]) -> list[Any]:
        """All words of the view in ``language``; ``tokens``, with commas, are of the uploads that the page shows."""
        known = self._uploads.waiting
        waiting |= {token: known[token] for token in tokens.split(",") if token in known}
        return [
            f'<h1 class="view-title">{escape(text(language, "library"))}</h1>'
            f'<a class="quiet" href="yiju/evaluation?language={language}">{escape(text(language, "eval_title"))}</a>',
            _drop_note(self._uploads.limit_mb, language),
            gr.update(label=text(language, "upload_label")),
            self._shown(waiting, language),
        ]

    def _shown(self, waiting: dict[str, Staged], language: Language) -> str:
        """The cards of what still waits: what was decided on, here or in another tab, is dropped."""
        for token in waiting.keys() - self._uploads.waiting.keys():
            del waiting[token]
        return previews_html(tuple(waiting.values()), language)

    def _stage(
        self, files: list[str] | None, instead_of: str, language: Language, waiting: dict[str, Staged]
    ) -> Iterator[list[Any]]:
        """Read what was uploaded and show it; nothing is added yet.

        A document gives way to one file: the one chosen last.
        """
        paths = [Path(file) for file in files or ()]

        def task(report: Callable[[Progress], None]) -> tuple[Staged, ...]:
            return self._uploads.stage(paths, language, report, instead_of)

        try:
            for step in stepwise(task):
                if isinstance(step, Progress):
                    bar = progress_html(step, language, ("reading", "preview", "embedding"))
                    yield [bar, gr.skip(), None]
                    continue
                for former in [one for one in waiting.values() if instead_of and one.instead_of == instead_of]:
                    self._uploads.discard(former)
                waiting |= {one.token: one for one in step}
        except (YijuError, OSError) as error:
            yield [fault_html(str(error), language), gr.skip(), None]
            return
        yield ["", self._shown(waiting, language), None]

    def _decide(self, decision: str, language: Language, waiting: dict[str, Staged]) -> Iterator[list[Any]]:
        """Add or throw away what waits; the decision reads ``add:TOKEN`` or, for all, ``discard:*``."""
        action, _, token = decision.partition(":")
        meant = [one for one in waiting.values() if token in ("*", one.token)]
        ready = tuple(one for one in meant if not one.preview.error)
        if action != "add" or not ready:
            for one in meant:
                self._uploads.discard(one)
            yield ["", self._shown(waiting, language)]
            return

        def task(report: Callable[[Progress], None]) -> Receipt:
            return self._uploads.accept(ready, language, report)

        receipt = Receipt()
        try:
            for step in stepwise(task):
                if isinstance(step, Progress):
                    yield [progress_html(step, language), gr.skip()]
                else:
                    receipt = step
        except YijuError as error:
            yield [fault_html(str(error), language), self._shown(waiting, language)]
            return
        yield [receipt_html(receipt, language), self._shown(waiting, language)]

    def _remove(self, doc_id: str, language: Language) -> str:
        known = {d.doc_id: d for d in self._bot.index.snapshot().documents()}
        if doc_id not in known:
            return fault_html(text(language, "reader_gone"), language)
        try:
            token = self._uploads.remove(known[doc_id], tuple(known.values()))
        except YijuError as error:
            return fault_html(str(error), language)
        said = escape(text(language, "removed_done", title=known[doc_id].title))
        return f'<p class="note undo" role="status">{said} {_undo_button(token, language)}</p>'

    def _undo(self, token: str, language: Language) -> str:
        try:
            source = self._uploads.undo(token)
        except YijuError as error:
            again = f'<p class="undo">{_undo_button(token, language)}</p>' if token in self._uploads.removals else ""
            return fault_html(str(error), language) + again
        return f'<p class="note" role="status">{escape(text(language, "undone", source=source))}</p>'

    def _scope(self, words: str) -> list[Any]:
        return [scope_within(words.split(","), self._bot.index.snapshot().documents()), gr.update(open=True)]

    def _narrow(self, chosen: list[str], language: Language) -> list[Any]:
        """The scope of questions without documents that are gone, and a line that says so."""
        documents = self._bot.index.snapshot().documents()
        said = scope_fault(chosen, documents, language)
        note = f'<p class="note is-warning" role="status">{escape(said)}</p>' if said else ""
        return [scope_within(chosen, documents) if said else gr.skip(), note]


def _drop_note(limit_mb: int, language: Language) -> str:
    """What may be dropped, and what a script says of files that are not taken."""
    said = {
        "limit": str(limit_mb * MIB),
        "large": text(language, "upload_left_out", name="%", limit=limit_mb),
        "early": text(language, "upload_too_early"),
    }
    data = "".join(f' data-{name}="{escape(words)}"' for name, words in said.items())
    return f'<p class="drop-note"{data}>{escape(text(language, "upload", limit=limit_mb))}</p>'


def _undo_button(token: str, language: Language) -> str:
    return f'<button type="button" class="quiet" data-undo="{escape(token)}">{escape(text(language, "undo"))}</button>'


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
