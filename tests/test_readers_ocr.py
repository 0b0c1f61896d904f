"""Scans and pictures: read by text recognition where it is installed, else refused with the extra to install."""

import io
import sys
import zlib

import pytest
from office_files import ofd
from PIL import Image, ImageDraw, ImageFont

from ingest.outline import outline
from ingest.readers import FORMATS, ocr
from rag.errors import DocumentError, MissingExtra

POLICY = (
    "LEAVE POLICY",
    "1. Purpose",
    "This policy sets out how staff ask for leave.",
    "2. Annual leave",
    "Every employee has 15 days of leave a year.",
)


@pytest.fixture
def without_ocr(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)


def page(lines=POLICY, lean=0.0):
    picture = Image.new("RGB", (1240, 900), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((120, 100 + 90 * number), line, fill="black", font=ImageFont.load_default(size=36))
    return picture.rotate(lean, fillcolor="white", resample=Image.Resampling.BICUBIC)


def saved(form, *pages):
    out = io.BytesIO()
    first, *rest = pages
    more = {"save_all": True, "append_images": rest} if form in {"PDF", "TIFF"} else {}
    first.save(out, form, **more)
    return out.getvalue()


@pytest.mark.usefixtures("without_ocr")
@pytest.mark.parametrize(
    ("ending", "data", "fault"),
    [
        ("pdf", saved("PDF", page()), "has no text layer, its 1 page(s) are pictures (a scan)"),
        ("png", saved("PNG", page()), "it is a picture"),
        ("jpg", saved("JPEG", page()), "it is a picture"),
        ("tif", saved("TIFF", page()), "it is a picture"),
        ("ofd", ofd("", ""), "has no text, its 2 page(s) are pictures"),
    ],
)
def test_without_the_extra_the_message_names_it(ending, data, fault):
    with pytest.raises(MissingExtra) as error:
        FORMATS[f".{ending}"](data, f"扫描.{ending}")
    install = "it needs text recognition (OCR), the extra `ocr`: pip install -e '.[ocr]'"
    assert str(error.value) == f"扫描.{ending}: {fault}; {install}"


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
@pytest.mark.parametrize(
    ("data", "fault"), [(b"", "the file is empty"), (b"\x89PNG\r\n\x1a\n", "damaged"), (b"abc", "damaged")]
)
def test_damaged_pictures_are_refused(ending, data, fault):
    with pytest.raises(DocumentError, match=rf"a\.{ending}: .*{fault}"):
        FORMATS[f".{ending}"](data, f"a.{ending}")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    data = bytearray(saved("PNG", Image.new("1", (8, 8))))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    with pytest.raises(DocumentError, match="million pixels"):
        FORMATS[".png"](bytes(data), "a.png")


def test_words_of_one_type_size_get_one_size_whatever_their_boxes():
    rows = [
        ocr._row("a", [(0, y + high), (99, y + high), (99, y), (0, y)], 1)
        for y, high in ((90, 10), (70, 12), (50, 11), (0, 30))
    ]
    assert [row.size_pt for row in ocr._evened(rows)] == [9.2, 9.2, 9.2, 24.0]


needs_ocr = pytest.mark.skipif(not ocr.is_installed(), reason="the extra ocr is not installed")


@pytest.mark.models
@needs_ocr
@pytest.mark.parametrize(
    ("ending", "data"),
    [
        ("png", saved("PNG", page())),
        ("jpg", saved("JPEG", page())),
        ("pdf", saved("PDF", page())),
        ("pdf", saved("PDF", page(lean=2.0))),
    ],
    ids=["png", "jpg", "scanned pdf", "skewed pdf"],
)
def test_a_scan_is_read_and_has_its_outline(ending, data):
    source = FORMATS[f".{ending}"](data, f"a.{ending}")
    assert source.text.split("\n") == list(POLICY)
    assert source.warnings == ("page 1 of 1: read by text recognition (OCR); compare figures with the original",)
    (document,) = outline(source)
    assert document.title == "LEAVE POLICY"
    assert [(s.number, s.heading, s.page) for s in document.sections[1:]] == [
        ("1", "Purpose", 1),
        ("2", "Annual leave", 1),
    ]


@pytest.mark.models
@needs_ocr
def test_every_frame_of_a_tif_is_a_page():
    source = FORMATS[".tif"](saved("TIFF", page(["The first page."]), page(["The second page."])), "a.tif")
    assert (source.text, source.page_starts) == ("The first page.\nThe second page.", (0, 16))


@pytest.mark.models
@needs_ocr
def test_a_blank_scan_says_that_nothing_can_be_made_out():
    with pytest.raises(DocumentError, match=r"a\.png: no words can be made out"):
        FORMATS[".png"](saved("PNG", page([])), "a.png")
