"""Gradio's scripts and styles: compressed once, kept by browsers, and announced with the page that needs them.

By itself Gradio compresses each file anew for each visit, and the browser finds them in four rounds, each
only when a script of the round before has run.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.refusals import path_of

_NAME = re.compile(r"/assets/[\w.~-]+\.(?:js|css)")
_OWN = re.compile(r"/yiju/[\w.-]+\.(?:js|css)")
# Gradio names both from the root of the host, which under a path is another application's.
_ICON = '<link rel="icon" href="favicon.ico">'
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')
_ANNOUNCED = 200
_LEAST_BYTES = 400
_QUALITY = 6
_YEAR = "private, max-age=31536000, immutable"


class Frontend:
    """Answers for ``/assets/`` from memory and puts what former visits fetched into the head of the page.

    The names of Gradio's files hold a hash of their content, so that they may be kept for ever.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._packed: MutableMapping[tuple[str, str], bytes] = {}
        self._fetched: dict[str, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an asset or the page; everything else is passed on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        if _NAME.fullmatch(path) and (self._folder / path[1:]).is_file():
            self._note(path)
            await self._asset(path, Headers(scope=scope))(scope, receive, send)
        elif path == "/":
            await self._page(scope, receive, send)
        else:
            if _OWN.fullmatch(path):
                self._note(path)
            await self._app(scope, receive, send)

    def announced(self) -> str:
        """Elements for the head of the page that let the browser fetch at once what it will need."""
        return _ICON + "".join(_announcement(path) for path in self._fetched)

    def _note(self, path: str) -> None:
        if len(self._fetched) < _ANNOUNCED:
            self._fetched[path] = None

    def _asset(self, path: str, headers: Headers) -> Response:
        coding = _coding(headers)
        if (path, coding) not in self._packed:
            self._packed[path, coding] = _pack((self._folder / path[1:]).read_bytes(), coding)
        kind = "text/javascript" if path.endswith(".js") else "text/css"
        answer = Response(self._packed[path, coding], media_type=kind, headers={"cache-control": _YEAR})
        _note_coding(answer.headers, coding)
        return answer

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The page with its announcements, compressed."""
        start: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            coding = _coding(Headers(scope=scope))
            words = _MANIFEST.sub(b"", bytes(body)).replace(b"<head>", b"<head>" + self.announced().encode(), 1)
            packed = _pack(words, coding) if len(words) > _LEAST_BYTES else words
            headers = MutableHeaders(raw=list(start["headers"]))
            headers["content-length"] = str(len(packed))
            _note_coding(headers, coding if packed is not words else "")
            await send({**start, "headers": headers.raw})
            await send({"type": "http.response.body", "body": packed})

        await self._app(scope, receive, gather)


def _announcement(path: str) -> str:
    address = escape(path[1:])
    if path.startswith("/assets/"):
        if path.endswith(".js"):
            return f'<link rel="modulepreload" href="{address}">'
        return f'<link rel="preload" as="style" href="{address}" crossorigin>'
    return f'<link rel="preload" as="{"script" if path.endswith(".js") else "style"}" href="{address}">'


def _coding(headers: Headers) -> str:
    """The better of the encodings that the browser takes."""
    taken = {part.partition(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")}
    return "br" if "br" in taken else "gzip" if "gzip" in taken else ""


def _pack(words: bytes, coding: str) -> bytes:
    if coding == "br":
        import brotli

        packed: bytes = brotli.compress(words, quality=_QUALITY)
        return packed
    if coding == "gzip":
        import gzip

        return gzip.compress(words, _QUALITY, mtime=0)
    return words


def _note_coding(headers: MutableHeaders, coding: str) -> None:
    if coding:
        headers["content-encoding"] = coding
    headers["vary"] = "accept-encoding"
