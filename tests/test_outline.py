"""The outline of annotated documents, and what else is read from a text besides its sections."""

from pathlib import Path

import pytest

from ingest.nodes import plain_source
from ingest.outline import outline
from ingest.outline.render import document_tree, source_json
from ingest.source import Block, SourceText

DATA = Path(__file__).parent / "data" / "outline"
NAMES = sorted(path.stem for path in DATA.glob("*.outline"))


def read(text):
    (document,) = outline(plain_source(text))
    return document


def headings(document):
    return [(s.level, s.number, s.heading) for s in document.sections[1:]]


def quoted(text, parts):
    return [text[part.start : part.end] for part in parts]


def formatted(*blocks):
    """A source whose blocks are ``(text, level)``; level None is a paragraph."""
    text, made = "", []
    for words, level in blocks:
        kind = "paragraph" if level is None else "heading"
        made.append(Block(start=len(text), end=len(text) + len(words), kind=kind, level=level))
        text += words + "\n\n"
    return SourceText(text=text, blocks=tuple(made), format="md")


def test_there_are_enough_annotated_documents():
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_annotated_outline(name):
    text = (DATA / f"{name}.txt").read_text(encoding="utf-8")
    document = read(text)
    lines = [f"{level}|{number}|{heading}" for level, number, heading in headings(document)]
    assert lines == (DATA / f"{name}.outline").read_text(encoding="utf-8").splitlines()
    assert document.title == text.partition("\n")[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n".join("\u3000\u3000" + line if line else line for line in text.split("\n")),
    ],
    ids=["blank lines", "carriage returns", "indented"],
)
def test_layout_does_not_change_the_outline(name, change):
    if "wrapped" in name:
        pytest.skip("broken lines cannot have blank lines between them")
    text = (DATA / f"{name}.txt").read_text(encoding="utf-8")
    assert headings(read(change(text))) == headings(read(text))


def test_several_documents_in_one_file():
    text = (
        "考勤管理办法\n综办〔2023〕5号\n第一条 职工应当按时上下班。\n第二条 本办法自印发之日起施行。\n\n"
        "加班管理办法\n综办〔2023〕6号\n第一条 加班应当事先审批。\n"
    )
    documents = outline(plain_source(text))
    assert [(d.title, d.metadata.document_number, len(d.sections) - 1) for d in documents] == [
        ("考勤管理办法", "综办〔2023〕5号", 2),
        ("加班管理办法", "综办〔2023〕6号", 1),
    ]
    assert text[documents[1].start :].startswith("加班管理办法")


_RULES = "考勤管理办法\n\n第一条 职工应当按时上下班。\n第二条 本办法自2023年1月1日起施行。\n"
_NOTICE = "关于调整作息时间的通知\n\n各科室：\n自5月1日起，上午8:30上班。\n特此通知。\n\n办公室\n2023年4月25日\n"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (_RULES + "\n人事科\n2022年12月20日\n\n加班管理规定\n\n一、加班应当审批。\n", ["考勤管理办法", "加班管理规定"]),
        (_RULES + "\n加班管理规定\n\n加班应当审批。\n", ["考勤管理办法", "加班管理规定"]),
        (_RULES + "\n" + _NOTICE, ["考勤管理办法", "关于调整作息时间的通知"]),
        ("请假管理制度\n一、请假\n1、事假应当审批。\n\n" + _NOTICE, ["请假管理制度", "关于调整作息时间的通知"]),
        (
            "阅览制度\n一、时间\n周一。\n借阅制度\n一、对象\n职工。\n二、册数\n五册。\n查阅制度\n1、先登记。\n2、不带出。\n",
            ["阅览制度", "借阅制度", "查阅制度"],
        ),
        (_RULES + "\n加班费标准\n\n每小时三十元。\n", ["考勤管理办法"]),
        ("写作手册\n一、通知\n示例。\n\n" + _NOTICE + "\n二、函\n写明事由。\n", ["写作手册"]),
        (
            "关于做好考勤的通知\n\n各科室：\n请按附件执行。\n\n附件：1.考勤管理办法\n2.请假条\n\n办公室\n2023年4月25日\n\n"
            + _RULES,
            ["关于做好考勤的通知"],
        ),
    ],
)
def test_a_further_document_is_told_by_its_title_and_the_end_of_the_one_before(text, titles):
    assert [document.title for document in outline(plain_source(text))] == titles


def test_what_a_notice_carries_stays_in_it():
    text = (
        "关于印发《考勤管理办法》的通知\n各科室：\n一、请认真学习。\n二、请严格执行。\n办公室\n"
        "考勤管理办法\n一、总则\n二、附则\n"
    )
    document = read(text)
    assert [s.path for s in document.sections[1:]] == [
        ("一",),
        ("二",),
        ("考勤管理办法",),
        ("考勤管理办法", "一"),
        ("考勤管理办法", "二"),
    ]


@pytest.mark.parametrize(
    ("line", "number", "heading"),
    [
        ("附：图书处理流程", "附", "图书处理流程"),
        ("附3：库房守则", "附3", "库房守则"),
        ("【附件四】库房守则", "附件四", "库房守则"),
        ("〔附件〕库房守则", "附件", "库房守则"),
    ],
)
def test_attachments_under_a_short_or_boxed_number(line, number, heading):
    document = read(
        f"库房管理办法\n第一条 物资由库房管理。\n第二条 本办法自印发之日起施行。\n{line}\n一、清点\n二、审批\n"
    )
    assert headings(document)[2:] == [(1, number, heading), (2, "一", "清点"), (2, "二", "审批")]


@pytest.mark.parametrize(
    "last", ["附：工作流程图", "附：1.流程图\n2.名单", "附：《库房守则》。", "附：\n1.流程图\n2.名单"]
)
def test_what_is_handed_over_with_a_notice_is_no_section_of_it(last):
    document = read(f"关于清点库房的通知\n各科室：\n一、按期清点。\n二、如实登记。\n{last}\n办公室\n2024年3月1日\n")
    assert "附" not in [s.number for s in document.sections]


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        (
            ["第 1 條", "第 2 條", "第 2-1 條", "第 2-2 條", "第 3 條"],
            ["第1條", "第2條", "第2-1條", "第2-2條", "第3條"],
        ),
        (["第1条", "第1-1条", "第2条"], ["第1条", "第1-1条", "第2条"]),
        (["第1条", "第2-3条略。", "第4条"], ["第1条", "第4条"]),
        (
            ["Article 1", "Article 1a", "Article 1b", "Article 2"],
            ["Article 1", "Article 1a", "Article 1b", "Article 2"],
        ),
    ],
)
def test_inserted_articles_stand_in_the_row_of_the_others(lines, numbers):
    document = read("阅览规则\n" + "".join(f"{line}\n读者应当保持安静。\n" for line in lines))
    assert [(s.level, s.number) for s in document.sections[1:]] == [(1, number) for number in numbers]
    assert [odd.kind for odd in document.irregularities] == (["skip"] if len(numbers) < len(lines) else [])


def test_headings_of_the_format_need_no_number():
    source = formatted(
        ("Leave Policy", 1),
        ("Who it is for", 2),
        ("All staff.", None),
        ("How to apply", 2),
        ("Forms", 4),
        ("Deadlines", 4),
        ("Contact", 2),
    )
    (document,) = outline(source)
    assert document.title == "Leave Policy"
    assert [s.path for s in document.sections[1:]] == [
        ("Who it is for",),
        ("How to apply",),
        ("How to apply", "Forms"),
        ("How to apply", "Deadlines"),
        ("Contact",),
    ]


def test_numbers_below_headings_of_the_format():
    source = formatted(
        ("差旅办法", 1),
        ("第一章 总则", 2),
        ("第一条 为规范差旅，制定本办法。", None),
        ("（一）飞机；", None),
        ("第二章 附则", 2),
        ("第二条 本办法自印发之日起施行。", None),
    )
    (document,) = outline(source)
    assert headings(document) == [
        (1, "第一章", "总则"),
        (2, "第一条", ""),
        (3, "一", ""),
        (1, "第二章", "附则"),
        (2, "第二条", ""),
    ]


def test_several_top_headings_are_sections():
    source = formatted(("Purpose", 1), ("Text.", None), ("Scope", 1), ("Duties", 2))
    (document,) = outline(source)
    assert headings(document) == [(1, "", "Purpose"), (1, "", "Scope"), (2, "", "Duties")]


def test_rows_of_tables_are_no_headings():
    text = "一、标准\n1. 住宿 | 300元\n2. 伙食 | 100元\n二、说明"
    kinds = ["paragraph", "table_row", "table_row", "paragraph"]
    blocks, at = [], 0
    for line, kind in zip(text.split("\n"), kinds, strict=True):
        blocks.append(Block(start=at, end=at + len(line), kind=kind))
        at += len(line) + 1
    (document,) = outline(SourceText(text=text, blocks=tuple(blocks), format="docx"))
    assert headings(document) == [(1, "一", "标准"), (1, "二", "说明")]


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("一是学习。二是检查。三是总结。", ["一是", "二是", "三是"]),
        ("要求如下：第一，学习。第二，检查。", ["第一", "第二"]),
        ("首先，学习。其次，检查。最后，总结。", ["首先", "其次", "最后"]),
        ("材料包括：1）申请表；2）证明；3）照片。", ["1）", "2）", "3）"]),
        ("材料包括：（1）申请表；（2）证明。", ["（1）", "（2）"]),
        ("流程：①登记；②审核；③办结。", ["①", "②", "③"]),
        ("Bring (a) a form, (b) a card and (c) a photo.", ["(a)", "(b)", "(c)"]),
        ("今年共召开会议2次，第一是学习。", []),
        ("一是一，二是二的说法不在此列", []),
    ],
)
def test_inline_enumerations_are_items(text, markers):
    document = read(f"某单位工作总结\n一、做法\n{text}\n")
    assert [item.marker for item in document.items][: len(markers) or None] == markers or not markers
    assert all(item.section == document.sections[1].id for item in document.items)


def test_an_item_ends_where_the_next_begins():
    text = "某单位工作总结\n一、做法\n一是学习。坚持不懈。二是检查。"
    assert quoted(text, read(text).items) == ["一是学习。坚持不懈。", "二是检查。"]
    again = f"{text}问题有两个：一是慢。二是少。"
    assert quoted(again, read(again).items) == ["一是学习。坚持不懈。", "二是检查。", "一是慢。", "二是少。"]


def test_references_are_links():
    text = (
        "差旅办法\n第一条 出差应当审批。\n第二条 依照第一条的规定，填写附件1。\n（一）表格；\n"
        "第三条 依照《预算法》第五条和本办法第二条第一项办理，第九条除外。\n附件1\n审批表\n"
    )
    document = read(text)
    by_id = {section.id: section.path for section in document.sections}
    links = [(text[k.start : k.end], by_id[k.target] if k.target else None) for k in document.links]
    assert links == [
        ("第一条", ("第一条",)),
        ("附件1", ("附件1",)),
        ("第五条", None),
        ("第二条第一项", ("第二条", "一")),
        ("第九条", None),
    ]


def test_english_references_are_links():
    text = (
        "Rules\n\nSection 1 Scope\n\nSee Annex A and Section 2(b).\n\n"
        "Section 2 Duties\n\n(a) Report;\n(b) pay.\n\nAnnex A Forms\n"
    )
    document = read(text)
    by_id = {section.id: section.path for section in document.sections}
    links = [(text[k.start : k.end], by_id.get(k.target)) for k in document.links]
    assert links == [("Annex A", ("Annex A",)), ("Section 2(b)", ("Section 2", "b"))]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("全年召开会议**次，培训***人。", ["**", "***"]),
        ("投入资金X万元，覆盖XX市。", ["X", "XX"]),
        ("The reserve stands at £X.XX million; factor X is not hidden.", ["X", "XX"]),
        ("占**%，完成**次", ["**", "**"]),
        ("It paid $** for ** days.", ["**", "**"]),
        ("“**So far** we paid”, and **not more.** Nothing", []),
        ("占比××%，完成□□项。", ["××", "□□"]),
        ("由____负责，共〇〇人。", ["____", "〇〇"]),
        ("配备X光机，采购型号X5的设备。", []),
        ("房间面积3×4米。", []),
        ("共20个XML文件，BOX一只。", []),
    ],
)
def test_hidden_figures_are_marked(text, hidden):
    document = read(f"某单位工作总结\n一、做法\n{text}\n")
    whole = f"某单位工作总结\n一、做法\n{text}\n"
    assert quoted(whole, document.redactions) == hidden


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "某市人民政府办公室关于做好防汛工作的通知\n某政办发〔2023〕12号\n各县区：\n一、加强值守。\n某市人民政府办公室\n2023年6月1日\n",
            {
                "document_number": "某政办发〔2023〕12号",
                "issuer": "某市人民政府办公室",
                "issued": "2023-06-01",
                "year": 2023,
            },
        ),
        (
            "某省图书馆条例\n（2019年3月1日某省第十届人大常委会第三次会议通过　"
            "根据2022年5月6日《关于修改某省图书馆条例的决定》修正）\n"
            "第一条 为发展事业，制定本条例。\n第二条 本条例自2019年5月1日起施行。\n",
            {
                "adopted": "2019-03-01",
                "effective": "2019-05-01",
                "version": "2022年修订",
                "status": "in_force",
                "year": 2022,
            },
        ),
        (
            "数据管理办法（征求意见稿）\n第一条 为加强管理，制定本办法。\n",
            {"version": "征求意见稿", "status": "draft"},
        ),
        (
            "数据管理办法\n（征求意见稿）\n\n第一条 为加强管理，制定本办法。\n",
            {"version": "征求意见稿", "status": "draft"},
        ),
        (
            "接待办法\n（已废止）\n第一条 接待应当从简。\n",
            {"status": "repealed"},
        ),
        (
            "Travel Policy\n\nIssued by: Finance Office\nPolicy No: FIN-12\n"
            "Effective date: 1 March 2024\n\nSection 1 Scope\n",
            {
                "issuer": "Finance Office",
                "document_number": "FIN-12",
                "effective": "2024-03-01",
                "status": "in_force",
                "year": 2024,
            },
        ),
    ],
)
def test_metadata(text, expected):
    document = read(text)
    names = ("year", "issuer", "document_number", "adopted", "issued", "effective", "repealed", "version", "status")
    found = {name: getattr(document.metadata, name) for name in names if getattr(document.metadata, name) is not None}
    assert found == expected
    assert set(document.metadata.found_at) == set(expected)


def test_contradicting_years_are_reported():
    document = read("某街道2024年工作要点\n2022年,是规划实施的第一年。\n一、加强领导\n")
    assert [(o.kind, o.message) for o in document.irregularities] == [
        ("year_conflict", "the title says 2024, the text says 2022")
    ]
    assert document.metadata.year == 2024


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [
        ("一、二、三、", []),
        ("一、三、四、", ["skip"]),
        ("一、二、二、三、", ["repeat"]),
        ("一、二、三、五、四、", ["skip", "back"]),
        ("一、二、一、二、", ["restart"]),
    ],
)
def test_odd_numbering_is_kept_and_reported(numbers, kinds):
    marks = [mark + "、" for mark in numbers.split("、") if mark]
    text = "某单位工作方案\n" + "\n".join(f"{mark}任务{i}\n认真落实。" for i, mark in enumerate(marks))
    document = read(text)
    assert [section.number for section in document.sections[1:]] == [mark[:-1] for mark in marks]
    assert [odd.kind for odd in document.irregularities] == kinds


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        ("一、甲\n四、乙\n五、丙\n", ["number 四 follows 一: 二 to 三 are missing"]),
        ("第九条 甲。\n第十条 乙。\n第十二条 丙。\n", ["number 第十二条 follows 第十条: 第十一条 is missing"]),
        ("1.1 甲项\n1.2 乙项\n1.4 丙项\n", ["number 1.4 follows 1.2: 1.3 is missing"]),
        ("一、甲\n二、乙\n二、丙\n三、丁\n", ["number 二 stands twice in a row"]),
        ("一、甲\n二、乙\n一、丙\n二、丁\n", ["numbering starts again at 一 after 二"]),
        ("一、甲\n二、乙\n三、丙\n二、丁\n", ["number 二 follows 三"]),
    ],
)
def test_what_is_odd_is_said_in_the_document_s_own_numbers(lines, messages):
    assert [odd.message for odd in read("某单位工作方案\n" + lines).irregularities] == messages


def test_a_request_to_a_higher_authority_shows_its_signer_beside_its_number():
    text = (
        "某县档案局文件\n某档〔2024〕8号   签发人：王某\n某县档案局关于加强档案安全工作的请示\n县政府：\n一、基本情况\n"
    )
    document = read(text)
    assert (document.title, document.metadata.document_number) == (
        "某县档案局关于加强档案安全工作的请示",
        "某档〔2024〕8号",
    )


def test_a_speech_without_title_takes_the_name_of_its_file():
    source = plain_source("各位代表：\n现在，我报告工作。\n一、工作回顾\n")
    assert [document.title for document in outline(source, "2023年工作报告")] == ["2023年工作报告"]


def test_the_title_of_an_attachment_may_take_two_lines():
    text = (
        "某市办公室关于防汛情况的函\n附件：1.关于河道清淤的报告\n某市办公室\n2023年6月1日\n"
        "附件1\n关于某县河道清淤\n有关情况的报告\n一、基本情况\n正常。\n"
    )
    (document,) = outline(plain_source(text))
    assert [(s.path, s.heading) for s in document.sections[1:]] == [
        (("附件1",), "关于某县河道清淤有关情况的报告"),
        (("附件1", "一"), "基本情况"),
    ]


def test_a_table_of_contents_is_removed_not_outlined():
    text = "手册\n目录\n一、考勤……1\n二、休假……2\n三、培训……3\n一、考勤\n按时。\n二、休假\n申请。\n三、培训\n参加。\n"
    document = read(text)
    assert [(r.reason, r.text) for r in document.removed] == [("toc", "目录\n一、考勤……1\n二、休假……2\n三、培训……3")]
    assert [s.number for s in document.sections[1:]] == ["一", "二", "三"]


def test_published_json():
    text = "工作要点\n一、学习\n（一）读书。每月一次。\n"
    found = source_json(plain_source(text), "a.txt")
    (document,) = found["documents"]
    first, second = document["sections"]
    assert (found["source"], found["text"], document["title"]) == ("a.txt", text, "工作要点")
    assert first == {
        "id": first["id"], "parent": None, "level": 1, "number": "一", "heading": "学习", "path": ["一"],
        "start": 5, "end": 22, "body": 9, "page": None,
    }  # fmt: skip
    assert second == {
        "id": second["id"], "parent": first["id"], "level": 2, "number": "一", "heading": "读书", "path": ["一", "一"],
        "start": 10, "end": 22, "body": 16, "page": None,
    }  # fmt: skip
    assert {"year", "issuer", "document_number", "issued", "effective", "status"} <= set(document["metadata"])


def test_tree_for_the_terminal():
    text = "工作要点\n一、学习\n（一）读书。公文写作网站，请认准某某家园www.example.com。每月一次。\n三、检查\n"
    assert document_tree(read(text), text) == [
        "《工作要点》",
        "  一  学习",
        "    一  读书",
        "  三  检查",
        "  Removed as no part of the document (1):",
        "    line 3, advertising: 公文写作网站，请认准某某家园www.example.com。",
        "  Worth checking (1):",
        "    line 4: number 三 follows 一: 二 is missing",
    ]


def test_the_tree_shows_the_words_of_a_clause_without_heading():
    text = "某馆借阅规则\n第一条 借阅应当登记。\n第二条 借期为十五天。\n"
    assert document_tree(read(text), text) == [
        "《某馆借阅规则》",
        "  第一条  “借阅应当登记。”",
        "  第二条  “借期为十五天。”",
    ]


def test_a_file_without_text_is_one_empty_document():
    (document,) = outline(plain_source(""))
    assert (document.title, document.start, document.end, len(document.sections)) == ("", 0, 0, 1)


def test_section_ids_do_not_depend_on_what_follows():
    before = read("某方案\n一、甲\n（一）乙\n")
    after = read("某方案\n一、甲\n（一）乙\n二、丙\n")
    assert [s.id for s in before.sections] == [s.id for s in after.sections][: len(before.sections)]


def test_a_chapter_announced_on_a_title_page_is_one_section():
    text = (
        "CHAPTER 1\n\nRECORDS\n\nChapter 1 Records\n\nA. PURPOSE\n\nRecords are kept for ten years.\n\n"
        "B. SCOPE\n\nAll offices keep records.\n"
    )
    document = read(text)
    assert [(s.level, s.number, s.heading) for s in document.sections[1:]] == [
        (1, "Chapter 1", "Records"),
        (2, "A", "PURPOSE"),
        (2, "B", "SCOPE"),
    ]
    assert document.irregularities == ()


def test_steps_over_paragraphs_of_their_own_are_headings_and_a_plain_list_is_not():
    text = (
        "Library guide\n\n1. Get a card.\n\nBring your badge and a form that your manager has signed to the desk.\n\n"
        "2. Choose your books.\n\nYou may keep up to five books for four weeks, and renew each of them once.\n\n"
        "On your last day:\n\n1. Return all books.\n2. Give back the card.\n"
    )
    assert [(s.level, s.number, s.heading) for s in read(text).sections[1:]] == [
        (1, "1", "Get a card"),
        (1, "2", "Choose your books"),
    ]


def test_a_title_by_style_is_the_title_wherever_the_head_has_it():
    source = formatted(
        ("TEMPLATE", None),
        ("Suggestions? Ask the office. It answers." + " More." * 30, None),
        ("Team charter", 0),
        ("Roles", 1),
    )
    (document,) = outline(source)
    assert (document.title, [s.heading for s in document.sections[1:]]) == ("Team charter", ["Roles"])


def test_two_markers_on_one_line_are_two_headings_where_the_second_goes_on_below():
    text = (
        "某校奖学金办法\n第一条 申请条件：\n（一）基本条件 1.遵守制度；\n2.成绩合格；\n3.按时注册。\n"
        "（二）附加条件 1.见第二条。\n第二条 本办法由学生处解释。\n"
    )
    document = read(text)
    assert [(s.path, text[s.start : s.end]) for s in document.sections[1:]] == [
        (
            ("第一条",),
            "第一条 申请条件：\n（一）基本条件 1.遵守制度；\n2.成绩合格；\n3.按时注册。\n（二）附加条件 1.见第二条。\n",
        ),
        (("第一条", "一"), "（一）基本条件 1.遵守制度；\n2.成绩合格；\n3.按时注册。\n"),
        (("第一条", "一", "1"), "1.遵守制度；\n"),
        (("第一条", "一", "2"), "2.成绩合格；\n"),
        (("第一条", "一", "3"), "3.按时注册。\n"),
        (("第一条", "二"), "（二）附加条件 1.见第二条。\n"),
        (("第二条",), "第二条 本办法由学生处解释。\n"),
    ]
    assert document.irregularities == ()


def test_a_look_alike_of_the_ordinal_sign_is_read_as_it():
    text = "某校经费办法\n第一条 经费专用。\n笫二条 按年核销。\n第三条 本办法自发布之日起施行。\n"
    document = read(text)
    assert [s.number for s in document.sections[1:]] == ["第一条", "第二条", "第三条"]
    assert document.irregularities == ()


def test_clauses_stand_apart_from_an_open_line_above_them():
    text = (
        "Procurement rules\n\nArticle 1 Definitions of the terms in use here\n"
        "(a) goods means all movable things bought;\n(b) services means any of the work done by\n"
        "(i) persons of the office or its agents or\n(ii) firms that have a contract with it; and\n"
        "(c) works means building as set out in the\nlist of works that the office has published.\n"
    )
    assert [(s.level, s.number, s.heading) for s in read(text).sections[1:]] == [
        (1, "Article 1", "Definitions of the terms in use here"),
        (2, "a", ""),
        (2, "b", ""),
        (3, "i", ""),
        (3, "ii", ""),
        (2, "c", ""),
    ]


def test_an_amendment_names_its_part_and_section_alone():
    text = (
        "Proposed rule on records\n\nPART 39—RECORDS OF OFFICES\n\n§ 39.13 [Amended]\n\n(a) Due date\n\n"
        "Comments are due by 1 May.\n\n(b) Scope\n\nPart 39 of the code applies to all offices, see § 39.13 there.\n"
    )
    assert [(s.level, s.number, s.heading) for s in read(text).sections[1:]] == [
        (1, "Part 39", "RECORDS OF OFFICES"),
        (2, "§ 39.13", "[Amended]"),
        (3, "a", "Due date"),
        (3, "b", "Scope"),
    ]


def test_an_article_may_begin_with_a_reference_to_another():
    text = (
        "某局经费办法\n第一条 标准为300元。\n第二条 第一条规定的标准为上限。\n"
        "第三条第二款规定的情形除外。\n第三条 本办法自发布之日起施行。\n"
    )
    assert [s.number for s in read(text).sections[1:]] == ["第一条", "第二条", "第三条"]


def test_words_that_begin_like_a_unit_are_headings_after_a_decimal():
    text = (
        "数据管理规范\n1 术语\n1.1 数据\n记录。\n1.2 元数据\n说明。\n1.3项目\n计划。\n1.4人员\n名单。\n"
        "1.5 元以上的费用另行报批。\n1.5万元以上的合同须经审计。\n"
    )
    assert [(s.number, s.heading) for s in read(text).sections[1:]] == [
        ("1", "术语"),
        ("1.1", "数据"),
        ("1.2", "元数据"),
        ("1.3", "项目"),
        ("1.4", "人员"),
    ]


def test_an_annex_numbers_its_clauses_with_its_letter():
    text = (
        "数据管理规范\n1 范围\n1.1 总则\n适用。\n2 要求\n2.1 采集\n登记。\n"
        "附录A\n目录模板\nA.1 目录项\n名称。\nA.1.1 格式\n文本。\nA.2 填写\n每季。\n"
    )
    assert [s.path for s in read(text).sections[1:]] == [
        ("1",),
        ("1", "1.1"),
        ("2",),
        ("2", "2.1"),
        ("附录A",),
        ("附录A", "A.1"),
        ("附录A", "A.1", "A.1.1"),
        ("附录A", "A.2"),
    ]


def test_headings_whose_words_begin_like_a_reference_or_a_count():
    text = (
        "某馆出差管理规定\n第一章 目的与范围\n第一条 目的 为规范出差，制定本规定。\n第二条 目标 费用逐年下降。\n"
        "第二章 款项支付\n第三条 款项由财务部支付。\n第四条 所称出差，是指离开常驻地。\n"
        "第四条所列费用包括车费。\n第五条规定的标准每年调整。\n"
    )
    document = read(text)
    assert [s.number for s in document.sections[1:]] == ["第一章", "第一条", "第二条", "第二章", "第三条", "第四条"]
    assert document.irregularities == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "某馆应急演练方案\n一、一级响应\n馆长指挥。\n二、二级响应\n副馆长指挥。\n三、演练安排\n（一）目的和意义\n"
            "提高能力。\n（二）项目和分工\n疏散。\n四、一期工程范围\n总馆。\n五、三项要求\n及时。\n",
            ["一", "二", "三", "三/一", "三/二", "四", "五"],
        ),
        (
            "某馆技能竞赛方案\n一、时间\n五月。\n二、奖项\n一、二等奖各一名。\n一、二、三等奖均发证书。\n三、经费\n自筹。\n",
            ["一", "二", "三"],
        ),
        (
            "人事手册\n1 假期\n1.1年休假\n每年五天。\n1.2人数限制\n不超过三人。\n2 考勤\n"
            "2.1个别调休\n须批准。\n2.2次日补签\n十点前。\n",
            ["1", "1/1.1", "1/1.2", "2", "2/2.1", "2/2.2"],
        ),
        (
            "设备规范\n1 范围\n1.1 概述\n通用。\n1.2倍以内的偏差可以接受。\n1.2 精度\n两级。\n"
            "2 费用\n2.1 标准\n按年。\n",
            ["1", "1/1.1", "1/1.2", "2", "2/2.1"],
        ),
    ],
    ids=["counted", "enumerated", "decimals", "amount"],
)
def test_the_sequence_decides_on_doubtful_numbers(text, expected):
    document = read(text)
    assert ["/".join(s.path) for s in document.sections[1:]] == expected
    assert document.irregularities == ()


def test_a_heading_of_the_format_has_its_number_where_the_sequence_needs_it():
    source = formatted(
        ("数据办法", 1),
        ("第一条 目的", 2),
        ("规范数据。", None),
        ("第二条 所称数据", 2),
        ("记录。", None),
        ("1.5倍工资", 2),
    )
    (document,) = outline(source)
    assert [(s.number, s.heading) for s in document.sections[1:]] == [
        ("第一条", "目的"),
        ("第二条", "所称数据"),
        ("", "1.5倍工资"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Procurement Procedure\n\n1. Quotations\n1.1 Three quotations are needed where:\n(a) the value is high; or\n"
            "(b) the goods are new.\n1.2 Quotations are kept.\n2. Contracts\n2.1 A contract states:\n(i) the price; and\n"
            "(ii) the term.\n2.2 Contracts are signed.\n2.3 Contracts are filed.\n",
            ["1", "1/1.1", "1/1.1/a", "1/1.1/b", "1/1.2", "2", "2/2.1", "2/2.1/i", "2/2.1/ii", "2/2.2", "2/2.3"],
        ),
        (
            "设备管理办法\n1 申请\n1.1 条件\n1）有预算；\n1.2 审批\n①初审；\n②复审。\n1.3 公示\n2 使用\n2.1 登记\n"
            "（1）编号；\n（2）入账。\n2.2 领用\n按月。\n",
            [
                "1",
                "1/1.1",
                "1/1.1/1",
                "1/1.2",
                "1/1.2/①",
                "1/1.2/②",
                "1/1.3",
                "2",
                "2/2.1",
                "2/2.1/1",
                "2/2.1/2",
                "2/2.2",
            ],
        ),
    ],
    ids=["letters", "brackets"],
)
def test_a_decimal_goes_on_after_a_list_of_as_many_entries(text, expected):
    document = read(text)
    assert ["/".join(s.path) for s in document.sections[1:]] == expected
    assert document.irregularities == ()


def test_sections_that_count_from_a_hundred():
    text = (
        "Staff Manual\n\nSection 101 Purpose\nRules for staff.\n\nSection 102 Hours\n(a) Work begins at nine.\n"
        "(b) Work ends at five.\n\nSection 201 Leave\nTwenty days.\nSection 250 Records, which are kept, are shown.\n\n"
        "Section 301 Travel\nApproved ahead.\n"
    )
    document = read(text)
    assert [s.path for s in document.sections[1:]] == [
        ("Section 101",),
        ("Section 102",),
        ("Section 102", "a"),
        ("Section 102", "b"),
        ("Section 201",),
        ("Section 301",),
    ]
    assert document.irregularities == ()


def test_a_run_of_high_section_signs_goes_on():
    text = "Chapter 1 General\n\n§ 131 Definitions\n\n(1) Words.\n\n§ 132 Access\n\n(1) Files.\n\n§ 138 Costs\n\n(1) Fees.\n"
    assert [s.path for s in read(text).sections[1:]] == [
        ("Chapter 1",),
        ("Chapter 1", "§ 131"),
        ("Chapter 1", "§ 131", "1"),
        ("Chapter 1", "§ 132"),
        ("Chapter 1", "§ 132", "1"),
        ("Chapter 1", "§ 138"),
        ("Chapter 1", "§ 138", "1"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "关于规范报销的通知\n\n各部门：\n近期发现以下问题：\n1.票据不全；\n2.手续不全。\n现通知如下：\n一、规范票据\n"
            "票据包括：\n1.发票；\n2.行程单；\n3.审批单。\n二、严格审批\n事前审批。\n",
            ["1", "2", "一", "一/1", "一/2", "一/3", "二"],
        ),
        (
            "图书馆服务办法\n\n修订说明：\n1.增加数字资源。\n2.自发布之日起施行。\n\n第一章 总则\n第一条 服务原则：\n"
            "1.公益；\n2.平等；\n3.便利。\n第二章 附则\n第二条 由办公室解释。\n",
            [
                "1",
                "2",
                "第一章",
                "第一章/第一条",
                *(f"第一章/第一条/{i}" for i in (1, 2, 3)),
                "第二章",
                "第二章/第二条",
            ],
        ),
        (
            "某馆工作方案\n\n1.目标\n（一）质量\n1、按时；\n2、节约。\n2.任务\n（一）采购\n1、预算；\n2、比选。\n（二）验收\n3.保障\n自筹。\n",
            ["1", "1/一", "1/一/1", "1/一/2", "2", "2/一", "2/一/1", "2/一/2", "2/二", "3"],
        ),
    ],
    ids=["notice", "chapters", "outermost"],
)
def test_a_list_above_holds_what_follows_only_where_its_own_numbers_go_on(text, expected):
    assert ["/".join(s.path) for s in read(text).sections[1:]] == expected


def test_numbered_paragraphs_of_an_article_are_no_list_of_the_format():
    entry = {"kind": "list_item", "level": None}
    parts = [
        ("Loan Terms", {"kind": "heading", "level": 1}),
        ("Article 1 Loans", {"kind": "heading", "level": 2}),
        ("1. Rooms are lent for a day.", entry),
        ("2. Fees are due:", entry),
        ("(a) on Sundays; and", {}),
        ("(b) at night.", {}),
        ("How to book", {"kind": "heading", "level": 2}),
        ("1. Fill in the form:", entry),
        ("(a) your name;", {}),
        ("(b) the day.", {}),
    ]
    text, blocks = "", []
    for words, look in parts:
        blocks.append(
            Block(start=len(text), end=len(text) + len(words), **{"kind": "paragraph", "level": None, **look})
        )
        text += words + "\n\n"
    (document,) = outline(SourceText(text=text, blocks=tuple(blocks), format="md"))
    assert [s.path for s in document.sections[1:]] == [
        ("Article 1",),
        ("Article 1", "1"),
        ("Article 1", "2"),
        ("Article 1", "2", "a"),
        ("Article 1", "2", "b"),
        ("How to book",),
    ]
