"""Rows in reading order joined to paragraphs, across columns and pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers.lines import CJK, join_words
from ingest.readers.pdf_layout import Row


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


_WIDEST_SPACING = 2.6
"""In ems: double spacing is 2.4, rows further apart are apart on purpose."""


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
    return {size: min(median(some) if len(some) >= 3 else usual, _WIDEST_SPACING) for size, some in steps.items()}


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
