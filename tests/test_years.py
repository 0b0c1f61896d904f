"""Years in a question: printed, relative to a date that is handed in, and numbers that are none."""

from datetime import date

import pytest

from rag.years import Years, years_in_name, years_of

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2023年的标准", (2023,)),
        ("２０２３年度预算", (2023,)),
        ("二〇二三年培训计划", (2023,)),
        ("23年的办法怎么说", (2023,)),
        ("2019年版采购限额", (2019,)),
        ("2023培训计划", (2023,)),
        ("FY2023 budget", (2023,)),
        ("the fy24 plan", (2024,)),
        ("the 2023/24 plan", (2023,)),
        ("in 2021", (2021,)),
        ("2020年和2022年有什么不同", (2020, 2022)),
        ("2020年至2022年", (2020, 2021, 2022)),
        ("2020—2022年", (2020, 2021, 2022)),
        ("2020-2022", (2020, 2021, 2022)),
        ("from 2020 to 2022", (2020, 2021, 2022)),
    ],
)
def test_printed_years(text, years):
    assert years_of(text, TODAY) == Years(named=years)


@pytest.mark.parametrize(
    "text",
    [
        "2000元的补助",
        "第2024号",
        "2024号",
        "no. 2024",
        "云财〔2019〕4号怎么规定",
        "云财（2019）4号",
        "2000 euros",
        "2,000 people",
        "$2000",
        "2020.5",
        "12023年",
        "1985年出版的书",
        "2010年入职的职工",
        "1985年出的一本书",
        "2019年启用的办公楼",
        "满23年的职工",
        "工龄10年",
        "两三年",
        "二三年",
        "2050年",
        "1024年",
        "目前年龄",
        "以上年龄的人",
        "说明年假怎么休",
        "今后年度",
    ],
)
def test_what_only_looks_like_a_year(text):
    assert years_of(text, TODAY) == Years()


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("今年的预算", 2026),
        ("本年度", 2026),
        ("去年开了几次会", 2025),
        ("上年度", 2025),
        ("上一年", 2025),
        ("前年的标准", 2024),
        ("大前年的标准", 2023),
        ("明年的计划", 2027),
        ("後年", 2028),
        ("this year's plan", 2026),
        ("last year's plan", 2025),
        ("the previous financial year", 2025),
        ("the year before last", 2024),
        ("next year", 2027),
    ],
)
def test_relative_years_count_from_the_date_given(text, year):
    assert years_of(text, TODAY) == Years(named=(year,), relative=(year,))
    assert years_of(text, date(2031, 12, 31)).named == (year + 5,)


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        ("最新的办法", True),
        ("现行规定", True),
        ("the latest edition", True),
        ("the current policy", True),
        ("办法", False),
    ],
)
def test_the_latest_version_is_asked_for(text, latest):
    assert years_of(text, TODAY).latest is latest


def test_years_in_a_name():
    assert years_in_name("2022—2023年培训计划20231.txt") == {2022, 2023}
