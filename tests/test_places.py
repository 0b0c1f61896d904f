"""Whose documents a question is asked of, where offices of several places write about the same things."""

import pytest
from small_index import source_file

from rag.index import Index
from rag.places import of_other_places, of_places
from rag.plan import make_plan
from rag.testing import HashEmbedder
from rag.types import Scope

FILES = (
    ("city.txt", "青岚市机关差旅费管理办法", {}),
    ("district.txt", "石渡区机关用车管理办法", {}),
    ("issued.txt", "关于规范用印的通知", {"issuer": "石渡区人民政府办公室"}),
    ("meeting.txt", "在石渡区档案工作会议上的讲话", {}),
    ("any.txt", "全县档案管理办法", {}),
    ("larkfield.txt", "Larkfield Institute Travel Policy", {}),
    ("harrow.txt", "Harrowmere Borough Council Volunteer Handbook", {}),
    ("signature.txt", "Signature Policy", {}),
    ("province.txt", "2024年临江省公共机构节能工作要点", {}),
    ("region.txt", "2024年云岭苗族自治区公共机构节能工作要点", {}),
)
CITY, DISTRICT = {"city.txt"}, {"district.txt", "issued.txt", "meeting.txt"}
ENGLISH = {"larkfield.txt", "harrow.txt"}
PROVINCE = {"province.txt", "region.txt"}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, title, metadata in FILES:
            writer.put(source_file(source, title, [(("1",), "1 住宿费每天350元。\n")], **metadata))
    return index


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("青岚市机关的住宿费是多少？", DISTRICT | ENGLISH | PROVINCE),
        ("青岚机关的住宿费是多少？", DISTRICT | ENGLISH | PROVINCE),
        ("临江今年的节能目标是多少？", CITY | DISTRICT | ENGLISH | {"region.txt"}),
        ("云岭今年的节能目标是多少？", CITY | DISTRICT | ENGLISH | {"province.txt"}),
        ("石渡区的住宿费是多少？", CITY | ENGLISH | PROVINCE),
        ("石渡的住宿费是多少？", CITY | ENGLISH | PROVINCE),
        ("我们石渡，住宿费是多少？", CITY | ENGLISH | PROVINCE),
        ("到石渡住宿，限额是多少？", set()),
        ("跨过石渡的大桥多长？", set()),
        ("青岚市石渡区的住宿费是多少？", ENGLISH | PROVINCE),
        ("去石渡区出差，住宿费是多少？", set()),
        ("住宿费是多少？", set()),
        ("白泽镇的住宿费是多少？", set()),
        ("What does Larkfield pay for hotels?", {"harrow.txt"} | CITY | DISTRICT | PROVINCE),
        ("Larkfield's limit for hotels?", {"harrow.txt"} | CITY | DISTRICT | PROVINCE),
        ("Larkfield学院的住宿费是多少？", {"harrow.txt"} | CITY | DISTRICT | PROVINCE),
        ("What is paid for a trip to Larkfield?", set()),
        ("Signature of the form: who gives it?", set()),
    ],
)
def test_a_place_that_is_named_leaves_out_what_other_places_wrote(index, question, left_out):
    snapshot = index.snapshot()
    found = of_other_places(question, snapshot.names)
    assert {snapshot.document(doc_id).source for doc_id in found} == left_out


def test_the_documents_of_a_place(index):
    snapshot = index.snapshot()
    found = of_places("石渡区2021年和2022年各是多少？", snapshot.names)
    assert {snapshot.document(doc_id).source for doc_id in found} == DISTRICT
    assert of_places("白泽镇的住宿费是多少？", snapshot.names) == frozenset()


def test_a_document_that_is_named_stays_whatever_place_is(index):
    scope = make_plan(index.snapshot(), "石渡区执行《青岚市机关差旅费管理办法》吗？", Scope()).scope
    (doc_id,) = scope.documents
    assert index.snapshot().document(doc_id).source == "city.txt"
    assert doc_id not in scope.without


def test_grounds_are_a_place_where_a_title_begins_with_them(tmp_path):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, title in (
            ("county.txt", "砾原县数据工作要点"),
            ("grounds.txt", "桦坪产业园服务手册"),
            ("any.txt", "关于促进开发区发展的意见"),
        ):
            writer.put(source_file(source, title, [(("1",), "1 每周一次。\n")]))
    snapshot = index.snapshot()
    found = of_other_places("砾原县多久一次？", snapshot.names)
    assert {snapshot.document(doc_id).source for doc_id in found} == {"grounds.txt"}
