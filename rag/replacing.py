"""Follow-ups that put one thing in the place of another: 那三级人员呢, 那丧假呢, 那2021年呢, “and at Hillside?”."""

from __future__ import annotations

import re
from itertools import takewhile

from rag.measures import CHINESE_NUMERAL

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?:年度?)?(?!\d)")
_N = rf"(?<![第\d])(?!(?:19|20)\d\d年){CHINESE_NUMERAL}"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_KINDS = (
    _YEAR,
    re.compile(r"第(?:[一二三四五六七八九十]+|\d+)(?:年|步|批|轮|期|届|阶段|季度)"),
    re.compile(r"\b(?:level|grade|category|class|tier|band)s?\s+(?:[a-z]|\d+|[ivx]+)\b", re.IGNORECASE),
    re.compile(r"(?<!第)(?:[一二三四五六七八九十]+|\d+|[a-zA-ZⅠ-Ⅻ]|[IVX]{2,4})(?:级|类|档|等)"),
    re.compile(r"[部厅司局处科股]级"),
    re.compile(rf"{_N}(?:[千百]?[万亿]元?|元|块钱?)|[$€£¥]\s*{_NUMBER}[km]?", re.IGNORECASE),
    re.compile(
        rf"{_N}(?:个月|小时|周|天|日|年(?!度))|\b{_NUMBER}\s+(?:hours?|days?|weeks?|months?|years?)\b", re.IGNORECASE
    ),
    re.compile(rf"{_N}(?:周?岁|公里|平方米|人|名|次|册|本)"),
)
"""Years, levels, classes, ranks, sums, lengths of time, other quantities: one takes the place of one of its kind."""
_SAYS_NOTHING = re.compile(
    r"那么?|还有|如果|要是|换成|换作|对于?|是|的|人员|员工|只|才|呢|吗"
    r"|\b(?:and|what|how|about|with|for|at|in|of|then|if|a|an|the|it|is|was|were|did|staff|employees?)\b|[?？,，.。]",
    re.IGNORECASE,
)
_OTHER_WORD = re.compile(
    r"^(?:那么?|还有|如果是?|要是|换成|换作|对于?)*(?P<word>[㐀-鿿]{2,8}?)的?(?:呢|怎么样)?[?？。]*$"
)
_OTHER_PHRASE = re.compile(
    r"^(?:and|what about|how about|then)\s+(?:(?P<at>at|in|for|by|with|under|of)\s+)?(?:the\s+)?"
    r"(?P<phrase>[\w' -]{2,60}?)\s*[?.]*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
_ASKS = re.compile(r"[谁哪几吗么何怎]|的是|多少|什么|多久|需要|可以|是否")
_EDGE = r"(?:^|[,，。;；:：、\s]|(?<=[的了在请休按]))"
_LONGEST_WORD = 6
_FEWEST_ALIKE = 3


def with_another(text: str, question: str) -> str | None:
    """The question before with what a follow-up names instead of its own; None where nothing takes a place.

    What takes the place is of the same kind (a year, a level, a sum) or ends alike (丧假 for 婚假,
    “part-time staff” for “full-time staff”), or stands behind the same preposition (“at Hillside”).
    A year is also added to a question that has none.
    """
    for kind in _KINDS:
        said, before = set(kind.findall(text)), set(kind.findall(question))
        rest = _SAYS_NOTHING.sub(" ", kind.sub(" ", text)).split()
        if len(said) == 1 and len(before) <= 1 and all(words in question for words in rest):
            other = said.pop()
            if before:
                return question.replace(before.pop(), other)
            return _of_year(other, question) if kind is _YEAR else None
    if word := _OTHER_WORD.match(text.strip()):
        return _with_word(word["word"], question)
    if phrase := _OTHER_PHRASE.match(text.strip()):
        return _with_phrase(phrase["phrase"], phrase["at"], question)
    return None


def in_the_year_of(text: str, question: str) -> str:
    """The question before, asked of the year that a follow-up names, where each names one."""
    said, before = set(_YEAR.findall(text)), set(_YEAR.findall(question))
    return question.replace(before.pop(), said.pop()) if len(said) == len(before) == 1 else question


def _of_year(year: str, question: str) -> str:
    """The question asked of a year: before a Chinese one, where a document's name may follow, else behind it."""
    if re.search(r"[㐀-鿿]", question):
        return f"{year if year.endswith(('年', '度')) else year + '年'}的{question}"
    return f"{question.rstrip('? ')} in {year}?"


def _with_word(word: str, question: str) -> str | None:
    """The question with a Chinese word in the place of the one that ends as it does."""
    ending = word[-1]
    if _ASKS.search(word) or word in question:
        return None
    if question.count(ending) != 1:
        return _with_ending(word, question)
    end = question.index(ending) + 1
    alike = question[max(0, end - len(word)) : end]
    begins = re.search(rf"{_EDGE}$", question[: end - len(word)]) is not None
    if re.fullmatch(r"[㐀-鿿]+", alike) and (begins or 2 * _same_ending(word, alike) >= len(word) == len(alike)):
        return question[: end - len(word)] + word + question[end:]
    shorter = re.search(rf"{_EDGE}(?P<word>[㐀-鿿]{{1,{_LONGEST_WORD}}})$", question[:end])
    if shorter is None:
        return None
    before = question[: shorter.start("word")]
    return before.removesuffix(word[0]) + word + question[end:]  # 按年度下拨的 for 课题下拨的 behind 按


def _same_ending(one: str, other: str) -> int:
    """How many characters two words end with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other), strict=False)))


def _with_ending(word: str, question: str) -> str | None:
    """The question with a word in the place of one that begins alike and ends otherwise: 应当从轻 for 应当从重."""
    begins = word[:-1]
    at = question.find(begins)
    other = question[at + len(begins) : at + len(word)]
    if len(begins) < _FEWEST_ALIKE or question.count(begins) != 1 or not re.fullmatch(r"[㐀-鿿]", other):
        return None
    return question[:at] + word + question[at + len(word) :]


def _with_phrase(phrase: str, preposition: str | None, question: str) -> str | None:
    """The question with an English phrase in the place of one of as many words that ends as it does, or of a name."""
    if preposition and phrase[:1].isupper():
        name = re.compile(rf"(?<=\b{preposition} )(?:the )?[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*")
        if len(name.findall(question)) == 1:
            return name.sub(lambda _: phrase, question)
    words = _ARTICLE.sub("", phrase).split()
    alike = re.compile(r"\b" + r"[\w'-]+\s+" * (len(words) - 1) + re.escape(words[-1]) + r"\b", re.IGNORECASE)
    found = list(alike.finditer(question))
    if len(words) > 1 and len({match.group().lower() for match in found}) == 1:
        return alike.sub(lambda _: " ".join(words), question)
    return None
