"""Titles, and where one document of a file ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.genres import GENRE
from ingest.outline.lines import Line, is_chinese
from ingest.outline.markers import Marker

_DOCUMENT_NUMBER = re.compile(
    r"^[（(]?[\u4e00-\u9fff]{1,14}[ ]?(?:字|发|函|办|令|规|行)?[ ]?"
    r"[〔\[［(（【][ ]?(?:19|20)\d{2}[ ]?[〕\]］)）】][ ]?第?[ ]?\d{1,5}[ ]?号[）)]?$"
)
_ADOPTION = re.compile(
    r"^[（(]?[^。]{0,200}(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[^。]{0,80}"
    r"(?:通过|公布|发布|修订|修正|施行|印发|批准|审议|制定|起施行|实施|废止)"
)
_NOTE = re.compile(r"[（(][^。]{0,60}(?:令第?[ ]?\d+[ ]?号|[〔\[]\d{4}[〕\]]|\d{4}年\d{1,2}月)[^。]{0,60}[）)]$")
_SALUTATION = re.compile(r"^[^。；]{1,160}[:：]$")
_DATE_LINE = re.compile(
    r"^[（(]?(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[ ]?\S{1,3}[ ]?月(?:[ ]?\S{1,4}[ ]?日)?[）)]?$"
)
_END = re.compile(r"[。；;！!？?：:，,、…]$")
_ORDER = re.compile(r"(?:令|^公告|^通告|院公告|会公告|部公告)$|令[ ]?第?[ ]?\d+[ ]?号$")
_COVERING = re.compile(r"印发|转发|批转|公布|发布|颁布|公告|令|修订")
_BODY_NAME = re.compile(
    r"[\u4e00-\u9fff、 \u3000]{2,40}"
    r"(?:国务院|办公厅|办公室|政府|委员会|检察院|法院|常委会|部|厅|局|院|党组|学校|大学|公司)(?:文件)?$"
)
_MARKING = re.compile(
    r"(?:classification|publication|document|reference|version|status|date|file|no)\b.{0,40}[:：]"
    r"|(?:机密|秘密|绝密|内部|特急|急件|加急|平急)[★☆]?.{0,8}$|version \d",
    re.IGNORECASE,
)
_OFFICIAL = re.compile(
    r"(?:通知|意见|决定|决议|函|批复|公告|通告|通报|报告|请示|议案|答复|纪要|令)(?:[（(][^）)]{1,16}[）)])*$"
)
_NO_TITLE = re.compile(r"^(?:——|－－|――|(?:来源|时间|日期|作者|发布\w{0,4})[ ]?[:：]|[（(])|。|(?:摄|日电|记者.{0,8})$")
_SECTION_WORD = re.compile(
    r"(?:purpose|scope|introduction|overview|background|summary|definitions?|policy|general|objectives?|preamble|contents"
    r"|总则|目的|范围|前言|序言|引言|概述|背景|摘要|目录)\W*$",
    re.IGNORECASE,
)
_CLEARLY_LARGER = 1.2
_SHORTEST_TITLE_CHARS = 3
_LINES_TO_TITLE = 12
_LONGEST_FRONT_CHARS = 160
_STARTERS = frozenset({"chinese", "part", "chapter", "article", "subpart", "portion", "arabic", "decimal1"})
_SET_APART = re.compile(
    r"(?<![\u4e00-\u9fff])(?:[\u4e00-\u9fff] ){2,}[\u4e00-\u9fff](?![\u4e00-\u9fff])"
    r"|(?<=[\u4e00-\u9fff])公 告$|^[\u4e00-\u9fff] [\u4e00-\u9fff]$"
)
_LONGEST_TITLE_CHARS = 70
_LINES_TO_NUMBERING = 25


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a document begins in the lines, its title, and the lines the title takes."""

    first: int
    title: str
    title_lines: tuple[int, ...]
    carried: tuple[int, ...] = ()
    """Lines that are titles of what a covering notice carries, where numbering starts again below them."""


def find_openings(lines: Sequence[Line], named: str | None) -> list[Opening]:
    """One opening for each document of the file, in order; the first begins with the first line.

    ``named`` is the title that the file format itself gives, used for the first document if its text shows none.
    """
    if not lines:
        return [Opening(0, named or "", ())]
    chinese = is_chinese(" ".join(line.text for line in lines[:400]))
    first = _first_title(lines, named, chinese)
    return _without_cover(_further(lines, first), lines) if chinese else [first]


def _without_cover(openings: list[Opening], lines: Sequence[Line]) -> list[Opening]:
    """A first document that is only the cover of a collection belongs to the one it stands before."""
    if len(openings) < 2:
        return openings
    cover = lines[: openings[1].first]
    if any(len(line.text) > _LONGEST_TITLE_CHARS or _END.search(line.text) for line in cover):
        return openings
    second = openings[1]
    return [Opening(0, second.title, second.title_lines), *openings[2:]]


def is_document_number(text: str) -> bool:
    """Whether a line is nothing but a document number (国办发〔2019〕4号)."""
    return len(text) <= 40 and _DOCUMENT_NUMBER.match(text) is not None


# The first title ----------------------------------------------------------------------------


def _first_title(lines: Sequence[Line], named: str | None, chinese: bool) -> Opening:
    formatted = [line for line in lines if line.block.kind == "heading" and line.block.level is not None]
    if formatted and not any(_is_text(line) for line in lines[: formatted[0].index]):
        opening = _formatted_title(lines, formatted, named)
        if opening is not None:
            return opening
    if named and not chinese:
        return Opening(0, named, tuple(line.index for line in lines[:2] if line.text == named))
    if formatted and formatted[0].index == 0:
        return Opening(0, named or "", ())
    picked = _title_lines(lines, chinese)
    if picked and chinese and _ORDER.search(_unspaced(_title_text(lines, picked[-1:]))):
        picked = _ordered_title(lines, picked)
    title = _join([_before_dash(lines[i].text) for i in picked], chinese)
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
        if level > 1 or first.marker is not None or _SECTION_WORD.match(_unspaced(first.text.replace("\u3000", " "))):
            return None
        if named and named.strip() != first.text:
            return Opening(0, named, ())
    picked = [first.index]
    if len(tops) == 2 and tops[1].index == first.index + 1 and tops[1].marker is None:
        picked.append(tops[1].index)
    return Opening(0, _join([lines[i].text for i in picked], chinese=is_chinese(first.text)), tuple(picked))


def _ordered_title(lines: Sequence[Line], picked: list[int]) -> list[int]:
    """An order or announcement publishes a regulation: the title is the regulation's."""
    begun = picked[-1] + 1
    for line in lines[begun : begun + 14]:
        if _marker(line) is not None:
            break
        if _ends_a_title(line, None) and _may_be_title(line):
            return _block(lines, line.index, begun)
    return picked


def _title_lines(lines: Sequence[Line], chinese: bool) -> list[int]:
    """The lines of the first title without markup: what stands before number, note, salutation or text."""
    head = _head(lines)
    if chinese:
        for line in head:
            if _may_be_title(line) and GENRE.search(_unspaced(_before_dash(line.text))):
                return _forward(lines, _block(lines, line.index, 0))
    large = _largest(head, lines)
    if large:
        return large
    picked: list[int] = []
    for line in head:
        if _may_be_title(line) and not _BODY_NAME.fullmatch(line.text) and not _MARKING.match(line.text):
            picked.append(line.index)
            if not chinese:
                break
        elif picked and not (chinese and "。" in line.text):
            break
    while len(picked) > 1 and (len(picked) > 3 or lines[picked[-1]].gap or picked[-1] != picked[0] + len(picked) - 1):
        picked.pop()
    return picked


def _head(lines: Sequence[Line]) -> list[Line]:
    """The first lines, down to where numbering, a salutation or a long paragraph begins."""
    head: list[Line] = []
    for line in lines[:_LINES_TO_TITLE]:
        if _marker(line) is not None or len(line.text) > _LONGEST_FRONT_CHARS or _SALUTATION.match(line.text):
            break
        head.append(line)
    return head


def _largest(head: Sequence[Line], lines: Sequence[Line]) -> list[int]:
    """The lines printed largest, where the format tells sizes and they are clearly larger than the text."""
    sizes = sorted(line.block.size_pt for line in lines[:400] if line.block.size_pt)
    shown = [
        line for line in head if line.block.size_pt and _may_be_title(line) and not _BODY_NAME.fullmatch(line.text)
    ]
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


def _may_be_title(line: Line) -> bool:
    text = line.text
    return not (
        len(text) > 120
        or _END.search(text)
        or _NO_TITLE.search(text)
        or is_document_number(text)
        or _DATE_LINE.match(text)
        or line.block.kind in {"table_row", "table_header", "list_item"}
    )


def _forward(lines: Sequence[Line], picked: list[int]) -> list[int]:
    """A title broken after the name of what it is about: …审核制度 / 的指导意见."""
    below = picked[-1] + 1
    text = lines[picked[-1]].text
    if below >= len(lines) or lines[below].gap or _OFFICIAL.search(text):
        return picked
    goes_on = lines[below].text.startswith("的") or ("关于" in _title_text(lines, picked))
    return [*picked, below] if goes_on and _OFFICIAL.search(lines[below].text) else picked


def _join(texts: Sequence[str], chinese: bool) -> str:
    words = [_unspaced(" ".join(text.split())) for text in texts]
    return ("" if chinese else " ").join(words)


def _before_dash(text: str) -> str:
    return re.split(r"——|－－|――", text)[0] or text


def _unspaced(text: str) -> str:
    """国 家 应 急 预 案 → 国家应急预案: letters set apart to fill the line."""
    return _SET_APART.sub(lambda match: match.group().replace(" ", ""), text)


# Further documents in the same file -----------------------------------------------------------


def _further(lines: Sequence[Line], first: Opening) -> list[Opening]:
    """The first opening and those after it: a title over a document number or note, or one where numbering restarts."""
    openings = [first]
    markers = [_marker(line) for line in lines]
    begun = max(first.title_lines, default=-1) + 1
    for index in range(begun, len(lines)):
        if index < begun or not _ends_a_title(lines[index], markers[index]):
            continue
        picked = _forward(lines, _block(lines, index, begun))
        if not _opens(lines, markers, picked, begun):
            continue
        if _is_carried(lines, openings[-1], picked):
            if any(markers[begun : picked[0]]):
                openings[-1] = replace(openings[-1], carried=(*openings[-1].carried, picked[-1]))
            continue
        title = _join([lines[i].text for i in picked], chinese=True)
        openings.append(Opening(_cover(lines, markers, picked[0], begun), title, tuple(picked)))
        begun = picked[-1] + 1
    return openings


def _marker(line: Line) -> Marker | None:
    marker = line.marker
    return None if marker is None or marker.reads_on or line.wrapped else marker


def _ends_a_title(line: Line, marker: Marker | None) -> bool:
    return (
        marker is None
        and 4 <= len(line.text) <= _LONGEST_TITLE_CHARS
        and line.block.kind in {"paragraph", "heading"}
        and GENRE.search(line.text) is not None
    )


def _may_precede(line: Line) -> bool:
    """Whether the line may be the upper part of a title that goes on below it."""
    text = line.text
    if len(text) > _LONGEST_TITLE_CHARS or _marker(line) is not None or line.block.kind not in {"paragraph", "heading"}:
        return False
    if GENRE.search(text) and ("关于" not in text or _OFFICIAL.search(text)):
        return False
    return _may_be_title(line) or text[-1] in "、，"


def _block(lines: Sequence[Line], index: int, begun: int) -> list[int]:
    """The lines of the title that ends at ``index``."""
    picked = [index]
    size = lines[index].block.size_pt
    while len(picked) < 4 and picked[0] > begun and not lines[picked[0]].gap:
        above = lines[picked[0] - 1]
        if not _may_precede(above) or above.block.size_pt != size or _signs(above, lines[picked[0]]):
            break
        picked.insert(0, above.index)
    return picked


def _signs(line: Line, below: Line) -> bool:
    """Whether a body's name is a signature or the head of its paper, not the beginning of the title below."""
    if line.text.endswith("文件"):
        return True
    named = _BODY_NAME.fullmatch(line.text) is not None or len(line.text) <= _SHORTEST_TITLE_CHARS
    return named and line.block.size_pt is None and re.search(r"关于|印发|转发|^对", below.text) is None


def _is_carried(lines: Sequence[Line], opening: Opening, picked: list[int]) -> bool:
    """Whether a covering notice (印发…的通知) names the title as what it carries."""
    if _COVERING.search(opening.title) is None:
        return False
    title = _title_text(lines, picked)
    above = lines[opening.first : min(picked[0], opening.first + _LINES_TO_NUMBERING)]
    return title in opening.title or any(f"《{title}》" in line.text for line in above)


def _opens(lines: Sequence[Line], markers: Sequence[Marker | None], picked: list[int], begun: int) -> bool:
    following = range(picked[-1] + 1, min(len(lines), picked[-1] + 1 + _LINES_TO_NUMBERING))
    if _has_front(lines, following[:2]):
        return any(markers[begun : picked[0]]) or any(len(lines[i].text) > 60 for i in range(begun, picked[0]))
    if lines[picked[-1]].text[-1] in "）)" and not lines[picked[0]].gap and not lines[picked[0]].block.centered:
        return False
    if _under_attachment(lines, markers, picked[0]):
        return False
    start = next((i for i in following if markers[i] is not None), None)
    if start is None or not _starts_at_one(markers[start]):
        return False
    apart = lines[picked[0]].gap or lines[picked[0]].block.centered or lines[picked[0]].block.kind == "heading"
    return (apart or start == picked[-1] + 1) and any(
        marker is not None and marker.values[0][0] == _scheme(markers[start]) for marker in markers[begun : picked[0]]
    )


def _has_front(lines: Sequence[Line], following: Sequence[int]) -> bool:
    """Whether a document number or a note of adoption comes next, before any other title."""
    for i in following:
        text = lines[i].text
        if is_document_number(text) or (text[0] in "（(" and (_ADOPTION.match(text) or _NOTE.match(text))):
            return True
        if GENRE.search(text):
            return False
    return False


def _under_attachment(lines: Sequence[Line], markers: Sequence[Marker | None], index: int) -> bool:
    above = [markers[i] for i in range(max(0, index - 2), index)]
    return any(marker is not None and marker.values[0][0] == "attachment" for marker in above) or (
        index > 0 and re.match(r"附[ \u3000]*[件录表][ \u3000]*[:：]?$", lines[index - 1].text) is not None
    )


def _title_text(lines: Sequence[Line], picked: Sequence[int]) -> str:
    return _join([lines[i].text for i in picked], chinese=True)


def _starts_at_one(marker: Marker | None) -> bool:
    return marker is not None and marker.values[0][0] in _STARTERS and marker.values[0][1][-1] <= 1


def _scheme(marker: Marker | None) -> str:
    return marker.values[0][0] if marker is not None else ""


def _cover(lines: Sequence[Line], markers: Sequence[Marker | None], index: int, begun: int) -> int:
    """The first of the cover lines above a title: the part of a collection it opens (第三部分, …制度)."""
    while index > begun and lines[index].gap:
        above, marker = lines[index - 1], markers[index - 1]
        part = marker is not None and marker.values[0][0] in {"portion", "part"} and len(above.text) <= 20
        name = marker is None and len(above.text) <= 20 and above.gap and not _END.search(above.text)
        if not (part or (name and GENRE.search(above.text))):
            break
        index -= 1
    return index
