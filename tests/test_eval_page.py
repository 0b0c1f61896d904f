"""The maintainers' page: over HTTP, and in a real browser."""

import dataclasses
import re
import shutil

import fastapi
import pytest
from eval_fakes import make_case_run, make_citation, make_gold, make_hit, make_run
from fastapi.testclient import TestClient

from eval.candidates import Candidate, Feedback, add_candidates, load_candidates, record_feedback
from eval.cases import Case, GoldSection, load_set
from eval.places import write_run
from eval.trend import entries, trend_chart
from rag.settings import Settings
from ui.evaluation import PATH, add_evaluation
from ui.page import build_app
from ui.strings import STRINGS
from ui.testing import CHROMIUM_FLAGS, FakeBot, FakeIndex, FakeIntake, served

LEAVE = "职工请假办法\n一、年假\n职工每年可休年假两次。\n二、病假\n病假须附医院证明。\n"
INJECTION = "<script>alert(1)</script>"
DOC = "d-leave.txt"


def runs():
    right = make_case_run(
        "leave-1", question=f"年假几次？{INJECTION}", must_contain=(("两次",),), answer="每年两次[1]。", quote="年假两次",
        gold=(make_gold(DOC, ["一"], text="职工每年可休年假两次。"),), hits=(make_hit(1, DOC, ["一"]), make_hit(2, "gone", ["九"])),
        citations=(make_citation(1, "每年两次", doc_id=DOC),),
    )  # fmt: skip
    wrong = dataclasses.replace(right, answer="每年三次[1]。")
    return make_run([right]), make_run([wrong], created="2026-02-03T04:05:06+00:00")


@pytest.fixture
def settings(tmp_path):
    base, new = runs()
    write_run(base, tmp_path / "runs" / "base.json")
    write_run(new, tmp_path / "runs" / "new")
    (tmp_path / "runs" / "notes.json").write_text("{}")
    return Settings(
        runs=tmp_path / "runs", case_candidates=tmp_path / "candidates.jsonl", own_set=tmp_path / "own.jsonl",
        feedback=tmp_path / "feedback.jsonl", index=tmp_path / "index", llm="extractive",
    )  # fmt: skip


def bot_of(settings):
    index = FakeIndex()
    index.put("leave.txt", LEAVE)
    return FakeBot(settings, index)


@pytest.fixture
def client(settings):
    app = fastapi.FastAPI()
    add_evaluation(app, bot_of(settings))
    return TestClient(app, headers={"accept-language": "en"}, follow_redirects=False)


def test_runs_over_time_are_listed_newest_first(client, settings):
    page = client.get(PATH).text
    assert re.findall(r'href="evaluation/run\?name=(\w+)"', page) == ["new", "base"]
    assert "Scores over time: set" in page
    assert "answer_correct 0.00" in page
    assert [one.name for one in entries(settings.runs)] == ["base", "new"]
    assert trend_chart(entries(settings.runs)[:1]) == ""


def test_an_empty_folder_says_how_to_make_a_run(tmp_path):
    app = fastapi.FastAPI()
    add_evaluation(app, bot_of(Settings(runs=tmp_path / "none")))
    assert "python -m eval run" in TestClient(app).get(PATH).text


def test_a_run_two_runs_and_a_case_are_opened(client):
    assert "Failed cases: 1 of 1" in client.get(f"{PATH}/run?name=new").text
    compared = client.get(f"{PATH}/compare?base=base&new=new").text
    assert "每年<del>两次</del>[1]" in compared or "<del>两</del>" in compared
    assert "FAIL on 1 cases" in compared  # 三 is in no clause
    case = client.get(f"{PATH}/case?run=base&id=leave-1").text
    assert '<a href="../../?doc=d-leave.txt&amp;section=s1">' in case
    assert "职工每年可休<mark>年假两次</mark>" in case
    assert case.count("../../?doc=gone") == 0
    assert INJECTION not in case + compared


@pytest.mark.parametrize(
    "address", ["/run?name=nosuch", "/run?name=../secret", "/compare?base=base&new=x", "/case?run=base&id=x"]
)
def test_what_is_not_there_is_said_and_nothing_else_is_read(client, address):
    reply = client.get(PATH + address)
    assert (reply.status_code, "no scored run" in reply.text or "has no case" in reply.text) == (404, True)


def put_candidates(settings):
    case = Case(
        id="draft-1", question="年假每年几次？", answer="两次", must_contain=(("两次",),), type="frequency",
        sections=(GoldSection(document="职工请假办法", path=("一",)),),
    )  # fmt: skip
    other = dataclasses.replace(case, id="draft-2", question="病假要附什么？", must_contain=(("医院证明",),))
    add_candidates(
        settings.case_candidates, [Candidate(case=c, evidence="原文", origin="draft") for c in (case, other)]
    )


def post(client, **form):
    return client.post(f"{PATH}/candidates", data=form, headers={"origin": "http://testserver"})


def test_candidates_are_accepted_edited_and_rejected(client, settings):
    put_candidates(settings)
    assert client.get(f"{PATH}/candidates").text.count("<article") == 2
    form = {
        "id": "draft-1",
        "action": "accept",
        "question": "年假几次？",
        "answerable": "yes",
        "answer": "两次",
        "facts": "两次 / 2次",
    }
    assert post(client, **form).status_code == 303
    assert post(client, id="draft-2", action="reject").status_code == 303
    (case,) = load_set(settings.own_set).cases
    assert (case.question, case.must_contain, case.type) == ("年假几次？", (("两次", "2次"),), "frequency")
    assert [one.decision for one in load_candidates(settings.case_candidates)] == ["accepted", "rejected"]
    assert post(client, id="draft-1", action="accept").status_code == 404


def test_bad_answers_are_taken_in_as_candidates(client, settings):
    record_feedback(
        settings.feedback,
        Feedback(created="2026-01-01", question="那病假呢？", verdict="down", answer="", status="not_found"),
    )
    assert "Take in 1 answers called bad" in client.get(f"{PATH}/candidates").text
    assert post(client, action="feedback").status_code == 303
    (found,) = load_candidates(settings.case_candidates)
    assert (found.origin, found.case.question) == ("feedback", "那病假呢？")
    assert not settings.own_set.exists()


@pytest.mark.parametrize("origin", ["", "http://evil.example", "null"])
def test_forms_of_other_sites_are_refused(client, settings, origin):
    put_candidates(settings)
    headers = {"origin": origin} if origin else {}
    reply = client.post(f"{PATH}/candidates", data={"id": "draft-1", "action": "reject"}, headers=headers)
    assert reply.status_code == 403
    assert {one.decision for one in load_candidates(settings.case_candidates)} == {"open"}


def test_both_languages_have_every_word():
    words = {language: {k for k in table if k.startswith("eval_")} for language, table in STRINGS.items()}
    assert words["zh"] == words["en"]
    assert len(words["zh"]) > 20


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_maintainer_walks_from_the_library_to_a_clause(settings, width):
    from playwright.sync_api import sync_playwright

    put_candidates(settings)
    bot = bot_of(settings)
    complaints = []
    with served(lambda port: build_app(bot, FakeIntake(bot.index))) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(locale="zh-CN", viewport={"width": width, "height": 844})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on(
            "request",
            lambda r: None if r.url.startswith(address) or r.url.startswith("data:") else complaints.append(r.url),
        )
        page.goto(f"{address}?view=library")
        page.get_by_role("link", name="评测").click()
        page.get_by_role("heading", name="评测", exact=True).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="比较选中的两次").click()
        page.get_by_role("heading", name="base → new").wait_for()
        page.go_back()
        page.get_by_role("link", name="候选题（2）").click()
        page.get_by_role("heading", name="候选题（2）").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="不要").first.click()
        page.get_by_role("heading", name="候选题（1）").wait_for()
        page.get_by_role("link", name="评测").click()
        page.get_by_role("link", name="逐题查看").last.click()
        page.get_by_role("link", name="leave-1").click()
        page.locator(".clause.gold a").click()
        page.wait_for_selector("body.ready .clause.here")
        browser.close()
    assert complaints == []
