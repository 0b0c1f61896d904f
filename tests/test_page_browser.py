"""The page in a real browser: every flow, at desk and phone width, with nothing asked of another machine."""

import re
import time

import pytest
from page_visits import PHONE, answered, ask
from playwright.sync_api import expect
from small_index import build

from rag.chatbot import Chatbot
from rag.settings import Settings
from rag.testing import HashEmbedder
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.testing import FakeBot, FakeIndex, FakeIntake, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATUTE_ARTICLES = 1200


# ---- the real index, the real pipeline, the extractive answerer ----


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "index"
    index = build(folder)

    def make(port: int):
        settings = Settings(index=folder, llm="extractive", answer_threshold=0.0, port=port, upload_mb=1)
        bot = Chatbot(settings, index, HashEmbedder, lambda: None)
        return build_app(bot, PipelineIntake(bot))

    with served(make) as address:
        yield address
    index.close()


@pytest.mark.parametrize(
    ("locale", "question", "quote", "path"),
    [
        ("zh-CN", "住宿费每天不超过多少？", "住宿费每人每天不超过350元", ["差旅费管理办法", "第二章", "第二条"]),
        (
            "en-GB",
            "When is a medical certificate required?",
            "A medical certificate is required",
            ["Leave Handbook", "2"],
        ),
    ],
)
def test_citation_opens_its_clause_with_the_quote_marked_beside_the_answer(visit, real, locale, question, quote, path):
    page = visit(real, locale=locale)
    ask(page, question)
    answered(page)
    cite = page.locator(".answer .cite").first
    cite.hover()
    expect(page.locator("#peek")).to_contain_text(quote)
    cite.click()
    mark = page.locator("mark.quote").first
    expect(mark).to_be_in_viewport()
    expect(page.locator("mark.quote")).to_contain_text([quote])
    crumbs = page.locator(".crumbs li").all_inner_texts()
    assert [crumb.startswith(step) for crumb, step in zip(crumbs, path, strict=True)] == [True] * len(path)
    expect(page.locator("#view-ask .answer").first).to_be_visible()
    expect(page.locator("#peek")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#view-read")).to_be_hidden()


def test_permanent_link_opens_on_the_quote_and_browser_back_returns(visit, real):
    page = visit(real)
    ask(page, "伙食补助每天多少元？")
    answered(page)
    page.locator(".answer .cite").first.click()
    page.wait_for_selector("mark.quote")
    address = page.url
    assert re.search(r"\?doc=[^&]+&section=[^&]+&start=\d+&end=\d+$", address)
    page.go_back()
    expect(page.locator("#view-read")).to_be_hidden()
    expect(page.locator(".exchange")).to_have_count(1)
    fresh = visit(address, wait="mark.quote")
    expect(fresh.locator("mark.quote").first).to_be_in_viewport()
    expect(fresh.locator("body")).to_have_attribute("data-view", "read")
    expect(fresh.locator(".outline [aria-current]")).to_contain_text("第三条")


def test_interface_language_can_be_switched_without_losing_the_conversation(visit, real):
    page = visit(real, locale="en-US")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    ask(page, "伙食补助每天多少元？")
    answered(page)
    said = page.locator(".answer > p").first.inner_text()
    page.click("[data-language-to=zh]")
    expect(page.locator(".cards-title")).to_have_text("依据的条款")
    expect(page.locator("#ask")).to_have_text("提问")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.locator(".answer > p").first.inner_text() == said
    page.reload()
    expect(page.locator("#ask")).to_have_text("提问")
    expect(page.locator(".cards-title")).to_have_text("依据的条款")


def test_scope_limits_the_question_to_the_documents_chosen(visit, real):
    page = visit(real)
    page.click("#scope .label-wrap")
    page.click("#scope-documents input")
    page.click("[role=option]:has-text('会议室使用通知')")
    page.keyboard.press("Escape")
    ask(page, "住宿费每天不超过多少？")
    answered(page)
    shown = page.locator(".card-doc").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert set(shown) == {"会议室使用通知"}


def test_first_question_can_be_asked_by_clicking_it(visit, real):
    page = visit(real)
    example = page.locator(".examples button").first
    words = example.inner_text()
    example.click()
    answered(page)
    expect(page.locator(".asked")).to_contain_text(words)


def test_documents_are_added_read_replaced_and_removed(visit, real, tmp_path):
    good = tmp_path / "考勤 办法😀.txt"
    good.write_text("考勤管理办法\n第一条 职工应当按时到岗。\n第二条 迟到三次的，由部门谈话提醒。\n", encoding="utf-8")
    empty = tmp_path / "empty.txt"
    empty.touch()
    page = visit(real)
    page.click(".tabs [data-view=library]")
    expect(page.locator(".book")).to_have_count(3)
    page.set_input_files("#upload input[type=file]", [good, empty])
    expect(page.locator(".stage.is-failed")).to_contain_text("empty.txt")
    page.click("[data-decide^=add]")
    expect(page.locator(".receipt .is-added")).to_contain_text("考勤 办法😀.txt")
    expect(page.locator(".book")).to_have_count(4)

    book = page.locator(".book", has_text="考勤管理办法")
    book.locator("summary").click()
    expect(book.locator("details a")).to_have_count(2)
    book.locator("details a").nth(1).click()
    expect(page.locator(".clause.here")).to_contain_text("迟到三次")

    page.click(".tabs [data-view=library]")
    good.write_text("考勤管理办法\n第一条 职工应当准时到岗。\n", encoding="utf-8")
    page.set_input_files("#upload input[type=file]", [good])
    page.click("[data-decide^=add]")
    expect(page.locator(".receipt .is-updated")).to_contain_text("考勤 办法😀.txt")

    book.locator("[data-remove]").click()
    expect(page.locator("#confirm")).to_contain_text("移除《考勤管理办法》？")
    page.click("#confirm [value=no]")
    expect(page.locator(".book")).to_have_count(4)
    book.locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(3)
    expect(page.locator("#upload-result")).to_contain_text("已移除")


def test_words_of_a_hostile_document_stay_words(visit, real, tmp_path):
    file = tmp_path / "坏文件.txt"
    file.write_text(
        "<img src=x onerror=\"document.title='pwned'\">规定\n第一条 <script>document.title='pwned'</script>"
        "<style>body{display:none}</style> ![x](http://example.com/x.png) 内容。\n",
        encoding="utf-8",
    )
    page = visit(real)
    title = page.title()
    page.click(".tabs [data-view=library]")
    page.set_input_files("#upload input[type=file]", [file])
    page.click("[data-decide^=add]")
    page.wait_for_selector(".receipt .is-added")
    book = page.locator(".book", has_text="onerror")
    book.locator("h3 a").click()
    expect(page.locator(".clauses")).to_contain_text("<script>document.title='pwned'</script>")
    page.click(".tabs [data-view=ask]")
    ask(page, "规定 第一条 内容 onerror script")
    answered(page)
    expect(page.locator("#view-ask")).to_be_visible()
    assert page.title() == title
    page.click(".tabs [data-view=library]")
    book.locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(3)


def test_two_people_do_not_see_each_other(visit, real):
    first, second = visit(real), visit(real, locale="en-US")
    ask(first, "伙食补助每天多少元？")
    answered(first)
    ask(second, "How many days of annual leave?")
    answered(second)
    assert first.locator(".asked").all_inner_texts() != second.locator(".asked").all_inner_texts()
    expect(second.locator(".exchange")).to_have_count(1)
    first.click("#clear")
    expect(first.locator(".talk")).to_have_count(1)


def test_copied_answer_carries_its_citations(visit, real):
    page = visit(real, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "住宿费每天不超过多少？")
    answered(page)
    page.click("[data-copy]")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "依据：\n[1] 《差旅费管理办法》第二条 “" in copied


# ---- a scripted answerer: slow streams, refusals, states of the model, a long statute ----


def statute() -> str:
    lines = ["公共数据管理条例（草案）"]
    for n in range(1, STATUTE_ARTICLES + 1):
        if n % 40 == 1:
            lines.append(f"第{n // 40 + 1}章 第{n // 40 + 1}类数据")
        lines.append(f"第{n}条 各部门应当建立第{n}类数据的登记、更新和共享制度，明确责任人和办理时限。")
        lines.append("前款规定的时限确有困难的，可以延长一次。【广告：更多范文】")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    index = FakeIndex()
    index.put(
        "leave.txt",
        "请休假规定\n第一章 假期种类\n第一条 年休假五天。\n第二条 病假凭证明。\n第三条 事假二十天。\n",
        year=2023,
    )
    index.put("statute.txt", statute(), year=2025, status="draft")
    folder = tmp_path_factory.mktemp("scripted")
    bot = FakeBot(settings=Settings(index=folder), index=index, step_s=0.4)

    def make(port: int):
        return build_app(bot, FakeIntake(index))

    with served(make) as address:
        yield address, bot


def test_clauses_show_before_the_first_word_and_an_answer_can_be_stopped(visit, scripted, monkeypatch):
    address, bot = scripted
    monkeypatch.setattr(bot, "step_s", 2.5)
    page = visit(address)
    ask(page, "年休假几天？")
    page.wait_for_selector(".exchange .card")
    assert page.locator(".answer > p[lang]").count() == 0
    expect(page.locator("#ask")).to_be_hidden()
    page.wait_for_selector(".answer .cite")
    page.click("#stop")
    expect(page.locator(".answer")).to_contain_text("已停止")
    expect(page.locator("#ask")).to_be_visible()
    assert page.locator(".answer .cite").count() == 1
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()


def test_refusal_links_to_the_closest_clauses(visit, scripted):
    page = visit(scripted[0])
    ask(page, "不存在的事")
    answered(page)
    expect(page.locator(".cards")).to_have_count(0)
    page.locator(".closest a").first.click()
    expect(page.locator(".clause.here")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("words", "line"), [("", "请先写下问题。"), ("长" * 20_000, "问题有 20,000 个字，最多 2,000 个字")]
)
def test_question_that_cannot_be_asked_is_answered_by_a_line(visit, scripted, words, line):
    page = visit(scripted[0])
    page.fill("#question textarea", words)
    page.click("#ask")
    expect(page.locator("#fault [role=alert]")).to_contain_text(line)
    expect(page.locator(".exchange")).to_have_count(0)


def test_enter_sends_and_shift_enter_starts_a_line(visit, scripted):
    page = visit(scripted[0])
    page.click("#question textarea")
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert page.input_value("#question textarea") == "第一行\n第二行"
    page.keyboard.press("Enter")
    answered(page)
    expect(page.locator(".asked")).to_contain_text("第一行\n第二行")


def test_state_of_the_model_is_said_until_it_is_ready(visit, scripted):
    address, bot = scripted
    bot.state = "loading"
    try:
        page = visit(address)
        expect(page.locator("#model-state")).to_contain_text("正在载入")
        bot.state = "missing: no file; run: python -m rag setup"
        expect(page.locator("#model-state")).to_contain_text("python -m rag setup")
    finally:
        bot.state = "none"


def test_long_statute_opens_at_once_and_can_be_walked_and_searched(visit, scripted):
    page = visit(scripted[0])
    started = time.monotonic()
    page.evaluate(
        "history.pushState({}, '', '?doc=d-statute.txt&section=s640'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    page.wait_for_selector(".clause.here")
    assert time.monotonic() - started < 4  # well under a second on an idle machine
    assert page.locator(".outline a").count() == STATUTE_ARTICLES + STATUTE_ARTICLES // 40
    expect(page.locator(".outline [aria-current]")).to_contain_text("第624条")
    expect(page.locator(".outline [aria-current]")).to_be_in_viewport()
    page.click("[data-do=next]")
    expect(page.locator(".outline [aria-current]")).to_contain_text("第625条")
    assert "section=s641" in page.url
    page.locator(".clauses").evaluate("pane => { pane.dataset.still = 0; pane.scrollTop = 0; }")
    expect(page.locator(".outline [aria-current]")).to_have_count(0)
    page.fill(".outline-find", "第1199条")
    assert page.locator(".outline li:not([hidden]) > a:visible").all_inner_texts()[-1].startswith("第1199条")
    assert page.locator(".outline a:visible").count() == 2
    page.fill(".outline-find", "没有这样的标题")
    expect(page.locator(".outline-none")).to_be_visible()


def test_removed_advertising_shows_only_on_request(visit, scripted):
    page = visit(scripted[0] + "?doc=d-statute.txt&section=s2", wait=".clause.here")
    expect(page.locator("del.gone").first).to_be_hidden()
    page.check("[data-do=removed]")
    expect(page.locator("del.gone").first).to_be_visible()


def test_phone_has_one_column_and_the_outline_as_a_drawer(visit, scripted):
    page = visit(scripted[0], viewport=PHONE, has_touch=True, is_mobile=True)
    ask(page, "年休假几天？")
    answered(page)
    answer, cards = page.locator(".said").bounding_box(), page.locator(".cards").bounding_box()
    assert cards["y"] >= answer["y"] + answer["height"]
    page.locator(".answer .cite").first.tap()
    page.locator("#peek .peek-open").tap()
    expect(page.locator("mark.quote").first).to_be_in_viewport()
    expect(page.locator("#view-ask")).to_be_hidden()
    expect(page.locator(".outline")).to_be_hidden()
    page.locator(".drawer").tap()
    expect(page.locator(".outline")).to_be_visible()
    page.locator(".outline a", has_text="第三条").tap()
    expect(page.locator(".clause.here")).to_contain_text("事假二十天")
    expect(page.locator(".outline")).to_be_hidden()
    for view in ("ask", "read", "library"):
        page.locator(f".tabs [data-view={view}]").tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_page_can_be_used_by_keyboard(visit, scripted):
    page = visit(scripted[0])
    ask(page, "年休假几天？")
    answered(page)
    page.locator(".answer .cite").first.focus()
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("mark.quote").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#view-read")).to_be_hidden()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, textarea')]
          .filter(e => e.checkVisibility())
          .filter(e => !(e.ariaLabel || e.textContent.trim() || e.placeholder || e.labels?.length))
          .map(e => e.outerHTML)"""
    )
    assert unnamed == []


def test_a_document_that_is_gone_is_said_to_be_gone(visit, scripted):
    page = visit(scripted[0] + "?doc=d-nowhere", wait=".picker")
    expect(page.locator(".picker [role=alert]")).to_contain_text("已经不在库里")
    page.locator(".picker li a").first.click()
    expect(page.locator(".doc-title")).to_have_text("请休假规定")


def test_no_page_of_gradios_own_is_linked(visit, scripted):
    page = visit(scripted[0])
    text = page.inner_text("body")
    assert not re.search(r"Gradio|API|Settings|Share", text)
    linked = page.evaluate("[...document.querySelectorAll('link, script')].map(e => e.href || e.src || '')")
    assert [address for address in linked if address and not address.startswith(scripted[0])] == []
