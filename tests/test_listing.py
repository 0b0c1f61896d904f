"""Lists are answered whole, by the clause's own words."""

import pytest
from small_index import source_file

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
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


def test_what_is_forbidden_is_told_whole(bot):
    answer = bot.ask(Question(text="会议室使用人不许干什么？"))
    for item in ("拆卸设备", "转借他人", "在室内吸烟"):
        assert item in answer.text


def test_sentence_that_leads_in_to_a_list_brings_the_list(bot):
    answer = bot.ask(Question(text="什么情形应当调整预约级别？"))
    assert "楼层变动" in answer.text


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
