"""Conversations, exports and feedback of the page: what is kept comes back the same, bounded, and only to its owner."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from eval.candidates import from_feedback
from rag.errors import UsageError
from rag.settings import Settings
from rag.types import Question, Scope
from ui.archive import MAX_CHARS, packed, renewed, unpacked
from ui.chat import converse, first_words
from ui.exchanges import exchange_html
from ui.kept import MOST, KeptConversations
from ui.page import build_app
from ui.talks import VISITOR
from ui.testing import FakeBot, FakeIndex, FakeIntake
from ui.turns import Waiting, with_turns

LEAVE = "请休假规定\n第一章 假期种类\n第一条 年休假五天。\n第二条 病假凭证明。\n第三条 事假二十天。\n"


@pytest.fixture
def bot(tmp_path) -> FakeBot:
    index = FakeIndex()
    index.put("leave.txt", LEAVE, year=2023)
    folders = {"conversations_folder": tmp_path / "talks", "feedback": tmp_path / "feedback.jsonl"}
    settings = Settings(index=tmp_path / "index", conversations="server", **folders)
    return FakeBot(settings=settings, index=index, step_s=0)


@pytest.fixture
def talk(bot):
    conversation = ()
    for words in ("年休假几天？", "不存在的事"):
        *_, conversation = converse(bot, conversation, words, Scope(year=2023))
    return conversation


def client(bot: FakeBot) -> TestClient:
    app = build_app(bot, FakeIntake(bot.index))
    return TestClient(app, base_url="http://127.0.0.1", headers={"origin": "http://127.0.0.1"})


# ---- kept and restored ----


def test_a_kept_conversation_comes_back_the_same_but_for_the_clauses_whole_text(talk):
    back = unpacked(packed(talk))
    assert [replace(e, evidence=()) for e in back] == [replace(e, evidence=()) for e in talk]
    assert [e.hit.label for e in back[0].evidence] == [e.hit.label for e in talk[0].evidence]
    assert {e.hit.text for e in back[0].evidence} == {""}
    assert exchange_html(back[0], {}, "zh") == exchange_html(talk[0], {}, "zh")


def test_what_is_kept_is_bounded_and_keeps_the_newest(talk):
    long = replace(talk[0], text="长" * (MAX_CHARS // 8))
    many = tuple(replace(long, question=str(n)) for n in range(30))
    kept = packed(many)
    assert len(kept) <= MAX_CHARS
    assert unpacked(kept)[-1].question == "29"
    assert len(unpacked(kept)) < 30


@pytest.mark.parametrize(
    "text", ["", "{}", "[1", '{"exchanges":[{"question":1}]}', '{"exchanges":[],"form":9}', "长" * (MAX_CHARS + 1)]
)
def test_what_is_no_kept_conversation_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match="cannot be restored"):
        unpacked(text)


def test_a_stopped_exchange_stays_stopped_and_one_under_way_is_not_kept(talk):
    stopped = replace(talk[0], answer=None, stopped=True)
    running = replace(talk[0], answer=None)
    assert unpacked(packed((stopped, running))) == (
        replace(stopped, evidence=unpacked(packed((stopped,)))[0].evidence),
    )


def test_a_restored_conversation_says_what_is_gone_and_what_has_changed(bot, talk):
    assert [(e.gone, e.changed) for e in renewed(talk, bot.index)] == [((), ()), ((), ())]
    bot.index.put("leave.txt", LEAVE.replace("年休假五天", "年休假十天"))
    assert 1 in renewed(talk, bot.index)[0].changed or 2 in renewed(talk, bot.index)[0].changed
    bot.index.books.clear()
    now = renewed(talk, bot.index)
    assert [e.gone for e in now] == [("d-leave.txt",)] * 2
    page = exchange_html(now[0], {}, "en")
    assert "no longer in the library; the quote is what it said then" in page
    assert "&amp;start=" not in page.split("<aside")[0]


def test_the_first_words_of_closest_clauses_are_shown(bot, talk):
    closest = talk[1].answer.closest
    assert talk[1].near == first_words(bot.index, closest)
    assert all(words and words in LEAVE for words in talk[1].near if words)
    bot.index.books.clear()
    assert first_words(bot.index, closest) == ("",) * len(closest)


# ---- waiting ----


def test_a_stream_tells_how_many_come_before_it_and_leaves_the_line_when_closed(bot):
    bot.turns.acquire()
    stream = with_turns(bot, Question(text="年休假几天？"))
    next(stream)
    assert next(stream) == Waiting(1)
    stream.close()
    bot.turns.release()
    assert bot.turns.ahead(0) == 0
    bot.turns.acquire()  # nobody holds it: the withdrawn question never took its turn
    bot.turns.release()


# ---- on the server ----


def test_conversations_are_listed_newest_first_and_the_oldest_make_way(tmp_path):
    kept = KeptConversations(tmp_path / "talks")
    for n in range(MOST + 3):
        kept.write("me" * 12, f"{n:016x}", f"题{n}", "{}")
    listed = kept.list("me" * 12)
    assert len(listed) == MOST
    assert kept.read("me" * 12, listed[0].id) == "{}"
    assert kept.list("another-secret-of-some-length") == ()
    kept.forget_all("me" * 12)
    assert kept.list("me" * 12) == ()
    for name in ("../../etc/passwd", "", "x" * 20):
        with pytest.raises(UsageError):
            kept.read("me" * 12, name)


def test_only_the_same_cookie_opens_a_conversation(bot, talk):
    mine, other = client(bot), client(bot)
    assert mine.get("/yiju/conversations").json() == []
    cookie = mine.cookies[VISITOR]
    data = {"title": "年休假几天？", "data": packed(talk)}
    assert mine.put("/yiju/conversations/00000000deadbeef", json=data).status_code == 204
    assert [h["title"] for h in mine.get("/yiju/conversations").json()] == ["年休假几天？"]
    assert mine.get("/yiju/conversations/00000000deadbeef").text == data["data"]
    assert other.get("/yiju/conversations/00000000deadbeef").status_code == 403
    other.get("/yiju/conversations")
    assert other.get("/yiju/conversations/00000000deadbeef").status_code == 404
    assert cookie not in str([*bot.settings.conversations_folder.rglob("*")])
    assert mine.delete("/yiju/conversations").status_code == 204
    assert mine.get("/yiju/conversations").json() == []


def test_only_what_follows_a_kept_conversation_replaces_it(bot, talk):
    visitor = client(bot)
    visitor.get("/yiju/conversations")

    def put(conversation, follows: str) -> int:
        body = {"title": "年休假几天？", "data": packed(conversation), "follows": follows}
        return visitor.put("/yiju/conversations/00000000deadbeef", json=body).status_code

    assert put(talk[:1], "") == 204
    assert [put(talk, follows) for follows in ("", talk[1].id, talk[0].id)] == [409, 409, 204]
    assert visitor.get("/yiju/conversations/00000000deadbeef").text == packed(talk)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "conversations/00000000deadbeef", {"title": "t", "data": "{}"}),
        ("DELETE", "conversations", None),
        ("POST", "feedback", {"id": "00000000", "verdict": "up", "conversation": ""}),
        ("DELETE", "feedback/00000000", None),
        ("POST", "export?kind=md", {"conversation": ""}),
    ],
)
def test_another_sites_page_changes_nothing(bot, method, path, body):
    one = client(bot)
    one.get("/yiju/conversations")
    answer = one.request(method, f"/yiju/{path}", json=body, headers={"origin": "http://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("export?kind=md", {"conversation": "no conversation"}, 404),
        ("export?kind=exe", {"conversation": "{}"}, 422),
        ("feedback", {"id": "<script>", "verdict": "up", "conversation": "{}"}, 422),
        ("feedback", {"id": "00000000", "verdict": "down", "reason": "长" * 2000, "conversation": "{}"}, 422),
    ],
)
def test_what_cannot_be_exported_or_told_is_refused(bot, path, body, status):
    assert client(bot).post(f"/yiju/{path}", json=body).status_code == status


def test_a_bad_answer_becomes_a_candidate_until_it_is_taken_back(bot, talk):
    one, kept = client(bot), packed(talk)
    told = {"id": talk[0].id, "verdict": "down", "conversation": kept}
    assert one.post("/yiju/feedback", json=told).status_code == 204
    assert one.post("/yiju/feedback", json={**told, "reason": "不完整"}).status_code == 204
    (candidate,) = from_feedback(bot.settings.feedback)
    assert (candidate.case.question, candidate.decision, candidate.case.year) == ("年休假几天？", "open", 2023)
    assert "reason: 不完整" in candidate.evidence
    assert one.post("/yiju/feedback", json={**told, "id": talk[1].id}).status_code == 204
    assert len(from_feedback(bot.settings.feedback)) == 2
    assert one.delete(f"/yiju/feedback/{talk[0].id}").status_code == 204
    (left,) = from_feedback(bot.settings.feedback)
    assert left.case.question == "不存在的事"
    assert [turn.question for turn in left.case.history] == ["年休假几天？"]
    assert "年休假几天" not in left.evidence


def test_one_answer_or_all_are_exported(bot, talk):
    one, body = client(bot), {"conversation": packed(talk)}
    whole = one.post("/yiju/export?kind=md&language=zh", json=body).text
    assert whole.startswith("# 问答与依据\n\n## 年休假几天？")
    assert "最接近的条款" in whole
    single = one.post(f"/yiju/export?kind=md&language=zh&answer={talk[0].id}", json=body).text
    assert single.startswith("## 年休假几天？")
    assert "不存在的事" not in single
    assert one.post("/yiju/export?kind=docx", json=body).content.startswith(b"PK")
