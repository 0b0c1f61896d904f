"""Made-up files for the tests of the index: read, outlined and chunked by hand, from a seed."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from rag.errors import DocumentError
from rag.index.records import embedded_text
from rag.types import Chunk, Document, Item, Metadata, RemovedSpan, Section, SourceFile

SUBJECTS = ["差旅", "请假", "采购", "数据", "档案", "图书", "会议", "培训", "车辆", "印章", "值班", "保密"]
VERBS = ["审批", "登记", "报销", "备案", "借阅", "移交", "公示", "核对", "盘点", "归还"]
UNITS = ["部门", "科室", "职工", "负责人", "管理员", "申请人", "财务处", "办公室"]
ENGLISH = ["leave", "travel", "approval", "record", "library", "form", "request", "receipt", "budget", "officer"]
ADVERT = "（下载更多请加群12345）"


def sentence(random_: random.Random, word: str) -> str:
    """One clause that holds ``word``."""
    if random_.random() < 0.2:
        return (
            f"The {random_.choice(ENGLISH)} {word} needs {random_.randrange(2, 60)} days of {random_.choice(ENGLISH)}."
        )
    return (
        f"{random_.choice(UNITS)}应当在{random_.randrange(2, 60)}日内完成{random_.choice(SUBJECTS)}{word}"
        f"{random_.choice(VERBS)}，每次不超过{random_.randrange(100, 900)}元。"
    )


def policy_file(
    source: str,
    seed: int,
    *,
    sections: int = 5,
    documents: int = 1,
    year: int | None = None,
    number: str | None = None,
) -> SourceFile:
    """A file whose words depend on source and seed; its word ``marker(source, seed)`` is nowhere else."""
    random_ = random.Random(f"{source} {seed}")
    text, parts = "", []
    for ordinal in range(documents):
        text, document = _document(
            text, random_, f"{source} 第{ordinal + 1}份", marker(source, seed), sections, year, number
        )
        parts.append(document)
    chunks = tuple(_chunks(text, document) for document in parts)
    return SourceFile(
        source=source,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        documents=tuple(parts),
        chunks=chunks,
        page_starts=(0, len(text) // 2),
    )


def marker(source: str, seed: int) -> str:
    """A word of one version of one file."""
    return f"k{hashlib.sha256(f'{source} {seed}'.encode()).hexdigest()[:10]}"


def read_made_up(path: Path, source: str) -> SourceFile:
    """Reader of files that hold ``seed [number of sections]``; ``bad`` cannot be read."""
    words = path.read_text(encoding="utf-8").split()
    if words[:1] == ["bad"]:
        raise DocumentError(f"{path.name}: made to fail")
    seed, options = int(words[0]), dict(word.split("=") for word in words[1:])
    file = policy_file(
        source,
        seed,
        sections=int(options.get("sections", 3)),
        documents=int(options.get("documents", 1)),
        number=options.get("number"),
    )
    return SourceFile(
        source=source,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        text=file.text,
        documents=file.documents,
        chunks=file.chunks,
    )


def content(snapshot):
    """All that a snapshot holds, without ids and generations: source → text, outlines and chunks."""
    found = {}
    for document in snapshot.documents():
        chunks = snapshot.store.document_chunks(document.doc_id)
        found.setdefault(document.source, []).append(
            (snapshot.file_text(document.doc_id), snapshot.outline(document.doc_id), tuple(c.chunk for c in chunks))
        )
    return found


def content_of(files):
    """The same of files, as they were put."""
    return {
        file.source: [
            (file.text, document, chunks) for document, chunks in zip(file.documents, file.chunks, strict=True)
        ]
        for file in files
    }


def texts_of(file: SourceFile) -> list[str]:
    """What is embedded of a file."""
    return [embedded_text(chunk) for chunks in file.chunks for chunk in chunks]


def _document(text, random_, title, word, count, year, number):
    start = len(text)
    text += f"{title}\n\n"
    rows, items, removed = [], [], []
    for n in range(1, count + 1):
        level = 1 if n == 1 else random_.choice([1, 2, 2])
        at = len(text)
        text += f"{n}. {random_.choice(SUBJECTS)}\n"
        body = len(text)
        for _ in range(random_.randrange(1, 4)):
            text += sentence(random_, word)
            if random_.random() < 0.3:
                removed.append(
                    RemovedSpan(start=len(text), end=len(text) + len(ADVERT), text=ADVERT, reason="promotion")
                )
                text += ADVERT
        item = len(text)
        text += f"一是{random_.choice(VERBS)}到位；\n"
        rows.append((n, level, at, body))
        items.append(Item(section=f"s{n}", marker="一是", start=item, end=len(text) - 1))
    end = len(text)
    sections = [
        Section(id="root", parent=None, level=0, number="", heading="", path=(), start=start, end=end, body=start)
    ]
    for i, (n, level, at, body) in enumerate(rows):
        above = next((s for s in reversed(sections) if s.level == level - 1), sections[0])
        level = above.level + 1
        stop = next((a for _, later, a, _ in rows[i + 1 :] if later <= level), end)
        sections.append(
            Section(
                id=f"s{n}", parent=above.id, level=level, number=str(n), heading=text[at:body].split()[-1],
                path=(*above.path, str(n)), start=at, end=stop, body=body, page=1,
            )
        )  # fmt: skip
    metadata = Metadata(year=year, document_number=number, found_at={"year": (start, start + 2)} if year else {})
    document = Document(
        title=title, start=start, end=end, metadata=metadata, sections=tuple(sections),
        items=tuple(items), removed=tuple(removed),
    )  # fmt: skip
    return text, document


def _chunks(text, document):
    chunks = []
    stops = [section.start for section in document.sections[1:]] + [document.end]
    for section, stop in zip(document.sections, stops, strict=True):
        spans, at = [], section.start
        for gone in document.removed:
            if section.start <= gone.start < stop:
                spans.append((at, gone.start))
                at = gone.end
        spans = tuple((a, b) for a, b in [*spans, (at, stop)] if a < b)
        chunks.append(
            Chunk(
                section=section.id, ordinal=len(chunks), start=spans[0][0], end=spans[-1][1], spans=spans,
                text="".join(text[a:b] for a, b in spans), context=f"《{document.title}》 {' '.join(section.path)}",
            )
        )  # fmt: skip
    return tuple(chunks)
