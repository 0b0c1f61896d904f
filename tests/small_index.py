"""A small index for tests of what stands above it: documents written as (path, text) pairs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.index import Index
from rag.testing import HashEmbedder
from rag.types import Chunk, Document, Irregularity, Metadata, Redaction, RemovedSpan, Section, SourceFile

TRAVEL = [
    (("第一章",), "第一章 总则\n"),
    (("第一章", "第一条"), "第一条 为了规范差旅费管理，制定本办法。\n"),
    (("第二章",), "第二章 费用标准\n"),
    (("第二章", "第二条"), "第二条 住宿费每人每天不超过350元，由部门负责人审批。\n"),
    (("第二章", "第三条"), "第三条 伙食补助每人每天100元，按出差天数计发。\n"),
    (("第二章", "第四条"), "第四条 出差应当提前三天申请。全年组织差旅培训X次。\n"),
]
HANDBOOK = [
    (("1",), "1 Annual leave\nEmployees have 20 days of annual leave each year.\n"),
    (("1", "1.1"), "1.1 Requests\nRequests must be made two weeks in advance to the line manager.\n"),
    (("2",), "2 Sick leave\nA medical certificate is required after three days.\n"),
]
ADVERT = "进入范文网站（www.example.com）下载更多，"
MEETING = [
    (("一",), f"一、会议室由办公室统一管理，{ADVERT}使用前须登记。\n"),
    (("二",), "二、会议室每周五下午清洁。\n"),
]


def source_file(source: str, title: str, parts: list[tuple[tuple[str, ...], str]], **metadata: object) -> SourceFile:
    """One document; every part is a section, ``X`` a hidden figure, ``ADVERT`` a removed span."""
    text = f"{title}\n" + "".join(words for _, words in parts)
    root = Section(id="root", parent=None, level=0, number="", heading="", path=(), start=0, end=len(text), body=0)
    starts = [len(title) + 1]
    for _, words in parts:
        starts.append(starts[-1] + len(words))
    sections, chunks = [root], [_chunk("root", 0, 0, starts[0], text, title)]
    removed = [
        RemovedSpan(start=at, end=at + len(ADVERT), text=ADVERT, reason="promotion")
        for at in [text.find(ADVERT)]
        if at >= 0
    ]
    for i, (path, words) in enumerate(parts):
        end = next((starts[j] for j in range(i + 1, len(parts)) if len(parts[j][0]) <= len(path)), len(text))
        heading = words.strip().split("\n")[0].removeprefix(path[-1]).strip(" 、") if "\n" in words.strip() else ""
        section = Section(
            id="/".join(path), parent="/".join(path[:-1]) or "root", level=len(path), number=path[-1],
            heading=heading, path=path, start=starts[i], end=end, body=starts[i] + len(path[-1]),
        )  # fmt: skip
        sections.append(section)
        chunks.append(_chunk(section.id, i + 1, starts[i], starts[i + 1], text, title, removed))
    redactions = tuple(
        Redaction(section=_at(sections, i).id, start=i, end=i + 1) for i, c in enumerate(text) if c == "X"
    )
    document = Document(
        title=title, start=0, end=len(text), metadata=Metadata(**metadata), sections=tuple(sections),
        removed=tuple(removed), redactions=redactions,
        irregularities=(Irregularity(kind="note", message="made for a test", start=0, end=0),),
    )  # fmt: skip
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SourceFile(source=source, sha256=digest, text=text, documents=(document,), chunks=(tuple(chunks),))


def build(folder: Path) -> Index:
    """The three documents above, indexed with the hash embedder."""
    index = Index.open(folder, embedder=HashEmbedder(), chunk_tokens=384, create=True)
    with index.writer() as writer:
        writer.put(source_file("travel.txt", "差旅费管理办法", TRAVEL, year=2024))
        writer.put(source_file("handbook.md", "Leave Handbook", HANDBOOK, year=2023))
        writer.put(source_file("meeting.txt", "会议室使用通知", MEETING, year=2022))
    return index


def _at(sections: list[Section], offset: int) -> Section:
    return [section for section in sections if section.start <= offset < section.end][-1]


def _chunk(
    section: str, ordinal: int, start: int, end: int, text: str, title: str, removed: list[RemovedSpan] | None = None
) -> Chunk:
    spans = [(start, end)]
    for gap in removed or []:
        if start <= gap.start and gap.end <= end:
            spans = [(start, gap.start), (gap.end, end)]
    return Chunk(
        section=section, ordinal=ordinal, start=start, end=end, spans=tuple(spans),
        text="".join(text[a:b] for a, b in spans), context=f"《{title}》",
    )  # fmt: skip
