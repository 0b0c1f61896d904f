"""How a section is named to people: ``《差旅费管理办法》第三章第十二条（二）``, ``Leave Handbook, 3.2 (a)``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.types import Section

_DIVISION = re.compile(r"第.+[编章节]")  # what a 条 is cited without: article numbers run through a statute
_ARTICLE = re.compile(r"第.+条(?:之.+)?")
_CJK = re.compile(r"[㐀-鿿]")
_CLOSING = "、．.）)】］］:："
_MAX_HEADING_CHARS = 24


def document_label(title: str) -> str:
    """``《title》`` for Chinese titles, the bare title otherwise."""
    return f"《{title.strip('《》')}》" if _CJK.search(title) else title


def section_label(title: str, section: Section, sections: Mapping[str, Section], text: str) -> str:
    """Label of a section: the document's title and the printed numbers from the top down.

    A heading without number stands in it by its words. ``sections`` maps ids to the document's
    sections; ``text`` is the file's text, from which the printed form of each number is taken.
    """
    chain: list[Section] = []
    step: Section | None = section
    while step is not None and step.level > 0:
        chain.append(step)
        step = sections.get(step.parent) if step.parent else None
    chain.reverse()
    printed = [_printed(part, text) for part in _shortened(chain)]
    name = document_label(title)
    if not printed:
        return name
    return name + ("" if name.endswith("》") else ", ") + _joined(printed)


def _shortened(chain: list[Section]) -> list[Section]:
    """Drop what a number already says: divisions above an article, ``3`` above ``3.2``."""
    if any(_ARTICLE.fullmatch(part.number) for part in chain):
        chain = [part for part in chain if not _DIVISION.fullmatch(part.number)]
    return [
        part
        for i, part in enumerate(chain)
        if not any(part.number and later.number.startswith(f"{part.number}.") for later in chain[i + 1 :])
    ]


def _printed(section: Section, text: str) -> str:
    if not section.number:
        words = section.heading.strip()
        return words if len(words) <= _MAX_HEADING_CHARS else words[: _MAX_HEADING_CHARS - 1] + "…"
    head = text[section.start : max(section.body, section.start + len(section.number) * 2 + 4)]
    pattern = r"\s*".join(re.escape(c) for c in section.number if not c.isspace())
    match = re.search(rf"^\s*[（(【\[]?\s*{pattern}\s*[{re.escape(_CLOSING)}]?", head)
    return re.sub(r"\s+", " " if section.number.isascii() else "", match.group().strip()) if match else section.number


def _joined(printed: list[str]) -> str:
    label = printed[0]
    for part in printed[1:]:
        tight = bool(_CJK.search(label[-2:])) or part[:1] in "（(" or label[-1:] in "、）)"
        label += part if tight and (part[:1] in "（(" or _CJK.search(part[:2]) or part[:1].isdigit()) else f" {part}"
    return label.rstrip("、．.:：")
