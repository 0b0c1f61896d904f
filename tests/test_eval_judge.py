import json
import random
import re

import pytest
from eval_fakes import make_case_run, make_run
from sklearn.metrics import cohen_kappa_score

import prompts
from eval.agreement import LABELS_FILE, agreement, load_labels
from eval.judge import GRAMMAR, LABELS, PROMPTS, SCHEMA, Judge, judge_run, open_judge
from eval.scoring import score
from eval.text import run_table
from rag.errors import UsageError
from rag.settings import Settings
from rag.testing import ScriptedLLM

WORDS = ("right", "partial", "wrong")


def said(label):
    return json.dumps({"verdict": label})


def test_kappa_by_hand():
    # alike 3 of 4 = 0.75; chance = (2·1 + 1·1 + 1·2) / 16 = 5/16; κ = (0.75 − 0.3125) / 0.6875
    found = agreement(["right", "right", "partial", "wrong"], ["right", "wrong", "partial", "wrong"])
    assert (found.n, found.observed, found.kappa) == (4, 0.75, pytest.approx(0.4375 / 0.6875))
    assert found.interval.low <= found.kappa <= found.interval.high
    assert agreement(["right"] * 3, ["right"] * 3).kappa == 1.0


def test_kappa_agrees_with_scikit_learn():
    chooser = random.Random(3)
    for _ in range(20):
        ours = [chooser.choice(WORDS) for _ in range(60)]
        theirs = [one if chooser.random() < 0.5 else chooser.choice(WORDS) for one in ours]
        assert agreement(ours, theirs).kappa == pytest.approx(cohen_kappa_score(ours, theirs))


def test_what_the_judge_leaves_open_is_a_disagreement():
    assert agreement(["right", "wrong"], ["right", None]).observed == 0.5


def test_the_labelled_file_is_balanced_and_large_enough():
    labelled = load_labels()
    counts = {label: sum(one.label == label for one in labelled) for label in WORDS}
    assert len(labelled) >= 60
    assert max(counts.values()) - min(counts.values()) <= 3
    assert len({one.id for one in labelled}) == len(labelled)
    assert {"zh", "en"} == {"en" if one.question.isascii() else "zh" for one in labelled}


def test_too_few_or_broken_labels_are_refused(tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text(LABELS_FILE.read_text(encoding="utf-8").split("\n")[0])
    with pytest.raises(UsageError, match="1 labelled replies; at least 60"):
        load_labels(few)
    few.write_text('{"id": "x"}')
    with pytest.raises(UsageError, match="line 1"):
        load_labels(few)
    with pytest.raises(UsageError, match="cannot read these labels"):
        load_labels(tmp_path / "none.jsonl")
    few.write_bytes(b'\xff\xfe{"id"')
    with pytest.raises(UsageError, match="labels must be UTF-8"):
        load_labels(few)


def test_a_label_may_hold_ends_of_line_that_are_none_in_json(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text(
        LABELS_FILE.read_text(encoding="utf-8").replace('"reply": "', '"reply": "\u2028\x85'), encoding="utf-8"
    )
    assert [one.reply for one in load_labels(path)] == ["\u2028\x85" + one.reply for one in load_labels()]


def test_verdicts_are_kept_scored_and_shown_beside_kappa():
    truth = {one.reply: one.label for one in load_labels()}
    verdicts = {"两次": "right", "五次": "wrong", "也许": "partial", "乱": None}

    def script(messages):
        reply = re.search(r"(?:待核对的回答：|Reply: )(.*)", messages[-1].content)[1]
        label = truth.get(reply) or verdicts[reply]
        return said(label) if label else "…"

    llm = ScriptedLLM(script)
    run = make_run(
        [
            *(
                make_case_run(answer, answer=answer, question="每年几次？", must_contain=(("两次",),))
                for answer in verdicts
            ),
            make_case_run("broken", status="error"),
        ]
    )
    judged = score(judge_run(run, Judge(llm, "script", {"grammar": GRAMMAR}), load_labels()))
    assert [case.verdict for case in judged.cases] == ["right", "wrong", "partial", None, None]
    assert judged.metrics["judged_right"] == (1 + 0 + 0.5) / 3
    assert (judged.judged.unreadable, judged.judged.agreement.kappa) == (1, 1.0)
    assert judged.judged.prompts == {name: prompts.load(name).hash for name in PROMPTS}
    assert llm.options[0]["grammar"] == GRAMMAR
    table = run_table(judged)
    assert "judged_right is the word of script" in table
    assert f"{len(truth)} labels given by hand is κ = 1.00" in table
    assert "κ" not in run_table(run)


def test_an_unanswerable_question_is_judged_as_such():
    llm = ScriptedLLM(lambda messages: said("right"))
    assert Judge(llm, "script").verdict("How much?", "", "Nothing.") == "right"
    assert "the documents do not say" in llm.prompts[0][-1].content


@pytest.mark.parametrize("reply", ["", "right", "[]", '{"verdict": "good"}', '{"verdict": '])
def test_what_is_no_verdict_is_none(reply):
    assert Judge(ScriptedLLM([reply]), "script").verdict("?", "a", "b") is None


def test_a_judge_has_to_be_named():
    with pytest.raises(UsageError, match="no judge is set"):
        open_judge(Settings())


def test_an_endpoint_is_held_to_a_schema():
    judge = open_judge(Settings(judge="openai", judge_model="strict-judge", judge_base_url="http://127.0.0.1:9/v1"))
    assert judge.model == "strict-judge"
    assert judge.options["response_format"]["json_schema"]["schema"] == SCHEMA
    assert SCHEMA["properties"]["verdict"]["enum"] == list(LABELS)
