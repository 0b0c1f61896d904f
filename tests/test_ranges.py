"""Ranges of rules and the cases that questions give."""

import pytest

from rag.ranges import Range, falls_between, falls_into, quantities, ranges

YEAR = 365.0


@pytest.mark.parametrize(
    ("question", "kind", "value"),
    [
        ("处置原值三十万的资产归谁批？", "money", 300_000),
        ("八万块的图形工作站谁批？", "money", 80_000),
        ("我工作满十二年了，能休几天？", "time", 12 * YEAR),
        ("送菜晚了四十分钟扣多少？", "time", 40 / 1440),
        ("考核得了75分算什么等次？", "score", 75),
        ("请一天假找谁批？", "time", 1),
        ("预算8万，找谁批？", "money", 80_000),
        ("A hall for five consecutive days, who decides?", "time", 5),
        ("Who decides on a learning request of 800 pounds?", "money", 800),
        ("What happens with a gift worth £120?", "money", 120),
        ("How many wardens does a floor with 90 people need?", "people", 90),
    ],
)
def test_a_question_gives_a_quantity(question: str, kind: str, value: float) -> None:
    assert [(one.kind, pytest.approx(one.value)) for one in quantities(question)] == [(kind, value)]


@pytest.mark.parametrize(
    "question", ["2023年的培训费是多少？", "一年能休几天年假？", "第12条说什么？", "一次最多借几本？", "Who may apply?"]
)
def test_years_rates_and_ordinals_are_no_cases(question: str) -> None:
    assert quantities(question) == ()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10万元以上不足50万元的，由委员会审批", 100_000, 500_000),
        ("单价不足10万元的，由资产处审批", float("-inf"), 100_000),
        ("劳动合同期限一年以上不满三年的", YEAR, 3 * YEAR),
        ("迟到超过30分钟的，扣减货款", 30 / 1440, float("inf")),
        ("请假不超过3天的，由部门负责人批准", float("-inf"), 3),
        ("7日以内的培训不得组织考察", float("-inf"), 7),
        ("招收2—3岁幼儿", 2, 3),
        ("报名者少于3个的，不得开班", float("-inf"), 3),
        ("六层以下建筑", float("-inf"), 6),
        ("五年至十年", 5 * YEAR, 10 * YEAR),
        ("Requests above £600 are decided by the panel", 600, float("inf")),
        ("groups of 10 to 20 people", 10, 20),
        ("more than 10 but fewer than 20 people", 10, 20),
        ("3 years or more but less than 8 years", 3 * YEAR, 8 * YEAR),
        ("over £5,000 but not exceeding £50,000", 5_000, 50_000),
        ("满10年，但不满20年的，休10天", 10 * YEAR, 20 * YEAR),
    ],
)
def test_a_rule_tells_cases_apart(text: str, low: float, high: float) -> None:
    [found] = ranges(text)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    "text", ["事假每年累计不超过15天", "论证专家不少于5人", "2023年5月1日至2024年6月", "评估满分为一百"]
)
def test_what_a_rule_demands_is_no_range(text: str) -> None:
    assert ranges(text) == ()


def test_neighbouring_brackets_stay_apart() -> None:
    assert ranges("得分90分以上的为优秀，60分以下的为不合格") == (
        Range("score", 90, float("inf")),
        Range("score", float("-inf"), 60),
    )


def test_a_case_belongs_to_the_bracket_that_holds_it() -> None:
    case = quantities("处置原值三十万的资产归谁批？")
    assert falls_into(case, "10万元以上不足50万元的，由委员会审批") == 1
    assert falls_into(case, "10万元以上的，由委员会审批") == 0.5
    assert not falls_into(case, "50万元以上的，报主管部门审批")
    assert not falls_into(case, "超过30天没有办结的，说明理由")
    assert not falls_into((), "10万元以上不足50万元的，由委员会审批")


def test_a_case_may_lie_between_all_brackets() -> None:
    text = "得分90分以上的为优秀，60分以下的为不合格"
    assert falls_between(quantities("考核得了75分算什么等次？"), text)
    assert not falls_between(quantities("考核得了95分算什么等次？"), text)
    assert not falls_between(quantities("考核得了75分算什么等次？"), "85分以上为良好")
    assert not falls_between((), text)
