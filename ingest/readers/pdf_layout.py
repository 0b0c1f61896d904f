"""From the glyph rows of PDF pages to paragraphs: reading order, page furniture, rejoining.

Pure functions over ``Row``; nothing here knows a PDF library. Coordinates are in points, y upwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.readers.lines import CJK, WIDE, join_words
from ingest.readers.tables import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Words on one base line, as close together as words of one sentence."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    size_pt: float
    bold: bool = False
    column: tuple[float, float] = (0.0, 0.0)
    """Left and right edge of the text column the row stands in; known after ``reading_order``."""

    cells: tuple[tuple[Cell, ...], ...] = ()
    """A ruled table that stands here; its ``text`` is empty."""

    @property
    def height(self) -> float:
        """Of the row's box, in points."""
        return self.top - self.bottom


_COLUMN_ROWS = 5
"""A column of running text has at least this many rows; a table's cells seldom look like that."""
_COLUMN_FILL = 0.55
_COLUMN_EMS = 8
_CROSSING_SHARE = 0.25
_GUTTER_EMS = 0.6
_DEEPEST = 4


def reading_order(rows: Sequence[Row]) -> list[Row]:
    """The rows of one page in the order they are read, columns one after the other."""
    merged = _merge_base_lines(sorted(rows, key=lambda row: (-row.top, row.left)))
    return _ordered(rows, merged, 0)


def _ordered(rows: Sequence[Row], fallback: Sequence[Row], depth: int) -> list[Row]:
    gutter = _gutter(rows, depth)
    if gutter is None:
        merged = _merge_base_lines(sorted(rows, key=lambda row: (-row.top, row.left)))
        if not merged:
            return []
        column = (min(row.left for row in merged), max(row.right for row in merged))
        return [replace(row, column=column) for row in merged]
    found: list[Row] = []
    left: list[Row] = []
    right: list[Row] = []
    for row in sorted(rows, key=lambda row: -row.top):
        if row.left < gutter < row.right:
            found += _ordered(left, left, depth + 1) + _ordered(right, right, depth + 1)
            left, right = [], []
            found.append(replace(row, column=(row.left, row.right)))
        else:
            (left if row.right <= gutter else right).append(row)
    return found + _ordered(left, left, depth + 1) + _ordered(right, right, depth + 1)


def _gutter(rows: Sequence[Row], depth: int) -> float | None:
    """Where a vertical white strip parts two columns of running text, or None."""
    if depth >= _DEEPEST or len(rows) < 2 * _COLUMN_ROWS:
        return None
    size = median(row.size_pt for row in rows)
    lowest, highest = min(row.left for row in rows), max(row.right for row in rows)
    best: tuple[float, float] | None = None
    for edge in sorted({round(row.left) for row in rows}):
        at = edge - _GUTTER_EMS * size / 2
        if not lowest + 0.15 * (highest - lowest) < at < lowest + 0.85 * (highest - lowest):
            continue
        crossing = sum(row.left < at < row.right for row in rows)
        score = crossing / len(rows)
        if score <= _CROSSING_SHARE and (best is None or score < best[0]) and _parts_columns(rows, at, size, depth):
            best = (score, at)
    return None if best is None else best[1]


def _parts_columns(rows: Sequence[Row], at: float, size: float, depth: int) -> bool:
    left = [row for row in rows if row.right <= at]
    right = [row for row in rows if row.left >= at]
    if len(left) < _COLUMN_ROWS or len(right) < _COLUMN_ROWS:
        return False
    if min(row.left for row in right) - max(row.right for row in left) < _GUTTER_EMS * size:
        return False
    overlap = min(max(row.top for row in left), max(row.top for row in right)) - max(
        min(row.bottom for row in left), min(row.bottom for row in right)
    )
    if overlap < _COLUMN_ROWS * size:
        return False
    return all(_fill(side) >= _COLUMN_FILL or _gutter(side, depth + 1) is not None for side in (left, right))


def _fill(rows: Sequence[Row]) -> float:
    """How much of their column the rows take, on the median: running text fills it, table cells do not."""
    width = max(row.right for row in rows) - min(row.left for row in rows)
    usual = median(row.right - row.left for row in rows)
    narrow = usual < _COLUMN_EMS * median(row.size_pt for row in rows)
    return 0.0 if narrow or width <= 0 else usual / width


def _merge_base_lines(rows: Sequence[Row]) -> list[Row]:
    """Rows on one base line become one, left to right."""
    merged: list[Row] = []
    open_line: list[Row] = []
    for row in rows:
        if open_line and (row.cells or open_line[0].cells or not _same_line(open_line, row)):
            merged.append(_merge(open_line))
            open_line = []
        open_line.append(row)
    if open_line:
        merged.append(_merge(open_line))
    return merged


def _same_line(line: Sequence[Row], row: Row) -> bool:
    first = max(line, key=lambda other: other.size_pt)
    overlap = min(first.top, row.top) - max(first.bottom, row.bottom)
    return overlap > 0.5 * min(first.height, row.height)


def _merge(line: Sequence[Row]) -> Row:
    parts = sorted(line, key=lambda row: row.left)
    text = parts[0].text
    for before, after in pairwise(parts):
        gap = after.left - before.right
        wide = WIDE.match(before.text[-1]) or WIDE.match(after.text[0])
        text += (" " if gap > (0.6 if wide else 0.15) * after.size_pt else "") + after.text
    longest = max(parts, key=lambda row: len(row.text))
    return replace(
        longest,
        text=text,
        left=parts[0].left,
        right=max(row.right for row in parts),
        bottom=min(row.bottom for row in parts),
        top=max(row.top for row in parts),
        bold=all(row.bold for row in parts),
    )


_PAGE_NUMBER = re.compile(
    r"[-—–·・\s|]*(?:第\s*)?(?:page\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*页)?"
    r"(?:\s*(?:/|of|，|,)?\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–·・\s|]*",
    re.IGNORECASE,
)
_MARGIN = 0.14
_OUTER_MARGIN = 0.085
"""Text areas end before this share of the page: A4 with Word's margins leaves 0.085 to 0.1."""
_EDGE_ROWS = 4
_RECURRING_SHARE = 0.25
_FEWEST_PAGES = 3
_DIGITS = re.compile(r"\d+")


def without_furniture(pages: Sequence[Sequence[Row]], heights: Sequence[float]) -> list[list[Row]]:
    """Pages without page numbers and running heads: what recurs, figures apart, at the edge of several pages."""
    keys: Counter[tuple[str, int]] = Counter()
    margin = _MARGIN if len(pages) >= _FEWEST_PAGES else _OUTER_MARGIN
    fewest = min(_FEWEST_PAGES, max(2, len(pages)))
    for rows, height in zip(pages, heights, strict=True):
        keys.update({_key(row, height) for row in _edge(rows, height, margin)})
    least = max(fewest, _RECURRING_SHARE * min(len(pages), 40))
    kept: list[list[Row]] = []
    for rows, height in zip(pages, heights, strict=True):
        edge = {id(row) for row in _edge(rows, height, margin)}
        kept.append(
            [
                row
                for row in rows
                if id(row) not in edge or not (_recurs(row, height, keys, least) or _is_page_number(row, rows))
            ]
        )
    return kept


def _key(row: Row, height: float) -> tuple[str, int]:
    """The words of a row, without its figures where it lies outside any text area, and whether it is below."""
    words = "".join(row.text.split())
    outside = row.bottom > (1 - _OUTER_MARGIN) * height or row.top < _OUTER_MARGIN * height
    return _DIGITS.sub("#", words) if outside else words, 0 if row.bottom > height / 2 else 1


def _recurs(row: Row, height: float, keys: Counter[tuple[str, int]], least: float) -> bool:
    return keys[_key(row, height)] >= least


def _is_page_number(row: Row, rows: Sequence[Row]) -> bool:
    """Whether the highest or lowest row of a page is its number."""
    outermost = row.top <= min(other.top for other in rows) or row.bottom >= max(other.bottom for other in rows)
    return outermost and bool(_PAGE_NUMBER.fullmatch(row.text.strip()))


def _edge(rows: Sequence[Row], height: float, margin: float) -> list[Row]:
    """The rows in the upper and lower margin: the outermost few, not the body's own first and last."""
    ordered = sorted(rows, key=lambda row: row.top)
    ordered = [row for row in ordered if not row.cells]
    low = [row for row in ordered[:_EDGE_ROWS] if row.top < margin * height]
    high = [row for row in ordered[-_EDGE_ROWS:] if row.bottom > (1 - margin) * height]
    return low + high


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Rows that belong together, with their joined text and where in it a page begins."""

    rows: tuple[Row, ...]
    text: str
    breaks: tuple[int, ...] = ()


_MARKER = re.compile(
    r"(?:第\s*[〇零一二三四五六七八九十百千两\d]{1,7}\s*[编分章节条款项]|[(（][〇一二三四五六七八九十百\d]{1,4}[)）]"
    r"|[一二三四五六七八九十百]{1,4}[、.．]|\d{1,3}[、．]|\d{1,3}[.)]\s*(?=[^\d\s])|\d{1,3}(?:\.\d{1,3}){1,4}\.?\s+\S|[①-⑳]"
    r"|\((?:[a-z]{1,2}|[A-Z]|[ivx]{1,5}|[IVX]{1,5})\)|[a-zA-Z][.)]\s|[ivx]{1,5}[.)]\s"
    r"|(?:Article|Section|Chapter|Part|Annex|Appendix|Schedule)\s+[\dIVXA-Z]+|附件)",
)
_BULLET = re.compile(r"[•●○■□◆◇▪➢►\uf0b7\uf0a7]|[–—-]\s")
_SENTENCE_END = re.compile(r"[。！？.!?][”’」』）)\"']*$")
_LIST_GOES_ON = re.compile(r"(?:[。！？：；.!?:;][”’」』）)\"']*|\b(?:and|or))$")


def paragraphs(pages: Sequence[Sequence[Row]]) -> list[Paragraph]:
    """Rows in reading order joined to paragraphs, across columns and pages too."""
    rows = [row for page in pages for row in page]
    hyphenated = _hyphenated_words(rows)
    spacings = _line_spacings(rows)
    indents = _paragraphs_are_indented(rows)
    found: list[Paragraph] = []
    for row in rows:
        before = found[-1] if found else None
        if before is not None and _continues(before.rows, row, spacings[_size_key(row)], indents=indents):
            found[-1] = _extend(before, row, hyphenated)
        else:
            found.append(Paragraph(rows=(row,), text=row.text))
    return found


def _size_key(row: Row) -> int:
    return int(2 * row.size_pt + 0.5)


def _line_spacings(rows: Sequence[Row]) -> dict[int, float]:
    """For each size of type, the usual distance of its base lines in ems."""
    steps: dict[int, list[float]] = {_size_key(row): [] for row in rows}
    for before, after in pairwise(rows):
        step = (before.bottom - after.bottom) / max(after.size_pt, 1.0)
        if before.page == after.page and _size_key(before) == _size_key(after) and 0 < step < 4:
            steps[_size_key(after)].append(step)
    usual = median([step for some in steps.values() for step in some] or [1.5])
    return {size: median(some) if len(some) >= 3 else usual for size, some in steps.items()}


def _paragraphs_are_indented(rows: Sequence[Row]) -> bool:
    """Whether the document sets paragraphs apart by indenting their first line, as Chinese does."""
    body = [row for row in rows if row.right > row.column[1] - 2 * row.size_pt]
    indented = sum(_indent(row) > 1.2 for row in body)
    flush = sum(_indent(row) < 0.6 for row in body)
    return indented >= max(3, 0.05 * len(body)) and flush >= indented


def _indent(row: Row) -> float:
    """Distance from the column's left edge in ems."""
    return (row.left - row.column[0]) / max(row.size_pt, 1.0)


def _continues(rows: Sequence[Row], row: Row, spacing: float, *, indents: bool) -> bool:
    """Whether ``row`` goes on with the paragraph of ``rows``."""
    last = rows[-1]
    if row.cells or last.cells or not _looks_alike(last, row, spacing):
        return False
    if _is_centered(last) and _is_centered(row) and last.page == row.page and abs(last.left - row.left) > 1:
        return _title_goes_on(last, row, spacing)
    if not _is_full(last, row):
        return False
    if CJK.search(row.text) and indents:
        return _indent(row) < 0.9 or (len(rows) > 1 and abs(_indent(row) - _indent(last)) < 0.5)
    if _begins_anew(last, row):
        return False
    hanging = _indent(row) - _indent(last)
    return abs(hanging) < 0.9 if len(rows) > 1 else hanging < 0.9 or (_is_item(last) and hanging < 6)


def _begins_anew(last: Row, row: Row) -> bool:
    """Whether a row that is not indented begins an item, or a sentence at the top of a page or column."""
    if _BULLET.match(row.text) or (_MARKER.match(row.text) and _LIST_GOES_ON.search(last.text)):
        return True
    moved_on = last.page != row.page or last.column != row.column
    return moved_on and bool(_SENTENCE_END.search(last.text)) and not row.text[:1].islower()


def _looks_alike(last: Row, row: Row, spacing: float) -> bool:
    """Whether two rows have one size and weight and no wider gap between them than lines usually have."""
    if abs(last.size_pt - row.size_pt) > 0.12 * max(last.size_pt, row.size_pt):
        return False
    if last.bold != row.bold and (last.bold or _MARKER.match(row.text)):
        return False
    step = (last.bottom - row.bottom) / max(row.size_pt, 1.0)
    return last.page != row.page or last.column != row.column or step <= max(1.25 * spacing, spacing + 0.35)


def _is_item(row: Row) -> bool:
    return bool(_MARKER.match(row.text) or _BULLET.match(row.text))


def _is_full(last: Row, row: Row) -> bool:
    """Whether ``last`` ended because the line was full: the next row's first word had no room."""
    room = last.column[1] - last.right
    if CJK.search(row.text[:2]):
        return room < 2.1 * last.size_pt
    if row.text[:1].islower() and not _LIST_GOES_ON.search(last.text) and 2 * room < last.column[1] - last.column[0]:
        return True
    chars = max(len(row.text), 1)
    first_word = len(row.text.split(" ", 1)[0])
    return room < (first_word + 2) * (row.right - row.left) / chars


def _is_centered(row: Row) -> bool:
    left, right = row.left - row.column[0], row.column[1] - row.right
    return min(left, right) > 1.5 * row.size_pt and abs(left - right) < 1.5 * row.size_pt


def is_centered(paragraph: Paragraph) -> bool:
    """Whether all rows stand in the middle of their column, and not merely indented on both sides."""
    lefts = {round(row.left) for row in paragraph.rows}
    width = max((row.right - row.left) / max(row.column[1] - row.column[0], 1.0) for row in paragraph.rows)
    alone = len(paragraph.rows) == 1 and width < 0.85 and not _BULLET.match(paragraph.text)
    return all(map(_is_centered, paragraph.rows)) and (alone or len(lefts) == len(paragraph.rows) > 1)


def _title_goes_on(last: Row, row: Row, spacing: float) -> bool:
    step = (last.bottom - row.bottom) / max(row.size_pt, 1.0)
    wide = last.right - last.left > 0.5 * (last.column[1] - last.column[0])
    return wide and last.bold == row.bold and step <= 1.3 * spacing and not _MARKER.match(row.text)


_HYPHENS = "-\u2010\u00ad\x02\ufffe"


def _hyphenated_words(rows: Sequence[Row]) -> set[str]:
    """Words printed with a hyphen inside a line: these keep it at a line's end as well."""
    return {word.lower() for row in rows for word in re.findall(r"[A-Za-z]+-[A-Za-z]+", row.text)}


def _extend(paragraph: Paragraph, row: Row, hyphenated: set[str]) -> Paragraph:
    text = paragraph.text
    joined = ""
    if text[-1] in _HYPHENS and text[-2:-1].isalpha() and row.text[:1].islower():
        left = re.search(r"[A-Za-z]+$", text[:-1])
        right = re.match(r"[A-Za-z]+", row.text)
        word = f"{left.group()}-{right.group()}".lower() if left and right else ""
        joined = text[:-1] + ("-" if word in hyphenated else "") + row.text
    elif text[-1] in _HYPHENS or (text[-1] in "–—/" and not text[-2:-1].isspace()):
        joined = text.rstrip("\x02\ufffe") + row.text
    else:
        joined = join_words(text, row.text)
    breaks = paragraph.breaks
    if row.page != paragraph.rows[-1].page:
        breaks = (*breaks, *[len(joined) - len(row.text)] * (row.page - paragraph.rows[-1].page))
    return Paragraph(rows=(*paragraph.rows, row), text=joined, breaks=breaks)
