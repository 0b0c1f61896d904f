"""Finding text that is no part of the document: advertising, copying nags, page furniture, navigation.

The text is never altered; spans of it are marked as removed, each with its reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from ingest.promotion import Stray, stray_text
from ingest.readers.encoding import garbled_span
from ingest.source import BlockKind, SourceText
from rag.orders import order_spans
from rag.types import RemovedSpan

_PAGE_NUMBER = re.compile(
    r"[ \t\u3000]*(?:[-—–·•~～]+[ \t]?\d{1,4}[ \t]?[-—–·•~～]+"
    r"|第[ \t]?\d{1,4}[ \t]?页(?:[ \t,，/]*共[ \t]?\d{1,4}[ \t]?页)?"
    r"|Page[ \t]\d{1,4}(?:[ \t]of[ \t]\d{1,4})?)[ \t\u3000]*$"
)
_NUMBERED_HEAD = re.compile(
    r"[ \t\u3000]*(?P<words>\S.*?)(?P<place>[-—–·|/ \t\u3000]*"
    r"(?:第[ \t]?(?P<page>\d{1,4})[ \t]?页(?:[ \t\u3000,，/（(]*共[ \t]?(?P<pages>\d{1,4})[ \t]?页[)）]?)?"
    r"|Page[ \t](?P<en_page>\d{1,4})(?:[ \t]of[ \t](?P<en_pages>\d{1,4}))?)[ \t\u3000]*)$"
)
"""Words and the number of a page on one line; ``place`` is the number with what parts them."""
_BUTTON = (
    r"(?:打印本页|打印|关闭窗口|关闭本页|关闭|返回顶部|返回首页|返回列表|加入收藏|收藏|分享到?|纠错|下载|大|中|小"
    r"|扫一扫在手机打开当前页|浏览次数[:：]?\s?\d*|字体[:：]?|字号[:：]?|微信|微博|QQ空间)"
)
_NAVIGATION = re.compile(
    rf"[ \t\u3000]*(?:(?:(?:网站)?首页|Home)(?:(?:\s*[>＞»/|]\s*[^\s>＞»/|]+)+|(?:\s*[>＞»]\s*[^>＞»]{{2,30}})+)"
    rf"|(?:当前位置|您(?:现在|当前)?的?位置)(?:是)?\s*[:：].*"
    rf"|(?:上一篇|下一篇)\s*[:：].*"
    rf"|主办(?:单位)?\s*[:：].*(?:技术支持|网站地图|网站标识码).*|网站地图(?:\s*[|｜].*)?"
    rf"|[Ss]kip to (?:main )?(?:content|navigation)"
    rf"|分享(?:到|至)?\s?[:：]|(?:网站)?首页|[>＞»]"
    rf"|[【\[]?{_BUTTON}(?:[\s|/｜】【\[\]：:]+{_BUTTON})+[】\]]?|[【\[]{_BUTTON}[】\]])[ \t\u3000]*$"
)
_HEADINGS: frozenset[BlockKind] = frozenset({"heading"})
_ROWS: frozenset[BlockKind] = frozenset({"table_row", "table_header"})
"""A row 大 | 中 | 小 holds sizes, not buttons for the size of letters."""
_LONGEST_FURNITURE_CHARS = 60
_LONGEST_SPACED_CHARS = 200
_RECURS = 3


def removed_spans(source: SourceText) -> tuple[RemovedSpan, ...]:
    """Spans of the text that are no part of the document, in order, not overlapping.

    Reasons: ``promotion``, ``copy_nag``, ``watermark``, ``furniture``, ``navigation``, ``garbled``, ``order`` (to a
    language model).
    """
    text = source.text
    lines = list(_lines(text))
    rows = _lines_of(source, lines, _ROWS)
    found = stray_text(text, lines, _lines_of(source, lines, _HEADINGS), rows)
    found.extend(_furniture(text, [line for index, line in enumerate(lines) if index not in rows]))
    found.extend(_running_heads(source, lines))
    found.extend(_numbered_heads(text, lines))
    if garbled := garbled_span(text):
        inside = (line for line in lines if garbled[0] <= line[0] and line[1] <= garbled[1])
        found.extend(Stray(start, end, "garbled") for start, end in inside)
    found.extend(Stray(start, end, "order") for start, end in order_spans(text))
    return _merged(text, found)


def _lines(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        if text[start:stop].strip():
            yield start, stop - (text[stop - 1] == "\r")
        start = stop + 1


def _lines_of(source: SourceText, lines: Sequence[tuple[int, int]], kinds: Collection[BlockKind]) -> set[int]:
    """The lines that lie in blocks of these kinds."""
    found: set[int] = set()
    for block in source.blocks:
        if block.kind in kinds:
            first = bisect_right(lines, block.start, key=lambda line: line[1])
            found.update(range(first, bisect_left(lines, block.end, key=lambda line: line[0])))
    return found


def _furniture(text: str, lines: Sequence[tuple[int, int]]) -> Iterable[Stray]:
    """Page numbers and the links and buttons of a web page."""
    for start, end in lines:
        if end - start > _LONGEST_FURNITURE_CHARS:
            continue
        if _PAGE_NUMBER.match(text, start, end):
            yield Stray(start, end, "furniture")
        elif _NAVIGATION.match(text, start, end):
            yield Stray(start, end, "navigation")


def _running_heads(source: SourceText, lines: Sequence[tuple[int, int]]) -> Iterable[Stray]:
    """What stands again, but for its numbers, at the edge of most pages.

    Of two such lines on one page the second is the title, below a running head of the same words.
    """
    text, pages = source.text, source.page_starts
    if len(pages) < _RECURS:
        return
    edges: list[tuple[int, int]] = []
    titles: set[tuple[int, int]] = set()
    at = 0
    for page, after in zip(pages, [*pages[1:], len(text)], strict=True):
        inside: list[tuple[int, int]] = []
        while at < len(lines) and lines[at][0] < after:
            if lines[at][0] >= page:
                inside.append(lines[at])
            at += 1
        edges.extend({*inside[:2], *inside[-2:]})
        if len(inside) > 2 and _edge_key(text[slice(*inside[0])]) == _edge_key(text[slice(*inside[1])]):
            titles.add(inside[1])
    keys = Counter(_edge_key(text[start:end]) for start, end in edges)
    for start, end in sorted({*edges} - titles):
        key = _edge_key(text[start:end])
        if key and end - start <= _LONGEST_FURNITURE_CHARS and keys[key] >= max(_RECURS, len(pages) / 2):
            yield Stray(start, end, "furniture")


def _numbered_heads(text: str, lines: Sequence[tuple[int, int]]) -> Iterable[Stray]:
    """Lines with the same words before a page number that grows; what opens the text keeps its words, the title's."""
    found: dict[tuple[str, str], list[tuple[int, re.Match[str]]]] = defaultdict(list)
    for start, end in lines:
        line = text[start:end] if end - start <= _LONGEST_SPACED_CHARS else ""
        match = _NUMBERED_HEAD.match(line) if "页" in line or "Page" in line else None
        if match and len(match["words"]) <= _LONGEST_FURNITURE_CHARS:
            found[_edge_key(match["words"]), match["pages"] or match["en_pages"] or ""].append((start, match))
    for (words, pages), heads in found.items():
        numbers = [int(match["page"] or match["en_page"]) for _, match in heads]
        if len(heads) < (2 if pages else _RECURS) or any(a >= b for a, b in pairwise(numbers)):
            continue
        for start, match in heads:
            opens = start == lines[0][0] and (len(lines) == 1 or _edge_key(text[slice(*lines[1])]) != words)
            yield Stray(start + (match.start("place") if opens else 0), start + match.end(), "furniture")


def _edge_key(line: str) -> str:
    return re.sub(r"[\d\s]+", "", line)


def _merged(text: str, found: Iterable[Stray]) -> tuple[RemovedSpan, ...]:
    spans: list[Stray] = []
    for item in sorted(found, key=lambda stray: (stray.start, -stray.end)):
        if item.start >= item.end:
            continue
        if spans and item.start < spans[-1].end:
            last = spans[-1]
            spans[-1] = Stray(last.start, max(last.end, item.end), last.reason)
        else:
            spans.append(item)
    return tuple(RemovedSpan(start=s.start, end=s.end, text=text[s.start : s.end], reason=s.reason) for s in spans)
