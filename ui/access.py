"""What each may do, enforced before any route or Gradio event runs: sign-in, roles, forgery, rates."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.settings import Settings
from ui.identity import Identity
from ui.limits import Limit
from ui.people import Person, set_person
from ui.refusals import SAFE, Refused, path_of, refusal
from ui.rules import GradioEvent, needed

_EVENT_BYTES = 4 * 1024 * 1024
_SESSIONS = 20_000
_EVENTS = frozenset({"/gradio_api/queue/join", "/gradio_api/run/predict"})
_WITH_SESSION = _EVENTS | {"/gradio_api/cancel", "/gradio_api/reset"}


class Access:
    """Lets a request through to what its person may use; the person is noted on it.

    ``events`` are the Gradio page's events by number. Bodies of other requests are not read here.
    """

    def __init__(self, app: ASGIApp, settings: Settings, identity: Identity, events: Mapping[int, GradioEvent]) -> None:
        self._app = app
        self._identity = identity
        self._events = events
        self._questions = Limit(settings.questions_per_minute)
        self._uploads = Limit(settings.uploads_per_minute)
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse in one line, or note the person and pass the request on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":  # the page uses no WebSocket
            try:
                person = self._admitted(scope)
                if person is not None and scope["method"] == "POST" and path_of(scope) in _WITH_SESSION:
                    body = await _read(receive)
                    self._check_event(scope, person, body)
                    receive = _replayed(body, receive)
            except Refused as refused:
                await refusal(scope, refused)(scope, receive, send)
            else:
                await self._app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Person | None:
        """Who asks, if the request's head speaks for letting it through; None at the open doors."""
        headers, path = Headers(scope=scope), path_of(scope)
        if scope["method"] not in SAFE and not _same_site(scope, headers):
            raise Refused(403, "refused_origin")
        need = needed(scope["method"], path)
        if need == "open":
            return None
        person = self._identity.person(scope)
        set_person(scope, person)
        if need is None:
            raise Refused(404, "refused_nothing")
        if need != "event" and not person.may(need):
            raise Refused(403, "refused_role")
        heard = path.rpartition("/heartbeat/")[2] if "/heartbeat/" in path else ""
        self._check_session(heard or Request(scope).query_params.get("session_hash", ""), person)
        if headers.get("content-type", "").startswith("multipart/form-data"):
            self._count(self._uploads, "refused_uploads", scope, person)
        return person

    def _check_event(self, scope: Scope, person: Person, body: bytes) -> None:
        """Refuse a Gradio event for its session, its role, a file elsewhere, or its rate."""
        try:
            asked = json.loads(body)
            event = self._events.get(asked.get("fn_index"))
            self._check_session(str(asked.get("session_hash") or ""), person)
        except (ValueError, TypeError, AttributeError):
            raise Refused(400, "refused_nothing") from None
        if path_of(scope) not in _EVENTS:
            return
        if event is None:
            raise Refused(404, "refused_nothing")
        if not person.may(event.role):
            raise Refused(403, "refused_role")
        if _names_remote_file(asked.get("data")):
            raise Refused(400, "refused_remote")
        if event.asks:
            self._count(self._questions, "refused_questions", scope, person)

    def _check_session(self, session: str, person: Person) -> None:
        """A Gradio session is that person's who used it first."""
        if not session or not person.name:
            return
        owner = self._owners.setdefault(session, person.name)
        self._owners.move_to_end(session)
        if len(self._owners) > _SESSIONS:
            self._owners.popitem(last=False)
        if owner != person.name:
            raise Refused(403, "refused_role")

    @staticmethod
    def _count(limit: Limit, key: str, scope: Scope, person: Person) -> None:
        wait_s = limit.take(person.name or (scope.get("client") or ("", 0))[0])
        if wait_s:
            raise Refused(429, key, math.ceil(wait_s))


def _same_site(scope: Scope, headers: Headers) -> bool:
    """Whether a page of ours sent this, as far as browsers tell; what is no browser tells nothing."""
    origin = headers.get("origin") or headers.get("referer")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == URL(scope=scope).netloc


async def _read(receive: Receive) -> bytes:
    """The whole body of an event; one larger than any of ours is refused."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _EVENT_BYTES:
            raise Refused(413, "refused_size")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """``receive`` once more from the start, for whoever comes after."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _names_remote_file(data: Any) -> bool:
    """Whether a Gradio file in ``data`` lies on another machine, from where Gradio would fetch it."""
    if isinstance(data, Mapping):
        if isinstance(data.get("meta"), Mapping) and "//" in str(data.get("path"))[:12]:
            return True
        return any(_names_remote_file(value) for value in data.values())
    return isinstance(data, list) and any(_names_remote_file(value) for value in data)
