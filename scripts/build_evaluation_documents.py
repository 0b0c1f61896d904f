"""Writes the evaluation documents that are not plain UTF-8 text, from ``evaluation_documents/`` beside this file.

``python scripts/build_evaluation_documents.py [FOLDER]`` (default ``eval/documents/``). Sources have
the marks that ``build_samples.py`` describes; the same sources give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from build_samples import Page, Word, build

SOURCES = Path(__file__).with_name("evaluation_documents")
DOCUMENTS = Path(__file__).parents[1] / "eval/documents"
BUILDS: dict[str, Word | Page] = {
    "石渡区公共档案管理规定.docx": Word(),
    "青岚市市级机关公务用车管理规定.docx": Word(),
    "青岚市市级机关会议定额标准.html": Page(),
}


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS, BUILDS, SOURCES)
