"""A real index of a few files in both languages, one of them a PDF, and the page over it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import pipeline
from ingest.recipe import standard_recipe
from rag.chatbot import Chatbot
from rag.index import Index
from rag.settings import Settings
from rag.testing import HashEmbedder
from ui.intake import PipelineIntake
from ui.page import build_app
from ui.testing import served

SAMPLES = Path(__file__).parents[1] / "samples"
VEHICLES = "vehicle-use-policy.pdf"
TRAVEL = (
    "云溪县差旅费管理办法\n云机管〔2024〕6号\n第一章 总则\n第一条 为规范差旅费管理，制定本办法。\n"
    "第二条 出差应当事先申请，进入范文网站（www.example.com）下载更多范文，经批准后出行。\n第二章 标准\n"
    "第三条 住宿费每人每天不超过350元。\n第四条 超过第三条规定限额的，由个人承担。\n"
)
NOTICE = "报销工作通知\n云机管〔2023〕2号\n一、范围\n住宿费按照《云溪县差旅费管理办法》第三条执行。\n二、时间\n每月10日前报送。\n"
HANDBOOK = (
    "# Staff Handbook\n\n## 1 Annual leave\n\nStaff have 25 days of annual leave.\n\n## 2 Sick leave\n\n"
    "A medical certificate is required after three days. See section 1.\n"
)


@dataclass(frozen=True, slots=True)
class Library:
    """Where the page is, the folder that was added, and the index."""

    address: str
    folder: Path
    index: Index

    def doc_id(self, source: str) -> str:
        """The document of a file."""
        return next(one.doc_id for one in self.index.snapshot().documents() if one.source == source)

    def section(self, source: str, number: str) -> str:
        """The section of a number."""
        sections = self.index.snapshot().sections(self.doc_id(source))
        return next(one.id for one in sections if one.number == number)


@contextlib.contextmanager
def library(folder: Path, more: dict[str, str] | None = None) -> Iterator[Library]:
    """The files added from a folder by the real pipeline, and the page served over them."""
    documents = folder / "documents"
    documents.mkdir()
    for name, words in ({"travel.txt": TRAVEL, "notice.txt": NOTICE, "handbook.md": HANDBOOK} | (more or {})).items():
        (documents / name).write_text(words, encoding="utf-8")
    shutil.copy(SAMPLES / VEHICLES, documents)
    place = folder / "index"
    with Index.open(place, embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        pipeline.add(index, [documents], standard_recipe(HashEmbedder(), 384))

        def make(port: int):
            settings = Settings(index=place, llm="extractive", answer_threshold=0.0, port=port, upload_mb=1)
            bot = Chatbot(settings, index, HashEmbedder, lambda: None)
            return build_app(bot, PipelineIntake(bot))

        with served(make) as address:
            yield Library(address, documents, index)
