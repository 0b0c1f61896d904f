"""References in running text: 第十二条第二款, 附件1, Section 3.2, Annex B."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ingest.outline import numerals
from rag.types import Link, Section

_N = "〇零一二三四五六七八九十百千两0-9"
_REFERENCE = re.compile(
    rf"""
      (?P<law>》)?(?:的)?(?P<zh>第[ ]?[{_N}]+[ ]?(?P<unit>条|章|节|编)(?:之[一二三四五六七八九十]+)?)
      (?:第[ ]?[{_N}]+[ ]?款)?(?P<item>第?[（(]?[{_N}]+[)）]?项)?
    | (?P<attach>附(?:件|录|表)[ ]?(?:[0-9]{{1,2}}|[A-Z]|[一二三四五六七八九十]{{1,2}}))(?![0-9])
    | \b(?P<en>(?:[Aa]rticle|[Ss]ection|[Cc]hapter|[Pp]art|[Aa]nnex|[Aa]ppendix|[Ss]chedule|[Cc]lause
          |[Pp]aragraph)[ \u00a0](?P<e_num>[0-9]+(?:\.[0-9]+)*|[IVX]+\b|[A-Z]\b))
      (?P<e_sub>(?:\([a-z0-9]{{1,4}}\))*)
    | (?P<sign>§[ \u00a0]?(?P<g_num>[0-9]+(?:\.[0-9]+)*))
    """,
    re.VERBOSE,
)
_OTHER_LAW = re.compile(r"(?:》|[法例定则]典?|办法|章程|宪法)(?:（[^）]{1,20}）)?的?$")
_OWN_LAW = re.compile(r"(?:本(?:法|条例|办法|规定|细则|章程|规则|制度|准则|条|章|节|编))的?$")
_OF_OTHER = re.compile(r"\s+of\s+(?:the\s+)?(?!this|these|that)(?:[A-Z]|Regulation|Directive)")


def find_links(text: str, sections: Sequence[Section], headings: frozenset[int]) -> tuple[Link, ...]:
    """All references in the document's text, each with the section it means, if that is in the document.

    ``headings`` are the offsets at which headings stand, whose own numbers are no references.
    """
    root = sections[0]
    targets = _targets(sections)
    starts = [section.start for section in sections]
    links: list[Link] = []
    for match in _REFERENCE.finditer(text, root.start, root.end):
        start = match.start("zh") if match["zh"] else match.start()
        if start in headings:
            continue
        owner = sections[bisect_right(starts, start) - 1]
        links.append(Link(section=owner.id, start=start, end=match.end(), target=_target(text, match, start, targets)))
    return tuple(links)


def _target(text: str, match: re.Match[str], start: int, targets: dict[str, str]) -> str | None:
    if match["zh"]:
        return _chinese(text, match, start, targets)
    if match["attach"]:
        return targets.get(re.sub(r"\s", "", match["attach"]))
    if match["sign"]:
        return targets.get(f"sign {match['g_num']}")
    if _OF_OTHER.match(text, match.end()):
        return None
    return _english(match, targets)


def _chinese(text: str, match: re.Match[str], start: int, targets: dict[str, str]) -> str | None:
    before = text[max(0, start - 24) : start]
    if match["law"] or (_OTHER_LAW.search(before) and not _OWN_LAW.search(before)):
        return None
    key = re.sub(r"\s", "", match["zh"])
    whole = targets.get(_canonical(key))
    if not match["item"]:
        return whole
    return targets.get(f"{key}/{re.sub(r'[第项（）()]', '', match['item'])}") or whole


def _english(match: re.Match[str], targets: dict[str, str]) -> str | None:
    word = match["en"].split()[0].lower()
    base = targets.get(f"{word} {match['e_num']}") or targets.get(f"decimal {match['e_num']}")
    for part in re.findall(r"\(([a-z0-9]+)\)", match["e_sub"] or ""):
        base = targets.get(f"{base}/{part}") or base
    return base


def _canonical(number: str) -> str:
    """第12条 and 第十二条 are one."""
    match = re.match(rf"第([{_N}]+)(.*)", number)
    return f"第{numerals.chinese(match[1])}{match[2]}" if match else number


def _targets(sections: Sequence[Section]) -> dict[str, str]:
    found: dict[str, str] = {}
    parents = {section.id: section for section in sections}
    for section in sections:
        for key in _keys(section, parents):
            found.setdefault(key, section.id)
    return found


def _keys(section: Section, parents: dict[str, Section]) -> Iterable[str]:
    number = section.number
    if not number:
        return
    if number.startswith("第"):
        yield _canonical(number)
    elif number.startswith("附"):
        yield number
    elif number.startswith("§"):
        yield f"sign {number[1:].strip()}"
    elif " " in number:
        yield number.lower().partition(" ")[0] + " " + number.partition(" ")[2]
    elif number[0].isdigit():
        yield f"decimal {number}"
    if section.parent in parents:
        parent = parents[section.parent]
        yield f"{parent.id}/{number}"
        if parent.number.startswith("第"):
            yield f"{parent.number}/{number}"
