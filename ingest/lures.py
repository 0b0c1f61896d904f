"""Advertising told by how much of a line or of a part of a sentence is the vocabulary of a trade in documents.

Whoever sells documents changes the words of the advertisement, seldom the things it speaks of: membership, downloads,
templates, groups to join, who uploaded it. A clause that uses one of these words says something else besides; of an
advertisement little else is left. What an advertisement calls itself tells its other lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

_STRONG = (
    # goods and who trades in them
    r"范文|範文|素材库|文库(?!房)|公文(?:网|阁|大全|范例)|专注公文|写材料|写作(?:网|营|社)|资料(?:群|包|馆|网)|代写|代下|出稿"
    r"|讲话稿|竞聘稿|标书模板|(?:Word|WORD|PPT)(?:可编辑)?版|可编辑版|电子版下载|会员(?:文档|资料|材料|共享)|共享文档|小编|网友|網友"
    # what it costs
    r"|VIP|vip|年卡|包年|年度会员|会员(?:价|免费|专享|下载|仅需|只需|上传)|(?:加|加入|开通|注册|购买)[^，。]{0,6}会员|會員下載"
    r"|付费(?:文档|下载|入群|查看|后|预览)|下载(?:币|券|特权|按钮|需)|金币|充值|立享|立减|专享|终身|限时|(?<!不)打[一二三四五六七八九]折|大礼包"
    r"|仅需\s?[\d×X*]+\s?元|一次打包|淘宝|网店|店铺|店主|掌柜|自动发货|知识星球|星球成员|解锁"
    # what is shown and what not
    r"|去除?水印|无水印|试读|预览(?:已?结束|版)|剩余\s?\d+\s?页|完整版|完整内容|省略\s?\d+\s?字|共\s?\d+\s?字|解压密码|获取(?:全文|本篇)"
    # whose it is said to be
    r"|侵删|(?:转载|盗版|翻版|违者|倒卖)必究|免责声明|版权归|版权声明|二次销售|转卖|倒卖|封号|独家提供|原创首发|转载请注明|[资資]料來源"
    r"|本(?:文|篇文章|资料|文档|素材|范文)(?:[由系为已共](?!附)|地址|来源)|此文档|网络(?:搜集|收集|整理)|24小时内删除|上传者"
    # where to go
    r"|猜你喜欢|您可能|感兴趣的文章|每日更新|海量|本站|全站|全网|收藏本[站页]|喜欢本站|客服(?:QQ|微信)|加群|群号|QQ群|订阅"
    r"|扫码(?:领取|立减|关注|加|下载)|免费(?:送|领取|领|下载)|领取(?:完整版|更多)|更多(?:范文|材料|资料|模板|精彩|公文|心得|工作|报告|讲话|文档)"
    r"|精选\d+篇|(?:百度|淘宝)搜索|搜索店铺|粉丝"
    r"|(?i:\b(?:members? (?:save|only|download)|(?:report|document|policy|essay|free) templates|free download"
    r"|full version|download (?:more|the full)|subscribe (?:now|to)|for reference only|uploaded by|earn credits"
    r"|preview (?:only|copy)|do not resell|unlock|buy (?:full|now|a))\b)"
)
_WEAK = (
    r"下载|免费|更多|资料|材料|模板|整理|上传|提示|提醒您|关注|公众号|小程序|搜索|购买|全文|领取|预览|收藏|转载|删除|版权|原作者"
    r"|学习|参考|交流|QQ|VX|微信号?|客服|咨询|会员|尽在|合集|祝您|助手|如需|来源|来自|转自|发布|分享|认准|请登录|登录"
    r"|扫码|扫描|二维码|回复|后台发送|关键词|文档|文章|公文|论坛|出品|原价|仅限|用户|编辑部|精心|联系|点击|立即|去广告|承接"
    r"|述职|心得体会?|演讲稿|课件|欢迎您?|加入|原创|严禁外传|专属|朋友圈|侵权|推荐好友|入群|私聊"
    r"|(?i:\b(?:thousands of|get|search|templates?|members?|download|visit|share|user|pages?|pass|shop|copy|free)\b)"
)
_WORD = re.compile(rf"(?P<strong>{_STRONG})|(?P<weak>{_WEAK})")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#-]+|[a-z0-9-]+\.(?:com|net|cn|org)\b[\w/]*|[$￥][\d.]+|[a-z]+[_-][\w-]+"
    r"|(?:QQ|群号?|微信|电话)\s?[:：]?\s?[\dX×x*]{5,}|[\dX×x*]{6,}"
)
_MARK = re.compile(r"[\s\W_]+")
_PART = re.compile(r"[^，,。！!？?；;\n]+")
_SENTENCE = re.compile(r"[^。！!？?\n]+")
_CALLED_ONE = re.compile(r"[ \t\u3000]*[【\[（(](?:广告|廣告|推广|赞助|赞助商链接)[】\]）)]")
_NUMBERED = re.compile(
    r"[ \t\u3000]*(?:第[零〇一二三四五六七八九十百\d]+[条條章节節]|[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．])"
)
_LONGEST_LINE, _LONGEST_PART = 120, 45
_OF_LINE, _OF_SENTENCE, _OF_PART, _OF_NEIGHBOUR = 0.35, 0.4, 0.5, 0.4
"""Share of the letters that such words must be: of a line, of a sentence, of a part of one, and of a part beside such a
one."""
_NAME = re.compile(
    r"^[【\[（(—\s]*(?:来源[:：]\s?|更多[^，,]{0,10}请登录)?(?P<first>[\u4e00-\u9fff]{2,8}?)[】\]）)]?\s?"
    r"(?=每日|海量|整理|会员|VIP|提示|提醒|祝|资料群|[，,]|\s|（?www|免费)"
    r"|[“\"「](?P<quoted>[\u4e00-\u9fff]{3,10})[”\"」]"
    r"|(?:进入|登录|登陆|访问|打开|认准)(?P<entered>[\u4e00-\u9fff]{2,8}?)(?:网站|网|平台)?(?=[（(]?www|下载|，|,)"
)
_OF_BUSINESS = re.compile(
    r"应当|不得|必须|各(?:单位|科室|部门|级|[省市县区乡镇处])|学员|供应商|读者|职工|员工|教师|学生|干部|人员|科室|部门|单位|办公室|窗口|大厅"
    r"|[本我](?:馆|校|院|局|中心|委|办)|附件|附表|培训|采购|报名|规范|提高|加强|落实|填报|报送|审核|预约|登记|填写|核对|归档|文种"
)
"""Whom a document speaks to, and of what: no advertisement does."""
_SHORTEST_WORD = 2
"""No name is as short as a word."""
_MOST_NAMES = 16
_COMMON = re.compile(_WORD.pattern + r"|本文|本站|以下|加入|想要|如需|来自|公文|免责|喜欢")


def lure_lines(text: str, lines: Sequence[tuple[int, int]], kept: Collection[int]) -> list[int]:
    """The lines that are nothing but advertising; ``kept`` are those that cannot be, as headings are."""
    return [
        index
        for index, (start, end) in enumerate(lines)
        if index not in kept
        and end - start <= _LONGEST_LINE
        and not _NUMBERED.match(text, start, end)
        and (
            _CALLED_ONE.match(text, start, end)
            or all(_is_lure(sentence.group(), _OF_LINE, words=2) for sentence in _SENTENCE.finditer(text, start, end))
        )
    ]


def lure_parts(
    text: str, start: int, end: int, names: Collection[str], known: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The spans of a line's sentences and their parts that are advertising, neighbours joined.

    A part is by its words, or because it has one of the ``names`` and any such word; then those beside it are too
    whose words are mostly such, and those beside the ``known`` spans (sorted, apart), which are not given again.
    """
    worded = any(pattern.search(text, start, end) for pattern in (_WORD, _CALLED_ONE))
    if not worded and not any(text.find(name, start, end) >= 0 for name in names):
        return []
    whole = [
        (a, b)
        for a, b in (match.span() for match in _SENTENCE.finditer(text, start, end))
        if b - a <= _LONGEST_PART
        and not _touches(known, a, b)
        and (_CALLED_ONE.match(text, a, b) or _is_lure(text[a:b], _OF_SENTENCE, words=3))
    ]
    parts = [match.span() for match in _PART.finditer(text, start, end)]
    given = [_touches(known, a, b) for a, b in parts]
    told = [
        done or _is_told(text[a:b], names) or _touches(whole, a, b) for done, (a, b) in zip(given, parts, strict=True)
    ]
    spans: list[tuple[int, int]] = []
    for i, (a, b) in enumerate(parts):
        beside = any(told[j] for j in (i - 1, i + 1) if 0 <= j < len(told))
        if given[i] or not (told[i] or (beside and _is_lure(text[a:b], _OF_NEIGHBOUR, words=2, strong=False))):
            continue
        if spans and not text[spans[-1][1] : a].strip("，,。！!？?；; "):
            spans[-1] = (spans[-1][0], b)
        else:
            spans.append((a, b))
    return spans


def _touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans, which are sorted and apart, shares text with this one."""
    at = bisect_left(spans, end, key=lambda span: span[0])
    return at > 0 and spans[at - 1][1] > start


def names_in(advertisements: Iterable[str]) -> frozenset[str]:
    """What advertisements call themselves: 墨池文库 of 墨池文库整理，咨询QQ…; of many names the most frequent."""
    found: Counter[str] = Counter()
    for words in advertisements:
        for match in _NAME.finditer(words):
            name = next(group for group in match.groups() if group)
            if len(name) > _SHORTEST_WORD and not _COMMON.fullmatch(name):
                found[name] += 1
    return frozenset(name for name, _ in found.most_common(_MOST_NAMES))


def _is_told(part: str, names: Collection[str]) -> bool:
    """Whether a part of a sentence is advertising by itself."""
    words = part.strip(' “”"')
    named = any(name in words and (words == name or _WORD.search(words)) for name in names)
    named = named and not _OF_BUSINESS.search(words)
    return len(part) <= _LONGEST_PART and (named or _is_lure(part, _OF_PART, words=2))


def _is_lure(part: str, share: float, *, words: int, strong: bool = True) -> bool:
    """Whether so many words of the trade, one of them ``strong``, are that share of the letters; addresses aside."""
    bare = _ADDRESS.sub("", part)
    letters = len(_MARK.sub("", bare))
    found = list(_WORD.finditer(bare))
    if _OF_BUSINESS.search(_WORD.sub("", bare)):
        return False
    if len({match.group() for match in found}) < words or (strong and not any(match["strong"] for match in found)):
        return False
    return sum(len(_MARK.sub("", match.group())) for match in found) >= share * max(letters, 1)
