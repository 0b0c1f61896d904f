"""Advertising and copying nags inside a document's text, told by what they say, never by whose they are.

A trade in ready-made documents calls on the reader to fetch, follow or buy, and names its goods (范文,
课件, 会员资料) or its own contact. A real clause that names a website, a hotline or an account speaks of
the document's own business: it offers forms and services, and its sentence needs it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ingest.genres import GENRE
from ingest.lures import lure_lines, lure_parts, names_in
from ingest.nags import BRACKETS, is_nag, nag_lines

Lines = Sequence[tuple[int, int]]

_PATH = r"[\w./?=&%#-]*"
_URL = (
    rf"(?:https?://[\w.-]+{_PATH}|www\s?\.\s?[\w-]+(?:\.[A-Za-z]+)+"
    r"|(?<![A-Za-z0-9@.])[A-Za-z][\w-]{1,30}\.(?:com|net|cn|org|cc|vip|top|xyz)(?:\.cn)?(?![A-Za-z0-9]))"
)
_SITE = rf"[（(【\[]?\s*{_URL}\s*[)）】\]]?"
_GOODS = (
    r"(?:范文|公文(?:写作)?(?:材料|素材|资料|模板)?|文秘(?:资料|材料)?|文稿|写作素材|优质(?:文字)?(?:材料|文章|资料)|文字材料"
    r"|PPT(?:课件|模板)?|课件|材料模板|会员(?:资料|材料)|资料包|精品文档|[Ww](?:ORD|ord)(?:文档|版))"
)
_MORE = r"(?:更多|海量|大量|全部|全套|完整版)(?:的|优质|精品|精彩|免费|最新|相关|原创){0,3}"
_PLACE = rf"(?:{_SITE}|[^，。！!\s]{{0,12}}(?:网|网站|文库|公众号|QQ群?|微信|店|小程序))"
_C = r"[^，。！？!?；;\n]"
_HYPE = r"(?:免费|海量|更多|优惠|福利|红包|会员|VIP|范文|课件|PPT|全套|源文件|资料包)"
_FOLLOW = r"(?:关注|搜索|添加|扫码|扫描|扫一扫|长按|识别)"
_CHAT = r"(?:QQ|qq|微信号?|VX|vx|V信|威信)"

_PROMOTION = re.compile(
    "|".join(
        (
            # 进入××网站（www…）下载更多范文
            rf"(?:欢迎|请|可)?(?:进入|登录|登陆|访问|关注|搜索|打开|前往){_C}{{0,24}}?{_SITE}{_C}{{0,6}}?"
            rf"(?:下载|获取|查看|浏览|领取){_C}{{0,6}}?(?:{_MORE})?{_GOODS}",
            # 登录××网站（www…）注册会员，下载更多范文
            rf"(?:欢迎|请|可)?(?:进入|登录|登陆|访问|打开|前往){_C}{{0,24}}?{_SITE}{_C}{{0,4}}(?:注册|开通|成为|加入)(?:付费|VIP)?会员后?"
            rf"[，,]\s?{_C}{{0,6}}?(?:{_MORE})?{_GOODS}{_C}{{0,10}}",
            rf"(?:欢迎|请|可)?(?:进入|登录|登陆|访问|打开|前往){_C}{{0,12}}?(?:范文|公文|文秘|文库|课件|秘书|写作|资料)"
            rf"{_C}{{0,6}}?{_SITE}{_C}{{0,4}}(?:注册|开通|成为|加入)(?:付费|VIP)?会员",
            # 公文写作网站，请认准××www…
            rf"(?:(?:公文|写作|范文|文秘|材料|资料|课件){_C}{{0,8}})?(?:网站|平台|网|公众号|店铺)[，,]?\s?(?:请)?认准{_C}{{1,20}}?{_URL}",
            rf"(?:公文|写作|范文|文秘|课件){_C}{{0,8}}(?:网站|平台|网|公众号|店铺)?[，,]?\s?请?认准{_C}{{2,20}}",
            # 更多范文请访问××网
            rf"(?:想要|如需|获取|下载|欢迎){{0,2}}{_MORE}{_GOODS}[，,]?{_C}{{0,4}}(?:请|尽在|就在|可|欢迎|点击|访问|关注|登录|搜索|下载|加|上)"
            rf"{_C}{{0,6}}{_PLACE}{_C}{{0,16}}",
            # 更多精彩内容请登录××网站（www…）注册会员
            rf"更多(?:精彩|优质|原创)?(?:内容|文章|资料|材料)?[，,]?{_C}{{0,2}}?(?:请|可|欢迎)?(?:登录|登陆|访问|关注|进入|点击){_C}{{0,16}}?{_SITE}"
            rf"{_C}{{0,4}}(?:注册|开通|成为|加入)(?:付费|VIP)?会员",
            rf"更多精彩(?:内容|文章)[，,]?(?:请|尽在|可|欢迎)?(?:登录|登陆|访问|关注|进入|点击)?{_C}{{0,16}}?{_SITE}",
            # 来自××,海量优质材料和课件
            rf"(?:来自|来源于?|出自|摘自){_C}{{2,12}}[，,]\s?(?:海量|更多|大量|免费)[^。！!\n]{{0,12}}{_GOODS}"
            rf"(?:[和与及、][^，。！!\n]{{0,10}}{_GOODS})*",
            # 以下是网友为您整理分享的“…”相关范文,供您参考
            r"(?:以下|下面|以上|上面)(?:内容)?(?:就)?是[^，。！!\n]{0,10}(?:小编|网友|本站|本网|为(?:您|你|大家)们?)[^。！!\n]{0,80}"
            r"(?:范文|供(?:您|你|大家|各位)?参考|(?:有所|能有)?帮助|喜欢)(?:[，,][^，。！!\n]{0,16}(?:参考|帮助|喜欢|下载)[^，。！!\n]{0,4})?",
            # 现在订阅立享…; 开通VIP会员下载…
            rf"(?:现在|立即|马上|即刻)(?:订阅|开通|购买|充值){_C}{{0,30}}",
            rf"(?:订阅|开通|成为|充值)(?:本站|本店|我们的?)?(?:VIP|vip|年费|付费|高级)?会员{_C}{{0,20}}(?:资料|下载|范文|材料|文库){_C}{{0,12}}",
            rf"举报{_C}{{0,12}}会员(?:资料|材料){_C}{{0,6}}[，,]?{_C}{{0,10}}(?:免费|赠送){_C}{{0,16}}",
            # 关注公众号“…”，回复“…”免费领取资料包
            rf"{_FOLLOW}{_C}{{0,24}}[，,]?(?:{_C}{{0,12}}[，,])?(?:回复|领取|获取|下载|进群|加群){_C}{{0,16}}{_HYPE}{_C}{{0,12}}",
            rf"(?:加|添加){_CHAT}群?[:：]?\s?[\w-]{{5,20}}{_C}{{0,6}}(?:领取|获取|索取|下载|免费){_C}{{0,16}}",
            rf"(?:需要|获取|下载|领取)(?:本文|全文|全套|完整版?)(?:的)?(?:文档|[Ww](?:ORD|ord)版?|资料|课件)?[，,]?(?:请)?(?:关注|加|搜索|扫码){_C}{{2,30}}",
            # 本文由××网整理; （来源：××范文网 www…）
            rf"(?:本文|本资料|本文档|本材料|此文)(?:由|来自|来源于?|来源[:：]|摘自|转载自|出自|整理自){_C}{{0,24}}?(?:网站?|平台|公众号|文库|小编|网友)"
            rf"(?:整理|上传|提供|分享|发布|收集)?{_C}{{0,6}}",
            rf"[（(]?(?:来源|转自)[:：]\s?{_C}{{0,10}}(?:范文|文秘|公文|文库|课件){_C}{{0,6}}(?:{_URL})?[)）]?",
            r"[【\[]打击倒卖[^，。！!；;\n】\]]{0,8}[】\]]",
        )
    )
)
_WHOLE_LINE_PROMOTION = re.compile(
    "|".join(
        (
            rf"[^，。！!；;\s由]{{2,14}}(?:整理|编辑|制作|收集|上传|提供|分享)[，,]?\s?(?:咨询|联系|客服|加|详询|添加){_C}{{0,4}}{_CHAT}[群号]?\s?[:：]?\s?[\w-]{{5,20}}",
            r"(?=.*[免付]费)(?:(?:免费|付费|会员|资料)(?:QQ|微信|交流|资料)?群(?:号)?\s?[:：]\s*\d*\s*)+",
        )
    )
)
_CUES = re.compile(
    r"认准|范文|公文|文秘|文稿|素材|优质|PPT|课件|会员|资料|材料|文档|网友|小编|为您|为大家|订阅|群|倒卖|扫|长按|二维码|公众号|微信|本文|此文"
    r"|来源|转自|全文|全套|更多|QQ|VX|[Ww](?:ORD|ord)"
)
_BRAND = (
    re.compile(rf"认准\s?([\u4e00-\u9fff]{{2,8}})\s?{_SITE}"),
    re.compile(rf"(?:进入|登录|登陆|访问)([\u4e00-\u9fff]{{2,8}}?)(?:网站|网|平台)?{_SITE}"),
    re.compile(r"^([\u4e00-\u9fff]{2,8})(?:整理|编辑|制作|收集|分享)[，,]?\s?(?:咨询|联系|客服|加|详询)"),
)
_RESELLER = re.compile(
    r"范文|文秘|(?<![公馆])文库|公文(?:写作)?(?:网|平台|公众号|店|材料|素材|资料)|写作素材|小编|网友|倒卖"
    r"|[本此](?:文|资料|材料).*网站?(?:整理|上传|分享|收集)|(?:需要|获取|下载|领取)本文"
)
_NOISE = re.compile(r"海量|全套|完整版|VIP|vip|源文件|资料包|立享|精彩|(?:优质|精品)(?:文|材|资)")
_LURE = re.compile(r"免费|更多|赠送|海量|全套")
_SOLD = re.compile(rf"{_GOODS}|资料|材料|文档|会员")
_OWN_PLACE = re.compile(
    r"[本我](?:馆|校|院|局|所|厅|委|办|会|处|部|科|室|站点|单位|公司|中心|系统|[省市县区镇乡]|街道|社区)"
)
_ASKED = re.compile(
    r"(?:读者|学员|学生|教师|职工|员工|干部|人员|单位|部门|科室|机构|用户|市民|居民|群众|家长|考生|申请人|供应商|企业|公司)"
    r"[^，,。；;！!？?]{0,4}(?:(?:可以?|应当?|请|须|需要?|要|自行|统一)[^，,。；;！!？?]{0,12}[，,]?)?$"
)
"""Readers of the document, asked right before an offer: 学员可扫描二维码，添加…"""
_ASKED_CHARS = 40
_ANY_URL = re.compile(_URL)
_OFFICIAL_URL = re.compile(r"\.(?:gov|edu|mil|ac)(?:\.|\b)|12306|12333|12345")
_BUSINESS = re.compile(
    r"通过|登录|登陆|访问|在|于|应当|可以|报送|公示|公布|公告|查询|填报|申报|发送|提交|邮箱|网址|地址|电话|平台办理|系统"
)
_RECURS = 3
_LONGEST_COMMON_CHARS = 24
_HAN_TEXT = re.compile(r"[\u3400-\u9fff，、。；：！？“”（）\n]")
_MARKER = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,4}[)）]?[、.．]?\s*")
_SENTENCE_END = "。！？!?；;"
_BREAKS = "，,、；;。！!？?："


@dataclass(frozen=True, slots=True)
class Stray:
    """A span found to be no part of the document, and why."""

    start: int
    end: int
    reason: str


def stray_text(text: str, lines: Lines, headings: Collection[int] = (), rows: Collection[int] = ()) -> list[Stray]:
    """Advertising and nags in the text; ``lines`` are the spans of its lines, without empty ones.

    ``headings`` and ``rows`` are the lines that the format marks as headings and as rows of tables. Of the
    punctuation on both sides of a span in mid-sentence one mark stays, so that the rest reads on.
    """
    found = [stray for start, end in lines for stray in _in_line(text, start, end)]
    nags = nag_lines(text, lines, _gone(lines, found), headings)
    found.extend(Stray(*lines[index], "copy_nag") for index in nags)
    found.extend(_recurring(text, lines))
    found.extend(_head_block(text, lines, found))
    found.extend(_brand_lines(text, lines, found))
    found.extend(_lures(text, lines, {*headings, *rows}, found))
    return found


def _lures(text: str, lines: Lines, kept: Collection[int], found: Sequence[Stray]) -> Iterable[Stray]:
    """Advertising told by its vocabulary, and then by what all advertisements found call themselves."""
    known = _apart((one.start, one.end) for one in found if one.reason == "promotion")
    cut = {bisect_right(lines, (start, math.inf)) - 1 for start, _ in known}
    whole = {*lure_lines(text, lines, cut.union(kept))}
    yield from (Stray(*lines[line], "promotion") for line in whole)
    parts = {
        line: lure_parts(text, start, end, (), _inside(known, start, end))
        for line, (start, end) in enumerate(lines)
        if line not in kept and line not in whole
    }
    by_words = [span for spans in parts.values() for span in spans]
    names = names_in(text[slice(*span)] for span in (*known, *(lines[line] for line in whole), *by_words))
    for line, spans in parts.items():
        start, end = lines[line]
        if any(text.find(name, start, end) >= 0 for name in names):
            spans = lure_parts(text, start, end, names, _inside(known, start, end))
        for first, last in spans:
            if not _is_mentioned(text, first, last, start, end):
                yield Stray(*_with_punctuation(text, first, last, start, end), "promotion")


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same text as sorted spans that do not overlap."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> Sequence[tuple[int, int]]:
    """Of sorted spans those that begin inside a line."""
    return spans[bisect_left(spans, (start, 0)) : bisect_left(spans, (end, 0))]


def _in_line(text: str, start: int, end: int) -> Iterable[Stray]:
    cue = _CUES.search(text, start, end)
    if cue is None:
        return
    if end - start <= 80 and _WHOLE_LINE_PROMOTION.fullmatch(text[start:end].strip(BRACKETS)):
        yield Stray(start, end, "promotion")
        return
    found = [
        Stray(*_with_punctuation(text, match.start(), match.end(), start, end), "promotion")
        for begin, stop in _around_cues(text, start, end, cue)
        for match in _PROMOTION.finditer(text, begin, stop)
        if not _is_mentioned(text, match.start(), match.end(), start, end) and _is_trade(text, match, start)
    ]
    if len(found) == 1 and is_nag(text[start : found[0].start] + text[found[0].end : end]):
        found = [Stray(start, end, "promotion")]
    yield from found


def _is_trade(text: str, match: re.Match[str], line_start: int) -> bool:
    """Whether an offer is a reseller's, not the document's own business.

    A notice tells its readers to fetch 课件 and 资料 as well. A reseller is told by its goods (范文), by its noise
    (海量, 全套), or by 免费 and 更多 where nobody is asked in the document's name.
    """
    offer = match.group()
    if _OWN_PLACE.search(offer) or any(_OFFICIAL_URL.search(url.group()) for url in _ANY_URL.finditer(offer)):
        return False
    asked = _ASKED.search(text, max(line_start, match.start() - _ASKED_CHARS), match.start()) is not None
    lures = _LURE.search(offer) is not None
    if _RESELLER.search(offer):
        return lures or not asked
    if _NOISE.search(offer):
        return not asked
    return lures and _SOLD.search(offer) is not None and not asked and re.search("[请可]", offer) is None


def _gone(lines: Lines, found: Iterable[Stray]) -> set[int]:
    """The lines of which next to nothing is left."""
    gone = set()
    for stray in found:
        index = bisect_right(lines, (stray.start, math.inf)) - 1
        if (stray.end - stray.start) * 5 >= (lines[index][1] - lines[index][0]) * 4:
            gone.add(index)
    return gone


def _around_cues(text: str, start: int, end: int, first: re.Match[str]) -> Iterable[tuple[int, int]]:
    """The parts of a line around its telling words; neighbours are joined."""
    begin, stop = max(start, first.start() - 60), min(end, first.end() + 110)
    for cue in _CUES.finditer(text, first.end(), end):
        if cue.start() - 60 > stop:
            yield begin, stop
            begin = cue.start() - 60
        stop = min(end, cue.end() + 110)
    yield begin, stop


def _is_mentioned(text: str, start: int, end: int, line_start: int, line_end: int) -> bool:
    """Whether the document itself speaks of such words: it quotes or forbids them."""
    before = text[max(line_start, start - 8) : start]
    after = text[end : min(line_end, end + 6)]
    return before.endswith(("“", "《", "「", "不得", "禁止", "严禁", "不准")) or after.startswith(
        ("”", "》", "的，", "的；", "的。", "的行为", "的规定", "等行为")
    )


def _with_punctuation(text: str, start: int, end: int, line_start: int, line_end: int) -> tuple[int, int]:
    """Widen a span so that one of the punctuation marks around it is left."""
    if _MARKER.fullmatch(text, line_start, start):  # the number of a clause that is nothing but advertising stays
        return start, _past_blanks(text, end, line_end)
    before = start
    while before > line_start and text[before - 1] in " \t\u3000":
        before -= 1
    after = _past_blanks(text, end, line_end)
    mark = after < line_end and text[after] in _BREAKS
    if before == line_start:
        return line_start, _past_blanks(text, after + 1, line_end) if mark else end
    if not mark or text[before - 1] not in _BREAKS + "（(":
        return start, end
    rest = _past_blanks(text, after + 1, line_end)
    if text[after] in _SENTENCE_END and rest >= line_end and text[before - 1] not in _SENTENCE_END:
        return before - 1, after
    return start, rest


def _past_blanks(text: str, position: int, line_end: int) -> int:
    while position < line_end and text[position] in " \t\u3000":
        position += 1
    return min(position, line_end)


# Strings that recur -----------------------------------------------------------------------------


def _recurring(text: str, lines: Lines) -> Iterable[Stray]:
    """``××网www…`` set into sentences again and again, word for word, where no sentence needs it."""
    places: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in _ANY_URL.finditer(text):
        if not _OFFICIAL_URL.search(match.group()):
            places[match.group()].append(match)
    for matches in places.values():
        if len(matches) < _RECURS:
            continue
        left, right = _common(text, matches)
        if left == 0 or _BUSINESS.search(text, matches[0].start() - left, matches[0].end() + right):
            continue
        before = {text[max(0, m.start() - left - 1) : m.start() - left] for m in matches}
        after = {text[m.end() + right : m.end() + right + 1] for m in matches}
        if len(before) < 2 or not all(_HAN_TEXT.match(char) for char in before | after if char):
            continue
        for match in matches:
            line = lines[bisect_right(lines, (match.start(), len(text))) - 1]
            start, end = match.start() - left, match.end() + right
            yield Stray(*_with_punctuation(text, max(start, line[0]), min(end, line[1]), *line), "watermark")


def _common(text: str, matches: Sequence[re.Match[str]]) -> tuple[int, int]:
    """How many characters before and after the matches are the same in all, up to punctuation."""
    left = right = 0
    while left < _LONGEST_COMMON_CHARS:
        around = {text[m.start() - left - 1 : m.start() - left] for m in matches}
        if len(around) > 1 or around & set(_BREAKS + "\n") or "" in around:
            break
        left += 1
    while right < _LONGEST_COMMON_CHARS:
        around = {text[m.end() + right : m.end() + right + 1] for m in matches}
        if len(around) > 1 or around & set(_BREAKS + "\n") or "" in around:
            break
        right += 1
    return left, right


# Whole lines of a reseller ------------------------------------------------------------------------


def _head_block(text: str, lines: Lines, found: Sequence[Stray]) -> Iterable[Stray]:
    """The short lines of a reseller between the first and the last telling one at the head of a file."""
    gone = _gone(lines, found)
    head: list[int] = []
    for index, (start, end) in enumerate(lines[:40]):
        shown = text[start:end].strip()
        if index not in gone and shown and _is_content(shown):
            break
        head.append(index)
    telling = [index for index in head if index in gone]
    if len(telling) < _RECURS or telling[0] > 2:
        return
    inside = [i for i in head if telling[0] <= i <= telling[-1] and text[slice(*lines[i])].strip()]
    if len(telling) * 5 >= len(inside) * 2:
        yield from (Stray(*lines[index], "promotion") for index in inside)


def _is_content(line: str) -> bool:
    """A title, a numbered line or a sentence, as against the short slogans of a reseller."""
    if len(line) > 40 or line[-1] in "。；：:":
        return True
    return GENRE.search(line) is not None or re.match(r"[一二三四五六七八九十第（(\d]", line) is not None


def _brand_lines(text: str, lines: Lines, found: Sequence[Stray]) -> Iterable[Stray]:
    """A line that is nothing but the name an advertisement gave itself."""
    names = {
        match[1]
        for stray in found
        if stray.reason == "promotion"
        for pattern in _BRAND
        for match in pattern.finditer(text[stray.start : stray.end])
    }
    if not names:
        return
    for start, end in lines:
        if end - start <= 24 and text[start:end].strip(BRACKETS + "·") in names:
            yield Stray(start, end, "promotion")
