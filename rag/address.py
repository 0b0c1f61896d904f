"""Addresses in questions: numbers are read in code, for embeddings do not know them.

Read are 第十二条, 第三至五条, 第三章第二节, 三（七）, 三（二）2, 第五条第二款第（三）项, 附件2, Article 12(3)(b),
articles 3 to 5, section 4.2.1, paragraph 3 of Article 12 and the like, in full or half width, with Chinese, Arabic,
Roman or circled numerals. What they name is looked up by ``rag.clauses``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from rag.address_parts import ENGLISH, FILLER, PART, RANGE, RANKS, TIGHT, Part, part_of
from rag.spellings import MAX_EXPANDED, Step, between, printed_step, spelled

__all__ = ["Address", "Step", "parse_addresses", "printed_step", "rank"]

_CJK = re.compile(r"[㐀-鿿]")
_OF = re.compile(r"\s*,?\s*(?:of|in|under)\s+(?:the\s+)?")
_PLAIN = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟", "一二二三三四五六六七八九十百千")
_HEADING = re.compile(
    r"((?<![一二三四五六七八九十])[一二三四五六七八九十]{1,3}、)[㐀-鿿]{2,16}[”\"」]?\s*(?:部分)?[中里下]?的?\s*第(?=\([一二三四五六七八九十\d]+\))"
)
"""“六、工作要求”第(三)项: the heading behind a number is no part of the address."""
_FORMAL = re.compile("(?<=第)[壹贰貳叁參肆伍陆陸柒捌玖拾佰仟]+")
_FOLD = str.maketrans("條項節編點錄篇", "条项节编点录编") | {
    **{0x2460 + i: f"({i + 1})" for i in range(20)},
    ord("，"): ",",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from the top down, and where they stand in the question."""

    steps: tuple[Step, ...]
    start: int
    end: int
    printed: str
    """As the question has it; one of a list or range is spelled out."""
    source: str = ""
    """The question's words between ``start`` and ``end``."""
    sure: bool = True
    """Whether it can be nothing else; an unsure one (``4.2``, ``五条``) counts only where it is found."""


@dataclass(slots=True)
class _Chain:
    """Parts of one address from the top down; ``below`` are those that an ``of`` put before it."""

    parts: list[Part]
    start: int
    end: int
    prefix: tuple[Part, ...] = ()
    below: tuple[_Chain, ...] = ()


def parse_addresses(question: str) -> tuple[Address, ...]:
    """All addresses of a question in order; parts that follow each other are one, lists and ranges are several."""
    text, offsets = _folded(question)
    chains: list[_Chain] = []
    for match in PART.finditer(text):
        last = chains[-1] if chains else None
        part = part_of(match, text, last.parts if last else ())
        if part is not None and not (last and _joined(last, part, text)):
            _begin(chains, part, text)
    found: list[Address] = []
    for chain in chains:
        for parts in _unfolded(chain):
            found += _addresses(parts, chain, question, offsets)
    return tuple(found[: 3 * MAX_EXPANDED])


def rank(step: Step) -> int:
    """How far down in a document a step's kind stands: annex 0 … 目 8."""
    return RANKS.get(step.kind, 6)


def _folded(question: str) -> tuple[str, list[int]]:
    """The question in NFKC, simplified units and bracketed circled numerals; for each character where it came from."""
    folded: list[str] = []
    offsets: list[int] = []
    for i, c in enumerate(question):
        form = unicodedata.normalize("NFKC", c.translate(_FOLD)).translate(_FOLD)
        folded.append(form)
        offsets += [i] * len(form)
    text = _FORMAL.sub(lambda match: match.group().translate(_PLAIN), "".join(folded))
    return _HEADING.sub(lambda match: match[1] + " " * (len(match.group()) - len(match[1])), text), [
        *offsets,
        len(question),
    ]


def _joined(chain: _Chain, part: Part, text: str) -> bool:
    """Append a part to the chain before it, if it goes on with it."""
    last = chain.parts[-1]
    gap = text[chain.end : part.start]
    if part.bracket and part.bracket == last.bracket and TIGHT.fullmatch(gap):
        chain.parts[-1] = replace(last, values=(*last.values, *part.values), end=part.end)
        chain.end = part.end
        return True
    if part.bracket:
        fits = bool(TIGHT.fullmatch(gap))
    elif part.lead:
        fits = bool(FILLER.fullmatch(gap)) and RANKS[last.kind] < 5 and "," not in gap
    else:
        deeper = RANKS[part.kind] > RANKS[last.kind] or (
            RANKS[part.kind] == RANKS[last.kind] and {part.kind, last.kind} != {last.kind} and part.kind != ""
        )
        listed = "," in gap and RANKS[part.kind] <= 5 and part.kind not in ENGLISH
        fits = bool(FILLER.fullmatch(gap)) and deeper and not listed
    if fits:
        chain.parts.append(part)
        chain.end = part.end
        return True
    if last.kind == part.kind and not part.bracket and RANGE.fullmatch(gap) and len(part.values) == 1:
        chain.parts[-1] = replace(
            last, values=(*last.values, *between(last.values[-1], part.values[0]), part.values[0]), end=part.end
        )
        chain.end = part.end
        return True
    return False


def _begin(chains: list[_Chain], part: Part, text: str) -> None:
    """A new chain; what it leaves unsaid comes from the one before."""
    chain = _Chain([part], part.start, part.end)
    last = chains[-1] if chains else None
    if last is not None:
        gap = text[last.end : part.start]
        if _OF.fullmatch(gap) and (
            RANKS[part.kind] < RANKS[last.parts[0].kind]
            or (last.parts[0].kind != part.kind and RANKS[part.kind] == RANKS[last.parts[0].kind])
        ):
            chains.pop()
            chain.below = (*last.below, last)
            chain.start = last.start
        elif RANKS[part.kind] > 5 and not part.lead:
            chain.prefix = _above(part, (*last.prefix, *last.parts))
    chains.append(chain)


def _above(part: Part, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts of an earlier address under which a later, lower one stands."""
    if part.bracket:
        cut = next((i for i, p in enumerate(parts) if p.bracket and _alike(p, part)), len(parts))
    else:
        cut = next((i for i, p in enumerate(parts) if RANKS[p.kind] >= RANKS[part.kind]), len(parts))
    return tuple(replace(p, values=p.values[-1:]) for p in parts[:cut])


def _alike(one: Part, other: Part) -> bool:
    return one.values[0][0].isdigit() == other.values[0][0].isdigit()


def _unfolded(chain: _Chain) -> list[list[Part]]:
    """The chains that a chain stands for: 3 and 5(2) is 3, and (2) of 5."""
    own = [*chain.prefix, *chain.parts]
    chains = [[*own, *below.prefix, *below.parts] for below in chain.below] or [own]
    for i, part in enumerate(own[:-1]):
        if len(part.values) > 1 and own[i + 1].bracket and not chain.below:
            earlier = [*own[:i], replace(part, values=part.values[:-1])]
            return [earlier, [*own[:i], replace(part, values=part.values[-1:]), *own[i + 1 :]]]
    return chains


def _addresses(parts: Sequence[Part], chain: _Chain, question: str, offsets: Sequence[int]) -> list[Address]:
    start, end = offsets[chain.start], offsets[chain.end - 1] + 1
    source = question[start:end]
    alone = RANKS[parts[0].kind] > 5 and not parts[0].lead  # 第二款: of what, nobody knows
    sure = not alone and all(part.sure for part in parts)
    combined = [
        tuple(Step(part.kind, value) for part, value in zip(parts, values, strict=True))
        for values in product(*(part.values for part in parts))
    ][:MAX_EXPANDED]
    spelled_out = (
        len(combined) > 1
        or any(len(part.values) > 1 for part in chain.parts)
        or bool(chain.prefix)
        or bool(chain.below and len(chain.below) > 1)
    )
    chinese = bool(_CJK.search(source))
    return [
        Address(steps, start, end, spelled(steps, chinese=chinese) if spelled_out else source, source, sure)
        for steps in combined
    ]
