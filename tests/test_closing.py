"""What closes a document below its last clause is no part of what that clause says."""

import pytest

from rag.closing import asks_for_closing, closing_of

CLAUSE = "（三）各科室按照附件2报送清单。\n"


@pytest.mark.parametrize(
    "closing",
    [
        "联系人：值班室，电话：010-000。\n附件：1. 安排表\n2. 清单\n\n某区档案局\n2025年3月6日\n",
        "附件：2025年安排表\n（此件公开发布）\n",
        "特此通知。\n某馆办公室\n二〇二五年三月六日\n",
        "抄送：各科室。\n",
        "2025年3月6日",
        "某馆办公室\n2025年3月6日\n\n---\n",
    ],
)
def test_contacts_attachments_and_signature_close_a_document(closing):
    text = CLAUSE + closing
    assert text[closing_of(text, 0, len(text)) :] == closing


@pytest.mark.parametrize(
    "below",
    [
        "1.申请表\n2.照片\n",  # a list, no attachments
        "本办法自2025年3月6日起施行。\n",
        "联系人应当每年核对一次。\n",
        "借阅证\n",
    ],
)
def test_what_the_clause_says_stays(below):
    text = CLAUSE + below
    assert closing_of(text, 0, len(text)) == len(text)


def test_the_line_of_the_clause_itself_stays():
    text = "附件：安排表\n2025年3月6日\n"
    assert closing_of(text, 0, len(text)) == text.index("2025")


@pytest.mark.parametrize(
    ("question", "asks"), [("联系电话是多少？", True), ("谁签发的？", True), ("要报哪些资料？", False)]
)
def test_what_asks_for_the_closing(question, asks):
    assert asks_for_closing(question) is asks
