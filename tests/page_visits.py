"""What the tests of the page in a browser share; their fixtures stand in ``conftest``."""

from __future__ import annotations

from playwright.sync_api import Page

DESK = {"width": 1280, "height": 820}
PHONE = {"width": 390, "height": 844}


def ask(page: Page, words: str) -> None:
    """Write a question and send it."""
    page.fill("#question textarea", words)
    page.press("#question textarea", "Enter")


def answered(page: Page, count: int = 1) -> None:
    """Wait until there are ``count`` exchanges and none is under way."""
    page.wait_for_function(
        f"document.querySelectorAll('.exchange').length === {count} && !document.querySelector('.exchange[aria-busy]')"
    )
