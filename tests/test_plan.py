"""What is read from a question before anything is ranked: documents, versions, years, sides, other words."""

from dataclasses import replace
from datetime import date

import pytest
from small_index import source_file

from rag.chatbot import Chatbot
from rag.contrast import contrast
from rag.gathering import gather
from rag.index import Index
from rag.plan import make_plan
from rag.question import asks_list
from rag.settings import Settings
from rag.synonyms import read_synonyms
from rag.testing import HashEmbedder
from rag.types import Question, Scope

TODAY = date(2024, 6, 1)
FILES = (
    ("travel18.txt", "安河县差旅费管理办法", "一级人员住宿费限额280元。", {"year": 2018, "document_number": "安财〔2018〕12号"}),
    ("travel24.txt", "安河县差旅费管理办法", "一级人员住宿费限额350元，三级人员200元。",
     {"year": 2024, "document_number": "安财〔2024〕6号", "repeals": ("安财〔2018〕12号",), "issuer": "安河县财政局"}),
    ("plan22.txt", "2022年职工培训计划", "公文写作培训每期2天。", {"year": 2022}),
    ("plan23.txt", "2023年职工培训计划", "公文写作培训每期3天。", {"year": 2023}),
    ("room.txt", "会议室管理办法", "会议室提前两天预约。", {"year": 2022, "issuer": "安河县机关事务管理中心"}),
    ("lending.md", "Equipment Lending Policy", "Group A may borrow for 7 days, group B for 14 days.", {"year": 2023}),
    ("leave.md", "Leave Handbook", "Staff have 25 days of annual leave.", {"year": 2023}),
)  # fmt: skip
LIST = [
    (("第一条",), "第一条 有下列情形之一的，不予报销：\n"),
    (("第一条", "（一）"), "（一）超过标准的住宿费用。\n"),
    (("第一条", "（二）"), "（二）没有票据的交通费用。\n"),
    (("第二条",), "第二条 报销由财务科办理。\n"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"), embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, title, text, metadata in FILES:
            writer.put(source_file(source, title, [(("1",), f"1 {text}\n"), (("2",), "2 Notes 说明\n")], **metadata))
        writer.put(source_file("claims.txt", "报销细则", LIST, year=2020))
    return index


def plan(index, text, scope=Scope(), **values):  # noqa: B008 - frozen
    return make_plan(index.snapshot(), text, scope, today=TODAY, **values)


def sources(index, doc_ids):
    return sorted(index.snapshot().document(doc_id).source for doc_id in doc_ids)


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("差旅办法里住宿费多少？", ["travel24.txt"]),
        ("2018年的差旅办法里住宿费多少？", ["travel18.txt"]),
        ("2018年《差旅费管理办法》住宿费多少？", ["travel18.txt"]),
        ("今年的差旅费管理办法", ["travel24.txt"]),
        ("安财（2018）12号的住宿费", ["travel18.txt"]),
        ("旧的差旅费管理办法第1条", ["travel18.txt", "travel24.txt"]),
        ("职工培训计划里写作培训几天", ["plan22.txt", "plan23.txt"]),
        ("去年的职工培训计划里写作培训几天", ["plan23.txt"]),
        ("最新的职工培训计划里写作培训几天", ["plan23.txt"]),
        ("由安河县机关事务管理中心印发的文件要求什么", ["room.txt"]),
        ("What does the lending policy say about group A?", ["lending.md"]),
        ("住宿费多少？", []),
        ("2023年培训几天？", []),
        ("本办法第1条", []),
        ("住宿费和会议室", []),
        ("有没有会议室办法", []),
    ],
)
def test_scope_is_narrowed_only_by_what_is_named_beyond_doubt(index, text, documents):
    assert sources(index, plan(index, text).scope.documents) == documents


def test_the_year_that_told_the_version_is_not_looked_for_in_its_clauses(index):
    assert (
        plan(index, "2018年的安河县差旅费管理办法里一级人员住宿费多少？").text
        == "安河县差旅费管理办法里一级人员住宿费多少？"
    )
    assert "2022年" in plan(index, "2022年职工培训计划里公文写作培训几天？").text
    assert "2018年" in plan(index, "安河县差旅费管理办法在2018年说住宿费多少？").text


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("2023年培训几天？", ["leave.md", "lending.md", "plan23.txt"]),
        ("去年培训几天？", ["leave.md", "lending.md", "plan23.txt"]),
        ("有没有会议室办法", ["room.txt"]),
        ("财政局发的办法里住宿费多少", ["travel24.txt"]),
        ("住宿费2000元够吗？", []),
    ],
)
def test_hints_prefer_and_leave_nothing_out(index, text, documents):
    read = plan(index, text)
    assert sources(index, read.preferred) == documents
    assert read.scope.documents == ()


def test_what_the_asker_chose_is_never_widened(index):
    (room,) = (d.doc_id for d in index.snapshot().documents() if d.source == "room.txt")
    read = plan(index, "差旅费管理办法里2018年和2024年有什么不同？", Scope(documents=(room,)))
    assert read.scope == Scope(documents=(room,))
    assert {d for side in read.sides for d in side.scope.documents} <= {room}


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("2022年和2023年的培训计划有什么不同？", [("earlier", ["plan22.txt"]), ("later", ["plan23.txt"])]),
        ("职工培训计划里2022年和2023年的培训各几天？", [("earlier", ["plan22.txt"]), ("later", ["plan23.txt"])]),
        ("2018年与2024年的差旅费管理办法有什么区别？", [("earlier", ["travel18.txt"]), ("later", ["travel24.txt"])]),
        ("住宿费，2018年和2024年的办法有什么不同？", [("earlier", ["travel18.txt"]), ("later", ["travel24.txt"])]),
        ("住宿费新办法比2018年的办法高多少？", [("earlier", ["travel18.txt"]), ("later", ["travel24.txt"])]),
        ("差旅费新旧办法住宿费差多少？", [("new", ["travel24.txt"]), ("old", ["travel18.txt"])]),
        ("What changed between the old and the new travel rules?", [("new", ["travel24.txt"]), ("old", ["travel18.txt"])]),
        ("会议室管理办法和差旅费管理办法都要求审批吗？", [("会议室管理办法", ["room.txt"]), ("差旅费管理办法", ["travel24.txt"])]),
        ("Do both the Equipment Lending Policy and the Leave Handbook set a limit?",
         [("equipment lending policy", ["lending.md"]), ("leave handbook", ["leave.md"])]),
        ("一级人员和三级人员的住宿费差多少？", [("一级人员", []), ("三级人员", [])]),
        ("请示与报告有什么区别？", [("请示", []), ("报告", [])]),
        ("一级人员比三级人员高多少？", [("一级人员", []), ("三级人员", [])]),
        ("What is the difference between group A and group B?", [("group a", []), ("group b", [])]),
        ("搬家公司的开支要比预算多8万元，报谁批？", []),
        ("安河县2018年和2023年的标准各是多少？", [("earlier", []), ("later", [])]),
        ("住宿费多少？", []),
        ("会议室和车辆由谁管理？", []),
        ("住宿费占比例多少？", []),
        ("How many days may group A borrow?", []),
        ("2023年培训几天？", []),
    ],
)  # fmt: skip
def test_sides_of_a_comparison(index, text, sides):
    assert [(side.label, sources(index, side.scope.documents)) for side in plan(index, text).sides] == sides


def test_what_holds_now_is_not_looked_for_in_former_years_plans(index):
    assert sources(index, plan(index, "现在公文写作培训几天？").scope.without) == ["plan22.txt", "travel18.txt"]
    assert sources(index, plan(index, "公文写作培训几天？").scope.without) == ["travel18.txt"]
    assert sources(index, plan(index, "2022年现在的公文写作培训几天？").scope.without) == ["travel18.txt"]


def test_each_side_has_its_own_question(index):
    first, second = plan(index, "2022年和2023年的写作培训各几天？").sides
    assert ("2023" in first.text, "2022" in second.text) == (False, False)
    first, second = plan(index, "一级人员和三级人员的住宿费差多少？").sides
    assert (first.text, second.text) == ("一级人员的住宿费多少?", "三级人员的住宿费多少?")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("河东、河西两县2024年植树的目标分别是多少万株？",
         ["河东2024年植树的目标是多少万株?", "河西2024年植树的目标是多少万株?"]),
        ("今年用煤，河东和河西各打算用多少吨，谁多？", ["今年用煤,河东打算用多少吨?", "今年用煤,河西打算用多少吨?"]),
        ("捐书的活动，2022年全县工作要点和街道工作要点各叫什么？",
         ["捐书的活动,2022年全县工作要点叫什么?", "捐书的活动,街道工作要点叫什么?"]),
        ("出差乘坐A级和C级车辆的补贴差多少？", ["出差乘坐a级车辆的补贴多少?", "出差乘坐c级车辆的补贴多少?"]),
        ("河东学院和河西大学逾期罚款有什么区别？", ["河东学院逾期罚款?", "河西大学逾期罚款?"]),
        ("事假和病假期间工资分别怎么发？", ["事假期间工资怎么发?", "病假期间工资怎么发?"]),
        ("比较河东和河西2024年植树目标，哪个更高？", ["河东2024年植树目标?", "河西2024年植树目标?"]),
        ("Compare the planting targets of Eastbank and Westbank.",
         ["compare the planting targets of eastbank.", "compare the planting targets of westbank."]),
        ("Eastbank and Westbank: what does a lost book cost, and which of the two is stricter?",
         ["eastbank: what does a lost book cost ?", "westbank: what does a lost book cost ?"]),
        ("书丢了买不到，河东学院图书馆和河西公共图书馆普通中文书各赔几倍？",
         ["书丢了买不到,河东学院图书馆普通中文书赔几倍?", "书丢了买不到,河西公共图书馆普通中文书赔几倍?"]),
        ("河东县一年开会的次数，和工作人员一年培训的次数，最低要求分别是多少？",
         ["河东县一年开会的次数最低要求是多少?", "工作人员一年培训的次数最低要求是多少?"]),
        ("更新车辆里新能源车的占比，2023年实际是多少，2024年要求到多少？",
         ["更新车辆里新能源车的占比,2023年实际是多少", "更新车辆里新能源车的占比,2024年要求到多少"]),
        ("交总结，县里给单位的日子和镇里给村里的日子各是哪天？",
         ["交总结,县里给单位的日子是哪天?", "交总结,镇里给村里的日子是哪天?"]),
        ("河东和河西今年植树的目标分别是多少？", ["河东今年植树的目标是多少?", "河西今年植树的目标是多少?"]),
        ("差旅费住宿费，前后两个办法各是多少？", ["差旅费住宿费,办法是多少?", "差旅费住宿费,办法是多少?"]),
        ("差旅费住宿费新办法和老办法有什么变化？", ["差旅费住宿费办法?", "差旅费住宿费办法?"]),
        ("2018年的差旅费管理办法里住宿费是多少，2024年的又是多少？", None),
        ("借书人数，2001年末和2003年相比怎样？（见2002年、2004年的报告）", None),
        ("各单位和各部门应当怎么做？", None),
    ],
)  # fmt: skip
def test_what_each_side_is_asked(index, text, asked):
    sides = plan(index, text).sides
    assert all(side.label for side in sides)
    if asked is not None:
        assert [side.text for side in sides] == asked


def test_two_whole_clauses_are_two_sides(index):
    first, second = plan(index, "会议室提前多久预约，和公文写作培训办几天，各是多少？").sides
    assert (first.label, second.label) == ("会议室提前多久预约", "公文写作培训办几天")
    assert "培训" not in first.text
    assert "预约" not in second.text


def test_parts_of_a_question_about_different_owners_of_files_are_sides(tmp_path):
    index = Index.open(tmp_path / "index", embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source in ("northbank__leave.md", "dxr__leave.md", "other__more.md", "some__holidays.md"):
            writer.put(source_file(source, "Leave", [(("1",), "1 Staff have 25 days of leave.\n")]))
    sides = plan(index, "How many days of leave are there at Northbank, and how many at dxr?").sides
    assert [side.label for side in sides] == ["northbank", "dxr"]
    assert [sources(index, side.preferred) for side in sides] == [["northbank__leave.md"], ["dxr__leave.md"]]
    named = plan(index, "Compare leave at Northbank and dxr: how many days at Northbank, and how many at dxr?").sides
    assert [side.label for side in named] == ["northbank", "dxr"]
    assert plan(index, "How many days at Northbank, and when does its year begin at Northbank?").sides == ()
    assert plan(index, "How many days of leave are there, and how many more holidays?").sides == ()


def test_a_year_before_a_name_finds_the_document_whose_own_name_is_longer(tmp_path):
    index = Index.open(tmp_path / "index", embedder=HashEmbedder(), chunk_tokens=384, create=True)
    titles = {
        "a.txt": "政府工作报告",
        "河东县2018年政府工作报告.txt": "河东县政府工作报告",
        "c.txt": "1980年政府工作报告关于计划安排的报告",
        "d.txt": "国务院政府工作报告",
        "中央2012年政府工作报告.txt": "中央2012年政府工作报告",
    }
    with index.writer() as writer:
        for source, title in titles.items():
            year = {"a.txt": 2016, "c.txt": 1980}.get(source)
            writer.put(source_file(source, title, [(("1",), "1 植树两千亩。\n")], year=year))
    texts = (
        "1980年那份政府工作报告要植树多少亩？",
        "2016年政府工作报告要植树多少亩？",
        "1999年的政府工作报告要植树多少亩？",
    )
    found = [sources(index, plan(index, text).scope.documents) for text in texts]
    assert found == [["c.txt"], ["a.txt"], ["a.txt"]]
    of_state = plan(index, "2012年的国务院政府工作报告要植树多少亩？").scope.documents
    assert sources(index, of_state) == ["中央2012年政府工作报告.txt"]
    sides = plan(index, "2016年和2018年政府工作报告植树各是多少亩？").sides
    assert [sources(index, side.scope.documents) for side in sides] == [["a.txt"], ["河东县2018年政府工作报告.txt"]]


def test_a_side_without_a_clause_is_kept_where_each_side_is_a_document(index):
    asked = plan(index, "会议室管理办法和报销细则各要求什么？")
    embedder, snapshot = HashEmbedder(), index.snapshot()

    def find(snapshot, plan, query, k):
        if "会议室" not in plan.text:
            return ()
        return gather(snapshot, plan, query, k, Settings(), embed=embedder.embed_query)

    first, second = contrast(snapshot, embedder, asked, find, threshold=0.0)
    assert first.places
    assert (second.label, second.places) == ("报销细则", ())
    within = replace(asked, sides=tuple(replace(side, scope=Scope()) for side in asked.sides))
    assert contrast(snapshot, embedder, within, find, threshold=0.0) == ()


def test_what_is_not_as_it_should_be_is_no_comparison(index):
    assert plan(index, "单位报的培训信息跟实际不一样，该怎么办？").sides == ()
    assert len(plan(index, "一级人员和三级人员的住宿费一样吗？").sides) == 2


def test_compared_with_last_year_is_this_year_and_last(index):
    assert [side.label for side in plan(index, "培训和去年相比有什么变化？").sides] == ["earlier", "later"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("第1条说什么", False),
        ("不予报销的情形有哪些", True),
        ("有几项要求", True),
        ("What are the requirements?", True),
    ],
)
def test_list_questions(text, wanted):
    assert asks_list(text) is wanted


def test_expansions_weigh_less_than_the_words_themselves(index, tmp_path):
    (tmp_path / "words.txt").write_text("饭补 = 伙食补助费\n", encoding="utf-8")
    synonyms = read_synonyms([tmp_path / "words.txt"])
    assert plan(index, "饭补多少？", synonyms=synonyms).expansions == (("伙食补助费", 0.4),)
    assert plan(index, "住宿费多少？", synonyms=synonyms).expansions == ()


def test_who_asks_what_is_forbidden_is_found_the_words_of_the_clause(index):
    assert dict(plan(index, "会议室里哪些事不许干？").expansions)["不得"] < 1
    assert plan(index, "会议室里哪些事可以干？").expansions == ()
    assert "must not" in dict(plan(index, "What must borrowers not do?").expansions)


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("group B的设备能借几天？", True),
        ("设备能借几天？", False),
        ("OA系统怎么申请？", False),
        ("How many days may group B borrow?", False),
    ],
)
def test_a_latin_name_that_only_english_documents_have_leaves_out_the_chinese_ones(index, question, left_out):
    without = sources(index, plan(index, question).scope.without)
    assert ("room.txt" in without) is left_out
    assert "lending.md" not in without


def test_an_alias_of_the_synonym_file_names_a_document(index, tmp_path):
    (tmp_path / "words.txt").write_text("出差红宝书 = 安河县差旅费管理办法\n", encoding="utf-8")
    synonyms = read_synonyms([tmp_path / "words.txt"])
    assert sources(index, plan(index, "出差红宝书第1条", synonyms=synonyms).scope.documents) == ["travel24.txt"]


@pytest.mark.parametrize(
    "scope_of",
    [
        lambda ids: Scope(documents=(ids["room.txt"], ids["leave.md"])),
        lambda ids: Scope(without=tuple(ids[s] for s in ids if s not in {"room.txt", "leave.md"})),
        lambda ids: Scope(
            documents=(ids["room.txt"], ids["leave.md"], ids["plan22.txt"]), without=(ids["plan22.txt"],)
        ),
    ],
)
def test_both_engines_apply_a_scope_before_they_rank(index, scope_of):
    snapshot = index.snapshot()
    ids = {document.source: document.doc_id for document in snapshot.documents()}
    scope = scope_of(ids)
    text = "会议室 预约 住宿费 培训 annual leave group days"
    # So few are asked for that without the filter others would take all places.
    lexical = snapshot.search_lexical(text, 6, scope)
    dense = snapshot.search_vectors(HashEmbedder().embed_query(text), 6, scope)
    for found in (lexical, dense):
        chunks = snapshot.chunks([chunk_id for chunk_id, _ in found])
        assert {chunk.doc_id for chunk in chunks.values()} == {ids["room.txt"], ids["leave.md"]}


def test_a_year_is_a_filter_in_both_engines(index):
    snapshot = index.snapshot()
    query = HashEmbedder().embed_query("培训")
    for found in (
        snapshot.search_lexical("培训 住宿费", 20, Scope(year=2022)),
        snapshot.search_vectors(query, 20, Scope(year=2022)),
    ):
        documents = {chunk.doc_id for chunk in snapshot.chunks([chunk_id for chunk_id, _ in found]).values()}
        assert documents
        assert {snapshot.document(doc_id).metadata.year for doc_id in documents} == {2022}


def test_extra_phrases_find_what_the_question_does_not_say(index):
    snapshot = index.snapshot()
    plain = snapshot.search_lexical("差补", 5, Scope())
    more = snapshot.search_lexical("差补", 5, Scope(), extra=(("会议室预约", 0.4),))
    less = snapshot.search_lexical("差补", 5, Scope(), extra=(("会议室预约", 0.2),))
    best = {chunk.id: chunk.doc_id for chunk in snapshot.chunks([more[0][0]]).values()}
    assert sources(index, best.values()) == ["room.txt"]
    assert dict(plain).get(more[0][0], 0.0) < dict(less)[more[0][0]] < more[0][1]


def test_the_best_hit_of_each_side_is_among_the_first(index):
    bot = Chatbot(Settings(llm="extractive"), index, HashEmbedder, lambda: None, today=lambda: TODAY)
    hits, _ = bot.search(Question(text="2022年和2023年的职工培训计划里写作培训各几天？"), 4)
    assert {hit.source for hit in hits[:2]} == {"plan22.txt", "plan23.txt"}
    hits, _ = bot.search(Question(text="差旅费新旧办法住宿费差多少？"), 4)
    assert [hit.source for hit in hits[:2]] == ["travel24.txt", "travel18.txt"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("《报销细则》第一条说什么", True),  # nothing else is asked
        ("《报销细则》第一条里哪些情形不予报销", True),  # its document is named
        ("第一条提到的一级人员住宿费限额是多少", False),  # any document may have it
    ],
)
def test_an_address_decides_only_where_it_can_be_meant(index, question, first):
    made = plan(index, question)
    assert made.located
    assert made.by_address is first
    bot = Chatbot(Settings(llm="extractive"), index, HashEmbedder, lambda: None, today=lambda: TODAY)
    hits, _ = bot.search(Question(text=question), 6)
    sections = {(place.doc_id, place.section.id) for place in made.located}
    assert ((hits[0].doc_id, hits[0].section_id) in sections) is first
    assert sections & {(hit.doc_id, hit.section_id) for hit in hits}


@pytest.mark.parametrize(
    ("text", "found", "lacking"),
    [
        ("2018年的安河差旅办法第1条", ["travel18.txt"], []),
        ("安河差旅办法（2018年）第1条", ["travel18.txt"], []),
        ("安河差旅办法第1条", ["travel24.txt"], []),
        ("2018版安河差旅办法第3条", [], ["travel18.txt"]),
        ("安河差旅办法第3条", [], ["travel24.txt"]),
    ],
)
def test_an_address_is_looked_for_in_the_version_of_the_half_named_document_alone(tmp_path, text, found, lacking):
    index = Index.open(tmp_path, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        for source, title, words, metadata in (*FILES, ("ask.txt", "差旅问答", "差旅由谁审批？", {})):
            writer.put(source_file(source, title, [((n,), f"{n} {words}\n") for n in ("1", "2")], **metadata))
        writer.put(source_file("claims.txt", "报销细则", [(("3",), "3 票据由财务科审核。\n")]))
    made = plan(index, text)
    assert made.scope.documents == ()
    assert sources(index, (place.doc_id for place in made.located)) == found
    assert sources(index, (lost.doc_id for lost in made.missing)) == lacking
