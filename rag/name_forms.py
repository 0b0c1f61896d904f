"""What one document is called: its title, the parts of it that name a document, its number, its file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.name_units import Units, units
from rag.normalize import normalize
from rag.types import IndexedDocument

_BRACKETED = re.compile(r"[(（〔\[【][^()（）〔〕\[\]【】]*[)）〕\]】]")
_STATE = "中华人民共和国"
_ISSUES = re.compile(
    r"(?:关于)?(?:印发|发布|公布|下发|转发)(?:《(?P<quoted>.+)》|(?P<bare>[^《》]+?))的(?:通知|公告|决定)$"
)
_VERSION = re.compile(
    r"(?<!\d)(?:19|20)\d\d\s*(?:年度|年版|年|版)?|修订版?|试行|暂行|新版|旧版|\b(?:edition|version|revised)\b"
)
_JOINED = re.compile(r"暨|以?及|[和与]|\s(?:and|&)\s")
_GENRES = (
    "办法 规定 条例 细则 制度 规则 通知 方案 计划 要点 意见 标准 标准表 指南 手册 章程 规范 规程 预案 公告"
    " 通告 总结 报告 讲话 问答 决定 纪要 准则 指引 解释 守则 公约 规划 清单 目录 流程 法典"
    " policy policies handbook guideline guidelines guide manual procedure procedures plan schedule"
    " code regulation regulations rule rules act directive charter standard"
    " standards notice strategy protocol agreement bylaws"
)
_GENRE_UNITS = {units(word) for word in _GENRES.split()}


@dataclass(frozen=True, slots=True)
class Called:
    """The names of one document."""

    core: Units
    """The name that its versions share: the title without state, year and edition."""
    forms: frozenset[Units]
    exact: frozenset[Units]
    """Those of the forms that are no other document's: its number and its file's name."""
    statute: Units
    """民法典 of 中华人民共和国民法典; ``()`` for what is no statute."""
    titles: tuple[Units, ...]
    """What shortened names are compared with: the title, or what it issues, first; then those parts of it that are
    documents too, such as the summary of 2022年工作总结暨2023年工作计划."""


def names_of(document: IndexedDocument) -> Called:
    """What a document is called."""
    title = normalize(document.title).strip("《》 ")
    short = _BRACKETED.sub(" ", title).strip()
    core = units(_VERSION.sub(" ", short).removeprefix(_STATE))
    issues = _ISSUES.search(short)
    issued = (issues["quoted"] or issues["bare"]) if issues else short
    first = _first_of(issued)
    path = PurePosixPath(document.source.replace("\\", "/"))
    exact = {units(document.metadata.document_number or ""), units(path.name)} - {()}
    without_state = units(short.removeprefix(_STATE))
    forms = {units(title), units(short), without_state, core, units(issued), *first, *exact, units(path.stem)}
    return Called(
        core=core or units(title) or (document.doc_id,),
        forms=frozenset(forms),
        exact=frozenset(exact),
        statute=without_state if title.startswith(_STATE) and len(without_state) in {2, 3} else (),
        titles=(units(issued), *first),
    )


def _first_of(title: str) -> tuple[Units, ...]:
    """The first of two documents that a title joins, where both are named by their kind."""
    for joint in _JOINED.finditer(title):
        first, second = units(title[: joint.start()]), units(title[joint.end() :])
        if genre_at_end(first) and genre_at_end(second) and not title.startswith("关于"):
            return (first,)
    return ()


def genre_at_end(name: Units) -> Units:
    """The kind of document that a name ends with; the longest: 标准表, not 表."""
    return next((name[-n:] for n in (3, 2, 1) if len(name) >= n and name[-n:] in _GENRE_UNITS), ())
