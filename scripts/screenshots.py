"""Make the READMEs' pictures: the real page over the sample documents, in headless Chromium.

``python scripts/screenshots.py [--index DIR] [--llm local] [--out docs/images]``

``--all DIR`` makes, instead, one of each view in both languages, at 1280 and 390 pixels, light and dark.
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
SIZES = ((1280, 800), (390, 844))
QUESTIONS = {"zh-CN": "出差住宿没有发票能报销吗？", "en-US": "How many days of annual leave do employees have?"}
NOWHERE = {"zh-CN": "停车位怎么申请？", "en-US": "Which soup does the canteen serve on Friday?"}


def main() -> int:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--llm")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--all", type=Path, metavar="DIR", help="every view in every look, into this folder")
    flags = vars(parser.parse_args())
    out, every = flags.pop("out"), flags.pop("all")
    settings = load_settings(flags)
    bot = _open(settings)
    bot.preload()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        with served(lambda port: build_app(bot, PipelineIntake(bot))) as address:
            if every is None:
                _readme_pictures(browser, address, out)
            else:
                _every_view(browser, address, every)
        if every is not None:
            _sign_in_pages(browser, bot, every)
        browser.close()
    return 0


def _readme_pictures(browser: Browser, address: str, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
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


def _every_view(browser: Browser, address: str, folder: Path) -> None:
    """Each view over the sample documents, all looks; the name of a picture says what it is."""
    for locale, question in QUESTIONS.items():
        for width, height in SIZES:
            look = Look(width=width, height=height, locale=locale, colours="light")
            with _window(browser, look, address) as page:

                def shoot(view: str, page: Page = page, look: Look = look) -> None:
                    _shoot(page, folder, view, look)

                shoot("1-ask-empty")
                _ask(page, question)
                shoot("2-answered")
                page.locator(".answer .cite").first.click()
                _settle(page, "mark.quote")
                shoot("3-citation-opened")
                page.goto(page.url)
                _settle(page, "mark.quote")
                shoot("4-reader")
                page.locator(".tabs [data-view=ask]").click()
                _ask(page, NOWHERE[locale])
                shoot("5-not-found")
                page.locator(".tabs [data-view=library]").click()
                _settle(page, ".book")
                shoot("6-library")
                page.locator("[data-remove]").first.click()
                shoot("7-remove-asked")
                page.goto(f"{address}yiju/evaluation?language={locale[:2]}")
                shoot("8-evaluation")
                page.goto(f"{address}yiju/evaluation/candidates?language={locale[:2]}")
                shoot("9-candidates")


def _sign_in_pages(browser: Browser, bot: Chatbot, folder: Path) -> None:
    settings = bot.settings.model_copy(update={"sign_in": "users", "users": folder / "no users"})
    closed = Chatbot(settings, bot.index, lambda: bot.embedder, lambda: None)
    with served(lambda port: build_app(closed, PipelineIntake(closed))) as address:
        for locale in QUESTIONS:
            for width, height in SIZES:
                look = Look(width=width, height=height, locale=locale, colours="light")
                with _context(browser, look) as page:
                    page.goto(address)
                    page.wait_for_selector("#password")
                    _shoot(page, folder, "0-sign-in", look)
                    page.fill("#name", "anna")
                    page.fill("#password", "not the right one")
                    page.keyboard.press("Enter")
                    page.wait_for_selector("[role=alert]")
                    _shoot(page, folder, "0-sign-in-wrong", look)


def _shoot(page: Page, folder: Path, view: str, look: Look) -> None:
    """The view in both colours."""
    folder.mkdir(parents=True, exist_ok=True)
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{view}-{look.locale[:2]}-{look.width}-{colours}.png")
    page.emulate_media(color_scheme="light")


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
    with _context(browser, look) as page:
        page.goto(address)
        page.wait_for_selector("body.ready")
        page.wait_for_function("!document.querySelector('[data-state=loading]')")
        yield page


@contextmanager
def _context(browser: Browser, look: Look) -> Iterator[Page]:
    options: dict[str, Any] = {"viewport": {"width": look.width, "height": look.height}, "locale": look.locale}
    context = browser.new_context(color_scheme=look.colours, device_scale_factor=2, **options)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def _ask(page: Page, question: str) -> None:
    before = page.locator(".exchange").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function(
        f"document.querySelectorAll('.exchange').length > {before} && !document.querySelector('.exchange[aria-busy]')"
    )


def _settle(page: Page, selector: str) -> None:
    page.wait_for_selector(selector)
    page.wait_for_timeout(400)


if __name__ == "__main__":
    sys.exit(main())
