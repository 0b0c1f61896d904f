"""What another document repeals is left out of answers, unless it is asked for."""

import time

import pytest
from small_index import source_file

from ingest.outline.repeals import read_repeals
from ingest.pipeline import add
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from rag.types import Question, Scope
from rag.validity import asks_for_the_past

OLD = [(("第一条",), "第一条 住宿费每人每天不超过280元。\n"), (("第二条",), "第二条 本办法自2018年5月1日起施行。\n"),
       (("第三条",), "第三条 伙食补助每天60元。\n")]  # fmt: skip
NEW = [(("第一条",), "第一条 住宿费每人每天不超过350元。\n"), (("第二条",), "第二条 本办法自2024年4月1日起施行。\n")]


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("old.txt", "差旅费管理办法", OLD, year=2018, document_number="云财〔2018〕12号"))
        writer.put(
            source_file(
                "new.txt",
                "差旅费管理办法",
                NEW,
                year=2024,
                document_number="云财〔2024〕6号",
                repeals=("云财〔2018〕12号",),
            )
        )
    return Chatbot(Settings(llm="extractive", answer_threshold=0.0), index, HashEmbedder, lambda: None)


def sources(bot, text, scope=Scope()):  # noqa: B008 - frozen
    return {hit.source for hit in bot.search(Question(text=text, scope=scope), 10)[0]}


def test_the_index_knows_which_document_repeals_which(bot):
    old, new = sorted(bot.index.snapshot().documents(), key=lambda d: d.metadata.year)
    assert (old.metadata.status, old.superseded_by, new.metadata.status) == ("superseded", new.doc_id, None)


def test_superseded_text_is_not_found(bot):
    assert sources(bot, "住宿费每天不超过多少？") == {"new.txt"}
    assert sources(bot, "《差旅费管理办法》住宿费") == {"new.txt"}
    assert "350元" in bot.ask(Question(text="住宿费每天不超过多少？")).text


def test_a_number_that_only_the_former_version_has_is_shown_from_there_and_told_so(bot):
    answer = bot.ask(Question(text="《差旅费管理办法》第三条"))
    assert (answer.status, [citation.source for citation in answer.citations]) == ("partial", ["old.txt"])
    assert answer.text.split("\n") == [
        "第三条 伙食补助每天60元。[1]",
        "上面的条款出自已经失效的《差旅费管理办法》（2018年）。",
        "《差旅费管理办法》没有第三条，最近的是第二条。",
    ]
    nowhere = bot.ask(Question(text="《差旅费管理办法》第九条"))
    assert (nowhere.status, nowhere.citations) == ("not_found", ())


@pytest.mark.parametrize(
    "text", ["旧办法的住宿费是多少？", "2018年《差旅费管理办法》住宿费是多少？", "云财〔2018〕12号的住宿费"]
)
def test_superseded_text_is_found_when_asked_for(bot, text):
    assert "old.txt" in sources(bot, text)


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("旧办法怎么说", True),
        ("以前的标准", True),
        ("原办法第三条", True),
        ("the old policy", True),
        ("the rule before the revision", True),
        ("资产折旧多久", False),
        ("旧的标准是多少", True),
        ("旧书网上也买不到", False),
        ("旧的电脑怎么处置", False),
        ("3月1日以前报送", False),
        ("原则是什么", False),
        ("Who can lift a legal hold?", False),
        ("Must I ask before booking?", False),
    ],
)
def test_what_asks_for_the_past(text, past):
    assert asks_for_the_past(text) is past


def test_superseded_document_is_found_when_it_is_chosen(bot):
    old = min(bot.index.snapshot().documents(), key=lambda d: d.metadata.year)
    assert sources(bot, "住宿费", Scope(documents=(old.doc_id,))) == {"old.txt"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本办法自2024年4月1日起施行，《差旅费管理办法》（云财〔2018〕12号）同时废止。", ("云财〔2018〕12号",)),
        ("原《会议室使用规定》同时废止。", ("会议室使用规定",)),
        ("违反《会议室使用规定》的，予以通报。", ()),
        ("This policy replaces the Equipment Lending Policy of 2019.", ("Equipment Lending Policy of 2019",)),
        ("It replaces the version of 2021.", ("办法",)),
        ("This policy supersedes the previous version (2021).", ("办法",)),
        ("These rules hereby supersede all earlier versions.", ("办法",)),
        ("This travel policy replaces the 2019 edition.", ("办法",)),
        ("A new form replaces the previous version of the request.", ()),
        ("It replaces the previous form.", ()),
        ("This supersedes nothing.", ()),
    ],
)
def test_read_repeals(text, expected):
    assert read_repeals(text, 0, len(text), "办法") == expected


@pytest.mark.parametrize(
    "unit", ["各部门应当按照规定办理，", "The department shall handle it, ", "《甲", "this replaces the "]
)
def test_repeals_are_read_in_linear_time(unit):
    text = f"{unit * (1_600_000 // len(unit))}《会议室使用规定》同时废止。"
    began = time.process_time()
    assert read_repeals(text, 0, len(text), "办法") == ("会议室使用规定",)
    assert time.process_time() - began < 5


def test_the_previous_version_of_an_english_policy_is_out_of_force(tmp_path):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    for year, days in ((2021, 10), (2024, 15)):
        text = (
            f"# Leave Policy\n\nEffective 1 March {year}.\n\n## 1. Leave\n\nEmployees have {days} days of leave.\n\n"
            f"## 2. Effect\n\nThis policy supersedes the previous version ({year - 3}).\n"
        )
        (tmp_path / f"leave{year}.md").write_text(text, encoding="utf-8")
    add(index, sorted(tmp_path.glob("*.md")), standard_recipe(HashEmbedder(), 384))
    old, new = sorted(index.snapshot().documents(), key=lambda d: d.source)
    assert (old.superseded_by, new.superseded_by) == (new.doc_id, None)


FIRST = {"issued": "2010-05-04"}


@pytest.mark.parametrize(
    ("metadata", "superseded"),
    [
        # Each repeals what bore its name before both of them: that is neither of the two.
        (
            [
                {"year": 2012, **FIRST, "repeals": ("档案管理办法",)},
                {"year": 2023, **FIRST, "repeals": ("档案管理办法",)},
            ],
            [0],
        ),
        ([{"year": 2010, **FIRST}, {"year": 2023, **FIRST, "version": "2023年修订"}], [0]),
        ([{"year": 2023, **FIRST, "version": "2023年修订"}, {"year": 2010, **FIRST}], [1]),
        ([{"year": 2023, **FIRST, "version": "2023年修订"}, {"year": 2023, **FIRST, "version": "2023年修订"}], []),
        # One office's rules and another's may bear the same name.
        ([{"year": 2010, "issued": "2010-05-04"}, {"year": 2023, "issued": "2011-01-01", "version": "2023年修订"}], []),
        ([{"year": 2010}, {"year": 2023, "version": "2023年修订"}], []),
    ],
)
def test_a_later_revision_puts_the_former_out_of_force(tmp_path, metadata, superseded):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for n, one in enumerate(metadata):
            writer.put(source_file(f"{n}.txt", "档案管理办法", (OLD, NEW)[n], **one))
    out = [d.source for d in index.snapshot().documents() if d.metadata.status == "superseded"]
    assert sorted(out) == [f"{n}.txt" for n in superseded]
