"""One neutral document written as .txt, .md, .html, .docx and .pdf, for tests of readers and outlines.

Packages beyond the application's: reportlab, whose STSong-Light is one of the PDF standard's own
Chinese fonts, so that no font file is needed. ``lines`` are what every reader must give back.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Part:
    """A paragraph; ``level`` is the heading level of a heading (1 below the title)."""

    text: str
    kind: Literal["title", "heading", "paragraph"] = "paragraph"
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of equal length, the first one the header."""

    rows: tuple[tuple[str, ...], ...]


Document = Sequence[Part | Table]


def title(text: str) -> Part:
    return Part(text=text, kind="title")


def heading(text: str, level: int = 1) -> Part:
    return Part(text=text, kind="heading", level=level)


def paragraph(text: str) -> Part:
    return Part(text=text)


def table(*rows: Sequence[str]) -> Table:
    return Table(rows=tuple(tuple(row) for row in rows))


def is_chinese(text: str) -> bool:
    return any("一" <= char <= "鿿" for char in text)


def lines(document: Document) -> list[str]:
    """The lines of text that every format's reader must give."""
    found: list[str] = []
    for part in document:
        if isinstance(part, Part):
            found.append(part.text)
        else:
            found += table_rows(part)
    return found


def table_rows(part: Table) -> list[str]:
    header = part.rows[0]
    colon, semicolon = ("：", "；") if any(map(is_chinese, header)) else (": ", "; ")
    rows = [
        semicolon.join(f"{name}{colon}{cell}" for name, cell in zip(header, row, strict=True)) for row in part.rows[1:]
    ]
    return [" | ".join(header), *rows]


def to_txt(document: Document) -> bytes:
    return "\n".join(lines(document)).encode()


def to_markdown(document: Document) -> bytes:
    blocks = []
    for part in document:
        if isinstance(part, Part):
            marks = {"title": "# ", "heading": "#" * (part.level + 1) + " ", "paragraph": ""}
            blocks.append(marks[part.kind] + part.text)
        else:
            rows = ["| " + " | ".join(row) + " |" for row in part.rows]
            blocks.append("\n".join([rows[0], "|---" * len(part.rows[0]) + "|", *rows[1:]]))
    return "\n\n".join(blocks).encode()


def to_html(document: Document) -> bytes:
    blocks = []
    for part in document:
        if isinstance(part, Part):
            tag = {"title": "h1", "heading": f"h{part.level + 1}", "paragraph": "p"}[part.kind]
            blocks.append(f"<{tag}>{html.escape(part.text)}</{tag}>")
        else:
            head, *body = part.rows
            cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in body]
            header = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
            blocks.append(f"<table><tr>{header}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
    name = next((part.text for part in document if isinstance(part, Part)), "")
    page = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(name)}</title></head><body>'
        '<nav><a href="/">首页</a> &gt; <a href="/rules">制度</a></nav><main>'
        + "\n".join(blocks)
        + "</main><footer>© Office</footer></body></html>"
    )
    return page.encode()


def to_docx(document: Document) -> bytes:
    import docx

    word = docx.Document()
    for part in document:
        if isinstance(part, Part):
            style = {"title": "Title", "heading": f"Heading {part.level}", "paragraph": "Normal"}[part.kind]
            word.add_paragraph(part.text, style=style)
        else:
            grid = word.add_table(rows=len(part.rows), cols=len(part.rows[0]))
            for cells, row in zip(grid.rows, part.rows, strict=True):
                for cell, text in zip(cells.cells, row, strict=True):
                    cell.text = text
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def to_pdf(document: Document, *, columns: int = 1, running_head: str = "") -> bytes:
    """A4, 12 pt, first lines of Chinese paragraphs indented, page numbers, headings as bookmarks."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Paragraph
    from reportlab.platypus import Table as Grid

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    chinese = any(is_chinese(line) for line in lines(document))
    font, wrap = ("STSong-Light", "CJK") if chinese else ("Times-Roman", "LTR")
    base = {"fontName": font, "wordWrap": wrap}
    body = ParagraphStyle(
        "body", fontSize=12, leading=18, firstLineIndent=24 if chinese else 0, spaceAfter=0 if chinese else 9, **base
    )
    styles = {
        "title": ParagraphStyle("title", fontSize=22, leading=32, alignment=1, spaceAfter=12, **base),
        "heading": ParagraphStyle("heading", fontSize=15, leading=24, spaceBefore=6, spaceAfter=4, **base),
        "paragraph": body,
    }

    class Bookmark(Flowable):
        def __init__(self, part: Part) -> None:
            super().__init__()
            self.part = part
            self.width = self.height = 0

        def draw(self) -> None:
            self.canv.bookmarkPage(self.part.text)
            self.canv.addOutlineEntry(self.part.text, self.part.text, level=self.part.level - 1)

    flow: list[object] = []
    for part in document:
        if isinstance(part, Part):
            if part.kind == "heading":
                flow += [CondPageBreak(60), Bookmark(part)]
            flow.append(Paragraph(html.escape(part.text), styles[part.kind]))
        else:
            cells = [
                [Paragraph(html.escape(cell), ParagraphStyle("cell", fontSize=12, leading=16, **base)) for cell in row]
                for row in part.rows
            ]
            flow.append(Grid(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")], spaceBefore=6, spaceAfter=6))

    def furniture(canvas: object, template: object) -> None:
        canvas.setFont(font, 9)
        canvas.drawCentredString(A4[0] / 2, 30, f"- {template.page} -")
        if running_head:
            canvas.drawString(72, A4[1] - 40, running_head)

    out = io.BytesIO()
    template = BaseDocTemplate(out, pagesize=A4, title="", author="", invariant=1)
    width = (A4[0] - 144 - 24 * (columns - 1)) / columns
    frames = [
        Frame(72 + (width + 24) * index, 72, width, A4[1] - 144, leftPadding=0, rightPadding=0)
        for index in range(columns)
    ]
    template.addPageTemplates(PageTemplate(frames=frames, onPage=furniture))
    template.build(flow)
    return out.getvalue()


FORMATS: dict[str, Callable[[Document], bytes]] = {
    "txt": to_txt,
    "md": to_markdown,
    "html": to_html,
    "docx": to_docx,
    "pdf": to_pdf,
}
"""File ending without the dot → writer."""


def write(document: Document, folder: Path, name: str) -> dict[str, Path]:
    """The document in every format under ``folder``; paths by ending."""
    paths = {ending: folder / f"{name}.{ending}" for ending in FORMATS}
    for ending, path in paths.items():
        path.write_bytes(FORMATS[ending](document))
    return paths


CHINESE: Document = (
    title("差旅费管理办法"),
    heading("第一章 总则"),
    paragraph("第一条 为加强差旅费管理，厉行节约，根据有关规定，结合本单位实际，制定本办法。"),
    paragraph(
        "第二条 本办法适用于本单位在职人员。借调人员、聘用人员因公出差的，经分管领导批准后参照执行，所需经费"
        "在其借调或者聘用的部门预算中列支，不得向下属单位转嫁，也不得由接待单位代为支付。"
    ),
    heading("第二章 标准"),
    paragraph("第三条 出差人员按下列标准乘坐交通工具："),
    paragraph("（一）处级以下人员乘坐火车硬席、高铁二等座；"),
    paragraph("（二）因紧急公务需要乘坐飞机的，应当事先报批，并附会议通知或者公函，费用凭据报销。"),
    table(("岗位", "住宿标准", "伙食补助"), ("科员", "每天300元", "每天100元"), ("处长", "每天450元", "每天100元")),
    heading("第三章 附则"),
    paragraph("第四条 全年开展检查**次，覆盖XX个乡镇，结果由A_1号台账记录。"),
    paragraph("第五条 本办法自2024年7月1日起施行，《差旅费暂行规定》（行办发〔2019〕4号）同时废止。"),
)
"""A measure with chapters, articles, items, a table, hidden figures and two references."""

ENGLISH: Document = (
    title("Annual Leave Policy"),
    heading("1. Scope"),
    paragraph(
        "This policy applies to all permanent staff and to staff on contracts of one year or longer, in every office."
    ),
    heading("1.1 Exceptions", 2),
    paragraph("Interns are covered by the Internship Handbook; see Section 3.2 of that handbook for their leave."),
    heading("2. Entitlement"),
    paragraph(
        "Staff accrue leave monthly. Leave that has not been taken by 31 March of the next year lapses without pay."
    ),
    table(("Grade", "Days", "Carry over"), ("A", "25 days", "5 days"), ("B", "28 days", "7 days")),
    paragraph("(a) Requests are made in writing at least ten working days before the first day of leave."),
    paragraph("(b) Managers answer within three working days, and give reasons when they refuse a request."),
)
"""A handbook chapter of two levels with a table and lettered items."""
