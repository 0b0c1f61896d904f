"""Who issued a document: 市财政局发的…, "issued by the Records Office"."""

from __future__ import annotations

import re
from itertools import islice

from rag.name_units import Units, units
from rag.names import Names
from rag.normalize import normalize

_MAX_PLACES = 16
_ISSUED = re.compile(
    r"(?P<by>由)?(?P<issuer>[㐀-鿿]{2,24}?)(?:联合)?(?:印发|发布|制定|制发|下发|出台|颁布|公布|发)(?:过|了)?的(?![吗么?？]|$)"
    r"|\b(?:issued|published|adopted|released)\s+by\s+(?:the\s+)?(?P<office>[a-z][a-z &'-]{2,60})"
)


def issued_by(question: str, names: Names) -> tuple[tuple[str, ...], bool]:
    """doc_ids of what the issuer that a question names has issued, and whether 由…印发 / "issued by" says so."""
    text = normalize(question)
    best, ids, clear = 0, dict[str, None](), False
    for match in islice(_ISSUED.finditer(text), _MAX_PLACES):
        english = match["office"]
        said = units(english or match["issuer"])
        for issuer, documents in names.issuers.items():
            common = _common_head(said, issuer) if english else _common_tail(said, issuer)
            if common < best or (common < (2 if english else 3) and common < len(issuer)):
                continue
            # Two offices of one name: neither is meant clearly.
            clear = common > best and bool(english or (match["by"] and common >= min(len(issuer), 4)))
            ids = dict.fromkeys((*(ids if common == best else ()), *documents))
            best = common
    return tuple(ids), clear


def _common_tail(said: Units, issuer: Units) -> int:
    """Length of the end that both share; 0 where the places before it differ (市财政局, …县财政局)."""
    count = 0
    while count < min(len(said), len(issuer)) and said[-1 - count] == issuer[-1 - count]:
        count += 1
    differs = count < min(len(said), len(issuer)) and said[-1 - count] in set("省市县区州镇乡村部")
    return 0 if differs else count


def _common_head(said: Units, issuer: Units) -> int:
    return max((n for n in range(1, len(issuer) + 1) if said[:n] == issuer[-n:]), default=0)
