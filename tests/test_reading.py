"""What reading a question and a sentence together changes: the order of the sentences, and whether they answer."""

import pytest
from small_index import source_file

from rag import support
from rag.chatbot import Chatbot
from rag.evidence import as_read, rank_sentences, select_evidence, worth_reading
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Question

LONG = "第三条 借书证办理须知。" + "".join(f"第{n}类读者凭证件在服务台登记。" for n in "一二三四五六七八九十") + "\n"
RULES = [
    (("第一条",), "第一条 借书证遗失的，读者应当向服务台报失。报失后三日内补发。\n"),
    (("第二条",), "第二条 借书证的样式由图书馆规定。\n"),
    (("第三条",), LONG),
]
QUESTION = "借书证遗失怎么办？"


@pytest.fixture
def embedder():
    return HashEmbedder()


@pytest.fixture
def index(tmp_path, embedder):
    index = Index.open(tmp_path / "index", embedder=embedder, chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("library.txt", "借书规则", RULES))
    return index


def ranked(index, embedder):
    bot = Chatbot(Settings(llm="extractive"), index, lambda: embedder, lambda: None)
    hits, _ = bot.search(Question(text=QUESTION))
    return rank_sentences(index.snapshot(), embedder, QUESTION, embedder.embed_query(QUESTION), hits)


def test_what_reads_highest_comes_first_and_what_was_not_read_stays_behind(index, embedder):
    apart = ranked(index, embedder)
    assert all(sentence.read is None for sentence in apart)
    embedder.reads = lambda question, sentence: 20.0 if "样式" in sentence else -1.0
    together = ranked(index, embedder)
    assert "样式" in together[0].text
    assert "样式" not in apart[0].text
    assert [s.text for s in together[8:]] == [s.text for s in apart if s.text not in {t.text for t in together[:8]}]
    assert len(together) == len(apart) > 8


def test_a_short_clause_is_read_whole_and_a_long_one_by_the_sentence(index, embedder):
    seen = []
    embedder.reads = lambda question, sentence: seen.append((question, sentence)) or 0.0
    sentences = ranked(index, embedder)
    assert {question for question, _ in seen} == {QUESTION}
    short = next(s for s in sentences if "报失后" in s.text)
    assert (
        as_read(index.snapshot(), short)
        == "《借书规则》第一条：第一条 借书证遗失的，读者应当向服务台报失。报失后三日内补发。"
    )
    assert seen.count((QUESTION, as_read(index.snapshot(), short))) == 1  # its two sentences are read at once
    one = next(s for s in sentences if "第九类" in s.text)
    assert as_read(index.snapshot(), one) == "《借书规则》第三条：第九类读者凭证件在服务台登记。"


def test_what_reading_says_bears_on_whether_there_is_an_answer(index, embedder):
    sentences = ranked(index, embedder)
    found = support.features(index.snapshot(), QUESTION, [s.hit for s in sentences], sentences)
    doubtful, apart, sure = (support.probability(found, read) for read in (-6.0, None, 6.0))
    assert doubtful < sure
    assert 0 <= apart <= 1


def test_a_language_model_is_not_given_what_reads_far_worse(index, embedder):
    embedder.reads = lambda question, sentence: 6.0 if "报失" in sentence else -6.0
    sentences = ranked(index, embedder)
    near = worth_reading(sentences)
    assert near == list(sentences[: len(near)])
    assert {s.hit.path for s in near} == {("第一条",)}
    assert {s.hit.path for s in sentences} > {("第一条",)}
    (evidence,) = select_evidence(index.snapshot(), QUESTION, near, max_clauses=3, max_chars=400)
    assert evidence.text.startswith("第一条 借书证遗失的")


def test_each_clause_named_in_a_question_is_given_however_it_reads(index, embedder):
    embedder.reads = lambda question, sentence: 6.0 if "报失" in sentence else -6.0
    bot = Chatbot(Settings(llm="extractive"), index, lambda: embedder, lambda: None)
    sources = next(bot.stream(Question(text="《借书规则》第一条和第二条对借书证的样式有什么规定？")))
    assert {e.hit.path for e in sources.evidence} >= {("第一条",), ("第二条",)}


def test_a_point_of_a_short_list_is_read_with_what_leads_in_to_it(tmp_path, embedder):
    points = [(("第一条", f"（{n}）"), f"（{n}）{n}类读者借书{k}册。\n") for n, k in (("一", 5), ("二", 10))]
    long = [(("第二条", f"（{n}）"), f"（{n}）{'办理' * 40}的第{n}种手续。\n") for n in "一二"]
    parts = [
        (("第一条",), "第一条 每次借书的册数：\n"),
        *points,
        (("第二条",), "第二条 借书的手续如下：\n"),
        *long,
    ]
    index = Index.open(tmp_path / "lists", embedder=embedder, chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("lists.txt", "借书规则", parts))
    read = {s.text: as_read(index.snapshot(), s) for s in ranked(index, embedder)}
    whole = "第一条：第一条 每次借书的册数： （一）一类读者借书5册。 （二）二类读者借书10册。"
    assert read["（二）二类读者借书10册。"].endswith(whole)
    assert read["第一条 每次借书的册数："].endswith(whole)
    of_long_list = next(reading for text, reading in read.items() if text.endswith("第二种手续。"))
    assert "第一种手续" not in of_long_list


def asked(index, embedder, question):
    """The sentences for a question, best first, and what speaks for an answer."""
    bot = Chatbot(Settings(llm="extractive"), index, lambda: embedder, lambda: None)
    hits, _ = bot.search(Question(text=question))
    sentences = rank_sentences(index.snapshot(), embedder, question, embedder.embed_query(question), hits)
    return sentences, support.features(index.snapshot(), question, hits, sentences)


def test_head_and_number_of_a_document_count_as_headings(tmp_path, embedder):
    notice = [(("一",), "一、各馆清点书架。\n"), (("二",), "二、清点结果报办公室。\n")]
    with Index.open(tmp_path / "notices", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("notice.txt", "关于清点书架的通知\n馆发〔2024〕7号\n各馆：", notice))
        sentences, _ = asked(index, embedder, "清点什么？")
    assert {one.bearing.heading for one in sentences if not one.hit.path} == {1}
    assert {one.bearing.heading for one in sentences if one.hit.path} == {0}


def test_a_clause_of_one_long_sentence_is_no_heading(tmp_path, embedder):
    words = "馆务会议由馆长、副馆长、各部主任、工会代表、读者代表组成，每两个月召开一次，由馆长召集并主持。"
    with Index.open(tmp_path / "rules", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("rules.txt", "馆务会议规则", [(("一",), f"一、{words}\n"), (("二",), "二、记录\n")]))
        (best, *_), _ = asked(index, embedder, "馆务会议由哪些人组成？")
    assert words in best.text
    assert best.bearing.heading == 0


def test_a_point_below_what_forbids_is_a_prohibition(tmp_path, embedder):
    rules = [
        (("一",), "一、读者在馆内不得有下列行为：\n"),
        (("一", "1"), "1. 馆内吸烟；\n"),
        (("二",), "二、馆内设阅览座位。\n"),
    ]
    with Index.open(tmp_path / "rules", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("rules.txt", "阅览规则", rules))
        (best, *_), found = asked(index, embedder, "馆内哪些事不许干？")
    assert best.hit.path[0] == "一"
    assert best.bearing.expected == 1
    assert found.kind_missing == 0


@pytest.mark.parametrize(
    ("title", "differs"), [("2024年馆务工作报告", 0), ("2024年馆务工作总结", 1), ("在2024年馆务会上的讲话", 0)]
)
def test_a_work_report_tells_of_the_year_before_too(tmp_path, embedder, title, differs):
    with Index.open(tmp_path / "reports", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("report.txt", title, [(("一",), "一、新增阅览座位八十个。\n")], year=2024))
        _, found = asked(index, embedder, "2023年新增阅览座位多少个？")
    assert found.year_differs == differs


@pytest.mark.parametrize(
    ("sentence", "differs"),
    [
        ("到2025年，人均藏书由2022年的0.8册提高到1.1册，流通达到260万人次。", 1),
        ("2022年新增书屋三个，流通达到196万人次。", 0),
        ("新增书屋三个，流通由2022年的196万人次提高到260万人次。", 0),
    ],
)
def test_a_year_that_is_said_of_something_else_is_not_the_one_asked_for(tmp_path, embedder, sentence, differs):
    with Index.open(tmp_path / "plans", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("plan.txt", "图书馆2024年提质方案", [(("一",), f"一、{sentence}\n")], year=2024))
        _, found = asked(index, embedder, "2022年的流通人次是多少？")
    assert found.year_differs == differs


def test_a_long_first_line_that_gives_the_figure_asked_for_is_no_heading(tmp_path, embedder):
    words = "Standard loan periods are: cameras for 7 days, tablets for 14 days, two-way radios for one event only"
    rules = [(("1",), "1 The desk is open daily.\n"), (("2",), f"2 {words}\nRadios cannot be renewed.\n")]
    with Index.open(tmp_path / "loans", embedder=embedder, chunk_tokens=384, create=True) as index:
        with index.writer() as writer:
            writer.put(source_file("loans.txt", "Loans", rules))
        for question, heading in (("How many days are tablets lent for?", 0), ("Who may borrow a tablet?", 1)):
            sentences, _ = asked(index, embedder, question)
            assert {one.bearing.heading for one in sentences if words in one.text} == {heading}
