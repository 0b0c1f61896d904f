"""The whole path on the samples, with the real models, as a person would run it; also without any network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.models, pytest.mark.slow]

HIT_KEYS = {
    "rank",
    "score",
    "doc_id",
    "document",
    "source",
    "section",
    "heading",
    "label",
    "text",
    "start",
    "end",
    "page",
}
ANSWER_KEYS = {
    "question", "status", "answer", "citations", "closest", "warnings", "model", "prompt", "index", "seconds",
}  # fmt: skip

# Brings loopback up in a namespace that has no other interface, then becomes the command.
NO_ROUTE = """
import fcntl, os, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", b"lo", 0x49, b""))
s.close()
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError as error:
    assert error.errno == 101, error  # network is unreachable: there is no route
else:
    raise SystemExit("this namespace has a route")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def run(*words: str, before: tuple[str, ...] = (), code: int = 0) -> str:
    done = subprocess.run(
        [*before, sys.executable, *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=600
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def index(models_folder, language_model_file, tmp_path_factory) -> str:
    folder = str(tmp_path_factory.mktemp("samples") / "index")
    report = json.loads(run("-m", "ingest", "add", "samples", "--index", folder, "--json"))
    assert (report["failed"], report["documents"]) == ([], len(report["added"]))
    assert report["sections"] >= 250
    return folder


@pytest.fixture(scope="module")
def texts(index) -> dict[str, str]:
    """doc_id → the text that its offsets count in."""
    from rag.index import Index

    snapshot = Index.open(Path(index)).snapshot()
    return {d.doc_id: snapshot.file_text(d.doc_id) for d in snapshot.documents()}


def assert_sound(answer: dict, texts: dict[str, str]) -> None:
    assert answer.keys() >= ANSWER_KEYS
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", answer["answer"])}
    assert markers == {citation["n"] for citation in answer["citations"]}
    for citation in answer["citations"]:
        assert citation["quote"] == texts[citation["doc_id"]][citation["start"] : citation["end"]]


def test_search_gives_the_contracts_object(index, texts):
    found = json.loads(run("-m", "rag", "search", "特急件多久办完", "--index", index, "-k", "5", "--json"))
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5]
    for hit in found["hits"]:
        assert hit.keys() >= HIT_KEYS
        assert hit["text"] in texts[hit["doc_id"]] or hit["text"].split("\n")[0] in texts[hit["doc_id"]]
    assert "特急件" in found["hits"][0]["text"]


@pytest.mark.parametrize(
    ("question", "words"),
    [("采购文件要保存多少年？", "15年"), ("How much does an urgent retrieval of paper files cost?", "35 euros")],
)
def test_local_model_answers_in_both_languages(index, texts, question, words):
    answer = json.loads(run("-m", "rag", "ask", question, "--index", index, "--llm", "local", "--json"))
    assert_sound(answer, texts)
    assert answer["status"] == "answered"
    assert words in answer["answer"]
    assert any(words.split()[0] in citation["quote"] for citation in answer["citations"])


def test_batch_keeps_the_order_and_goes_on_after_a_fault(index, texts, tmp_path):
    questions = [
        {"id": "a", "question": "特急件应当在几个工作日内办结？"},
        {"id": "b", "question": ""},
        {"id": "c", "question": "讲课费标准是多少？", "year": 2023},
        {
            "id": "d",
            "question": "那2022年呢？",
            "history": [{"question": "2023年的讲课费标准是多少？", "answer": "600元"}],
        },
        {"id": "e", "question": "会议室怎么预约？", "document": "没有这个文件"},
    ]
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text("\n".join(json.dumps(q, ensure_ascii=False) for q in questions), encoding="utf-8")
    flags = ["--batch", str(given), "--out", str(out), "--index", index]
    run("-m", "rag", "ask", *flags, "--llm", "extractive", code=1)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d", "e"]
    assert [("error" in answer) for answer in answers] == [False, True, False, False, True]
    for answer in answers:
        if "error" not in answer:
            assert_sound(answer, texts)
    assert {citation["document"] for citation in answers[2]["citations"]} <= {"云溪县机关2023年职工培训计划"}
    run("-m", "rag", "search", *flags, code=1)
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == [
        "a",
        "b",
        "c",
        "d",
        "e",
    ]


def test_show_prints_a_cited_clause_with_the_quote_marked(index):
    found = json.loads(run("-m", "rag", "search", "采购文件保存多少年", "--index", index, "-k", "1", "--json"))
    hit = found["hits"][0]
    for name in (hit["label"], hit["id"]):
        shown = run("-m", "rag", "show", name, "--index", index, "--quote", "15年")
        assert hit["label"] in shown
        assert "【15年】" in shown
    assert "names" in run("-m", "rag", "show", "《没有的办法》第一条", "--index", index, code=2)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", "问" * 20_000], "the question has 20,000 characters"),
        (["ask"], "no question was given"),
        (["ask", "什么？", "--document", "none"], "no document 'none'"),
        (["search", "什么？", "-k", "0"], "-k must be at least 1"),
        (["ask", "什么？", "--set", "llm_path=/nowhere.gguf", "--set", "colour=red"], "unknown setting colour"),
    ],
)
def test_wrong_input_is_one_clear_line(index, words, line):
    error = run("-m", "rag", *words, "--index", index, code=1 if "colour=red" in words else 2)
    assert line in error
    assert len(error.strip().splitlines()) == 1


def test_every_invariant_of_the_sample_index_holds(index):
    assert json.loads(run("-m", "ingest", "check", "--index", index, "--json"))["violations"] == []


def test_everything_works_in_a_namespace_without_any_route(index, texts, tmp_path):
    before = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--net")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let tests make a network namespace")
    offline = (*before, sys.executable, "-c", NO_ROUTE)

    def alone(*words: str) -> str:
        return subprocess.run(
            [*offline, *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=600, check=True
        ).stdout

    fresh = str(tmp_path / "index")
    sample = "samples/采购限额标准.md"
    assert json.loads(alone("-m", "ingest", "add", sample, "--index", fresh, "--json"))["failed"] == []
    answer = json.loads(
        alone("-m", "rag", "ask", "采购文件要保存多少年？", "--index", index, "--llm", "local", "--json")
    )
    assert_sound(answer, texts)
    assert answer["status"] == "answered"
    page = alone("-c", SERVE_AND_FETCH, index)
    assert "yiju" in page.lower()


# Serves the page and fetches it, inside the namespace.
SERVE_AND_FETCH = """
import subprocess, sys, time, urllib.request
page = subprocess.Popen([sys.executable, "app.py", "--index", sys.argv[1], "--llm", "extractive", "--port", "7899"])
try:
    for _ in range(240):
        try:
            print(urllib.request.urlopen("http://127.0.0.1:7899/", timeout=5).read().decode()[:100000])
            break
        except OSError:
            time.sleep(0.25)
finally:
    page.terminate()
    page.wait()
"""
