"""``[n]`` markers in a draft, and the citations they become. Pure functions, no index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# 国发[2019]4号 holds no marker.
_MARKER = re.compile(
    r"\s*[\[［【]\s*(?:条款|clause\s*)?(\d+(?:\s*[,，、;]\s*\d+)*)\s*[\]］】](?!\s*第?\s*\d+\s*号)", re.IGNORECASE
)
_SECTION_FOR_MARKER = re.compile(r"\s*[\[［【]\s*\d+(?:\.\d+)+\s*[\]］】]")
"""[4.3]: a small model gives the clause's own number for its marker."""
# What small models put around an answer: "依据条款[1]。", "根据条款，…", "回答：…", "Answer: …".
_PREAMBLE = re.compile(
    r"^(?:回答|答案?|Answer)\s*[:：]\s*|^(?:依据|根据)的?(?:上述|以上)?条款(?:编号)?(?:是|为|和|、)*(?:[，,]|[。.]?$)"
    r"|[，,]?(?:依据|根据)条款(?=[。.]?$)|^According to (?:the )?clauses?\s*,\s*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence of a draft without its markers, and the numbers that they named."""

    text: str
    markers: tuple[int, ...]


def split_draft(pieces: Iterable[str]) -> Iterator[DraftSentence]:
    """Sentences of a streamed draft, each as soon as it and its markers are complete.

    Markers may stand before or after the full stop: ``…两次[1]。`` and ``…两次。[1]`` are the same.
    """
    buffer = ""
    for piece in pieces:
        buffer += piece
        while (cut := _complete(buffer)) is not None:
            if sentence := _parse(buffer[:cut]):
                yield sentence
            buffer = buffer[cut:]
    if sentence := _parse(buffer):
        yield sentence


def _complete(buffer: str) -> int | None:
    """Where the first sentence of the buffer ends, markers included; None while that is not sure."""
    for match in _SENTENCE_END.finditer(buffer):
        at = match.end()
        while marker := _MARKER.match(buffer, at):
            at = marker.end()
        rest = buffer[at:].lstrip(" ")
        if not rest or (rest[0] in "[［【" and not re.search(r"[\]］】]", rest)):
            return None
        if buffer[: match.start()].strip():
            return at
    return None


def _parse(text: str) -> DraftSentence | None:
    markers = [int(n) for match in _MARKER.finditer(text) for n in re.findall(r"\d+", match.group(1))]
    words = _PREAMBLE.sub("", _SECTION_FOR_MARKER.sub("", _MARKER.sub("", text)).strip())
    if not re.search(r"\w", words):
        return None
    return DraftSentence(words, tuple(dict.fromkeys(markers)))
