"""What an address names is found exactly: sections, paragraphs without number, inline items; or said to be missing."""

from __future__ import annotations

import pytest
from small_index import source_file

from ingest.nodes import plain_source
from ingest.outline import outline
from rag.address import parse_addresses
from rag.chatbot import Chatbot
from rag.clauses import Clauses
from rag.errors import UsageError
from rag.index import Index
from rag.lookup import find_place
from rag.plan import make_plan
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Chunk, Question, Scope, SourceFile, Turn

LEAVE = """\
请假管理办法
第一章 总则
第一条 为了规范请假管理，制定本办法。
第二条 请假应当提前申请。
有下列情形之一的，可以事后补办：
（一）突发疾病；
（二）家中有急事的；
（三）其他不能预先知道的情形。
补办应当在三日内完成。
第三条 部门负责人审批三日以内的请假，并应当符合下列条件：
（一）工作已经交接；
（二）同期请假人员不超过五分之一。
超过三日的，由主管领导审批，并提交下列材料：
（一）申请表；
（二）证明材料。
第三条之一 借调人员的请假，由借调单位审批。
第二章 附则
第四条 本办法自2024年3月1日起施行。
"""
LIBRARY = """\
图书借阅管理办法
第一条 为了方便借阅，制定本办法。
第二条 每人每次可以借五册。
第三条 借期三十日。
到期可以续借一次。
"""
WORK_PLAN = """\
档案工作要点
一、完善制度
（一）修订归档范围。各科室三月底前报送。
（二）明确保管期限。
二、加强检查
（一）每季度检查一次。重点做到：一是账物相符；二是温湿度合格；三是不留死角。
（二）检查结果通报。
三、做好服务
（一）简化查阅手续。
"""
PURCHASE = """\
采购实施细则
第一部分 总则
（一）采购应当编制计划。
（二）采购由办公室归口。
（三）严禁拆分。
第二部分 方式
（一）小额直接采购。
（二）大额公开招标。
第三部分 程序
（一）提出需求。
（二）市场调查。
1.调查对象不少于三家。
2.调查结果应当书面记录。
（三）编制文件。
（四）发布公告。
"""
TRAVEL = """\
Travel Rules
Article 1
These rules apply to all staff.
Article 2
Staff may claim (a) rail fares in second class; (b) a daily allowance of 40 euros; and (c) local transport.
Claims are made within 30 days.
Article 3
(1) A manager approves each trip.
(2) The approval states (a) the purpose and (b) the destination.
"""


def file(source: str, text: str) -> SourceFile:
    """A text file as ingest reads it, one chunk a section."""
    (document,) = outline(plain_source(text))
    starts = [section.start for section in document.sections] + [document.end]
    chunks = tuple(
        Chunk(
            section=section.id, ordinal=i, start=section.start, end=max(starts[i + 1], section.start + 1),
            spans=((section.start, max(starts[i + 1], section.start + 1)),),
            text=text[section.start : max(starts[i + 1], section.start + 1)], context=document.title,
        )
        for i, section in enumerate(document.sections)
    )  # fmt: skip
    return SourceFile(source=source, sha256=source, text=text, documents=(document,), chunks=(chunks,))


def named(text: str, question: str) -> list[str]:
    """The words of the places that a question's addresses name in a text."""
    (document,) = outline(plain_source(text))
    clauses = Clauses(document, text)
    return [
        text[place.start : place.end].strip()
        for address in parse_addresses(question)
        for place in clauses.resolve(address)
    ]


@pytest.mark.parametrize(
    ("text", "question", "words"),
    [
        (LEAVE, "第一条", "第一条 为了规范请假管理，制定本办法。"),
        (LEAVE, "第三条之一", "第三条之一 借调人员的请假，由借调单位审批。"),
        (LEAVE, "第一章第一条", "第一条 为了规范请假管理，制定本办法。"),
        (LEAVE, "第二条第一款", "请假应当提前申请。"),
        (LEAVE, "第二条第二款", "有下列情形之一的，可以事后补办：\n（一）突发疾病；\n（二）家中有急事的；\n（三）其他不能预先知道的情形。"),
        (LEAVE, "第二条第三款", "补办应当在三日内完成。"),
        (LEAVE, "paragraph 3 of Article 2", "补办应当在三日内完成。"),
        (LEAVE, "第二条第（三）项", "（三）其他不能预先知道的情形。"),
        (LEAVE, "第三条第一款第（一）项", "（一）工作已经交接；"),
        (LEAVE, "第三条第二款第（一）项", "（一）申请表；"),
        (WORK_PLAN, "二（二）", "（二）检查结果通报。"),
        (WORK_PLAN, "第一部分第二点", "（二）明确保管期限。"),
        (PURCHASE, "三（四）", "（四）发布公告。"),
        (PURCHASE, "三（二）2", "2.调查结果应当书面记录。"),
        (WORK_PLAN, "第三条", "三、做好服务\n（一）简化查阅手续。"),
        (TRAVEL, "Article 2(b)", "(b) a daily allowance of 40 euros; and"),
        (TRAVEL, "Article 3(2)(b)", "(b) the destination."),
        (TRAVEL, "paragraph 2 of Article 2", "Claims are made within 30 days."),
    ],
)  # fmt: skip
def test_the_exact_words_are_found(text, question, words):
    assert named(text, question) == [words]


def test_an_item_is_found_wherever_it_stands_in_the_article():
    assert named(LEAVE, "第三条第（二）项") == ["（二）同期请假人员不超过五分之一。", "（二）证明材料。"]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (LEAVE, "第九条"),
        (LEAVE, "第二章第一条"),
        (LEAVE, "第二条第四款"),
        (LEAVE, "第二条第一款第（一）项"),
        (LEAVE, "第一条第（一）项"),
        (LEAVE, "附件2"),
        (WORK_PLAN, "二（三）"),
        (PURCHASE, "二（四）"),
        (TRAVEL, "Article 2(d)"),
    ],
)
def test_nothing_is_found_that_is_not_there(text, question):
    assert named(text, question) == []


def test_a_sentence_that_runs_on_over_lines_is_one_paragraph():
    text = "请假办法\n第一条 职工请假应当提前三个工作日向所在部门提出书面申请，\n并说明理由。\n部门应当答复。\n第二条 本办法自发布之日起施行。\n"
    assert named(text, "第一条第一款") == ["职工请假应当提前三个工作日向所在部门提出书面申请，\n并说明理由。"]
    assert named(text, "第一条第二款") == ["部门应当答复。"]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, text in (
            ("leave.txt", LEAVE),
            ("library.txt", LIBRARY),
            ("plan.txt", WORK_PLAN),
            ("travel.txt", TRAVEL),
            ("purchase.txt", PURCHASE),
        ):
            writer.put(file(source, text))
    return index


def labels(index, question: str) -> list[str]:
    """Labels of what search finds by the address alone."""
    bot = Chatbot(Settings(llm="extractive"), index, HashEmbedder, lambda: None)
    plan = make_plan(index.snapshot(), question, Scope())
    hits, _ = bot.search(Question(text=question), 10)
    return [hit.label for hit in hits[: len(plan.located)]]


def answer(index, question: str, *history: Turn):
    bot = Chatbot(Settings(llm="extractive"), index, HashEmbedder, lambda: None)
    return bot.ask(Question(text=question, history=history))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("《请假管理办法》第二条第三款", ["《请假管理办法》第二条第三款"]),
        ("第三条之一说什么", ["《请假管理办法》第三条之一"]),
        ("第二条", ["《请假管理办法》第二条", "《图书借阅管理办法》第二条"]),
        ("图书借阅的第二条", ["《图书借阅管理办法》第二条"]),
        ("Article 2(b) of the Travel Rules", ["Travel Rules, Article 2(b)"]),
    ],
)
def test_search_looks_addresses_up_first(index, question, expected):
    assert labels(index, question) == expected


def test_a_paragraph_is_quoted_exactly(index):
    (citation,) = answer(index, "《请假管理办法》第二条第三款说什么").citations
    assert (citation.label, citation.quote) == ("《请假管理办法》第二条第三款", "补办应当在三日内完成。")


@pytest.mark.parametrize(
    ("question", "text", "closest"),
    [
        ("《请假管理办法》第九条", "《请假管理办法》没有第九条，最近的是第四条。", "《请假管理办法》第四条"),
        ("《请假管理办法》第二条第四款", "《请假管理办法》第二条没有第四款，这样的共有3个。", "《请假管理办法》第二条"),
        ("图书借阅的第九条", "《图书借阅管理办法》没有第九条，最近的是第三条。", "《图书借阅管理办法》第三条"),
        ("图书办法第九条", "《图书借阅管理办法》没有第九条，最近的是第三条。", "《图书借阅管理办法》第三条"),
        ("采购实施细则三（九）", "《采购实施细则》第三部分没有九，这样的共有4个，最近的是第三部分（四）。", "《采购实施细则》第三部分（四）"),
        ("第九十条说什么", "这些文件里都没有第九十条。", "《请假管理办法》第四条"),
        ("Travel Rules 3.7", "Travel Rules has no 3.7; the nearest is Article 3(2).", "Travel Rules, Article 3(2)"),
        ("Article 9 of the Travel Rules", "Travel Rules has no Article 9; the nearest is Article 3.", "Travel Rules, Article 3"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_with_the_nearest(index, question, text, closest):
    found = answer(index, question)
    assert (found.status, found.text, found.closest[0].label, found.citations) == ("not_found", text, closest, ())


def test_one_of_two_is_missing(index):
    found = answer(index, "《图书借阅管理办法》第二条和第九条分别说什么")
    assert found.status == "partial"
    assert [citation.label for citation in found.citations] == ["《图书借阅管理办法》第二条"]
    assert found.text.endswith("《图书借阅管理办法》没有第九条，最近的是第三条。")


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("《请假管理办法》第三条说什么", "那第四条呢？", ["《请假管理办法》第四条"]),
        ("《请假管理办法》第二条说什么", "第三款呢", ["《请假管理办法》第二条第三款"]),
        ("《请假管理办法》第二条说什么", "它的第三项", ["《请假管理办法》第二条（三）"]),
        ("《请假管理办法》第二条第（一）项", "那第二项呢？", ["《请假管理办法》第二条（二）"]),
        ("《请假管理办法》第二条说什么", "上一条呢", ["《请假管理办法》第一条"]),
        ("档案工作要点一（一）", "（二）呢？", ["《档案工作要点》一、（二）"]),
        ("档案工作要点一（二）", "那二（二）呢？", ["《档案工作要点》二、（二）"]),
        ("档案工作要点二（二）", "上一项呢？", ["《档案工作要点》二、（一）"]),
        ("采购实施细则三（二）1", "下一项呢？", ["《采购实施细则》第三部分（二）2"]),
        ("What does Article 2(a) of the Travel Rules say?", "what about (c)?", ["Travel Rules, Article 2(c)"]),
        ("What does Article 2 of the Travel Rules say?", "And the next article?", ["Travel Rules, Article 3"]),
    ],
)
def test_follow_ups_take_their_address_from_the_conversation(index, before, question, expected):
    found = answer(index, question, Turn(question=before, answer=""))
    assert [citation.label for citation in found.citations] == expected


def test_the_answers_clause_counts_too(index):
    turn = Turn(question="事后补办有期限吗？", answer="补办应当在三日内完成（《请假管理办法》第二条）。[1]")
    assert [c.label for c in answer(index, "它的第一款呢", turn).citations] == ["《请假管理办法》第二条第一款"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("《请假管理办法》第2条第三款", "补办应当在三日内完成。"),
        ("请假管理办法第三条之一", "第三条之一 借调人员的请假，由借调单位审批。\n"),
        ("档案工作要点 一（二）", "（二）明确保管期限。\n"),
        ("Article 2(b) of the Travel Rules", "(b) a daily allowance of 40 euros; and"),
    ],
)
def test_show_takes_labels_and_addresses(index, name, words):
    snapshot = index.snapshot()
    place = find_place(snapshot, name)
    start, end = place.span or (place.section.start, place.section.end)
    assert snapshot.text(place.doc_id, start, end) == words


def test_show_refuses_what_it_cannot_tell_apart(index):
    with pytest.raises(UsageError, match="names 2 sections: use one of"):
        find_place(index.snapshot(), "第二条")
    with pytest.raises(UsageError, match="no section is called"):
        find_place(index.snapshot(), "《请假管理办法》第九十条")


BREACH = """\
培训教室使用规定
第一条 使用教室应当提前登记。
第二条 教室内禁止饮食。
使用后应当关灯。
第三条 因维修不能按照第一条登记的，由办公室安排。
第四条 违反本规定第一条的，暂停使用一个月。
第五条 违反本规定第二条第二款的，由办公室提醒。
第六条 本规定由办公室解释。
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("违反培训教室使用规定第一条会怎么样", ["第四条"]),
        ("违反《培训教室使用规定》的第一条，教室暂停使用几个月？", ["第四条"]),
        ("违反培训教室使用规定第二条第二款怎么处理", ["第五条"]),
        ("违反培训教室使用规定第二条第一款怎么处理", ["第二条第一款"]),
        ("培训教室使用规定哪些条款提到了第一条", ["第三条", "第四条"]),
        ("培训教室使用规定第一条被哪些条款引用", ["第三条", "第四条"]),
        ("培训教室使用规定第一条说什么", ["第一条"]),
        ("违反培训教室使用规定第六条会怎么样", ["第六条"]),
    ],
)
def test_who_asks_of_a_breach_is_shown_what_follows_it(tmp_path, question, expected):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(file("room.txt", BREACH))
    assert labels(index, question) == [f"《培训教室使用规定》{number}" for number in expected]


def test_more_documents_than_can_be_shown_are_counted(tmp_path):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for i in range(7):
            parts = [(("第一条",), f"第一条 第{i}号仓库由专人保管。\n")]
            writer.put(source_file(f"{i}.txt", f"仓库保管规定{i}", parts, year=2020))
    found = answer(index, "第一条说什么")
    assert len(found.citations) == 5
    assert found.warnings == ("有7份文件都有这一条，这里只列出最相近的几份；写明文件名可以只看一份。",)
