"""What a clause leaves open: 技师及以上标准另行研究, “the ceiling is set by the Finance Office for each country”.

Such words speak of the very thing that is asked for, so that everything else takes them for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.expectation import expectation_of
from rag.normalize import normalize, tokens
from rag.question import content_tokens
from rag.sentences import whole_sentence

if TYPE_CHECKING:
    from rag.evidence import Sentence
    from rag.index import Snapshot

_OPEN = frozenset(
    ("money", "charge", "percentage", "deadline", "days", "duration", "clock", "date", "telephone", "count", "number")
)
_PART = re.compile(r"[^,，;；。.!！?？]+")
_RELATIVE = re.compile(r",(?= which\b)")
"""A comma that parts nothing: “a monthly limit, which is written in the letter”."""
_LEAVES_OPEN = re.compile(
    r"另行(?:研究|通知|规定|制定|公布|发布|确定|商定|安排|明确|印发|下达)|单独(?:通知|规定|制定|公布)|协商(?:后|确定|一致)|不(?:再)?点名"
    r"|(?:以|按照?|由|在)(?:合同|协议|聘书|通知书|邀请函|聘用合同|任务书|责任书)[中里上]?(?:的)?(?:约定|载明|写明|注明|明确|为准)"
    r"|\b(?:is|are|will be) (?:set|fixed|published|announced|notified|agreed|decided) (?:by|with|separately|each)\b"
    r"|\b(?:is|are|will be) (?:written|stated|shown|given|set out|specified|printed|recorded)"
    r" in (?:the|each|your|his|their)"
    r" (?:letter|contract|agreement|offer|invitation|notice|card|licence|permit|statement|certificate)\b"
    r"|\bto be (?:determined|agreed|announced|confirmed|decided|set)\b|\bseparately\b"
)
_ASKS_NAMES = re.compile(r"哪几[家个所]|哪些(?:单位|部门|企业|公司|地方)|名单")
_NAMES = re.compile(r"名单|点名")


def leaves_open(snapshot: Snapshot, question: str, sentences: Sequence[Sentence]) -> bool:
    """Whether the best sentence says of what is asked for only that it is decided, or told, elsewhere.

    That part of it must share words with the question which no part has that gives a thing of the kind asked for.
    Names that are asked for may be left open anywhere in the clause (具体名单另行通知).
    """
    if not sentences:
        return False
    expected, best, wanted = expectation_of(question), sentences[0], content_tokens(question)
    if _ASKS_NAMES.search(normalize(question)):
        left = (part for part in _parts(best.hit.text) if _LEAVES_OPEN.search(part) and _NAMES.search(part))
        return any(wanted.intersection(tokens(part)) for part in left)
    if expected.kind not in _OPEN:
        return False
    text = snapshot.file_text(best.hit.doc_id)
    parts = _parts(text[slice(*whole_sentence(text, best.hit, best.start, best.end))])
    told = {token for part in parts if expected.is_met_by(part) for token in tokens(part)}
    left = (part for part in parts if _LEAVES_OPEN.search(part) and not expected.is_met_by(part))
    return any(wanted.intersection(tokens(part)) - told for part in left)


def _parts(text: str) -> list[str]:
    return _PART.findall(_RELATIVE.sub(" ", normalize(text)))
