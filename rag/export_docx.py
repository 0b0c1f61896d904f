"""A report as a Word file with real footnotes (ECMA-376, WordprocessingML), written part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from rag.export import Footnote, Part, Piece, Pieces, Report, Table

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RESERVED_NOTES = 2  # the separators have numbers of their own
_PAGE_WIDTH, _MARGIN = 11906, 1531  # twentieths of a point
_TEXT_WIDTH = _PAGE_WIDTH - 2 * _MARGIN

_CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{_TYPE}.settings+xml"/>'
    f'<Override PartName="/word/footnotes.xml" ContentType="{_TYPE}.footnotes+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
_DOCUMENT_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_R}/settings" Target="settings.xml"/>'
    f'<Relationship Id="rId3" Type="{_R}/footnotes" Target="footnotes.xml"/>'
    "</Relationships>"
)
_SETTINGS = (
    f'{_HEAD}<w:settings xmlns:w="{_W}"><w:footnotePr><w:footnote w:id="0"/><w:footnote w:id="1"/></w:footnotePr>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    'w:val="15"/></w:compat></w:settings>'
)
_SEPARATORS = (
    '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="1"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
_FONTS = {"zh": ("Times New Roman", "宋体"), "en": ("Georgia", "宋体")}


def docx_bytes(report: Report) -> bytes:
    """The report as the bytes of a .docx file; the same report gives the same bytes."""
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONS,
        "docProps/core.xml": _core(report),
        "word/document.xml": _document(report),
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/styles.xml": _styles(report),
        "word/settings.xml": _SETTINGS,
        "word/footnotes.xml": _footnotes(report),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _core(report: Report) -> str:
    title = report.parts[0].question if len(report.parts) == 1 else report.title
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(' '.join(title.split())[:200])}</dc:title><dc:creator>Yiju</dc:creator></cp:coreProperties>"
    )


def _document(report: Report) -> str:
    title = _paragraph(_run(report.title), "Title") if len(report.parts) > 1 else ""
    referred: set[int] = set()
    body = title + "".join(_part(part, referred) for part in report.parts)
    page = (
        f'<w:sectPr><w:pgSz w:w="{_PAGE_WIDTH}" w:h="16838"/>'
        f'<w:pgMar w:top="1440" w:right="{_MARGIN}" w:bottom="1440" w:left="{_MARGIN}" '
        'w:header="851" w:footer="851" w:gutter="0"/>'
        "</w:sectPr>"
    )
    return f'{_HEAD}<w:document xmlns:w="{_W}"><w:body>{body}{page}</w:body></w:document>'


def _part(part: Part, referred: set[int]) -> str:
    question = _paragraph(_run(part.question), "Heading1")
    answer = "".join(
        _table(block, referred) if isinstance(block, Table) else _paragraph(_pieces(block, referred))
        for block in part.blocks
    )
    remarks = "".join(_paragraph(_run(remark), "Quote") for remark in part.remarks)
    return question + answer + remarks


def _table(table: Table, referred: set[int]) -> str:
    """A ruled table as wide as the text; every page that it runs on to repeats its head."""
    widths = _widths(len(table.rows[0]))
    line = 'w:val="single" w:sz="4" w:space="0" w:color="A39B8B"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    margins = "".join(f'<w:{side} w:w="100" w:type="dxa"/>' for side in ("left", "right"))
    properties = (
        f'<w:tblPr><w:tblW w:w="{_TEXT_WIDTH}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = "".join(_row(row, widths, referred, head=n == 0) for n, row in enumerate(table.rows))
    # The empty paragraph keeps Word from joining two tables, and from missing one where the text ends with a table.
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{_paragraph('', 'TableText')}"


def _row(row: Sequence[Pieces], widths: Sequence[int], referred: set[int], *, head: bool) -> str:
    style, properties = ("TableHead", "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>") if head else ("TableText", "")
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(_pieces(cell, referred), style)}</w:tc>'
        for width, cell in zip(widths, row, strict=True)
    )
    return f"<w:tr>{properties}{cells}</w:tr>"


def _widths(columns: int) -> list[int]:
    """A quarter of the text's width for the labels, the rest shared by the other columns."""
    others = [_TEXT_WIDTH * 3 // 4 // max(columns - 1, 1)] * (columns - 1)
    return [_TEXT_WIDTH - sum(others), *others]


def _pieces(pieces: Pieces, referred: set[int]) -> str:
    return "".join(_piece(piece, referred) for piece in pieces)


def _piece(piece: Piece, referred: set[int]) -> str:
    if isinstance(piece, str):
        return _run(piece)
    mark = f"_Note{piece}"
    if piece not in referred:
        referred.add(piece)
        note = f'<w:footnoteReference w:id="{piece + _RESERVED_NOTES - 1}"/>'
        return (
            f'<w:bookmarkStart w:id="{piece}" w:name="{mark}"/><w:r><w:rPr><w:rStyle w:val="FootnoteReference"/>'
            f'</w:rPr>{note}</w:r><w:bookmarkEnd w:id="{piece}"/>'
        )
    # A footnote has one place of its own; every later mention refers to it by number.
    return (
        f'<w:fldSimple w:instr=" NOTEREF {mark} \\f \\h "><w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
        f"<w:t>{piece}</w:t></w:r></w:fldSimple>"
    )


def _footnotes(report: Report) -> str:
    notes = "".join(_footnote(note) for note in report.footnotes)
    return f'{_HEAD}<w:footnotes xmlns:w="{_W}">{_SEPARATORS}{notes}</w:footnotes>'


def _footnote(note: Footnote) -> str:
    sign = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    words = f"{_run(' ' + note.label, bold=True)}{_run(note.facts)}{_run(note.quote)}{_run(note.retrieved)}"
    paragraph = _paragraph(sign + words, "FootnoteText")
    return f'<w:footnote w:id="{note.n + _RESERVED_NOTES - 1}">{paragraph}</w:footnote>'


def _paragraph(runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{runs}</w:p>"


def _run(words: str, *, bold: bool = False) -> str:
    if not words:
        return ""
    properties = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in words.split("\n"))
    return f"<w:r>{properties}{lines}</w:r>"


def _styles(report: Report) -> str:
    latin, han = _FONTS[report.language]
    language = "zh-CN" if report.language == "zh" else "en-GB"

    def style(
        name: str, label: str, paragraph: str, run: str, *, kind: str = "paragraph", default: bool = False
    ) -> str:
        base = "" if default or kind == "character" else '<w:basedOn w:val="Normal"/>'
        return (
            f'<w:style w:type="{kind}"{" w:default=" + chr(34) + "1" + chr(34) if default else ""} w:styleId="{name}">'
            f'<w:name w:val="{label}"/>{base}<w:qFormat/>'
            f"{f'<w:pPr>{paragraph}</w:pPr>' if paragraph else ''}{f'<w:rPr>{run}</w:rPr>' if run else ''}</w:style>"
        )

    def size(half_points: int) -> str:
        return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'

    cell = '<w:spacing w:before="50" w:after="50" w:line="300" w:lineRule="auto"/>'
    return (
        f'{_HEAD}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{han}" w:cs="{latin}"/>{size(23)}'
        f'<w:lang w:val="{"en-GB" if language == "zh-CN" else language}" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="140" w:line="350" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
        "</w:docDefaults>"
        + style("Normal", "Normal", "", "", default=True)
        + style("Title", "Title", '<w:spacing w:after="320"/><w:jc w:val="center"/>', f"<w:b/>{size(34)}")
        + style(
            "Heading1",
            "heading 1",
            '<w:keepNext/><w:keepLines/><w:spacing w:before="360" w:after="140"/><w:outlineLvl w:val="0"/>',
            f"<w:b/>{size(27)}",
        )
        + style("Quote", "Quote", '<w:ind w:left="340"/>', f'<w:color w:val="5F584C"/>{size(20)}')
        + style("TableText", "Table Text", cell, size(21))
        + style("TableHead", "Table Head", f"<w:keepNext/>{cell}", f"<w:b/>{size(21)}")
        + style("FootnoteText", "footnote text", '<w:spacing w:after="40" w:line="260" w:lineRule="auto"/>', size(18))
        + style("FootnoteReference", "footnote reference", "", '<w:vertAlign w:val="superscript"/>', kind="character")
        + "</w:styles>"
    )
