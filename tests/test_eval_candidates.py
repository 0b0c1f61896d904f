import dataclasses

import pytest
from small_index import build

from eval.candidates import (
    Candidate,
    Feedback,
    FeedbackCitation,
    add_candidates,
    decide,
    flags,
    from_feedback,
    load_candidates,
    record_feedback,
)
from eval.cases import Case, Exchange, GoldSection, load_set
from eval.draft import propose
from eval.gold import locate
from eval.review import facts_text, parse_facts, review
from rag.errors import UsageError

CASE = Case(id="one", question="年假每年几次？", must_contain=(("两次",),), answer="两次")


def candidate(case=CASE, **changes):
    return Candidate(**{"case": case, "evidence": "职工每年可休年假两次。", "origin": "draft", **changes})


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    index = build(tmp_path_factory.mktemp("draft") / "index")
    yield index.snapshot()
    index.close()


def test_every_draft_has_its_gold_in_the_index(snapshot):
    found = propose(snapshot, limit=200)
    located, faults = locate([one.case for one in found], snapshot)
    assert faults == ()
    assert len(located) == len(found) > 15
    assert {"number", "deadline", "address", "wrong_year", "false_premise"} <= {one.case.type for one in found}
    texts = "".join(snapshot.file_text(document.doc_id) for document in snapshot.documents())
    for one in found:
        assert one.evidence.split("\n")[0] in texts
        assert one.case.answerable == bool(one.case.sections)


def test_figures_are_asked_for_by_leaving_them_out(snapshot):
    asked = {one.case.question: one.case for one in propose(snapshot, limit=200)}
    stay = asked["按《差旅费管理办法》，住宿费每人每天不超过多少元，由部门负责人审批？"]
    assert (stay.must_contain, stay.sections) == (
        (("350元",),),
        (GoldSection(document="差旅费管理办法", path=("第二章", "第二条")),),
    )
    assert asked["Under “Leave Handbook”: employees have how many days of annual leave each year?"].answer == "20 days"


def test_unanswerable_drafts_name_what_no_document_has(snapshot):
    found = [one.case for one in propose(snapshot, limit=200) if not one.case.answerable]
    texts = "".join(snapshot.file_text(document.doc_id) for document in snapshot.documents())
    assert any("2025" in case.question for case in found if case.type == "wrong_year")
    assert all("350" not in case.question for case in found if case.type == "false_premise")
    assert {case.answer for case in found} == {""}
    assert "2025" not in texts


def test_hidden_figures_and_removed_words_are_not_asked_for(snapshot):
    words = "".join(one.case.question + one.case.answer for one in propose(snapshot, limit=200))
    assert "example.com" not in words
    assert "X次" not in words


def test_the_same_index_gives_the_same_drafts_and_documents_can_be_chosen(snapshot):
    assert propose(snapshot, limit=12) == propose(snapshot, limit=12)
    assert len(propose(snapshot, limit=3)) == 3
    handbook = next(d.doc_id for d in snapshot.documents() if d.title == "Leave Handbook")
    gold = {gold.document for one in propose(snapshot, [handbook], limit=50) for gold in one.case.sections}
    assert gold == {"Leave Handbook"}


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (dataclasses.replace(CASE, id="two", question="年假每年几次呢？"), ("nearly the same as one",)),
        (
            Case(id="two", question="病假可以请３０天吗？", must_contain=(("30天",),)),
            ("the question gives its answer: 30天",),
        ),
        (
            Case(
                id="two",
                question="住宿费每人每天不超过多少元？",
                quote="住宿费每人每天不超过三百五十元多少",
                answerable=False,
            ),
            ("the question repeats its clause: put it as a person would ask",),
        ),
        (Case(id="two", question="病假要什么证明？", must_contain=(("医院证明",),)), ()),
    ],
)
def test_flags(case, found):
    assert flags(case, [CASE]) == found


def test_candidates_are_added_once_and_flagged_against_what_is_known(tmp_path):
    path = tmp_path / "deep" / "candidates.jsonl"
    assert add_candidates(path, [candidate()], [dataclasses.replace(CASE, id="old")]) == (
        candidate(flags=("nearly the same as old",)),
    )
    decide(path, "one", "rejected")
    assert add_candidates(path, [candidate()]) == ()
    assert [one.decision for one in load_candidates(path)] == ["rejected"]


def test_an_accepted_candidate_becomes_a_case_and_nothing_else_does(tmp_path):
    path, into = tmp_path / "candidates.jsonl", tmp_path / "sets" / "own.jsonl"
    bare = Case(id="bare", question="病假几天？")
    add_candidates(path, [candidate(), candidate(bare)])
    assert not into.exists()
    with pytest.raises(UsageError, match="give the facts that a right answer holds"):
        decide(path, "bare", "accepted", into=into)
    with pytest.raises(UsageError, match="name the set"):
        decide(path, "one", "accepted")
    decide(path, "one", "accepted", into=into)
    decide(path, "bare", "accepted", case=dataclasses.replace(bare, must_contain=(("三天", "3天"),)), into=into)
    assert load_set(into).cases == (CASE, dataclasses.replace(bare, must_contain=(("三天", "3天"),)))
    with pytest.raises(UsageError, match="no open candidate 'one'"):
        decide(path, "one", "rejected")


def test_feedback_is_recorded_and_bad_answers_become_candidates(tmp_path):
    path = tmp_path / "var" / "feedback.jsonl"
    bad = Feedback(
        created="2026-01-02T03:04:05Z", question="那病假呢？", verdict="down", answer="三天[1]。", status="answered",
        reason="答非所问", citations=(FeedbackCitation(document="请假办法", path=("二",), quote="病假三天"),),
        documents=("请假办法",), year=2024, history=(Exchange(question="年假几次？", answer="两次"),),
    )  # fmt: skip
    for each in (bad, dataclasses.replace(bad, verdict="up"), bad):
        record_feedback(path, each)
    (found,) = from_feedback(path)
    assert found.evidence == "answer (answered): 三天[1]。\nreason: 答非所问\n请假办法 二: 病假三天"
    assert (found.origin, found.case.history, found.case.document, found.case.year) == (
        "feedback", bad.history, "请假办法", 2024,
    )  # fmt: skip
    assert (found.case.must_contain, found.case.sections) == ((), ())
    with pytest.raises(UsageError, match="cannot read it"):
        from_feedback(tmp_path / "none.jsonl")
    path.write_text('{"question": 1}\n')
    with pytest.raises(UsageError, match="line 1"):
        from_feedback(path)


def answers(*lines):
    waiting = iter(lines)

    def ask(_prompt):
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    return ask


def test_review_in_the_terminal(tmp_path):
    path, into, told = tmp_path / "c.jsonl", tmp_path / "own.jsonl", []
    cases = [dataclasses.replace(CASE, id=f"c{i}", question=f"第{i}个问题是什么呢？") for i in range(4)]
    cases[1] = Case(id="c1", question="病假几天？")
    add_candidates(path, [candidate(case) for case in cases])
    ask = answers("a", "a", "e", "病假可以请几天？", "", "三天", "三天 / 3天; 证明", "a", "x", "r")
    assert review(path, into, ask=ask, tell=told.append) == (2, 1, 1)
    accepted = load_set(into).cases
    assert [case.id for case in accepted] == ["c0", "c1"]
    assert (accepted[1].question, accepted[1].must_contain) == ("病假可以请几天？", (("三天", "3天"), ("证明",)))
    assert "evidence: 职工每年可休年假两次。" in told[0]
    assert any("give the facts" in line for line in told)
    assert review(path, into, ask=answers("s"), tell=told.append) == (0, 0, 1)
    assert review(path, into, ask=answers("e", "", "n", "a"), tell=told.append) == (1, 0, 0)
    assert load_set(into).cases[-1].answerable is False


def test_facts_are_written_and_read_alike():
    facts = (("两次", "2次"), ("五天",))
    assert parse_facts(facts_text(dataclasses.replace(CASE, must_contain=facts))) == facts
    assert parse_facts(" ; / ;") == ()
