"""The page as a whole: the Gradio views, and the plain HTTP routes that serve the reader and the lists."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import fastapi
import gradio as gr

from rag.errors import UsageError
from ui.chat import AskView
from ui.conversation import Conversation
from ui.evaluation import add_evaluation
from ui.library import LibraryView
from ui.parts import Bot, Intake
from ui.routes import ASSETS, Headers, add_routes
from ui.strings import Language, choose, text
from ui.uploads import Uploads
from ui.widgets import html_place

_TEMPORARY_FILES_S = (600, 3600)
"""How often Gradio's copies of uploaded files are looked at, and how old they may grow."""
_FONTS = ["system-ui", "sans-serif"]


def build_app(bot: Bot, intake: Intake, *, viewed: Callable[[], None] = lambda: None) -> fastapi.FastAPI:
    """The whole web application: routes of our own, and Gradio's page at the root.

    ``viewed`` is called once a page has been drawn, and again now and then.
    """
    settings = bot.settings
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, bot, viewed)
    add_evaluation(app, bot)
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
        favicon_path=str(ASSETS / "favicon.svg"),
        theme=gr.themes.Base(font=_FONTS, font_mono=["monospace"]),
        head='<link rel="stylesheet" href="yiju/style.css"><script defer src="yiju/page.js"></script>'
        '<link rel="stylesheet" href="yiju/reader.css"><script defer src="yiju/reader.js"></script>'
        '<link rel="stylesheet" href="yiju/library.css"><script defer src="yiju/library.js"></script>',
    )
    app.add_middleware(Headers)
    return app


def serve(bot: Bot, intake: Intake, *, listening: Callable[[], None], viewed: Callable[[], None]) -> None:
    """Serve the page on the host and port of the settings until interrupted.

    ``listening`` is called once they are had; ``viewed`` is as in ``build_app``.

    Raises:
        UsageError: the port cannot be had.
    """
    import uvicorn

    settings = bot.settings
    with _listening(settings.host, settings.port) as listener:
        config = uvicorn.Config(build_app(bot, intake, viewed=viewed), log_level="warning", timeout_graceful_shutdown=2)
        listening()
        uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"cannot listen on {host}:{port} ({error.strerror}); choose another port: --port or YIJU_PORT"
            ) from None
        yield listener


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


def _build_blocks(bot: Bot, intake: Intake) -> gr.Blocks:
    blocks = gr.Blocks(analytics_enabled=False, title="Yiju · 依据", fill_width=True, delete_cache=_TEMPORARY_FILES_S)
    uploads = Uploads(folder=bot.settings.index / "uploads", intake=intake, limit_mb=bot.settings.upload_mb)
    with blocks:
        language = gr.Textbox(value="en", visible="hidden", elem_id="language")
        header = html_place("header")
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
