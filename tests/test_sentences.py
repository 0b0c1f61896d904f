"""Where sentences end, and what holds together."""

import pytest

from rag.sentences import is_row, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("借期30天；可以续借。", ["借期30天；", "可以续借。"]),
        ("See No. 3 first. Then ask.", ["See No. 3 first.", "Then ask."]),
        ("职级：甲级；限额：500\n职级：乙级；限额：400", ["职级：甲级；限额：500", "职级：乙级；限额：400"]),
        ("标准如下：\n早餐；市区：9；郊区：8\n以上含税。", ["标准如下：", "早餐；市区：9；郊区：8", "以上含税。"]),
        (
            "Bed and breakfast; Inner London: £165; Elsewhere: £110",
            ["Bed and breakfast; Inner London: £165; Elsewhere: £110"],
        ),
        ("应当登记；逾期的，不予办理。", ["应当登记；", "逾期的，不予办理。"]),
    ],
)
def test_a_row_of_a_table_is_one_sentence(text, parts):
    assert sentences(text) == parts


def test_a_row_may_begin_with_a_cell_of_a_column_without_a_name():
    assert is_row("Lunch; Inner London: £9; Elsewhere: £9")
    assert not is_row("应当登记；逾期的，不予办理。")
