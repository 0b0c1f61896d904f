import dataclasses
import json

import pytest
from eval_fakes import LEAVE, FakeSnapshot, FakeSystem, make_case_run, make_run

from eval.cases import Case, Exchange, GoldSection, set_hash
from eval.gold import locate
from eval.records import SetInfo, read_run, write_run
from eval.runs import describe, finished, generate, partial_path
from eval.scoring import score
from rag.errors import EndpointError, UsageError
from rag.types import Question, Scope, Turn

CASES = (
    Case(
        id="a", question="年假几次？", answer="两次", must_contain=(("两次",),), quote="年假两次",
        sections=(GoldSection(document="leave", path=("一",)),),
    ),
    Case(id="b", question="住宿费多少？", answerable=False, document="travel", year=2024),
    Case(id="c", question="那病假呢？", history=(Exchange(question="年假几次？", answer="两次"),)),
)  # fmt: skip
REPLIES = {"年假几次？": "每年两次[1]。", "那病假呢？": EndpointError("http://127.0.0.1:1 does not answer")}


def run(tmp_path, system=None, cases=CASES, progress=None):
    snapshot = FakeSnapshot()
    located, faults = locate(cases, snapshot)
    assert faults == ()
    system = system or FakeSystem(REPLIES)
    header = describe(system, SetInfo(name="set", hash=set_hash(cases), cases=len(cases), of=3))
    partial = partial_path(tmp_path / "run.json")
    return generate(system, snapshot, located, header, partial=partial, progress=progress)


def test_a_run_freezes_what_scoring_needs(tmp_path):
    system = FakeSystem(REPLIES)
    made = run(tmp_path, system)
    assert system.asked == [
        Question(text="年假几次？"),
        Question(text="住宿费多少？", scope=Scope(documents=("travel",), year=2024)),
        Question(text="那病假呢？", history=(Turn(question="年假几次？", answer="两次"),)),
    ]
    first, second, third = made.cases
    (citation,) = first.citations
    assert (citation.found, citation.clause) == (
        "职工每年可休年假两次",
        LEAVE[LEAVE.index("一、") : LEAVE.index("二、")],
    )
    assert (first.cluster, second.cluster, third.cluster) == ("leave", "travel", "case c")
    assert [case.status for case in made.cases] == ["answered", "not_found", "error"]
    assert third.error == "EndpointError: http://127.0.0.1:1 does not answer"
    assert dataclasses.asdict(first.seconds) == {"total": 0.2, "first_token": 0.1, "retrieve": 0.05, "search": 0.01}
    assert (made.settings, made.prompts, made.index) == ({"rrf_k": 20}, {"a": "h"}, "v1")
    assert made.models == {"llm": "fake", "embedder": "none"}
    assert {"python", "numpy", "tantivy"} <= set(made.libraries)


def test_a_run_file_is_read_back_whole_and_scores_the_same(tmp_path):
    made = score(run(tmp_path))
    path = tmp_path / "deep" / "run.json"
    write_run(made, path)
    assert read_run(path) == made == score(read_run(path))
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["metrics"]["answer_correct"] == told["cases"][0]["scores"]["answer_correct"] == 1
    assert {"hits", "answer", "citations", "scores", "seconds"} <= set(told["cases"][0])
    assert [p.name for p in path.parent.iterdir()] == ["run.json"]


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    class StoppedError(Exception):
        pass

    def stop(case_run):
        raise StoppedError(case_run.id)

    with pytest.raises(StoppedError):
        run(tmp_path, progress=stop)
    partial = partial_path(tmp_path / "run.json")
    assert finished(partial) == 1
    with partial.open("a", encoding="utf-8") as log:
        log.write('{"id": "b", "que')  # cut off by a power failure
    system, asked = FakeSystem(REPLIES), []
    resumed = run(tmp_path, system, progress=lambda case_run: asked.append(case_run.id))
    assert asked == ["b", "c"]
    assert [question.text for question in system.asked] == ["住宿费多少？", "那病假呢？"]
    partial.unlink()
    fresh = run(tmp_path)
    assert dataclasses.replace(resumed, created="") == dataclasses.replace(fresh, created="")


@pytest.mark.parametrize(
    "other", [{"system": FakeSystem(REPLIES, settings={"rrf_k": 60})}, {"cases": CASES[:2]}], ids=["settings", "cases"]
)
def test_an_unfinished_run_of_something_else_is_not_mixed_in(tmp_path, other):
    run(tmp_path)
    with pytest.raises(UsageError, match=r"unfinished run of other cases, settings, models or index; .* --restart"):
        run(tmp_path, **other)


def test_what_is_no_run_is_refused(tmp_path):
    path = tmp_path / "run.json"
    with pytest.raises(UsageError, match="cannot read this run"):
        read_run(path)
    for content in ("{", "[]", '{"schema": 1}'):
        path.write_text(content)
        with pytest.raises(UsageError, match="not a run file"):
            read_run(path)
    write_run(dataclasses.replace(make_run([make_case_run()]), schema=99), path)
    with pytest.raises(UsageError, match="schema 99, this version reads 1"):
        read_run(path)
    partial_path(path).write_text('{"fingerprint": 1}\n{"id": 1}\n')
    with pytest.raises(UsageError, match="not the rest of a run"):
        run(tmp_path)
