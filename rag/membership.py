"""Classes that a document puts things in: 二类城市为苏州、无锡, “Band B means team leaders”, a row of ranks and posts.

A question names the thing (苏州), the clause with the figure its class (二类城市). No vector knows that one is the
other, so the question is asked again with the class behind the thing, and the clause that says so is quoted too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.normalize import normalize
from rag.numerals import NUMERAL_CHARS
from rag.points import Place
from rag.sentences import is_row, sentence_spans
from rag.types import Hit

if TYPE_CHECKING:
    from rag.index import Snapshot

_CLASS = (
    rf"(?:(?:[{NUMERAL_CHARS}]+|\d+|[a-z]|[甲乙丙丁戊])(?:类|级|档|等)(?:城市|地区|区域|城区|人员|标准)?(?![㐀-鿿]?别)"
    r"|(?:grade|band|tier|category|class|zone|group)\s+(?:[a-z]|\d+|[ivx]+)\b(?: (?:staff|countries|cities))?)"
)
_DEFINES = re.compile(
    rf"(?:^|[\s,，:：(（、])(?P<of>{_CLASS})\s*(?:是指|包括|包含|为|指|是|[:：]|(?:is|are|means?|includes?|covers?|comprises?)\b)"
    r"\s*(?P<members>[^;；。]+)"
)
_BELONGS = re.compile(rf"(?P<members>[^;；。:：]+?)(?:属于|列为|执行|适用|(?<!分)为)\s*(?P<of>{_CLASS})")
_OF_WHOM = re.compile(
    r"人员|职[务级称位]|岗位|对象|范围|包括|城市|地区|名单|国家|适用|staff|grade|post|role|cit|countr|applies"
)
"""Headers of the column that says what belongs to the class of a row."""
_CELLS, _COLON = re.compile(r"[;；]\s*"), re.compile(r"[:：]\s*")
_BETWEEN = re.compile(r"[、,，()（）/]|和|及|与|或|以及|\band\b|\bor\b")
_AROUND = re.compile(r"^\s*(?:其[他它]|所有|全部|各|the|all|other)\s*|\s*(?:等|人员|[的市])*\s*$")
_SAYS_NOTHING = frozenset(
    ("城市", "地区", "单位", "职工", "员工", "干部", "人员", "其余", "staff", "employees", "cities", "countries")
)
_SHORTEST = {True: 4, False: 2}
"""Characters of a member in Latin script, and in Chinese."""
# Which city is the capital of a province no rule says, for everybody knows it.
_CITIES = {
    "直辖": "北京 上海 天津 重庆",
    "计划单列": "深圳 大连 青岛 宁波 厦门",
    "省会": "石家庄 太原 沈阳 长春 哈尔滨 南京 杭州 合肥 福州 南昌 济南 郑州 武汉 长沙 广州 海口 成都 贵阳 昆明 西安"
    " 兰州 西宁",
    "首府": "呼和浩特 南宁 拉萨 银川 乌鲁木齐",
}


@dataclass(frozen=True, slots=True)
class Membership:
    """What a clause says that a thing of the question belongs to."""

    member: str
    """As normalised text has it."""
    of: str
    place: Place

    def in_words(self, question: str) -> str:
        """The question with the class behind its member; unchanged where it writes that in another way."""
        of = f" ({self.of})" if self.of.isascii() else f"（{self.of}）"
        return re.sub(re.escape(self.member), lambda it: it.group() + of, question, count=1, flags=re.IGNORECASE)


def memberships(snapshot: Snapshot, question: str, hits: Sequence[Hit]) -> tuple[Membership, ...]:
    """What the first document of the hits that puts something of the question in a class says of it.

    A thing in two classes is in none, as is one whose class the question names itself. Of names one of which is part
    of another (教授 and 副教授) the longer counts.
    """
    asked = normalize(question)
    for doc_id in dict.fromkeys(hit.doc_id for hit in hits):
        found: dict[str, Membership | None] = {}
        for one in _said(snapshot, [hit for hit in hits if hit.doc_id == doc_id]):
            if _names(asked, one.member):
                known = found.setdefault(one.member, one)
                found[one.member] = one if known and known.of == one.of else None
        fit = [one for one in found.values() if one and normalize(one.of) not in asked]
        if fit:
            return tuple(one for one in fit if not any(one.member in other.member != one.member for other in fit))
    return ()


def _said(snapshot: Snapshot, hits: Sequence[Hit]) -> Iterator[Membership]:
    """Every membership that the clauses of a document state; members named come before what everybody knows."""
    general: list[Membership] = []
    named: set[str] = set()
    for hit in hits:
        text = snapshot.file_text(hit.doc_id)
        for start, end in sentence_spans(text, hit.start, hit.end):
            for of, member in _pairs(text[start:end]):
                place = (hit, start, end)
                cities = [city for kind, list_ in _CITIES.items() if kind in member for city in list_.split()]
                general += [Membership(city, of, place) for city in cities]
                named.add(member)
                yield Membership(member, of, place)
    yield from (one for one in general if one.member not in named)


def _pairs(sentence: str) -> Iterator[tuple[str, str]]:
    """Class and member, normalised, as a sentence or the row of a table gives them."""
    there = normalize(sentence)
    if is_row(sentence):
        cells = [_COLON.split(cell, maxsplit=1) for cell in _CELLS.split(there)]
        of = next((cell[-1].strip() for cell in cells if re.fullmatch(_CLASS, cell[-1].strip())), None)
        lists = [cell[1] for cell in cells if len(cell) > 1 and _OF_WHOM.search(cell[0]) and cell[1].strip() != of]
    else:
        match = _DEFINES.search(there) or _BELONGS.search(there)
        of, lists = (match["of"], [match["members"]]) if match else (None, [])
    if of is None:
        return
    for members in lists:
        for each in _BETWEEN.split(members):
            member = _AROUND.sub("", each)
            if (
                len(member) >= _SHORTEST[member.isascii()]
                and member not in _SAYS_NOTHING
                and not re.search(r"\d", member)
            ):
                yield of.capitalize() if len(of) == 2 else of, member


def _names(question: str, member: str) -> bool:
    """Whether a normalised question names a member, and not something that begins like it (主管部门)."""
    edge = r"\b" if member.isascii() else ""
    return re.search(rf"{edge}{re.escape(member)}(?!部门|单位|机关){edge}", question) is not None
