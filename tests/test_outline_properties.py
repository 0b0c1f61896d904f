"""Properties of every outline: sections nest and cover, offsets index the text, numbering is recovered."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import chunk_document, own_spans
from ingest.nodes import plain_source
from ingest.outline import outline
from ingest.outline.numerals import chinese

DIGITS = "零一二三四五六七八九"
LINES = st.sampled_from(
    [
        "第一章 总则",
        "第二章 附则",
        "第一节 一般规定",
        "第一条 为规范管理，制定本办法。",
        "第二条 依照第一条的规定办理。",
        "第三条规定的情形除外。",
        "一、总体要求",
        "二、主要任务",
        "（一）加强领导。各单位要落实。",
        "(二)完善制度。",
        "1.召开会议",
        "2、开展培训",
        "（1）审核材料；",
        "①登记；",
        "附件1",
        "附件：1.表格",
        "目录",
        "一是学习。二是检查。三是总结。",
        "公文写作网站，请认准某某家园www.example.com。",
        "关于开展检查的通知",
        "综办〔2023〕5号",
        "Article 1 Scope",
        "(a) first;",
        "2.1 Booking",
        "普通的一段文字，没有编号。",
        "",
        "   ",
        "\u3000\u3000缩进的文字",
    ]
)


def printed(value):
    tens, ones = divmod(value, 10)
    return (("" if tens == 1 else DIGITS[tens]) + "十" if tens else "") + (DIGITS[ones] if ones or not tens else "")


SCHEMES = {
    "chinese": lambda n: (f"{printed(n)}、", printed(n)),
    "chinese_paren": lambda n: (f"（{printed(n)}）", printed(n)),
    "arabic": lambda n: (f"{n}.", str(n)),
    "arabic_paren": lambda n: (f"（{n}）", str(n)),
    "circled": lambda n: (chr(0x245F + n), chr(0x245F + n)),
    "article_like": lambda n: (f"第{printed(n)}章 ", f"第{printed(n)}章"),
}


@st.composite
def numbered_documents(draw):
    """A document whose schemes nest in a random order, with its true outline."""
    order = draw(st.permutations(sorted(SCHEMES)).map(lambda p: p[: draw(st.integers(1, 4))]))
    if "article_like" in order:
        order = ["article_like", *(scheme for scheme in order if scheme != "article_like")]
    lines, truth = ["某单位工作方案"], []

    def add(depth, path):
        for n in range(1, draw(st.integers(2, 4)) + 1):
            marker, number = SCHEMES[order[depth]](n)
            words = draw(st.sampled_from(["加强学习", "改进服务", "完善制度", "落实责任"]))
            lines.append(f"{marker}{words}")
            truth.append((depth + 1, number, words, (*path, number)))
            if draw(st.booleans()):
                lines.append("各单位要认真抓好落实，按时报送情况。")
            if depth + 1 < len(order) and (n == 1 or draw(st.booleans())):
                add(depth + 1, (*path, number))

    add(0, ())
    return "\n".join(lines) + "\n", truth


@given(numbered_documents())
@settings(max_examples=300, deadline=None)
def test_random_numbering_is_recovered(document):
    text, truth = document
    (read,) = outline(plain_source(text))
    assert [(s.level, s.number, s.heading, s.path) for s in read.sections[1:]] == truth
    assert read.irregularities == ()


@given(st.lists(LINES, max_size=40).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_sections_nest_and_cover_the_text(text):
    check(text)


@given(st.text(alphabet="第一二三十条章、（）(1.2)①附件目录X*\n 甲乙。，;:Aa\u3000", max_size=400))
@settings(max_examples=300, deadline=None)
def test_sections_nest_and_cover_any_text(text):
    check(text)


def check(text):
    documents = outline(plain_source(text))
    assert next((d.start, d.end) for d in documents)[0] == 0
    assert documents[-1].end == len(text)
    assert all(a.end == b.start for a, b in itertools.pairwise(documents))
    for document in documents:
        check_document(text, document)


def check_document(text, document):
    root, *rest = document.sections
    by_id = {section.id: section for section in document.sections}
    assert (root.level, root.path, root.start, root.end) == (0, (), document.start, document.end)
    assert len(by_id) == len(document.sections)
    for section in rest:
        parent = by_id[section.parent]
        assert parent.start <= section.start <= section.body <= section.end <= parent.end
        assert section.level == len(section.path) == parent.level + 1
        assert section.path[:-1] == parent.path
    for a, b in itertools.pairwise(document.sections):
        assert a.start <= b.start
        assert b.level <= a.level + 1
    pieces = [text[a:b] for _, (a, b) in own_spans(document)]
    assert "".join(pieces) == text[document.start : document.end]
    for removed in document.removed:
        assert text[removed.start : removed.end] == removed.text
    for part in (*document.items, *document.links, *document.redactions):
        section = by_id[part.section]
        assert section.start <= part.start < part.end <= section.end
    for name, (a, b) in document.metadata.found_at.items():
        assert 0 <= a <= b <= len(text), name
    chunks = chunk_document(text, document, max_tokens=20, count_tokens=len)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert chunk.text == "".join(text[a:b] for a, b in chunk.spans)
        assert len(chunk.text) <= 20


@pytest.mark.parametrize("value", [*range(1, 100), 100, 101, 110, 119, 999, 1000, 1260])
def test_chinese_numerals_are_read_back(value):
    assert chinese(full(value)) == value


def full(value):
    if value < 100:
        return printed(value)
    units = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))
    text, gap = "", False
    for worth, unit in units:
        digit, value = divmod(value, worth)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = bool(text)
    return text
