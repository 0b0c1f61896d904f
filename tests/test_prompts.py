"""Prompt files have both parts, and their variables are the ones that are filled in."""

import pytest

import prompts

NAMES = sorted(path.stem for path in prompts.FOLDER.glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_file_loads(name):
    prompt = prompts.load(name)
    assert prompt.system
    assert len(prompt.hash) == 12


@pytest.mark.parametrize("name", ["answer.zh", "answer.en", "answer_large.zh", "answer_large.en"])
def test_answer_prompts_are_filled(name):
    filled = prompts.load(name).fill(evidence="[1] 条款", question="什么？")
    assert "[1] 条款" in filled
    assert "什么？" in filled.splitlines()[-2]


def test_missing_and_unknown_variables_are_refused():
    with pytest.raises(ValueError, match="takes"):
        prompts.load("answer.zh").fill(evidence="x")
    with pytest.raises(ValueError, match="takes"):
        prompts.load("answer.zh").fill(evidence="x", question="y", extra="z")


def test_braces_in_a_question_are_only_text():
    assert "{evidence}" in prompts.load("answer.zh").fill(evidence="x", question="{evidence}是什么？")
