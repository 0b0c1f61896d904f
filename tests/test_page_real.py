"""Every flow of the page over the sample documents: real index, embedding and answers; one with the local model."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from page_visits import PHONE, answered, ask
from playwright.sync_api import expect

from eval.__main__ import main as evaluate
from eval.cases import load_set
from rag.chatbot import Chatbot, open_chatbot
from rag.index import Index
from rag.settings import Settings
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.testing import served

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

ROOT = Path(__file__).parents[1]
PARKING = (
    "# 停车场管理办法\n\n## 第一章 总则\n\n第一条 为规范机关停车场管理，制定本办法。更多范文请关注微信公众号：某某文库\n\n"
    "## 第二章 停放\n\n第二条 访客车辆停放不超过6小时。\n\n第三条 违反第二条规定的，由管理员提醒驶离。\n"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the page is, and what stands behind it."""

    address: str
    bot: Chatbot

    def doc_id(self, title: str) -> str:
        """The document of that title."""
        return next(one.doc_id for one in self.bot.index.snapshot().documents() if one.title == title)


@pytest.fixture(scope="module")
def settings(models_folder, tmp_path_factory) -> Settings:
    """The sample documents in an index of the real embedding model, and two runs of an evaluation over it."""
    from ingest import pipeline
    from ingest.recipe import standard_recipe
    from rag.models.embedding import open_embedder

    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(ROOT / "samples", folder / "samples")
    settings = Settings(
        index=folder / "index", models=models_folder, llm="extractive", upload_mb=1, runs=folder / "runs",
        feedback=folder / "feedback.jsonl", case_candidates=folder / "candidates.jsonl", own_set=folder / "own.jsonl",
    )  # fmt: skip
    embedder = open_embedder(settings)
    with Index.open(settings.index, embedder=embedder, chunk_tokens=settings.chunk_tokens, create=True) as index:
        report = pipeline.add(index, [folder / "samples"], standard_recipe(embedder, settings.chunk_tokens))
    assert report.failed == ()
    for name, seed in (("first", "1"), ("second", "2")):
        flags = ["--index", str(settings.index), "--set", f"models={models_folder}", "--llm", "extractive"]
        cases = [str(ROOT / "eval/sets/samples.jsonl"), "--sample", "8", "--seed", seed]
        assert evaluate(["run", *cases, *flags, "--out", str(settings.runs / name)]) == 0
    return settings


@pytest.fixture(scope="module")
def site(settings):
    bot = open_chatbot(settings)
    bot.preload()
    with served(lambda port: build_app(bot, PipelineIntake(bot))) as address:
        yield Site(address, bot)


@pytest.fixture(scope="module")
def local(settings, language_model_file):
    """The same index, answered by the local model."""
    bot = open_chatbot(settings.model_copy(update={"llm": "local", "llm_path": language_model_file}))
    with served(lambda port: build_app(bot, PipelineIntake(bot), viewed=bot.preload)) as address:
        yield address


# ---- staff who ask ----


def test_a_first_question_is_answered_quoted_opened_and_taken_along(site, visit):
    page = visit(site.address, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"])
    first = page.locator(".examples [data-ask]").first
    question = first.inner_text()
    first.click()
    answered(page)
    cite = page.locator(".answer .cite").first
    quote = " ".join((cite.get_attribute("data-quote") or "").split())
    cite.hover()
    expect(page.locator("#peek q")).to_have_text(quote)
    page.click("[data-copy]")
    assert "依据：\n[1] 《" in page.evaluate("navigator.clipboard.readText()")
    cite.click()
    expect(page.locator("mark.quote").first).to_be_in_viewport()
    marked = "".join(page.locator(".clause.here mark.quote").all_inner_texts())
    assert marked
    assert re.sub(r"\s", "", marked) in re.sub(r"\s", "", quote)
    expect(page.locator(".exchange")).to_be_visible()  # beside the answer

    saved = {}
    for kind, what in (("md", "answer"), ("docx", "all")):
        page.locator(".menu summary").first.click()
        with page.expect_download() as begun:
            page.locator(f"[data-export={kind}][data-what={what}]").first.click()
        saved[kind] = begun.value.path()
    assert saved["md"].read_text(encoding="utf-8").startswith(f"## {question}")
    with zipfile.ZipFile(saved["docx"]) as package:
        assert package.read("word/footnotes.xml").decode().count("<w:footnote ") >= 3


def test_each_kind_of_answer_says_what_it_is(site, visit):
    page = visit(site.address)
    asked = 0

    def put(words: str):
        nonlocal asked
        asked += 1
        ask(page, words)
        answered(page, asked)
        return page.locator(".exchange").last

    hidden = put("2022年档案馆一共接收了多少卷档案？")
    expect(hidden.locator(".status, .verdict, .note").first).to_contain_text("隐去")
    expect(hidden.locator(".cite").first).to_be_visible()

    nowhere = put("住房公积金缴存比例是多少？")
    expect(nowhere.locator(".closest .card").first).to_be_visible()
    expect(nowhere.locator(".cite")).to_have_count(0)

    sides = put("公文写作培训2022年和2023年每期各几天？").locator("table.sides tbody tr")
    expect(sides).to_have_count(2)
    for row in (0, 1):
        expect(sides.nth(row).locator(".cite").first).to_be_visible()

    old = put("2018年的差旅费管理办法规定报销期限是多少日？")
    expect(old.locator(".note.is-warning")).to_contain_text("替代")

    clause = put("差旅费管理办法（2024年）第三条说什么？")
    expect(clause.locator(".answer .cite").first).to_be_visible()
    follow = put("那第四条呢？")
    expect(follow.locator(".answer .cite").first).to_have_attribute("data-label", re.compile("第四条"))


def test_a_question_is_edited_asked_again_and_voted_on_until_it_is_a_case(site, visit):
    page = visit(site.address)
    ask(page, "图书馆几点开门？")
    answered(page)
    page.locator("[data-edit]").click()
    page.fill("#question textarea", "用公车要提前多久约？")
    page.press("#question textarea", "Enter")
    answered(page)
    expect(page.locator(".asked")).to_contain_text("用公车要提前多久约？")
    page.locator(".exchange").evaluate("node => { node.dataset.former = ''; }")
    page.locator("[data-again]").click()
    expect(page.locator(".exchange[data-former]")).to_have_count(0)
    answered(page)
    expect(page.locator(".exchange")).to_have_count(1)
    page.wait_for_timeout(1500)  # the answer is drawn a last time when it is kept
    page.click("[data-vote=down]")
    page.get_by_label("依据的条款不对").check()
    page.click(".exchange .is-send")
    expect(page.locator(".voted")).to_contain_text("谢谢")

    page.click(".tabs [data-view=library]")
    page.click("#library-heading a[href*=evaluation]")
    page.click("a[href*=candidates]")
    page.click("[value=feedback]")
    expect(page.locator("article.case textarea[name=question]")).to_have_value("用公车要提前多久约？")
    page.fill("textarea[name=answer]", "提前1个工作日")
    page.fill("input[name=facts]", "1个工作日")
    page.check("input[name=answerable]")
    page.click("[value=accept]")
    expect(page.locator("article.case")).to_have_count(0)
    (case,) = load_set(site.bot.settings.own_set).cases
    assert (case.question, case.must_contain) == ("用公车要提前多久约？", (("1个工作日",),))


def test_the_local_model_streams_is_stopped_and_answers_with_its_clause(local, visit):
    page = visit(local)
    page.wait_for_function("!document.querySelector('[data-state=loading]')", timeout=120_000)
    ask(page, "采购文件要保存多少年？")
    page.wait_for_selector(".exchange[aria-busy] .card")
    assert page.locator(".answer .cite").count() == 0  # the clauses stand there before the first word
    page.click("#stop")
    expect(page.locator(".answer")).to_contain_text("已停止")
    page.locator("[data-again]").click()
    page.locator("#question textarea").focus()
    page.keyboard.type("边等边写", delay=40)
    page.wait_for_function("!document.querySelector('.exchange[aria-busy]')", timeout=120_000)
    expect(page.locator(".answer .claim").first).to_contain_text("15年")
    expect(page.locator(".answer .claim.is-unverified")).to_have_count(0)
    expect(page.locator("#question textarea")).to_have_value("边等边写")
    page.locator(".answer .cite").first.click()
    expect(page.locator(".clause.here mark.quote").first).to_contain_text("15年")


def test_two_people_are_strangers_to_each_other(site, visit):
    mine, theirs = visit(site.address), visit(site.address, locale="en-GB")
    ask(mine, "临时要车，调度那边多长时间内得给回话？")
    ask(theirs, "How much does an urgent retrieval of paper files cost?")
    answered(mine)
    answered(theirs)
    expect(mine.locator(".answer")).to_contain_text("30分钟")
    expect(theirs.locator(".answer")).to_contain_text("35 euros")
    expect(theirs.locator(".exchange")).to_have_count(1)
    expect(mine.locator(".tabs")).to_contain_text("提问")
    theirs.click("[data-language-to=zh]")
    expect(theirs.locator(".tabs")).to_contain_text("提问")
    expect(theirs.locator(".answer")).to_contain_text("35 euros")


# ---- staff who look a clause up ----


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_a_clause_is_looked_up_read_with_its_neighbours_and_linked(site, visit, viewport):
    page = visit(
        f"{site.address}?view=read", wait=".picker .lookup-box", **({"viewport": viewport} if viewport else {})
    )
    page.fill(".lookup-box", "请休假规定第九条")
    page.locator(".found [role=option]").first.click()
    here = page.locator(".clause.here")
    expect(here).to_contain_text("第九条")
    page.locator("[data-do=next]").first.click()
    expect(here).to_contain_text("第九条之一")
    page.locator("[data-do=previous]").first.click()
    expect(here).not_to_contain_text("第九条之一")
    fresh = visit(page.url, wait=".clause.here")
    expect(fresh.locator(".clause.here")).to_contain_text("第九条")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pages_of_a_chinese_pdf_carry_the_quote(site, visit):
    page = visit(site.address)
    ask(page, "2024年的差旅费管理办法规定报销期限是多少日？")
    answered(page)
    page.locator(".answer .cite").first.click()
    page.wait_for_selector("mark.quote")
    page.click("[data-do=pages]")
    expect(page.locator(".box.is-quote").first).to_be_in_viewport()
    page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 0")


# ---- who keeps the documents ----


def test_a_dropped_file_is_looked_at_added_asked_replaced_removed_and_brought_back(site, visit, tmp_path):
    page = visit(f"{site.address}?view=library", wait=".book")
    books = page.locator(".book").count()
    drop(page, {"停车.md": PARKING, "空.txt": ""})
    expect(page.locator(".stage")).to_have_count(2)
    stage = page.locator(".stage:not(.is-failed)")
    expect(stage.locator(".read-outline li")).to_have_count(5)
    expect(stage.locator(".taken-out del")).to_contain_text("微信公众号")
    expect(page.locator(".stage.is-failed")).to_contain_text("空.txt")
    expect(page.locator(".stage.is-failed [role=alert]")).to_have_text("文件是空的（0 字节）")
    stage.locator("[data-decide^=add]").click()
    expect(page.locator(".receipt .is-added")).to_contain_text("停车.md")
    expect(page.locator(".book")).to_have_count(books + 1)

    page.locator(".book", has_text="停车场管理办法").locator(".choose").check()
    page.click("[data-choose=ask]")
    ask(page, "访客的车最多停几个小时？")
    answered(page)
    expect(page.locator(".answer .claim").first).to_contain_text("6小时")

    page.click(".tabs [data-view=library]")
    (tmp_path / "停车.md").write_text(PARKING.replace("6小时", "8小时"), encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator(".book", has_text="停车场管理办法").locator("[data-replace]").click()
    chooser.value.set_files(tmp_path / "停车.md")
    page.locator(".stage:not(.is-failed) [data-decide^=add]").click()
    expect(page.locator(".receipt .is-updated")).to_contain_text("停车.md")
    doc_id = site.doc_id("停车场管理办法")
    assert "8小时" in site.bot.index.snapshot().file_text(doc_id)

    page.locator(".book", has_text="停车场管理办法").locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(books)
    page.click("[data-undo]")
    expect(page.locator(".book")).to_have_count(books + 1)
    assert "8小时" in site.bot.index.snapshot().file_text(doc_id)
    page.locator(".book", has_text="停车场管理办法").locator("[data-remove]").click()
    page.click("#confirm [value=yes]")
    expect(page.locator(".book")).to_have_count(books)


def drop(page, files: dict[str, str]) -> None:
    """Drag files over the place for them, and let go."""
    held = page.evaluate_handle(
        """files => {
          const held = new DataTransfer();
          for (const [name, words] of files) held.items.add(new File([words], name, { type: 'text/plain' }));
          return held;
        }""",
        list(files.items()),
    )
    place = page.locator("#upload button").first
    for event in ("dragenter", "dragover", "drop"):
        place.dispatch_event(event, {"dataTransfer": held})


# ---- maintainers ----


def test_runs_are_listed_compared_and_a_case_leads_to_its_clause(site, visit):
    page = visit(f"{site.address}yiju/evaluation?language=zh", wait="form table")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("a[href*='evaluation/case?run=second']")
    page.locator("a[href*='id=']").first.click()
    with page.expect_navigation():
        page.locator("a[href*='section=']").first.click()
    expect(page.locator(".clause.here")).to_be_visible()
    page.goto(f"{site.address}yiju/evaluation/run?name=first")
    expect(page.locator("body")).to_contain_text("answer_correct")
    page.goto(f"{site.address}yiju/evaluation?language=en")
    page.locator("input[name=base]").nth(0).check()
    page.locator("input[name=new]").nth(0).check()
    page.click("button.main")
    expect(page.locator("body")).to_contain_text(re.compile("PASS|FAIL"))


def test_what_was_voted_is_kept_as_it_was_said(site):
    lines = site.bot.settings.feedback.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["down"]
