"""Who asks: nobody in particular, a session of this server, or a name that a reverse proxy vouches for."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from rag.errors import SettingsError
from rag.settings import Settings
from ui.arrival import is_loopback, is_trusted
from ui.people import ANYONE, Person
from ui.refusals import Refused
from ui.sessions import COOKIE, Sessions
from ui.users.book import UserBook


def check_access(settings: Settings, book: UserBook) -> None:
    """See that the page is not opened to more people than was meant.

    Raises:
        SettingsError: it would be, or nobody could sign in.
    """
    if settings.sign_in == "off" and not settings.open_to_network and not is_loopback(settings.host):
        raise SettingsError(
            f"will not listen on {settings.host} without sign-in: whoever reaches it could read and remove every "
            "document; set sign_in (docs/access.md), or open_to_network = true if that is meant"
        )
    if settings.sign_in == "users" and not any(user.password for user in book.users().values()):
        raise SettingsError(
            f"sign_in = users, but nobody in {settings.users} has a password: "
            "python -m ui.users add NAME --role maintainer"
        )
    if settings.sign_in == "header" and not settings.trusted_proxies:
        raise SettingsError("sign_in = header needs trusted_proxies: the addresses whose header is believed")


class Identity:
    """Tells who asks, as the setting ``sign_in`` says; a user's role is what the file says now."""

    def __init__(self, settings: Settings, book: UserBook, sessions: Sessions) -> None:
        self._settings = settings
        self._book = book
        self._sessions = sessions

    def person(self, scope: Scope) -> Person:
        """Who asks.

        Raises:
            Refused: nobody we know.
        """
        if self._settings.sign_in == "off":
            return ANYONE
        return self._by_session(scope) if self._settings.sign_in == "users" else self._by_header(scope)

    def _by_session(self, scope: Scope) -> Person:
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        name = self._sessions.name(cookies.get(COOKIE, ""))
        person = None if name is None else self._book.person(name)
        if person is None:
            raise Refused(401, "refused_signed_out")
        return person

    def _by_header(self, scope: Scope) -> Person:
        name = Headers(scope=scope).get(self._settings.sign_in_header, "").strip()
        if not is_trusted(scope) or not name:
            raise Refused(403, "refused_proxy")
        person = self._book.person(name)
        if person is None and self._settings.sign_in_role == "none":
            raise Refused(403, "refused_unknown")
        return person or Person(name, "reader")
