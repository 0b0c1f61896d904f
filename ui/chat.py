"""The Ask view: question box, streamed answers with their clauses, and the scope of a question."""

from __future__ import annotations

import re
import secrets
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any

import gradio as gr

from rag.errors import YijuError
from rag.question import MAX_QUESTION_CHARS
from rag.types import Closest, Document, Done, IndexedDocument, Question, Scope
from ui.archive import packed, renewed, unpacked
from ui.conversation import Conversation, Exchange, advance, stop, turns
from ui.exchanges import exchange_html, transcript
from ui.faults import fault_html
from ui.marks import kept, removed_marks
from ui.parts import Bot, Shelf
from ui.render import script_of
from ui.strings import Language, is_chinese, text
from ui.talk_words import words_html
from ui.turns import Waiting, with_turns
from ui.widgets import html_place

_EXAMPLES = 4
_HEADING_CHARS = (4, 26)
_ASKED_AT_ONCE = 24
"""Clauses need no language model: all these get theirs at once, then wait for its turn in the order they came."""
_NEAR_CHARS = 200
_NOT_A_TOPIC = re.compile(
    r"附则|总则|附件|附录|目录|前言|目的|适用范围|指导思想|总体要求|目标|原则"
    r"|\b(?:annex|appendix|schedule|contents|definitions|general|purpose|scope|principles|introduction|background)\b",
    re.I,
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


def scope_fault(chosen: Sequence[str], documents: Sequence[IndexedDocument], language: Language) -> str:
    """What became of documents that were chosen as scope, in one line; empty while all of them are there."""
    gone = set(chosen) - {d.doc_id for d in documents}
    return text(language, "scope_gone" if len(gone) < len(chosen) else "scope_empty", count=len(gone)) if gone else ""


def scope_within(chosen: Sequence[str], documents: Sequence[IndexedDocument]) -> dict[str, Any]:
    """The documents to choose from, and those of the chosen ones that are among them."""
    known = {d.doc_id: d.title for d in documents}
    choices = [(title, doc_id) for doc_id, title in known.items()]
    return gr.update(choices=choices, value=[one for one in chosen if one in known])


def converse(bot: Bot, conversation: Conversation, words: str, scope: Scope) -> Iterator[Conversation]:
    """The conversation after each event of the answer to ``words``; faults become part of it."""
    question = Question(text=words.strip(), scope=scope, history=turns(conversation))
    today = datetime.now().astimezone().date().isoformat()
    exchange = Exchange(question=words.strip(), id=secrets.token_hex(10), asked=today, scope=scope)
    yield (*conversation, exchange)
    try:
        for event in with_turns(bot, question):
            if isinstance(event, Waiting):
                exchange = replace(exchange, ahead=event.ahead)
            else:
                exchange = advance(exchange, event)
            if isinstance(event, Done):
                exchange = replace(exchange, near=first_words(bot.index.snapshot(), event.answer.closest))
            yield (*conversation, exchange)
    except YijuError as error:
        yield (*conversation, replace(exchange, error=str(error)))


def first_words(shelf: Shelf, closest: Sequence[Closest]) -> tuple[str, ...]:
    """How each of the clauses begins; empty for one that is no longer there."""
    known = {document.doc_id for document in shelf.documents()}
    found = []
    for clause in closest:
        outline = shelf.outline(clause.doc_id) if clause.doc_id in known else None
        section = next((s for s in outline.sections if s.id == clause.section_id), None) if outline else None
        if outline is None or section is None:
            found.append("")
            continue
        end = min(section.end, section.body + _NEAR_CHARS)
        found.append(kept(shelf.file_text(clause.doc_id), section.body, end, removed_marks(outline)))
    return tuple(found)


def restored(text_: str, shelf: Shelf) -> Conversation:
    """The conversation that a browser kept, as the index is now; empty where there is none to be had.

    Raises:
        UsageError: it was kept by another version, or damaged.
    """
    return renewed(unpacked(text_), shelf) if text_ else ()


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
        self.words = html_place("talks")
        self.again = gr.Button(visible="hidden", elem_id="again")
        self.resume = gr.Button(visible="hidden", elem_id="resume")
        self.kept = gr.Textbox(visible="hidden", elem_id="kept")
        self.since = gr.Textbox(visible="hidden", elem_id="since")

    def connect(self, language: gr.Textbox) -> None:
        """Wire question, stop and clear; ``language`` is the hidden box that holds the page's language."""
        inputs = [self.box, self.documents, self.year, language, self.conversation, self.since]
        outputs = [
            self.fault,
            self.box,
            self.past,
            self.current,
            self.conversation,
            self.kept,
            self.ask,
            self.stop,
            self.documents,
        ]
        options: dict[str, Any] = {
            "inputs": inputs,
            "outputs": outputs,
            "show_progress": "hidden",
            "concurrency_limit": _ASKED_AT_ONCE,
            "concurrency_id": "ask",
            "api_visibility": "private",
        }
        send = "(...inputs) => window.yiju.send(inputs)"
        asking = gr.on([self.box.submit, self.ask.click], self._stream, js=send, **options)
        again = self.again.click(self._stream, js=send, **options)
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        stopped = self.stop.click(
            self._stopped,
            [language, self.conversation],
            [self.past, self.current, self.conversation, self.kept, self.ask, self.stop],
            cancels=[asking, again],
            **quietly,
        )
        cleared = self.clear.click(
            self._cleared,
            [language],
            [self.fault, self.past, self.current, self.conversation, self.kept, self.ask, self.stop],
            cancels=[asking, again],
            **quietly,
        )
        resumed = self.resume.click(
            self._resumed,
            [self.kept, language],
            [self.fault, self.past, self.current, self.conversation, self.kept, self.ask, self.stop],
            js="(_, language) => [window.yiju.take('resume') ?? '', language]",
            **quietly,
        )
        for done in (asking, again, stopped, cleared, resumed):
            done.then(None, [self.kept], None, js="(kept) => window.yiju.keep(kept)", **quietly)

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for, in its order."""
        return [
            self.past,
            self.current,
            self.words,
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
            words_html(self._bot.settings.conversations, language),
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
        self,
        words: str,
        chosen: list[str],
        year: str | None,
        language: Language,
        conversation: Conversation,
        since: str,
    ) -> Iterator[list[Any]]:
        """Answer ``words``; ``since`` is the exchange, counted from 0, from which the conversation begins anew."""
        documents = self._known()
        gone = scope_fault(chosen or (), tuple(documents.values()), language)
        fault = text(language, "scope_unasked", why=gone) if gone else question_fault(words or "", language)
        if fault:
            yield [
                fault_html(fault, language),
                words,
                *[gr.skip()] * 6,
                scope_within(chosen, tuple(documents.values())) if gone else gr.skip(),
            ]  # the box was emptied when the question was sent
            return
        conversation = stop(conversation)[: int(since) if since.isdecimal() else None]
        scope = Scope(documents=tuple(chosen or ()), year=int(year) if year else None)
        steps = converse(self._bot, conversation, words, scope)
        before = next(steps)
        yield [
            "",
            gr.skip(),
            transcript(conversation, documents, language),
            exchange_html(before[-1], documents, language, len(conversation)),
            before,
            gr.skip(),
            gr.update(visible="hidden"),
            gr.update(visible=True),
            gr.skip(),
        ]
        for after in steps:
            if after == before:
                yield [gr.skip()] * 9  # a sign of life, at which a closed page is noticed
                continue
            before = after
            shown = exchange_html(after[-1], documents, language, len(conversation))
            done = not after[-1].running
            last = [packed(after), *_idle()] if done else [gr.skip()] * 3
            yield [gr.skip(), gr.skip(), gr.skip(), shown, after, *last, gr.skip()]

    def _stopped(self, language: Language, conversation: Conversation) -> list[Any]:
        conversation = stop(conversation)
        past, current = self._rendered(conversation, language)
        return [past, current, conversation, packed(conversation), *_idle()]

    def _cleared(self, language: Language) -> list[Any]:
        past, current = self._rendered((), language)
        return ["", past, current, (), "", *_idle()]

    def _resumed(self, kept_text: str, language: Language) -> list[Any]:
        try:
            conversation = restored(kept_text, self._bot.index.snapshot())
        except YijuError as error:
            return [fault_html(str(error), language), *[gr.skip()] * 6]
        past, current = self._rendered(conversation, language)
        return ["", past, current, conversation, kept_text, *_idle()]

    def _rendered(self, conversation: Conversation, language: Language) -> tuple[str, str]:
        shelf = self._bot.index.snapshot()
        if not conversation:
            hero = hero_html(shelf.documents(), self._bot.model_state(), language)
            return hero, examples_html(first_questions(shelf, language), language)
        documents = self._known()
        return (
            transcript(conversation[:-1], documents, language),
            exchange_html(conversation[-1], documents, language, len(conversation) - 1),
        )

    def _known(self) -> Mapping[str, IndexedDocument]:
        return {d.doc_id: d for d in self._bot.index.snapshot().documents()}


def _idle() -> tuple[Any, Any]:
    """Ask and stop, while nothing is being answered."""
    return gr.update(visible=True), gr.update(visible="hidden")


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
