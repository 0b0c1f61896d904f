"""Text recognition (OCR) of page pictures, on this machine: the optional extra ``ocr``.

RapidOCR carries its models (PP-OCR, Chinese and English) inside its wheel; nothing is downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

from ingest.readers.lines import tidy
from ingest.readers.pdf_layout import Row
from rag.errors import MissingExtra

INSTALL = "pip install -e '.[ocr]'"
LIMIT_PAGES = 1_000
"""A page takes one to five seconds."""
LONGEST_SIDE_PX = 2_000
"""Pictures are brought down to this: about 170 dots an inch of an A4 page."""
_LEAST_SURE = 0.5
_INK_SHARE = 0.8
"""Height of the type in a box of recognised words, which has room above and below."""
_SAME_SIZE = 0.3

Point = tuple[float, float]


def is_installed() -> bool:
    """Whether the extra is there; nothing is loaded."""
    try:
        return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
    except ValueError:  # a package that is set to None in sys.modules
        return False


def require(name: str, fault: str) -> None:
    """Refuse a file that cannot be read without the extra; ``fault`` says why it needs it.

    Raises:
        MissingExtra: naming the extra.
    """
    if not is_installed():
        raise MissingExtra(f"{name}: {fault}; it needs text recognition (OCR), the extra `ocr`: {INSTALL}")


def warning(pages: int, shown: str = "") -> str:
    """What a reader is told about words that a program made out."""
    return f"page {shown or '1'} of {pages}: read by text recognition (OCR); compare figures with the original"


def picture_rows(pixels: Any, page: int, width_pt: float, height_pt: float) -> list[Row]:
    """The words on a picture of one page, as rows in points; a page that lies askew is set straight.

    ``pixels`` is a uint8 array, height × width × 3 (blue, green, red).
    """
    found = _recogniser()(pixels)
    if found.txts is None:
        return []
    scale = (width_pt / pixels.shape[1], height_pt / pixels.shape[0])
    boxes = [[(float(x) * scale[0], height_pt - float(y) * scale[1]) for x, y in box] for box in found.boxes]
    lean = _lean(boxes)
    rows = [
        _row(tidy(text), [_turned(point, -lean) for point in box], page)
        for text, box, score in zip(found.txts, boxes, found.scores, strict=True)
        if score >= _LEAST_SURE and tidy(text)
    ]
    return _evened(rows)


@cache
def _recogniser() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": LONGEST_SIDE_PX})


def _lean(boxes: Sequence[Sequence[Point]]) -> float:
    """The angle of the longer lines, in radians."""
    angles = [
        math.atan2(right[1] - left[1], right[0] - left[0])
        for left, right, below, _ in boxes
        if right[0] - left[0] > 4 * abs(right[1] - below[1])
    ]
    return median(angles) if angles else 0.0


def _turned(point: Point, angle: float) -> Point:
    x, y = point
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _row(text: str, box: Sequence[Point], page: int) -> Row:
    upper_left, upper_right, lower_right, lower_left = box
    top, bottom = (upper_left[1] + upper_right[1]) / 2, (lower_left[1] + lower_right[1]) / 2
    room = (1 - _INK_SHARE) / 2 * (top - bottom)
    return Row(
        text=text,
        page=page,
        left=min(x for x, _ in box),
        right=max(x for x, _ in box),
        bottom=bottom + room,
        top=top - room,
        size_pt=max(1.0, round(_INK_SHARE * (top - bottom), 1)),
    )


def _evened(rows: Sequence[Row]) -> list[Row]:
    """Rows whose type is of about the usual size, at exactly that size: boxes vary with their letters."""
    if not rows:
        return []
    usual = median(row.size_pt for row in rows)
    return [
        replace(row, size_pt=round(usual, 1)) if abs(row.size_pt - usual) <= _SAME_SIZE * usual else row for row in rows
    ]
