"""The sign-in page, signing in and signing out."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

import fastapi
from fastapi import Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ui.limits import Limit
from ui.people import Person
from ui.refusals import SIGN_IN
from ui.sessions import COOKIE, Sessions
from ui.strings import Language, choose, text
from ui.templates import ASSETS, render
from ui.users.book import UserBook
from ui.users.passwords import MAX_CHARS

_HERE = re.compile(r"/(?![/\\])[^\\\s]*")
_FAILURES_OF_AN_ADDRESS, _FAILURES_OF_A_NAME, _WINDOW_S = 20, 10, 300.0


def add_sign_in(app: fastapi.FastAPI, book: UserBook, sessions: Sessions) -> None:
    """Serve the sign-in page and take what it sends; nothing of it where sign-in is not by password."""
    doors = Limit(_FAILURES_OF_AN_ADDRESS, _WINDOW_S), Limit(_FAILURES_OF_A_NAME, _WINDOW_S)

    @app.get("/yiju/sign-in.css")
    def style() -> Response:
        return Response((ASSETS / "sign_in.css").read_text("utf-8"), media_type="text/css")

    @app.get(SIGN_IN)
    def page(request: fastapi.Request, language: str = "", next: str = "/") -> HTMLResponse:  # noqa: A002
        return HTMLResponse(sign_in_html(_language(request, language), next))

    @app.post(SIGN_IN)
    def entered(
        request: fastapi.Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",  # noqa: A002
    ) -> Response:
        chosen = _language(request, language)
        name = name.strip()[:MAX_CHARS]
        keys = (request.client.host if request.client else "", name)
        if any(limit.wait_s(key) for limit, key in zip(doors, keys, strict=True)):
            return HTMLResponse(sign_in_html(chosen, next, name=name, fault="sign_in_wait"), 429)
        person = book.signed_in(name, password)
        if person is None:
            for limit, key in zip(doors, keys, strict=True):
                limit.count(key)
            return HTMLResponse(sign_in_html(chosen, next, name=name, fault="sign_in_wrong"), 401)
        return _opened(request, sessions, person, next)

    @app.post("/yiju/sign-out")
    def left(request: fastapi.Request) -> Response:
        sessions.end(request.cookies.get(COOKIE, ""))
        done = RedirectResponse(_root(request) + SIGN_IN, 303, headers={"clear-site-data": '"cache", "storage"'})
        done.delete_cookie(COOKIE, path=_root(request) or "/")
        return done


def sign_in_html(language: Language, wanted: str, *, name: str = "", fault: str = "") -> str:
    """The page with name and password; after a failed try with the name and a line on it."""

    def words(key: str) -> str:
        return text(language, key)

    other: Language = "en" if language == "zh" else "zh"
    switch = "?" + urlencode({"language": other, "next": wanted})
    return render(
        "sign_in.html", language=language, other=other, t=words, wanted=wanted, name=name, fault=fault, switch=switch
    )


def _opened(request: fastapi.Request, sessions: Sessions, person: Person, wanted: str) -> Response:
    sessions.end(request.cookies.get(COOKIE, ""))
    done = RedirectResponse(_root(request) + (wanted if _HERE.fullmatch(wanted) else "/"), 303)
    done.set_cookie(
        COOKIE,
        sessions.start(person.name),
        max_age=sessions.seconds,
        path=_root(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return done


def _root(request: fastapi.Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root


def _language(request: fastapi.Request, wanted: str) -> Language:
    return choose(f"{wanted},{request.headers.get('accept-language', '')}")
