"""The library in a real browser: a look before adding, replacing, removing and undoing, filters, asking only some."""

import contextlib
import fcntl
import threading

import pytest
from page_library import NOTICE, library
from page_visits import PHONE, answered, ask
from playwright.sync_api import expect

from rag.index.lock import LOCK_NAME
from ui.intake import PipelineIntake

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = (
    "考勤管理办法\n云机管〔2025〕7号\n第一章 总则\n第一条 职工应当按时到岗。进入范文网站（www.example.com）下载更多范文，\n"
    "第二章 迟到\n第二条 迟到三次的，按照第一条谈话提醒。\n"
)


@pytest.fixture
def shelf(tmp_path):
    with library(tmp_path) as made:
        yield made


@pytest.fixture
def page(shelf, visit):
    page = visit(f"{shelf.address}?view=library", wait=".book")
    expect(page.locator(".book")).to_have_count(4)
    return page


def give(page, folder, name: str, words: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(words, encoding="utf-8")
    page.set_input_files("#upload input[type=file]", folder / name)
    page.wait_for_selector(".stage")


def book(page, title: str):
    return page.locator(".book", has=page.locator("h3", has_text=title))


def test_a_file_is_looked_at_before_it_is_added(page, shelf, tmp_path):
    give(page, tmp_path / "up", "考勤.txt", RULES)
    stage = page.locator(".stage")
    expect(stage.locator("h3")).to_have_text("考勤管理办法")
    expect(stage.locator(".book-facts").nth(1)).to_contain_text("4 个条款")
    expect(stage.locator(".read-outline li")).to_have_count(4)
    expect(stage.locator(".taken-out del")).to_contain_text("进入范文网站")
    expect(stage.locator(".taken-out b")).to_have_text("推广")
    expect(page.locator(".book")).to_have_count(4)
    stage.locator("[data-decide^=discard]").click()
    expect(stage).to_have_count(0)
    assert len(shelf.index.snapshot().documents()) == 4
    give(page, tmp_path / "up", "考勤.txt", RULES)
    stage.locator("[data-decide^=add]").click()
    expect(page.locator(".receipt .is-added")).to_contain_text("考勤.txt")
    expect(book(page, "考勤管理办法")).to_contain_text("云机管〔2025〕7号")
    expect(page.locator(".stage")).to_have_count(0)


def test_what_waits_for_a_decision_outlives_a_reload_and_changes_language_with_the_page(page, tmp_path):
    give(page, tmp_path / "up", "考勤.txt", RULES)
    page.reload()
    stage = page.locator(".stage")
    expect(stage.locator("h3")).to_have_text("考勤管理办法")
    page.click("[data-language-to=en]")
    expect(stage.locator(".book-facts").nth(1)).to_contain_text("4 clauses")
    stage.locator("[data-decide^=add]").click()
    expect(page.locator(".receipt .is-added")).to_contain_text("考勤.txt")
    expect(stage).to_have_count(0)
    page.reload()
    page.wait_for_selector(".book")
    expect(stage).to_have_count(0)


def test_what_cannot_be_read_says_why_and_the_rest_can_be_added_at_once(page, tmp_path):
    folder = tmp_path / "up"
    folder.mkdir()
    files = {"a.txt": RULES, "b.txt": "借阅规则\n第一条 每人两册。\n", "c.txt": "", "d.bin": "x"}
    for name, words in files.items():
        (folder / name).write_text(words, encoding="utf-8")
    page.set_input_files("#upload input[type=file]", [folder / name for name in files])
    expect(page.locator(".stage")).to_have_count(4)
    failed = page.locator(".stage.is-failed [role=alert]")
    expect(failed.first).to_have_text("文件是空的（0 字节）")
    expect(failed.nth(1)).to_contain_text("这种文件（.bin）读不了")
    page.click("[data-decide='add:*']")
    expect(page.locator(".receipt .is-added")).to_have_count(2)
    expect(page.locator(".book")).to_have_count(6)


def test_a_document_of_the_same_number_is_said_to_be_replaced(page, shelf, tmp_path):
    before = shelf.doc_id("notice.txt")
    give(page, tmp_path / "up", "新通知.txt", NOTICE.replace("10日", "20日"))
    expect(page.locator(".stage .note.is-warning")).to_contain_text("将替换《报销工作通知》（notice.txt）")
    page.click("[data-decide^=add]")
    expect(page.locator(".receipt .is-updated")).to_contain_text("新通知.txt")
    expect(page.locator(".book")).to_have_count(4)
    assert shelf.doc_id("新通知.txt") == before  # links to it go on to work


def test_one_document_is_replaced_by_another_file_as_asked(page, shelf, tmp_path):
    before = shelf.doc_id("travel.txt")
    (tmp_path / "new.txt").write_text("外出管理办法\n第一条 外出须登记。\n", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        book(page, "差旅费").locator("[data-replace]").click()
    chooser.value.set_files(tmp_path / "new.txt")
    expect(page.locator(".stage .note.is-warning")).to_contain_text("将替换《云溪县差旅费管理办法》（travel.txt）")
    page.click("[data-decide^=add]")
    expect(page.locator(".receipt .is-updated")).to_contain_text("new.txt")
    expect(book(page, "差旅费")).to_have_count(0)
    assert shelf.doc_id("new.txt") == before
    give(page, tmp_path / "up", "other.txt", "另一规定\n第一条 内容。\n")
    expect(page.locator(".stage .note.is-warning")).to_have_count(0)


def test_a_removed_document_is_brought_back_whole_even_if_its_file_is_gone(page, shelf):
    doc_id = shelf.doc_id("travel.txt")
    before = shelf.index.snapshot().outline(doc_id)
    (shelf.folder / "travel.txt").unlink()
    book(page, "差旅费").locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(3)
    assert shelf.index.snapshot().mentioning("住宿费每人每天") == []
    page.click("[data-undo]")
    expect(page.locator(".book")).to_have_count(4)
    expect(page.locator("#upload-result")).to_contain_text("已恢复：travel.txt")
    assert shelf.index.snapshot().outline(doc_id) == before
    ask_about(page)
    expect(page.locator(".answer").first).to_contain_text("350元")


def ask_about(page) -> None:
    page.click(".tabs [data-view=ask]")
    ask(page, "住宿费每人每天不超过多少？")
    answered(page)


def test_an_uploaded_file_comes_back_with_its_document(page, shelf, tmp_path):
    give(page, tmp_path / "up", "考勤.txt", RULES)
    page.click("[data-decide^=add]")
    kept = tmp_path / "index" / "uploads" / "考勤.txt"
    expect(page.locator(".book")).to_have_count(5)
    remove(page, "考勤")
    expect(page.locator(".book")).to_have_count(4)
    assert not kept.exists()
    page.click("[data-undo]")
    expect(page.locator(".book")).to_have_count(5)
    assert kept.read_text("utf-8") == RULES


@contextlib.contextmanager
def written_by_others(index):
    """Another program writes to the index meanwhile."""
    with (index / LOCK_NAME).open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def slow(monkeypatch):
    """Reading any file called ``slow.txt`` waits for this."""
    go_on = threading.Event()
    preview = PipelineIntake.preview

    def patient(self, path, instead_of=""):
        if path.name == "slow.txt":
            go_on.wait(30)
        return preview(self, path, instead_of)

    monkeypatch.setattr(PipelineIntake, "preview", patient)
    yield go_on
    go_on.set()


def test_a_decision_that_failed_can_be_made_again(page, tmp_path):
    give(page, tmp_path / "up", "考勤.txt", RULES)
    add = page.locator("[data-decide^=add]")
    with written_by_others(tmp_path / "index"):
        for _ in range(2):
            add.press("Enter")
            expect(page.locator("#staged")).to_have_js_property("inert", False)
            expect(page.locator("#upload-result [role=alert]")).to_contain_text("正由别的程序写入")
            expect(add).to_be_focused()
    add.press("Enter")
    expect(page.locator(".receipt .is-added")).to_contain_text("考勤.txt")


def test_an_undo_that_failed_can_be_tried_again(page, tmp_path):
    remove(page, "差旅费")
    with written_by_others(tmp_path / "index"):
        for _ in range(2):
            page.click("[data-undo]")
            expect(page.locator("#upload-result [role=alert]")).to_contain_text("正由别的程序写入")
            expect(page.locator(".undo")).to_have_js_property("inert", False)
    page.click("[data-undo]")
    expect(page.locator(".book")).to_have_count(4)


def remove(page, title: str) -> None:
    book(page, title).locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator("[data-undo]")).to_be_visible()


def test_a_document_is_replaced_by_one_file_the_one_chosen_last(page, shelf, tmp_path):
    for name in ("甲规定", "乙规定"):
        (tmp_path / f"{name}.txt").write_text(f"{name}\n第一条 内容。\n", encoding="utf-8")
        with page.expect_file_chooser() as chooser:
            book(page, "差旅费").locator("[data-replace]").click()
        assert not chooser.value.is_multiple()
        chooser.value.set_files(tmp_path / f"{name}.txt")
        expect(page.locator(".stage h3")).to_have_text([name])
    page.click("[data-decide^=add]")
    expect(page.locator(".receipt .is-updated")).to_have_text("已更新 乙规定.txt")
    assert {one.source for one in shelf.index.snapshot().documents()} >= {"乙规定.txt", "notice.txt"}


def test_a_file_that_is_too_large_is_left_out_and_said(page, tmp_path):
    (tmp_path / "大.txt").write_bytes(b"x" * (1024 * 1024 + 1))
    (tmp_path / "好.txt").write_text(RULES, encoding="utf-8")
    page.set_input_files("#upload input[type=file]", [tmp_path / "大.txt", tmp_path / "好.txt"])
    left_out = page.locator("#not-taken [role=alert]")
    expect(left_out).to_have_text("大.txt：超过 1 MB，未加入")
    expect(left_out).to_be_in_viewport()
    expect(page.locator(".stage h3")).to_have_text("考勤管理办法")
    page.set_input_files("#upload input[type=file]", [tmp_path / "好.txt"])
    expect(left_out).to_have_count(0)
    expect(page.locator(".stage")).to_have_count(2)
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File(["x".repeat(1024 * 1024 + 1)], "拖来.txt"));
          files.items.add(new File(["规则\\n第一条 内容。"], "规则.txt"));
          const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files });
          document.querySelector("#upload button").dispatchEvent(event);
        }"""
    )
    expect(left_out).to_have_text("拖来.txt：超过 1 MB，未加入")
    expect(page.locator(".stage .fact.file").last).to_contain_text("规则.txt")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_deciding_goes_on_while_another_file_is_read_and_a_third_one_waits(page, tmp_path, slow):
    give(page, tmp_path / "up", "考勤.txt", RULES)
    for name in ("slow.txt", "更多.txt"):
        (tmp_path / name).write_text(f"{name}规定\n第一条 内容。\n", encoding="utf-8")
        page.set_input_files("#upload input[type=file]", tmp_path / name)
        expect(page.locator("#upload-result .waiting")).to_contain_text("slow.txt")
        page.wait_for_selector("#upload input[type=file]", state="attached")
    page.click("[data-decide^=discard]")
    expect(page.locator(".stage")).to_have_count(0)
    slow.set()
    expect(page.locator(".stage h3")).to_have_text(["slow.txt规定", "更多.txt规定"])


def test_removing_a_document_takes_no_other_out_of_the_scope_of_questions(page):
    book(page, "报销").locator(".choose").check()
    page.click("[data-choose=ask]")
    token = page.locator("#scope .token")
    expect(token).to_have_text("报销工作通知")
    page.click(".tabs [data-view=library]")
    remove(page, "差旅费")
    expect(page.locator(".book")).to_have_count(3)
    expect(page.locator("#narrowed")).to_be_empty()
    expect(token).to_have_text("报销工作通知")
    remove(page, "报销")
    expect(page.locator("#narrowed [role=status]")).to_contain_text("范围改为全部文件")
    expect(token).to_have_count(0)


def test_a_question_about_documents_that_are_gone_is_not_asked_of_all(page, shelf, visit):
    for title in ("报销", "差旅费"):
        book(page, title).locator(".choose").check()
    page.click("[data-choose=ask]")
    other = visit(f"{shelf.address}?view=library", wait=".book")
    fault, token = page.locator("#fault [role=alert]"), page.locator("#scope .token")
    for title, said, left in (("报销", "有 1 份文件已不在库里", 1), ("差旅费", "范围改为全部文件", 0)):
        remove(other, title)
        expect(book(other, title)).to_have_count(0)
        ask(page, "住宿费每人每天不超过多少？")
        expect(fault).to_contain_text(said)
        expect(token).to_have_count(left)
        expect(page.locator("#question textarea")).to_have_value("住宿费每人每天不超过多少？")
    expect(page.locator(".exchange")).to_have_count(0)
    page.press("#question textarea", "Enter")
    answered(page)


def test_the_list_is_filtered_by_year_status_issuer_and_words(page):
    page.select_option("[data-filter=year]", "2024")
    expect(page.locator(".book:visible")).to_have_count(1)
    expect(page.locator(".matching")).to_have_text("其中 1 份相符")
    page.select_option("[data-filter=year]", "")
    page.fill("[data-filter=words]", "报销 2023")
    expect(page.locator(".book:visible h3")).to_have_text(["报销工作通知"])
    page.fill("[data-filter=words]", "没有这份")
    expect(page.locator(".none-match")).to_be_visible()
    page.fill("[data-filter=words]", "")
    page.select_option("[data-filter=status]", "in_force")
    shown = page.locator(".book:visible").evaluate_all("nodes => nodes.map(node => node.dataset.status)")
    assert set(shown) == {"in_force"}


@pytest.mark.parametrize("control", [".choose", "h3 a", "summary", "[data-remove]"])
def test_a_list_that_is_drawn_anew_keeps_the_keyboards_place(page, control):
    page.locator(".book summary").nth(1).click()
    expect(page.locator(".book").nth(1).locator("details li").first).to_be_visible()
    page.locator(".book").nth(1).locator(control).focus()
    redraw(page)
    expect(page.locator(".book").nth(1).locator(control)).to_be_focused()
    expect(page.locator(".book").nth(1).locator("details li").first).to_be_visible()
    expect(page.locator(".book details[open]")).to_have_count(1)


def test_words_that_are_being_typed_survive_a_list_that_is_drawn_anew(page):
    words = page.locator("[data-filter=words]")
    words.press_sequentially("差旅")
    redraw(page)
    words.press("ArrowLeft")
    page.keyboard.type("旅差")
    expect(words).to_have_value("差旅差旅")


def redraw(page) -> None:
    """Let the page load its list again, as it does after every upload and removal."""
    page.evaluate("document.querySelector('.book').dataset.drawn = 'before'")
    page.evaluate("window.yiju.refresh()")
    expect(page.locator("[data-drawn=before]")).to_have_count(0)


def test_only_the_chosen_documents_are_asked(page):
    book(page, "Staff Handbook").locator(".choose").check()
    book(page, "报销工作通知").locator(".choose").check()
    expect(page.locator(".chosen")).to_contain_text("已选 2 份")
    page.click("[data-choose=ask]")
    expect(page.locator("#question")).to_be_visible()
    expect(page.locator("#scope .token")).to_have_count(2)
    ask(page, "住宿费按照什么执行？")
    answered(page)
    shown = page.locator(".card-doc").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert shown
    assert set(shown) <= {"报销工作通知", "Staff Handbook"}


def test_library_is_worked_by_keyboard_and_fits_a_phone(shelf, visit, tmp_path):
    page = visit(f"{shelf.address}?view=library", locale="en-GB", viewport=PHONE, color_scheme="dark", wait=".book")
    give(page, tmp_path / "up", "rules.txt", RULES)
    expect(page.locator("[data-decide^=add]")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("Enter")
    expect(page.locator(".receipt .is-added")).to_contain_text("rules.txt")
    expect(page.locator(".book")).to_have_count(5)
    page.locator(".book .choose").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".chosen")).to_contain_text("1 chosen")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_removal_whose_end_is_not_heard_shows_all_the_same(page):
    def unheard(route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "event_id": "lost on the way"})

    page.route("**/queue/join*", unheard)
    book(page, "差旅费").locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(3, timeout=20_000)
