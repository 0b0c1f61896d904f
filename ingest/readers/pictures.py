"""Pictures of pages (.png, .jpg, .tif): scanned documents, read by text recognition."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

from ingest.readers import limits, ocr
from ingest.readers.lines import assemble
from ingest.readers.paged import paged_lines
from ingest.readers.pdf_layout import Row
from ingest.source import SourceText
from rag.errors import DocumentError

LIMIT_BYTES = 64 * limits.MIB
LIMIT_PIXELS = 80_000_000
_PAGE_PT = 842.0
"""The longer side of a page (A4): pictures seldom say their true size."""
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, ZeroDivisionError)
"""What Pillow raises on damaged pictures."""


def read_picture(data: bytes, name: str) -> SourceText:
    """The words on a picture, one page for each frame of a .tif.

    Raises:
        DocumentError: empty, damaged, too large, or without words that can be made out.
        MissingExtra: text recognition is not installed.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")
    pages: list[list[Row]] = []
    heights: list[float] = []
    for number, pixels in enumerate(_frames(data, name), start=1):
        ocr.require(name, "it is a picture")
        height, width = (_PAGE_PT * side / max(pixels.shape[:2]) for side in pixels.shape[:2])
        pages.append(ocr.picture_rows(pixels, number, width, height))
        heights.append(height)
    if not any(pages):
        raise DocumentError(f"{name}: no words can be made out on the picture; scan it larger or with more contrast")
    return assemble(
        paged_lines(pages, heights, {}), name, format="picture", pages=len(pages), warnings=[ocr.warning(len(pages))]
    )


def picture_pixels(data: bytes, name: str) -> Any:
    """The pixels of a picture inside a document, as ``ocr.picture_rows`` takes them."""
    return next(_frames(data, name))


def _frames(data: bytes, name: str) -> Iterator[Any]:
    import numpy as np
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data))
            count = getattr(picture, "n_frames", 1)
            _check(picture.size, count, name)
            for number in range(count):
                picture.seek(number)
                _check(picture.size, count, name)
                frame = picture.convert("RGB")
                frame.thumbnail((ocr.LONGEST_SIDE_PX, ocr.LONGEST_SIDE_PX))
                yield np.ascontiguousarray(np.asarray(frame)[:, :, ::-1])
    except Image.DecompressionBombError:
        raise DocumentError(f"{name}: more than {LIMIT_PIXELS // 1_000_000} million pixels; scan it smaller") from None
    except _DAMAGED as error:
        raise DocumentError(f"{name}: the picture is damaged or of an unknown kind ({error}); save it again") from None


def _check(size: tuple[int, int], frames: int, name: str) -> None:
    if size[0] * size[1] > LIMIT_PIXELS:
        raise DocumentError(f"{name}: more than {LIMIT_PIXELS // 1_000_000} million pixels; scan it smaller")
    if frames > ocr.LIMIT_PAGES:
        raise DocumentError(f"{name}: {frames} pictures are over the limit of {ocr.LIMIT_PAGES}; split the file")
