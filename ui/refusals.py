"""A request that goes no further: one line in the reader's language, as a page or as JSON."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from ui.strings import choose, text
from ui.templates import render

SIGN_IN = "/yiju/sign-in"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


class Refused(Exception):
    """Why: an HTTP status and the key of a line of ``ui.strings``, and when to try again if that helps."""

    def __init__(self, status: int, key: str, seconds: int = 0) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.seconds = seconds


def path_of(scope: Scope) -> str:
    """The path of a request below the page's ``root_path``."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def refusal(scope: Scope, refused: Refused) -> Response:
    """A page for people, the sign-in page for whom it helps, JSON for scripts (Gradio shows its ``detail``)."""
    headers = Headers(scope=scope)
    language = choose(headers.get("accept-language", ""))
    line = text(language, refused.key, seconds=refused.seconds)
    extra = {"retry-after": str(refused.seconds)} if refused.seconds else {}
    if scope["method"] not in SAFE or "text/html" not in headers.get("accept", ""):
        return JSONResponse({"detail": line}, refused.status, headers=extra)
    if refused.status == 401:
        query = scope["query_string"].decode("latin-1")
        wanted = quote(path_of(scope) + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"{scope.get('root_path', '')}{SIGN_IN}?next={wanted}", 303)
    return HTMLResponse(render("evaluation_fault.html", language=language, message=line), refused.status, headers=extra)
