"""The Ask view: question box, streamed answers with their clauses, and the scope of a question."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from rag.errors import YijuError
from rag.question import MAX_QUESTION_CHARS
from rag.types import Document, IndexedDocument, Question, Scope
from ui.conversation import Conversation, Exchange, advance, stop, turns
from ui.parts import Bot, Shelf
from ui.render import exchange_html, script_of, transcript
from ui.strings import Language, is_chinese, text
from ui.widgets import html_place

_EXAMPLES = 4
_HEADING_CHARS = (4, 26)
_ASKED_AT_ONCE = 4
_NOT_A_TOPIC = re.compile(
    r"附则|总则|附件|附录|目录|前言|\b(?:annex|appendix|schedule|contents|definitions|general)\b", re.I
)


def hero_html(documents: Sequence[IndexedDocument], model_state: str, language: Language) -> str:
    """What stands above the question box before anything was asked."""
    if not documents:
        note = text(language, "hero_empty")
    else:
        note = text(language, "hero_note", documents=len(documents), sections=sum(d.sections for d in documents))
    lines = [note, text(language, "model_none") if model_state == "none" else ""]
    notes = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<div class="hero"><h1>{escape(text(language, "hero"))}</h1>{notes}</div>'


def examples_html(examples: Sequence[str], language: Language) -> str:
    """First questions to choose from; they stand below the question box."""
    buttons = "".join(
        f'<li><button type="button" data-ask="{escape(q)}" lang="{script_of(q)}">{escape(q)}</button></li>'
        for q in examples
    )
    title = escape(text(language, "examples"))
    return f'<p class="examples-title">{title}</p><ul class="examples">{buttons}</ul>' if buttons else ""


def first_questions(shelf: Shelf, language: Language) -> tuple[str, ...]:
    """Questions to begin with, one for each of some documents, made from their own headings.

    Documents in the page's language come first; each question is in its document's language.
    """
    documents = sorted(
        (d for d in shelf.documents() if d.metadata.status not in ("repealed", "superseded")),
        key=lambda d: is_chinese(d.title) != (language == "zh"),
    )
    found: list[str] = []
    used: set[str] = set()
    for document in documents:
        heading = _topic(shelf.outline(document.doc_id), used)
        if heading:
            used.add(heading)
            spoken: Language = "zh" if is_chinese(document.title) else "en"
            found.append(text(spoken, "example", title=document.title, heading=heading))
        if len(found) == _EXAMPLES:
            break
    return tuple(found)


def years(documents: Sequence[IndexedDocument]) -> tuple[int, ...]:
    """The years documents name, newest first."""
    return tuple(sorted({d.metadata.year for d in documents if d.metadata.year is not None}, reverse=True))


def question_fault(words: str, language: Language) -> str:
    """Why the words cannot be asked, in one line; empty if they can."""
    if not words.strip():
        return text(language, "empty_question")
    if len(words.strip()) > MAX_QUESTION_CHARS:
        return text(language, "long_question", count=f"{len(words.strip()):,}", limit=f"{MAX_QUESTION_CHARS:,}")
    return ""


def converse(bot: Bot, conversation: Conversation, words: str, scope: Scope) -> Iterator[Conversation]:
    """The conversation after each event of the answer to ``words``; faults become part of it."""
    question = Question(text=words.strip(), scope=scope, history=turns(conversation))
    exchange = Exchange(question=words.strip())
    yield (*conversation, exchange)
    try:
        for event in bot.stream(question):
            exchange = advance(exchange, event)
            yield (*conversation, exchange)
    except YijuError as error:
        yield (*conversation, replace(exchange, error=str(error)))


class AskView:
    """The components of the Ask view and the events between them."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.conversation = gr.State(())
        self.past = html_place("past")
        self.current = html_place("current")
        with gr.Column(elem_id="composer"):
            self.fault = html_place("fault")
            self.box = gr.Textbox(
                lines=1, max_lines=8, show_label=False, container=False, elem_id="question", autofocus=True
            )
            with gr.Row(elem_id="composer-row"):
                with gr.Accordion("", open=False, elem_id="scope") as self.scope:
                    self.documents = gr.Dropdown([], multiselect=True, elem_id="scope-documents", value=[])
                    self.year = gr.Dropdown([("", "")], elem_id="scope-year", value="", filterable=False)
                self.clear = gr.Button(elem_id="clear", size="sm", scale=0)
                self.stop = gr.Button(elem_id="stop", size="sm", scale=0, visible="hidden")
                self.ask = gr.Button(elem_id="ask", size="sm", scale=0, variant="primary")
        self.again = gr.Button(visible="hidden", elem_id="again")

    def connect(self, language: gr.Textbox) -> None:
        """Wire question, stop and clear; ``language`` is the hidden box that holds the page's language."""
        inputs = [self.box, self.documents, self.year, language, self.conversation]
        outputs = [self.fault, self.box, self.past, self.current, self.conversation, self.ask, self.stop]
        options: dict[str, Any] = {
            "inputs": inputs,
            "outputs": outputs,
            "show_progress": "hidden",
            "concurrency_limit": _ASKED_AT_ONCE,
            "concurrency_id": "ask",
            "api_visibility": "private",
        }
        asking = gr.on([self.box.submit, self.ask.click], self._stream, **options)
        again = self.again.click(
            self._stream, js="(q, ...rest) => [window.yiju.take('question') ?? q, ...rest]", **options
        )
        self.stop.click(
            self._stopped,
            [language, self.conversation],
            [self.past, self.current, self.conversation, self.ask, self.stop],
            cancels=[asking, again],
            show_progress="hidden",
            api_visibility="private",
        )
        self.clear.click(
            self._cleared,
            [language],
            [self.fault, self.past, self.current, self.conversation, self.ask, self.stop],
            cancels=[asking, again],
            show_progress="hidden",
            api_visibility="private",
        )

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for, in its order."""
        return [
            self.past,
            self.current,
            self.box,
            self.documents,
            self.year,
            self.scope,
            self.clear,
            self.stop,
            self.ask,
        ]

    def relabel(self, language: Language, conversation: Conversation) -> list[Any]:
        """All words of the view in ``language``; the conversation stays."""
        documents = self._bot.index.snapshot().documents()
        past, current = self._rendered(conversation, language)
        return [
            past,
            current,
            gr.update(placeholder=text(language, "placeholder"), label=text(language, "question")),
            gr.update(
                label=text(language, "scope_documents"),
                info=text(language, "scope_documents_note"),
                choices=[(d.title, d.doc_id) for d in documents],
            ),
            gr.update(
                label=text(language, "scope_year"),
                choices=[(text(language, "scope_all_years"), ""), *((str(y), str(y)) for y in years(documents))],
            ),
            gr.update(label=text(language, "scope")),
            gr.update(value=text(language, "clear")),
            gr.update(value=text(language, "stop")),
            gr.update(value=text(language, "ask")),
        ]

    def _stream(
        self, words: str, chosen: list[str], year: str | None, language: Language, conversation: Conversation
    ) -> Iterator[list[Any]]:
        fault = question_fault(words or "", language)
        if fault:
            note = f'<p class="note is-error" role="alert">{escape(fault)}</p>'
            yield [note, gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()]
            return
        conversation = stop(conversation)
        documents = self._known()
        scope = Scope(documents=tuple(chosen or ()), year=int(year) if year else None)
        steps = converse(self._bot, conversation, words, scope)
        before = next(steps)
        yield [
            "",
            gr.update(value=""),
            transcript(conversation, documents, language),
            exchange_html(before[-1], documents, language),
            before,
            gr.update(visible="hidden"),
            gr.update(visible=True),
        ]
        for after in steps:
            shown = exchange_html(after[-1], documents, language)
            done = not after[-1].running
            buttons = [gr.update(visible=True), gr.update(visible="hidden")] if done else [gr.skip(), gr.skip()]
            yield [gr.skip(), gr.skip(), gr.skip(), shown, after, *buttons]

    def _stopped(self, language: Language, conversation: Conversation) -> list[Any]:
        conversation = stop(conversation)
        past, current = self._rendered(conversation, language)
        return [past, current, conversation, gr.update(visible=True), gr.update(visible="hidden")]

    def _cleared(self, language: Language) -> list[Any]:
        past, current = self._rendered((), language)
        return ["", past, current, (), gr.update(visible=True), gr.update(visible="hidden")]

    def _rendered(self, conversation: Conversation, language: Language) -> tuple[str, str]:
        shelf = self._bot.index.snapshot()
        if not conversation:
            hero = hero_html(shelf.documents(), self._bot.model_state(), language)
            return hero, examples_html(first_questions(shelf, language), language)
        documents = self._known()
        return (
            transcript(conversation[:-1], documents, language),
            exchange_html(conversation[-1], documents, language),
        )

    def _known(self) -> Mapping[str, IndexedDocument]:
        return {d.doc_id: d for d in self._bot.index.snapshot().documents()}


def _topic(outline: Document, used: Container[str]) -> str:
    """A heading that makes a question: words of its own, neither too short nor too long, not used before."""
    shortest, longest = _HEADING_CHARS
    for section in outline.sections[1:]:
        heading = section.heading.strip().rstrip("。.:：;；")
        limit = longest if is_chinese(heading) else 2 * longest
        fits = shortest <= len(heading) <= limit and heading not in outline.title and heading not in used
        if fits and not _NOT_A_TOPIC.search(heading):
            return heading
    return ""
