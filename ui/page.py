"""The page as a whole: the Gradio views, and the plain HTTP routes that serve the reader and the lists."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import fastapi
import gradio as gr

from rag.errors import UsageError
from ui.access import Access
from ui.arrival import Arrival
from ui.chat import AskView, Spoken
from ui.conversation import Conversation
from ui.evaluation import add_evaluation
from ui.frontend import Frontend
from ui.identity import Identity, check_access
from ui.library import LibraryView
from ui.parts import Bot, Intake
from ui.people import ANYONE, Person, person_of
from ui.routes import ASSETS, Headers, add_routes
from ui.rules import gradio_events
from ui.sessions import Sessions
from ui.sign_in import add_sign_in
from ui.strings import Language, choose, text
from ui.talks import add_talks
from ui.uploads import Staged, Uploads
from ui.users.book import UserBook
from ui.widgets import html_place

_TEMPORARY_FILES_S = (600, 3600)
"""How often Gradio's copies of uploaded files are looked at, and how old they may grow."""
_OPENING = """async (language, waiting, staged, kept, ...states) => {
  while (!window.yiju?.open || !window.yiju.waiting) await new Promise((then) => setTimeout(then, 15));
  return [window.yiju.language(), window.yiju.waiting(), staged, (await window.yiju.open()) || kept, ...states];
}"""
"""The scripts may come after Gradio's own; what they remember is part of the first drawing."""
_FONTS = ["system-ui", "sans-serif"]
_HEAD = "".join(
    [
        *(
            f'<link rel="stylesheet" href="yiju/{name}.css">'
            for name in ("style", "ask", "reader", "library", "access")
        ),
        *(
            f'<script defer src="yiju/{name}.js"></script>'
            for name in ("pane", "page", "ask", "talks", "reader", "library")
        ),
    ]
)


def build_app(bot: Bot, intake: Intake, *, viewed: Callable[[], None] = lambda: None) -> fastapi.FastAPI:
    """The whole web application: routes of our own, and Gradio's page at the root.

    ``viewed`` is called once a page has been drawn, and again now and then.
    """
    settings = bot.settings
    book, sessions = UserBook(settings.users), Sessions(settings.session_hours)
    blocks = _build_blocks(bot, intake)
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, bot, viewed)
    add_evaluation(app, bot)
    add_talks(app, bot)
    if settings.sign_in == "users":
        add_sign_in(app, book, sessions)
    gr.mount_gradio_app(
        app,
        blocks,
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
        head=_HEAD,
    )
    # The one added last is the first to see a request.
    app.add_middleware(Frontend, Path(gr.__file__).parent / "templates" / "frontend")
    app.add_middleware(Access, settings, Identity(settings, book, sessions), gradio_events(blocks))
    app.add_middleware(Arrival, settings)
    app.add_middleware(Headers)
    return app


def serve(bot: Bot, intake: Intake, *, listening: Callable[[], None], viewed: Callable[[], None]) -> None:
    """Serve the page on the host and port of the settings until interrupted.

    ``listening`` is called once they are had; ``viewed`` is as in ``build_app``.

    Raises:
        UsageError: the port cannot be had.
        SettingsError: the page would be open to more people than was meant.
    """
    import uvicorn

    settings = bot.settings
    check_access(settings, UserBook(settings.users))
    with _listening(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            build_app(bot, intake, viewed=viewed),
            log_level="warning",
            timeout_graceful_shutdown=2,
            proxy_headers=False,  # Arrival reads them, and only from trusted proxies
            server_header=False,
        )
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


def person_html(person: Person, language: Language, *, sign_out: bool) -> str:
    """Who is signed in, and the way out; nothing where nobody signs in."""
    if not person.name:
        return ""
    name, role = escape(person.name), text(language, f"role_{person.role}")
    said = escape(text(language, "signed_in_as", name=person.name, role=role))
    button = f'<button class="quiet" type="submit">{escape(text(language, "sign_out"))}</button>'
    way_out = f'<form method="post" action="yiju/sign-out">{button}</form>' if sign_out else ""
    return f'<div class="person"><span title="{said}" aria-label="{said}" role="img">{name}</span>{way_out}</div>'


def header_html(language: Language, person: Person = ANYONE, *, sign_out: bool = False) -> str:
    """Name, the three views, language switch, who is signed in, and the place for the model's state."""
    tabs = "".join(
        f'<a href="?view={view}" data-view="{view}">{escape(text(language, f"view_{view}"))}</a>'
        for view in ("ask", "read", "library")
    )
    other = "en" if language == "zh" else "zh"
    return (
        f'<a class="skip" href="#question">{escape(text(language, "skip"))}</a>'
        f'<header class="top" data-language="{language}" data-role="{person.role}" '
        f'data-lost="{escape(text(language, "lost"))}" '
        f'data-failed="{escape(text(language, "failed", status="%"))}" '
        f'data-copied="{escape(text(language, "permalink_copied"))}">'
        f'<a class="brand" href="?view=ask" data-view="ask"><b>{escape(text(language, "name"))}</b>'
        f"<span>{escape(text(language, 'tagline'))}</span></a>"
        f'<nav class="tabs" aria-label="{escape(text(language, "nav"))}">{tabs}</nav>'
        f'<button type="button" class="quiet" data-language-to="{other}" lang="{other}" '
        f'aria-label="{escape(text(language, "switch_label"))}">{escape(text(language, "switch"))}</button>'
        f"{person_html(person, language, sign_out=sign_out)}"
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

        def relabel(
            wanted: str,
            waiting: str,
            staged: dict[str, Staged],
            kept: str,
            conversation: Conversation | None,
            spoken: Spoken,
            request: gr.Request,
        ) -> list[Any]:
            chosen = choose(
                f"{wanted},{request.headers.get('accept-language', '')}",
                setting="auto" if wanted else bot.settings.language,
            )
            person = person_of(request.request.scope) if request.request is not None else ANYONE
            return [
                chosen,
                header_html(chosen, person, sign_out=bot.settings.sign_in == "users"),
                *ask.relabel(chosen, kept, conversation, spoken),
                *library.relabel(chosen, waiting, staged),
            ]

        options: dict[str, Any] = {
            "inputs": [language, library.word, library.staged, *ask.states()],
            "outputs": [language, header, *ask.outputs(), *library.outputs()],
            "js": _OPENING,
            "show_progress": "hidden",
            "queue": False,
            "api_visibility": "private",
        }
        loaded = blocks.load(relabel, **options)
        ask.keep(loaded.then, "open")
        switch.click(relabel, **options)
    return blocks
