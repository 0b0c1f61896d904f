"""Numbers in Chinese and English text come out in one canonical form."""

import pytest

from rag.numerals import missing_numbers, numbers, parse_numeral


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一千二百六十", 1260),
        ("一千零一十", 1010),
        ("二〇二〇", 2020),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("两", 2),
        ("一百零五", 105),
        ("三万五千", 35_000),
        ("一亿二千万", 120_000_000),
        ("１２", 12),
        ("壹", None),
        ("", None),
        ("abc", None),
    ],
)
def test_parse_numeral(text, value):
    assert parse_numeral(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全年不少于两次，即2次或二次", ["2", "2", "2"]),
        ("百分之五，即5%；百分之十二点五", ["5%", "5%", "12.5%"]),
        ("二〇二〇年7月1日", ["2020", "7", "1"]),
        ("3万元，也就是30,000元", ["30000", "30000"]),
        ("统一思想，进一步提高，十分重要，一些单位", []),
        ("一个月内，三个工作日", ["1", "3"]),
        ("十分钟", ["10"]),
        ("两三天", []),
        ("第三条第（二）项", ["3"]),
        ("twice a year, twenty-five days, 5 per cent", ["2", "25", "5%"]),
        ("6.5 million; 1,250.50", ["6500000", "1250.5"]),
        ("one of them", []),
    ],
)
def test_numbers_are_canonical(text, expected):
    assert numbers(text) == expected


def test_same_number_in_another_form_is_not_missing():
    assert missing_numbers("每年2次，占5%，共30000元", "每年两次，占百分之五，共3万元") == []


def test_a_percentage_is_not_a_plain_number():
    assert missing_numbers("占5%", "共5人") == ["5%"]
