"""PDF pages as they look: sizes, pictures, and where words stand on them."""

from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from ingest.readers import read
from ingest.readers.pdf_sheets import find_words, page_picture, page_sizes
from rag.errors import DocumentError
from ui.sheets import Pictures, boxes, page_at

SAMPLES = Path(__file__).parents[1] / "samples"
VEHICLES = SAMPLES / "vehicle-use-policy.pdf"
TRAVEL = SAMPLES / "差旅费管理办法（2024年）.pdf"


@pytest.mark.parametrize("path", [VEHICLES, TRAVEL, SAMPLES / "关于开展2023年度固定资产清查工作的通知.pdf"])
def test_every_paragraph_as_read_is_found_on_its_page(path):
    found = read(path)
    sizes = page_sizes(path)
    for block in found.blocks:
        words = found.text[block.start : block.end]
        share = (block.start - found.page_starts[block.page - 1]) / len(found.text)
        places = find_words(path, words, block.page, block.page + 1, share)
        assert places, words
        assert {place.page for place in places} <= {block.page, block.page + 1}
        assert all(0 <= p.left <= p.left + p.width <= 1 and 0 <= p.top <= p.top + p.height <= 1 for p in places)
    assert len(sizes) == len(found.page_starts)


def dark_share(png: bytes, box) -> float:
    """How much of a box is ink."""
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("L")
    left, top = box.left * picture.width, box.top * picture.height
    part = picture.crop(
        (int(left), int(top), int(left + box.width * picture.width), int(top + box.height * picture.height))
    )
    pixels = part.tobytes()
    return sum(value < 128 for value in pixels) / len(pixels)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_boxes_lie_on_the_words_also_where_the_page_is_turned_or_cropped(tmp_path, turned):
    writer = PdfWriter()
    page = writer.add_page(PdfReader(VEHICLES).pages[0])
    page.rotate(turned)
    page.cropbox.lower_left = (40, 60)
    path = tmp_path / "turned.pdf"
    writer.write(path)
    boxes_found = find_words(path, "A booking that is not collected within 30 minutes of its start", 1, 1)
    assert boxes_found
    picture = page_picture(path, 1, 1000)
    assert all(dark_share(picture, box) > 0.05 for box in boxes_found)


def test_words_that_stand_twice_are_taken_where_they_are_meant():
    text = read(VEHICLES).text
    first, second = (find_words(VEHICLES, "fleet", 1, 1, share) for share in (0.0, 1.0))
    assert first[0].top < second[0].top
    assert find_words(VEHICLES, "words that are nowhere in it zqxj", 1, 2) == () or "zqxj" not in text


def test_what_a_table_joins_is_found_in_pieces():
    places = find_words(VEHICLES, "Drivers must be at least 21 years old；~~~；office runs 28 cars", 1, 1)
    assert len(places) == 2


def test_a_quote_is_drawn_and_without_one_the_clause():
    found = read(VEHICLES)
    start = found.text.index("Vehicles are booked")
    quote = boxes(VEHICLES, found.text, found.page_starts, None, (start, start + 30))
    assert [(box["page"], box["kind"]) for box in quote] == [(1, "quote")]
    assert boxes(VEHICLES, found.text, found.page_starts, None, None) == []
    assert [page_at((0, 10, 10, 30), offset) for offset in (0, 9, 10, 29, 99)] == [1, 1, 3, 3, 4]


def test_what_is_no_pdf_or_no_page_is_refused(tmp_path):
    broken = tmp_path / "x.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(DocumentError, match=r"x\.pdf"):
        page_sizes(broken)
    with pytest.raises(DocumentError, match="no page 9"):
        page_picture(VEHICLES, 9, 500)


def test_pictures_are_kept_within_their_bound(tmp_path):
    drawn: list[int] = []

    def draw(path: Path, page: int, width_px: int) -> bytes:
        drawn.append(page)
        return bytes(400)

    path = tmp_path / "a.pdf"
    path.touch()
    pictures = Pictures(draw, limit=1000)
    for page in (1, 2, 1, 3, 1, 2):
        pictures.get(path, page, 900)
    assert drawn == [1, 2, 3, 2]  # 1 was used again and again; 2 went when 3 came
