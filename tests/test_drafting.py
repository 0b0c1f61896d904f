"""What a model says first is its judgement; what follows are its words."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LogProb

from rag.drafting import read_draft


def responses(text, likely=None, piece_chars=2):
    for start in range(0, len(text), piece_chars):
        yield ChatResponse(
            message=ChatMessage(role="assistant", content=text[: start + piece_chars]),
            delta=text[start : start + piece_chars],
            logprobs=[[LogProb(token=token, logprob=logprob) for token, logprob in likely]]
            if likely and not start
            else None,
        )


@pytest.mark.parametrize(
    ("written", "stated", "words"),
    [
        ("有。每次可以借8册[1]。", 6.0, "每次可以借8册[1]。"),
        ("没有。", -6.0, ""),
        ("没有写明赔多少[1]。", None, "没有写明赔多少[1]。"),
        ("Stated. Eight books [1].", 6.0, "Eight books [1]."),
        ("Not stated.", -6.0, ""),
        ("每次可以借8册，逾期收费[1]。", None, "每次可以借8册，逾期收费[1]。"),
        ("有关部门审批[1]。", None, "有关部门审批[1]。"),
        ("", None, ""),
    ],
)
def test_judgement_and_words(written, stated, words):
    draft = read_draft(responses(written))
    assert (draft.stated, "".join(draft.words)) == (stated, words)


@pytest.mark.parametrize(
    ("likely", "stated"),
    [
        ((("有", -0.5), ("没有", -1.5), ("没", -3.0)), 1.0),
        ((("没有", -0.1), ("有", -2.6), ("[", -4.0)), -2.5),
        ((("有", -0.1), ("[", -5.1)), 5.0),  # the other word is not likelier than the last of the list
        ((("St", -0.2), (" Not", -1.2)), 1.0),
        ((("[", -0.2), ("回答", -1.2)), 6.0),  # neither word: what it wrote counts
    ],
)
def test_how_sure_the_model_is_comes_from_its_first_token(likely, stated):
    assert read_draft(responses("有。每次8册。", likely)).stated == pytest.approx(stated)


def test_words_are_read_as_they_come():
    read = []

    def counted():
        for response in responses("有。第一句。第二句。"):
            read.append(response.delta)
            yield response

    draft = read_draft(counted())
    assert len(read) == 1
    assert next(draft.words) == ""
    assert len(read) == 1
