import dataclasses

import pytest
from eval_fakes import make_case_run, make_citation, make_gold, make_hit, make_run

from eval.baseline import slimmed
from eval.compare import Change, Tally, compare, differences
from eval.gate import judge, parse_floor
from eval.scoring import score
from eval.text import comparison_table, run_table
from rag.errors import UsageError


def cases(wrong=0, documents=20, n=100, slow=1.0):
    """``n`` cases over some documents, the first ``wrong`` of them answered wrongly."""
    return [
        make_case_run(
            f"c{i:03}",
            cluster=f"d{i % documents}",
            must_contain=(("两次",),),
            answer="三" if i < wrong else "两次[1]",
            citations=(make_citation(1, "每年两次"),),
            gold=(make_gold(f"d{i % documents}"),),
            hits=(make_hit(1, f"d{i % documents}"),),
        )
        for i in range(n)
    ]


def test_the_same_answers_are_no_difference():
    comparison = compare(make_run(cases()), make_run(cases()))
    assert {(p.difference, p.p, p.p_corrected, p.verdict) for p in comparison.metrics} == {
        (0, 1, 1, "no difference shown")
    }
    assert (comparison.changed, comparison.changes, comparison.documents) == ((), (), 20)


def test_a_loss_is_paired_tested_and_counted():
    base, new = make_run(cases(wrong=2)), make_run(cases(wrong=30))
    comparison = compare(base, new)
    paired = next(p for p in comparison.metrics if p.metric == "answer_correct")
    # 28 cases lost, none won: McNemar 2 / 2^28
    assert (paired.n, paired.tally, paired.p_mcnemar) == (100, Tally(win=0, tie=72, loss=28), 2 / 2**28)
    assert (paired.base, paired.new, paired.difference) == pytest.approx((0.98, 0.70, -0.28))
    assert paired.interval.low < -0.28 < paired.interval.high < 0
    assert paired.verdict == "worse"
    assert len(comparison.changed) == 28
    assert "answer_correct" in comparison.changed[0].worse
    whole = next(s for s in comparison.slices if (s.kind, s.value, s.metric) == ("type", "fact", "answer_correct"))
    assert whole.tally == paired.tally


def test_less_is_better_for_faults():
    base = [make_case_run(f"c{i}", answerable=False, status="answered", cluster=f"d{i}") for i in range(20)]
    new = [dataclasses.replace(case, status="not_found") for case in base]
    (paired,) = [p for p in compare(make_run(base), make_run(new)).metrics if p.metric == "false_answer"]
    assert (paired.difference, paired.tally.win, paired.verdict) == (-1, 20, "better")
    assert not judge(make_run(new), make_run(base)).passed


def test_what_runs_were_made_with_is_compared():
    run = make_run(cases(n=1))
    other = dataclasses.replace(run, settings={"rrf_k": 60, "llm": "local"}, prompts={"answer.zh": "def"})
    assert differences(run, other) == (
        Change(what="settings.rrf_k", base="20", new="60"),
        Change(what="prompts.answer.zh", base="abc", new="def"),
        Change(what="settings.llm", base="—", new="local"),
    )


def test_the_gate_passes_what_is_the_same_or_better():
    assert judge(make_run(cases()), make_run(cases())).passed
    judgement = judge(make_run(cases(wrong=30)), make_run(cases(wrong=2)))
    assert judgement.passed
    assert judgement.explanation.startswith("PASS on 100 cases in 20 documents: no hard rule is broken")


def test_the_gate_passes_noise_and_says_what_it_could_not_have_shown():
    judgement = judge(make_run(cases(wrong=10)), make_run(cases(wrong=12)))
    assert judgement.passed
    assert "The largest loss is answer_correct 0.900 → 0.880" in judgement.explanation
    assert "could not have been shown by this set" in judgement.explanation


def test_the_gate_stops_a_significant_loss():
    judgement = judge(make_run(cases(wrong=2)), make_run(cases(wrong=30)))
    assert not judgement.passed
    assert {finding.rule for finding in judgement.findings} == {"statistical"}
    assert "answer_correct went from 0.980 to 0.700 (28 cases worse, 0 better" in judgement.explanation
    assert "\n" not in judgement.explanation


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"citations": (make_citation(1, found="别的"),)}, "1 of 100 cases have a broken citation: c000"),
        ({"citations": ()}, "1 of 100 cases have a broken citation: c000"),
        ({"citations": (make_citation(1, found=None),)}, "cite a deleted or superseded document: c000"),
        ({"citations": (make_citation(1, standing="superseded"),)}, "cite a deleted or superseded document: c000"),
        ({"answer": "两次，共7天[1]"}, "1 of 100 cases state a number that the cited clauses lack: c000 (7)"),
        ({"status": "error", "error": "ModelError: x"}, "failed with an error: c000 (ModelError: x)"),
    ],
)
def test_one_broken_case_is_enough(change, message):
    broken = cases()
    broken[0] = dataclasses.replace(broken[0], **change)
    judgement = judge(make_run(cases()), make_run(broken))
    assert not judgement.passed
    assert any(message in finding.message and finding.rule == "hard" for finding in judgement.findings)


def test_floors_and_ceilings():
    run = make_run(cases(wrong=10))
    assert judge(run, run, floors={"answer_correct": 0.9, "seconds_p95": 1.0}).passed
    judgement = judge(run, run, floors={"answer_correct": 0.95, "seconds_p95": 0.5})
    assert [finding.message for finding in judgement.findings] == [
        "answer_correct is 0.900, below the floor 0.95",
        "seconds_p95 is 1.000, above the ceiling 0.5",
    ]


@pytest.mark.parametrize("text", ["answer_corect=1", "mrr", "mrr=high", "mrr=nan", "mrr=inf", "=1"])
def test_a_floor_that_cannot_be_read_is_refused(text):
    with pytest.raises(UsageError, match="--floor"):
        parse_floor(text)
    assert parse_floor("mrr=0.5") == ("mrr", 0.5)


def test_runs_that_cannot_be_compared_are_refused():
    run = make_run(cases(n=12))
    with pytest.raises(UsageError, match=r"different cases \(2 cases only in the first, 0 only in the second\)"):
        compare(run, make_run(cases(n=10)))
    with pytest.raises(UsageError, match="the same ids, but other questions or gold"):
        compare(run, make_run([make_case_run(case.id) for case in run.cases]))
    with pytest.raises(UsageError, match="lacks cases that its set has"):
        compare(run, dataclasses.replace(run, cases=run.cases[:5]))
    with pytest.raises(UsageError, match="the second run is not scored"):
        compare(run, dataclasses.replace(run, metrics={}))
    with pytest.raises(UsageError, match="lacks the metrics mrr"):
        judge(run, dataclasses.replace(run, metrics={k: v for k, v in run.metrics.items() if k != "mrr"}))
    with pytest.raises(UsageError, match="--floor redaction: no case of this set has a score"):
        judge(run, run, floors={"redaction": 1.0})


def test_tables_for_the_terminal():
    run = make_run(cases(wrong=1, n=12))
    table = [line.split() for line in run_table(run).splitlines()]
    assert next(row[:2] for row in table if row[:1] == ["answer_correct"]) == ["answer_correct", "0.917"]
    assert ["section_recall@1", "1.000", "[0.832,", "1.000]", "12"] in table
    assert ["redaction", "—", "0"] in table
    told = comparison_table(compare(make_run(cases(n=12)), run)).splitlines()
    (row,) = [line.split() for line in told if line.startswith("answer_correct")]
    assert row[:4] + row[6:] == ["answer_correct", "1.000", "0.917", "-0.083", "0/11/1", "1.000"]
    assert told[-4:] == [
        "  c000: 每年几次？",
        "    −answer_correct",
        "    base (answered): 两次[1]",
        "    new  (answered): 三",
    ]


def test_a_baseline_keeps_scores_and_loses_only_what_a_report_shows():
    run = make_run(cases(wrong=3))
    kept = slimmed(run)
    assert score(kept) == kept
    assert (kept.metrics, kept.summaries) == (run.metrics, run.summaries)
    assert {hit.text for case in kept.cases for hit in case.hits} == {""}
    assert judge(kept, run).passed
    assert not judge(kept, make_run(cases(wrong=40))).passed


def test_a_run_that_breaks_a_hard_rule_is_no_baseline():
    broken = [*cases(n=12)[:-1], make_case_run("c011", status="error", error="ModelError: x")]
    with pytest.raises(UsageError, match="1 of 12 cases failed with an error: c011"):
        slimmed(make_run(broken))
    with pytest.raises(UsageError, match="not scored"):
        slimmed(dataclasses.replace(make_run(cases(n=2)), metrics={}))
