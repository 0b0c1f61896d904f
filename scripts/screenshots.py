"""Make the READMEs' pictures: the real page over the sample documents, in headless Chromium.

``python scripts/screenshots.py [--index DIR] [--llm local] [--out docs/images]``
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot, open_chatbot
from rag.errors import IndexMissing
from rag.index import Index
from rag.models.embedding import open_embedder
from rag.settings import Settings, load_settings
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.testing import CHROMIUM_FLAGS, served

SAMPLES = Path(__file__).parents[1] / "samples"
PATIENCE_MS = 180_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A window: its size in CSS pixels, language and colours."""

    width: int
    height: int
    locale: str
    colours: str


DESK_ZH = Look(width=1280, height=800, locale="zh-CN", colours="light")
DESK_EN_DARK = Look(width=1280, height=800, locale="en-US", colours="dark")
PHONE_ZH = Look(width=390, height=844, locale="zh-CN", colours="light")


def main() -> int:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--llm")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    flags = vars(parser.parse_args())
    out = flags.pop("out")
    out.mkdir(parents=True, exist_ok=True)
    settings = load_settings(flags)
    bot = _open(settings)
    bot.preload()
    with served(lambda port: build_app(bot, PipelineIntake(bot))) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        with _window(browser, DESK_ZH, address) as page:
            _ask(page, "出差住宿没有发票能报销吗？")
            page.locator(".answer .cite").first.click()
            _settle(page, "mark.quote")
            page.screenshot(path=out / "ask-zh.png")
        with _window(browser, DESK_EN_DARK, address) as page:
            _ask(page, "How many days of annual leave do employees have?")
            page.locator(".answer .cite").first.hover()
            _settle(page, "#peek")
            page.screenshot(path=out / "ask-en-dark.png")
        with _window(browser, DESK_ZH, address) as page:
            page.locator(".tabs [data-view=read]").click()
            page.locator(".picker a", has_text="请休假管理规定").click()
            page.locator(".outline a", has_text="第九条").first.click()
            page.mouse.move(700, 20)
            _settle(page, ".clause.here")
            page.screenshot(path=out / "reader-zh.png")
        with _window(browser, PHONE_ZH, address) as page:
            _ask(page, "职工请假由谁批准？")
            _settle(page, ".foot")
            page.screenshot(path=out / "phone-zh.png")
        browser.close()
    return 0


def _open(settings: Settings) -> Chatbot:
    try:
        return open_chatbot(settings)
    except IndexMissing:
        embedder = open_embedder(settings)
        with Index.open(settings.index, embedder=embedder, chunk_tokens=settings.chunk_tokens, create=True) as index:
            pipeline.add(index, [SAMPLES], standard_recipe(embedder, settings.chunk_tokens))
        return open_chatbot(settings)


@contextmanager
def _window(browser: Browser, look: Look, address: str) -> Iterator[Page]:
    options: dict[str, Any] = {"viewport": {"width": look.width, "height": look.height}, "locale": look.locale}
    context = browser.new_context(color_scheme=look.colours, device_scale_factor=2, **options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body.ready")
    page.wait_for_function("!document.querySelector('[data-state=loading]')")
    yield page
    context.close()


def _ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(".exchange:not([aria-busy]) .foot")


def _settle(page: Page, selector: str) -> None:
    page.wait_for_selector(selector)
    page.wait_for_timeout(400)


if __name__ == "__main__":
    sys.exit(main())
