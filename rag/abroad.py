"""Journeys abroad: what holds at home does not answer what holds there.

“去新加坡住宿能报多少” finds the limits for 一类城市 and 二类城市, a question about Lisbon those for “Inner London” and
“elsewhere in the UK”: all words but one are the clause's own, and that one word is in no clause.
"""

from __future__ import annotations

import re

from rag.normalize import normalize

_PLACES = (
    "美国|英国|法国|德国|意大利|西班牙|葡萄牙|荷兰|比利时|瑞士|瑞典|挪威|丹麦|芬兰|奥地利|爱尔兰|希腊|波兰|捷克|匈牙利|俄罗斯|土耳其"
    "|日本|韩国|朝鲜|蒙古国|越南|老挝|柬埔寨|泰国|缅甸|马来西亚|新加坡|印度|印尼|菲律宾|巴基斯坦|尼泊尔|哈萨克斯坦|沙特|阿联酋"
    "|以色列|埃及|南非|肯尼亚|加拿大|墨西哥|巴西|阿根廷|智利|澳大利亚|新西兰|香港|澳门|台湾|台北|纽约|华盛顿|洛杉矶|旧金山|伦敦"
    "|巴黎|柏林|罗马|米兰|马德里|里斯本|布鲁塞尔|日内瓦|维也纳|莫斯科|东京|大阪|首尔|曼谷|河内|吉隆坡|雅加达|新德里|迪拜|开罗"
    "|多伦多|温哥华|悉尼|墨尔本|欧洲|非洲|东南亚|国外|境外|海外"
    r"|\b(?:france|germany|italy|spain|portugal|belgium|switzerland|sweden|norway|denmark|finland|austria|greece|poland"
    "|hungary|russia|turkey|japan|korea|india|singapore|malaysia|thailand|vietnam|indonesia|australia|canada|mexico"
    "|brazil|argentina|egypt|kenya|nigeria|paris|berlin|munich|rome|milan|madrid|barcelona|lisbon|amsterdam|brussels"
    "|geneva|zurich|vienna|prague|warsaw|budapest|athens|moscow|tokyo|seoul|bangkok|dubai|cairo|nairobi|toronto"
    r"|vancouver|sydney|melbourne|europe|africa|asia|overseas|abroad)\b"
)
_THERE = re.compile(
    rf"(?:[去到赴飞往]|\b(?:to|in|for|visiting|visit))\s*(?:{_PLACES})(?![路街馆厅语])"
    r"|\b(?:go|going|travel\w*|trips?) (?:abroad|overseas)\b"
)
_JOURNEY = re.compile(
    r"出差|出访|考察|住宿|住|酒店|宾馆|机票|坐|乘|伙食|差旅|补助|报销|行程|签证|开会|会议"
    r"|\b(?:trips?|travel\w*|flights?|fly|hotels?|conference|meeting|nights?|stay\w*|per diem|allowance|claim)\b"
)
_SPEAKS_OF_IT = re.compile(
    rf"出国|出境|国\(境\)|国际|外国|各国|国别|港澳|涉外|外事|{_PLACES}"
    r"|\b(?:foreign|international(?:ly)?|countr(?:y|ies)|worldwide)\b"
)


def goes_abroad(question: str) -> bool:
    """Whether a question is about a journey that takes a border permit: to another country, or 港澳台."""
    asked = normalize(question)
    return bool(_JOURNEY.search(asked) and _THERE.search(asked))


def speaks_of_abroad(text: str) -> bool:
    """Whether a text says anything about such journeys or places."""
    return bool(_SPEAKS_OF_IT.search(normalize(text)))
