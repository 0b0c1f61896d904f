"""Plain text: as read, one block a line; form feeds part pages."""

from __future__ import annotations

import re

from ingest.readers import limits
from ingest.readers.encoding import decode
from ingest.source import Block, SourceText
from rag.errors import DocumentError

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")
_PAGE_END = "\f"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LINE = re.compile(r"[^\s](?:[^\n]*[^\s])?")
LIMIT_BYTES = 128 * limits.MIB
LIMIT_LINES = 2_000_000


def read_plain(data: bytes, name: str) -> SourceText:
    """The decoded text, unchanged but for line ends (all become line feeds) and control characters (dropped).

    White space and empty lines stay; a block is a line without the white space around it. A page begins behind
    each form feed, which becomes a line feed too.

    Raises:
        DocumentError: empty, too large, binary, or in an unknown encoding.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    text, warnings = decode(data, name)
    text, dropped = _CONTROL.subn("", _LINE_ENDS.sub("\n", text))
    pages = _page_starts(text)
    text = text.replace(_PAGE_END, "\n")
    if text.count("\n") > LIMIT_LINES:
        raise DocumentError(f"{name}: more than {LIMIT_LINES} lines; split the file")
    if dropped:
        warnings += (f"{dropped} control characters dropped",)
    blocks = tuple(Block(start=match.start(), end=match.end()) for match in _LINE.finditer(text))
    if not blocks:
        raise DocumentError(f"{name}: the file holds only white space")
    return SourceText(text=text, blocks=blocks, format="txt", page_starts=pages, warnings=warnings)


def _page_starts(text: str) -> tuple[int, ...]:
    """Where pages begin; () for a text without form feeds, or with none but at its end."""
    ends = [at for at, char in enumerate(text.rstrip()) if char == _PAGE_END]
    return (0, *(at + 1 for at in ends)) if ends else ()
