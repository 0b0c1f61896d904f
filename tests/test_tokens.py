"""Tokens of a question and of a text meet, whatever the form in which both are written."""

import pytest

from rag.normalize import normalize, stem, tokens
from rag.numerals import measured_numbers


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("每年兩次", "每年2次", "2次"),
        ("每年二次", "每年两次", "2次"),
        ("每年２次", "每年两次", "2次"),
        ("百分之五", "5%", "5%"),
        ("百分之十二点五", "12.5％", "12.5%"),
        ("二〇二〇年", "2020年", "2020年"),
        ("10万元", "十万元", "100000元"),
        ("100,000元", "10万元", "100000元"),
        ("3.5万元", "三万五千元", "35000元"),
        ("三个工作日", "3 个工作日", "3个工作日"),
        ("第十二条", "第12条", "12条"),
        ("two weeks", "2 weeks", "2"),
        ("twice", "2 times", "2"),
        ("繁體", "繁体", "繁体"),
        ("ＡＢＣ－12", "abc-12", "abc-12"),
        ("reimbursement", "reimbursed", "reimburs"),
        ("policies", "policy", "polici"),
        ("the employee's", "employees", "employe"),
        ("self-assessment", "self assessments", "assess"),
    ],
)
def test_forms_of_one_word_share_a_token(one, other, shared):
    assert shared in tokens(one)
    assert shared in tokens(other)


@pytest.mark.parametrize(
    "text",
    [
        "统一思想",
        "进一步",
        "十分重要",
        "一些单位",
        "两三天",
        "4.2.1",
        "350",
        "007",
        "ABC-12",
        "ka71a01fd5f",
        "a12次",
        "5km",
        "1.",
        "one of them",
    ],
)
def test_what_is_no_amount_gets_no_further_token(text):
    assert measured_numbers(normalize(text)) == []


def test_all_tokens_of_a_text():
    assert tokens("出差2次, the trips") == ["出", "差", "出差", "2", "次", "the", "trip", "2次"]


def test_stems_are_of_words_only():
    assert [stem(word) for word in ("leaves", "fee", "4.2.1", "abc-12s", "café")] == [
        "leav",
        "fee",
        "4.2.1",
        "abc-12s",
        "café",
    ]


def test_a_long_row_of_numerals_is_no_number():
    assert measured_numbers("零" * 6000 + "次") == []
