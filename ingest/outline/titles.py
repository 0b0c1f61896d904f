"""Titles, and where one document of a file ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.outline.lines import Line, is_chinese
from ingest.outline.markers import Marker, marker_at

_GENRE = re.compile(
    r"(?:通知|意见|办法|规定|条例|章程|细则|方案|要点|总结|计划|报告|讲话|制度|规则|准则|守则|决定|决议|函|复函|批复|公告|通告|通报|纪要|规程|规范"
    r"|指南|预案|手册|须知|规划|纲要|法|解释|标准|协议|公约|倡议书|措施|责任制|清单|说明|答复|令|请示|议案|宣言|声明)"
    r"(?:[（(][^）)]{1,16}[）)])*$"
)
_DOCUMENT_NUMBER = re.compile(r"^[（(]?[\u4e00-\u9fff]{1,14}[ ]?(?:字|发|函|办|令|规|行)?[ ]?[〔\[［(（【][ ]?(?:19|20)\d{2}[ ]?[〕\]］)）】][ ]?第?[ ]?\d{1,5}[ ]?号[）)]?$")
_ADOPTION = re.compile(r"^[（(]?[^。]{0,200}(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[^。]{0,80}(?:通过|公布|发布|修订|修正|施行|印发|批准|审议|制定|起施行|实施|废止)")
_SALUTATION = re.compile(r"^[^。；]{1,80}[:：]$")
_DATE_LINE = re.compile(r"^[（(]?(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[ ]?\S{1,3}[ ]?月(?:[ ]?\S{1,4}[ ]?日)?[）)]?$")
_END = re.compile(r"[。；;！!？?：:，,、…]$")
_STARTERS = frozenset({"chinese", "part", "chapter", "article", "subpart", "portion", "arabic", "decimal1"})
_LONGEST_TITLE_CHARS = 70
_LINES_TO_NUMBERING = 25


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a document begins in the lines, its title, and the lines the title takes."""

    first: int
    title: str
    title_lines: tuple[int, ...]


def find_openings(lines: Sequence[Line], named: str | None) -> list[Opening]:
    """One opening for each document of the file, in order; the first begins with the first line.

    ``named`` is the title that the file format itself gives, used for the first document if its text shows none.
    """
    if not lines:
        return [Opening(0, named or "", ())]
    chinese = is_chinese(" ".join(line.text for line in lines[:400]))
    first = _first_title(lines, named, chinese)
    openings = [first]
    if chinese:
        openings.extend(_further(lines, first))
    return openings


def is_document_number(text: str) -> bool:
    """Whether a line is nothing but a document number (国办发〔2019〕4号)."""
    return len(text) <= 40 and _DOCUMENT_NUMBER.match(text) is not None


# The first title ----------------------------------------------------------------------------


def _first_title(lines: Sequence[Line], named: str | None, chinese: bool) -> Opening:
    formatted = [line for line in lines if line.block.kind == "heading"]
    tops = [line for line in formatted if line.block.level == 1]
    if tops and tops[0].index <= 3:
        return _formatted_title(lines, tops, named)
    if named and not chinese:
        return Opening(0, named, tuple(line.index for line in lines[:2] if line.text == named))
    picked = _title_lines(lines, 0, chinese)
    title = _join([lines[i].text for i in picked], chinese)
    return Opening(0, title or named or "", tuple(picked))


def _formatted_title(lines: Sequence[Line], tops: Sequence[Line], named: str | None) -> Opening:
    """``# Title``: the first heading of level 1, unless further ones show that level 1 is for sections."""
    if named and len(tops) > 1 and named.strip() != tops[0].text:
        return Opening(0, named, ())
    if marker_at(tops[0].text) is not None and len(tops) > 1:
        return Opening(0, named or "", ())
    picked = [tops[0].index]
    follower = tops[0].index + 1
    if len(tops) > 1 and tops[1].index == follower and marker_at(tops[1].text) is None and len(tops) == 2:
        picked.append(follower)
    return Opening(0, _join([lines[i].text for i in picked], chinese=False), tuple(picked))


def _title_lines(lines: Sequence[Line], first: int, chinese: bool) -> list[int]:
    """The lines of a title in plain text: what stands before number, note, salutation or text."""
    picked: list[int] = []
    for line in lines[first : first + 8]:
        if _ends_title(line, picked, lines, chinese):
            break
        if not picked and (is_document_number(line.text) or _DATE_LINE.match(line.text)):
            continue
        picked.append(line.index)
    if len(picked) > 1 and chinese:
        picked = _whole_title(picked, lines)
    return picked if chinese else picked[:1]


def _ends_title(line: Line, picked: list[int], lines: Sequence[Line], chinese: bool) -> bool:
    text = line.text
    if len(text) > (_LONGEST_TITLE_CHARS if chinese else 120) or len(picked) >= 4:
        return True
    if picked and (line.gap and _GENRE.search(lines[picked[-1]].text)):
        return True
    if picked and (is_document_number(text) or _ADOPTION.match(text) or _DATE_LINE.match(text)):
        return True
    marker = marker_at(text)
    if marker is not None and not marker.reads_on:
        return True
    return _END.search(text) is not None or line.block.kind in {"table_row", "table_header", "list_item"}


def _whole_title(picked: list[int], lines: Sequence[Line]) -> list[int]:
    """Up to the last line that ends as titles do, if one of them does."""
    ends = [i for i, index in enumerate(picked) if _GENRE.search(lines[index].text)]
    if ends:
        return picked[: ends[0] + 1] if ends[0] else picked[:1]
    return picked[:1] if lines[picked[0]].gap and len(picked) > 1 and lines[picked[1]].gap else picked


def _join(texts: Sequence[str], chinese: bool) -> str:
    words = [" ".join(text.split()) for text in texts]
    return ("" if chinese else " ").join(words)


# Further documents in the same file -----------------------------------------------------------


def _further(lines: Sequence[Line], first: Opening) -> list[Opening]:
    openings: list[Opening] = []
    numbered = False
    after = max(first.title_lines, default=-1)
    skip_to = 0
    announced = _announced(lines)
    for line in lines:
        if line.index <= after or line.index < skip_to:
            continue
        marker = marker_at(line.text)
        if marker is not None and not marker.reads_on and marker.values[0][0] in _STARTERS:
            numbered = True
        if not numbered or marker is not None or not _may_be_title(line):
            continue
        picked = _title_lines(lines, line.index, chinese=True)
        if picked and picked[0] == line.index and _opens_document(lines, picked, announced):
            openings.append(Opening(line.index, _join([lines[i].text for i in picked], chinese=True), tuple(picked)))
            numbered = False
            skip_to = picked[-1] + 1
    return openings


def _may_be_title(line: Line) -> bool:
    text = line.text
    if not 4 <= len(text) <= _LONGEST_TITLE_CHARS or line.wrapped or _END.search(text):
        return False
    if line.block.kind not in {"paragraph", "heading"} or is_document_number(text) or _DATE_LINE.match(text):
        return False
    return _GENRE.search(text) is not None or line.gap or line.block.centered


def _announced(lines: Sequence[Line]) -> set[str]:
    """Titles that stand in 《》 anywhere: a covering notice names what it carries."""
    return {name for line in lines for name in re.findall(r"《([^《》]{4,60})》", line.text)}


def _opens_document(lines: Sequence[Line], picked: list[int], announced: set[str]) -> bool:
    title = _join([lines[i].text for i in picked], chinese=True)
    if _GENRE.search(title) is None:
        return False
    before = lines[picked[0] - 1]
    found = marker_at(before.text)
    if found is not None and found.values[0][0] == "attachment":
        return False
    following = lines[picked[-1] + 1 : picked[-1] + 1 + _LINES_TO_NUMBERING]
    front = any(is_document_number(line.text) or _ADOPTION.match(line.text) for line in following[:3])
    start = _first_marker(following)
    if start is None or start[1].values[0][1][-1] > 1 or start[1].values[0][0] not in _STARTERS:
        return front and bool(following) and _GENRE.search(title) is not None and lines[picked[0]].gap
    if front:
        return True
    return title not in announced and (lines[picked[0]].gap or start[0] <= 1)


def _first_marker(lines: Sequence[Line]) -> tuple[int, Marker] | None:
    for i, line in enumerate(lines):
        marker = marker_at(line.text)
        if marker is not None and not marker.reads_on and not line.wrapped:
            return i, marker
    return None
