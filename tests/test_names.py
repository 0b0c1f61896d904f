"""Documents are recognised by full, shortened, numbered and other names, and never on a weak match."""

import time

import pytest

from rag.issuers import issued_by
from rag.names import Names
from rag.types import IndexedDocument, Metadata


def document(doc_id, title, *, source="", superseded_by=None, **metadata):
    return IndexedDocument(
        doc_id=doc_id, source=source or f"{doc_id}.txt", ordinal=0, title=title, start=0, end=1,
        metadata=Metadata(**metadata), sections=1, chunks=1, superseded_by=superseded_by,
    )  # fmt: skip


LIBRARY = (
    document("t18", "安河市市级机关差旅费管理办法", year=2018, document_number="安财行〔2018〕12号",
             issuer="安河市财政局", superseded_by="t24"),
    document("t24", "安河市市级机关差旅费管理办法", year=2024, document_number="安财行〔2024〕6号", issuer="安河市财政局"),
    document("room", "安河县机关会议室管理办法（试行）", issuer="安河县机关事务管理中心"),
    document("plan22", "安河县机关2022年职工培训计划", year=2022),
    document("plan23", "安河县机关2023年职工培训计划", year=2023),
    document("cars", "关于印发安河县公务用车使用管理规定的通知"),
    document("civil", "中华人民共和国民法典"),
    document("labour", "中华人民共和国劳动合同法"),
    document("penal", "中华人民共和国刑法"),
    document("civilx", "关于适用《中华人民共和国民法典》婚姻家庭编的解释（一）"),
    document("leave", "安河县职工休假管理规定"),
    document("leave2", "安河县教师休假管理规定"),
    document("travel", "Travel and Expenses Policy", issuer="Ashford Finance Office", source="docs/travel_policy_v2.docx"),
    document("vehicle", "Vehicle Use Policy"),
    document("handbook", "Staff Handbook"),
    document("topic", "Annual Leave"),
    document("report21", "2021年安河县档案工作报告", year=2021),
    document("report22", "2022年安河县机关档案工作报告（摘要）", year=2022),
    document("joint", "安河县档案局2022年度工作总结暨2023年度工作计划", year=2023),
    document("street24", "街道2024年普法工作要点", year=2024),
)  # fmt: skip
NAMES = Names(
    LIBRARY, [("x", "公务用车规定", "关于印发安河县公务用车使用管理规定的通知"), ("x", "HRO", "Human Resources Office")]
)


def named(question):
    return [(m.documents, m.certain) for m in NAMES.mentions(question)]


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("安河市市级机关差旅费管理办法的标准", ("t18", "t24")),
        ("差旅费管理办法的标准", ("t18", "t24")),
        ("差旅办法第五条", ("t18", "t24")),
        ("按照差旅费办法，住宿费是多少", ("t18", "t24")),
        ("差旅費管理辦法第五條", ("t18", "t24")),
        ("安财行〔2018〕12号还有效吗", ("t18",)),
        ("安财行[2018]12号还有效吗", ("t18",)),
        ("安财行（２０１８）１２号还有效吗", ("t18",)),
        ("会议室管理办法第六条", ("room",)),
        ("2022年职工培训计划", ("plan22",)),
        ("2022年安河县档案工作报告里有几项", ("report22",)),
        ("街道普法工作要点里有几项", ("street24",)),
        ("根据安河县档案局2022年度工作总结，接收了多少卷", ("joint",)),
        ("安河县档案局2022年度工作总结暨2023年度工作计划里有几项", ("joint",)),
        ("安河县机关2023年职工培训计划有几期", ("plan23",)),
        ("职工培训计划有几期", ("plan22", "plan23")),
        ("公务用车使用管理规定要求什么", ("cars",)),
        ("公务用车规定第三条", ("cars",)),
        ("民法典第一千条", ("civil",)),
        ("《民法典》第一千条", ("civil",)),
        ("中华人民共和国劳动合同法", ("labour",)),
        ("劳动合同法规定试用期多久", ("labour",)),
        ("刑法第二十条", ("penal",)),
        ("民法典婚姻家庭编的解释第三条", ("civilx",)),
        ("职工休假管理规定里事假几天", ("leave",)),
        ("What does the travel policy say?", ("travel",)),
        ("under the Travel and Expenses Policies", ("travel",)),
        ("travel_policy_v2.docx section 2", ("travel",)),
        ("how far may I drive under the vehicle policy", ("vehicle",)),
        ("staff handbook section 2", ("handbook",)),
    ],
)
def test_a_name_points_to_its_document(question, documents):
    assert named(question) == [(documents, True)]


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("休假管理规定第二条", ("leave", "leave2")),
        ("有没有差旅办法", ("t18", "t24")),
        ("Is there a vehicle policy for dogs?", ("vehicle",)),
        ("How many days of annual leave do I get?", ("topic",)),
        ("刑法学是什么", ("penal",)),
    ],
)
def test_what_is_ambiguous_or_said_in_passing_only_hints(question, documents):
    assert named(question) == [(documents, False)]


@pytest.mark.parametrize(
    "question",
    [
        "差旅费多少", "管理办法第三条", "本办法第三条", "该规定第二条", "这个办法里怎么说", "有什么好办法",
        "This policy", "our policies", "the plan", "What is the plan for training?", "出差怎么办", "", "？！",
    ],
)  # fmt: skip
def test_what_names_no_document(question):
    assert named(question) == []


def test_a_name_after_several_years_is_that_of_each():
    (first, second) = NAMES.mentions("2021年、2022年安河县档案工作报告分别怎么说")
    assert (first.documents, second.documents) == (("report21",), ("report22",))
    assert first.certain
    assert second.certain
    assert first.text == "2021年"


def test_a_longer_name_of_another_year_only_hints():
    assert named("2020年第一次会议上，普法工作要点通过了吗") == [(("street24",), False)]
    assert named("机关支部“普法工作要点”第二年抓什么") == [(("street24",), False)]
    assert named("根据“普法工作要点”，第二年抓什么") == [(("street24",), True)]
    assert named("2020年全县普法工作要点里有几项") == [(("street24",), False)]
    assert named("2024年全县普法工作要点里有几项") == [(("street24",), True)]


def test_what_there_is_anew_of_a_later_year_is_former():
    assert NAMES.former == {"t18", "plan22"}


def test_versions_share_a_name_and_years_are_known_from_titles_and_metadata():
    assert NAMES.versions("plan22") == ("plan22", "plan23")
    assert NAMES.versions("t24") == ("t18", "t24")
    assert NAMES.versions("room") == ("room",)
    assert NAMES.of_year(2022) == {"plan22", "report22", "joint"}
    assert NAMES.of_year(1999) == set()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("市财政局发的办法里住宿费多少", (("t18", "t24"), False)),
        ("由安河市财政局印发的文件里住宿费多少", (("t18", "t24"), True)),
        ("由机关事务管理中心印发的办法要求什么", (("room",), True)),
        ("the policy issued by the Finance Office on hotels", (("travel",), True)),
        ("省财政局发的办法", ((), False)),
        ("差旅办法是由安河市财政局印发的吗？", ((), False)),
        ("要财政局审批吗", ((), False)),
    ],
)
def test_issuers(question, expected):
    assert issued_by(question, NAMES) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where is the HRO?", (("Human Resources Office",),)),
        ("the human resources office", (("HRO",),)),
        ("the chrono log", ()),
    ],
)
def test_abbreviations_stand_for_each_other(question, expected):
    assert NAMES.abbreviated(question, None) == expected
    assert NAMES.abbreviated(question, frozenset({"other"})) == ()


def test_five_thousand_titles_cost_a_question_under_five_milliseconds():
    subjects = [
        "差旅",
        "会议",
        "公务",
        "用车",
        "档案",
        "数据",
        "采购",
        "培训",
        "图书",
        "信息",
        "经费",
        "资产",
        "人事",
        "考核",
        "安全",
        "印章",
    ]
    kinds = ["管理办法", "实施细则", "管理规定", "工作方案"]
    many = Names(
        [
            document(
                str(i), f"第{i}区{subjects[i % 16]}{subjects[i // 16 % 16]}{subjects[i // 256 % 16]}{kinds[i % 4]}"
            )
            for i in range(5000)
        ]
    )
    question = "按照差旅会议管理办法第五条，由市财政局印发的2022年住宿费标准是多少？"
    many.mentions(question), many.issuers
    best = min(_seconds(lambda: (many.mentions(question), issued_by(question, many))) for _ in range(5))
    assert best < 0.005


def _seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_a_word_of_folder_or_file_points_to_what_is_filed_under_it():
    files = {"a": "northbank/leave.md", "b": "northbank__travel-2024.md", "c": "docs/dxr/leave.md", "d": "2024.md"}
    names = Names([document(key, "Leave", source=source) for key, source in files.items()])
    assert names.filed_under("How much leave does Northbank give?") == {"a", "b"}
    assert names.filed_under("How much leave was there in 2024?") == set()
    assert names.filed_under("How much leave at dxr and at Northbank?") == set()  # most of them
