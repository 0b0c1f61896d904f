"""Where a request comes from: through a trusted proxy or not, by which name, under which path.

Everything behind this sees one host, one client address and one ``root_path``; nobody else reads ``X-Forwarded-*``.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.settings import Settings, listed

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_SAID_BY_PROXIES = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"x-gradio-server")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_trusted(scope: Scope) -> bool:
    """Whether a trusted proxy passed this request on; ``Arrival`` has noted it."""
    return scope.get("state", {}).get("trusted") is True


class Arrival:
    """Believes the headers of trusted proxies and nobody else's, and refuses names that are not ours.

    A page of another site whose name was pointed at this machine (DNS rebinding) is told apart by that name.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._root_path = settings.root_path
        self._proxies = tuple(ip_network(one, strict=False) for one in listed(settings.trusted_proxies))
        self._header = settings.sign_in_header.lower().encode()
        allowed = frozenset(name.lower() for name in listed(settings.allowed_hosts))
        checked = bool(allowed) or (is_loopback(settings.host) and not settings.open_to_network)
        self._names = allowed | _OWN_NAMES | {settings.host.lower()} if checked else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Settle host, client, scheme and path, and pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trusted = self._trusts((scope.get("client") or ("", 0))[0])
        host = headers.get("host", "")
        shown = _last(headers, "x-forwarded-host") or host if trusted else host
        strange = next(
            (name for name in (host, shown) if self._names is not None and _name(name) not in self._names), None
        )
        if strange is not None:
            line = f"This server is not known as {_name(strange)!r}. If that is its name, set allowed_hosts.\n"
            await PlainTextResponse(line, status_code=421)(scope, receive, send)
            return
        settled = {**scope, "state": {**scope.get("state", {}), "trusted": trusted}}
        settled["headers"] = [pair for pair in scope["headers"] if not self._dropped(pair[0], trusted=trusted)]
        settled["headers"].append((b"host", shown.encode("latin-1")))
        prefix = self._root_path
        if trusted:
            settled["client"] = self._client(headers, scope["client"])
            if _last(headers, "x-forwarded-proto") in ("http", "https"):
                settled["scheme"] = _last(headers, "x-forwarded-proto")
            said = _last(headers, "x-forwarded-prefix").rstrip("/")
            prefix = said if said and _PREFIX.fullmatch(said) else prefix
        path: str = scope["path"]
        if prefix and path == prefix:
            await RedirectResponse(f"{prefix}/")(settled, receive, send)
            return
        settled["path"] = path if not prefix or path.startswith(f"{prefix}/") else prefix + path
        settled["root_path"] = prefix
        await self._app(settled, receive, send)

    def _dropped(self, name: bytes, *, trusted: bool) -> bool:
        return name == b"host" or name.startswith(_SAID_BY_PROXIES) or (name == self._header and not trusted)

    def _trusts(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self._proxies)

    def _client(self, headers: Headers, peer: tuple[str, int]) -> tuple[str, int]:
        """The last address on the way here that is not a trusted proxy's."""
        way = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
        return next(((address, 0) for address in reversed(way) if address and not self._trusts(address)), peer)


def _last(headers: Headers, name: str) -> str:
    """What the nearest proxy said, whatever was said before it."""
    values = headers.getlist(name)
    return values[-1].split(",")[-1].strip() if values else ""


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    name = host.lower()
    return name[1 : name.find("]")] if name.startswith("[") else name.partition(":")[0]
