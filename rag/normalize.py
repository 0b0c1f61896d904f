"""One normal form for matching: NFKC, simplified Chinese, lower case; and the lexical tokens.

Normal forms are for comparing and searching only; what is shown and quoted is the text as read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from rag.numerals import measured_numbers

_MIN_STEMMED_CHARS = 4
_JOINT = re.compile(r"[-_']")
_WORD = re.compile(r"[㐀-鿿豈-﫿𠀀-𯿿]+|[a-z0-9]+(?:[.'_-][a-z0-9]+)*")


def normalize(text: str) -> str:
    """Text in NFKC, simplified Chinese and lower case; lengths may change."""
    return str(_simplifier().convert(unicodedata.normalize("NFKC", text))).lower()


def tokens(text: str) -> list[str]:
    """Lexical tokens: each Chinese character and each pair of neighbours; stems of words of Latin script.

    No word segmenter, so no word is lost to a wrong cut; the pairs keep the order of characters.
    A hyphened word stands whole and in its parts. Numbers that are written in several ways follow
    in one form (``2次`` for 两次 and 2次, ``100000元`` for 10万元).
    """
    normal = normalize(text)
    found: list[str] = []
    for match in _WORD.finditer(normal):
        run = match.group()
        if run[0] >= "㐀":
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.extend(_latin_tokens(run))
    found.extend(measured_numbers(normal))
    return found


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of an English word in lower case (Porter's second algorithm); other words as they are."""
    if len(word) < _MIN_STEMMED_CHARS or not word.isascii() or not word.isalpha():
        return word
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1 << 16)
def _latin_tokens(word: str) -> tuple[str, ...]:
    whole = word.removesuffix("'s")
    parts = [part for part in _JOINT.split(whole) if part]
    if len(parts) < 2:
        return (stem(whole),)
    return (whole, *(stem(part) for part in parts))


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english", 0)


def length(text: str) -> float:
    """Length in Chinese characters; a letter of a Latin word counts as two fifths of one."""
    return sum(0.4 if c.isascii() else 1.0 for c in text)
