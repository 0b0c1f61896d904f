"""PDF: paragraphs, columns, furniture, tables, hyphens, and files without usable text."""

from __future__ import annotations

import io
import sys

import document_formats as formats
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.readers.pdf import read_pdf
from ingest.readers.pdf_layout import Row, reading_order
from ingest.readers.pdf_paragraphs import paragraphs
from ingest.readers.pdf_tables import GridCell, Stroke, rulings
from ingest.source import SourceText
from rag.errors import DocumentError, MissingExtra

SENTENCE = "各部门应当在每年三月底以前将上一年度形成的档案整理完毕，并向档案室移交，不得据为己有或者拒绝归档。"
LONG = [formats.paragraph(f"第{number}条 " + SENTENCE * 3) for number in "一二三四五六七八九十"]


def lines(source: SourceText) -> list[str]:
    return [source.text[block.start : block.end] for block in source.blocks]


def read(document: formats.Document, **options: object) -> SourceText:
    return read_pdf(formats.to_pdf(document, **options), "a.pdf")  # type: ignore[arg-type]


def drawn(*placed: tuple[float, float, str], size: int = 12, font: str = "Times-Roman", pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for _ in range(pages):
        canvas.setFont(font, size)
        for x, y, text in placed:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("columns", [1, 2])
def test_paragraphs_are_joined_over_lines_columns_and_pages(columns: int) -> None:
    document = [formats.title("档案管理办法"), *LONG, *LONG]
    source = read(document, columns=columns, running_head="云溪县档案制度汇编")
    assert lines(source) == formats.lines(document)


def test_two_columns_of_english_are_read_one_after_the_other() -> None:
    words = (
        "Staff who travel on official business keep every receipt and file a claim within thirty days of their return. "
    )
    document = [formats.paragraph(f"Paragraph {number}. " + words * 3) for number in range(1, 16)]
    assert lines(read(document, columns=2)) == [part.text.strip() for part in document]


def test_pages_begin_inside_a_paragraph_that_runs_over() -> None:
    source = read([*LONG, *LONG])
    assert len(source.page_starts) == 3
    assert source.page_starts[0] == 0
    over = next(b for b in source.blocks if b.start < source.page_starts[1] < b.end)
    assert over.page == 1
    assert next(b.page for b in source.blocks if b.start > source.page_starts[1]) == 2


def test_running_heads_and_page_numbers_are_left_out() -> None:
    source = read([*LONG, *LONG, *LONG], running_head="档案制度汇编 2024")
    assert "汇编" not in source.text
    assert "- 2 -" not in source.text


@pytest.mark.parametrize("title_at", [(760, 18), (760, 9), (800, 18)])
def test_a_title_in_the_words_of_the_running_head_stays(title_at: tuple[int, int]) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for page, text in enumerate(["1 Cards are free.", "2 Loans last a month.", "3 Fines are small."]):
        for x, y, size, words in [
            (72, 800, 9, "Lending Rules"),
            (300, *title_at, "" if page else "Lending Rules"),
            (72, 700, 11, text),
        ]:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, y, words)
        canvas.showPage()
    canvas.save()
    wanted = ["Lending Rules", "1 Cards are free.", "2 Loans last a month.", "3 Fines are small."]
    assert lines(read_pdf(out.getvalue(), "a.pdf")) == wanted


def test_numbered_headings_at_the_top_of_each_page_are_no_furniture() -> None:
    pages = [
        drawn((72, 770, f"Annex {n}"), (72, 740, f"Words of annex number {n}."), (297, 30, str(n))) for n in (1, 2, 3)
    ]
    source = read_pdf(_joined(pages), "a.pdf")
    assert lines(source) == [text for n in (1, 2, 3) for text in (f"Annex {n}", f"Words of annex number {n}.")]


def _joined(pages: list[bytes]) -> bytes:
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for data in pages:
        whole.import_pages(pypdfium2.PdfDocument(data))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def test_bookmarks_are_headings_and_size_is_known() -> None:
    source = read(formats.ENGLISH)
    found = [(source.text[b.start : b.end], b.level, b.size_pt) for b in source.blocks if b.kind == "heading"]
    assert found == [("1. Scope", 1, 15.0), ("1.1 Exceptions", 2, 15.0), ("2. Entitlement", 1, 15.0)]
    assert source.blocks[0].centered


def test_hyphens_at_line_ends_are_mended_unless_the_word_has_one() -> None:
    wide = "x" * 60
    data = drawn(
        (72, 700, f"{wide} the self-assess-"),
        (72, 682, f"ment and the long-"),  # noqa: F541 - aligned with its neighbours
        (72, 640, f"{wide} takes the commit-"),
        (72, 622, "tee, a long-term body, and so on."),
    )
    text = read_pdf(data, "a.pdf").text
    assert "the committee, a long-term body" in text


def test_slanting_watermarks_and_sideways_margins_are_left_out() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for number in range(8):
        canvas.drawString(72, 700 - 20 * number, "The library lends books to staff for thirty days at a time.")
    canvas.saveState()
    canvas.translate(200, 300)
    canvas.rotate(45)
    canvas.drawString(0, 0, "DRAFT COPY")
    canvas.restoreState()
    canvas.translate(20, 300)
    canvas.rotate(90)
    canvas.drawString(0, 0, "printed by office")
    canvas.save()
    text = read_pdf(out.getvalue(), "a.pdf").text
    assert "DRAFT" not in text
    assert "printed" not in text
    assert text.startswith("The library lends books")


def test_a_table_over_two_pages_keeps_its_header() -> None:
    rows = [(f"项目{n}", f"{n}00元") for n in range(1, 60)]
    source = read([formats.table(("项目", "标准"), *rows)])
    assert lines(source) == ["项目 | 标准", *(f"项目：{name}；标准：{amount}" for name, amount in rows)]
    assert {block.table for block in source.blocks} == {0}
    assert {block.page for block in source.blocks} == {1, 2}


def test_rulings_find_merged_cells() -> None:
    strokes = [Stroke(0, y, 200, y) for y in (0, 20, 40)]
    strokes += [Stroke(0, 0, 0, 40), Stroke(200, 0, 200, 40), Stroke(100, 0, 100, 20)]
    (ruling,) = rulings(strokes)
    assert ruling.cells == (GridCell(0, 0, 1, 2), GridCell(1, 0, 1, 1), GridCell(1, 1, 1, 1))
    assert ruling.place(150, 10) == (1, 1)


def test_a_single_frame_is_no_table() -> None:
    assert rulings([Stroke(0, 0, 100, 0), Stroke(0, 50, 100, 50), Stroke(0, 0, 0, 50), Stroke(100, 0, 100, 50)]) == []


def row(text: str, left: float, top: float, width: float, size: float = 10) -> Row:
    return Row(text=text, page=1, left=left, right=left + width, bottom=top - size, top=top, size_pt=size)


def test_cells_without_lines_stay_in_their_row() -> None:
    cells = [
        row(text, x, 700 - 20 * n, 40) for n in range(8) for x, text in ((50, f"a{n}"), (200, f"b{n}"), (350, f"c{n}"))
    ]
    assert [found.text for found in reading_order(cells)] == [f"a{n} b{n} c{n}" for n in range(8)]


def test_a_heading_over_two_columns_comes_first() -> None:
    left = [row(f"l{n}", 50, 660 - 14 * n, 200) for n in range(10)]
    right = [row(f"r{n}", 300, 660 - 14 * n, 200) for n in range(10)]
    order = [found.text for found in reading_order([*right, *left, row("title", 100, 700, 350)])]
    assert order == ["title", *(f"l{n}" for n in range(10)), *(f"r{n}" for n in range(10))]


def test_indented_lines_begin_paragraphs_even_where_a_reference_begins_a_line() -> None:
    texts = [("一" * 38, 24), ("第三条规定的情形，" + "一" * 31, 0), ("完。", 0)] * 4
    rows = [row(text, 50 + indent, 700 - 16 * n, 10 * len(text)) for n, (text, indent) in enumerate(texts)]
    found = [paragraph.text for paragraph in paragraphs([reading_order(rows)])]
    assert found == ["一" * 38 + "第三条规定的情形，" + "一" * 31 + "完。"] * 4


def test_a_scan_says_that_it_needs_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    with pytest.raises(MissingExtra, match=r"scan\.pdf: has no text layer, its 1 page\(s\) are pictures .*OCR"):
        read_pdf(out.getvalue(), "scan.pdf")


def test_pages_without_text_among_others_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    source = read_pdf(_joined([drawn((72, 700, "Leave policy")), drawn(), drawn((72, 700, "Travel policy"))]), "a.pdf")
    assert source.warnings == ("no text on page 2 of 3; if scanned, install the extra `ocr`: pip install -e '.[ocr]'",)


def test_a_garbled_text_layer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    rare = "".join(chr(code) for code in range(0x9480, 0x9480 + 400) if not chr(code).encode("gb2312", "ignore"))
    rare = "".join(char for char in rare if not char.encode("big5", "ignore")[:1] <= b"\xc6")[:40]
    data = drawn(*((72, 700 - 20 * n, rare) for n in range(10)), font="STSong-Light")
    with pytest.raises(MissingExtra, match="its text layer is garbled"):
        read_pdf(data, "a.pdf")


def test_an_encrypted_file_is_refused_with_advice() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn((72, 700, "Leave policy")))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(DocumentError, match=r"差旅 a\.pdf: protected by a password; open it and save it without one"):
        read_pdf(out.getvalue(), "差旅 a.pdf")
