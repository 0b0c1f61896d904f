"""Asterisks that hide a figure or a name (``检查**次``, ``***县``), apart from Markdown's emphasis.

Chinese officials publish counts and places with asterisks in their stead; to a Markdown parser two
of them in one paragraph are bold type, and the figures vanish. The other way round, CommonMark does
not end emphasis between a Chinese full stop and a character (``**一、总则。**全县``), and the
asterisks would stay.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_RUN = re.compile(r"(?<![\\*])\*{1,8}")
_CHINESE = re.compile("[㐀-鿿，。、；：（）《》“”]")
_UNIT = re.compile(
    "[余多次人名个家项件万亿千百元县市区镇乡村街局年月日号期册场份篇条户支所座台辆部种批处岁届天%％]"
    "|公里|公斤|小时|亩|吨|米"
)
_MASK_STARS = 3
_CLAUSE_END = re.compile("[。；！？]")
_TAGS = {1: ("<em>", "</em>"), 2: ("<strong>", "</strong>")}


def mark_stars(text: str) -> str:
    """One paragraph's Markdown with every asterisk beside Chinese made unmistakable.

    Those that hide something get a backslash, those that emphasise become ``<strong>`` or ``<em>``;
    text without Chinese around its asterisks, and code, is unchanged.
    """
    return "\n".join(_mark_line(line) if "*" in line else line for line in text.split("\n"))


def _mark_line(line: str) -> str:
    code = [match.span() for match in _CODE.finditer(line)] if "`" in line else []
    runs = [run for run in _RUN.finditer(line) if not any(start <= run.start() < end for start, end in code)]
    pieces: list[str] = []
    last = 0
    for run, replacement in zip(runs, _replacements(line, runs), strict=True):
        pieces += [line[last : run.start()], replacement]
        last = run.end()
    return "".join([*pieces, line[last:]])


def _replacements(line: str, runs: list[re.Match[str]]) -> list[str]:
    """What stands for each run: judged in the pairs that emphasis would make of them."""
    found = [run.group() for run in runs]
    index = 0
    while index < len(runs):
        run, after = runs[index], index + 1
        if not any(_touches_chinese(line, near) for near in runs[index : index + 2]):
            index += 1
        elif (
            after < len(runs)
            and len(runs[after].group()) == len(run.group()) < _MASK_STARS
            and _is_emphasis(line, run, runs[after])
        ):
            found[index], found[after] = _TAGS[len(run.group())]
            index += 2
        else:
            found[index] = "\\*" * len(run.group()) if _touches_chinese(line, run) else run.group()
            index += 1
    return found


def _touches_chinese(line: str, run: re.Match[str]) -> bool:
    around = line[max(0, run.start() - 1) : run.start()] + line[run.end() : run.end() + 1]
    return bool(_CHINESE.search(around))


def _is_emphasis(line: str, opener: re.Match[str], closer: re.Match[str]) -> bool:
    """Whether two runs of one or two asterisks enclose emphasised words."""
    inside = line[opener.end() : closer.start()]
    if not inside or inside[0].isspace() or inside[-1].isspace():
        return False
    if _UNIT.match(line, opener.end()) and opener.start() > 0:
        return not _UNIT.match(line, closer.end()) and not _CLAUSE_END.search(inside)
    begins_line = not line[: opener.start()].strip(" #>|-+0123456789.、")
    return begins_line or not _CLAUSE_END.search(inside[:-1])
