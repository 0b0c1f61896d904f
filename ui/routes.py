"""Plain HTTP routes beside Gradio's: the reader, the lists, the assets, and the headers of every response."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import fastapi
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.background import BackgroundTask
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.faults import fault_text
from ui.outline import Place, outline_html
from ui.parts import Bot
from ui.reading import add_reading
from ui.shelf import list_html
from ui.strings import Language, choose, text

ASSETS = Path(__file__).parent / "assets"
_PREVIEW_DEPTH = 2
_SERVED = {
    "style.css": "text/css",
    "ask.css": "text/css",
    "access.css": "text/css",
    "reader.css": "text/css",
    "library.css": "text/css",
    "pane.js": "text/javascript",
    "page.js": "text/javascript",
    "ask.js": "text/javascript",
    "talks.js": "text/javascript",
    "reader.js": "text/javascript",
    "library.js": "text/javascript",
}

# Nothing but this server may be asked for anything, whatever a document's text says.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'self'; form-action 'self'"
)


def add_routes(app: fastapi.FastAPI, bot: Bot, viewed: Callable[[], None]) -> None:
    """Serve the fragments that ``page.js`` asks for, and the assets, under ``/yiju/``.

    ``viewed`` is called whenever a page has been drawn and asks for the model's state.
    """
    add_reading(app, bot)

    for name, kind in _SERVED.items():
        app.get(f"/yiju/{name}")(_asset(name, kind))

    @app.get("/yiju/state")
    def state(language: str = "en") -> HTMLResponse:
        return HTMLResponse(state_html(bot.model_state(), choose(language)), background=BackgroundTask(viewed))

    @app.get("/yiju/library")
    def library(language: str = "en") -> HTMLResponse:
        shelf = bot.index.snapshot()
        return HTMLResponse(list_html(shelf.documents(), choose(language), shelf.dates))

    @app.get("/yiju/outline")
    def outline(doc: str, language: str = "en") -> Response:
        shelf = bot.index.snapshot()
        if doc not in {d.doc_id for d in shelf.documents()}:
            return PlainTextResponse(text(choose(language), "reader_gone"), status_code=404)
        place = Place(doc_id=doc)
        html = outline_html(shelf.outline(doc), shelf.file_text(doc), place, choose(language), depth=_PREVIEW_DEPTH)
        return HTMLResponse(html)


def _asset(name: str, kind: str) -> Callable[[], Response]:
    def serve() -> Response:
        return Response((ASSETS / name).read_text("utf-8"), media_type=kind)

    return serve


def state_html(state: str, language: Language) -> str:
    """One line on the language model; empty when there is nothing to say."""
    kind, _, reason = state.partition(":")
    words = text(language, f"model_{kind}") if kind in ("loading", "missing") else ""
    if not words:
        return ""
    detail = f" <code>{escape(fault_text(reason.strip(), language))}</code>" if reason else ""
    return f'<p class="state is-{escape(kind)}" data-state="{escape(kind)}">{escape(words)}{detail}</p>'


class Headers:
    """Adds the content policy to every response, without touching streamed bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its response with the headers added."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY.encode()),
                    (b"referrer-policy", b"same-origin"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
