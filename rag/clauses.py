"""What an address names in one document: sections by their numbers, paragraphs by counting, inline items.

A 款 is a paragraph of a 条 that has no number: it is counted, and what is numbered below it (项) belongs to
the paragraph that leads in to it. So a place is a section, or a span of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.address import Address, rank
from rag.spellings import (
    PARAGRAPHS,
    Step,
    Value,
    chinese_numeral,
    figure,
    matches,
    may_match,
    ordinal,
    printed_step,
    same_value,
)
from rag.types import Document, Item, Section

_ARTICLE = re.compile(r"第.+条(?:之.+)?|article .+|§.+", re.IGNORECASE)
_ENDED = re.compile(r"[。；;：:！!？?…”」』》.]['\"’）)\]】]*$")
_WRAPPED_CHARS = 20
_MAIN = frozenset({"部分", "章", "编", "part", "chapter", "title"})
_INLINE = frozenset({"", "项", "点", "题", "问", "目", "point", "subparagraph", "paragraph", "subsection", "clause"})


@dataclass(frozen=True, slots=True)
class Place:
    """A section, or the ``span`` of it that is meant; ``part`` names the span (第二款, (b))."""

    section: Section
    span: tuple[int, int] | None = None
    part: str = ""

    @property
    def start(self) -> int:
        """Where it begins in the file's text."""
        return self.span[0] if self.span else self.section.start

    @property
    def end(self) -> int:
        """Where it ends, all below it included."""
        return self.span[1] if self.span else self.section.end


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far an address that does not exist could be followed."""

    above: Section | None
    """The section that lacks the next step; None where the document itself does."""
    lacking: Step
    nearest: Section | None
    """The existing section whose number is closest."""
    count: int
    """How many of the lacking kind ``above`` has."""


class Clauses:
    """One document, ready to look addresses up in."""

    def __init__(self, document: Document, text: str) -> None:
        """``text`` is the whole file's text, in which the document's offsets count."""
        self.document = document
        self._text = text
        self._paragraphs: dict[str, tuple[tuple[int, int], ...]] = {}

    def resolve(self, address: Address) -> tuple[Place, ...]:
        """The places that an address names, in text order; usually one or none.

        Steps may be left out between those given. Where a document has no 条, 第三条 is its third part.
        """
        for fits in (self._strictly, self._loosely):
            places = self._follow(address.steps, fits)[-1]
            if places:
                return _highest(places)
        running = self._running(address)
        return (Place(running),) if running else ()

    def shortfall(self, address: Address) -> Shortfall:
        """Where an address that names nothing leaves the document, and what is nearest to it."""
        ways = [self._follow(address.steps, fits) for fits in (self._strictly, self._loosely)]
        reached = max(ways, key=lambda way: (len(way), -way[-2][0].section.level if len(way) > 1 else 0))
        lacking = address.steps[len(reached) - 1]
        above = _highest(reached[-2])[0] if len(reached) > 1 else None
        siblings = self._siblings(above, lacking)
        near = _nearest(lacking, [s for s in siblings if isinstance(s, Section)])
        elsewhere = self._below(Place(self._root), lacking, self._strictly) if above and rank(lacking) <= 5 else []
        if elsewhere:
            near = elsewhere[0].section
        if near is None and above is None:
            near = _nearest(lacking, [s for s in self.document.sections if s.level and self._same_kind(lacking, s)])
        return Shortfall(above.section if above else None, lacking, near, len(siblings))

    @property
    def _root(self) -> Section:
        return self.document.sections[0]

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(printed_step(section.number).kind for section in self.document.sections if section.level)

    def _strictly(self, step: Step, section: Section) -> bool:
        return matches(step, printed_step(section.number))

    def _loosely(self, step: Step, section: Section) -> bool:
        printed = printed_step(section.number)
        if not step.kind and section.level == 1 and printed.kind in _MAIN:  # 三（七） of 第三部分
            return same_value(step.value, printed.value)
        return may_match(step, printed, self._kinds, top=section.level == self._top)

    @cached_property
    def _top(self) -> int:
        """Level of the main parts that have a bare number: 1, or below an annex that holds everything."""
        levels = (s.level for s in self.document.sections[1:] if s.number and printed_step(s.number).kind == "")
        return min(levels, default=1)

    def _running(self, address: Address) -> Section | None:
        """Numbering that runs on through the parts: 第十条 is the tenth point, wherever it stands."""
        if len(address.steps) > 1 or address.steps[0].kind != "条" or "条" in self._kinds:
            return None
        wanted = Step("", address.steps[0].value)
        found = [s for s in self.document.sections if s.level > 1 and printed_step(s.number) == wanted]
        return found[0] if len(found) == 1 else None

    def _follow(self, steps: Sequence[Step], fits: Callable[[Step, Section], bool]) -> list[list[Place]]:
        """Places reached by each step in turn; the last list is empty where an address leads nowhere."""
        reached = [[Place(self._root)]]
        for step in steps:
            below = {(p.start, p.end, p.section.id): p for place in reached[-1] for p in self._below(place, step, fits)}
            reached.append(list(below.values()))
            if not below:
                break
        return reached[1:] if len(reached) > 1 else reached

    def _below(self, place: Place, step: Step, fits: Callable[[Step, Section], bool]) -> list[Place]:
        if step.kind == "款" or (step.kind == "paragraph" and place.section.number.startswith("第")):
            numbered = self._numbered_paragraphs(place)
            if not numbered:
                return self._paragraph(place, step)
        found = [self._trimmed(s) for s in self._numbered_in(place, step) if fits(step, s)]
        if found and step.kind == "" and not place.section.level:
            found = list(_highest(found))  # 三（七） begins with a main part, wherever else there is a third one
        if not found and step.kind in _INLINE:
            found = self._items(place, step)
        if not found and step.kind in PARAGRAPHS:
            found = self._paragraph(place, step)
        return found

    def _sections_in(self, place: Place) -> tuple[Section, ...]:
        """What stands below a place, in text order."""
        below = self._under(place.section)
        return below if place.span is None else tuple(s for s in below if place.start <= s.start < place.end)

    def _under(self, section: Section) -> tuple[Section, ...]:
        """All sections below one: they follow it in text order."""
        sections = self.document.sections
        first = end = self._position[section.id] + 1
        while end < len(sections) and sections[end].level > section.level:
            end += 1
        return sections[first:end]

    @cached_property
    def _position(self) -> dict[str, int]:
        return {section.id: i for i, section in enumerate(self.document.sections)}

    def _numbered_in(self, place: Place, step: Step) -> list[Section]:
        """Sections below a place that have the value of a step, whatever their kind."""
        if place.section.level:
            return [s for s in self._sections_in(place) if same_value(step.value, printed_step(s.number).value)]
        return self._valued.get(figure(step.value), [])

    @cached_property
    def _valued(self) -> dict[Value, list[Section]]:
        """Sections by the value of their number."""
        valued: dict[Value, list[Section]] = {}
        for section in self.document.sections[1:]:
            if section.number:
                valued.setdefault(figure(printed_step(section.number).value), []).append(section)
        return valued

    def _items(self, place: Place, step: Step) -> list[Place]:
        """Inline items inside a place: its own first, then those of what stands below it."""
        if place.section.level == 0:
            return []
        below = {s.id for s in self._under(place.section)}
        found = [
            item
            for item in self.document.items
            if (item.section == place.section.id or item.section in below)
            and place.start <= item.start < place.end
            and (item.start, item.end) != place.span
            and _named(item, step)
        ]
        own = [item for item in found if item.section == place.section.id]
        if not own and any(_alike(printed_step(s.number), step) for s in self._sections_in(place) if s.number):
            return []  # what is numbered so is all there: an item deep below is no such part
        by_id = {s.id: s for s in (place.section, *self._under(place.section))}
        return [
            Place(by_id[item.section], self._stripped(item.start, min(item.end, place.end)), _item_part(place, item))
            for item in own or found
        ]

    def _paragraph(self, place: Place, step: Step) -> list[Place]:
        wanted = ordinal(step.value)
        if place.span or place.section.level == 0 or wanted is None or len(wanted) > 1:
            return []
        paragraphs = self.paragraphs(place.section)
        if not 0 < wanted[0] <= len(paragraphs):
            return []
        part = f"第{chinese_numeral(wanted[0])}款" if step.kind == "款" else f"paragraph {wanted[0]}"
        return [Place(place.section, paragraphs[wanted[0] - 1], part)]

    def _numbered_paragraphs(self, place: Place) -> bool:
        """Whether a 条 numbers its 款 (1. 2. 3.) and has no text of its own."""
        children = [s for s in self._under(place.section) if s.parent == place.section.id]
        return bool(children) and children[0].number.isdigit() and not self._own_text(place.section, children[0])

    def _own_text(self, section: Section, child: Section) -> str:
        return self._text[section.body : child.start].strip()

    def paragraphs(self, section: Section) -> tuple[tuple[int, int], ...]:
        """The unnumbered paragraphs of a section with what is numbered below each, as spans.

        A paragraph is a line, or the lines that a sentence runs on over; the section's number is left out.
        """
        if section.id not in self._paragraphs:
            self._paragraphs[section.id] = self._counted(section)
        return self._paragraphs[section.id]

    def _counted(self, section: Section) -> tuple[tuple[int, int], ...]:
        numbered = {s.start for s in self._under(section)}
        numbered |= {item.start for item in self.document.items if section.start <= item.start < section.end}
        spans: list[tuple[int, int]] = []
        before = ""
        for start, end in self._lines(section):
            line = self._text[start:end]
            if start in numbered or (spans and (_runs_on(before) or line.startswith("|") or "\t" in line)):
                if spans:
                    spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
            before = line
        heading = section.heading.strip()
        if len(spans) > 1 and heading and self._text[slice(*spans[0])].strip(" 【】[]（）()") == heading:
            spans = spans[1:]
        return tuple(spans)

    def _lines(self, section: Section) -> list[tuple[int, int]]:
        """The lines of a section without its number and without what cleaning removed, stripped."""
        lines: list[tuple[int, int]] = []
        at = self._after_number(section)
        while at < section.end:
            stop = self._text.find("\n", at, section.end)
            stop = section.end if stop < 0 else stop
            start, end = self._stripped(at, stop)
            if start < end and not self._removed(start, end):
                lines.append((start, end))
            at = stop + 1
        return lines

    def _after_number(self, section: Section) -> int:
        pattern = r"\s*".join(re.escape(c) for c in section.number if not c.isspace())
        match = re.compile(rf"[\s#*（(【\[]*{pattern}[\s）)】\]*、．.:：]*").match(
            self._text, section.start, section.end
        )
        return match.end() if match else section.start

    def _removed(self, start: int, end: int) -> bool:
        return any(removed.start <= start and end <= removed.end for removed in self.document.removed)

    def _stripped(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self._text[start].isspace():
            start += 1
        while end > start and self._text[end - 1].isspace():
            end -= 1
        return start, end

    def _trimmed(self, section: Section) -> Place:
        """A section; the last 项 of a 款 ends where the next 款 of its 条 begins."""
        article = self._article_over(section)
        if article is None:
            return Place(section)
        following = [start for start, _ in self.paragraphs(article) if section.start < start < section.end]
        if not following:
            return Place(section)
        return Place(section, self._stripped(section.start, following[0]))

    def _article_over(self, section: Section) -> Section | None:
        """The 条 that a section stands in."""
        above = self.document.sections[self._position[section.parent]] if section.parent else None
        while above is not None and above.level and not _ARTICLE.fullmatch(above.number):
            above = self.document.sections[self._position[above.parent]] if above.parent else None
        return above if above is not None and above.level else None

    def _siblings(self, above: Place | None, lacking: Step) -> list[object]:
        """What a place has of the kind that it lacks a certain one of."""
        place = above or Place(self._root)
        if (
            lacking.kind in PARAGRAPHS
            and place.section.number.startswith("第")
            and place.section.level
            and not place.span
            and not self._numbered_paragraphs(place)
        ):
            return list(self.paragraphs(place.section))
        sections = [s for s in self._sections_in(place) if s.number and self._same_kind(lacking, s)]
        if lacking.kind in _INLINE:  # what is nested deeper, 1. below （一）, is not of that kind
            sections = [s for s in sections if s.level == sections[0].level]
        found: list[object] = [*sections]
        if not found and above and lacking.kind in _INLINE:
            found = [
                i for i in self.document.items if i.section == place.section.id and place.start <= i.start < place.end
            ]
        if not found and above and lacking.kind in PARAGRAPHS and not place.span:
            found = list(self.paragraphs(place.section))
        return found

    def _same_kind(self, lacking: Step, section: Section) -> bool:
        printed = printed_step(section.number)
        return bool(printed.value[0]) and self._loosely(replace(lacking, value=printed.value), section)


def _named(item: Item, step: Step) -> bool:
    marker = re.sub(r"[是要则为]$", "", item.marker)
    return same_value(step.value, printed_step(re.sub(r"^第", "", marker)).value)


def _alike(one: Step, other: Step) -> bool:
    return one.value[0].isdigit() == other.value[0].isdigit()


def _item_part(place: Place, item: Item) -> str:
    return place.part + (item.marker if item.marker[:1] in "（(" else f"({item.marker.rstrip('.)、．')})")


def _runs_on(line: str) -> bool:
    """Whether a line was broken by its width: a sentence goes on over its end."""
    return len(line) >= _WRAPPED_CHARS and not _ENDED.search(line)


def _highest(places: Sequence[Place]) -> tuple[Place, ...]:
    highest = min(place.section.level for place in places)
    kept = [place for place in places if place.section.level == highest]
    return tuple(sorted(kept, key=lambda place: (place.start, -place.end)))


def _nearest(wanted: Step, sections: Sequence[Section]) -> Section | None:
    """The section whose own number is closest: the longest common beginning, then the smallest distance."""
    target = ordinal(wanted.value)
    if target is None:
        return None
    measured = []
    for i, section in enumerate(sections):
        value = ordinal(printed_step(section.number).value)
        if value is not None:
            measured.append((_distance(target, value), i))
    return sections[min(measured)[1]] if measured else None


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, int, int]:
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    apart = abs(one[shared] - other[shared]) if shared < min(len(one), len(other)) else 0
    return (-shared, apart, abs(len(one) - len(other)))
