"""Lists are answered whole, by the clause's own words."""

import pytest
from small_index import source_file

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.counts import asked_count, enumerates, shared_words
from rag.evidence import Bearing, Sentence
from rag.index import Index
from rag.listing import completed, enumeration_for
from rag.retrieve import section_hit
from rag.settings import Settings
from rag.testing import HashEmbedder, ScriptedLLM
from rag.types import Question

RULES = [
    (("第一条",), "第一条 会议室使用人不得有下列行为：\n"),
    (("第一条", "一"), "（一）拆卸设备；\n"),
    (("第一条", "二"), "（二）转借他人；\n"),
    (("第一条", "三"), "（三）在室内吸烟。\n"),
    (("第二条",), "第二条 预约级别每两年复核。有下列情形的，应当调整：\n"),
    (("第二条", "一"), "（一）设备更换的；\n"),
    (("第二条", "二"), "（二）楼层变动的。\n"),
    (("第三条",), "第三条 会议室钥匙由办公室保管。\n"),
    (("第四条",), "第四条 钥匙\n钥匙凭工作证借用。\n"),
]


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("rooms.txt", "会议室规则", RULES))
    return Chatbot(Settings(answer_threshold=0.0), index, HashEmbedder, lambda: ScriptedLLM(["只说一点[1]。"]))


def test_list_question_gets_every_item_in_one_citation(bot):
    answer = bot.ask(Question(text="会议室使用人不得有哪些行为？"))
    assert [citation.path for citation in answer.citations] == [("第一条",)]
    for item in ("拆卸设备", "转借他人", "在室内吸烟"):
        assert item in answer.text
    assert answer.citations[0].quote.endswith("（三）在室内吸烟。")


def test_a_list_that_follows_a_paragraph_behind_another_list_is_told_whole(tmp_path):
    (tmp_path / "lend.txt").write_text(
        "设备借用规则\n第一条 借用设备按照下列程序：\n（一）填写申请；\n（二）办公室审批。\n"
        "不同意借用的，应当说明下列事项：\n（一）不同意的理由；\n（二）可以代替的设备。\n第二条 设备按期归还。\n",
        encoding="utf-8",
    )
    embedder = HashEmbedder()
    index = Index.open(tmp_path / "index", embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [tmp_path / "lend.txt"], standard_recipe(embedder, 384))
    bot = Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)
    answer = bot.ask(Question(text="不同意借用的，应当说明哪些事项？"))
    assert answer.text == ("不同意借用的，应当说明下列事项：\n（一）不同意的理由；\n（二）可以代替的设备。[1]")


def test_what_is_forbidden_is_told_whole(bot):
    answer = bot.ask(Question(text="会议室使用人不许干什么？"))
    for item in ("拆卸设备", "转借他人", "在室内吸烟"):
        assert item in answer.text


CLUBS = [
    (("第一章",), "第一章 活动小组的办法\n"),
    (("第一章", "第一条"), "第一条 活动小组由职工自愿组成。\n"),
    (("第一章", "第二条"), "第二条 活动小组每季度活动一次。\n"),
    (("第二章",), "第二章 组建\n"),
    (("第二章", "第三条"), "第三条 活动小组可以采取下列办法组建：\n"),
    (("第二章", "第三条", "一"), "（一）单独组建；\n"),
    (("第二章", "第三条", "二"), "（二）联合组建。\n"),
]


@pytest.mark.parametrize(("ranked", "quoted"), [(("第二章", "第三条"), "第三条"), (("第一章",), None)])
def test_a_list_question_is_answered_by_a_list_beside_and_never_by_a_chapter(tmp_path, ranked, quoted):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("clubs.txt", "活动小组规则", CLUBS))
    snapshot = index.snapshot()
    (document,) = snapshot.documents()
    hits = [
        section_hit(snapshot, document.doc_id, section, score=score)
        for path, score in ((("第一章", "第一条"), 0.9), (("第一章", "第二条"), 0.89), (ranked, 0.88))
        for section in snapshot.sections(document.doc_id)
        if section.path == path
    ]
    sentences = [Sentence(hit, hit.start, hit.end, hit.text, Bearing(0, 0, 0, 0, 0, 0, 0)) for hit in hits]
    places = enumeration_for(snapshot, "组建活动小组有哪些办法？", hits, sentences)
    assert [hit.path[-1] for hit, _, _ in places] == ([quoted] if quoted else [])


def test_below_a_heading_alone_stands_what_it_is_about(bot):
    snapshot = bot.index.snapshot()
    (document,) = snapshot.documents()
    (clause,) = (section for section in snapshot.sections(document.doc_id) if section.path == ("第四条",))
    hit = section_hit(snapshot, document.doc_id, clause)
    (place,) = completed(snapshot, "钥匙怎么借？", (hit, hit.start, hit.start + len("第四条 钥匙")))
    assert snapshot.file_text(document.doc_id)[place[1] : place[2]] == "第四条 钥匙\n钥匙凭工作证借用。"


def test_sentence_that_leads_in_to_a_list_brings_the_list(bot):
    answer = bot.ask(Question(text="什么情形应当调整预约级别？"))
    assert "楼层变动" in answer.text


FINES = """馆内秩序规则
第一条 有下列情形之一的，由保卫科责令改正，并交清洁费二十元；不改正的，当日不得再入馆：
（一）在阅览区进食的；
（二）高声喧哗的；
（三）占座超过一小时的。
第二条 申请延长开放的，应当符合下列条件：
（一）部门在三个月之内没有因为安全、卫生和噪声方面的事项受到保卫科、后勤科或者学校检查组的书面批评，并且部门负责人书面承诺在延长开放期间派人值守直到最后一名读者离开；
（二）部门有两名以上经过保卫科培训的值守人员，其中至少一名能够独立操作门禁、照明和消防设备，并且在延长开放的前一天把值守人员的姓名、电话和当天的分工报给保卫科备案；
（三）已经缴清上一季度的水电费用，没有拖欠清洁费、物资损坏赔偿费和其他应当由部门承担的费用，并且由财务科在申请表上签字确认；财务科不签字的，应当在三日之内书面说明理由，部门可以补缴之后再次提出，也可以请求分管校领导协调，协调期间已经排定的值守照常进行，不因为费用没有缴清而改变，所需经费先从部门的机动经费里列支，年底结算时一并核减，核减的办法由财务科另行通知各个部门，并抄送保卫科、后勤科和馆长办公室备查。
前款规定的申请由馆长批准。
"""


@pytest.fixture(scope="module")
def fines(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    (files / "order.txt").write_text(FINES, encoding="utf-8")
    embedder = HashEmbedder()
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [files], standard_recipe(embedder, 384))
    return Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)


def test_a_point_of_a_short_list_of_cases_is_told_with_what_holds_in_them(fines):
    answer = fines.ask(Question(text="占座超过一小时要交多少清洁费？"))
    assert "清洁费二十元" in answer.text
    assert "占座超过一小时的。" in answer.text
    assert [citation.path for citation in answer.citations] == [("第一条",)]


def test_what_is_forbidden_is_told_with_the_word_that_forbids_it(tmp_path):
    (tmp_path / "room.txt").write_text(
        "自习室规则\n第一条 自习室由馆员管理。\n第二条 自习室内严禁：\n（一）外放音乐；\n（二）使用电炉。\n",
        encoding="utf-8",
    )
    embedder = HashEmbedder()
    index = Index.open(tmp_path / "index", embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [tmp_path / "room.txt"], standard_recipe(embedder, 384))
    bot = Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)
    assert "严禁" in bot.ask(Question(text="自习室里使用电炉可以吗？")).text


def test_before_a_point_of_a_long_list_stands_the_sentence_that_leads_in(fines):
    answer = fines.ask(Question(text="值守人员要经过保卫科培训吗？"))
    lead, point, *rest = answer.citations
    assert (lead.quote, point.path[-1], rest) == ("第二条 申请延长开放的，应当符合下列条件：", "二", [])
    assert "缴清" not in answer.text


def test_a_paragraph_behind_a_list_is_no_point_of_it(fines):
    answer = fines.ask(Question(text="前款规定的申请由馆长批准吗？"))
    assert "前款规定的申请由馆长批准。" in answer.text
    assert "应当符合下列条件" not in answer.text


def test_other_questions_are_left_to_the_model_and_its_check(bot):
    answer = bot.ask(Question(text="会议室钥匙由谁保管？"))
    assert answer.text == "第三条 会议室钥匙由办公室保管。[1]"


PASSWORDS = """# Password Rules

## 1 Accounts

1. Accounts are named after people.
2. Accounts are closed when people leave.
3. Passwords on all systems are set to require:
   * at least eight characters;
   * upper and lower case letters;
   * a change every ninety days.
4. Passwords are stored encrypted.

"""


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    padding = "".join(f"{n}. Rule {n} speaks of keys, locks and doors, and of nothing else.\n" for n in range(5, 40))
    (files / "passwords.md").write_text(PASSWORDS.rstrip() + "\n" + padding, encoding="utf-8")
    embedder = HashEmbedder()
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [files], standard_recipe(embedder, 384))
    return Chatbot(Settings(answer_threshold=0.0), index, HashEmbedder, lambda: None)


def test_points_right_below_a_sentence_of_a_long_clause_are_its_list(english):
    answer = english.ask(Question(text="Which things are passwords on all systems set to require?"))
    for item in ("eight characters", "upper and lower case", "ninety days"):
        assert item in answer.text
    assert "named after" not in answer.text
    assert "encrypted" not in answer.text


CARDS = """# Cards

## Replacing a card

To replace a card you will need to hand in the following papers at the desk. Note: copies are made there.

1. The form.
2. A photograph that is not older than a year, with the name of the reader on its back.
3. The receipt.

Cards are ready the same day.
"""


def test_a_list_below_the_passage_that_leads_in_to_it_is_told_whole(tmp_path):
    (tmp_path / "cards.md").write_text(CARDS, encoding="utf-8")
    embedder = HashEmbedder()
    index = Index.open(tmp_path / "index", embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [tmp_path / "cards.md"], standard_recipe(embedder, 384))
    bot = Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)
    for question in ("What must I hand in at the desk to replace a card?", "What papers do I need to replace a card?"):
        answer = bot.ask(Question(text=question))
        assert all(words in answer.text for words in ("The form.", "photograph", "The receipt.")), answer.text


REPORT = """2024年阅览服务工作报告

各位同事：现将有关情况报告如下。

一、工作安排
今年重点抓好以下工作：
（一）改进阅览服务
打造四类服务点。在车站设立借还点，全天开放。在社区设立分馆，由街道管理。在学校设立漂流书架。在医院设立流动书车，每周两次。
完善制度。修订借阅办法，建立读者意见簿，按月答复。
（二）加强馆藏建设
全年实施五大暖心工程。实施朗读暖心工程，每周一次。改造卫生间。实施送书暖心工程，送到医院。实施夜读暖心工程，开到十点。实施修补暖心工程，修补旧书。实施导读暖心工程，每月一题。
采购、捐赠、交换、征集等四种渠道全部开通，全年入藏图书一万册。
入藏审查的主要内容：来源是否合法；版本是否完整；内容是否适宜。
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    (files / "report.txt").write_text(REPORT, encoding="utf-8")
    embedder = HashEmbedder()
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [files], standard_recipe(embedder, 384))
    return Chatbot(Settings(answer_threshold=0.0), index, HashEmbedder, lambda: None)


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("打造哪四类服务点？", ["车站", "社区", "学校", "医院"], ["馆藏"]),
        ("开通了哪四种渠道入藏图书？", ["采购、捐赠、交换、征集"], ["服务点"]),
        ("全年的五大暖心工程有哪些？", ["朗读", "送书", "夜读", "修补", "导读"], ["卫生间"]),
        ("入藏审查的主要内容有哪些？", ["来源", "版本", "内容是否适宜"], ["服务点"]),
    ],
)
def test_a_list_in_running_text_is_told_whole(report, question, holds, lacks):
    answer = report.ask(Question(text=question))
    assert all(words in answer.text for words in holds), answer.text
    assert not any(words in answer.text for words in lacks), answer.text


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("新引擎是哪四个？", 4),
        ("7大平台对应哪些要素？", 7),
        ("“四部曲”是什么？", 4),
        ("Which three offices check the list?", 3),
        ("学校有哪些大学生社团？", None),
        ("3个工作日内要交哪些材料？", None),
        ("第三大队有哪些装备？", None),
    ],
)
def test_how_many_things_a_question_says_there_are(question, count):
    assert asked_count(question) == count


def test_words_that_are_quoted_behind_a_number_may_be_short():
    sentences = ["注重规划。", "注重培训。", "按月答复。"]
    assert next(shared_words("讲“两个注重”的是哪两句？", sentences, 2)) == "注重"
    assert list(shared_words("讲注重的是哪两句？", sentences, 2)) == []


@pytest.mark.parametrize(
    ("text", "count", "holds"),
    [
        ("技术、数据、水权等要素", 3, True),
        ("技术、数据和水权", 3, True),
        ("技术、数据和水权", 2, True),
        ("技术、数据、水权", 4, False),
        ("技术和数据", 2, False),
    ],
)
def test_how_many_things_a_sentence_names(text, count, holds):
    assert enumerates(text, count) is holds


def test_of_two_lists_of_as_many_points_the_one_is_told_that_is_asked_for(tmp_path):
    (tmp_path / "talk.txt").write_text(
        "在馆务会上的讲话\n一、去年的工作\n成绩有两个方面：一是馆藏增加。二是开放延长。"
        "存在的问题有两个方面：一是编目太慢。二是书库漏水。\n二、今年的工作\n修好屋顶。\n",
        encoding="utf-8",
    )
    embedder = HashEmbedder()
    index = Index.open(tmp_path / "index", embedder=embedder, chunk_tokens=384, create=True)
    pipeline.add(index, [tmp_path / "talk.txt"], standard_recipe(embedder, 384))
    bot = Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)
    problems = bot.ask(Question(text="存在的问题有哪两个方面？")).text
    assert "书库漏水" in problems
    assert "馆藏增加" not in problems
    assert "开放延长" in bot.ask(Question(text="成绩有哪两个方面？")).text
