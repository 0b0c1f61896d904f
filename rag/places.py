"""Whose a document is: the place or body that its title begins with, or that issued it.

Offices of one city, its districts and towns write alike about the same things; what holds in one
does not hold in another. So a question that names a place whose documents are here is not asked of
another place's. Documents that tell no place stay in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from weakref import WeakKeyDictionary

from rag.names import Names
from rag.types import IndexedDocument

_HEAD = re.compile(r"(?:关于|中共|在|全|\d{4}年度?)*")
_NO_VERB = (
    r"(?!加强|促进|推[进动]|规范|支持|鼓励|加快|进一步|做好|开展|印发|建[立设]|完善|深化|实施|调整|明确|全面|改[进革]|优化|组织"
    r"|举办|解决|严格|切实|公布|[转批]|同意|设立|关于)"
)
"""What 关于加强社区工作的意见 is about is no place."""
_CHINESE = re.compile(
    rf"{_NO_VERB}[㐀-鿿]{{2,7}}?自治区|{_NO_VERB}[㐀-鿿]{{2,4}}?(?:省|市|(?<![社园景校小片灾牧库林])区|县|旗|州|镇|乡|街道)"
    rf"|{_NO_VERB}[㐀-鿿]{{2,8}}?(?:学院|大学|中学|小学|医院|公司|集团)"
)
_GROUNDS = re.compile(rf"{_NO_VERB}[㐀-鿿]{{2,6}}?(?:产业园|工业园|科技园|软件园|开发区|高新区|保税区)")
_ENGLISH = re.compile(
    r"\b([A-Z][a-z]+)(?: [A-Z][a-z]+){0,2} "
    r"(?:Institute|University|College|Council|Borough|County|City|Town|School|Hospital)\b"
)
_PROVINCE = re.compile(r"([㐀-鿿]{2,}?)(?:省|市|(?:[㐀-鿿]{1,3}族|维吾尔)?自治区)")
"""People say 江苏 for 江苏省, 天津 for 天津市 and 广西 for 广西壮族自治区."""
_BELOW = re.compile(
    r"(?!.*(?:开发|高新|示范|经济|工业|技术|保税|风景|生态|新|产业|合作|试验|管理)区)([㐀-鿿]{2,})[县区州旗镇乡]"
)
_BEGINS = r"(?:^|(?<=[，,。；;：:、\s在问们咱家]))"
"""Where 石渡 for 石渡区 stands: such names are words as well (和平, 建设)."""
_WAY = re.compile(r"\b(?:to|from) [A-Z][a-z]+")
_OF_NAMES: WeakKeyDictionary[Names, dict[str, frozenset[str]]] = WeakKeyDictionary()


def of_places(question: str, names: Names) -> frozenset[str]:
    """doc_ids of the documents of the places that a question names."""
    said = (ids for place, ids in _places(names).items() if _is_named(place, question))
    return frozenset[str]().union(*said)


def of_other_places(question: str, names: Names) -> frozenset[str]:
    """doc_ids of the documents of other places than those that a question names; none where it names none."""
    own = of_places(question, names)
    return frozenset[str]().union(*_places(names).values()) - own if own else own


def _places(names: Names) -> dict[str, frozenset[str]]:
    """Place → doc_ids; found once for each state of the index."""
    found = _OF_NAMES.get(names)
    if found is None:
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for doc_id, document in names.documents.items():
            for place in _places_of(document):
                ids[place].add(doc_id)
        found = _OF_NAMES[names] = {place: frozenset(of) for place, of in ids.items()}
    return found


def _places_of(document: IndexedDocument) -> set[str]:
    found = set()
    for name in (document.title.strip("《》"), document.metadata.issuer or ""):
        at = _end(_HEAD.match(name))
        if grounds := _GROUNDS.match(name, at):
            found.add(grounds.group())
        while match := _CHINESE.match(name, at):
            found.add(match.group())
            at = match.end()
        found.update(_ENGLISH.findall(name))
    return found


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


@lru_cache(maxsize=1 << 16)  # every question is held against all places
def _short_forms(place: str) -> tuple[str, str]:
    """What people say anywhere for a Chinese place, 江苏 for 江苏省, and what only at the beginning of a question."""
    short, below = _PROVINCE.fullmatch(place), _BELOW.fullmatch(place)
    return short[1] if short else place, below[1] if below else ""


def _is_named(place: str, question: str) -> bool:
    """Whether a question asks about a place, and not about the way there.

    An English name counts at the beginning only where what follows tells that it is one, for every sentence
    begins with a capital.
    """
    if not place.isascii():
        said, below = _short_forms(place)
        if said in question and re.search(rf"(?<![去到赴往至从驻]){said}", question):
            return True
        return bool(below and below in question and re.search(_BEGINS + below, question))
    if place not in question:
        return False
    return bool(
        re.search(rf"(?<=[^A-Za-z]){place}(?![A-Za-z])", _WAY.sub(" ", question))
        or re.match(rf"{place}(?='s| [A-Z]|[㐀-鿿])", question)
    )
