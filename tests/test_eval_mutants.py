"""scripts/mutants goes its whole way, with an embedder that hashes: every variant is built and put before the gate."""

import json
import re
from dataclasses import replace

import pytest

from eval.compare import compare
from eval.dry_run import first_clause
from eval.gate import judge
from eval.scoring import score
from rag.errors import UsageError
from rag.settings import Settings
from rag.testing import ScriptedLLM
from scripts.mutants.__main__ import Row, main
from scripts.mutants.harmless import HARMLESS
from scripts.mutants.regressions import REGRESSIONS
from scripts.mutants.running import BASE, MODEL_BASE, VARIANTS, kept_run, planned, run_apart, run_of
from scripts.mutants.workshop import KeptEmbedder, Setup, Workshop

FACTS = {
    "leave.md": ("请假规定", {"年假": "年假每年可以休12天。", "病假": "病假须在5天内补交证明。", "婚假": "婚假为18天。", "丧假": "丧假为3天。"}),
    "travel.md": ("差旅规定", {"住宿": "住宿费每天不超过350元。", "伙食": "伙食补助每天100元。", "交通": "市内交通每天80元。", "审批": "出差提前3天申请。"}),
    "library.md": ("Library Rules", {"Loans": "Readers may borrow 8 books.", "Renewal": "A loan is renewed for 30 days.",
                                     "Fines": "A late book costs 10 cents a day.", "Rooms": "Rooms are booked 2 days ahead."}),
    "archive.md": ("档案规定", {"保管": "档案保管期限为30年。", "借阅": "档案借阅不超过15天。", "检查": "档案库房每季度检查1次。", "移交": "档案每年6月移交。"}),
}  # fmt: skip
ALWAYS_STOPPED = {"stale-index", "offsets", "shuffled", "unverified"}
"""Whatever the vectors; a copy of a deleted file is cited only where it ranks before its original."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutants")
    (folder / "documents").mkdir()
    lines = []
    for name, (title, sections) in FACTS.items():
        parts = "\n\n".join(f"## {heading}\n\n{words}" for heading, words in sections.items())
        (folder / "documents" / name).write_text(f"# {title}\n\n{parts}\n", encoding="utf-8")
        for heading, words in sections.items():
            figure = re.search(r"\d+", words).group()
            lines.append(
                {
                    "id": f"{name}-{heading}", "question": f"{title}{heading}: {words.replace(figure, '?')}",
                    "must_contain": [figure], "sections": [{"document": name, "path": [heading]}],
                }
            )  # fmt: skip
    path = folder / "set.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plan(cases):
    setup = Setup(
        settings=Settings(llm="local", answer_threshold=0),
        index=cases.parent / "index",
        documents=(cases.parent / "documents",),
        work=cases.parent / "work",
        dry=True,
    )
    return planned(setup, cases, None, 8)


@pytest.fixture
def careless(monkeypatch):
    """A language model that copies the first clause with another figure, so that only checking stops it."""

    def script(messages):
        said = first_clause(messages)
        return re.sub(r"\d+(?!\])", lambda figure: str(int(figure.group()) + 37), said)

    monkeypatch.setattr(Workshop, "llm", ScriptedLLM(script))


def names(variants):
    return [variant.name for variant in variants]


def test_there_are_twenty_regressions_and_ten_harmless_variants():
    assert (len(REGRESSIONS), len(HARMLESS)) == (20, 10)
    assert len(VARIANTS) == 2 + 30


def test_every_variant_runs_and_the_plain_ones_are_told_apart(plan, careless):
    bases = {base.needs_model: score(run_of(plan, base)) for base in (BASE, MODEL_BASE)}
    assert {needs: judge(run, run).passed for needs, run in bases.items()} == {False: True, True: True}
    stopped, untouched = set(), set()
    for variant in VARIANTS.values():
        new = score(run_of(plan, variant))
        if not judge(bases[variant.needs_model], new).passed:
            stopped.add(variant.name)
        if not compare(bases[variant.needs_model], new).changed:
            untouched.add(variant.name)
    assert stopped >= ALWAYS_STOPPED
    assert not stopped & {*names(HARMLESS), BASE.name, MODEL_BASE.name}
    assert untouched >= {BASE.name, MODEL_BASE.name, "asked-again", "rebuilt", "reordered", "page-settings"}


def test_a_setting_that_is_no_more_fails_instead_of_changing_nothing(plan):
    with pytest.raises(UsageError, match="no setting is called long_gone"):
        Workshop(plan.setup).bot(long_gone=1)


def test_a_variant_that_cannot_be_built_counts_as_neither_stopped_nor_passed(plan):
    assert run_apart(plan, "no-such-variant") == "KeyError: 'no-such-variant'"
    assert kept_run(plan, "no-such-variant") is None
    rows = [Row(VARIANTS["offsets"], is_regression, None, 0, "") for is_regression in (True, False)]
    assert [row.is_right for row in rows] == [False, False]


def test_runs_are_kept_until_what_they_depend_on_changes(cases, plan, monkeypatch):
    assert planned(plan.setup, cases, None, 8).folder == plan.folder
    other = replace(plan.setup, settings=plan.setup.settings.model_copy(update={"candidates": 50}))
    monkeypatch.setattr("scripts.mutants.running._code_digest", lambda: "other code")
    changed = {planned(plan.setup, cases, None, 8).folder}
    monkeypatch.undo()
    changed |= {planned(other, cases, None, 8).folder, planned(plan.setup, cases, 4, 8).folder}
    assert len(changed | {plan.folder}) == 4


@pytest.mark.slow
def test_the_command_goes_on_where_it_was_stopped_and_prints_one_table(cases, capsys):
    folder = cases.parent
    command = [str(cases), "--index", str(folder / "index"), "--documents", str(folder / "documents"), "--dry-run"]
    command += ["--work", str(folder / "command"), "--model-cases", "0", "--only", "asked-again", "english"]
    assert main(command) == 0
    first = capsys.readouterr()
    assert re.findall(r"(\d of \d): (\S+),", first.err) == [("1 of 2", "english"), ("2 of 2", "asked-again")]
    assert first.out.count("\n| ") == 2
    assert "let 1 of 1 harmless variants pass (16 cases with extractive)" in first.out
    assert main(command) == 0
    again = capsys.readouterr()
    assert (again.err, again.out) == ("", first.out)


def test_what_cannot_be_used_is_told_in_a_line(cases, capsys):
    command = [str(cases), "--index", str(cases.parent / "index"), "--documents", str(cases.parent / "documents")]
    assert main([*command, "--dry-run", "--only", "nonsense"]) == 2
    assert "no variant nonsense; variants: asked-again, batch" in capsys.readouterr().err


def test_a_kept_vector_is_not_computed_again(tmp_path):
    from rag.testing import HashEmbedder

    inner = HashEmbedder()
    for _ in range(2):
        kept = KeptEmbedder(inner, tmp_path / "vectors.sqlite")
        assert (
            kept.embed_passages(["年假", "病假", "年假"]) == HashEmbedder().embed_passages(["年假", "病假", "年假"])
        ).all()
    assert inner.passages_embedded == 2
    KeptEmbedder(inner, tmp_path / "vectors.sqlite", "another way").embed_passages(["年假"])
    assert inner.passages_embedded == 3
