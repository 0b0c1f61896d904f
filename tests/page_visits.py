"""What the tests of the page in a browser share; their fixtures stand in ``conftest``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Page

from rag.settings import Settings
from ui.page import build_app
from ui.testing import FakeBot, FakeIndex, FakeIntake, served

LEAVE = "请休假规定\n第一章 假期种类\n第一条 年休假五天。\n第二条 病假凭证明。\n第三条 事假二十天。\n"
DESK = {"width": 1280, "height": 820}
PHONE = {"width": 390, "height": 844}


class Site:
    """Serves a page of one document: called with settings, it gives its address and its chatbot."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._serving: AbstractContextManager[str] | None = None

    def __call__(self, **settings: object) -> tuple[str, FakeBot]:
        index = FakeIndex()
        index.put("leave.txt", LEAVE, year=2023, status="superseded")
        folders = {"conversations_folder": self._folder / "talks", "feedback": self._folder / "feedback.jsonl"}
        settings = {"index": self._folder / "index", **folders, **settings}
        self._bot = FakeBot(settings=Settings(**settings), index=index, step_s=0.1)
        self._address = self._serve()
        return self._address, self._bot

    def restart(self) -> None:
        """A server that remembers nothing, at the same address."""
        self.close()
        self._serve(int(self._address.strip("/").rpartition(":")[2]))

    def close(self) -> None:
        if self._serving is not None:
            self._serving.__exit__(None, None, None)

    def _serve(self, port: int = 0) -> str:
        self._serving = served(lambda port: build_app(self._bot, FakeIntake(self._bot.index)), port)
        return self._serving.__enter__()


def ask(page: Page, words: str) -> None:
    """Write a question and send it."""
    page.fill("#question textarea", words)
    page.press("#question textarea", "Enter")


def answered(page: Page, count: int = 1) -> None:
    """Wait until there are ``count`` exchanges and none is under way."""
    page.wait_for_function(
        f"document.querySelectorAll('.exchange').length === {count} && !document.querySelector('.exchange[aria-busy]')"
    )
