import json

import pytest
from small_index import build

from eval.__main__ import main
from eval.judge import Judge
from rag.testing import ScriptedLLM

CASES = [
    {"id": "stay", "question": "住宿费每天不超过多少？", "must_contain": ["350元"], "quote": "不超过350元",
     "sections": [{"document": "差旅费管理办法", "path": ["第二章", "第二条"]}]},
    {"id": "leave", "question": "How many days of annual leave?", "must_contain": ["20 days"],
     "sections": [{"document": "handbook.md", "path": ["1"]}]},
    {"id": "moon", "question": "月球基地的补贴是多少？", "answerable": False},
]  # fmt: skip
GONE = {"id": "gone", "question": "?", "sections": [{"document": "No such rules", "path": []}]}


@pytest.fixture
def folder(tmp_path):
    build(tmp_path / "index").close()
    write_set(tmp_path, CASES)
    return tmp_path


def write_set(folder, cases):
    (folder / "set.jsonl").write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")


def run(folder, *options, out="run.json"):
    index, path = str(folder / "index"), str(folder / "set.jsonl")
    return main(["run", path, "--index", index, "--out", str(folder / out), "--dry-run", *options])


def test_a_dry_run_goes_the_whole_way(folder, capsys):
    assert run(folder, "--html", str(folder / "run.html")) == 0
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert [case["id"] for case in told["cases"]] == ["stay", "leave", "moon"]
    assert told["cases"][0]["hits"][0]["section"] == ["第二章", "第二条"]
    assert (told["metrics"]["section_recall@3"], told["metrics"]["quote_exact"]) == (1, 1)
    assert (told["models"]["embedder"], told["models"]["llm"]) == ("hash-64", "dry-run")
    assert "llm_sha256" not in told["models"]
    assert told["prompts"]
    assert told["index"]
    assert sorted(path.name for path in folder.glob("run*")) == ["run.html", "run.json"]
    assert "section_recall@10" in capsys.readouterr().out


def test_gold_that_is_not_in_the_index_stops_a_run_unless_skipped(folder, capsys):
    write_set(folder, [*CASES, GONE])
    assert run(folder) == 2
    error = capsys.readouterr().err
    assert "set.jsonl line 4: case gone: no document has the title or file name 'No such rules'" in error
    assert "1 of 4 cases cannot be scored with this index" in error
    assert not (folder / "run.json").exists()
    assert main(["validate", str(folder / "set.jsonl"), "--index", str(folder / "index")]) == 2
    assert run(folder, "--skip-invalid") == 0
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (told["set"]["cases"], told["set"]["of"], told["set"]["skipped"]) == (3, 4, ["gone"])


def test_sample_and_limit_choose_cases(folder):
    assert run(folder, "--limit", "1") == 0
    assert run(folder, "--sample", "2", out="two.json") == 0
    sizes = [
        json.loads((folder / name).read_text(encoding="utf-8"))["set"]["cases"] for name in ("run.json", "two.json")
    ]
    assert sizes == [1, 2]


def test_frozen_answers_are_scored_again(folder, capsys):
    run(folder)
    path = folder / "run.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["cases"][0]["answer"], told["cases"][0]["status"] = "住宿费350元。", "answered"
    told["metrics"], told["summaries"] = {}, {}
    path.write_text(json.dumps(told), encoding="utf-8")
    assert main(["report", str(path)]) == 2
    assert main(["score", str(path)]) == 0
    again = json.loads(path.read_text(encoding="utf-8"))
    assert again["cases"][0]["scores"]["answer_correct"] == 1
    assert main(["report", str(path), "--html", str(folder / "report.html")]) == 0
    assert (folder / "report.html").stat().st_size > 5000


def test_the_gate_answers_with_its_exit_code(folder, capsys):
    run(folder)
    base, broken = folder / "run.json", folder / "broken.json"
    told = json.loads(base.read_text(encoding="utf-8"))
    for case in told["cases"]:
        case["status"], case["answer"] = "answered", "共7777元。"
    broken.write_text(json.dumps(told), encoding="utf-8")
    assert main(["score", str(broken)]) == 0
    capsys.readouterr()
    assert main(["gate", str(base), str(base)]) == 0
    assert "PASS on 3 cases" in capsys.readouterr().out
    assert main(["gate", str(base), str(broken), "--json", "--html", str(folder / "gate.html")]) == 1
    judgement = json.loads(capsys.readouterr().out)
    assert (judgement["passed"], judgement["findings"][0]["rule"]) == (False, "hard")
    assert "FAIL on 3 cases" in (folder / "gate.html").read_text(encoding="utf-8")
    assert main(["gate", str(base), str(base), "--floor", "section_recall@1=1.5"]) == 1
    assert main(["compare", str(base), str(broken), "--html", str(folder / "compare.html")]) == 0
    assert "7777" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["judge", "BASE"], "no judge is set"),
        (["judge", "BASE", "--set", "judge=local", "--labels", "none.jsonl"], "cannot read these labels"),
        (["gate", "BASE", "none.json"], "none.json: cannot read this run"),
        (["gate", "BASE", "BASE", "--floor", "nonsense=1"], "no metric 'nonsense'"),
        (["gate", "BASE", "BASE", "--margin", "-1"], "--margin must be 0 or more"),
        (["gate", "BASE", "BASE", "--margin", "nan"], "--margin must be 0 or more"),
        (["gate", "BASE", "BASE", "--html", "DIR"], "it is a folder; name another"),
        (["compare", "BASE", "BASE", "--html", "DIR"], "it is a folder"),
        (["report", "BASE", "--html", "BASE/page.html"], "run.json is no folder"),
        (["score", "BASE", "--out", "BASE/again"], "run.json is no folder"),
        (["baseline", "BASE", "--out", "BASE/base.json.gz"], "run.json is no folder"),
        (["draft", "--index", "INDEX", "--out", "BASE/c.jsonl"], "run.json is no folder"),
        (["adapt", "SET", "--index", "INDEX", "--out", "DIR"], "it is a folder"),
        (["review", "SET", "--into", "BASE/own.jsonl"], "run.json is no folder"),
        (["review", "nope.jsonl", "--into", "x.jsonl"], "nope.jsonl: no such file of candidates"),
        (["run", "SET", "--index", "INDEX", "--out", "SET", "--dry-run"], "set.jsonl is no folder"),
        (["run", "SET", "--index", "INDEX", "--out", "x.json", "--dry-run", "--html", "DIR"], "it is a folder"),
        (["report", "BASE", "--html", "x" * 300], "File name too long"),
        (["run", "none.jsonl", "--index", "INDEX", "--out", "x.json", "--dry-run"], "cannot read this set"),
        (["run", "SET", "--index", "nowhere", "--out", "x.json", "--dry-run"], "nowhere"),
        (["run", "SET", "--index", "INDEX", "--out", "x.json", "--dry-run", "-k", "5"], "-k must be at least 10"),
        (
            ["run", "SET", "--index", "INDEX", "--out", "x.json", "--dry-run", "--limit", "0"],
            "--limit must be at least 1",
        ),
        (["run", "SET", "--index", "INDEX", "--out", "x.json", "--set", "nosuch=1"], "nosuch"),
    ],
)
def test_input_that_cannot_be_used_is_one_line_and_exit_2(folder, capsys, options, message):
    run(folder)
    capsys.readouterr()
    places = {"BASE": "run.json", "SET": "set.jsonl", "INDEX": "index", "DIR": "."}

    def placed(option):
        name, slash, rest = option.partition("/")
        return f"{folder / places[name]}{slash}{rest}" if name in places else option

    assert main([placed(option) for option in options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["index", "run.json", "set.jsonl"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda case, run: case["scores"].clear(), "not scored, or has lost scores"),
        (lambda case, run: case["scores"].update(mrr=0.5), "not scored, or has lost scores"),
        (lambda case, run: run["summaries"].pop("mrr"), "not scored, or has lost scores"),
        (lambda case, run: case["scores"].update(mrr=float("nan")), "cases.0.scores.mrr: Input should be a finite"),
        (
            lambda case, run: run["metrics"].update(redaction=float("nan")),
            "metrics.redaction: Input should be a finite",
        ),
    ],
    ids=["emptied", "changed", "no summary", "nan score", "nan metric"],
)
def test_a_damaged_run_is_no_run(folder, capsys, damage, message):
    run(folder)
    base, damaged = folder / "run.json", folder / "damaged.json"
    told = json.loads(base.read_text(encoding="utf-8"))
    damage(told["cases"][0], told)
    damaged.write_text(json.dumps(told), encoding="utf-8")
    capsys.readouterr()
    for command in (["gate", base, damaged], ["gate", damaged, base], ["report", damaged]):
        assert main([str(part) for part in command]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


def test_a_run_can_be_a_folder(folder, capsys):
    assert run(folder, "--html", str(folder / "nightly.html"), out="nightly") == 0
    assert sorted(path.name for path in (folder / "nightly").iterdir()) == [
        "answers.jsonl", "environment.json", "run.json",
    ]  # fmt: skip
    assert "<h1>nightly</h1>" in (folder / "nightly.html").read_text(encoding="utf-8")
    told = json.loads((folder / "nightly" / "run.json").read_text(encoding="utf-8"))
    spent = told["cases"][0]["tokens"]
    assert min(spent["evidence"], spent["answer"]) > 0 == spent["prompt"]  # the scripted model tells no usage
    for command in ("score", "report"):
        assert main([command, str(folder / "nightly")]) == 0
    assert main(["gate", str(folder / "nightly"), str(folder / "nightly" / "run.json")]) == 0
    assert run(folder, out="nightly") == 0  # nothing is asked again
    capsys.readouterr()
    assert run(folder, "--limit", "1", out="nightly") == 2
    assert "answers of a run of other cases" in capsys.readouterr().err
    assert run(folder, "--limit", "1", "--restart", out="nightly") == 0


def test_a_baseline_is_kept_and_gated_against(folder):
    run(folder)
    path = str(folder / "baselines" / "set.json")
    assert main(["baseline", str(folder / "run.json"), "--out", path]) == 0
    assert main(["gate", path, str(folder / "run.json")]) == 0


def test_cases_are_drafted_and_reviewed(folder, capsys, monkeypatch):
    candidates, into = folder / "candidates.jsonl", folder / "own.jsonl"
    draft = ["draft", "--index", str(folder / "index"), "--out", str(candidates), "--limit", "8"]
    assert main([*draft, "--known", str(folder / "set.jsonl")]) == 0
    assert "8 new candidates" in capsys.readouterr().out
    assert main(draft) == 0
    assert "0 new candidates" in capsys.readouterr().out
    answers = iter(["a", "r", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert main(["review", str(candidates), "--into", str(into)]) == 0
    assert "1 accepted into" in capsys.readouterr().out
    assert main(["validate", str(into), "--index", str(folder / "index")]) == 0
    assert main([*draft, "--document", "no such rules"]) == 2


def test_feedback_becomes_candidates(folder, capsys):
    path = folder / "feedback.jsonl"
    told = {"created": "2026-01-01", "question": "?", "verdict": "down", "answer": "x", "status": "answered"}
    path.write_text(json.dumps(told) + "\n")
    assert main(["draft", "--feedback", str(path), "--out", str(folder / "c.jsonl")]) == 0
    assert "1 new candidates" in capsys.readouterr().out


def test_a_run_is_judged_by_the_judge_that_is_set(folder, capsys, monkeypatch):
    run(folder)
    llm = ScriptedLLM(lambda messages: '{"verdict": "right"}')
    monkeypatch.setattr("eval.judge.open_judge", lambda settings: Judge(llm, settings.judge_model))
    capsys.readouterr()
    out = folder / "judged.json"
    assert main(["judge", str(folder / "run.json"), "--out", str(out), "--set", "judge_model=strict"]) == 0
    assert "judged_right is the word of strict" in capsys.readouterr().out
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["metrics"]["judged_right"], told["judged"]["model"]) == (1, "strict")
    assert told["judged"]["agreement"]["kappa"] == 0  # one word for everything
    assert main(["gate", str(folder / "run.json"), str(out)]) == 0


def test_a_judge_is_measured_without_a_run(capsys, monkeypatch):
    llm = ScriptedLLM(lambda messages: '{"verdict": "right"}')
    monkeypatch.setattr("eval.judge.open_judge", lambda settings: Judge(llm, "lenient"))
    assert main(["judge"]) == 0
    head, right, partial, wrong, _, told = capsys.readouterr().out.splitlines()
    assert head.split() == ["by", "hand", "right", "partial", "wrong", "unread"]
    assert [row.split() for row in (right, partial, wrong)] == [
        ["right", "23", "0", "0", "0"], ["partial", "23", "0", "0", "0"], ["wrong", "23", "0", "0", "0"],
    ]  # fmt: skip
    assert "33% of 69 replies alike; not alike: j01-p, j01-w, " in told
