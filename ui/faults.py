"""What went wrong, in the visitor's language.

Faults and warnings are raised in English, one line each, for the command line shows them too. Here their
sentences are recognised by their fixed words and said in Chinese (``ui.fault_words``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape

from ui.fault_words import CHINESE
from ui.strings import Language

_LONGEST_CHARS = 4000
"""No message of ours comes near; a name inside one may be as long as a hostile file likes."""
_HOLE = re.compile(r"( ?)\{(\d+)(:zh)?\}( ?)")


def fault_text(message: str, language: Language) -> str:
    """The message in ``language``; one that is not ours is left as it is. Plain text, not HTML.

    Names, numbers, paths and what other programs say inside it stay as they are. The file's name
    may stand before a message that has one, or not.
    """
    if language == "en" or len(message) > _LONGEST_CHARS:
        return message
    for pattern, words in _patterns():
        if match := pattern.fullmatch(message):
            where, *values = match.groups()
            said = _said(words, values)
            return said if where is None else f"{where}：{said}"
    return message


def fault_html(message: str, language: Language) -> str:
    """The message as a paragraph that is read out at once."""
    return f'<p class="note is-error" role="alert">{escape(fault_text(message, language))}</p>'


def _said(words: str, values: Sequence[str]) -> str:
    """The Chinese words with the values put in, without the space that Chinese does not want beside Chinese."""

    def put(hole: re.Match[str]) -> str:
        before, number, phrase, after = hole.groups()
        value = fault_text(values[int(number)], "zh") if phrase else values[int(number)]
        return f"{'' if _is_wide(value[:1]) else before}{value}{'' if _is_wide(value[-1:]) else after}"

    return _HOLE.sub(put, words)


def _is_wide(char: str) -> bool:
    """Whether a character is Chinese or a Chinese mark."""
    return char >= "\u2e80"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every sentence as a pattern, with its Chinese; those with most words of their own first."""
    longest_first = sorted(CHINESE.items(), key=lambda entry: -len(entry[0].replace("{}", "")))
    return tuple((_pattern(english), words) for english, words in longest_first)


def _pattern(english: str) -> re.Pattern[str]:
    """Group 1 is the file's name before the sentence, the others its holes.

    A hole ends where the next words first stand, the last one where they last stand, and no other end is tried
    (an atomic group): a name that repeats those words a thousand times costs no more than any other.
    """
    own = english.removeprefix("{}: ")
    named = own != english
    first, *others = map(re.escape, own.split("{}"))
    parts = ["(?:(.+?): )??" if named else "()??", first]
    for n, words in enumerate(others, start=1):
        # A value that opens the sentence would take the name in.
        char = "(?:(?!: ).)" if n == 1 and named and not first else "."
        parts.append(f"(?>({char}{'*' if n == len(others) else '*?'}){words})")
    return re.compile("".join(parts), re.DOTALL)
