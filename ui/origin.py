"""What another site's page may not do in a visitor's name."""

from __future__ import annotations

from urllib.parse import urlsplit

import fastapi


def require_own_page(request: fastapi.Request) -> None:
    """Let only what this very page sent through.

    Raises:
        fastapi.HTTPException: 403 for a request of another site.
    """
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host", ""):
        raise fastapi.HTTPException(403, "this was not sent by this page")
