"""What a question asks for is read in code."""

import pytest

from rag.question import (
    asks_list,
    asks_nothing,
    asks_quantity,
    asks_steps,
    content_tokens,
    language_of,
    standalone,
)
from rag.types import Turn


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("住宿费是多少？", "zh"),
        ("How many days?", "en"),
        ("What is 差旅费?", "zh"),
        ("12", "en"),
        ("Under the approval (安函〔2006〕5号), who pays?", "en"),
        ("《差旅费管理办法》", "zh"),
        ("“Group B”能借几天？", "zh"),
    ],
)
def test_language(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每年几次？", True),
        ("标准是多少", True),
        ("几乎都要吗", False),
        ("由谁审批？", False),
        ("How often?", True),
        ("Who?", False),
    ],
)
def test_quantity(text, expected):
    assert asks_quantity(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("有哪些要求？", True),
        ("有什么要求？", True),
        ("一共几项？", True),
        ("包括哪几个方面？", True),
        ("分为几类？", True),
        ("需要哪些材料？", True),
        ("列出全部步骤", True),
        ("What are the steps?", True),
        ("Which documents are needed?", True),
        ("List the duties of the registrar", True),
        ("What conditions apply to a loan?", True),
        ("住宿费是多少？", False),
        ("几个工作日办结？", False),
        ("晚上几点闭馆？", False),
        ("有几个单位没有配备？", False),
        ("哪几天休息？", False),
        ("有什么变化？", False),
        ("Which dental plan does the office offer?", False),
        ("Is he on the waiting list?", False),
    ],
)
def test_list(text, expected):
    assert asks_list(text) is expected


def test_content_tokens_leave_out_the_words_one_asks_by():
    assert content_tokens("住宿费是多少？") == frozenset({"住宿", "宿费"})
    assert content_tokens("What is the annual leave?") == frozenset({"annual", "leav"})


def test_dependent_question_takes_the_last_one_with_it():
    history = (Turn(question="科级干部住宿费是多少？", answer="350元"),)
    assert standalone("那伙食呢？", history) == "科级干部住宿费是多少？ 那伙食呢？"
    assert standalone("会议室由哪个部门管理？", history) == "会议室由哪个部门管理？"
    assert standalone("那处级呢？", ()) == "那处级呢？"


@pytest.mark.parametrize(
    ("before", "text", "asked"),
    [
        ("科级干部住宿费是多少？", "那处级呢？", "处级干部住宿费是多少？"),
        ("2020年的住宿费标准是多少？", "那2022年呢？", "2022年的住宿费标准是多少？"),
        (
            "What award can staff with a Level 4 rating get?",
            "And with a Level 5?",
            "What award can staff with a Level 5 rating get?",
        ),
        ("2020年的住宿费标准是多少？", "那2022年的伙食补助呢？", "2022年的住宿费标准是多少？ 那2022年的伙食补助呢？"),
        ("三类地区和二类地区各补助多少？", "那一类呢？", "三类地区和二类地区各补助多少？ 那一类呢？"),
        ("2021年出差3天补助多少？", "那5天呢？", "2021年出差5天补助多少？"),
        ("采购35万元怎么采购？", "5万呢？", "采购5万怎么采购？"),
        ("我工作满十二年了，能休几天年假？", "那工作满三年的呢？", "我工作满三年了，能休几天年假？"),
        ("婚假多少天？", "那陪产假呢？", "陪产假多少天？"),
        ("借书证押金多少？", "逾期费呢？", "借书证押金多少？ 逾期费呢？"),
        ("哪些情形应当从重处分？", "那应当从轻的呢？", "哪些情形应当从轻处分？"),
        ("馆里按项目拨付的经费何时报？", "那按年度拨付的呢？", "馆里按年度拨付的经费何时报？"),
        (
            "规模养殖场粪污处理设施装备配套率多少？",
            "那秸秆的综合利用率呢？",
            "规模养殖场粪污处理设施装备配套率多少？ 那秸秆的综合利用率呢？",
        ),
        (
            "图书馆在县里考上了专科的能补多少？",
            "那要是录取的是本科呢？",
            "图书馆在县里考上了专科的能补多少？ 那要是录取的是本科呢？",
        ),
        (
            "我爸72岁，今年的保险有他的份吗？",
            "我妈今年68呢，也算吗？",
            "我爸72岁，今年的保险有他的份吗？ 我妈今年68呢，也算吗？",
        ),
        (
            "Who signs a lease agreement?",
            "And for a cleaning services agreement?",
            "Who signs cleaning services agreement?",
        ),
        (
            "How long is the leave for my own illness?",
            "And if the leave is to look after my husband, who is ill?",
            "How long is the leave for my own illness? And if the leave is to look after my husband, who is ill?",
        ),
        ("三年计划第二年抓什么？", "那第三年呢？", "三年计划第三年抓什么？"),
        ("2023年报修多久到场？", "那2024年要求多久到？", "2024年报修多久到场？ 那2024年要求多久到？"),
        ("Ⅲ级响应由谁启动？", "那Ⅳ级呢？", "Ⅳ级响应由谁启动？"),
        ("住宿费标准是多少？", "那2021年的呢？", "2021年的住宿费标准是多少？"),
        ("What is the limit for grade B?", "What was it in 2021?", "What is the limit for grade B in 2021?"),
        (
            "How much leave do full-time staff get?",
            "What about part-time staff?",
            "How much leave do part-time staff get?",
        ),
        (
            "What is the fine at Harbour Library?",
            "And at Hillside Town Library?",
            "What is the fine at Hillside Town Library?",
        ),
    ],
)
def test_what_is_of_the_same_kind_takes_the_place_of_the_one_before(before, text, asked):
    assert standalone(text, (Turn(question=before, answer=""),)) == asked


def test_a_follow_up_leans_on_the_one_before_as_that_was_understood():
    history = tuple(Turn(question=text, answer="") for text in ("B级人员住宿费多少？", "那C级呢？", "那2021年呢？"))
    assert standalone("A级的呢？", history) == "2021年的A级人员住宿费多少？"


@pytest.mark.parametrize(
    "text", ["", "1", "嗯", "你好！", "您好，谢谢", "是吗？", "的", "好的好的", "Hello!", "ok, thanks"]
)
def test_courtesies_ask_nothing(text):
    assert asks_nothing(text)


@pytest.mark.parametrize(
    "text", ["钱", "12", "是否", "谢谢，住宿费呢？", "你好，请假", "Hello, who signs?", "第三条", "5.1", "C"]
)
def test_what_names_anything_asks_something(text):
    assert not asks_nothing(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("离职交接先办什么后办什么？", True),
        ("演练分哪几个步骤？", True),
        ("单位要按哪几步办？", True),
        ("初步意见是什么？", False),
        ("What are the steps of a drill, in order?", True),
        ("先进科室有几个？", False),
    ],
)
def test_steps_are_asked_for(text, expected):
    assert asks_steps(text) is expected
