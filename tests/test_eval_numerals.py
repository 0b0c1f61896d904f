import pytest

from eval.claims import attributed, claims, unsupported_figures
from eval.numerals import all_figures, canonical, contains, stated_figures


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("每年两次", "2次"),
        ("每年2次", "两次"),
        ("每年二次", "两次"),
        ("占百分之五", "5%"),
        ("占5%", "百分之五"),
        ("占５％", "5 %"),
        ("百分之三点五", "3.5%"),
        ("自二〇二四年起", "2024年"),
        ("自二○二四年起", "2024年"),
        ("补助三百五十元", "350元"),
        ("补助350元", "三百五十元"),
        ("3万元", "30,000元"),
        ("1.5亿元", "150000000元"),
        ("一千二百六十条", "1260条"),
        ("十五个工作日", "15个工作日"),
        ("within ten working days", "10 working days"),
        ("at most 5 per cent", "5%"),
        ("up to 1,000 yuan", "1000 yuan"),
        ("350 元", "350元"),
        ("不超过**350**元[1]。", "350元"),
        ("須經局長批准", "局长批准"),
        ("Line Manager approves", "line manager"),
        ("twenty-five days", "25 days"),
        ("5千克", "5千克"),
    ],
)
def test_the_same_fact_in_other_writing_is_found(text, wanted):
    assert contains(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("占25%", "5%"),
        ("每年12次", "2次"),
        ("每年十二次", "两次"),
        ("1.5天", "5天"),
        ("2.5天", "2"),
        ("all parties", "art"),
        ("3000元", "3万元"),
        ("2024年", "2023年"),
        ("", "两次"),
    ],
)
def test_another_fact_is_not_found(text, wanted):
    assert not contains(text, wanted)


def test_words_with_numerals_in_them_stay_comparable():
    assert canonical("千方百计 统一 万一") == canonical("千方百计统一万一")


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("每年两次，每次5天", ("2", "5")),
        ("一般由统一部门十分重视，一是宣传", ()),
        ("一个部门负责一次性补助", ()),
        ("一个月内", ("1",)),
        ("第五条规定", ("5",)),
        ("第一，要重视", ()),
        ("依据第一条", ("1",)),
        ("2024年7月1日起占5%", ("2024", "7", "1", "5%")),
        ("百分之五至百分之十", ("5%", "10%")),
        ("三五天内", ()),
        ("1. 登记\n2. 审批", ()),
        ("one employee, three days, 3.2.1", ("3", "3.2.1")),
        ("一千二百元", ("1200",)),
    ],
)
def test_stated_figures_are_the_plain_ones(text, figures):
    assert stated_figures(text) == figures


def test_a_clause_is_read_generously():
    assert {"4", "5", "350", "10000"} <= all_figures("十四五期间，五处，350元，1万")
    assert {"5", "50000"} <= all_figures("5万元")


def test_claims_own_the_markers_that_stand_by_them():
    answer = "每年两次[1]。每次5天。[2][3]住宿费；\n伙食费100元；交通费80元[1]。The cap is 350.[2] Ask first [1]."
    assert [(c.text, c.markers) for c in claims(answer)] == [
        ("每年两次   。", (1,)),
        ("每次5天。", (2, 3)),
        ("住宿费；", ()),
        ("伙食费100元；交通费80元   。", (1,)),
        ("The cap is 350.", (2,)),
        ("Ask first    .", (1,)),
    ]


def test_figures_are_looked_up_in_the_clauses_of_their_own_sentence():
    sources = {1: "每年二次", 2: "每次五天，百分之十"}
    found = [unsupported_figures(c, sources) for c in claims("每年2次[1]。每次5天[1]。占10%[2]。共3天。每年4次[9]。")]
    assert found == [(), ("5",), (), ("3",), ("4",)]


def test_the_sentences_of_a_quotation_share_its_marker():
    found = claims("2.4 Leave\nParents may take 16 weeks.[1]\n另有30天。\n第三条 每年5天。不得结转。[2]")
    quotes = {1: "2.4 Leave\nParents may take 16 weeks.", 2: "第三条　每年5天。不得结转。"}
    assert [claim.markers for claim in attributed(found, quotes)] == [(1,), (1,), (), (2,), (2,)]
