"""The truth of the address benchmark: what stands under which number, read from the raw lines of a file.

By regular expressions of its own, never by the outline or the address reader, so that a fault is not shared:
第…条 at the start of a line begins an article, a line （…） is a 项, any other line of an article is a 款; 一、 and
（一） in reports; ``7.1.2`` in English headings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

_DIGITS = "零一二三四五六七八九"
NUMERAL = "[〇零一二三四五六七八九十百千]+"
_ARTICLE = re.compile(rf"第({NUMERAL})条(?:之({NUMERAL}))?[\s　]+(.*)")
_DIVISION = re.compile(rf"第({NUMERAL})(章|节|编|分编)[\s　]+(\S.{{0,30}})$")
_ITEM = re.compile(rf"[（(]({NUMERAL})[)）][\s　]*(.*)")
_SUBITEM = re.compile(r"\d{1,2}[.．、]\s*\D")
_PART = re.compile(r"([一二三四五六七八九十]+)、\s*(.+)")
_ENGLISH = re.compile(r"#+\s+(\d+(?:\.\d+)+)\.?\s+(.+)")
_END = re.compile(r"(?:附[：:录件表]|附\s*则?$)")
Key = tuple[str, ...]


@dataclass
class File:
    """One file's truth: address key → words, or several where the file has it several times."""

    source: str
    title: str = ""
    words: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))


def number(printed: str) -> int:
    """Value of a Chinese numeral up to 9999; written here anew, so that a fault is not shared."""
    total = digit = 0
    for c in printed:
        if c in "〇" + _DIGITS:
            digit = 0 if c == "〇" else _DIGITS.index(c)
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[c]
            digit = 0
    return total + digit


def chinese(value: int) -> str:
    """The usual Chinese numeral of 1 to 999."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def lines_of(text: str) -> Iterator[str]:
    """Raw lines without Markdown emphasis and heading marks; a line of zero-width spaces alone is empty."""
    for line in text.replace("\u200b", "").splitlines():
        bare = line.replace("**", "").strip().lstrip("#").strip()
        if bare:
            yield bare


def read_statute(text: str) -> dict[Key, list[str]]:  # noqa: C901 - one branch a kind of line
    """Keys ``("条", n[, sub])``, with ``款 n`` and ``项 n`` below, and ``("章", n)``, ``("节", chapter, n)``."""
    words: dict[Key, list[str]] = defaultdict(list)
    article: list[str] | None = None
    key: Key = ()
    chapter, paragraph = "", 0
    last_item: tuple[Key, ...] = ()
    for line in lines_of(text):
        if match := _ARTICLE.match(line):
            key = ("条", str(number(match[1])), *([str(number(match[2]))] if match[2] else []))
            article, paragraph, last_item = [match[3]], 1, ()
            words[key].append(match[3])
            words[(*key, "款", "1")].append(match[3])
        elif match := _DIVISION.match(line):
            article = None
            value = str(number(match[1]))
            if match[2] == "章":
                chapter = value
                words[("章", value)].append(match[3])
            elif match[2] == "节":
                words[("节", chapter, value)].append(match[3])
        elif article is not None and _END.match(line):
            article = None
        elif article is not None and (match := _ITEM.match(line)):
            value = str(number(match[1]))
            words[(*key, "项", value)].append(match[2])
            words[(*key, "款", str(paragraph), "项", value)].append(match[2])
            last_item = ((*key, "项", value), (*key, "款", str(paragraph), "项", value))
            words[key][-1] += line
            words[(*key, "款", str(paragraph))][-1] += line
        elif article is not None and _SUBITEM.match(line):
            words[key][-1] += line
            words[(*key, "款", str(paragraph))][-1] += line
            for under in last_item:
                words[under][-1] += line
        elif article is not None:
            last_item = ()
            paragraph += 1
            words[(*key, "款", str(paragraph))].append(line)
            words[key][-1] += line
    return words


def read_report(text: str) -> dict[Key, list[str]]:
    """Keys ``("部分", n)`` and ``("部分", n, "项", m)``; the words are those of the first line."""
    words: dict[Key, list[str]] = defaultdict(list)
    part = ""
    for line in lines_of(text):
        if match := _PART.match(line):
            part = str(number(match[1]))
            words[("部分", part)].append(match[2])
        elif part and (match := _ITEM.match(line)):
            words[("部分", part, "项", str(number(match[1])))].append(match[2])
    return words


def read_english(text: str) -> dict[Key, list[str]]:
    """Keys ``("section", "7.1.2")``; the words are the heading's."""
    words: dict[Key, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if match := _ENGLISH.match(line.strip()):
            words[("section", match[1])].append(match[2])
    return words


def read_file(source: str, text: str) -> File | None:
    """The truth of a file, read as what it looks like."""
    for reader, fewest in ((read_statute, 8), (read_english, 3), (read_report, 4)):
        words = reader(text)
        # A number that stands twice (a table of contents, an appended decision) has no single truth.
        clean = {key: found for key, found in words.items() if len(found) == 1 or key[-2] == "项"}
        repeated = {key for key, found in words.items() if len(found) > 1 and key[0] == "条" and "项" not in key}
        clean = {k: w for k, w in clean.items() if not any(k[: len(r)] == r for r in repeated)}
        if len(clean) >= fewest:
            return File(source, words=clean)
    return None
