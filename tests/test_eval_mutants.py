"""scripts/mutants.py goes its whole way, with an embedder that hashes: every variant is built and gated."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from rag.testing import HashEmbedder

SCRIPT = Path(__file__).parents[1] / "scripts" / "mutants.py"
FACTS = {
    "leave.md": ("请假规定", {"年假": "年假每年可以休12天。", "病假": "病假须在5天内补交证明。", "婚假": "婚假为18天。", "丧假": "丧假为3天。"}),
    "travel.md": ("差旅规定", {"住宿": "住宿费每天不超过350元。", "伙食": "伙食补助每天100元。", "交通": "市内交通每天80元。", "审批": "出差提前3天申请。"}),
    "library.md": ("Library Rules", {"Loans": "Readers may borrow 8 books.", "Renewal": "A loan is renewed for 30 days.",
                                     "Fines": "A late book costs 10 cents a day.", "Rooms": "Rooms are booked 2 days ahead."}),
    "archive.md": ("档案规定", {"保管": "档案保管期限为30年。", "借阅": "档案借阅不超过15天。", "检查": "档案库房每季度检查1次。", "移交": "档案每年6月移交。"}),
}  # fmt: skip
ALWAYS_STOPPED = ("unverified", "stale-index", "offsets", "deleted-cited")


@pytest.fixture
def mutants(monkeypatch):
    spec = importlib.util.spec_from_file_location("mutants", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "mutants", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "open_embedder", lambda settings: HashEmbedder())
    return module


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    cases = []
    for name, (title, sections) in FACTS.items():
        parts = "\n\n".join(f"## {heading}\n\n{words}" for heading, words in sections.items())
        (folder / name).write_text(f"# {title}\n\n{parts}\n", encoding="utf-8")
        for heading, words in sections.items():
            figure = re.search(r"\d+", words).group()
            cases.append(
                {
                    "id": f"{name}-{heading}", "question": f"{title}{heading}: {words.replace(figure, '?')}",
                    "must_contain": [figure], "sections": [{"document": name, "path": [heading]}],
                }
            )  # fmt: skip
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in cases), encoding="utf-8")
    return path


@pytest.mark.slow
def test_every_variant_runs_and_the_plain_ones_are_told_apart(mutants, library, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("YIJU_ANSWER_THRESHOLD", "0")
    documents, work = str(library.parent / "documents"), str(tmp_path / "work")
    monkeypatch.setattr(sys, "argv", ["mutants.py", str(library), "--documents", documents, "--work", work])
    assert mutants.main() in (0, 1)
    told = capsys.readouterr().out
    verdict = {name: mark for mark, name in re.findall(r"^(ok|WRONG) +(\S+)", told, re.M)}
    assert len(verdict) == len(mutants.MUTANTS) + len(mutants.HARMLESS) == 30
    assert {name: verdict[name] for name in ALWAYS_STOPPED} == dict.fromkeys(ALWAYS_STOPPED, "ok"), told
    assert {verdict[variant.name] for variant in mutants.HARMLESS} == {"ok"}, told
    assert "of 20 mutants" in told
