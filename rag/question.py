"""What a question asks for, read in code: its language, its kind, and what it leans on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.conversation import follow_up
from rag.normalize import length, normalize, tokens
from rag.replacing import in_the_year_of, with_another
from rag.types import Turn

Language = Literal["zh", "en"]

MAX_QUESTION_CHARS = 2000
_MAX_TURNS = 6
"""Turns of a conversation that are looked back on."""

_CJK = re.compile(r"[㐀-鿿]")
_LETTER = re.compile(r"[A-Za-z㐀-鿿]")
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]|《[^《》]*》|“[^“”]*”|\"[^\"]*\"")
_QUANTITY = re.compile(
    r"多少|几(?!乎)|多久|多长|多大|多高|比例|百分之|金额|数额|何时|什么时候|哪一?[年天日]|日期|期限"
    r"|how (?:many|much|often|long|large|far|soon|high|big|wide|tall|deep|heavy|old)"
    r"|what (?:percentage|proportion|amount|share|number|date|year)|when\b"
)
_LIST = re.compile(
    r"哪些|哪几(?![天年月日周点号时])|哪[二两三四五六七八九十]+(?:[个项点条种类]|方面|大)"
    r"|几(?:项|种|类|大类|方面|个(?:方面|步骤|环节|阶段|部分|条件|要点|重点|问题|原则|方式|类别)|步(?!行|入))"
    r"|几[点条](?:要求|措施|意见|内容|原则|规定|建议)|(?:包括|包含|涵盖)(?:什么|哪)|分别是|分为?哪|列出|列举"
    r"|(?:不[许准能得]|禁止|严禁)[^,，。?？有]{0,4}(?:什么|啥)"
    r"|有什么(?!变化|区别|不同|差别|关系|用处|意义|影响)"
    r"|\bwhat are\b|\blist (?:all|the|every|of)\b|^list\b|\bname (?:all|the)\b"
    r"|\bwhich (?:[a-z-]+ ){0,2}[a-z-]+(?<!s)s (?:are|were|must|do|does|have|can|may|should|need|apply|count)\b"
    r"|\bwhat (?:[a-z-]+ )?(?:documents|papers|paperwork|forms|materials|steps|conditions|requirements|criteria)\b"
    r"|\bwhat (?:[a-z-]+ )?(?:items|duties|cases|types|kinds)\b"
)
_STEPS = re.compile(
    r"步骤|流程|顺序|几步(?!行|入)|先[^,，。?？]{0,8}[再后][^,，。?？]{0,6}什么|从头到尾"
    r"|\bsteps?\b|\bin what order\b"
)
_YES_NO = re.compile(
    r"吗|是否|能否|可否|是不是|能不能|可不可以|行不行|要不要|有没有|对不对|吧[?？]?$"
    r"|^(?:is|are|was|were|can|could|may|must|shall|should|do|does|did|will|would|has|have)\b"
)
_ASKS_SOMETHING = re.compile(
    r"多少|几(?!乎)|多久|多长|多大|多高|何时|何种|谁|哪|什么|啥|怎么|怎样|如何|吗|是否|能否"
    r"|\b(?:who|whom|whose|what|which|when|where|how|why)\b"
)
_BETWEEN_PARTS = re.compile(
    r"[,，;；?？。]+\s*(?:and\s+|并且|而且|另外|还有|以及|并|且)?"
    r"|\s+and\s+(?=(?:(?:by|in|to|from|for) )?(?:who|what|which|when|where|how)\b)",
    re.IGNORECASE,
)
_FEWEST_PART_CHARS = 4
_LONGEST_FOLLOW_UP = 40
"""In Chinese characters; a letter counts as two fifths of one."""
_UNIT = re.compile(r"(?:多少|几)(?:个)?([^\s，。？?的了要]{1})")
_DEPENDENT = re.compile(
    r"^(?:那|那么|它|这|其中|还有|另外|上述|该)|呢[?？]?$|呢[,，]|也[^,，。]{1,8}吗[?？]?$"
    r"|^(?:and|what about|how about|then|what if)\b|\b(?:it|that|those|they|them|its|do i still)\b"
)
# Words by which one asks; they are not what one asks about.
_ASKING = re.compile(
    r"请问|是多少|有多少|多少|什么时候|什么|哪些|哪几|哪一|哪个|哪里|哪|怎么样|怎么|怎样|如何|是否|能否|可不可以|能不能|是不是"
    r"|有没有|为什么|几(?!乎)|多久|多长|吗|呢|谁|规定|要求|文件|介绍|一下|的"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|shall|should"
    r"|will|would|the|a|an|of|to|in|on|for|by|at|and|or|be|been|i|we|you|my|our|your|it|its|many|much|often|long"
    r"|there|with|from|under|have|has|need|any|if|that|this|as)\b"
)


# What is said and asks for nothing: greetings, thanks, assent, particles, one digit.
_COURTESY = re.compile(
    r"[你您]们?好|大家好|[早晚]上好|[上下中]午好|谢谢?|感谢|辛苦|再见|拜拜|不客气|[你您好对是的吗吧呢嘛嗯哦噢喔啊呀哈嘿呵唉喂了]|不是|没事"
    r"|\b(?:hi|hello|hey|good (?:morning|afternoon|evening)|thanks?|thank you|bye|goodbye|ok|okay|yes|no|please)\b"
    r"|(?<![\w.])\d(?!\.?\w)"
)


def language_of(text: str) -> Language:
    """``zh`` where the text holds Chinese characters, else ``en``; names in brackets or quotes tell only if alone."""
    outside = _BRACKETED.sub(" ", text)
    return "zh" if _CJK.search(outside if _LETTER.search(outside) else text) else "en"


def asks_quantity(text: str) -> bool:
    """Whether a number, amount, frequency or date is asked for."""
    return bool(_QUANTITY.search(normalize(text)))


def asks_list(text: str) -> bool:
    """Whether several things are asked for together."""
    return bool(_LIST.search(normalize(text)))


def asks_steps(text: str) -> bool:
    """Whether it is asked what is done one after the other."""
    return bool(_STEPS.search(normalize(text)))


def asks_yes_or_no(text: str) -> bool:
    """Whether a yes or a no is asked for."""
    return bool(_YES_NO.search(normalize(text).strip()))


def parts_of(question: str) -> tuple[str, ...]:
    """The parts of a question that ask something themselves, in order."""
    parts = [part.strip() for part in _BETWEEN_PARTS.split(question) if part]
    return tuple(part for part in parts if len(part) >= _FEWEST_PART_CHARS and _ASKS_SOMETHING.search(normalize(part)))


def asked_unit(text: str) -> str:
    """The measure word that follows the last 多少 or 几, if there is one: ``次`` of 多少次.

    The last, for a follow-up stands behind the question that it leans on.
    """
    found = _UNIT.findall(text)
    return found[-1] if found else ""


def content_tokens(text: str) -> frozenset[str]:
    """What the question is about: its words and Chinese character pairs, less those one asks by."""
    kept = _ASKING.sub(" ", normalize(text))
    found = tokens(kept)
    pairs = {token for token in found if len(token) > 1 or token.isascii()}
    return frozenset(pairs or found)


def asks_nothing(text: str) -> bool:
    """Whether nothing is said but courtesies, assent and particles, or one digit."""
    return not any(map(str.isalnum, _COURTESY.sub("", normalize(text))))


def is_unicode(text: str) -> bool:
    """Whether a text is whole; a command line or JSON may bring half a character (a lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def standalone(text: str, history: Sequence[Turn]) -> str:
    """The question with what it leans on: the document and clause of its address, or the question before.

    What takes the place of something in the question before is put there. That question is completed first by the
    one before it, and so on: 那C级呢 and then 那2021年呢 ask about both.
    """
    turns = history[-_MAX_TURNS:]
    before = ""
    for i, turn in enumerate(turns):
        before = _leaning(turn.question, turns[:i], before)
    return _leaning(text, turns, before)


def _leaning(text: str, history: Sequence[Turn], before: str) -> str:
    """A question that follows ``before``, which stands by itself."""
    if not before:
        return text
    if completed := follow_up(text, history):
        return completed
    if changed := with_another(text, before):
        return changed
    depends = _DEPENDENT.search(normalize(text).strip()) and length(text) < _LONGEST_FOLLOW_UP
    return f"{in_the_year_of(text, before)} {text}" if depends else text
