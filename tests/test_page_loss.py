"""Nothing asked, written or answered is lost: restarts, lost connections, refusals, edits, reloads, two tabs."""

import pytest
from page_visits import answered, ask
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def box(page: Page):
    return page.locator("#question textarea")


def begin(page: Page, *questions: str) -> None:
    """Ask each question and wait for its answer."""
    for n, words in enumerate(questions, start=1):
        ask(page, words)
        answered(page, n)


def asked(page: Page) -> list[str]:
    """The questions of the conversation that is shown."""
    return page.eval_on_selector_all("[data-edit]", "edits => edits.map((edit) => edit.dataset.edit)")


def earlier(page: Page, n: int) -> list[str]:
    """The questions of the ``n``-th earlier conversation."""
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()
    page.locator(".talk").nth(n).click()
    expect(page.locator(".hero")).to_have_count(0)
    return asked(page)


# ---- the server or the connection is gone for a while ----


@pytest.mark.parametrize("mode", ["browser", "none"])
def test_a_conversation_goes_on_after_the_server_was_restarted(site, watch, mode):
    address, bot = site(conversations=mode)
    watch.allowed.append("net::ERR|Failed to fetch|network error")
    page = watch.open(address)
    begin(page, "年休假几天？", "病假要什么？")
    site.restart()
    ask(page, "事假几天？")
    answered(page, 3)
    assert [turn.question for turn in bot.asked[-1].history] == ["年休假几天？", "病假要什么？"]
    if mode == "browser":
        page.reload()
        answered(page, 3)
        site.restart()
        page.click("[data-language-to=en]")
        expect(page.locator("#ask")).to_have_text("Ask")
        answered(page, 3)


def test_a_new_conversation_is_new_after_a_restart_too(site, watch):
    address, bot = site()
    watch.allowed.append("net::ERR|Failed to fetch|network error")
    page = watch.open(address)
    begin(page, "年休假几天？")
    site.restart()
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()
    begin(page, "事假几天？")
    assert bot.asked[-1].history == ()
    expect(page.locator(".talk")).to_have_count(2)


def test_a_lost_connection_is_said_in_the_pages_language_and_what_was_asked_comes_back(site, watch):
    address, _ = site()
    watch.allowed.append("net::ERR|Failed to fetch|network error")
    page = watch.open(address)
    begin(page, "年休假几天？")
    page.context.set_offline(True)
    ask(page, "病假要什么？")
    expect(page.locator(".toast-message-text")).to_have_text("与服务器的连接断了，正在重新连接…")
    page.fill("#question textarea", "接着想问的")
    page.context.set_offline(False)
    expect(page.locator(".toast-message-text")).to_have_count(0)  # Gradio loads the page anew
    answered(page)
    expect(box(page)).to_have_value("病假要什么？\n接着想问的")
    ask(page, "事假几天？")
    answered(page, 2)


def test_a_reload_while_an_answer_is_written_leaves_the_question_in_the_box(site, visit):
    address, bot = site()
    page = visit(address)
    begin(page, "年休假几天？")
    bot.turns.acquire()  # somebody else is being answered
    ask(page, "病假要什么？")
    expect(page.locator(".exchange[aria-busy]")).to_be_visible()
    page.reload()
    answered(page)
    expect(box(page)).to_have_value("病假要什么？")
    bot.turns.release()
    page.reload()
    expect(box(page)).to_have_value("病假要什么？")  # it was only written
    box(page).press("Enter")
    answered(page, 2)
    page.reload()
    answered(page, 2)
    expect(box(page)).to_have_value("")


def test_a_reload_while_editing_leaves_the_editing_and_the_draft(site, visit):
    address, bot = site()
    page = visit(address)
    begin(page, "年休假几天？", "病假要什么？")
    page.fill("#question textarea", "写了一半")
    page.locator("[data-edit]").first.click()
    page.fill("#question textarea", "事假几天？")
    page.reload()
    expect(page.locator("#editing")).to_be_visible()
    expect(box(page)).to_have_value("事假几天？")
    box(page).press("Enter")
    expect(page.locator(".asked")).to_have_count(1)
    answered(page)
    expect(box(page)).to_have_value("写了一半")
    assert bot.asked[-1].history == ()


# ---- refused ----


def test_a_question_that_comes_too_soon_is_given_back_and_can_be_sent_again_at_once(site, watch):
    address, _ = site(questions_per_minute=1)
    watch.allowed.append("429")
    page = watch.open(address)
    begin(page, "年休假几天？")
    ask(page, "病假要什么？")
    expect(page.locator(".toast-message-text")).to_contain_text("问得太快了")
    expect(box(page)).to_have_value("病假要什么？")
    page.locator("[data-testid=toast-close]").click()
    expect(page.locator(".toast-message-text")).to_have_count(0)
    box(page).press("Enter")
    expect(page.locator(".toast-message-text")).to_contain_text("问得太快了")  # not: an answer is being written
    assert asked(page) == ["年休假几天？"]


def test_a_refused_edit_goes_on_and_its_draft_stays(site, visit):
    address, bot = site()
    page = visit(address)
    begin(page, "年休假几天？", "病假要什么？")
    page.fill("#question textarea", "写了一半")
    page.locator("[data-edit]").first.click()
    for words, fault in (("问" * 2100, "最多 2,000 个字"), ("", "请先写下问题")):
        ask(page, words)
        expect(page.locator("#fault")).to_contain_text(fault)
        expect(page.locator("#editing")).to_be_visible()
        expect(box(page)).to_have_value(words)
    ask(page, "事假几天？")
    expect(page.locator(".asked")).to_have_count(1)
    answered(page)
    expect(box(page)).to_have_value("写了一半")
    expect(page.locator("#fault .note")).to_have_count(0)
    assert bot.asked[-1].history == ()


# ---- another conversation, another tab, another language ----


def test_editing_ends_where_another_conversation_begins_or_is_come_back_to(site, visit):
    address, _ = site()
    page = visit(address)
    begin(page, "年休假几天？", "事假几天？")
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()
    begin(page, "病假要什么？")
    page.fill("#question textarea", "写了一半")
    page.click("[data-edit]")
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()
    expect(page.locator("#editing")).to_have_count(0)
    expect(box(page)).to_have_value("写了一半")
    page.locator(".talk", has_text="年休假").click()
    answered(page, 2)
    page.locator("[data-edit]").first.click()
    page.evaluate("document.querySelector('.talk').click()")  # out of sight here
    answered(page, 1)
    expect(page.locator("#editing")).to_have_count(0)
    ask(page, "年休假要谁批准？")
    answered(page, 2)
    assert sorted(map(tuple, (asked(page), earlier(page, 1)))) == [
        ("年休假几天？", "事假几天？"),
        ("病假要什么？", "年休假要谁批准？"),
    ]


@pytest.mark.parametrize("mode", ["browser", "server"])
def test_two_tabs_that_go_on_with_the_same_conversation_both_keep_theirs(site, watch, mode):
    address, _ = site(conversations=mode)
    watch.allowed.append("409")
    first = watch.open(address)
    begin(first, "年休假几天？")
    expect(first.locator(".talk")).to_have_count(1)
    second = watch.page(first.context)
    second.goto(address)
    second.locator(".talk").click()
    answered(second)
    ask(first, "事假几天？")
    answered(first, 2)
    ask(second, "病假要什么？")
    answered(second, 2)
    expect(second.locator(".talk")).to_have_count(2)
    ask(second, "年休假要谁批准？")
    answered(second, 3)
    first.reload()
    answered(first, 2)
    assert asked(first) == ["年休假几天？", "事假几天？"]
    expect(first.locator(".talk")).to_have_count(2)
    assert earlier(first, 0) == ["年休假几天？", "病假要什么？", "年休假要谁批准？"]


def test_an_answer_goes_on_in_the_language_that_is_switched_to(site, visit):
    address, bot = site()
    page = visit(address)
    bot.turns.acquire()  # somebody else is being answered
    ask(page, "年休假几天？")
    expect(page.locator(".waiting")).to_contain_text("前面还有 1 个问题")
    page.click("[data-language-to=en]")
    expect(page.locator(".waiting")).to_contain_text("One question is before yours")
    expect(page.locator("#stop")).to_have_text("Stop")
    bot.turns.release()
    answered(page)
    expect(page.locator(".exchange [data-copy]")).to_have_text("Copy answer")
    expect(page.locator(".note.is-warning")).to_contain_text("superseded")
    expect(page.locator("#ask")).to_be_visible()


def test_a_fault_and_the_editing_are_told_in_the_language_that_is_switched_to(site, visit):
    address, _ = site()
    page = visit(address)
    begin(page, "年休假几天？")
    page.click("[data-edit]")
    ask(page, "问" * 2100)
    expect(page.locator("#fault")).to_contain_text("最多 2,000 个字")
    page.click("[data-language-to=en]")
    expect(page.locator("#fault")).to_contain_text("the most is 2,000")
    expect(page.locator("#editing")).to_contain_text("Editing this question")
    expect(page.locator(".exchange.being-edited")).to_have_count(1)
    page.click("#clear")
    expect(page.locator(".hero")).to_be_visible()
    page.click("[data-language-to=zh]")
    expect(page.locator("#ask")).to_have_text("提问")
    expect(page.locator(".talk")).to_be_visible()
    expect(page.locator("#fault .note")).to_have_count(0)
