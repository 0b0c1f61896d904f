"""``python -m rag``: batches that one bad line does not end, files that are not lost, words that are no text."""

import json

import pytest
from small_index import build

from rag.__main__ import main
from rag.chatbot import Chatbot
from rag.settings import Settings
from rag.testing import HashEmbedder

ASKED = "住宿费每人每天不超过多少？"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    index = build(tmp_path / "index")
    settings = Settings(llm="extractive", answer_threshold=0.0)
    monkeypatch.setattr("rag.chatbot.open_chatbot", lambda _: Chatbot(settings, index, HashEmbedder, lambda: None))

    def command(*words):
        status = main([*map(str, words), "--index", str(index.folder)])
        out, err = capsys.readouterr()
        return status, out, err

    return command


BAD = [
    ('{"id": 1, "question": "emoji \\ud83d cut"}', "the question is not valid Unicode"),
    ('{"id": 1, "question": "那呢？", "history": [{"question": "\\ud83d"}]}', "the question is not valid Unicode"),
    ('{"id": 1, "question": "x", "document": 5}', '"document" must be a string or a list of strings, not 5'),
    ('{"id": 1, "question": "x", "document": ["travel.txt", 5]}', '"document" must be a string or a list of strings'),
    ('{"id": 1, "question": "x", "year": 1000000000000000000000000}', "the year must lie between 1 and 9999"),
    ('{"id": 1, "question": "x", "year": true}', '"year" must be a whole number, not True'),
    (f'{{"question": "x", "year": {"9" * 5000}}}', "line 4 is not JSON: "),
    ("[" * 100_000, "line 4 is not JSON: "),
    ("nonsense", "line 4 is not JSON: "),
    ('{"id": 1, "question": "？！"}', "the question is empty"),
]


@pytest.mark.parametrize(("line", "error"), BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_bad_line_of_a_batch_costs_only_itself(run, tmp_path, command, line, error):
    good = json.dumps({"id": "\ud83d 好", "question": ASKED})
    (tmp_path / "in.jsonl").write_text(f"{good}\n\n \n{line}\n{good}\n", encoding="utf-8")
    status, out, err = run(command, "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl")
    assert (status, out, err.count("\n")) == (1, "", 1)
    records = [json.loads(one) for one in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == ["\ud83d 好", 1 if '"id"' in line else None, "\ud83d 好"]
    assert ["error" in record for record in records] == [False, True, False]
    assert records[1]["error"].startswith(error)


def test_the_questions_are_not_overwritten_by_the_answers(run, tmp_path):
    questions = json.dumps({"id": 1, "question": ASKED})
    (tmp_path / "in.jsonl").write_text(questions, encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to("in.jsonl")
    for name in ("in.jsonl", "link.jsonl"):
        status, _, err = run("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / name)
        assert (status, err.count("\n")) == (2, 1)
        assert "is the file of the questions" in err
    assert (tmp_path / "in.jsonl").read_text(encoding="utf-8") == questions


@pytest.mark.parametrize(("out", "why"), [("none/out.jsonl", "No such file or directory"), ("", "Is a directory")])
def test_results_that_cannot_be_written_are_told_before_anything_is_asked(run, tmp_path, out, why):
    (tmp_path / "in.jsonl").write_text("{}", encoding="utf-8")
    status, _, err = run("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / out)
    assert (status, err) == (2, f"yiju: --out {tmp_path / out} cannot be written: {why}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ask", "\udcd7\udca1"], "the question is not valid Unicode; type it again, in UTF-8"),
        (["search", "caf\udce9"], "the question is not valid Unicode; type it again, in UTF-8"),
        (["show", "caf\udce9"], "'caf\\udce9' is not valid UTF-8: type it again"),
        (["search", "住宿费", "--year", "9" * 20], "the year must lie between 1 and 9999"),
        (["search", "住宿费", "--document", "\udce9"], "no document '\\udce9' in the index"),
    ],
)
def test_words_that_are_no_text_are_one_line(run, words, message):
    status, out, err = run(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"yiju: {message}")
