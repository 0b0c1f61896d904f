"""Finding text that is no part of the document: advertising, copying nags, page furniture.

Text is judged by what it says, never by whose it is: a call to fetch, follow or buy writing
services, a nag against copying, a contact of whoever passed the file on. A real clause that names a
website, a hotline or an account speaks of the document's own business and says none of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.genres import GENRE
from ingest.source import SourceText
from rag.types import RemovedSpan

_URL = r"(?:https?://[\w./?=&%#-]+|www\s?\.\s?[\w-]+(?:\.[\w-]+)+|[A-Za-z][\w-]{2,}\.(?:com|net|cn|org|cc|vip|top|xyz)(?:\.cn)?\b)"
_BRACKETED_URL = rf"[（(【\[]?\s*{_URL}\s*[)）】\]]?"
# What a trade in ready-made documents offers; a public body offers forms, guides and files by name.
_GOODS = r"(?:范文|公文(?:写作)?(?:材料|素材|资料|模板)?|文秘(?:资料|材料)|文稿|写作素材|优质(?:文字)?(?:材料|文章|资料)|PPT(?:课件|模板)?|课件|材料模板|会员资料|资料包|精品文档|(?:WORD|word|Word)文档)"
_CLAUSE = r"[^，。！？!?；;\n]"

_PROMOTION = re.compile(
    rf"""
      (?:欢迎|请|可)?(?:进入|登录|登陆|访问|关注|搜索|打开|前往){_CLAUSE}{{0,24}}?{_BRACKETED_URL}{_CLAUSE}{{0,6}}?(?:下载|获取|查看|浏览|领取){_CLAUSE}{{0,6}}?(?:更多|海量|全部)?{_GOODS}
    | {_CLAUSE}{{0,14}}(?:网站|平台|网|公众号|店铺|店)[，,]?\s?(?:请)?认准{_CLAUSE}{{1,24}}
    | (?:更多|海量)(?:的|优质|精品|精彩|免费|最新|相关|原创){{0,3}}{_GOODS}[，,]?{_CLAUSE}{{0,4}}(?:请|尽在|就在|可|欢迎|点击|访问|关注|登录|搜索|下载|见)[^。！!\n]{{0,40}}
    | (?:来自|来源于?|出自|摘自){_CLAUSE}{{2,12}}[，,]\s?(?:海量|更多|大量|优质|免费)[^。！!\n]{{0,12}}{_GOODS}(?:(?:和|与|及|、)[^，。！!\n]{{0,10}}{_GOODS})*
    | [^，。！!；;\s]{{2,14}}(?:整理|编辑|制作|收集|上传|提供|分享)[，,]?\s?(?:咨询|联系|客服|加|详询|添加)[^，。！!；;\n]{{0,6}}(?:QQ|qq|微信|微信号|VX|vx|电话|手机)[群号]?\s?[:：]?\s?[\w-]{{5,20}}
    | (?:以下|下面|以上|上面)(?:内容)?(?:就)?是{_CLAUSE}{{0,10}}(?:小编|网友|我们|编辑|本站|本网){_CLAUSE}{{0,12}}(?:整理|分享|收集|搜集|带来|推荐|精心)[^。！!\n]{{0,60}}(?:范文|参考|帮助|喜欢|内容)[^。！!\n]{{0,12}}
    | (?:希望|供)(?:以上|本文|这些)?{_CLAUSE}{{0,10}}(?:对|能){_CLAUSE}{{0,3}}(?:您|你|大家)(?:们)?{_CLAUSE}{{0,6}}(?:有所?帮助)
    | (?:现在|立即|马上|即刻)(?:订阅|开通|加入|购买|充值){_CLAUSE}{{0,30}}
    | (?:订阅|开通|加入|成为|办理|充值)(?:本站|本店|我们的?)?(?:会员|VIP|vip|年卡){_CLAUSE}{{0,24}}(?:资料|权益|优惠|下载|免费|材料|赠送){_CLAUSE}{{0,12}}
    | 举报{_CLAUSE}{{0,12}}会员(?:资料|材料){_CLAUSE}{{0,6}}[，,]?{_CLAUSE}{{0,10}}(?:免费|赠送){_CLAUSE}{{0,16}}
    | (?:扫码|扫一扫|长按|识别|扫描){_CLAUSE}{{0,10}}(?:二维码)?{_CLAUSE}{{0,8}}[，,]?(?:关注|加入|添加|领取|获取|加群|进群){_CLAUSE}{{0,20}}(?:资料|范文|材料|课件|福利|红包|优惠)
    | (?:关注|搜索|添加)(?:微信)?(?:公众号|公号|微信){_CLAUSE}{{0,20}}[，,]?(?:回复|领取|获取|下载|免费){_CLAUSE}{{0,16}}(?:资料|范文|材料|课件|福利|文档|全文|源文件)
    | (?:本文|本资料|本文档|本材料|此文|此文档)(?:由|来自|来源于?|摘自|转载自|出自|整理自){_CLAUSE}{{0,24}}(?:网|网站|平台|公众号|号|整理|上传|提供|分享|发布|收集){_CLAUSE}{{0,12}}
    | (?:下载|获取|查看|阅读)(?:本文|全文|原文|完整版?)(?:的)?(?:文档|WORD|Word|word|版|资料)?[，,]?(?:请)?(?:点击|访问|关注|加|搜索|登录|扫码){_CLAUSE}{{0,30}}
    | (?:免费|付费)?(?:QQ|微信|交流|资料|会员)群(?:号)?\s?[:：]\s*(?:免费)?(?:QQ|微信)?群?\s?[:：]?\s*\d*(?=\s*$|\s*\n)
    | [【\[]?打击倒卖{_CLAUSE}{{0,8}}[】\]]?
    """,
    re.VERBOSE,
)
_NAG = re.compile(
    r"""
      [【\[（(]?(?:本文系?|本资料|会员资料|本材料|资料|内部资料)?(?:作者)?(?:原创)?(?:投稿)?[，,]?\s?(?:仅供|只供|仅限)(?:个人|内部|会员|网友|大家)?(?:学习|参考|交流|使用|借鉴|会员|、|和|与|及|内部|研究|之用)+
        (?:[，,、；;\s]*(?:禁止|严禁|请勿|切勿|不得|违者|用后|请于|勿|未经)[^，,。！!；;\n】\]]{0,24})+[】\]）)]?
    | (?:禁止|严禁|请勿|切勿)(?:外传|照搬照抄|抄袭|倒卖|转卖|二次销售|商用)(?:[，,、\s]*(?:违者|用后|请|后果|禁止|严禁)[^，,。！!；;\n]{0,16})*
    | (?:未经(?:授权|许可|允许|本站|作者)[^，。\n]{0,10}[，,]?)?(?:禁止|严禁|请勿|不得)(?:擅自)?转载(?:[，,]?违者必究)?
    | (?:转载|引用|转发)请(?:注明|标明|保留)[^，。！!；;\n]{0,20}
    | 版权(?:所有|归)[^，。！!；;\n]{0,20}?(?:所有)?[，,]?\s?(?:侵权必究|翻印必究|盗版必究|违者必究|未经[^，。！!；;\n]{0,20}|(?=\s*$|\s*\n))
    | (?:如有|若有|若|如)(?:侵权|侵犯)[^。！!\n]{0,20}(?:联系|告知|通知)[^。！!\n]{0,16}删除
    """,
    re.VERBOSE,
)
_BRAND = (
    re.compile(rf"认准\s?([\u4e00-\u9fff]{{2,8}})\s?{_BRACKETED_URL}"),
    re.compile(rf"(?:进入|登录|登陆|访问)([\u4e00-\u9fff]{{2,8}}?)(?:网站|网|平台)?{_BRACKETED_URL}"),
    re.compile(r"([\u4e00-\u9fff]{2,8})(?:整理|编辑|制作|收集|分享)[，,]?\s?(?:咨询|联系|客服|加|详询)"),
)
_CUES = re.compile(
    r"认准|范文|公文|文秘|文稿|素材|优质|PPT|课件|会员|资料包|精品|整理|网友|小编|订阅|群|倒卖|扫码|扫一扫|长按|二维码|公众号|本文|本资料|帮助"
    r"|外传|照搬|抄袭|转卖|转载|版权|侵权|仅供|只供|仅限|本文档|此文|全文|原文|文档|咨询QQ"
)
_PAGE_NUMBER = re.compile(r"[ \t]*(?:[-—–·•~～][ \t]?\d{1,4}[ \t]?[-—–·•~～]|第[ \t]?\d{1,4}[ \t]?页(?:[ \t,，/]*共[ \t]?\d{1,4}[ \t]?页)?|Page[ \t]\d{1,4}(?:[ \t]of[ \t]\d{1,4})?)[ \t]*$")
_NAVIGATION = re.compile(
    r"[ \t]*(?:(?:首页|网站首页)\s*(?:[>＞»/|-]\s*\S+\s*)+|(?:当前位置|您(?:现在)?的位置)\s*[:：].*|(?:上一篇|下一篇)\s*[:：].*"
    r"|【?(?:字体|字号)\s*[:：]?\s*(?:大|小)[\s\S]{0,12}|\[?(?:打印本页|打印|关闭窗口|返回顶部|分享到|扫一扫在手机打开当前页)[\s\S]{0,20})$"
)
_SENTENCE_END = "。！？!?；;"
_BREAKS = "，,、；;。！!？?："
_REPEATED = 3


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    reason: str


def removed_spans(source: SourceText) -> tuple[RemovedSpan, ...]:
    """Spans of the text that are no part of the document, in order, each with its reason.

    What is left reads on: of the punctuation on both sides of a span in mid-sentence, one is kept.
    """
    text = source.text
    lines = list(_lines(text))
    found = [*_phrases(text, lines)]
    found.extend(_furniture(source, lines))
    found.extend(_head_block(text, lines, found))
    found.extend(_brand_lines(text, lines, found))
    return _merged(text, found)


def _lines(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        if stop > start:
            yield start, stop
        start = stop + 1


# Phrases ------------------------------------------------------------------------------------


def _phrases(text: str, lines: Sequence[tuple[int, int]]) -> Iterable[_Found]:
    for start, end in lines:
        for begin, stop in _cued(text, start, end):
            for pattern, reason in ((_PROMOTION, "promotion"), (_NAG, "copy_nag")):
                for match in pattern.finditer(text, begin, stop):
                    if _is_stray(text, match.start(), match.end(), start, end):
                        yield _Found(*_with_punctuation(text, match.start(), match.end(), start, end), reason)


def _cued(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """The parts of a line that hold a telling word, widened to whole sentences."""
    last = -1
    for cue in _CUES.finditer(text, start, end):
        if cue.start() < last:
            continue
        begin = max(start, cue.start() - 90, last)
        stop = min(end, cue.end() + 110)
        while (another := _CUES.search(text, stop - 60, stop)) is not None and another.end() + 110 > stop < end:
            stop = min(end, another.end() + 110)
        yield begin, stop
        last = stop


def _is_stray(text: str, start: int, end: int, line_start: int, line_end: int) -> bool:
    """Not the object of a sentence: what is quoted or negated by the document itself stays."""
    before = text[max(line_start, start - 8) : start]
    if before.endswith(("“", "《", "「")):
        return False
    tail = text[end : min(line_end, end + 6)]
    return not tail.startswith(("”", "》", "的，", "的；", "的。", "的行为", "的规定"))


def _with_punctuation(text: str, start: int, end: int, line_start: int, line_end: int) -> tuple[int, int]:
    """Widen a span so that one of the punctuation marks around it is left."""
    before = _skip_back(text, start, line_start)
    after = end
    while after < line_end and text[after] in " \t\u3000":
        after += 1
    opened = before > line_start and text[before - 1] in _BREAKS + "（("
    mark = after < line_end and text[after] in _BREAKS
    if before == line_start:
        return line_start, _through(text, after, line_end) if mark else end
    if not opened or not mark:
        return start, end
    rest = _through(text, after, line_end)
    if text[after] in _SENTENCE_END and not text[rest:line_end].strip() and text[before - 1] not in _SENTENCE_END:
        return before - 1, after
    return start, rest


def _skip_back(text: str, position: int, line_start: int) -> int:
    while position > line_start and text[position - 1] in " \t\u3000":
        position -= 1
    return position


def _through(text: str, position: int, line_end: int) -> int:
    """After the run of punctuation and blanks at ``position``."""
    position += 1
    while position < line_end and text[position] in " \t\u3000":
        position += 1
    return position


# Whole lines ----------------------------------------------------------------------------------


def _furniture(source: SourceText, lines: Sequence[tuple[int, int]]) -> Iterable[_Found]:
    """Page numbers, navigation, and what stands again at the edge of most pages."""
    text = source.text
    for start, end in lines:
        if end - start > 60:
            continue
        if _PAGE_NUMBER.match(text, start, end):
            yield _Found(start, end, "furniture")
        elif _NAVIGATION.match(text, start, end):
            yield _Found(start, end, "navigation")
    yield from _running_heads(source, lines)


def _running_heads(source: SourceText, lines: Sequence[tuple[int, int]]) -> Iterable[_Found]:
    pages = source.page_starts
    if len(pages) < _REPEATED:
        return
    edges: list[tuple[int, int]] = []
    at = 0
    for page, after in zip(pages, [*pages[1:], len(source.text)], strict=True):
        inside = []
        while at < len(lines) and lines[at][0] < after:
            if lines[at][0] >= page:
                inside.append(lines[at])
            at += 1
        edges.extend({*inside[:2], *inside[-2:]})
    keys = Counter(_edge_key(source.text[a:b]) for a, b in edges)
    for start, end in edges:
        key = _edge_key(source.text[start:end])
        if end - start <= 60 and key and keys[key] * 2 >= len(pages) and keys[key] >= _REPEATED:
            yield _Found(start, end, "furniture")


def _edge_key(line: str) -> str:
    return re.sub(r"[\d\s]+", "", line)


def _head_block(text: str, lines: Sequence[tuple[int, int]], found: Sequence[_Found]) -> Iterable[_Found]:
    """The lines of a reseller between the first and the last nag at the head of a file."""
    gone = {_line_of(lines, span.start) for span in found if span.reason in {"promotion", "copy_nag"}}
    head = []
    for index, (start, end) in enumerate(lines[:40]):
        shown = text[start:end].strip()
        if index not in gone and shown and _is_content(shown):
            break
        head.append(index)
    telling = [index for index in head if index in gone]
    if len(telling) < 3:
        return
    inside = [index for index in head if telling[0] <= index <= telling[-1] and text[slice(*lines[index])].strip()]
    if len(telling) * 5 < len(inside) * 2 or telling[0] > 2:
        return
    for index in inside:
        yield _Found(*lines[index], "promotion")


def _is_content(line: str) -> bool:
    """A title, a numbered line or a sentence, as against the short slogans of a reseller."""
    if len(line) > 40 or line[-1] in "。；：:":
        return True
    return GENRE.search(line) is not None or re.match(r"[一二三四五六七八九十第（(\d]", line) is not None


def _line_of(lines: Sequence[tuple[int, int]], offset: int) -> int:
    from bisect import bisect_right

    return bisect_right(lines, (offset, 1 << 60)) - 1


def _brand_lines(text: str, lines: Sequence[tuple[int, int]], found: Sequence[_Found]) -> Iterable[_Found]:
    """A line that is nothing but the name an advertisement gave itself."""
    names = {
        match[1]
        for span in found
        if span.reason == "promotion"
        for pattern in _BRAND
        for match in pattern.finditer(text, span.start, span.end)
    }
    if not names:
        return
    for start, end in lines:
        if end - start <= 24 and text[start:end].strip(" \t\u3000-—·【】[]") in names:
            yield _Found(start, end, "promotion")


def _merged(text: str, found: Iterable[_Found]) -> tuple[RemovedSpan, ...]:
    spans: list[_Found] = []
    for item in sorted(found, key=lambda f: (f.start, -f.end)):
        if item.start >= item.end:
            continue
        if spans and item.start < spans[-1].end:
            last = spans[-1]
            spans[-1] = _Found(last.start, max(last.end, item.end), last.reason)
        else:
            spans.append(item)
    return tuple(
        RemovedSpan(start=s.start, end=s.end, text=text[s.start : s.end], reason=s.reason) for s in spans
    )
