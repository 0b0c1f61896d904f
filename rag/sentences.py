"""Splitting text into sentences, as spans, for Chinese and English."""

from __future__ import annotations

import re

from rag.types import Hit

_SEMICOLONS = "；;"
_BRACKET = re.compile(r"\s*[（(][^（）()]*[)）][。.]?\s*")
_ENDS = re.compile(
    r"""
    (?:[。！？?；;…]|!(?!\[))+[”’」』）)\]"']*   # Chinese full stops, and any script's ! ? ; but not Markdown's ![
    | \.(?=["'”’)\]]*\s+(?:["'“‘(\[]*[A-Z0-9(（一-鿿]|$))["'”’)\]]*   # a full stop before a new sentence
    | \n+
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|No|Nos|Art|Sec|Dr|Mr|Mrs|Ms|vs|cf|St|Inc|Ltd|para|Fig)|\b[A-Z]|^\s*\(?\d+|\n\s*\d+)$"
)

# A table row as readers give it, ``header：cell；header：cell``: its cells belong together.
_CELL = r"[^\n：:；;。]{1,40}(?:：|: )"
# Of a column without a header a row begins with the bare cell: ``Bed and breakfast; Inner London: £165``.
_ROW = re.compile(
    rf"\s*(?:{_CELL}[^\n；;。]*[；;]\s*)+{_CELL}[^\n]*"
    rf"|(?<![^\n])[^\n：:；;。]{{1,40}}[；;]\s*(?:{_CELL}[^\n；;。]*[；;]\s*)*{_CELL}[^\n；;。]*(?![^\n])"
)


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences in ``text[start:end]``, without surrounding white space, in order.

    A sentence ends at Chinese or English end punctuation (with closing quotes and brackets) or at a
    line break; a table row is one sentence. Abbreviations, initials and list numbers (``No.``,
    ``3.``) do not end one.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    row_end = start
    for match in _ENDS.finditer(text, start, end):
        if begin >= row_end and (row := _ROW.match(text, begin, end)):
            row_end = row.end()
        if match.end() < row_end:
            continue
        if match.group().startswith(".") and _ABBREVIATION.search(text[max(begin, match.start() - 12) : match.start()]):
            continue
        _append(spans, text, begin, match.end())
        begin = match.end()
    _append(spans, text, begin, end)
    return spans


def is_row(line: str) -> bool:
    """Whether a line is a row of a table as readers give it."""
    return _ROW.match(line) is not None


def whole_sentence(text: str, hit: Hit, start: int, end: int) -> tuple[int, int]:
    """A part of a sentence with the parts that semicolons join it with and a bracket behind it (……负责), as a span.

    Of such a bracket too, with the sentence that it stands behind.
    """
    line_start, line_end = max(hit.start, text.rfind("\n", hit.start, start) + 1), text.find("\n", end, hit.end)
    for first, last in sentence_spans(text, end, hit.end if line_end < 0 else line_end):
        if text[end - 1] not in _SEMICOLONS and text[first] not in "（(":
            break
        end = last
    for first, last in reversed(sentence_spans(text, line_start, start)):
        if text[last - 1] not in _SEMICOLONS and not _BRACKET.fullmatch(text[start:end]):
            break
        start = first
    return start, end


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
