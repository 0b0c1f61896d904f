"""The page as a whole: the Gradio views, and the plain HTTP routes that serve the reader and the lists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import fastapi
import gradio as gr
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import YijuError
from ui.chat import AskView
from ui.conversation import Conversation
from ui.library import Uploads, list_html, progress_html, receipt_html
from ui.parts import Bot, Intake, Progress, Receipt
from ui.reader import Place, outline_html, picker_html, reader_html
from ui.strings import Language, choose, text

_ASSETS = Path(__file__).parent / "assets"
_FONTS = ["system-ui", "sans-serif"]
_PREVIEW_DEPTH = 2

# Nothing but this server may be asked for anything, whatever a document's text says.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'self'; form-action 'self'"
)


def build_app(bot: Bot, intake: Intake) -> fastapi.FastAPI:
    """The whole web application: routes of our own, and Gradio's page at the root."""
    settings = bot.settings
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_routes(app, bot)
    gr.mount_gradio_app(
        app,
        _build_blocks(bot, intake),
        "/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        show_error=True,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=f"{settings.upload_mb}mb",
        favicon_path=str(_ASSETS / "favicon.svg"),
        theme=gr.themes.Base(font=_FONTS, font_mono=["monospace"]),
        head='<link rel="stylesheet" href="yiju/style.css"><script defer src="yiju/page.js"></script>',
    )
    app.add_middleware(_Headers)
    return app


def serve(bot: Bot, intake: Intake) -> None:
    """Serve the page until interrupted."""
    import uvicorn

    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    settings = bot.settings
    uvicorn.run(build_app(bot, intake), host=settings.host, port=settings.port, log_level="warning")


def header_html(language: Language) -> str:
    """Name, the three views, language switch, and the place for the model's state."""
    tabs = "".join(
        f'<a href="?view={view}" data-view="{view}">{escape(text(language, f"view_{view}"))}</a>'
        for view in ("ask", "read", "library")
    )
    other = "en" if language == "zh" else "zh"
    return (
        f'<a class="skip" href="#question">{escape(text(language, "skip"))}</a>'
        f'<header class="top" data-language="{language}" data-lost="{escape(text(language, "lost"))}" '
        f'data-copied="{escape(text(language, "permalink_copied"))}">'
        f'<a class="brand" href="?view=ask" data-view="ask"><b>{escape(text(language, "name"))}</b>'
        f"<span>{escape(text(language, 'tagline'))}</span></a>"
        f'<nav class="tabs" aria-label="{escape(text(language, "nav"))}">{tabs}</nav>'
        f'<button type="button" class="quiet" data-language-to="{other}" lang="{other}" '
        f'aria-label="{escape(text(language, "switch_label"))}">{escape(text(language, "switch"))}</button>'
        '</header><div id="model-state" role="status"></div>'
        f'<dialog id="confirm" aria-labelledby="confirm-title"><form method="dialog">'
        f'<h2 id="confirm-title" data-pattern="{escape(text(language, "remove_ask", title="%"))}"></h2>'
        f"<p>{escape(text(language, 'remove_note'))}</p><menu>"
        f'<button value="no" class="quiet">{escape(text(language, "cancel"))}</button>'
        f'<button value="yes" class="danger">{escape(text(language, "remove_yes"))}</button></menu></form></dialog>'
    )


def state_html(state: str, language: Language) -> str:
    """One line on the language model; empty when there is nothing to say."""
    kind, _, reason = state.partition(":")
    words = text(language, f"model_{kind}")
    if not words:
        return ""
    detail = f" <code>{escape(reason.strip())}</code>" if reason else ""
    return f'<p class="state is-{escape(kind)}" data-state="{escape(kind)}">{escape(words)}{detail}</p>'


def _build_blocks(bot: Bot, intake: Intake) -> gr.Blocks:
    blocks = gr.Blocks(analytics_enabled=False, title="Yiju · 依据", fill_width=True)
    uploads = Uploads(folder=bot.settings.index / "uploads", intake=intake, limit_mb=bot.settings.upload_mb)
    with blocks:
        language = gr.Textbox(value="en", visible="hidden", elem_id="language")
        header = _html("header")
        with gr.Column(elem_id="views"):
            with gr.Column(elem_id="view-ask", elem_classes="view"):
                ask = AskView(bot)
            with gr.Column(elem_id="view-read", elem_classes="view"):
                gr.HTML('<div id="reader"></div>', js_on_load=None, apply_default_css=False, elem_id="reader-frame")
            with gr.Column(elem_id="view-library", elem_classes="view"):
                library = LibraryView(bot, uploads)
        switch = gr.Button(visible="hidden", elem_id="switch-language")
        ask.connect(language)
        library.connect(language, ask)

        def relabel(wanted: str, conversation: Conversation, request: gr.Request) -> list[Any]:
            chosen = choose(
                f"{wanted},{request.headers.get('accept-language', '')}",
                setting="auto" if wanted else bot.settings.language,
            )
            return [chosen, header_html(chosen), *ask.relabel(chosen, conversation), *library.relabel(chosen)]

        options: dict[str, Any] = {
            "inputs": [language, ask.conversation],
            "outputs": [language, header, *ask.outputs(), *library.outputs()],
            "js": "(l, c) => [window.yiju ? window.yiju.language() : '', c]",
            "show_progress": "hidden",
            "queue": False,
            "api_visibility": "private",
        }
        blocks.load(relabel, **options)
        switch.click(relabel, **options)
    return blocks


class LibraryView:
    """The components of the library: upload, its progress and receipt, and the list's place."""

    def __init__(self, bot: Bot, uploads: Uploads) -> None:
        self._bot = bot
        self._uploads = uploads
        self.heading = _html("library-heading")
        self.files = gr.File(file_count="multiple", show_label=False, elem_id="upload", height=132)
        self.result = _html("upload-result")
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
        for done in (added, removed):
            done.then(
                ask.relabel, [language, ask.conversation], ask.outputs(), show_progress="hidden",
                api_visibility="private",
            ).then(None, js=refresh)

    def outputs(self) -> list[Any]:
        """The components that ``relabel`` gives values for."""
        return [self.heading, self.files]

    def relabel(self, language: Language) -> list[Any]:
        """All words of the view in ``language``."""
        limit = text(language, "upload", limit=self._uploads.limit_mb)
        return [
            f'<h1 class="view-title">{escape(text(language, "library"))}</h1><p class="drop-note">{escape(limit)}</p>',
            gr.update(label=text(language, "upload_label")),
        ]

    def _add(self, files: list[str] | None, language: Language) -> Iterator[list[Any]]:
        from ui.background import stepwise

        paths = [Path(file) for file in files or ()]
        receipt = Receipt()
        try:
            for step in stepwise(lambda progress: self._uploads.take(paths, language, progress)):
                if isinstance(step, Progress):
                    yield [progress_html(step, language), gr.skip()]
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
            self._uploads.intake.remove([doc_id])
        except YijuError as error:
            return f'<p class="note is-error" role="alert">{escape(str(error))}</p>'
        return f'<p class="note" role="status">{escape(text(language, "removed_done", title=known[doc_id].title))}</p>'


def _add_routes(app: fastapi.FastAPI, bot: Bot) -> None:
    @app.get("/yiju/style.css")
    def style() -> Response:
        return Response((_ASSETS / "style.css").read_text("utf-8"), media_type="text/css")

    @app.get("/yiju/page.js")
    def script() -> Response:
        return Response((_ASSETS / "page.js").read_text("utf-8"), media_type="text/javascript")

    @app.get("/yiju/state")
    def state(language: str = "en") -> HTMLResponse:
        return HTMLResponse(state_html(bot.model_state(), choose(language)))

    @app.get("/yiju/library")
    def library(language: str = "en") -> HTMLResponse:
        return HTMLResponse(list_html(bot.index.snapshot().documents(), choose(language)))

    @app.get("/yiju/outline")
    def outline(doc: str, language: str = "en") -> HTMLResponse:
        shelf = bot.index.snapshot()
        if doc not in {d.doc_id for d in shelf.documents()}:
            return HTMLResponse("", status_code=404)
        place = Place(doc_id=doc)
        html = outline_html(shelf.outline(doc), shelf.file_text(doc), place, choose(language), depth=_PREVIEW_DEPTH)
        return HTMLResponse(html)

    @app.get("/yiju/reader")
    def reader(
        doc: str = "", section: str = "", start: int = -1, end: int = -1, language: str = "en"
    ) -> HTMLResponse:
        shelf = bot.index.snapshot()
        documents = shelf.documents()
        if doc not in {d.doc_id for d in documents}:
            return HTMLResponse(picker_html(documents, choose(language), gone=bool(doc)))
        quote = (start, end) if 0 <= start < end else None
        place = Place(doc_id=doc, section=section, quote=quote)
        return HTMLResponse(reader_html(shelf.outline(doc), shelf.file_text(doc), place, choose(language)))


class _Headers:
    """Adds the content policy to every response, without touching streamed bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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


def _html(elem_id: str) -> gr.HTML:
    return gr.HTML("", elem_id=elem_id, js_on_load=None, apply_default_css=False)
