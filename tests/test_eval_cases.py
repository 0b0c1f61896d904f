import json

import pytest
from eval_fakes import FakeSnapshot

from eval.cases import Case, GoldSection, load_set, sample, set_hash
from eval.gold import locate
from rag.errors import UsageError


def write(tmp_path, *lines):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_set_is_read_with_every_field(tmp_path):
    path = write(
        tmp_path,
        {
            "id": "a", "question": "每年几次？", "answerable": True, "answer": "两次",
            "must_contain": [["两次", "2次"], "年假"], "quote": "两次", "type": "fact", "tags": ["easy"],
            "sections": [{"document": "职工请假办法", "path": ["一"]}],
        },
        "",
        {"id": "b", "question": "?", "answerable": False},
    )  # fmt: skip
    loaded = load_set(path)
    assert loaded.cases == (
        Case(
            id="a", question="每年几次？", answer="两次", must_contain=(("两次", "2次"), ("年假",)),
            sections=(GoldSection(document="职工请假办法", path=("一",)),), quote="两次", tags=("easy",),
        ),
        Case(id="b", question="?", answerable=False),
    )  # fmt: skip
    assert (loaded.name, loaded.lines) == ("set", {"a": 1, "b": 3})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not valid JSON"),
        ({"id": "a", "question": "?"}, "line 2: id 'a' is used on line 1 already"),
        (
            {"id": "b", "question": "?", "gold": 1},
            "line 2: unknown field 'gold'; known fields: id, question, answerable",
        ),
        ({"id": "b"}, "line 2: question: "),
        ({"id": "", "question": "?"}, "line 2: id: "),
        ({"id": "b", "question": "?", "answerable": "yes"}, "line 2: answerable: "),
        ({"id": "b", "question": "?", "must_contain": [[]]}, "line 2: must_contain.0: "),
        ({"id": "b", "question": "?", "must_contain": [[""]]}, "line 2: must_contain.0.0: "),
        ({"id": "b", "question": "?", "must_contain": [7]}, "line 2: must_contain.0.0: "),
        ({"id": "b", "question": "?", "sections": [{"path": ["一"]}]}, "line 2: sections.0.document: "),
        ("[1]", "line 2: the line: "),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, line, message):
    path = write(tmp_path, {"id": "a", "question": "?"}, line)
    with pytest.raises(UsageError) as error:
        load_set(path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_empty_and_wrongly_encoded_sets_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read this set"):
        load_set(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="has no cases"):
        load_set(write(tmp_path, ""))
    path = tmp_path / "gbk.jsonl"
    path.write_bytes('{"id": "年", "question": "?"}'.encode("gb18030"))
    with pytest.raises(UsageError, match="must be UTF-8"):
        load_set(path)


def test_the_hash_of_a_set_is_of_its_content(tmp_path):
    one, two = Case(id="a", question="?"), Case(id="b", question="?")
    assert set_hash([one, two]) == set_hash([two, one])
    assert set_hash([one]) != set_hash([Case(id="a", question="?", answer="x")])


def test_a_sample_keeps_the_shares_of_types_and_the_order():
    # 60 facts, 30 lists, 10 dates; of 10 cases 6, 3 and 1.
    cases = [
        Case(id=f"{i:03}", question="?", type="fact" if i < 60 else "list" if i < 90 else "date") for i in range(100)
    ]
    chosen = sample(cases, 10, seed=3)
    assert [sum(c.type == kind for c in chosen) for kind in ("fact", "list", "date")] == [6, 3, 1]
    assert [c.id for c in chosen] == sorted(c.id for c in chosen)
    assert chosen == sample(cases, 10, seed=3) != sample(cases, 10, seed=4)
    assert len(sample(cases, 7)) == 7
    assert sample(cases, 200) == tuple(cases)


@pytest.mark.parametrize(
    "name", ["职工请假办法", "《职工請假辦法》", "职工 请假办法", "hr/leave.txt", "leave.txt", "LEAVE"]
)
def test_gold_is_found_by_title_or_file_name(name):
    case = Case(
        id="a", question="?", sections=(GoldSection(document=name, path=("（一）",)),), quote="每年可休年假两次"
    )
    (located,), faults = locate([case], FakeSnapshot())
    assert faults == ()
    (place,) = located.gold[0].places
    assert (place.doc_id, place.path, place.text) == (
        "leave",
        ("一",),
        "一、年假\n职工每年可休年假两次，每次不超过五天。",
    )


def test_a_quote_may_run_over_what_cleaning_removed():
    gold = (GoldSection(document="差旅规定", path=("一",)),)
    cases = [
        Case(id="whole", question="?", sections=gold, quote="不超过350元。【广告】超标"),
        Case(id="clean", question="?", sections=gold, quote="不超过350元。超标自理"),
    ]
    located, faults = locate(cases, FakeSnapshot())
    assert (len(located), faults) == (2, ())


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("科长\t400元\t含早餐", True),
        ("| 科长 | 400元 |", True),
        ("<td>科长</td><td>400元</td>", True),
        ("| 职级 | 标准 |\n|---|---|\n| 科长 | 400元 |", True),
        ("400元\t科长", False),
        ("| 科长 | 350元 |", False),
    ],
)
def test_the_cells_of_a_row_may_be_quoted_as_they_stand_in_the_file(quote, stands):
    gold = (GoldSection(document="差旅规定", path=("一",)),)
    _, faults = locate([Case(id="row", question="?", sections=gold, quote=quote)], FakeSnapshot())
    assert (faults == ()) is stands


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            {"sections": [{"document": "职工请假法", "path": []}]},
            "no document has the title or file name '职工请假法'; the nearest is '职工请假办法'",
        ),
        ({"sections": [{"document": "leave", "path": ["三"]}]}, "'leave' has no section 三; there are 一, 二"),
        ({"sections": [{"document": "leave", "path": ["一", "1"]}]}, "'leave' has no section 一 › 1; nothing is there"),
        (
            {"sections": [{"document": "leave", "path": ["二"]}], "quote": "年假两次"},
            "the quote '年假两次' does not stand in leave 二",
        ),
        ({"quote": "没有这句"}, "no document holds the quote '没有这句'"),
        ({"document": "zzz"}, "no document has the title or file name 'zzz'"),
    ],
)  # fmt: skip
def test_gold_that_cannot_be_reached_says_why(case, reason):
    sections = tuple(GoldSection(document=s["document"], path=tuple(s["path"])) for s in case.pop("sections", []))
    located, faults = locate([Case(id="x", question="?", sections=sections, **case)], FakeSnapshot())
    assert located == ()
    assert [(fault.case, fault.reason) for fault in faults] == [("x", reason)]
