"""The page for everyone: axe-core on every view, signing in, behind a proxy's path, hostile words; in a real browser."""

import re
from pathlib import Path

import axe_playwright_python
import pytest
from page_visits import DESK, PHONE
from playwright.sync_api import expect
from small_index import build
from tiny_proxy import proxied
from watched_browser import Watch

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


@pytest.fixture
def watch(browser):
    watch = Watch(browser)
    # Gradio's own stream, where a page is left, or the server stops, while it listens.
    watch.allowed += ["AbortError: signal is aborted without reason", "Connection errored out"]
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
            if rule["impact"] in ("serious", "critical"):
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


# ---- signing in, and what a role shows ----


def sign_in(page, name: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("body.ready")


def test_people_sign_in_see_what_their_role_may_and_sign_out(watch, users, tmp_path):
    watch.allowed.append("40[13]")
    with served(fake_page(tmp_path, sign_in="users", users=users._path)) as address:
        page = watch.open(f"{address}?doc=d-leave.txt&section=s2", wait="#password")
        sign_in(page, "reader")
        expect(page.locator(".clause.here")).to_contain_text("年休假五天")
        expect(page.locator(".person")).to_contain_text("reader")
        page.click(".tabs [data-view=ask]")
        ask(page, "年休假几天？")
        page.click(".tabs [data-view=library]")
        expect(page.locator(".book")).to_have_count(1)
        expect(
            page.locator("[data-remove], #upload, a[href^='yiju/evaluation']").locator("visible=true")
        ).to_have_count(0)

        other = watch.open(address, wait="#password", locale="en-GB")
        sign_in(other, "maintainer")
        other.click(".tabs [data-view=library]")
        expect(other.locator("[data-remove]")).to_be_visible()
        other.set_input_files(
            "#upload input[type=file]",
            files=[{"name": "a.txt", "mimeType": "text/plain", "buffer": "规定\n第一条 一。\n".encode()}],
        )
        other.click("[data-decide^=add]")
        expect(other.locator(".receipt .is-added")).to_contain_text("a.txt")
        other.click("a[href^='yiju/evaluation']")
        expect(other.locator("h1")).to_have_text("Evaluation")

        page.click(".person button")
        page.wait_for_selector("#password")
        page.go_back()
        page.wait_for_selector("#password")


def test_a_session_that_ended_leads_to_the_sign_in_page(watch, users, tmp_path):
    watch.allowed.append("401")
    with served(fake_page(tmp_path, sign_in="users", users=users._path)) as address:
        page = watch.open(address, wait="#password")
        sign_in(page, "reader")
        page.context.clear_cookies()
        page.click(".tabs [data-view=library]")
        page.wait_for_selector("#password")


def test_too_many_questions_are_answered_by_a_line(watch, tmp_path):
    watch.allowed.append("429")
    with served(fake_page(tmp_path, questions_per_minute=1)) as address:
        page = watch.open(address)
        ask(page, "年休假几天？")
        page.fill("#question textarea", "病假呢？")
        page.press("#question textarea", "Enter")
        expect(page.get_by_text(re.compile(r"问得太快了，请过 \d+ 秒再问"))).to_be_visible()
        expect(page.locator(".exchange")).to_have_count(1)


# ---- behind a reverse proxy ----


@pytest.mark.parametrize("cut", [True, False], ids=["prefix cut off", "prefix kept"])
def test_page_works_under_a_path_of_a_reverse_proxy(watch, tmp_path, cut):
    settings = {"trusted_proxies": "127.0.0.1"} if cut else {"root_path": "/yiju-app"}
    headers = {"x-forwarded-prefix": "/yiju-app"} if cut else {}
    settings = {**settings, "trusted_proxies": "127.0.0.1"}
    with (
        served(fake_page(tmp_path, **settings)) as target,
        proxied(target, "/yiju-app", cut=cut, headers=headers) as address,
    ):
        page = watch.open(address)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        ask(page, "年休假几天？")
        page.locator(".answer .cite").first.click()
        expect(page.locator("mark.quote").first).to_be_in_viewport()
        assert page.url.startswith(f"{address}?doc=")
        page.reload()
        expect(page.locator("mark.quote").first).to_be_in_viewport()
        page.click(".tabs [data-view=library]")
        page.set_input_files(
            "#upload input[type=file]",
            files=[{"name": "b.txt", "mimeType": "text/plain", "buffer": "规定\n第一条 一。\n".encode()}],
        )
        page.click("[data-decide^=add]")
        expect(page.locator(".receipt .is-added")).to_contain_text("b.txt")
        page.click("a[href^='yiju/evaluation']")
        page.wait_for_selector("h1")
        page.locator("nav a").first.click()
        page.wait_for_selector("body.ready")
        outside = [url for url in asked if url.startswith("http") and not url.startswith(address)]
        assert outside == []
        watch.close()


def test_signing_in_works_under_a_path(watch, users, tmp_path):
    watch.allowed.append("401")
    settings = {"sign_in": "users", "users": users._path, "root_path": "/yiju-app", "trusted_proxies": "127.0.0.1"}
    with (
        served(fake_page(tmp_path, **settings)) as target,
        proxied(target, "/yiju-app", cut=True) as address,
    ):
        page = watch.open(address, wait="#password")
        sign_in(page, "editor")
        assert page.url == address
        assert [cookie["path"] for cookie in page.context.cookies()] == ["/yiju-app"]
        watch.close()


# ---- words of others stay words ----

_HOSTILE = [
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    '"><svg onload="document.title=\'pwned\'">',
    "' onmouseover='document.title=`pwned`' x='",
    "[a](javascript:document.title='pwned')",
    "![x](http://example.com/x.png)",
    "<style>body{display:none}</style>",
    "</textarea></script><body onload=\"document.title='pwned'\">",
    "{{ 7*7 }} ${7*7} &lt;b&gt; %3Cscript%3E",
    "<iframe src='http://example.com'></iframe><link rel=stylesheet href='http://example.com/x.css'>",
]


def test_hostile_words_in_every_place_stay_words(watch, tmp_path):
    """As a user's name, file name, title, heading, text and question, each in turn."""
    watch.allowed.append("40[13]")
    book = UserBook(tmp_path / "users.json")
    name = "<img src=x onerror=document.title='pwned'>"
    book.put(name, "maintainer", PASSWORD)
    with served(fake_page(tmp_path, sign_in="users", users=tmp_path / "users.json")) as address:
        page = watch.open(address, wait="#password")
        sign_in(page, name)
        expect(page.locator(".person > span")).to_have_text(name)
        title = page.title()
        page.click(".tabs [data-view=library]")
        files = [
            {
                "name": f"{n} {words}.txt".replace("/", "⁄"),
                "mimeType": "text/plain",
                "buffer": f"{n} {words} 规定\n第一章 {words}\n第一条 {words} 内容。\n第二条 其他。\n".encode(),
            }
            for n, words in enumerate(_HOSTILE)
        ]
        page.set_input_files("#upload input[type=file]", files=files)
        expect(page.locator(".stage")).to_have_count(len(_HOSTILE))
        page.click("[data-decide='add:*']")
        expect(page.locator(".receipt .is-added")).to_have_count(len(_HOSTILE))
        expect(page.locator(".book")).to_have_count(len(_HOSTILE) + 1)
        for n, words in enumerate(_HOSTILE):
            page.click(".tabs [data-view=library]")
            page.locator(".book h3 a").nth(n + 1).click()
            expect(page.locator(".clauses")).to_contain_text(f"{words} 内容")
            page.locator(".outline a").nth(1).click()
            expect(page.locator(".crumbs")).to_contain_text(words[:20])
        page.click(".tabs [data-view=ask]")
        for n, words in enumerate(_HOSTILE, start=1):
            ask(page, f"规定 内容 {words}")
            expect(page.locator(".asked")).to_have_count(n)
            expect(page.locator(".exchange[aria-busy]")).to_have_count(0)
            page.locator(".asked").last.hover()
            page.locator(".answer .cite").last.hover()
        asked = page.locator(".asked").all_inner_texts()
        assert [words in said for words, said in zip(_HOSTILE, asked, strict=True)] == [True] * len(_HOSTILE)
        injected = page.locator("#views :is(script, iframe, img, style, link, svg[onload], [onerror], [onmouseover])")
        assert injected.evaluate_all("nodes => nodes.map(n => n.outerHTML)") == []
        assert page.title() == title
