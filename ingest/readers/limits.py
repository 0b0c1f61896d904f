"""How much a file may ask of this machine: sizes, and archives that cannot blow up.

A file over a limit is refused with one line; no reader needs more than 1 GiB of memory within them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from rag.errors import DocumentError

MIB = 1024 * 1024
FILE_BYTES = 256 * MIB
ZIP_ENTRIES = 20_000
ZIP_BYTES = 1024 * MIB
ZIP_RATIO = 250
"""Largest ratio of unpacked to packed size; plain XML reaches about 100."""
PART_BYTES = 48 * MIB
"""Largest XML part: its tree takes some fifteen times as much."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What ``zipfile`` raises on damaged archives (RuntimeError: an encrypted entry)."""


def check_size(size: int, name: str, limit: int, advice: str = "split it into smaller files") -> None:
    """Refuse more than ``limit`` bytes.

    Raises:
        DocumentError: naming size, limit and ``advice``.
    """
    if size > limit:
        raise DocumentError(f"{name}: {size / MIB:.0f} MiB is over the limit of {limit / MIB:.0f} MiB; {advice}")


class Archive:
    """A zip file whose entries are read only within the limits of this module."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except _DAMAGED as error:
            raise DocumentError(
                f"{name}: the file is damaged or cut short ({error}); copy or export it again"
            ) from None
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > ZIP_ENTRIES or unpacked > ZIP_BYTES:
            raise DocumentError(
                f"{name}: unpacks to {len(entries)} entries of {unpacked / MIB:.0f} MiB, over the limit of "
                f"{ZIP_ENTRIES} entries and {ZIP_BYTES / MIB:.0f} MiB; this looks like a zip bomb"
            )
        self.names = frozenset(entry.filename for entry in entries)

    def read(self, part: str) -> bytes:
        """The bytes of one entry.

        Raises:
            DocumentError: missing, damaged, encrypted, or over ``PART_BYTES`` or ``ZIP_RATIO``.
        """
        try:
            entry = self._zip.getinfo(part)
            if entry.file_size > PART_BYTES or entry.file_size > MIB + ZIP_RATIO * entry.compress_size:
                raise DocumentError(
                    f"{self.name}: its part {part} unpacks from {entry.compress_size / MIB:.1f} to "
                    f"{entry.file_size / MIB:.0f} MiB, over the limit of {PART_BYTES / MIB:.0f} MiB and "
                    f"{ZIP_RATIO} to one; this looks like a zip bomb, or split the document"
                )
            return self._zip.read(entry)
        except KeyError:
            raise DocumentError(f"{self.name}: has no part {part}; open it and save it again") from None
        except _DAMAGED as error:
            raise DocumentError(
                f"{self.name}: its part {part} is damaged ({error}); copy or export the file again"
            ) from None

    def xml(self, part: str) -> Any:
        """The root element of an XML entry.

        Raises:
            DocumentError: as ``read``, or the entry is not XML, or it declares a document type
                (office formats forbid it; entity bombs need it).
        """
        return parse_xml(self.read(part), self.name, part)


def parse_xml(data: bytes, name: str, part: str) -> Any:
    """Parse XML without entities, network or document types; the root element."""
    from lxml import etree

    if b"<!DOCTYPE" in data or "<!DOCTYPE".encode("utf-16-le") in data or "<!DOCTYPE".encode("utf-16-be") in data:
        raise DocumentError(f"{name}: its part {part} declares a document type, which an XML bomb needs; refused")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(f"{name}: its part {part} is not sound XML ({error}); save the file again") from None
