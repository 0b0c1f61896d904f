"""Which documents still count: one that another document of the index repeals or revises is superseded.

Decided in code before anything is ranked (invariant 6): a model that sees stale text writes stale
figures, whatever its prompt says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from rag.normalize import normalize
from rag.types import IndexedDocument
from rag.years import years_in_name

_MARKS = re.compile(r"[\s《》〈〉“”\"'（）()〔〕\[\]【】]")
_OLD = re.compile(
    r"(?<![折陈破])旧(?=[版法规制例文办标政条细时]|的(?![书货物房楼车电设家报]))|原(?!则|因|件|始|料|籍|价|定|有|文|告|地|来)|(?<![\d日月年天时期周岁前])以前|过去|废止|失效|历史(?:版|文件|规定|上)|当时|修订前"
    r"|\b(?:previous|previously|former|formerly|old|superseded|repealed)\b|\bused to\b"
    r"|\bbefore (?:the )?(?:new|revision|change|amendment|reform|(?:19|20)\d\d)\b"
)


def with_status(documents: Sequence[IndexedDocument]) -> tuple[IndexedDocument, ...]:
    """The documents, those that another one repeals, or is a later revision of, marked ``superseded`` and by which."""
    by_name: dict[str, list[IndexedDocument]] = {}
    for document in documents:
        for name in (document.title, document.metadata.document_number):
            if name:
                by_name.setdefault(_key(name), []).append(document)
    replaced_by: dict[str, str] = {}
    for new in sorted(documents, key=version_date, reverse=True):
        repealed = [old for name in new.metadata.repeals for old in by_name.get(_key(name), ()) if _is_older(old, new)]
        revised = [old for old in by_name.get(_key(new.title), ()) if _revises(new, old)]
        for old in (*repealed, *revised):
            if old.doc_id != new.doc_id:
                replaced_by.setdefault(old.doc_id, new.doc_id)
    return tuple(
        replace(d, superseded_by=replaced_by[d.doc_id], metadata=replace(d.metadata, status="superseded"))
        if d.doc_id in replaced_by
        else d
        for d in documents
    )


def version_date(document: IndexedDocument) -> str:
    """Date (2024-09-01) or year (2024) of the version that a document is, for comparing; ``""`` if nothing tells.

    A revised text gives the dates of its first version too, and of its own often the year only.
    """
    of = document.metadata
    day = of.effective or of.issued or of.adopted or ""
    year = of.year or max(years_in_name(document.title), default=0)
    return max(day, str(year) if year else "")


def out_of_force(documents: Sequence[IndexedDocument]) -> tuple[str, ...]:
    """doc_ids of what is repealed or superseded."""
    return tuple(d.doc_id for d in documents if d.metadata.status in {"superseded", "repealed"})


def asks_for_the_past(question: str) -> bool:
    """Whether a question is about what used to hold."""
    return bool(_OLD.search(normalize(question)))


def _is_older(old: IndexedDocument, new: IndexedDocument) -> bool:
    """A new version often bears the name of the one it repeals, and must not repeal itself or a later one."""
    dates = version_date(old), version_date(new)
    if _key(old.title) == _key(new.title):
        return dates[0] < dates[1]
    return not all(dates) or dates[0] <= dates[1]


def _revises(new: IndexedDocument, old: IndexedDocument) -> bool:
    """Whether a document is a later revision of one of the same name: both go back to the same number or date."""
    was, now = old.metadata, new.metadata
    origins = (was.document_number, now.document_number), (was.adopted or was.issued, now.adopted or now.issued)
    same = any(one and one == other for one, other in origins)
    return bool(same and now.version and version_date(old)[:4] < version_date(new)[:4])


@lru_cache(maxsize=1 << 17)
def _key(name: str) -> str:
    return _MARKS.sub("", normalize(name))
