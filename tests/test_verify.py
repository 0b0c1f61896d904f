"""A sentence passes only where a clause carries it."""

import pytest

from rag.citations import DraftSentence
from rag.types import Evidence, Hit
from rag.verify import best_verdict, judge, only_repeats, quote_for


def clause(n: int, text: str) -> Evidence:
    hit = Hit(
        rank=n, score=1.0, doc_id="d", document="办法", source="a.txt", section_id=str(n), path=(str(n),), heading="",
        label=f"《办法》{n}", text=text, start=0, end=len(text), page=None, best=(0, len(text)),
    )  # fmt: skip
    return Evidence(n=n, hit=hit, sentences=((0, len(text)),), text=text)


TRAVEL = "出差人员住宿费每天不超过350元，应当由部门负责人审批，可以预借差旅费。"


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("住宿费每天不超过350元。", ""),
        ("住宿费每天不超过三百五十元。", ""),
        ("住宿费每天不超过450元。", "number 450 is not in the clause"),
        ("出差人员住宿费不得由部门负责人审批。", "obligation differs from the clause"),
        ("出差人员可以预借差旅费。", ""),
        ("按《住宿费标准》每天不超过350元。", "“住宿费标准” is not in the clause"),
        ("食堂每周供应新鲜水果和牛奶。", "only 8% of its words are in the clause"),
        ("住宿费以部门负责人审批为准。", "obligation differs from the clause"),
        ("我是出差人员，住宿费每天不超过350元。", "speaks for whoever asks, not for the clause"),
        ("出差人员住宿费由财务部门负责人审批。", ""),
        ("出差人员可以由人事科预借差旅费。", "“人事科” is not in the clause"),
    ],
)
def test_judge(sentence, problem):
    assert judge(sentence, clause(1, TRAVEL)).problem == problem


TRAINING = "发展对象应当参加短期集中培训，时间不少于三天。公示由组织部门办理，并听取意见。公示情况报党委。"


def test_a_figure_stays_with_what_it_is_of():
    assert judge("短期集中培训时间不少于三天。", clause(1, TRAINING)).problem == ""
    assert judge("发展对象的公示要三天。", clause(1, TRAINING)).problem.endswith("stand with its figures")
    assert judge("公示由组织部门办理。", clause(1, TRAINING)).problem == ""


def test_a_list_that_names_the_matter_again_and_again_is_still_made_up():
    made_up = "预借差旅费的申请表；预借差旅费的合同；预借差旅费的照片；预借差旅费的证明；出差人员的身份证复印件。"
    assert judge(made_up, clause(1, TRAVEL)).problem.endswith("of its words are in the clause")


def test_weakened_obligation_is_refused():
    assert judge("住宿费可以由部门负责人审批。", clause(1, "住宿费应当由部门负责人审批。")).problem
    assert judge("Staff may keep receipts.", clause(1, "Staff must keep receipts.")).problem
    assert judge("Staff must keep receipts.", clause(1, "Staff must keep receipts.")).problem == ""


def test_wrong_marker_is_mended_to_the_clause_that_carries_the_sentence():
    evidence = [clause(1, "会议室由办公室管理。"), clause(2, TRAVEL)]
    verdict = best_verdict(DraftSentence("住宿费每天不超过350元。", (1,)), evidence)
    assert verdict is not None
    assert verdict.evidence.n == 2


def test_cited_clause_is_kept_when_both_carry_the_sentence():
    evidence = [clause(1, TRAVEL), clause(2, TRAVEL)]
    verdict = best_verdict(DraftSentence("住宿费每天不超过350元。", (2,)), evidence)
    assert verdict is not None
    assert verdict.evidence.n == 2


def test_nothing_carries_an_invented_number():
    assert best_verdict(DraftSentence("住宿费每天1000元。", (1,)), [clause(1, TRAVEL)]) is None


@pytest.mark.parametrize(
    ("sentence", "sentences", "expected"),
    [
        ("住宿费350元。", ["伙食费100元。", "住宿费350元。", "交通费80元。"], (1, 1)),
        ("住宿费350元，交通费80元。", ["伙食费100元。", "住宿费350元。", "交通费80元。"], (1, 2)),
        ("住宿费。", ["住宿费350元。"], (0, 0)),
    ],
)
def test_quote_is_the_shortest_run_with_all_numbers(sentence, sentences, expected):
    assert quote_for(sentence, sentences) == expected


def test_an_office_may_stand_in_the_clause_or_its_label():
    assert judge("Staff must return keys to the Fleet Desk.", clause(1, "Staff must return keys.")).problem
    assert not judge(
        "Staff must return keys to the Fleet Desk.", clause(1, "The fleet desk: staff must return keys.")
    ).problem


@pytest.mark.parametrize(
    ("sentence", "question", "repeats"),
    [
        ("The course for using the projector costs.", "What does the course for using the projector cost?", True),
        ("The course for using the projector costs £20.", "What does the course for using the projector cost?", False),
        ("用车由财务科批。", "用车由办公室还是财务科批？", False),
        ("公务车可以出省。", "公务车可以出省吗？", False),
        ("Study leave is paid.", "Which of sick leave and study leave is paid?", False),
        ("出差扣工资。", "请假、出差扣工资的是哪一种？", False),
        ("公务车出省的审批人。", "公务车出省的审批人是谁？", True),
    ],
)
def test_a_sentence_that_only_repeats_the_question_is_told(sentence, question, repeats):
    assert only_repeats(sentence, question) is repeats
