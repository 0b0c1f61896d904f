"""Plain HTTP routes of the Ask view: exports, feedback, and conversations kept on the server."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

import fastapi
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from eval.candidates import Feedback, FeedbackCitation, record_feedback, withdraw_feedback
from eval.cases import Exchange as Earlier
from rag.errors import UsageError
from rag.export import markdown
from rag.export_docx import docx_bytes
from ui.archive import MAX_CHARS, report, unpacked
from ui.conversation import Conversation
from ui.kept import KeptConversations
from ui.origin import require_own_page
from ui.parts import Bot, Shelf
from ui.strings import choose

VISITOR = "yiju-visitor"
_VISITOR_DAYS = 180
_SECRET = re.compile(r"[\w-]{20,64}")
_HISTORY = 6
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Opinion(BaseModel):
    """What a reader says of the answer ``id`` of a conversation."""

    id: str = Field(pattern=r"^[0-9a-f]{8,40}$")
    verdict: Literal["up", "down"]
    reason: str = Field("", max_length=1000)
    conversation: str = Field(max_length=MAX_CHARS)


class KeptTalk(BaseModel):
    """A conversation to keep."""

    title: str = Field(max_length=4000)
    data: str = Field(max_length=MAX_CHARS)
    follows: str = Field("", max_length=40)
    """Id of the last exchange of what is kept under the name already; anything else there was kept by another tab."""


def add_talks(app: fastapi.FastAPI, bot: Bot) -> None:
    """Serve what the Ask view asks for beside its answers."""
    settings = bot.settings
    own_page = [fastapi.Depends(require_own_page)]

    @app.post("/yiju/export", dependencies=own_page)
    def export(
        conversation: Annotated[str, fastapi.Body(max_length=MAX_CHARS, embed=True)],
        kind: Literal["md", "docx"],
        language: str = "en",
        answer: str = "",
    ) -> Response:
        exchanges = unpacked(conversation)
        chosen = [exchanges[_place(exchanges, answer)]] if answer else exchanges
        made = report(chosen, bot.index.snapshot(), choose(language))
        if kind == "md":
            return PlainTextResponse(markdown(made), media_type="text/markdown")
        return Response(docx_bytes(made), media_type=_DOCX)

    @app.post("/yiju/feedback", dependencies=own_page)
    def opinion(told: Opinion) -> Response:
        conversation = unpacked(told.conversation)
        record_feedback(settings.feedback, _feedback(conversation, told, bot.index.snapshot()))
        return Response(status_code=204)

    @app.delete("/yiju/feedback/{name}", dependencies=own_page)
    def undo(name: Annotated[str, fastapi.Path(pattern=r"^[0-9a-f]{8,40}$")]) -> Response:
        withdraw_feedback(settings.feedback, name)
        return Response(status_code=204)

    if settings.conversations == "server":
        _add_kept(app, KeptConversations(settings.conversations_folder))


def _add_kept(app: fastapi.FastAPI, kept: KeptConversations) -> None:
    """A visitor is whoever sends the same random cookie, which no script can read."""
    own_page = [fastapi.Depends(require_own_page)]
    writing = threading.Lock()

    @app.get("/yiju/conversations")
    def conversations(request: fastapi.Request) -> Response:
        visitor = request.cookies.get(VISITOR, "")
        known = bool(_SECRET.fullmatch(visitor))
        response = JSONResponse([asdict(heading) for heading in kept.list(visitor)] if known else [])
        response.set_cookie(
            VISITOR,
            visitor if known else secrets.token_urlsafe(32),
            max_age=_VISITOR_DAYS * 86400,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    @app.get("/yiju/conversations/{name}")
    def conversation(request: fastapi.Request, name: str) -> Response:
        return PlainTextResponse(kept.read(_visitor(request), name))

    @app.put("/yiju/conversations/{name}", dependencies=own_page)
    def keep(request: fastapi.Request, name: str, talk: KeptTalk) -> Response:
        visitor = _visitor(request)
        unpacked(talk.data)
        with writing:
            there = unpacked(kept.read(visitor, name)) if kept.has(visitor, name) else ()
            if there and there[-1].id != talk.follows:
                raise fastapi.HTTPException(409, "another page went on with this conversation; keep it by a new name")
            kept.write(visitor, name, talk.title, talk.data)
        return Response(status_code=204)

    @app.delete("/yiju/conversations/{name}", dependencies=own_page)
    def forget(request: fastapi.Request, name: str) -> Response:
        kept.forget(_visitor(request), name)
        return Response(status_code=204)

    @app.delete("/yiju/conversations", dependencies=own_page)
    def forget_all(request: fastapi.Request) -> Response:
        kept.forget_all(_visitor(request))
        return Response(status_code=204)


def _visitor(request: fastapi.Request) -> str:
    visitor = request.cookies.get(VISITOR, "")
    if not _SECRET.fullmatch(visitor):
        raise fastapi.HTTPException(403, "no visitor is known; reload the page")
    return visitor


def _place(conversation: Conversation, answer: str) -> int:
    for n, exchange in enumerate(conversation):
        if exchange.id == answer:
            return n
    raise UsageError("there is no such answer in this conversation")


def _feedback(conversation: Conversation, told: Opinion, shelf: Shelf) -> Feedback:
    n = _place(conversation, told.id)
    exchange = conversation[n]
    titles = {document.doc_id: document.title for document in shelf.documents()}
    earlier = [e for e in conversation[:n] if e.answer is not None][-_HISTORY:]
    return Feedback(
        id=told.id,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        question=exchange.question,
        verdict=told.verdict,
        answer=exchange.text,
        status=exchange.answer.status if exchange.answer else "stopped",
        reason=" ".join(told.reason.split()),
        citations=tuple(FeedbackCitation(document=c.document, path=c.path, quote=c.quote) for c in exchange.citations),
        documents=tuple(titles[doc_id] for doc_id in exchange.scope.documents if doc_id in titles),
        year=exchange.scope.year,
        history=tuple(Earlier(question=e.question, answer=e.text) for e in earlier),
    )
