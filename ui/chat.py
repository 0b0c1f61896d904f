"""The Ask view: question box, streamed answers with their clauses, and the scope of a question."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import gradio as gr

from rag.errors import YijuError
from rag.question import MAX_QUESTION_CHARS
from rag.types import Closest, Done, IndexedDocument, Question, Scope
from ui.archive import packed, renewed, unpacked
from ui.conversation import Conversation, Exchange, advance, stop, turns
from ui.exchanges import exchange_html, transcript
from ui.faults import fault_html, fault_text
from ui.marks import kept, removed_marks
from ui.parts import Bot, Shelf
from ui.strings import Language, text
from ui.talk_words import words_html
from ui.turns import Waiting, with_turns
from ui.welcome import examples_html, first_questions, hero_html
from ui.widgets import html_place

_ASKED_AT_ONCE = 24
"""Clauses need no language model: all these get theirs at once, then wait for its turn in the order they came."""
_NEAR_CHARS = 200


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


def _no_fault(language: Language) -> str:
    return ""


@dataclass(slots=True)
class Spoken:
    """What a page speaks now, and what it says went wrong; both outlast a switch of the language."""

    language: Language = "en"
    fault: Callable[[Language], str] = _no_fault

    def fault_html(self) -> str:
        """The fault as a paragraph; empty if there is none."""
        fault = self.fault(self.language)
        return fault_html(fault, self.language) if fault else ""


def _fault_of_asking(
    words: str, chosen: Sequence[str], documents: Sequence[IndexedDocument], language: Language
) -> str:
    """Why a question cannot be asked, or not of the documents chosen; empty where it can."""
    if fault := question_fault(words, language):
        return fault
    gone = scope_fault(chosen, documents, language)
    return text(language, "scope_unasked", why=gone) if gone else ""


class AskView:
    """The components of the Ask view and the events between them."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.conversation = gr.State(None)
        """None where the server knows nothing of the page: it is new, or the server was restarted since."""
        self.spoken = gr.State(Spoken())
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
        inputs = [self.box, self.documents, self.year, language, *self.states(), self.since]
        outputs = [self.fault, self.past, self.current, self.conversation, self.kept, self.ask, self.stop]
        options: dict[str, Any] = {
            "inputs": inputs,
            "outputs": [*outputs, self.documents],
            "show_progress": "hidden",
            "concurrency_limit": _ASKED_AT_ONCE,
            "concurrency_id": "ask",
            "api_visibility": "private",
        }
        asked = [self.box.submit, self.ask.click]
        asking = gr.on(asked, self._stream, js="(...inputs) => window.yiju.send(inputs)", **options)
        again = self.again.click(self._stream, js="(...inputs) => window.yiju.sendChosen(inputs)", **options)
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        stopped = self.stop.click(
            self._stopped,
            [language, self.kept, self.conversation],
            [self.past, self.current, self.conversation, self.kept, self.ask, self.stop],
            cancels=[asking, again],
            **quietly,
        )
        cleared = self.clear.click(
            self._cleared,
            [language, self.spoken],
            outputs,
            cancels=[asking, again],
            **quietly,
        )
        resumed = self.resume.click(
            self._resumed,
            [self.kept, language, self.spoken],
            outputs,
            js="(_, ...others) => [window.yiju.take('resume') ?? '', ...others]",
            **quietly,
        )
        for then in (asking.then, asking.failure):
            self.keep(then, "question")
        for done in (again, stopped, cleared, resumed):
            self.keep(done.then, "")

    def keep(self, then: Callable[..., Any], how: str) -> None:
        """Let the browser keep the conversation as it is ``then``; ``how`` tells its script what has ended."""
        script = f"(kept) => window.yiju.keep(kept, '{how}')"
        then(None, [self.kept], None, js=script, show_progress="hidden", api_visibility="private")

    def states(self) -> list[Any]:
        """What ``relabel`` and a question are told of the page, in their order."""
        return [self.kept, self.conversation, self.spoken]

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for, in its order."""
        return [
            self.kept,
            self.conversation,
            self.fault,
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

    def relabel(
        self, language: Language, kept_text: str, conversation: Conversation | None, spoken: Spoken
    ) -> list[Any]:
        """All words of the view in ``language``; the conversation stays, or comes back."""
        spoken.language = language
        documents = self._bot.index.snapshot().documents()
        known: list[Any] = [gr.skip(), gr.skip()]
        if conversation is None:
            try:
                conversation = self._standing(kept_text, None)
            except YijuError:  # what can no longer be read is left where it lies
                kept_text, conversation = "", ()
            known = [kept_text, conversation]
        past, current = self._rendered(conversation, language)
        if conversation and conversation[-1].running:
            current = gr.skip()  # whoever writes the answer draws it, and might just have drawn more
        return [
            *known,
            spoken.fault_html(),
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
        kept_text: str,
        conversation: Conversation | None,
        spoken: Spoken,
        since: str,
    ) -> Iterator[list[Any]]:
        """Answer ``words``; ``since`` is the exchange, counted from 0, from which the conversation begins anew."""
        documents = self._known()
        spoken.language = language
        spoken.fault = partial(_fault_of_asking, words or "", tuple(chosen or ()), tuple(documents.values()))
        try:
            standing = self._standing(kept_text, conversation)
        except YijuError as error:
            standing, spoken.fault = (), partial(fault_text, str(error))
        if fault := spoken.fault_html():
            yield [fault, *[gr.skip()] * 6, scope_within(chosen or (), tuple(documents.values()))]
            return
        conversation = stop(standing)[: int(since) if since.isdecimal() else None]
        scope = Scope(documents=tuple(chosen or ()), year=int(year) if year else None)
        steps = converse(self._bot, conversation, words, scope)
        begun = next(steps)
        before = begun, language
        yield [
            "",
            transcript(conversation, documents, language),
            exchange_html(begun[-1], documents, language, len(conversation)),
            begun,
            gr.skip(),
            gr.update(visible="hidden"),
            gr.update(visible=True),
            gr.skip(),
        ]
        for after in steps:
            now = after, spoken.language
            if now == before:
                yield [gr.skip()] * 8  # a sign of life, at which a closed page is noticed
                continue
            before = now
            shown = exchange_html(after[-1], documents, spoken.language, len(conversation))
            done = not after[-1].running
            last = [packed(after), *_idle()] if done else [gr.skip()] * 3
            yield [gr.skip(), gr.skip(), shown, after, *last, gr.skip()]

    def _stopped(self, language: Language, kept_text: str, conversation: Conversation | None) -> list[Any]:
        conversation = stop(self._standing(kept_text, conversation))
        past, current = self._rendered(conversation, language)
        return [past, current, conversation, packed(conversation), *_idle()]

    def _cleared(self, language: Language, spoken: Spoken) -> list[Any]:
        spoken.fault = _no_fault
        past, current = self._rendered((), language)
        return ["", past, current, (), "", *_idle()]

    def _resumed(self, kept_text: str, language: Language, spoken: Spoken) -> list[Any]:
        spoken.language, spoken.fault = language, _no_fault
        try:
            conversation = restored(kept_text, self._bot.index.snapshot())
        except YijuError as error:
            spoken.fault = partial(fault_text, str(error))
            return [spoken.fault_html(), *[gr.skip()] * 6]
        past, current = self._rendered(conversation, language)
        return ["", past, current, conversation, kept_text, *_idle()]

    def _standing(self, kept_text: str, conversation: Conversation | None) -> Conversation:
        """The page's conversation; where the server knows of none, what the page kept of it."""
        return restored(kept_text, self._bot.index.snapshot()) if conversation is None else conversation

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
