"""The page for everyone: axe-core on every view, signing in, behind a proxy's path, hostile words; in a real browser."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect
from small_index import build
from watched_browser import DESK, PHONE, Watch, chromium

from rag.chatbot import Chatbot
from rag.settings import Settings
from rag.testing import HashEmbedder
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.people import ROLES
from ui.testing import FakeBot, FakeIndex, FakeIntake, served
from ui.users.book import UserBook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct horse battery"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(size, colours) for size in (DESK, PHONE) for colours in ("light", "dark")]


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def watch(browser):
    watch = Watch(browser)
    yield watch
    watch.close()
    assert watch.complaints == []


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    book = UserBook(tmp_path_factory.mktemp("users") / "users.json")
    for role in ROLES:
        book.put(role, role, PASSWORD)
    return book


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    index = build(folder / "index")

    def make(port: int):
        settings = Settings(
            index=folder / "index", runs=folder / "runs", llm="extractive", answer_threshold=0.0, port=port
        )
        bot = Chatbot(settings, index, HashEmbedder, lambda: None)
        return build_app(bot, PipelineIntake(bot))

    with served(make) as address:
        yield address
    index.close()


def fake_page(folder, **settings):
    """A page without models; gives what ``served`` needs."""
    index = FakeIndex()
    index.put("leave.txt", "请假规定\n第一章 假期\n第一条 年休假五天。\n第二条 病假凭证明。\n", year=2023)

    def make(port: int):
        bot = FakeBot(settings=Settings(index=folder, runs=folder / "runs", port=port, **settings), index=index)
        return build_app(bot, FakeIntake(index))

    return make


def ask(page, words: str) -> None:
    page.fill("#question textarea", words)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(".exchange:not([aria-busy]) .foot")


# ---- axe-core ----


def findings(page, view: str) -> list[str]:
    """What axe-core finds on the page in every look, serious or critical, one line each."""
    found = []
    page.evaluate(f"if (!window.axe) {{ {AXE} }}")
    for size, colours in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        page.wait_for_timeout(400)  # colours fade
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        result = page.evaluate("options => axe.run(document, options)", options)
        for rule in result["violations"]:
            if rule["impact"] in ("serious", "critical", "moderate"):
                for node in rule["nodes"]:
                    found.append(
                        f"{view} {size['width']} {colours}: {rule['id']} ({rule['impact']}) {node['html'][:160]}"
                    )
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize(
    ("locale", "question"), [("zh-CN", "住宿费每天不超过多少？"), ("en-GB", "When is a medical certificate required?")]
)
def test_axe_finds_nothing_on_any_view(watch, real, locale, question):
    page = watch.open(real, locale=locale)
    found = findings(page, "ask empty")
    ask(page, question)
    found += findings(page, "answered")
    page.locator(".answer .cite").first.click()
    page.wait_for_selector("mark.quote")
    found += findings(page, "beside")
    page.click("[data-do=widen]")
    found += findings(page, "reader")
    page.click(".tabs [data-view=library]")
    page.wait_for_selector(".book")
    found += findings(page, "library")
    page.locator("[data-remove]").first.click()
    found += findings(page, "confirm")
    for path in ("evaluation", "evaluation/candidates"):
        page.goto(f"{real}yiju/{path}")
        found += findings(page, path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_on_the_sign_in_page(watch, users, tmp_path, locale):
    watch.allowed.append("401")
    with served(fake_page(tmp_path, sign_in="users", users=users._path)) as address:
        page = watch.open(address, locale=locale, wait="#password")
        found = findings(page, "sign-in")
        page.fill("#name", "reader")
        page.fill("#password", "wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        found += findings(page, "sign-in wrong")
        assert not found, "\n".join(found)
