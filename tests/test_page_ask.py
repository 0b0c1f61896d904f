"""The Ask view in a real browser: conversations that stay, editing, feedback, exports, waiting, quotes, printing."""

import json
import zipfile

import pytest
from page_visits import PHONE, answered, ask
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_answer_that_ended_a_moment_before_the_page_is_left_is_kept(site, visit):
    address, _ = site(conversations="browser")
    page = visit(address)
    page.evaluate("yiju.keeping = yiju.keep; yiju.keep = () => {}")  # the moment
    ask(page, "年休假几天？")
    answered(page)
    page.evaluate("yiju.keep = yiju.keeping")
    page.reload()
    answered(page)
    expect(page.locator(".asked")).to_contain_text("年休假几天？")


@pytest.mark.parametrize("mode", ["browser", "server"])
def test_a_conversation_survives_a_reload_and_can_be_come_back_to_and_deleted(site, visit, mode):
    address, bot = site(conversations=mode)
    page = visit(address)
    ask(page, "年休假几天？")
    answered(page)
    ask(page, "事假几天？")
    answered(page, 2)
    expect(page.locator(".talk")).to_have_count(1)  # kept, though out of sight
    page.reload()
    answered(page, 2)
    expect(page.locator(".asked").first).to_contain_text("年休假几天？")
    page.click("#clear")
    expect(page.locator(".talk")).to_be_visible()
    ask(page, "病假要什么？")
    answered(page)
    assert bot.asked[-1].history == ()
    page.click("#clear")
    expect(page.locator(".talk span")).to_have_text(["病假要什么？", "年休假几天？"])

    del bot.index.books["d-leave.txt"]
    bot.index.put("other.txt", "另一规定\n第一条 别的。\n")
    page.locator(".talk", has_text="年休假几天").click()
    answered(page, 2)
    expect(page.locator(".note.is-warning").first).to_contain_text("文件有了变化")
    expect(page.locator(".card .badge").first).to_contain_text("已不在库里")
    page.locator(".cite").first.hover()
    expect(page.locator("#peek")).to_contain_text("引文是当时的原文")

    page.click("#clear")
    page.locator("[data-forget]").first.click()
    expect(page.locator(".talk")).to_have_count(1)
    page.click("[data-forget-all]")
    expect(page.locator(".talk")).to_have_count(1)
    page.click("[data-forget-all]")
    expect(page.locator(".earlier")).to_be_hidden()


def test_conversations_on_the_server_open_only_with_the_visitors_own_cookie(site, visit):
    address, _ = site(conversations="server")
    first, second = visit(address), visit(address)
    ask(first, "年休假几天？")
    answered(first)
    expect(first.locator(".talk")).to_have_count(1)
    second.reload()
    expect(second.locator(".hero")).to_be_visible()
    expect(second.locator(".talk")).to_have_count(0)
    (cookie,) = [c for c in first.context.cookies() if c["name"] == "yiju-visitor"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert "yiju-visitor" not in first.evaluate("document.cookie")
    assert first.evaluate("localStorage.length") == 0


def test_nothing_is_kept_where_the_setting_says_so(site, visit):
    address, _ = site(conversations="none")
    page = visit(address)
    ask(page, "年休假几天？")
    answered(page)
    page.reload()
    expect(page.locator(".hero")).to_be_visible()
    expect(page.locator(".earlier")).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0


def test_a_question_is_edited_with_the_keyboard_and_answered_anew_from_there(site, visit):
    address, bot = site()
    page = visit(address)
    for n, words in enumerate(["年休假几天？", "病假要什么？"], start=1):
        ask(page, words)
        answered(page, n)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#editing")).to_be_visible()
    assert page.input_value("#question textarea") == "病假要什么？"
    page.keyboard.press("Escape")
    expect(page.locator("#editing")).to_have_count(0)
    assert page.input_value("#question textarea") == ""
    page.fill("#question textarea", "写了一半")
    page.locator("[data-edit]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_be_focused()
    ask(page, "事假几天？")
    expect(page.locator(".asked")).to_have_count(1)
    answered(page)
    expect(page.locator(".asked")).to_contain_text("事假几天？")
    assert bot.asked[-1].history == ()
    assert page.input_value("#question textarea") == "写了一半"
    page.locator("[data-again]").click()
    page.wait_for_function("document.querySelector('.exchange[aria-busy]')")
    answered(page)
    assert [question.text for question in bot.asked[-2:]] == ["事假几天？"] * 2


def test_typing_never_stops_while_an_answer_streams(site, visit):
    address, bot = site()
    bot.step_s = 1.0
    page = visit(address)
    ask(page, "年休假几天？")
    words = "接着想问的第二个问题"
    page.keyboard.type(words, delay=60)
    assert page.locator(".exchange[aria-busy]").count() == 1
    assert page.input_value("#question textarea") == words
    page.keyboard.press("Enter")
    expect(page.locator("#composer > .note")).to_contain_text("正在回答")
    assert page.input_value("#question textarea") == words
    page.keyboard.press("Escape")
    expect(page.locator(".answer")).to_contain_text("已停止")
    assert page.input_value("#question textarea") == words


def test_those_who_wait_see_their_clauses_at_once_and_their_place_counting_down(site, visit):
    address, bot = site()
    bot.turns.acquire()  # somebody else is being answered
    pages = [visit(address), visit(address)]
    for n, page in enumerate(pages, start=1):
        ask(page, "年休假几天？")
        expect(page.locator(".card").first).to_be_visible()
        expect(page.locator(".waiting")).to_contain_text(f"前面还有 {n} 个问题")
    bot.turns.release()
    for page in pages:
        answered(page)
        expect(page.locator(".cite").first).to_be_visible()


def test_a_stopped_question_gives_up_its_place_in_line(site, visit):
    address, bot = site()
    bot.turns.acquire()
    pages = [visit(address), visit(address)]
    for page in pages:
        ask(page, "年休假几天？")
        expect(page.locator(".waiting")).to_contain_text("前面还有")
    pages[0].click("#stop")
    expect(pages[0].locator(".answer")).to_contain_text("已停止")
    expect(pages[1].locator(".waiting")).to_contain_text("前面还有 1 个问题")
    bot.turns.release()
    answered(pages[1])


def test_feedback_is_thanked_for_explained_and_taken_back(site, visit):
    address, bot = site()
    page = visit(address)
    ask(page, "年休假几天？")
    answered(page)
    page.click("[data-vote=down]")
    page.get_by_label("依据的条款不对").check()
    page.locator(".vote-form textarea").first.fill("应当是第三条")
    page.click(".exchange .is-send")
    expect(page.locator(".voted")).to_contain_text("谢谢")
    expect(page.locator("[data-vote=down]")).to_have_attribute("aria-pressed", "true")
    (line,) = bot.settings.feedback.read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert (told["verdict"], told["reason"], told["question"]) == (
        "down",
        "依据的条款不对; 应当是第三条",
        "年休假几天？",
    )
    ask(page, "事假几天？")
    answered(page, 2)
    expect(page.locator("[data-vote=down]").first).to_have_attribute("aria-pressed", "true")
    page.click("[data-vote-undo]")
    expect(page.locator(".voted")).to_contain_text("已撤回")
    assert bot.settings.feedback.read_text(encoding="utf-8") == ""


def test_answers_and_conversations_are_downloaded_with_their_clauses(site, visit):
    address, _ = site()
    page = visit(address, accept_downloads=True)
    for n, words in enumerate(["年休假几天？", "事假几天？"], start=1):
        ask(page, words)
        answered(page, n)

    def download(n: int, kind: str, what: str):
        page.locator(".menu summary").nth(n).click()
        with page.expect_download() as saved:
            page.locator(f"[data-export={kind}][data-what={what}]").nth(n).click()
        return saved.value

    one = download(1, "md", "answer")
    assert one.suggested_filename == "事假几天？.md"
    words = one.path().read_text(encoding="utf-8")
    assert words.startswith("## 事假几天？")
    assert "2023年，已被替代" in words
    whole = download(0, "docx", "all")
    with zipfile.ZipFile(whole.path()) as package:
        assert "年休假几天？" in package.read("word/document.xml").decode()
        assert package.read("word/footnotes.xml").decode().count("<w:footnote ") == 2 + 4


def test_the_quote_shows_by_pointer_keyboard_and_touch(site, visit):
    address, _ = site()
    page = visit(address)
    ask(page, "年休假几天？")
    answered(page)
    expect(page.locator(".note.is-warning")).to_contain_text("已被替代")
    page.locator(".cite").first.hover()
    page.locator("#peek .peek-open").hover()  # the pointer may enter it
    page.wait_for_timeout(400)
    expect(page.locator("#peek")).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator("#peek")).to_have_count(0)
    page.locator("#question textarea").focus()
    while not page.evaluate("document.activeElement.matches('.cite')"):
        page.keyboard.press("Shift+Tab")
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_have_count(0)
    phone = visit(address, viewport=PHONE, has_touch=True, is_mobile=True)
    ask(phone, "年休假几天？")
    answered(phone)
    phone.locator(".cite").first.tap()
    expect(phone.locator("#peek")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.locator(".cite").first.tap()
    expect(phone.locator("mark.quote").first).to_be_in_viewport()


def test_print_shows_answers_and_clauses_and_nothing_to_press(site, visit):
    address, _ = site()
    page = visit(address)
    ask(page, "年休假几天？")
    answered(page)
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("#composer", "#header", ".menu", ".votes", "[data-copy]", "[data-edit]", "#talks"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in (".asked", ".answer .cite", ".card.cited", ".facts"):
        expect(page.locator(shown).first).to_be_visible()
    expect(page.locator(".asked")).to_have_css("color", "rgb(0, 0, 0)")
