import dataclasses
import re

import pytest
from eval_fakes import make_case_run, make_citation, make_gold, make_hit, make_run

from eval.compare import compare
from eval.failures import failed_cases, failures
from eval.marking import difference, marked_answer, marked_quote
from eval.records import Agreement, Judged, RunSeconds
from eval.report import comparison_html, report_html
from eval.scoring import score
from eval.statistics import Interval

INJECTION = "<script>alert(1)</script>"
CASES = (
    make_case_run(
        "good", question="年假几次？", must_contain=(("两次",),), answer="每年两次[1]。", gold=(make_gold(),),
        citations=(make_citation(1, "每年两次"),), hits=(make_hit(1),),
    ),
    make_case_run(
        "wrong", question=f"住宿费多少？{INJECTION}", must_contain=(("350元",), ("每天",)), quote="每天350元",
        gold=(make_gold("travel", ["二"], text="住宿费每天350元。"),),
        hits=(make_hit(1), make_hit(2, "travel", ["二"])),
        answer="每天530元[1]。", citations=(make_citation(1, "每天350元", path=["二"], doc_id="travel"),),
        seconds=RunSeconds(total=3.5, first_token=1.0, retrieve=0.1, search=0.1),
    ),
    make_case_run("invented", question="How much?", answerable=False, answer="Much.", type="near_miss", tags=("en",)),
    make_case_run("failed", status="error", error="ModelError: no model", seconds=None),
    make_case_run("hidden", tags=("redacted",), status="not_found", type="redacted"),
)  # fmt: skip


def page():
    return report_html(make_run(CASES), "nightly")


def test_failures_are_listed_by_gravity():
    found = [(case.id, [kind.name for kind in kinds]) for case, kinds in failed_cases(make_run(CASES).cases)]
    assert found == [
        ("failed", ["error"]),
        ("wrong", ["unsupported", "wrong"]),
        ("invented", ["false answer"]),
        ("hidden", ["redaction"]),
    ]
    assert failures(make_run(CASES).cases[0]) == ()


def test_a_report_shows_every_failed_case_and_only_those():
    shown = re.findall(r'<article class="card case" id="case-([^"]+)"', page())
    assert shown == ["failed", "wrong", "invented", "hidden"]
    for words in ("住宿费<mark>每天350元</mark>", "✗ 350元", "✓ 每天", "530元</mark>", "ModelError: no model"):
        assert words in page()


@pytest.mark.parametrize("html", [page(), comparison_html(compare(make_run(CASES), make_run(CASES)), ("a", "b"))])
def test_pages_stand_alone_and_escape_what_they_quote(html):
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?:", html)
    assert INJECTION not in html


def test_a_comparison_shows_only_changed_cases_with_both_answers():
    changed = (CASES[0], make_case_run("wrong", **{**vars_of(CASES[1]), "answer": "每天350元[1]。"}), *CASES[2:])
    comparison = compare(make_run(CASES), make_run(changed))
    html = comparison_html(comparison, ("old", "new"), "PASS on 5 cases")
    assert [change.base.id for change in comparison.changed] == ["wrong"]
    assert "每天<del>530</del>元" in html
    assert "每天<ins>350</ins>元" in html
    assert '<p class="card verdict pass">PASS on 5 cases</p>' in html
    assert html.count("<article") == 1


def test_confidence_and_the_judge_are_shown_where_there_are_any():
    told = [dataclasses.replace(case, confidence=0.9, verdict="right") for case in CASES]
    agreement = Agreement(n=69, observed=0.7, kappa=0.55, interval=Interval(0.4, 0.7))
    judged = Judged(model="strict", prompts={}, agreement=agreement)
    html = report_html(score(dataclasses.replace(make_run(told), judged=judged)), "nightly")
    assert "Reliability of the confidence" in html
    assert "69 labels given by hand is κ = 0.55 [0.40, 0.70]" in html
    assert "Reliability of the confidence" not in page()


def vars_of(run):
    case = {name: getattr(run.case, name) for name in ("question", "must_contain", "quote")}
    return {**case, "gold": run.gold, "hits": run.hits, "citations": run.citations, "seconds": run.seconds}


def test_marks():
    run = make_run(CASES).cases[1]
    assert marked_answer(run) == (
        '<mark class="good">每天</mark><mark class="bad">530元</mark><sup>[1]</sup><mark class="bad">。</mark>'
    )
    assert marked_quote("a<b", "<") == "a<mark>&lt;</mark>b"
    assert marked_quote("ab", "c") == "ab"
    assert difference("每年2次", "每年3次") == ("每年<del>2</del>次", "每年<ins>3</ins>次")
    assert difference("abc def", "别的话") == ("abc def", "别的话")


@pytest.mark.browser
def test_a_report_opens_offline_filters_and_prints(tmp_path):
    from playwright.sync_api import sync_playwright

    path = tmp_path / "report.html"
    path.write_text(page(), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 390, "height": 800})
        problems, requests = [], []
        view.on("console", lambda message: problems.append(message.text))
        view.on("pageerror", lambda error: problems.append(str(error)))
        view.on("request", lambda request: requests.append(request.url))
        view.goto(path.as_uri())
        assert view.evaluate("document.documentElement.scrollWidth") <= 390
        view.get_by_role("button", name="hidden figure").click()
        assert [card.get_attribute("id") for card in view.locator("article:visible").all()] == ["case-hidden"]
        assert len(view.pdf()) > 10_000
        browser.close()
    assert (problems, requests) == ([], [path.as_uri()])
