"""Follow-ups by address: 那第五条呢, 它的第三项, 下一条, what about (b)? mean the document spoken of before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.address import Address, parse_addresses, rank
from rag.spellings import Step, ordinal, spelled, value_of
from rag.types import Turn

_MAX_CHARS = 80
_CJK = re.compile(r"[㐀-鿿]")
_QUOTED = re.compile(r"《[^《》]{1,80}》")
_RELATIVE = re.compile(
    r"(?P<zh>上|下|前|后)一?(?P<zh_kind>条|款|项|章|节|点|部分)(?![例件目])"
    r"|\b(?:the\s+)?(?P<en>next|following|previous|preceding)\s+"
    r"(?P<en_kind>article|section|clause|paragraph|chapter|rule|item|point|part|one)\b",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"(?:该|本|此|这一?|那一?|同一?|上述)(?P<zh_kind>条|款|项|章|节)(?![例件目])"
    r"|\b(?:that|this|the same)\s+(?P<en_kind>article|section|clause|paragraph|chapter|rule)\b",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    r"[(（]\s*(?P<number>[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3}|[a-zA-Z]|[ivxIVX]+)\s*[)）]"
    r"|(?P<circled>[①-⑳])"
)
_AROUND_BRACKET = re.compile(
    r"(?:那么?|还有|以及|and|what about|how about|then|the|point|item|呢"
    r"|说(?:了)?(?:什么|啥)|是什么|[\s?？,，。.!！])*",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:请问|请|那么?|还有|另外|其中|再|问一下|看一下|查一下|说说|讲讲|在|根据|按照?|依照|依据|它|其|的|上面"
    r"|这个?文件|该文件|该办法|本办法"
    r"|(?:and|what|how|about|does|do|is|are|in|under|the|its?|then|please|tell|me|show|according|to|say|of|'s)\b|[\s,，:：?？])+",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:的|中|里|内|之|规定|'s|,|，|、|\s)+$")
_OF_NAME = re.compile(
    r"^\s*,?\s*(?:of|in|under|from)\s+(?:the\s+)?(?P<name>[^?？.,，]{3,80}?)"
    r"(?:\s+(?:say|says|state|states|require|requires|provide|provides|cover|covers|mean|means|about|is|are)\b.*)?[?？.\s]*$",
    re.IGNORECASE,
)
_BACK = frozenset({"上", "前", "previous", "preceding"})
_LOW = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What a conversation speaks of: the words that name a document, and a clause of it."""

    name: str = ""
    steps: tuple[Step, ...] = ()


def follow_up(text: str, history: Sequence[Turn]) -> str | None:
    """The question with the document and clause that its address leaves unsaid; None where it leans on no address.

    The last turn that has an address, in its question or in a clause that its answer cites, is leaned on.
    """
    subject = Subject()
    for turn in history:
        subject = _subject(turn, subject)
    return _completed(text, subject)


def _subject(turn: Turn, before: Subject) -> Subject:
    question = _completed(turn.question, before) or turn.question
    cited = _cited(turn.answer)
    addresses = _addresses(question)
    if addresses:
        name = _name(question, addresses)
        return Subject(name or next((s.name for s in cited if s.steps == addresses[-1].steps), ""), addresses[-1].steps)
    if cited:
        return cited[0]
    quoted = _QUOTED.findall(question)
    return Subject(quoted[-1]) if quoted else before


def _cited(answer: str) -> list[Subject]:
    """The clauses that an answer names with their document: 《…》第三条."""
    found = []
    for match in _QUOTED.finditer(answer):
        following = parse_addresses(answer[match.end() : match.end() + _MAX_CHARS])
        if (
            following
            and following[0].sure
            and not answer[match.end() : match.end() + following[0].start].strip(" 的,，")
        ):
            found.append(Subject(match.group(), following[0].steps))
    return found


def _addresses(text: str) -> tuple[Address, ...]:
    """The addresses of a question outside the names between 《》; offsets count in ``text``."""
    blanked = _QUOTED.sub(lambda match: " " * len(match.group()), text)
    return parse_addresses(blanked)


def _name(question: str, addresses: Sequence[Address]) -> str:
    """The words of a question that name the document of its address; ``""`` if there are none."""
    if quoted := _QUOTED.findall(question):
        return str(quoted[-1])
    before = _TRAILING.sub("", _LEADING.sub("", question[: addresses[0].start].split(": ")[0]))
    if _CJK.search(before) or any(word[:1].isupper() for word in before.split()):
        return before
    after = _OF_NAME.match(question[addresses[-1].end :])
    return after["name"].strip() if after else ""


def _completed(text: str, subject: Subject) -> str | None:
    if subject == Subject() or len(text) > _MAX_CHARS:
        return None
    text = _relative(text, subject)
    addresses = _addresses(text) or _lone_bracket(text, subject)
    if not addresses:
        return None
    if _name(text, addresses):
        return text
    full = text
    taken: set[tuple[int, int]] = set()
    for address in reversed(addresses):
        if (address.start, address.end) in taken:
            continue
        taken.add((address.start, address.end))
        same = [a for a in addresses if (a.start, a.end) == (address.start, address.end)]
        chinese = bool(_CJK.search(text))
        printed = [spelled(_whole(subject.steps, a), chinese=chinese) for a in same]
        if rank(address.steps[0]) > _LOW or len(same) > 1:
            joined = ("、" if chinese else " and ").join(printed)
            full = full[: address.start] + joined + full[address.end :]
    if not subject.name:
        return full
    return f"{subject.name}{full}" if subject.name.endswith("》") else f"{subject.name}: {full}"


def _relative(text: str, subject: Subject) -> str:
    """The text with 下一条, the previous section, 该条 said by their numbers."""
    if not subject.steps:
        return text

    def moved(match: re.Match[str]) -> str:
        i = _step_of(subject.steps, (match["zh_kind"] or match["en_kind"]).lower())
        step = subject.steps[i]
        by = -1 if (match["zh"] or match["en"]).lower() in _BACK else 1
        numbers = ordinal(step.value)
        if numbers is None:
            return match.group()
        article = step.kind in {"条", "article"}
        kept = () if article else step.value[:-1]
        number = numbers[0] if article else numbers[-1]
        if article and len(numbers) > 1 and by < 0:
            by = 0  # before 第三条之一 stands 第三条
        letter = not step.value[-1].isdigit()
        value = (*kept, chr(96 + number + by) if letter else str(max(0, number + by)))
        return spelled((*subject.steps[:i], Step(step.kind, value)), chinese=bool(match["zh"]))

    def same(match: re.Match[str]) -> str:
        i = _step_of(subject.steps, (match["zh_kind"] or match["en_kind"]).lower())
        return spelled(subject.steps[: i + 1], chinese=bool(match["zh_kind"]))

    return _SAME.sub(same, _RELATIVE.sub(moved, text))


def _step_of(steps: Sequence[Step], kind: str) -> int:
    """Which step 下一条 moves: the last of that kind, else the last one."""
    same = {
        "条": {"条", "article"},
        "article": {"条", "article"},
        "item": {"point", ""},
        "点": {"点", "项", ""},
        "项": {"项", ""},
    }
    kinds = same.get(kind, {kind})
    return max((i for i, step in enumerate(steps) if step.kind in kinds), default=len(steps) - 1)


def _lone_bracket(text: str, subject: Subject) -> tuple[Address, ...]:
    """What about (b)? — a bracket with nothing beside it but the words of a follow-up."""
    match = _BRACKET.search(text)
    if match is None or not subject.steps:
        return ()
    if not _AROUND_BRACKET.fullmatch(text[: match.start()] + " " + text[match.end() :]):
        return ()
    value = value_of(match["number"]) if match["number"] else (str(ord(match["circled"]) - 0x245F),)
    return (Address((Step("", value),), match.start(), match.end(), match.group(), match.group()),)


def _whole(subject: Sequence[Step], address: Address) -> tuple[Step, ...]:
    """An address under the subject's; after 三（七） the eighth point is 三（八）, and 二（三） lacks nothing."""
    steps: Sequence[Step] = address.steps
    if len(steps) > 1 and not steps[0].kind and not _BRACKET.match(address.source):
        return address.steps
    if subject and subject[0].kind == "" and steps[0].kind in {"项", "点", "point"}:
        steps = [Step("", steps[0].value), *steps[1:]]
    return (*_above(subject, steps[0]), *steps)


def _above(steps: Sequence[Step], first: Step) -> tuple[Step, ...]:
    """The steps of the subject under which a lower address stands; none for one that stands by itself."""
    if rank(first) <= _LOW:
        return ()
    if first.kind == "":
        if first.value[0].isdigit() and steps and steps[0].kind == "" and len(steps) == 1:
            return tuple(steps)
        alike = [
            i
            for i, step in enumerate(steps)
            if i and step.kind in {"", "项", "point"} and step.value[0].isdigit() == first.value[0].isdigit()
        ]
        return tuple(steps[: alike[-1]] if alike else steps)
    cut = (i for i, step in enumerate(steps) if (i or step.kind) and (rank(step) >= rank(first) or step.kind == ""))
    return tuple(steps[: next(cut, len(steps))])
