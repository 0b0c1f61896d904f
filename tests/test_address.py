"""Addresses are read in all their spellings, and what only looks like one is left alone."""

import pytest

from rag.address import Step, parse_addresses, printed_step
from rag.spellings import chinese_numeral, forms, spelled


def read(question: str) -> list[str]:
    """Each address as ``kind:value`` steps; a question mark where it may be something else."""
    return [
        " ".join(f"{step.kind}:{'.'.join(step.value)}" for step in address.steps) + ("" if address.sure else " ?")
        for address in parse_addresses(question)
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("第三条说什么", ["条:3"]),
        ("第 十二 条", ["条:12"]),
        ("第１２条的内容", ["条:12"]),
        ("第五條第二款", ["条:5 款:2"]),
        ("《档案办法》十二条", ["条:12"]),
        ("第三十二条之一", ["条:32.1"]),
        ("第2-1條", ["条:2.1"]),
        ("第 15－1 条的内容", ["条:15.1"]),
        ("第一千二百六十条", ["条:1260"]),
        ("第1260条", ["条:1260"]),
        ("第三章第二节", ["章:3 节:2"]),
        ("三（七）", [":3 :7"]),
        ("三(七)", [":3 :7"]),
        ("三、（七）", [":3 :7"]),
        ("三之（七）", [":3 :7"]),
        ("二、（三）和（四）", [":2 :3", ":2 :4"]),
        ("第三部分第（七）项", ["部分:3 项:7"]),
        ("第三部分（2026年主要任务）第（六）项", ["部分:3 项:6"]),
        ("第三章（附则）第二节", ["章:3 节:2"]),
        ("第三部分第（六）条", ["部分:3 :6"]),
        ("第三部分第七点", ["部分:3 点:7"]),
        ("第五条第二款第（三）项", ["条:5 款:2 项:3"]),
        ("第五条第二款第三项", ["条:5 款:2 项:3"]),
        ("办法五条二款", ["条:5 款:2"]),
        ("第五条(三)", ["条:5 :3"]),
        ("第五条（三）2", ["条:5 :3 :2"]),
        ("三、（二）3呢", [":3 :2 :3"]),
        ("三（二）2个工作日", [":3 :2"]),
        ("第捌条", ["条:8"]),
        ("第壹拾贰条", ["条:12"]),
        ("第二部分第5题", ["部分:2 题:5"]),
        ("第二条第1段", ["条:2 款:1"]),
        ("第4问是什么", ["问:4 ?"]),
        ("what about 4.3", ["section:4.3 ?"]),
        ("third paragraph of Article 6", ["article:6 paragraph:3 ?"]),
        ("第三条③", ["条:3 :3"]),
        ("第三部分标为“（六）”的那一项讲了什么", ["部分:3 :6"]),
        ("“六、工作要求”第（三）项讲了什么", [":6 项:3"]),
        ("附件2", ["annex:2"]),
        ("附件 二", ["annex:2"]),
        ("附表1", ["schedule:1"]),
        ("附件1第三条", ["annex:1 条:3"]),
        ("Article 12(3)(b)", ["article:12 :3 :b"]),
        ("Art. 12(3)", ["article:12 :3"]),
        ("ARTICLE XII", ["article:12"]),
        ("Chapter IV", ["chapter:4"]),
        ("section 4.2.1", ["section:4.2.1"]),
        ("Sec. 4.2.1", ["section:4.2.1"]),
        ("§ 5", ["section:5"]),
        ("4.2.1讲什么", ["section:4.2.1"]),
        ("what does 4.2 say", ["section:4.2 ?"]),
        ("那4.6讲的是什么", ["section:4.6 ?"]),
        ("那4.6条呢", ["条:4.6"]),
        ("手册4.6规定了什么", ["section:4.6 ?"]),
        ("clause 7.3", ["clause:7.3"]),
        ("Rule 5.2", ["rule:5.2"]),
        ("Annex B", ["annex:b"]),
        ("Schedule 1", ["schedule:1"]),
        ("paragraph 3 of Article 12", ["article:12 paragraph:3"]),
        ("Article 12, paragraph 3", ["article:12 paragraph:3"]),
        ("point (b) of Article 12(3)", ["article:12 :3 point:b"]),
        ("Section 2 of Chapter 3", ["chapter:3 section:2"]),
        ("第二款说什么", ["款:2 ?"]),
    ],
)
def test_spellings(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("第三条和第五条分别说什么", ["条:3", "条:5"]),
        ("第三、五条", ["条:3", "条:5"]),
        ("第三至五条", ["条:3", "条:4", "条:5"]),
        ("第三条至第五条", ["条:3", "条:4", "条:5"]),
        ("第3-5条", ["条:3", "条:4", "条:5"]),
        ("第五条第一款和第二款", ["条:5 款:1", "条:5 款:2"]),
        ("第五条第（一）、（三）项", ["条:5 项:1", "条:5 项:3"]),
        ("第五条（一）（三）", ["条:5 :1", "条:5 :3"]),
        ("第五条（一）（1）", ["条:5 :1 :1"]),
        ("Article 12(a)(c)", ["article:12 :a", "article:12 :c"]),
        ("Article 12(a)(i)", ["article:12 :a :i"]),
        ("三（二）1和3", [":3 :2 :1", ":3 :2 :3"]),
        ("第四条和第五条第二款", ["条:4", "条:5 款:2"]),
        ("第三章，第五条", ["章:3", "条:5"]),
        ("附件1和2", ["annex:1", "annex:2"]),
        ("Articles 3 and 5", ["article:3", "article:5"]),
        ("articles 3 to 5", ["article:3", "article:4", "article:5"]),
        ("Articles 3(1) and 5(2)", ["article:3 :1", "article:5 :2"]),
        ("sections 4.2 and 4.3(b)", ["section:4.2", "section:4.3 :b"]),
        ("(b) and (c) of Article 12(3)", ["article:12 :3 :b", "article:12 :3 :c"]),
        ("paragraphs 2 and 3 of Article 5", ["article:5 paragraph:2", "article:5 paragraph:3"]),
        ("§§ 5-7", ["section:5", "section:6", "section:7"]),
    ],
)
def test_lists_and_ranges_are_spelled_out(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "报销要三年吗", "每年一次", "2019年的标准", "第三方机构", "第一时间上报", "第三季度", "第一次会议", "part of the policy",
        "what should I do", "section on leave", "一是什么", "version 2.1", "about 4.3", "第一阶段", "第二问题", "4.5元", "每人每天3.5元", "三（3）个工作日",
        "共有三条要求", "列了十二条措施", "有哪几条规定", "这三条说的是什么", "第三项目", "第一条件", "第二节课", "section ill",
        "schedule a meeting", "the Travel Rules say", "增长4.5%", "2024.1.5", "version 4.2.1", "差旅费（2024年）是多少", "一（3）班", "五条规定有哪些",
    ],
)  # fmt: skip
def test_what_is_no_address(question):
    assert read(question) == []


def test_offsets_count_in_the_question_as_given():
    (address,) = parse_addresses("请问Ⅳ类第 ３ 条①呢")
    assert (address.source, address.printed) == ("第 ３ 条①", "第 ３ 条①")


@pytest.mark.parametrize(
    ("number", "step"),
    [
        ("第三十二条之一", Step("条", ("32", "1"))),
        ("第2-1條", Step("条", ("2", "1"))),
        ("附3", Step("annex", ("3",))),
        ("附", Step("annex", ("",))),
        ("3.2", Step("", ("3", "2"))),
        ("Chapter IV", Step("chapter", ("4",))),
        ("（七）", Step("", ("7",))),
        ("①", Step("", ("1",))),
        ("附录", Step("appendix", ("",))),
        ("§ 5", Step("section", ("5",))),
    ],
)
def test_printed_numbers_as_steps(number, step):
    assert printed_step(number) == step


@pytest.mark.parametrize(
    ("step", "printed"),
    [
        (Step("条", ("1260",)), "第一千二百六十条"),
        (Step("条", ("12",)), "第12条"),
        (Step("article", ("12",)), "第十二条"),
        (Step("条", ("32", "1")), "第三十二条之一"),
        (Step("chapter", ("v",)), "Chapter v"),
        (Step("chapter", ("v",)), "第五章"),
        (Step("section", ("5",)), "§ 5"),
        (Step("", ("3",)), "③"),
        (Step("annex", ("2",)), "附件二"),
    ],
)
def test_every_printed_form_is_looked_up(step, printed):
    assert printed.lower() in [form.lower() for form in forms(step)]


@pytest.mark.parametrize(
    ("question", "chinese", "printed"),
    [
        ("第5条第2款第(3)项", True, "第五条第二款第（三）项"),
        ("三(七)", True, "三（七）"),
        ("Article 12(3)(b)", False, "Article 12(3)(b)"),
        ("附件1", True, "附件1"),
        ("Annex b", False, "Annex B"),
    ],
)
def test_steps_are_spelled_as_people_do(question, chinese, printed):
    (address,) = parse_addresses(question)
    assert spelled(address.steps, chinese=chinese) == printed


@pytest.mark.parametrize(
    ("number", "printed"),
    [(7, "七"), (10, "十"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (1006, "一千零六")],
)
def test_chinese_numerals(number, printed):
    assert chinese_numeral(number) == printed
