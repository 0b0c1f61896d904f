"""What the lines of a title look like, and which lines together make one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.genres import GENRE
from ingest.outline.lines import Line
from ingest.outline.markers import Marker

_DOCUMENT_NUMBER = re.compile(
    r"^[（(]?[\u4e00-\u9fff]{1,14}[ ]?(?:字|发|函|办|令|规|行)?[ ]?"
    r"[〔\[［(（【][ ]?(?:19|20)\d{2}[ ]?[〕\]］)）】][ ]?第?[ ]?\d{1,5}[ ]?号[）)]?$"
)
_SIGNER = re.compile(r"[ \t\u3000]+签[ ]?发[ ]?人[ ]?[:：].{0,24}$")
"""Stands beside the number of a document that goes to a higher authority (GB/T 9704, 7.2.6)."""
_DATE_LINE = re.compile(
    r"^[（(]?(?:\d{4}|[〇○零一二三四五六七八九]{4})[ ]?年[ ]?\S{1,3}[ ]?月(?:[ ]?\S{1,4}[ ]?日)?[）)]?$"
)
_END = re.compile(r"[。；;！!？?：:，,、…]$")
BODY_NAME = re.compile(
    r"[\u4e00-\u9fff、 \u3000]{2,40}"
    r"(?:国务院|办公厅|办公室|政府|委员会|检察院|法院|常委会|部|厅|局|院|党组|学校|大学|公司)(?:文件)?$"
)
_OFFICIAL = re.compile(
    r"(?:通知|意见|决定|决议|函|批复|公告|通告|通报|报告|请示|议案|答复|纪要|令)(?:[（(][^）)]{1,16}[）)])*$"
)
_NO_TITLE = re.compile(r"^(?:——|－－|――|(?:来源|时间|日期|作者|发布\w{0,4})[ ]?[:：]|[（(])|。|(?:摄|日电|记者.{0,8})$")
_SHORTEST_TITLE_CHARS = 3
_SET_APART = re.compile(
    r"(?<![\u4e00-\u9fff])(?:[\u4e00-\u9fff] ){2,}[\u4e00-\u9fff](?![\u4e00-\u9fff])"
    r"|(?:[\u4e00-\u9fff] ){4,}[\u4e00-\u9fff](?![\u4e00-\u9fff])"
    r"|(?<=[\u4e00-\u9fff])公 告$|^[\u4e00-\u9fff] [\u4e00-\u9fff]$"
)
_LONGEST_TITLE_CHARS = 70


def is_document_number(text: str) -> bool:
    """Whether a line is nothing but a document number (国办发〔2019〕4号)."""
    text = _SIGNER.sub("", text)
    return len(text) <= 40 and _DOCUMENT_NUMBER.match(text) is not None


def is_date(text: str) -> bool:
    """Whether a line is nothing but a date (2023年4月25日)."""
    return _DATE_LINE.match(text) is not None


def is_official(text: str) -> bool:
    """Whether a title ends with a kind of document that is addressed to somebody (通知, 请示, 函)."""
    return _OFFICIAL.search(text) is not None


def sure_marker(line: Line) -> Marker | None:
    """The line's marker, unless its words or the line before make it part of a sentence."""
    marker = line.marker
    return None if marker is None or marker.reads_on or line.wrapped else marker


def may_be_title(line: Line) -> bool:
    """Whether nothing about the line speaks against its being a title."""
    text = line.text
    return not (
        len(text) > 120
        or _END.search(text)
        or _NO_TITLE.search(text)
        or is_document_number(text)
        or not any(char.isalpha() for char in text)
        or is_date(text)
        or line.block.kind in {"table_row", "table_header", "list_item"}
    )


def ends_a_title(line: Line, marker: Marker | None) -> bool:
    """Whether the line ends with a genre as titles do; ``marker`` is its numbering, if it has one."""
    return (
        marker is None
        and 4 <= len(line.text) <= _LONGEST_TITLE_CHARS
        and line.block.kind in {"paragraph", "heading"}
        and GENRE.search(line.text) is not None
    )


def title_block(lines: Sequence[Line], index: int, begun: int) -> list[int]:
    """The lines of the title that ends at ``index``."""
    picked = [index]
    size = lines[index].block.size_pt
    while len(picked) < 4 and picked[0] > begun and not lines[picked[0]].gap:
        above = lines[picked[0] - 1]
        if not _may_precede(above) or above.block.size_pt != size or _signs(above, lines[picked[0]]):
            break
        picked.insert(0, above.index)
    return picked


def _may_precede(line: Line) -> bool:
    """Whether the line may be the upper part of a title that goes on below it."""
    text = line.text
    if (
        len(text) > _LONGEST_TITLE_CHARS
        or sure_marker(line) is not None
        or line.block.kind not in {"paragraph", "heading"}
    ):
        return False
    if GENRE.search(text) and ("关于" not in text or is_official(text)):
        return False
    return may_be_title(line) or text[-1] in "、，"


def _signs(line: Line, below: Line) -> bool:
    """Whether a body's name is a signature or the head of its paper, not the beginning of the title below."""
    if line.text.endswith("文件"):
        return True
    named = BODY_NAME.fullmatch(line.text) is not None or len(line.text) <= _SHORTEST_TITLE_CHARS
    return named and line.block.size_pt is None and re.search(r"关于|印发|转发|^对", below.text) is None


def title_forward(lines: Sequence[Line], picked: list[int]) -> list[int]:
    """A title broken after the name of what it is about: …审核制度 / 的指导意见."""
    below = picked[-1] + 1
    text = lines[picked[-1]].text
    if below >= len(lines) or lines[below].gap or is_official(text):
        return picked
    goes_on = lines[below].text.startswith("的") or ("关于" in title_text(lines, picked))
    return [*picked, below] if goes_on and is_official(lines[below].text) else picked


def title_text(lines: Sequence[Line], picked: Sequence[int]) -> str:
    """The title that the lines ``picked`` make."""
    return joined([lines[i].text for i in picked], chinese=True)


def joined(texts: Sequence[str], chinese: bool) -> str:
    """The lines of a title as one."""
    words = [unspaced(" ".join(text.split())) for text in texts]
    return ("" if chinese else " ").join(words)


def before_dash(text: str) -> str:
    """A title without the subtitle that a dash sets off."""
    return re.split(r"——|－－|――", text)[0] or text


def unspaced(text: str) -> str:
    """国 家 应 急 预 案 → 国家应急预案: letters set apart to fill the line."""
    return _SET_APART.sub(lambda match: match.group().replace(" ", ""), text)
