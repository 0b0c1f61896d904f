import math
import random

import pytest
from eval_fakes import make_case_run, make_citation, make_gold, make_hit, make_run

from eval.metrics import METRIC_NAMES, score_case
from eval.records import RunTokens
from eval.reliability import reliability
from eval.scoring import language, score, slices, summarize


def scores(**fields):
    return score_case(make_case_run(**fields))


def test_retrieval_by_hand():
    # gold 一 at rank 2, gold 二 at rank 4, gold 三 not found; a second hit below 一 gains nothing.
    found = scores(
        gold=(make_gold(path=["一"]), make_gold(path=["二"]), make_gold(path=["三"])),
        hits=(
            make_hit(1, path=["四"]), make_hit(2, path=["一", "1"]), make_hit(3, path=["一"]), make_hit(4, path=["二"]),
            make_hit(5, "travel", ["三"]),
        ),
    )  # fmt: skip
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    retrieval = {name: found[name] for name in found if name.startswith(("section", "mrr", "ndcg"))}
    assert retrieval == pytest.approx(
        {
            "section_recall@1": 0, "section_recall@3": 1 / 3, "section_recall@5": 2 / 3, "section_recall@10": 2 / 3,
            "mrr": 1 / 2, "ndcg@10": dcg / ideal,
        }
    )  # fmt: skip


def test_what_lies_above_or_beside_gold_is_not_found():
    found = scores(
        gold=(make_gold(path=["一", "1"]),),
        hits=(make_hit(1, path=["一"]), make_hit(2, path=["一", "10"]), make_hit(3, "other", ["一", "1"])),
    )
    assert (found["section_recall@10"], found["mrr"], found["ndcg@10"]) == (0, 0, 0)


@pytest.mark.slow  # numba compiles
def test_retrieval_agrees_with_ranx():
    from ranx import Qrels, evaluate
    from ranx import Run as RanxRun

    rng = random.Random(7)
    runs, qrels, ranked = [], {}, {}
    for number in range(60):
        pool = [f"s{i}" for i in range(30)]
        relevant = rng.sample(pool, rng.randint(1, 4))
        hits = rng.sample(pool, 10)
        qrels[f"q{number}"] = dict.fromkeys(relevant, 1)
        ranked[f"q{number}"] = {section: 1 / (i + 1) for i, section in enumerate(hits)}
        runs.append(
            make_case_run(
                f"q{number}",
                gold=tuple(make_gold(path=[section]) for section in relevant),
                hits=tuple(make_hit(i + 1, path=[section]) for i, section in enumerate(hits)),
            )
        )
    theirs = evaluate(
        Qrels(qrels), RanxRun(ranked), ["recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
    )
    metrics = make_run(runs).metrics
    ours = {name: metrics[name] for name in METRIC_NAMES[:6]}
    expected = [theirs[f"recall@{k}"] for k in (1, 3, 5, 10)] + [theirs["mrr@10"], theirs["ndcg@10"]]
    assert list(ours.values()) == pytest.approx([float(value) for value in expected])


@pytest.mark.parametrize(
    ("fields", "correct"),
    [
        ({"answer": "每年2次。"}, 1),
        ({"answer": "每年12次。"}, 0),
        ({"answer": "每年两次", "status": "partial"}, 1),
        ({"answer": "文件没有说每年两次", "status": "not_found"}, 0),
        ({"status": "error"}, 0),
        ({"answer": "每年两次", "answerable": False}, None),
        ({"answer": "两次", "tags": ("redacted",)}, None),
    ],
)
def test_answer_correct(fields, correct):
    assert scores(must_contain=(("两次",),), **fields).get("answer_correct") == correct


def test_every_required_fact_must_be_there():
    needed = (("两次", "2回"), ("五天",))
    assert scores(must_contain=needed, answer="每年2回，每次5天")["answer_correct"] == 1
    assert scores(must_contain=needed, answer="每年2回")["answer_correct"] == 0
    assert "answer_correct" not in scores(answer="每年2回")


def test_list_completeness_is_a_share():
    # 2 of 3 entries
    needed = (("登记",), ("审批",), ("归档",))
    assert scores(must_contain=needed, type="list", answer="先登记，后审批")["list_complete"] == pytest.approx(2 / 3)
    assert scores(must_contain=needed, type="list", answer="登记审批归档", status="not_found")["list_complete"] == 0
    assert "list_complete" not in scores(must_contain=needed, answer="登记")


def test_citations_by_hand():
    # two gold sections, one cited; three citations: one in gold, one with the gold quote elsewhere, one wrong
    found = scores(
        answer="甲[1]。乙[2]。丙[3]。",
        gold=(make_gold(path=["一"]), make_gold(path=["二"])),
        quote="病假须附医院证明",
        citations=(
            make_citation(1, path=["一", "1"]),
            make_citation(2, "（二）病假须附医院证明。", path=["九"]),
            make_citation(3, "其他", path=["八"]),
        ),
    )
    assert (found["cited_recall"], found["cited_precision"]) == (1 / 2, pytest.approx(2 / 3))


def test_a_refusal_cites_nothing_and_has_no_precision():
    found = scores(gold=(make_gold(),), status="not_found", answer="没有找到。")
    assert found["cited_recall"] == 0
    assert {"cited_precision", "quote_exact", "unsupported_numbers"} & set(found) == set()


def test_quotes_are_compared_with_the_document():
    # 1 exact, 1 changed, 1 of a document that is gone, 1 marker without citation: 1 of 4
    found = scores(
        answer="甲[1]。乙[2]。丙[3]。丁[7]。",
        citations=(make_citation(1), make_citation(2, found="别的话"), make_citation(3, found=None)),
    )
    assert found["quote_exact"] == 1 / 4


def test_unsupported_numbers_is_a_share_of_sentences():
    # sentence 1 stands, sentence 2 has 6 where its clause has 5, sentence 3 has no number
    found = scores(
        answer="每年2次[1]。每次6天[2]。须批准[1]。",
        citations=(make_citation(1, "每年两次"), make_citation(2, "每次不超过五天")),
    )
    assert found["unsupported_numbers"] == pytest.approx(1 / 3)
    # an article number may come from the label
    assert (
        scores(answer="见第一条[1]。", citations=(make_citation(1, label="《甲》第一条"),))["unsupported_numbers"] == 0
    )


@pytest.mark.parametrize(
    ("answerable", "tags", "status", "expected"),
    [
        (True, (), "answered", {"false_refusal": 0}),
        (True, (), "not_found", {"false_refusal": 1}),
        (True, (), "redacted", {"false_refusal": 1}),
        (False, (), "partial", {"false_answer": 1}),
        (False, (), "not_found", {"false_answer": 0}),
        (True, ("redacted",), "redacted", {"redaction": 1}),
        (True, ("redacted",), "not_found", {"redaction": 0}),
        (False, ("redacted",), "answered", {"false_answer": 1, "redaction": 0}),
        (False, (), "error", {}),
    ],
)
def test_refusals_and_redactions(answerable, tags, status, expected):
    assert scores(answerable=answerable, tags=tags, status=status) == expected


def test_the_metrics_of_a_run_are_means_over_the_cases_with_a_score():
    run = make_run(
        [
            make_case_run("a", answer="两次", must_contain=(("两次",),)),
            make_case_run("b", answer="三次", must_contain=(("两次",),)),
            make_case_run("c", answerable=False, status="not_found"),
        ]
    )
    assert set(run.metrics) == set(METRIC_NAMES)
    assert (run.metrics["answer_correct"], run.summaries["answer_correct"].n) == (0.5, 2)
    assert (run.metrics["false_answer"], run.metrics["mrr"], run.metrics["seconds_p50"]) == (0, None, 1.0)
    assert score(run) == run
    assert summarize([])[0] == dict.fromkeys(METRIC_NAMES)


def test_slices():
    zh = make_case_run("a", type="list", tags=("x", "y"), gold=(make_gold("leave"), make_gold("travel")))
    en = make_case_run("b", question="How often?")
    assert slices([zh, en]) == {
        "type": {"fact": (en,), "list": (zh,)},
        "language": {"en": (en,), "zh": (zh,)},
        "document": {"leave": (zh,), "travel": (zh,)},
        "tag": {"x": (zh,), "y": (zh,)},
    }
    assert language("差旅 policy") == "zh"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1 / 2),
        ({"gold": (make_gold("leave"),)}, 0),
        ({"year": 2018}, 0),
        ({"document": "leave"}, 0),
        ({"question": "２０１８年规定几次？"}, 0),
        ({"question": "2019年规定几次？"}, 1 / 2),
    ],
)
def test_stale_citations_count_unless_the_earlier_version_is_asked_for(fields, expected):
    # one of two citations is of a superseded document
    old, new = make_citation(1, standing="superseded", year=2018), make_citation(2, standing="in_force", doc_id="new")
    assert scores(answer="甲[1][2]。", citations=(old, new), **fields)["stale_cited"] == expected


def test_a_deleted_document_is_never_asked_for():
    gone = make_citation(1, found=None)
    assert scores(answer="甲[1]。", citations=(gone,), gold=(make_gold("leave"),))["stale_cited"] == 1
    assert "stale_cited" not in scores(status="not_found")


def test_tokens_are_means_over_the_cases_that_tell_them():
    told = RunTokens(evidence=100, prompt=300, answer=20)
    run = make_run([make_case_run("a", tokens=told), make_case_run("b", tokens=told), make_case_run("c")])
    names = ("evidence_tokens", "prompt_tokens", "answer_tokens")
    assert [run.metrics[name] for name in names] == [100, 300, 20]
    assert run.summaries["answer_tokens"].n == 2


def test_calibration_error_by_hand():
    # bin 0.2–0.3: told 0.25, 1 of 2 right; bin 0.9–1: told 0.9, none of 1. (2 · 0.25 + 1 · 0.9) / 3
    told = [
        make_case_run("a", confidence=0.25),
        make_case_run("b", confidence=0.25, answerable=False),
        make_case_run("c", confidence=0.9, must_contain=(("两次",),), answer="三次"),
        make_case_run("d"),
    ]
    found = reliability(make_run(told).cases)
    assert [(one.n, one.confidence, one.right) for one in found.bins] == [(2, 0.25, 0.5), (1, 0.9, 0)]
    assert found.error == pytest.approx(1.4 / 3)
    assert reliability(told[3:]) is None
