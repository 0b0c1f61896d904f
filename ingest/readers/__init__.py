"""Readers: one module for each format, found by the file's ending.

A reader takes the bytes and the name to show in messages, and gives the text that everything
quotes. A later format is one more entry in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ingest.readers import limits
from ingest.readers.docx import read_docx
from ingest.readers.html import read_html
from ingest.readers.markdown import read_markdown
from ingest.readers.ofd import read_ofd
from ingest.readers.office import read_doc, read_rtf
from ingest.readers.pdf import read_pdf
from ingest.readers.pictures import read_picture
from ingest.readers.plain import read_plain
from ingest.readers.sheets import read_csv, read_xlsx
from ingest.source import SourceText
from rag.errors import DocumentError

Reader = Callable[[bytes, str], SourceText]

FORMATS: Mapping[str, Reader] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
    ".pdf": read_pdf,
    ".ofd": read_ofd,
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".doc": read_doc,
    ".wps": read_doc,
    ".rtf": read_rtf,
    ".png": read_picture,
    ".jpg": read_picture,
    ".jpeg": read_picture,
    ".tif": read_picture,
    ".tiff": read_picture,
}
"""File ending in lower case → reader."""


def read(path: Path) -> SourceText:
    """The text of one file.

    Raises:
        DocumentError: missing, no permission, no file, an unknown ending, too large, damaged or
            without text; one line says which, and how to mend it.
    """
    return read_data(file_data(path), path.name)


def file_data(path: Path) -> bytes:
    """The bytes of a file that has a reader and is not too large.

    Raises:
        DocumentError: missing, no permission, no file, an unknown ending or too large.
    """
    name = path.name
    try:
        if path.is_dir():
            raise DocumentError(f"{path}: a folder; name one file in it")
        _reader(name)
        if not path.is_file():
            raise DocumentError(f"{name}: no such file, or not a regular file")
        limits.check_size(path.stat().st_size, name, limits.FILE_BYTES)
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{name}: cannot be opened ({error.strerror or error}); check its permissions") from None


def read_data(data: bytes, name: str) -> SourceText:
    """The text of a file's bytes, by the ending of its name.

    Raises:
        DocumentError: an unknown ending, damaged or without text.
    """
    return _reader(name)(data, name)


def _reader(name: str) -> Reader:
    ending = Path(name).suffix
    reader = FORMATS.get(ending.lower())
    if reader is None:
        raise DocumentError(
            f"{name}: no reader for files ending in {ending or 'nothing'}; known: {', '.join(sorted(FORMATS))}"
        )
    return reader
