"""Copying notices that were put around a document: 仅供学习 禁止外传, 转载请注明出处.

A document's own clauses say the same words (仅限内部使用，不得外传。), so the place decides: a notice stands
before everything else, below the signature, or in brackets or a reseller's words at either end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ingest.genres import GENRE

BRACKETS = "【】[]（）() \t\u3000*★☆—-。！!"
_OWNER = r"(?:本文系?|本资料|会员资料|本材料|资料|内部资料|本文档|材料)?(?:作者)?(?:原创)?(?:投稿)?[，,]?\s?"
_NAG = re.compile(
    "|".join(
        (
            rf"{_OWNER}(?:仅供|只供|仅限)(?:个人|内部|会员|网友|大家|学习|参考|交流|使用|借鉴|研究|之用|[、和与及])+"
            r"(?:[，,、；;\s]*(?:禁止|严禁|请勿|切勿|不得|违者|用后|请于|勿|未经)[^，,。！!；;\n】\]]{0,24})*",
            rf"{_OWNER}(?:禁止|严禁|请勿|切勿)(?:外传|照搬照抄|抄袭|倒卖|转卖|二次销售|商用)(?:[，,、\s]*(?:违者|用后|请|后果|禁止|严禁)[^，,。！!；;\n]{{0,16}})*",
            r"(?:未经(?:授权|许可|允许|本站|作者)[^，。\n]{0,8}[，,]?)?(?:禁止|严禁|请勿|不得)(?:擅自)?转载(?:[，,]?违者必究)?",
            r"(?:如需)?(?:转载|引用|转发)请(?:注明|标明|保留)[^，。！!；;\n]{0,20}",
            r"版权(?:所有|归)[^，。！!；;\n]{0,30}?(?:[，,]?\s?(?:侵权必究|翻印必究|盗版必究|违者必究|未经[^。\n]{0,30}))?",
            r"[^，。！!\n]{0,24}[，,]?(?:如有|若有|若|如)(?:侵权|侵犯)[^。！!\n]{0,20}(?:联系|告知|通知)[^。！!\n]{0,16}删除",
        )
    )
)
_CUES = re.compile(r"外传|照搬|抄袭|转卖|倒卖|转载|版权|侵权|仅供|只供|仅限|转发|引用|商用")
_TRADE = re.compile(
    r"原创|投稿|会员资料|网友|照搬照抄|抄袭|倒卖|转卖|二次销售|用后(?:即)?删|本站|侵权必究|翻印必究|盗版必究"
)
_NUMBERED = re.compile(
    r"\s*(?:第\s?[零〇一二三四五六七八九十百\d]{1,5}\s?[编篇章节条編節條]|[（(]?[一二三四五六七八九十百\d]{1,4}[)）、.．])"
)
_SIGNED = re.compile(
    r"[^。；;，,：:]{0,30}(?:年\s?\S{1,3}\s?月\s?\S{1,3}\s?日(?:\s?印发)?|\d{4}[-./]\d{1,2}[-./]\d{1,2})\s?[)）]?"
)
_SENTENCE_END = "。！？!?；;"
_EDGE_LINES = 12
_LONGEST_CHARS = 80
_LONGEST_HEADING_CHARS = 40


def is_nag(words: str) -> bool:
    """Whether the words are nothing but a copying notice; it may be a clause of the document all the same."""
    return _NAG.fullmatch(words.strip(BRACKETS)) is not None


def nag_lines(
    text: str, lines: Sequence[tuple[int, int]], gone: Collection[int], headings: Collection[int]
) -> list[int]:
    """Which lines are copying notices that are no part of the document.

    ``gone`` are the lines removed for other reasons, ``headings`` those that the format marks as headings.
    """
    edges = {*range(min(_EDGE_LINES, len(lines))), *range(max(0, len(lines) - _EDGE_LINES), len(lines))}
    nags = [index for index in sorted(edges - {*gone}) if _is_whole_nag(text[slice(*lines[index])])]
    kept = sorted({*range(len(lines))}.difference(gone, nags)) if nags else []
    if not kept:
        return []
    first, last = kept[0], kept[-1]
    ending = text[slice(*lines[last])].strip()
    body = next((i for i in kept if _NUMBERED.match(text, *lines[i]) or (i in headings and i > first)), None)
    found = []
    for index in nags:
        line = text[slice(*lines[index])].strip()
        if index < first or (index > last and _SIGNED.fullmatch(ending)):
            found.append(index)
        elif body is not None and first < index < body:
            found.extend([index] if _stands_out(line) or line[-1] not in _SENTENCE_END else [])
        elif body is None or (index > last and not _is_heading(last, ending, headings)):
            found.extend([index] if _stands_out(line) else [])
    return found


def _is_whole_nag(line: str) -> bool:
    shown = line.strip()
    if len(shown) > _LONGEST_CHARS or not _CUES.search(shown) or GENRE.search(shown):
        return False
    return is_nag(shown)


def _stands_out(line: str) -> bool:
    return line[0] in "【[（(★*" or _TRADE.search(line) is not None


def _is_heading(index: int, line: str, headings: Collection[int]) -> bool:
    """Whether a line is a heading with nothing below it but what comes next."""
    if index in headings:
        return True
    bare = len(line) <= _LONGEST_HEADING_CHARS and line[-1] not in _SENTENCE_END
    return bare and _NUMBERED.match(line) is not None
