"""Text that is struck out: what its writer has taken back is no part of a document, as a tracked deletion is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.readers.lines import tidy

_GAP = re.compile(" {2,}")
_MOST_SHOWN = 3
_LONGEST_SHOWN_CHARS = 30


def closed_up(text: str) -> str:
    """What is left of a text, without the double spaces where words were taken out."""
    return _GAP.sub(" ", text)


def struck_warning(struck: Sequence[str]) -> Iterator[str]:
    """One warning that quotes the first pieces left out; none where nothing with words was."""
    found = [words for piece in struck if (words := " ".join(tidy(piece).split()))]
    if found:
        shown = [words if len(words) <= _LONGEST_SHOWN_CHARS else f"{words[:_LONGEST_SHOWN_CHARS]}…" for words in found]
        yield f"struck-out text was left out: {' / '.join(shown[:_MOST_SHOWN])}" + " …" * (len(found) > _MOST_SHOWN)
