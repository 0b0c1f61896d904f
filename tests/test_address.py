"""Addresses are read in all their spellings and looked up, never guessed."""

import pytest

from rag.address import Step, nearest, parse_addresses, printed_step, resolve
from rag.types import Section


def steps(question: str) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [[(s.kind, s.value) for s in address.steps] for address in parse_addresses(question)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("第三条说什么", [[("条", ("3",))]]),
        ("第 三 条 规定了什么", [[("条", ("3",))]]),
        ("《档案办法》第３２条之一", [[("条", ("32", "1"))]]),
        ("第三章第二节", [[("章", ("3",)), ("节", ("2",))]]),
        ("三（七）", [[("", ("3",)), ("", ("7",))]]),
        ("第三部分第（七）项", [[("部分", ("3",)), ("项", ("7",))]]),
        ("第五条第二款第（三）项", [[("条", ("5",)), ("款", ("2",)), ("项", ("3",))]]),
        ("第三条和第五条", [[("条", ("3",))], [("条", ("5",))]]),
        ("附件2", [[("annex", ("2",))]]),
        ("Article 12(3)(a)", [[("article", ("12",)), ("", ("3",)), ("", ("a",))]]),
        ("paragraph (b) of Article 4", [[("article", ("4",)), ("paragraph", ("b",))]]),
        ("section 4.2.1", [[("section", ("4", "2", "1"))]]),
        ("Annex B", [[("annex", ("b",))]]),
        ("差旅费（2024年）是多少", []),
        ("报销要几天？", []),
    ],
)
def test_parse(question, expected):
    assert steps(question) == expected


def tree(*paths: tuple[str, ...]) -> list[Section]:
    """Sections with the given paths, under a root."""
    ids = {(): "root"} | {path: "/".join(path) for path in paths}
    sections = [Section(id="root", parent=None, level=0, number="", heading="", path=(), start=0, end=99, body=0)]
    for i, path in enumerate(paths):
        sections.append(
            Section(
                id=ids[path], parent=ids[path[:-1]], level=len(path), number=path[-1], heading="", path=path,
                start=i, end=i + 1, body=i,
            )
        )  # fmt: skip
    return sections


STATUTE = tree(
    ("第一章",), ("第一章", "第一条"), ("第一章", "第二条"), ("第一章", "第二条", "一"), ("第一章", "第二条", "二"),
    ("第二章",), ("第二章", "第三条"), ("第二章", "第三条之一"), ("附件1",),
)  # fmt: skip
PLAN = tree(("一",), ("一", "一"), ("二",), ("二", "二"), ("二", "三"), ("二", "三", "1"))
ENGLISH = tree(("1",), ("1", "1.1"), ("2",), ("2", "2.1"), ("2", "2.1", "a"), ("Annex B",))


@pytest.mark.parametrize(
    ("question", "sections", "found"),
    [
        ("第二条", STATUTE, [("第一章", "第二条")]),
        ("第二条第（二）项", STATUTE, [("第一章", "第二条", "二")]),
        ("第三条之一", STATUTE, [("第二章", "第三条之一")]),
        ("第二章第三条", STATUTE, [("第二章", "第三条")]),
        ("第一章第三条", STATUTE, []),
        ("第九条", STATUTE, []),
        ("附件一", STATUTE, [("附件1",)]),
        ("二（三）", PLAN, [("二", "三")]),
        ("第二部分第（三）项", PLAN, [("二", "三")]),
        ("第二部分", PLAN, [("二",)]),
        ("第二条", PLAN, [("二",)]),
        ("一（三）", PLAN, []),
        ("Section 2.1", ENGLISH, [("2", "2.1")]),
        ("section 2.1(a)", ENGLISH, [("2", "2.1", "a")]),
        ("Annex B", ENGLISH, [("Annex B",)]),
    ],
)
def test_resolve(question, sections, found):
    (address,) = parse_addresses(question)
    assert [section.path for section in resolve(address, sections)] == found


def test_a_missing_article_names_the_nearest():
    (address,) = parse_addresses("第九条")
    near = nearest(address, STATUTE)
    assert near is not None
    assert near.number == "第三条"


def test_printed_numbers_as_steps():
    assert printed_step("第三十二条之一") == Step("条", ("32", "1"))
    assert printed_step("3.2") == Step("", ("3", "2"))
