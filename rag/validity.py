"""Which documents still count: one that another document of the index repeals is superseded.

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

_MARKS = re.compile(r"[\s《》〈〉“”\"'（）()〔〕\[\]【】]")
_OLD = re.compile(
    r"(?<![折陈破])旧|原(?!则|因|件|始|料|籍|价|定|有|文|告|地|来)|(?<![\d日月年天时期周岁前])以前|过去|废止|失效|历史(?:版|文件|规定|上)|当时|修订前"
    r"|\b(?:previous|previously|former|formerly|old|superseded|repealed)\b|\bused to\b"
    r"|\bbefore (?:the )?(?:new|revision|change|amendment|reform|(?:19|20)\d\d)\b"
)


def with_status(documents: Sequence[IndexedDocument]) -> tuple[IndexedDocument, ...]:
    """The documents, those that another one repeals marked ``superseded`` and by which."""
    by_name: dict[str, list[IndexedDocument]] = {}
    for document in documents:
        for name in (document.title, document.metadata.document_number):
            if name:
                by_name.setdefault(_key(name), []).append(document)
    repealed_by: dict[str, str] = {}
    for document in documents:
        for name in document.metadata.repeals:
            for old in by_name.get(_key(name), ()):
                if old.doc_id != document.doc_id and _is_older(old, document):
                    repealed_by.setdefault(old.doc_id, document.doc_id)
    return tuple(
        replace(d, superseded_by=repealed_by[d.doc_id], metadata=replace(d.metadata, status="superseded"))
        if d.doc_id in repealed_by
        else d
        for d in documents
    )


def out_of_force(documents: Sequence[IndexedDocument]) -> tuple[str, ...]:
    """doc_ids of what is repealed or superseded."""
    return tuple(d.doc_id for d in documents if d.metadata.status in {"superseded", "repealed"})


def asks_for_the_past(question: str) -> bool:
    """Whether a question is about what used to hold."""
    return bool(_OLD.search(normalize(question)))


def _is_older(old: IndexedDocument, new: IndexedDocument) -> bool:
    """A new version often bears the name of the one it repeals, and must not repeal itself or a later one."""
    dates = [
        (m.effective or m.issued or m.adopted or (f"{m.year}" if m.year else "")) for m in (old.metadata, new.metadata)
    ]
    return not all(dates) or dates[0] <= dates[1]


@lru_cache(maxsize=1 << 17)
def _key(name: str) -> str:
    return _MARKS.sub("", normalize(name))
