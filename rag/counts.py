"""How many things a list question says there are (哪四个, 十大工程, “三项制度”), and what has as many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.normalize import normalize
from rag.numerals import NUMERAL_CHARS, parse_numeral

_N = rf"\d+|[{NUMERAL_CHARS}]+"
_SAID = re.compile(
    rf"哪(?P<which>{_N})(?!些)|[“\"「'](?P<quoted>{_N})[^\W\d]{{1,6}}[”\"」']"
    rf"|(?<![\d第{NUMERAL_CHARS}.])(?P<great>{_N})大(?![学于小概])"
    r"|\bwhich (?P<english>two|three|four|five|six|seven|eight|nine|ten)\b"
)
_ENGLISH = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FEWEST, _MOST = 2, 30
_SEVERAL = 3
# Things named in a row stand between the marks that end a part of a sentence, with 、 between them.
_PARTS = re.compile(r"[,，。;；:：!！?？()（）\n]")
_HAN = re.compile(r"[㐀-鿿]+")
_COUNTED = re.compile(rf"(?:{_N})(?:大|个|项|条|种|类|点)?[“\"「]?(?P<words>[㐀-鿿]{{2,6}})[”\"」]")
_LONGEST_WORDS, _SHORTEST_WORDS = 6, 3
_LAST_TWO = re.compile(r"[^、]{1,20}(?:以及|和|及|与)[^、]{1,20}$")


def asked_count(text: str) -> int | None:
    """How many things a question, or a sentence, says there are; None where it does not, or not as of a list."""
    match = _SAID.search(normalize(text))
    if match is None:
        return None
    if english := match["english"]:
        return _ENGLISH.index(english) + _FEWEST
    count = parse_numeral(match["which"] or match["quoted"] or match["great"])
    return count if count is not None and _FEWEST <= count <= _MOST else None


def enumerates(text: str, count: int) -> bool:
    """Whether a sentence names ``count`` things in a row (技术、数据、水权和人力资源: four)."""
    for part in _PARTS.split(text):
        named = part.split("、")
        if len(named) > 1 and count in (len(named), len(named) + bool(_LAST_TWO.search(named[-1]))):
            return True
    return False


def names_several(text: str) -> bool:
    """Whether a sentence names three things or more in a row."""
    return any(len(part.split("、")) >= _SEVERAL for part in _PARTS.split(text))


def shared_words(question: str, sentences: Sequence[str], count: int) -> Iterator[str]:
    """Words of a Chinese question that stand in exactly ``count`` of the sentences.

    First what it quotes behind the number (“四个注重”, 五个“当好”), then any, the longest first.
    """
    for quoted in _COUNTED.finditer(normalize(question)):
        if sum(quoted["words"] in sentence for sentence in sentences) == count:
            yield quoted["words"]
    for size in range(_LONGEST_WORDS, _SHORTEST_WORDS - 1, -1):
        for run in _HAN.findall(question):
            for at in range(len(run) - size + 1):
                words = run[at : at + size]
                if sum(words in sentence for sentence in sentences) == count:
                    yield words
