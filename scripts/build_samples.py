"""Writes the sample policies that are not plain UTF-8 text, from the sources beside this file.

``python scripts/build_samples.py [FOLDER]`` (default ``samples/``); what the evaluation set asks
about and is not plain text is written by ``build_evaluation_documents.py``. The same sources give the same
bytes: time stamps inside .docx and .pdf are fixed.

A source is text, a paragraph a line; a line's first characters may say what it is::

    #T title    #C centred    #R right-aligned    #1 #2 heading    #N paragraph that Word numbers
    #PB page break            |cell|cell|         table row, the first of a run is the header
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.styles.style import ParagraphStyle as WordStyle
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

SOURCES = Path(__file__).with_name("samples")
SAMPLES = Path(__file__).parents[1] / "samples"
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

LineKind = Literal["paragraph", "title", "centred", "right", "heading1", "heading2", "numbered", "row", "page_break"]
_MARKS: dict[str, LineKind] = {
    "#T": "title",
    "#C": "centred",
    "#R": "right",
    "#1": "heading1",
    "#2": "heading2",
    "#N": "numbered",
    "#PB": "page_break",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph, heading or table row of a source."""

    kind: LineKind
    text: str

    @property
    def cells(self) -> list[str]:
        """The cells of a table row."""
        return self.text.strip("|").split("|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """A source that is copied in another encoding."""

    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A source set as .docx with heading styles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """A source set as .pdf with a text layer."""

    language: Literal["zh", "en"] = "zh"
    bookmarks: bool = True
    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A source set as a web page, inside a site's navigation and footer."""

    language: Literal["zh", "en"] = "zh"
    encoding: str = "utf-8"


BUILDS: dict[str, Recoded | Word | Pdf | Page] = {
    "2021年机关后勤保障工作要点.txt": Recoded(encoding="gb18030"),
    "县档案馆2022年工作总结.txt": Recoded(encoding="utf-8-sig"),
    "meeting-room-guideline.txt": Recoded(encoding="utf-16"),
    "云溪县机关会议室管理办法.docx": Word(),
    "差旅费管理办法（2018年）.docx": Word(),
    "数据分类分级管理办法.docx": Word(),
    "Equipment Lending Policy.docx": Word(),
    "差旅费管理办法（2024年）.pdf": Pdf(),
    "关于开展2023年度固定资产清查工作的通知.pdf": Pdf(bookmarks=False),
    "vehicle-use-policy.pdf": Pdf(language="en", header="Vehicle Use Policy - VUP-2023-01"),
    "住宿费限额标准表.html": Page(),
    "图书馆阅览规则.html": Page(encoding="gb18030"),
    "records-retention-schedule.html": Page(language="en"),
}


def build(
    folder: Path, builds: Mapping[str, Recoded | Word | Pdf | Page] = BUILDS, sources: Path = SOURCES
) -> list[Path]:
    """Write every file of ``builds`` into ``folder`` from its source; returns the files in that order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, kind in builds.items():
        source = (sources / name).with_suffix(".txt").read_text(encoding="utf-8")
        path = folder / name
        path.write_bytes(_render(source, kind))
        paths.append(path)
    return paths


def _render(source: str, kind: Recoded | Word | Pdf | Page) -> bytes:
    match kind:
        case Recoded():
            return _recoded(source, kind.encoding)
        case Word():
            return _word(list(_lines(source)))
        case Pdf():
            return _pdf(list(_lines(source)), kind)
        case Page():
            return _page(list(_lines(source)), kind)


def _lines(source: str) -> Iterator[Line]:
    for raw in source.splitlines():
        mark, _, rest = raw.partition(" ")
        if raw.startswith("|"):
            yield Line(kind="row", text=raw)
        elif mark in _MARKS:
            yield Line(kind=_MARKS[mark], text=rest)
        elif raw:
            yield Line(kind="paragraph", text=raw)


def _recoded(source: str, encoding: str) -> bytes:
    if encoding == "utf-16":  # the codec's byte order is the machine's
        return b"\xff\xfe" + source.encode("utf-16-le")
    return source.encode(encoding)


def _word(lines: list[Line]) -> bytes:
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = EPOCH
    properties.title = next(line.text for line in lines if line.kind == "title")
    _set_word_font(document.styles["Normal"])
    numbering = _word_numbering(document)
    for is_table, group in groupby(lines, key=lambda line: line.kind == "row"):
        if is_table:
            _add_word_table(document, [line.cells for line in group])
        else:
            _add_word_paragraphs(document, group, numbering)
    stream = io.BytesIO()
    document.save(stream)
    return _with_fixed_times(stream.getvalue())


def _set_word_font(style: WordStyle) -> None:
    from docx.oxml.ns import qn

    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), "SimSun")


def _word_numbering(document: WordDocument) -> int:
    """Define a list that Word numbers （一）（二）…; returns its ``numId``."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    root = document.part.numbering_part.element
    abstract_id = 1 + max(int(node.get(qn("w:abstractNumId"))) for node in root.findall(qn("w:abstractNum")))
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract_id}"><w:multiLevelType w:val="singleLevel"/>'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/>'
        '<w:lvlText w:val="（%1）"/><w:lvlJc w:val="left"/></w:lvl></w:abstractNum>'
    )
    root.findall(qn("w:abstractNum"))[-1].addnext(abstract)
    return int(root.add_num(abstract_id).numId)


def _add_word_paragraphs(document: WordDocument, lines: Iterable[Line], numbering: int) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    styles = {"title": "Title", "heading1": "Heading 1", "heading2": "Heading 2"}
    for line in lines:
        if line.kind == "page_break":
            document.add_page_break()
            continue
        paragraph = document.add_paragraph(line.text, style=styles.get(line.kind))
        if line.kind == "centred":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif line.kind == "right":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif line.kind == "numbered":
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = numbering


def _add_word_table(document: WordDocument, rows: list[list[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


def _with_fixed_times(package: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, date_time=EPOCH.timetuple()[:6])
            new.writestr(info, old.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _pdf(lines: list[Line], kind: Pdf) -> bytes:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

    class Template(SimpleDocTemplate):
        def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
            level = {"heading1": 0, "heading2": 1}.get(flowable.style.name) if hasattr(flowable, "style") else None
            if kind.bookmarks and level is not None:
                key = f"h{self.seq.nextf('heading')}"
                self.canv.bookmarkPage(key)
                self.canv.addOutlineEntry(flowable.getPlainText(), key, level)

    def furniture(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont("STSong-Light" if kind.language == "zh" else "Helvetica", 9)
        canvas.drawCentredString(297, 40, f"— {template.page} —" if kind.language == "zh" else f"Page {template.page}")
        canvas.drawString(72, 800, kind.header)

    stream = io.BytesIO()
    title = next(line.text for line in lines if line.kind == "title")
    template = Template(stream, title=title, author="", invariant=1, topMargin=60, bottomMargin=60)
    template.build(list(_flowables(lines, kind)), onFirstPage=furniture, onLaterPages=furniture)
    return stream.getvalue()


def _flowables(lines: list[Line], kind: Pdf) -> Iterator[Flowable]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import PageBreak, Paragraph

    chinese = kind.language == "zh"
    body = ParagraphStyle(
        "paragraph",
        fontName="STSong-Light" if chinese else "Helvetica",
        fontSize=11,
        leading=17,
        spaceAfter=3,
        wordWrap="CJK" if chinese else None,
        firstLineIndent=22 if chinese else 0,
    )
    bold = body.fontName if chinese else "Helvetica-Bold"
    styles = {
        "paragraph": body,
        "title": ParagraphStyle("title", body, fontSize=18, leading=26, alignment=1, firstLineIndent=0, fontName=bold),
        "centred": ParagraphStyle("centred", body, alignment=1, firstLineIndent=0),
        "right": ParagraphStyle("right", body, alignment=2, firstLineIndent=0),
        "heading1": ParagraphStyle("heading1", body, fontSize=14, leading=22, fontName=bold, firstLineIndent=0),
        "heading2": ParagraphStyle("heading2", body, fontSize=12, leading=20, fontName=bold, firstLineIndent=0),
    }
    for line in lines:
        yield PageBreak() if line.kind == "page_break" else Paragraph(escape(line.text), styles[line.kind])


_SITE = {
    "zh": """<div class="header"><a href="/">云溪县政务网</a></div>
<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/news">新闻动态</a></li>\
<li><a href="/files">政策文件</a></li><li><a href="/service">办事服务</a></li></ul></div>
<div class="breadcrumb">当前位置：<a href="/">首页</a> &gt; <a href="/files">政策文件</a> &gt; 正文</div>
<div class="content" id="article">
{article}
</div>
<div class="pager"><a href="/prev">上一篇</a> <a href="/next">下一篇</a></div>
<div class="tools"><a href="#" onclick="print()">打印本页</a> <a href="#" onclick="close()">关闭窗口</a></div>
<div class="footer"><p>版权所有：云溪县政务网　网站地图　联系我们</p></div>""",
    "en": """<header><a href="/">Brookvale County</a></header>
<nav><ul><li><a href="/">Home</a></li><li><a href="/policies">Policies</a></li>\
<li><a href="/contact">Contact</a></li></ul></nav>
<main>
<article>
{article}
</article>
</main>
<aside><h2>Related pages</h2><ul><li><a href="/archive">Archive</a></li><li><a href="/forms">Forms</a></li></ul></aside>
<footer><p>Copyright Brookvale County. Privacy. Accessibility. Site map.</p></footer>""",
}


def _page(lines: list[Line], kind: Page) -> bytes:
    title = next(line.text for line in lines if line.kind == "title")
    article = "\n".join(_elements(lines))
    html = f"""<!DOCTYPE html>
<html lang="{kind.language}">
<head>
<meta charset="{kind.encoding}">
<title>{escape(title)}</title>
<style>body {{ margin: 0 auto; max-width: 60em }} td, th {{ border: 1px solid }}</style>
<script>window.visited = true;</script>
</head>
<body>
{_SITE[kind.language].format(article=article)}
</body>
</html>
"""
    return html.encode(kind.encoding)


def _elements(lines: list[Line]) -> Iterator[str]:
    tags = {"title": "h1", "heading1": "h2", "heading2": "h3"}
    for is_table, group in groupby(lines, key=lambda line: line.kind == "row"):
        if not is_table:
            for line in group:
                tag = tags.get(line.kind, "p")
                yield f"<{tag}>{escape(line.text)}</{tag}>"
            continue
        head, *rows = [line.cells for line in group]
        yield "<table>"
        yield f"<thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead>"
        yield "<tbody>"
        for row in rows:
            yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        yield "</tbody>"
        yield "</table>"


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
