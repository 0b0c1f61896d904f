"""Pages in headless Chromium that are watched: a request elsewhere or an error on the console is a complaint."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from page_visits import DESK
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from ui.testing import CHROMIUM_FLAGS

expect.set_options(timeout=30_000)

_LEFT = r"AbortError: signal is aborted without reason|Unexpected error Connection errored out"
"""What Gradio itself says of a page that is left while its stream is open."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; the test is skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here: make test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


class Watch:
    """Opens pages and keeps what was wrong with them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts = []
        self.complaints: list[str] = []
        self.allowed: list[str] = [_LEFT]
        """Patterns of console lines that the test itself provokes, such as a refused request."""

    def context(self, *, locale="zh-CN", viewport=DESK, **options):
        context = self._browser.new_context(locale=locale, viewport=viewport, **options)
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        return context

    def page(self, context) -> Page:
        page = context.new_page()
        page.on("request", self._look)
        page.on("pageerror", lambda error: self.complaints.append(f"script error {error}"))
        page.on("console", lambda m: self._hear(f"{m.text} {m.location['url']}") if m.type == "error" else None)
        return page

    def open(self, address: str, *, wait: str = "body.ready", **options) -> Page:
        """A page of a new context, once ``wait`` is there."""
        page = self.page(self.context(**options))
        page.goto(address)
        page.wait_for_selector(wait)
        return page

    def close(self) -> None:
        while self._contexts:
            self._contexts.pop().close()

    def _look(self, request: Request) -> None:
        if not re.match(r"(http://127\.0\.0\.1:|data:|blob:)", request.url):
            self.complaints.append(f"request to {request.url}")

    def _hear(self, line: str) -> None:
        if not any(re.search(pattern, line) for pattern in self.allowed):
            self.complaints.append(f"console {line}")
