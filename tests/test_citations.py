"""Markers of a draft are parsed as they stream, wherever a model puts them."""

import pytest

from rag.citations import DraftSentence, split_draft


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("每年两次[1]。由部门负责[2]。", [("每年两次。", (1,)), ("由部门负责。", (2,))]),
        ("每年两次。[1]由部门负责。[2]", [("每年两次。", (1,)), ("由部门负责。", (2,))]),
        (
            "Ask twice a year [1]. The head approves [1][2].",
            [("Ask twice a year.", (1,)), ("The head approves.", (1, 2))],
        ),
        ("It costs 3.5 million [1].", [("It costs 3.5 million.", (1,))]),
        ("每年两次【1】【3】", [("每年两次", (1, 3))]),
        ("每年两次[1, 2]。", [("每年两次。", (1, 2))]),
        ("按（1）项办理[7]。", [("按（1）项办理。", (7,))]),
        ("没有标记", [("没有标记", ())]),
        ("\n\n", []),
        ("[1]", []),
        ("Lunch costs 9 [4.3].", [("Lunch costs 9.", ())]),
        ("见国发[2019]4号[1]。", [("见国发[2019]4号。", (1,))]),
    ],
)
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_sentences_and_markers(draft, expected, piece):
    pieces = [draft[i : i + piece] for i in range(0, len(draft), piece)]
    assert list(split_draft(pieces)) == [DraftSentence(text, markers) for text, markers in expected]


def test_a_sentence_is_given_out_before_the_next_is_written():
    written = []

    def model():
        for piece in ("甲[1]。", "乙", "[2]。"):
            written.append(piece)
            yield piece

    first = next(split_draft(model()))
    assert first == DraftSentence("甲。", (1,))
    assert "".join(written) == "甲[1]。乙"
