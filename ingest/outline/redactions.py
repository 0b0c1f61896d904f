"""Figures and names that a source hides: X, XX市, **次, ×万元, ___."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from rag.types import Redaction, RemovedSpan, Section

_HIDDEN = re.compile(
    r"""
      (?<![A-Za-z0-9])X{1,6}(?![A-Za-z0-9])
    | (?<![a-z0-9A-Z])x{2,6}(?![a-z0-9A-Z])
    | ×{1,6}
    | (?<!\*)\*{1,6}(?!\*)
    | ＊{1,6}
    | (?<![A-Za-z0-9_])_{2,}(?![A-Za-z0-9_])
    | 〇〇+ | ○○+ | □{2,} | ■{2,} | 某{2,}
    """,
    re.VERBOSE,
)
_LETTER_AFTER = re.compile(r"(?:光|射线|型|轴|染色体|线|形|号机|级|类|档)|[ ]?(?:\(|（)|-?(?:ray|axis|rays)")
_LETTER_BEFORE = re.compile(r"(?:型号|代码|编号|变量|系数|字母|坐标|选项|[A-WYZ]、|[A-WYZ]或)[“\"]?$")
_MONEY_BEFORE = re.compile(r"[£$€¥￥][ ]?(?:[Xx]+[.,])?$")
_DECIMAL_OF_MONEY = re.compile(r"[.,][Xx]{1,2}[%万亿]")
_TIMES = re.compile(r"[0-9A-Za-z）)][ ]?$")
_BULLET = re.compile(r"(?:^|\n)[ \t]*$")
# Markdown's bold in a text of Latin letters; in Chinese ones 占**%，**次 would look the same.
_BOLD = re.compile(r"(?<!\*)\*\*(?=[A-Za-z“\"‘'(\[])[^*\n㐀-鿿]*(?<=[A-Za-z.,:;?!…)\]”\"’'\d])\*\*(?!\*)")


def find_redactions(text: str, sections: Sequence[Section], removed: Sequence[RemovedSpan]) -> tuple[Redaction, ...]:
    """Hidden figures and names in the document, in text order; letters that are just letters left out."""
    root = sections[0]
    starts = [section.start for section in sections]
    gone = [(span.start, span.end) for span in removed]
    gone_starts = [start for start, _ in gone]
    bold = {at for match in _BOLD.finditer(text, root.start, root.end) for at in (match.start(), match.end() - 2)}
    found: list[Redaction] = []
    for match in _HIDDEN.finditer(text, root.start, root.end):
        if match.start() in bold or not _hides(text, match):
            continue
        i = bisect_right(gone_starts, match.start()) - 1
        if i >= 0 and gone[i][1] >= match.end():
            continue
        owner = sections[bisect_right(starts, match.start()) - 1]
        found.append(Redaction(section=owner.id, start=match.start(), end=match.end()))
    return tuple(found)


def _hides(text: str, match: re.Match[str]) -> bool:
    printed = match.group()
    before = text[max(0, match.start() - 4) : match.start()]
    after = text[match.end() : match.end() + 4]
    if printed[0] in "Xx" and (_MONEY_BEFORE.search(before) or _DECIMAL_OF_MONEY.match(after)):
        return True
    if printed == "X":
        is_letter = _LETTER_AFTER.match(after) or _LETTER_BEFORE.search(before)
        return not is_letter and _next_to_chinese(before, after)
    if printed[0] in "×":
        return not (_TIMES.search(before) and re.match(r"[ ]?[0-9A-Za-z（(]", after))
    if printed in {"*", "＊"}:
        return not _BULLET.search(before) and _next_to_chinese(before, after) and not re.match(r"[ ]?\d", after)
    if printed[0] == "X" or printed[0] == "x":
        return _next_to_chinese(before, after) or after[:1] in "年月日人%" or before[-1:] in "“《"
    return True


def _next_to_chinese(before: str, after: str) -> bool:
    return any("㐀" <= c <= "鿿" or c in "“”《》，。、；：）（%-–—" for c in (before[-1:], after[:1]) if c)
