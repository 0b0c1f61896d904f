import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from eval_fakes import LEAVE, FakeSnapshot, FakeSystem, make_case_run, make_run
from small_index import build

from eval.cases import Case, Exchange, GoldSection, set_hash
from eval.environment import model_files
from eval.gold import locate
from eval.places import place, read_run, write_run
from eval.records import RunTokens, SetInfo
from eval.runs import describe, finished, generate
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
    answers = place(tmp_path / "run.json").answers
    return generate(system, snapshot, located, header, answers=answers, progress=progress)


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
    assert (first.tokens, first.confidence) == (RunTokens(evidence=40, prompt=90, answer=7), 0.75)
    assert (citation.standing, citation.year) == ("superseded", 2018)
    assert set(made.machine) == {"processor", "cores", "system"}
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
    partial = place(tmp_path / "run.json").answers
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


def test_an_end_of_line_that_is_none_in_json_does_not_cut_an_answer(tmp_path):
    cases = [Case(id=f"c{i}", question=f"年假{end}几次？") for i, end in enumerate("\u2028\u2029\x85\x0b\x0c\x1c\r\n")]
    made = run(tmp_path, cases=cases)
    system = FakeSystem(REPLIES)
    assert dataclasses.replace(run(tmp_path, system, cases=cases), created="") == dataclasses.replace(made, created="")
    assert system.asked == []


@pytest.mark.parametrize(
    "other", [{"system": FakeSystem(REPLIES, settings={"rrf_k": 60})}, {"cases": CASES[:2]}], ids=["settings", "cases"]
)
def test_an_unfinished_run_of_something_else_is_not_mixed_in(tmp_path, other):
    run(tmp_path)
    with pytest.raises(
        UsageError, match=r"answers of a run of other cases, settings, models, code or index; .* --restart"
    ):
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
    place(path).answers.write_text('{"fingerprint": 1}\n{"id": 1}\n')
    with pytest.raises(UsageError, match="not the rest of a run"):
        run(tmp_path)


def test_a_folder_holds_the_run_its_answers_and_what_it_was_made_with(tmp_path):
    files = place(tmp_path / "nightly")
    cases = score(run(tmp_path))
    files.answers.parent.mkdir()
    files.answers.write_text("frozen\n")
    write_run(cases, tmp_path / "nightly")
    assert sorted(path.name for path in (tmp_path / "nightly").iterdir()) == [
        "answers.jsonl", "environment.json", "run.json",
    ]  # fmt: skip
    assert read_run(tmp_path / "nightly") == read_run(tmp_path / "nightly" / "run.json") == cases
    told = json.loads(files.environment.read_text(encoding="utf-8"))
    assert (told["settings"], told["index"], "cases" in told) == ({"rrf_k": 20}, "v1", False)
    assert (files.name, place(tmp_path / "x.json").name) == ("nightly", "x")
    write_run(cases, tmp_path / "run.json")
    assert not place(tmp_path / "run.json").answers.exists()


def test_the_file_of_a_local_model_is_named_by_its_hash(tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    found = model_files({"llm": "local", "llm_path": str(model)})
    assert found == {"llm_sha256": hashlib.sha256(b"weights").hexdigest()}
    assert model_files({"llm": "local", "llm_path": None})["llm_sha256"].startswith("cc324af0")
    assert model_files({"llm": "extractive"}) == {}


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_from_its_last_answer(tmp_path):
    build(tmp_path / "index").close()
    cases = [{"id": f"c{i:03}", "question": f"住宿费每天不超过多少？第{i}问"} for i in range(400)]
    (tmp_path / "set.jsonl").write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "eval",
        "run",
        "set.jsonl",
        "--index",
        "index",
        "--out",
        "runs/killed",
        "--dry-run",
    ]
    answers = place(tmp_path / "runs" / "killed").answers
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while finished(answers) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    held = answers.read_text(encoding="utf-8").splitlines()[1:6]
    assert not place(tmp_path / "runs" / "killed").run.exists()
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    resumed = read_run(tmp_path / "runs" / "killed")
    assert [case.id for case in resumed.cases] == [case["id"] for case in cases]
    assert answers.read_text(encoding="utf-8").splitlines()[1:6] == held


def test_a_compressed_run_is_the_same_run_and_the_same_file_each_time(tmp_path):
    run, path = make_run([make_case_run("a", answer="每年两次。")]), tmp_path / "base.json.gz"
    write_run(run, path)
    before = path.read_bytes()
    assert read_run(path) == run
    write_run(run, path)
    assert (path.read_bytes(), place(path).name) == (before, "base")
    path.write_bytes(before[:40])
    with pytest.raises(UsageError, match="not a compressed run"):
        read_run(path)
