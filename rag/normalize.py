"""One normal form for matching: NFKC, simplified Chinese, lower case; and the lexical tokens.

Normal forms are for comparing and searching only; what is shown and quoted is the text as read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_WORD = re.compile(r"[㐀-鿿豈-﫿𠀀-𯿿]+|[a-z0-9]+(?:[.'_-][a-z0-9]+)*")


def normalize(text: str) -> str:
    """Text in NFKC, simplified Chinese and lower case; lengths may change."""
    return str(_simplifier().convert(unicodedata.normalize("NFKC", text))).lower()


def tokens(text: str) -> list[str]:
    """Lexical tokens: each Chinese character and each pair of neighbours; whole words of Latin script.

    No word segmenter, so no word is lost to a wrong cut; the pairs keep the order of characters.
    """
    found: list[str] = []
    for match in _WORD.finditer(normalize(text)):
        run = match.group()
        if run[0] >= "㐀":
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return found


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
