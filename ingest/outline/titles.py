"""The title of a file's first document: marked up, printed large, or told by how titles read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.genres import ENGLISH_GENRE, GENRE
from ingest.outline.lines import Line, is_chinese
from ingest.outline.title_lines import (
    BODY_NAME,
    before_dash,
    ends_a_title,
    joined,
    may_be_title,
    sure_marker,
    title_block,
    title_forward,
    title_text,
    unspaced,
)

_SALUTATION = re.compile(r"^[^。；]{1,160}[:：]$")
_ORDER = re.compile(r"(?:令|^公告|^通告|院公告|会公告|部公告)$|令[ ]?第?[ ]?\d+[ ]?号$")
_MARKING = re.compile(
    r"(?:classification|publication|document|reference|version|status|date|file|no)\b.{0,40}[:：]"
    r"|(?:机密|秘密|绝密|内部|特急|急件|加急|平急)[★☆]?.{0,8}$|version \d",
    re.IGNORECASE,
)
_SECTION_WORD = re.compile(
    r"(?:purpose|scope|introduction|overview|background|summary|definitions?|policy|general|objectives?|preamble|contents"
    r"|总则|目的|范围|前言|序言|引言|概述|背景|摘要|目录)\W*$",
    re.IGNORECASE,
)
_TITLE_STYLE = 0
"""Level of a paragraph in Word's style Title."""
_CLEARLY_LARGER = 1.2
_LINES_TO_TITLE = 12
_LINES_TO_GENRE, _LONGEST_NAME = 3, 90
_LONGEST_FRONT_CHARS = 160


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a document begins in the lines, its title, and the lines the title takes."""

    first: int
    title: str
    title_lines: tuple[int, ...]
    carried: tuple[int, ...] = ()
    """Lines that are titles of what a covering notice carries, where numbering starts again below them."""


def first_title(lines: Sequence[Line], named: str | None, chinese: bool) -> Opening:
    """The opening of the first document; its title may be empty, or what the format names it."""
    formatted = [line for line in lines if line.block.kind == "heading" and line.block.level is not None]
    styled = [line.index for line in formatted if line.block.level == _TITLE_STYLE]
    if len(styled) == 1 and styled[0] < _LINES_TO_TITLE:
        return Opening(0, joined([lines[styled[0]].text], chinese=is_chinese(lines[styled[0]].text)), tuple(styled))
    if formatted and not any(_is_text(line) for line in lines[: formatted[0].index]):
        opening = _formatted_title(lines, formatted, named)
        if opening is not None:
            return opening
    if named and not chinese:
        return Opening(0, named, tuple(line.index for line in lines[:2] if line.text == named))
    if formatted and formatted[0].index == 0:
        return Opening(0, named or "", ())
    picked = _title_lines(lines, chinese)
    if picked and chinese and _ORDER.search(unspaced(title_text(lines, picked[-1:]))):
        picked = _ordered_title(lines, picked)
    title = joined([before_dash(lines[i].text) for i in picked], chinese)
    return Opening(0, title or named or "", tuple(picked))


def _is_text(line: Line) -> bool:
    return len(line.text) > _LONGEST_FRONT_CHARS or "。" in line.text


def _formatted_title(lines: Sequence[Line], formatted: Sequence[Line], named: str | None) -> Opening | None:
    """The first heading, if it stands above all others: alone at its level, or a first ``#`` that names no section."""
    first = formatted[0]
    level = first.block.level or 1
    tops = [line for line in formatted if (line.block.level or 1) <= level]
    if any((line.block.level or 1) < level for line in tops):
        return None
    lone = len(tops) == 1 and (level == 1 or (len(formatted) > 1 and not named))
    if not lone:
        if level > 1 or first.marker is not None or _SECTION_WORD.match(unspaced(first.text.replace("\u3000", " "))):
            return None
        if named and named.strip() != first.text:
            return Opening(0, named, ())
    picked = [first.index]
    if len(tops) == 2 and tops[1].index == first.index + 1 and tops[1].marker is None:
        picked.append(tops[1].index)
    return Opening(0, joined([lines[i].text for i in picked], chinese=is_chinese(first.text)), tuple(picked))


def _ordered_title(lines: Sequence[Line], picked: list[int]) -> list[int]:
    """An order or announcement publishes a regulation: the title is the regulation's."""
    begun = picked[-1] + 1
    for line in lines[begun : begun + 14]:
        if sure_marker(line) is not None:
            break
        if ends_a_title(line, None) and may_be_title(line):
            return title_block(lines, line.index, begun)
    return picked


def _title_lines(lines: Sequence[Line], chinese: bool) -> list[int]:
    """The lines of the first title without markup: what stands before number, note, salutation or text."""
    head = _head(lines)
    if chinese:
        for line in head:
            if may_be_title(line) and GENRE.search(unspaced(before_dash(line.text))):
                return title_forward(lines, title_block(lines, line.index, 0))
    if told := _largest(head, lines) or ([] if chinese else _below_its_body(head)):
        return told
    picked: list[int] = []
    for line in head:
        if may_be_title(line) and not BODY_NAME.fullmatch(line.text) and not _MARKING.match(line.text):
            picked.append(line.index)
            if not chinese:
                break
        elif picked and not (chinese and "。" in line.text):
            break
    while len(picked) > 1 and (len(picked) > 3 or lines[picked[-1]].gap or picked[-1] != picked[0] + len(picked) - 1):
        picked.pop()
    return picked


def _below_its_body(head: Sequence[Line]) -> list[int]:
    """An English title that stands below the name of whose it is (Fenside Authority / Procurement Policy 2026)."""
    shown = [line for line in head if may_be_title(line)][:_LINES_TO_GENRE]
    return [line.index for line in shown if len(line.text) <= _LONGEST_NAME and ENGLISH_GENRE.search(line.text)][:1]


def _head(lines: Sequence[Line]) -> list[Line]:
    """The first lines, down to where numbering, a salutation or a long paragraph begins."""
    head: list[Line] = []
    for line in lines[:_LINES_TO_TITLE]:
        if sure_marker(line) is not None or len(line.text) > _LONGEST_FRONT_CHARS or _SALUTATION.match(line.text):
            break
        head.append(line)
    return head


def _largest(head: Sequence[Line], lines: Sequence[Line]) -> list[int]:
    """The lines printed largest, where the format tells sizes and they are clearly larger than the text."""
    sizes = sorted(line.block.size_pt for line in lines[:400] if line.block.size_pt)
    shown = [line for line in head if line.block.size_pt and may_be_title(line) and not BODY_NAME.fullmatch(line.text)]
    if not sizes or not shown:
        return []
    top = max(line.block.size_pt or 0 for line in shown)
    if top < sizes[len(sizes) // 2] * _CLEARLY_LARGER:
        return []
    first = next(line.index for line in shown if line.block.size_pt == top)
    picked = [first]
    while len(picked) < 4 and any(line.index == picked[-1] + 1 and line.block.size_pt == top for line in shown):
        picked.append(picked[-1] + 1)
    return picked
