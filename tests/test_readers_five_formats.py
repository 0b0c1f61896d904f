"""The same document gives the same lines of text in every format."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import document_formats as formats
import pytest

from ingest.outline import outline
from ingest.readers import FORMATS, read
from ingest.source import SourceText
from rag.errors import DocumentError

DOCUMENTS = {"zh": formats.CHINESE, "en": formats.ENGLISH}


def block_texts(source: SourceText) -> list[str]:
    return [source.text[block.start : block.end] for block in source.blocks]


@pytest.mark.parametrize("ending", formats.FORMATS)
@pytest.mark.parametrize("language", DOCUMENTS)
def test_every_format_gives_the_same_lines(language: str, ending: str, tmp_path: Path) -> None:
    document = DOCUMENTS[language]
    paths = formats.write(document, tmp_path, "制度 文本 📄")
    source = read(paths[ending])
    assert block_texts(source) == formats.lines(document)
    assert source.format == ending


@pytest.mark.parametrize("ending", formats.FORMATS)
@pytest.mark.parametrize("language", DOCUMENTS)
def test_blocks_are_in_order_and_hold_all_text(language: str, ending: str) -> None:
    source = FORMATS[f".{ending}"](formats.FORMATS[ending](DOCUMENTS[language]), "a")
    assert all(before.end < after.start for before, after in pairwise(source.blocks))
    left = list(source.text)
    for block in source.blocks:
        left[block.start : block.end] = " " * (block.end - block.start)
    assert "".join(left).strip() == ""


@pytest.mark.parametrize("ending", ["md", "html", "docx", "pdf"])
@pytest.mark.parametrize("language", DOCUMENTS)
def test_headings_carry_their_level(language: str, ending: str) -> None:
    document = DOCUMENTS[language]
    source = FORMATS[f".{ending}"](formats.FORMATS[ending](document), "a")
    levels = [(source.text[b.start : b.end], b.level) for b in source.blocks if b.kind == "heading"]
    shift = 1 if ending in {"md", "html"} else 0
    wanted = [
        (part.text, part.level + shift)
        for part in document
        if isinstance(part, formats.Part) and (part.kind == "heading" or (part.kind == "title" and ending != "pdf"))
    ]
    assert levels == wanted


@pytest.mark.parametrize("ending", ["md", "html", "docx", "pdf"])
def test_table_rows_are_blocks_of_one_table(ending: str) -> None:
    source = FORMATS[f".{ending}"](formats.FORMATS[ending](formats.CHINESE), "a")
    rows = [(b.kind, b.table, source.text[b.start : b.end]) for b in source.blocks if b.table is not None]
    assert rows == [
        ("table_header", 0, "岗位 | 住宿标准 | 伙食补助"),
        ("table_row", 0, "岗位：科员；住宿标准：每天300元；伙食补助：每天100元"),
        ("table_row", 0, "岗位：处长；住宿标准：每天450元；伙食补助：每天100元"),
    ]


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(b"x")
    with pytest.raises(DocumentError, match=r"a\.xyz: no reader for files ending in \.xyz; known: .*\.docx.*\.pdf"):
        read(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    for path, fault in ((tmp_path / "none.txt", "no such file"), (folder, "folder.txt: a folder; name one file in it")):
        with pytest.raises(DocumentError, match=fault):
            read(path)


OUTLINES = {
    "zh": (
        "差旅费管理办法",
        [
            (1, "第一章", "总则"),
            (2, "第一条", ""),
            (2, "第二条", ""),
            (1, "第二章", "标准"),
            (2, "第三条", ""),
            (3, "一", ""),
            (3, "二", ""),
            (1, "第三章", "附则"),
            (2, "第四条", ""),
            (2, "第五条", ""),
        ],
    ),
    "en": (
        "Annual Leave Policy",
        [(1, "1", "Scope"), (2, "1.1", "Exceptions"), (1, "2", "Entitlement"), (2, "a", ""), (2, "b", "")],
    ),
}


@pytest.mark.parametrize("ending", formats.FORMATS)
@pytest.mark.parametrize("language", DOCUMENTS)
def test_every_format_gives_the_same_outline(language: str, ending: str) -> None:
    data = formats.FORMATS[ending](DOCUMENTS[language])
    (document,) = outline(FORMATS[f".{ending}"](data, "a"))
    found = [(one.level, one.number, one.heading) for one in document.sections[1:]]
    assert (document.title, found) == OUTLINES[language]
