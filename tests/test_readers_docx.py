"""Word: numbering as printed, fields, revisions, notes, text boxes, tables, styles."""

from __future__ import annotations

import pytest
from word_xml import W, level, numbered, numbering, p, package, t, word

from ingest.readers.docx import read_docx
from ingest.readers.numerals import FORMATS
from ingest.source import SourceText
from rag.errors import DocumentError


def read(body: str, **parts: str) -> SourceText:
    return read_docx(word(body, **parts), "a.docx")


def texts(body: str, **parts: str) -> list[str]:
    source = read(body, **parts)
    return [source.text[block.start : block.end] for block in source.blocks]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("decimal", {1: "1", 12: "12"}),
        ("decimalZero", {1: "01"}),
        ("upperRoman", {4: "IV", 9: "IX", 1999: "MCMXCIX"}),
        ("lowerRoman", {14: "xiv"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa", 53: "aaa"}),
        ("upperLetter", {2: "B"}),
        ("chineseCounting", {1: "一", 10: "十", 11: "十一", 20: "二十", 99: "九十九", 100: "一○○"}),
        (
            "chineseCountingThousand",
            {100: "一百", 101: "一百零一", 110: "一百一十", 1260: "一千二百六十", 1006: "一千零六"},
        ),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 21: "贰拾壹"}),
        ("ideographTraditional", {1: "甲", 3: "丙"}),
        ("ideographZodiac", {1: "子"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑"}),
        ("decimalEnclosedParen", {2: "⑵"}),
        ("decimalFullWidth", {12: "１２"}),
        ("numberInDash", {3: "- 3 -"}),
        ("ordinal", {1: "1st", 12: "12th", 23: "23rd"}),
    ],
)
def test_number_formats(name: str, numbers: dict[int, str]) -> None:
    assert {number: FORMATS[name](number) for number in numbers} == numbers


def test_generated_numbers_are_printed_level_by_level() -> None:
    levels = (
        level(0, "chineseCounting", "%1、")
        + level(1, "chineseCounting", "（%2）")
        + level(2, "decimal", "%3.")
        + level(3, "decimal", "%1.%4", "<w:isLgl/>")
    )
    body = "".join(
        numbered(text, level=index)
        for text, index in [
            ("总则", 0),
            ("目的", 1),
            ("范围", 1),
            ("甲", 2),
            ("标准", 0),
            ("依据", 1),
            ("乙", 2),
            ("丙", 3),
        ]
    )
    assert texts(body, numbering=numbering(levels)) == [
        "一、总则",
        "（一）目的",
        "（二）范围",
        "1.甲",
        "二、标准",
        "（一）依据",
        "1.乙",
        "2.1 丙",
    ]


def test_two_instances_count_on_unless_a_start_is_overridden() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        "</w:lvlOverride></w:num>"
    )
    body = numbered("a", 1) + numbered("b", 2) + numbered("c", 3) + numbered("d", 3) + numbered("e", 1)
    assert texts(body, numbering=numbering(level(0, "decimal", "%1."), nums)) == [
        "1. a",
        "2. b",
        "1. c",
        "2. d",
        "3. e",
    ]


def test_a_level_may_never_restart() -> None:
    levels = level(0, "decimal", "第%1章") + level(1, "decimal", "第%2条", '<w:lvlRestart w:val="0"/>')
    body = "".join(numbered(text, level=i) for text, i in [("总则", 0), ("目的", 1), ("管理", 0), ("登记", 1)])
    assert texts(body, numbering=numbering(levels)) == ["第1章 总则", "第1条 目的", "第2章 管理", "第2条 登记"]


def test_bullets_empty_and_unnumbered_paragraphs() -> None:
    body = numbered("item") + numbered("") + numbered("plain", num=0)
    source = read(body, numbering=numbering(level(0, "bullet", "\uf0b7")))
    assert source.text == "• item\nplain"
    assert [block.kind for block in source.blocks] == ["list_item", "paragraph"]


def test_numbers_that_come_from_a_style() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Z"><w:name w:val="章"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        '<w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="J"><w:name w:val="节"/><w:basedOn w:val="Z"/></w:style>'
    )
    body = p("总则", props='<w:pStyle w:val="Z"/>') + p("附则", props='<w:pStyle w:val="J"/>')
    source = read(
        body, styles=styles, numbering=numbering(level(0, "chineseCounting", "第%1章", '<w:pStyle w:val="Z"/>'))
    )
    assert source.text == "第一章 总则\n第二章 附则"
    assert [(block.kind, block.level) for block in source.blocks] == [("heading", 1), ("heading", 1)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("heading 2", ("heading", 2)),
        ("标题 3", ("heading", 3)),
        ("Title", ("heading", 0)),
        ("Normal", ("paragraph", None)),
    ],
)
def test_heading_styles(name: str, wanted: tuple[str, int | None]) -> None:
    styles = f'<w:style w:type="paragraph" w:styleId="s"><w:name w:val="{name}"/></w:style>'
    block = read(p("文字", props='<w:pStyle w:val="s"/>'), styles=styles).blocks[0]
    assert (block.kind, block.level) == wanted


def test_looks_are_inherited() -> None:
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:styleId="b"><w:name w:val="b"/><w:pPr><w:jc w:val="center"/></w:pPr>'
        '<w:rPr><w:b/><w:sz w:val="44"/></w:rPr></w:style>'
    )
    body = (
        p("标题", props='<w:pStyle w:val="b"/>')
        + p(t("正文", '<w:b w:val="0"/>'))
        + p(t("隐藏", "<w:vanish/>"), "显示")
    )
    looks = [(block.bold, block.centered, block.size_pt) for block in read(body, styles=styles).blocks]
    assert looks == [(True, True, 22.0), (False, False, 10.5), (False, False, 10.5)]
    assert texts(body, styles=styles)[2] == "显示"


BEGIN, SEPARATE, END = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (p("见", BEGIN, '<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>', SEPARATE, "刑法", END), ["见刑法"]),
        (p(BEGIN, "leaked code", SEPARATE, "shown", END), ["shown"]),
        (p(BEGIN, "<w:r><w:instrText>TOC</w:instrText></w:r>") + p("第一条 正文"), ["第一条 正文"]),
        (p('<w:fldSimple w:instr="DATE">' + t("2024年") + "</w:fldSimple>"), ["2024年"]),
        (p('<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>', " end"), ["link end"]),
        (p("留", "<w:ins>" + t("加") + "</w:ins>", "<w:del><w:r><w:delText>删</w:delText></w:r></w:del>"), ["留加"]),
        (p("<w:moveFrom>" + t("旧处") + "</w:moveFrom>", "在") + p(f"<w:moveTo>{t('新')}</w:moveTo>"), ["在", "新"]),
        (p("前半", props="<w:rPr><w:del/></w:rPr>") + p("后半"), ["前半后半"]),
        (p("一行<w:br/>".replace("<w:br/>", ""), "<w:r><w:br/></w:r>", "二行"), ["一行", "二行"]),
        (p("签字", "<w:r><w:tab/></w:r>", "日期"), ["签字\t日期"]),
        (p("well", "<w:r><w:noBreakHyphen/></w:r>", "known", "<w:r><w:softHyphen/></w:r>"), ["well-known"]),
        (p('<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>', "同意"), ["□同意"]),
        (p("<w:sdt><w:sdtPr/><w:sdtContent>" + t("控件") + "</w:sdtContent></w:sdt>"), ["控件"]),
        ("<w:sdt><w:sdtContent>" + p("块控件") + "</w:sdtContent></w:sdt>", ["块控件"]),
        (p('<w:r><w:t>批注</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r>'), ["批注"]),
    ],
)  # fmt: skip
def test_words_of_a_paragraph(body: str, wanted: list[str]) -> None:
    assert texts(body) == wanted


def test_footnotes_follow_their_paragraph_and_endnotes_close_the_document() -> None:
    body = p(
        "第一条 标准", '<w:r><w:footnoteReference w:id="2"/></w:r>', "如下", '<w:r><w:endnoteReference w:id="5"/></w:r>'
    )
    footnotes = (
        '<w:footnote w:id="-1" w:type="separator">'
        + p("x")
        + '</w:footnote><w:footnote w:id="2">'
        + p("含税")
        + "</w:footnote>"
    )
    endnotes = '<w:endnote w:id="5">' + p("见附件") + "</w:endnote>"
    source = read(body + p("第二条"), footnotes=footnotes, endnotes=endnotes)
    assert source.text == "第一条 标准¹如下²\n¹ 含税\n第二条\n² 见附件"
    assert [block.kind for block in source.blocks] == ["paragraph", "footnote", "paragraph", "footnote"]


def test_a_text_box_is_read_once() -> None:
    box = "<w:txbxContent>" + p("框内文字") + "</w:txbxContent>"
    body = p(
        "正文",
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        + box
        + "</wps:txbx></w:drawing></mc:Choice>"
        "<mc:Fallback><w:pict><v:textbox>" + box + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    )
    assert texts(body) == ["正文", "框内文字"]


def row(*cells: str, props: str = "") -> str:
    return f"<w:tr>{props}{''.join(cells)}</w:tr>"


def cell(text: str, props: str = "") -> str:
    return f"<w:tc><w:tcPr>{props}</w:tcPr>{p(text)}</w:tc>"


def test_merged_cells_stand_in_every_row_and_column_they_cover() -> None:
    table = (
        row(cell("类别"), cell("项目"), cell("标准"))
        + row(cell("住宿", '<w:vMerge w:val="restart"/>'), cell("科员"), cell("300元"))
        + row(cell("", "<w:vMerge/>"), cell("处长"), cell("450元"))
        + row(cell("合计由财务室核定", '<w:gridSpan w:val="3"/>'))
    )
    assert texts(p("附表") + f"<w:tbl>{table}</w:tbl>") == [
        "附表",
        "类别 | 项目 | 标准",
        "类别：住宿；项目：科员；标准：300元",
        "类别：住宿；项目：处长；标准：450元",
        "合计由财务室核定",
    ]


def test_word_own_header_rows_and_deleted_rows() -> None:
    header = "<w:trPr><w:tblHeader/></w:trPr>"
    table = (
        row(cell("2023"), cell("2024"), props=header)
        + row(cell("1"), cell("2"))
        + row(cell("3"), cell("4"), props="<w:trPr><w:del/></w:trPr>")
    )
    assert texts(f"<w:tbl>{table}</w:tbl>") == ["2023 | 2024", "2023: 1; 2024: 2"]


def test_a_table_of_one_column_is_only_a_frame() -> None:
    assert texts(f"<w:tbl>{row(cell('第一条 甲'))}{row(cell('第二条 乙'))}</w:tbl>") == ["第一条 甲", "第二条 乙"]


def test_the_strict_variant_is_read() -> None:
    strict = word(p("Scope")).replace(b"", b"")
    parts = {
        "word/document.xml": f'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>{p("Scope")}</w:body></w:document>'
    }
    assert read_docx(package(dict(parts)), "a.docx").text == read_docx(strict, "a.docx").text == "Scope"


def test_the_title_property_is_kept_apart() -> None:
    core = '<c:coreProperties xmlns:c="c" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>档案办法</dc:title></c:coreProperties>'
    document = f'<w:document xmlns:w="{W}"><w:body>{p("正文")}</w:body></w:document>'
    source = read_docx(package({"word/document.xml": document, "docProps/core.xml": core}), "a.docx")
    assert (source.title, source.text) == ("档案办法", "正文")


def test_a_document_type_is_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(DocumentError, match="declares a document type"):
        read_docx(package({"word/document.xml": bomb}), "a.docx")


@pytest.mark.parametrize("mark", ["<w:strike/>", "<w:dstrike/>", '<w:rStyle w:val="Old"/>'])
def test_struck_out_words_are_left_out_and_told(mark: str) -> None:
    styles = '<w:style w:type="character" w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>'
    source = read(p("每日", t(" 30 元 ", mark), " 40 元", t("。", '<w:strike w:val="0"/>')), styles=styles)
    assert (source.text, source.warnings) == ("每日 40 元。", ("struck-out text was left out: 30 元",))


def test_a_struck_out_item_keeps_its_number() -> None:
    struck = numbered("乙").replace("<w:r>", "<w:r><w:rPr><w:strike/></w:rPr>")
    body = numbered("甲") + struck + numbered("丙")
    assert texts(body, numbering=numbering(level(0, "decimal", "%1."))) == ["1.甲", "3.丙"]
