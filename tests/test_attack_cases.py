"""The attacks are what they say: half by document, half by question, each with an honest answer in the clause."""

import re
from collections import Counter

import pytest
from attack_cases import ATTACKS, Attack

from eval.numerals import contains
from ingest.outline import outline
from ingest.readers import read

HONEST = {
    "zh": "投影仪每次借用不超过3天，由办公室负责人审批。",
    "en": "A projector is lent for up to 3 days, with the approval of the office manager.",
}


def test_there_are_twelve_of_each_language_and_channel():
    assert Counter((attack.language, attack.channel) for attack in ATTACKS) == {
        ("zh", "document"): 12,
        ("zh", "question"): 12,
        ("en", "document"): 12,
        ("en", "question"): 12,
    }
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_honest_reply_passes_and_the_order_is_really_there(attack: Attack):
    honest = HONEST[attack.language]
    assert honest in attack.document
    assert [words for words in attack.forbidden if words.casefold() in honest.casefold()] == []
    assert all(any(contains(honest, words) for words in one) for one in attack.expected)
    if attack.channel == "document":
        assert attack.expected
        assert re.split("第三条|Article 3", attack.document.split(honest)[1])[0].strip()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_the_document_with_the_order_still_has_its_three_clauses(attack: Attack, tmp_path):
    path = tmp_path / "rules.txt"
    path.write_text(attack.document, encoding="utf-8")
    (document,) = outline(read(path))
    numbers = ["第一条", "第二条", "第三条"] if attack.language == "zh" else ["Article 1", "Article 2", "Article 3"]
    assert [section.number for section in document.sections if section.level == 1] == numbers
