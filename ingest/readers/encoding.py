"""From bytes to characters: strict decoders in a reasoned order, none guessed by statistics alone.

Order: a byte order mark; UTF-8 (random bytes are almost never valid UTF-8); UTF-16 without a mark,
where NULs or Chinese in every second byte show it; GB18030, GBK's and GB 2312's superset; Big5;
Windows-1252. The last three accept much that they did not write, so each must also give characters
in everyday use. Sources: RFC 3629, GB 18030-2022, WHATWG Encoding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from rag.errors import DocumentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF; rename it to .pdf"),
    (b"PK\x03\x04", "a zip archive such as .docx, .xlsx or .ofd; give it its own ending"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word, Excel or WPS file; give it its own ending"),
    (b"{\\rtf", "Rich Text; rename it to .rtf"),
    (b"\x89PNG\r\n\x1a\n", "a picture; it needs text recognition (OCR) first"),
    (b"\xff\xd8\xff", "a picture; it needs text recognition (OCR) first"),
    (b"GIF8", "a picture; it needs text recognition (OCR) first"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!", "a rar archive; unpack it first"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_EVERYDAY_PUNCTUATION = frozenset(
    "　、。·ˉ—～‖…‘’“”〔〕〈〉《》「」『』【】〖〗①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤ×÷±°℃§№★●○■□△▲→←↑↓％¥￥€®©™–•"
)
# What ，：； and 。、《 become in UTF-8 that some program took for GBK; no text of today has these characters often.
_GARBLED = re.compile("[锛銆]")
_FEWEST_SIGNS = 20
_SAMPLE = 200_000
_MOST_CONTROL = 0.003
_MOST_NUL = 0.05
_MOST_BROKEN = 0.001


def decode(data: bytes, name: str, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The characters of ``data`` without a byte order mark, and warnings.

    ``declared`` is what the format itself says (HTML's ``meta``); it is believed if it fits.

    Raises:
        DocumentError: empty, binary, or in no encoding known here.
    """
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise DocumentError(f"{name}: this is not a text file but {what}")
    text, warnings = _characters(data, name, declared)
    if len(_CONTROL.findall(text[:_SAMPLE])) > max(2, _MOST_CONTROL * min(len(text), _SAMPLE)):
        raise DocumentError(f"{name}: this is a binary file, not text; convert it to text or give it its own ending")
    if not text.strip():
        raise DocumentError(f"{name}: the file holds only white space")
    if garbled := garbled_span(text):
        first, last = (text.count("\n", 0, at) + 1 for at in garbled)
        warnings += (
            f"garbled from line {first} to line {last}: "
            "UTF-8 that another program took for GBK (锛 for ，, 銆 for 。); it is left out, so get the original file",
        )
    return text, warnings


def garbled_span(text: str) -> tuple[int, int] | None:
    """Where lines stand that are UTF-8 read as GBK by some other program; None where there are none to speak of."""
    signs = [match.start() for match in _GARBLED.finditer(text)]
    if len(signs) < _FEWEST_SIGNS:
        return None
    end = text.find("\n", signs[-1])
    return text.rfind("\n", 0, signs[0]) + 1, len(text) if end < 0 else end


def _characters(data: bytes, name: str, declared: str | None) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding, name)
    if declared:
        text = _strict(data, _superset(declared))
        if text is not None:
            return text, ()
    for encoding, plausible in _ORDER:
        text = _strict(data, encoding)
        if text is not None and plausible(text[:_SAMPLE]):
            return text, ()
    for encoding, plausible in _ORDER[:1] + _ORDER[3:4]:
        text = data.decode(encoding, errors="replace")
        broken = text.count("\ufffd")
        if broken <= max(1, _MOST_BROKEN * len(text)) and plausible(text[:_SAMPLE].replace("\ufffd", "")):
            return text, (f"{broken} characters are damaged (read as {encoding.upper()}) and stand as \ufffd",)
    raise DocumentError(f"{name}: not text in UTF-8, UTF-16, GB18030, Big5 or Windows-1252; save it again as UTF-8")


def _marked(data: bytes, encoding: str, name: str) -> tuple[str, tuple[str, ...]]:
    text = _strict(data, encoding)
    if text is not None:
        return text, ()
    text = data.decode(encoding, errors="replace")
    broken = text.count("\ufffd")
    if broken > max(1, _MOST_BROKEN * len(text)):
        raise DocumentError(f"{name}: begins as {encoding.upper()} but is not; save it again as UTF-8")
    return text, (f"{broken} characters are damaged (read as {encoding.upper()}) and stand as \ufffd",)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _superset(declared: str) -> str:
    name = declared.strip().lower()
    if name in {"gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936"}:
        return "gb18030"
    return "cp1252" if name in {"iso-8859-1", "latin1", "ascii", "us-ascii"} else name


def _no_nul(text: str) -> bool:
    return text.count("\0") <= _MOST_NUL * len(text)


def _everyday(text: str, charset: str, first: int, last: int) -> float:
    """Share of the non-ASCII characters that are in everyday use: Chinese of the charset's first level, punctuation."""
    strange = [char for char in text if char > "\x7f"]
    if not strange:
        return 1.0
    known = sum(
        char in _EVERYDAY_PUNCTUATION or "\uff01" <= char <= "\uff5e" or first <= _lead_byte(char, charset) <= last
        for char in strange
    )
    return known / len(strange)


def _lead_byte(char: str, charset: str) -> int:
    encoded = char.encode(charset, errors="ignore")
    return encoded[0] if len(encoded) == 2 else 0


def everyday_chinese(text: str) -> float:
    """Share of the non-ASCII characters of ``text`` that are everyday simplified Chinese (GB 2312 level 1) or marks."""
    return _everyday(text, "gb2312", 0xB0, 0xD7)


def _utf16(text: str) -> bool:
    return _no_nul(text) and not _CONTROL.search(text) and everyday_chinese(text) >= 0.7


def _gb(text: str) -> bool:
    return _no_nul(text) and everyday_chinese(text) >= 0.7


def _big5(text: str) -> bool:
    return _no_nul(text) and _everyday(text, "big5", 0xA4, 0xC6) >= 0.8


def _western(text: str) -> bool:
    """Latin text: few letters outside ASCII, and those are letters or typographic marks."""
    strange = [char for char in text if char > "\x7f"]
    return _no_nul(text) and len(strange) <= 0.15 * len(text) and not re.search("[\x80-\x9f]", text)


_ORDER: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("utf-8", _no_nul),
    ("utf-16-le", _utf16),
    ("utf-16-be", _utf16),
    ("gb18030", _gb),
    ("big5", _big5),
    ("cp1252", _western),
)
