"""OFD (GB/T 33190-2016), the Chinese standard for fixed pages: a zip of XML, laid out as a PDF is.

Pages come in the order of Document.xml; a text object may hold a single character. Lengths are in
millimetres with y downwards. Annotations, seals and signatures are not the document's text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.readers import limits, ocr
from ingest.readers.docx import open_office
from ingest.readers.glyphs import Glyph, page_rows
from ingest.readers.lines import assemble
from ingest.readers.ofd_pictures import page_pictures
from ingest.readers.paged import paged_lines
from ingest.readers.pdf_layout import Row
from ingest.readers.pdf_tables import Stroke, rulings
from ingest.readers.pictures import picture_pixels
from ingest.source import SourceText
from rag.errors import DocumentError

_PT_PER_MM = 72 / 25.4
_LIMIT_PAGES = 5_000
_LIMIT_CHARS = 20_000_000
_BOLD_WEIGHT = 600
_SPACE_EMS = 0.45
_A4 = (0.0, 0.0, 210.0, 297.0)
_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d{1,9})?(?:[eE]-?\d{1,2})?")

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


def read_ofd(data: bytes, name: str) -> SourceText:
    """The text of every document in an OFD file.

    Raises:
        DocumentError: empty, damaged, encrypted, or over the limits.
        MissingExtra: of pictures only, and text recognition is not installed.
    """
    archive = open_office(data, name, "ofd", "an OFD reader")
    if "Encryptions.xml" in archive.names or "OFD.xml" not in archive.names:
        state = "is encrypted" if "OFD.xml" in archive.names else "is no OFD file (it has no OFD.xml)"
        raise DocumentError(f"{name}: {state}; open it in an OFD reader and save it as .ofd or .pdf")
    pages: list[list[Row]] = []
    heights: list[float] = []
    chars = 0
    for part, templates in _pages(archive):
        rows, height = _page(archive, part, templates, len(pages) + 1)
        chars += sum(len(row.text) for row in rows)
        pages.append(rows)
        heights.append(height)
        if chars > _LIMIT_CHARS or len(pages) > _LIMIT_PAGES:
            raise DocumentError(f"{name}: over {_LIMIT_PAGES} pages or {_LIMIT_CHARS} characters; split the file")
    warnings = []
    if not any(pages):
        ocr.require(name, f"has no text, its {len(pages)} page(s) are pictures")
        pages = _recognised(archive, heights)
        warnings.append(ocr.warning(len(pages), f"1–{len(pages)}"))
    if not any(pages):
        raise DocumentError(f"{name}: no words can be made out on its {len(pages)} page(s); scan it again")
    return assemble(
        paged_lines(pages, heights, {}),
        name,
        format="ofd",
        pages=len(pages),
        title=_title(archive),
        warnings=warnings,
    )


def _recognised(archive: limits.Archive, heights: Sequence[float]) -> list[list[Row]]:
    """The words on the pictures of every page, each picture at its own place."""
    if len(heights) > ocr.LIMIT_PAGES:
        raise DocumentError(f"{archive.name}: over {ocr.LIMIT_PAGES} pages of pictures; split the file")
    pages: list[list[Row]] = []
    for part, _ in _pages(archive):
        rows: list[Row] = []
        for data, (left, top, width, height) in page_pictures(archive, part):
            pixels = picture_pixels(data, archive.name)
            found = ocr.picture_rows(pixels, len(pages) + 1, width * _PT_PER_MM, height * _PT_PER_MM)
            down = heights[len(pages)] - (top + height) * _PT_PER_MM
            rows += [_moved(row, left * _PT_PER_MM, down) for row in found]
        pages.append(rows)
    return pages


def _moved(row: Row, right: float, up: float) -> Row:
    return replace(row, left=row.left + right, right=row.right + right, bottom=row.bottom + up, top=row.top + up)


def _local(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _children(node: Any, name: str) -> Iterator[Any]:
    """Children by local name: the namespace changed between editions of the standard."""
    return (child for child in node if _local(child) == name)


def _descendants(node: Any, name: str) -> Iterator[Any]:
    return (child for child in node.iter() if _local(child) == name)


def _text_of(node: Any, name: str) -> str:
    return next(((child.text or "").strip() for child in _descendants(node, name)), "")


def _title(archive: limits.Archive) -> str | None:
    return _text_of(archive.xml("OFD.xml"), "Title") or None


def _resolve(archive: limits.Archive, base: str, location: str) -> str:
    """An entry's name from a location, which is relative to ``base``'s folder or to the root."""
    if location.startswith("/"):
        return posixpath.normpath(location.lstrip("/"))
    near = posixpath.normpath(posixpath.join(posixpath.dirname(base), location))
    return near if near in archive.names else posixpath.normpath(location)


def _pages(archive: limits.Archive) -> Iterator[tuple[str, dict[str, str]]]:
    """Each page's entry in reading order, with its document's templates by id."""
    for body in _descendants(archive.xml("OFD.xml"), "DocRoot"):
        root = _resolve(archive, "OFD.xml", (body.text or "").strip())
        document = archive.xml(root)
        templates = {
            node.get("ID") or "": _resolve(archive, root, node.get("BaseLoc") or "")
            for node in _descendants(document, "TemplatePage")
        }
        for page in _descendants(document, "Page"):
            if page.get("BaseLoc"):
                yield _resolve(archive, root, page.get("BaseLoc")), templates


def _page(archive: limits.Archive, part: str, templates: dict[str, str], number: int) -> tuple[list[Row], float]:
    root = archive.xml(part)
    box = _floats(_text_of(root, "PhysicalBox"))
    left, top, _, height = box if len(box) == 4 and box[2] > 0 and box[3] > 0 else _A4
    sheet = _Sheet(left, top, height)
    layers = [root]
    for use in _children(root, "Template"):
        template = templates.get(use.get("TemplateID") or "")
        if template in archive.names:
            layers.append(archive.xml(str(template)))
    glyphs: list[Glyph | None] = []
    strokes: list[Stroke] = []
    for layer in layers:
        for node in _descendants(layer, "TextObject"):
            glyphs += [*_glyphs(node, sheet), None]
        for node in _descendants(layer, "PathObject"):
            strokes += _strokes(node, sheet)
    return page_rows(_in_rows(glyphs), rulings(strokes), number), height * _PT_PER_MM


def _in_rows(glyphs: list[Glyph | None]) -> list[Glyph | None]:
    """Glyphs from the top down and left to right; each may come from a text object of its own."""
    found = sorted((glyph for glyph in glyphs if glyph is not None), key=lambda glyph: (-glyph.bottom, glyph.left))
    rows: list[list[Glyph]] = []
    for glyph in found:
        if rows and abs(rows[-1][0].bottom - glyph.bottom) < 0.35 * glyph.size_pt:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [entry for row in rows for entry in (*_spaced(sorted(row, key=lambda glyph: glyph.left)), None)]


def _spaced(row: list[Glyph]) -> Iterator[Glyph]:
    """The glyphs of a row with a guessed space wherever the gap is one."""
    for index, glyph in enumerate(row):
        before = row[index - 1] if index else glyph
        if _SPACE_EMS * glyph.size_pt < glyph.left - before.right:
            yield replace(before, text=" ", left=before.right, right=glyph.left, guessed=True)
        yield glyph


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page's box in millimetres."""

    left: float
    top: float
    height: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Millimetres with y downwards to points with y upwards."""
        return (x - self.left) * _PT_PER_MM, (self.height - (y - self.top)) * _PT_PER_MM


def _floats(text: str | None) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text or "")]


def _placing(node: Any) -> tuple[float, float, Matrix]:
    """Upper left corner of an object and its transformation."""
    boundary = _floats(node.get("Boundary"))
    matrix = _floats(node.get("CTM"))
    x, y = boundary[:2] if len(boundary) >= 2 else (0.0, 0.0)
    a, b, c, d, e, f = matrix if len(matrix) == 6 else _IDENTITY
    return x, y, (a, b, c, d, e, f)


def _glyphs(node: Any, sheet: _Sheet) -> Iterator[Glyph]:
    if (node.get("Visible") or "true") == "false":
        return
    left, top, (a, b, c, d, e, f) = _placing(node)
    size = next(iter(_floats(node.get("Size"))), 0.0) or 4.0
    bold = next(iter(_floats(node.get("Weight"))), 400.0) >= _BOLD_WEIGHT
    if abs(b) > 0.2 * abs(a) and abs(a) > 0.2 * abs(b):
        return  # set aslant over the page: a watermark
    high = size * (abs(d) or abs(c))
    for code in _children(node, "TextCode"):
        text = code.text or ""
        xs = _places(code.get("X"), code.get("DeltaX"), len(text))
        ys = _places(code.get("Y"), code.get("DeltaY"), len(text))
        for char, x, y in zip(text, xs, ys, strict=False):
            px, py = sheet.point(left + a * x + c * y + e, top + b * x + d * y + f)
            wide = high * (1.0 if ord(char) > 0x2E7F else 0.5) * _PT_PER_MM
            points = high * _PT_PER_MM
            yield Glyph(char, px, py - 0.2 * points, px + wide, py + 0.8 * points, round(points, 1), bold, 0)


def _places(start: str | None, steps: str | None, count: int) -> list[float]:
    """Where each character stands; ``g 3 5.1`` in the steps means three steps of 5.1."""
    place = next(iter(_floats(start)), 0.0)
    tokens = (steps or "").split()
    moves: list[float] = []
    index = 0
    while index < len(tokens) and len(moves) < count:
        if tokens[index] == "g" and index + 2 < len(tokens):
            repeat, step = _floats(tokens[index + 1]), _floats(tokens[index + 2])
            moves += (step or [0.0])[:1] * min(int((repeat or [0.0])[0]), count)
            index += 3
        else:
            moves += _floats(tokens[index])[:1] or [0.0]
            index += 1
    places = [place]
    for move in moves[: count - 1]:
        places.append(places[-1] + move)
    return places + [places[-1]] * (count - len(places))


def _strokes(node: Any, sheet: _Sheet) -> list[Stroke]:
    """The straight lines of a path, for the ruling of tables."""
    left, top, (a, b, c, d, e, f) = _placing(node)
    found: list[Stroke] = []
    last: tuple[float, float] | None = None
    for command, operands in re.findall(r"([A-Za-z])([^A-Za-z]*)", _text_of(node, "AbbreviatedData")):
        numbers = _floats(operands)
        if command not in "MSL" or len(numbers) < 2:
            last = None if command not in "MSL" else last
            continue
        x, y = numbers[:2]
        point = sheet.point(left + a * x + c * y + e, top + b * x + d * y + f)
        if command == "L" and last is not None and min(abs(last[0] - point[0]), abs(last[1] - point[1])) < 1:
            (x0, x1), (y0, y1) = sorted((last[0], point[0])), sorted((last[1], point[1]))
            found.append(Stroke(x0, y0, x1, y1))
        last = point
    return found
