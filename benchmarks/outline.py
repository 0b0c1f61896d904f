"""Heading precision, recall and F1 of the outline reader: on Markdown documents, or on annotated files.

Run: ``python benchmarks/outline.py FOLDER [--as txt|md] [--worst 10] [--json FILE]``
or: ``python benchmarks/outline.py --gold FOLDER --source FOLDER``.

With FOLDER the truth is the Markdown itself: its headings, and in Chinese statutes the 条 and the 项
（一） below them. ``--as md`` reads the file as it is; ``--as txt`` strips the markup and reads plain
text, where only headings that carry a number, or stand in capitals, can be told from other lines: only
they are asked for, and the entries of the Markdown's own ordered lists neither count for nor against.

With ``--gold`` the truth was written by hand: ``STEM.json`` holds ``[{"number", "level", "heading",
"line"}]`` for the file ``STEM.*`` in the source folder, and ``STEM.removed.json``, where it is there,
``[{"line", "text"}]``, the spans that cleaning has to remove, exactly.

A heading is right when number, level and words are all right (annotated plain text: the line, too).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.outline import outline
from ingest.readers import read
from rag.types import Section

_N = "〇零一二三四五六七八九十百千两"
_ATX = re.compile(r" {0,3}(#{1,6})[ \t\u3000]+(.*?)[ \t#]*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_UNIT = re.compile(rf"(第[{_N} \u3000]+(?:分编|编|章|节))[ \t\u3000]*(.*)")
_ARTICLE = re.compile(rf"\**(第[{_N}]+条(?:之[{_N}]+)?)\**[ \t\u3000]")
_CLAUSE = re.compile(rf"[（(]([{_N}]+)[)）]")
_APPENDIX = re.compile(r"附[ \u3000]*(?:录|件|表)[ \u3000]*\d*[:：]?$")
_NUMBERED = re.compile(
    r"(?P<number>(?:Article|Section|Chapter|Part|Annex|Appendix|Schedule)\s+[\dIVXLC.A-Z]+?(?=[\s.:—–-]|$)|\d+(?:\.\d+)+|\d+(?=[.)]\s)|[A-Z](?=\.\s)|[IVX]+(?=\.\s)"
    rf"|[{_N}]+(?=[、.．])|[（(][{_N}\d]+[)）])[.:)、．]?\s*(?P<words>.*)"
)
_INLINE = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?|<[^>]+>|\*\*|__|`|\{[#:%][^}]*\}|(?<!\w)[*_]|[*_](?!\w)")
_ENTITIES = {"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&rsquo;": "’", "&quot;": '"'}

Heading = tuple[str, int, str]
"""Number, level, words."""
Found = tuple[str, int, str] | tuple[str, int, str, int]
"""The same, for annotated files with the line."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one file: right, falsely found, missed."""

    name: str
    right: int
    false: tuple[Found, ...]
    missed: tuple[Found, ...]

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        found = 2 * self.right + len(self.false) + len(self.missed)
        return 2 * self.right / found if found else 1.0


def true_headings(markdown: str) -> list[Heading]:
    """Number, level and words of every heading; the title, a lone first ``#``, is not one."""
    lines = _body(markdown)
    marks = [match for line in lines if (match := _ATX.match(line))]
    titled = _titled(lines, marks)
    statute = any(_ARTICLE.match(line) for line in lines)
    found: list[Heading] = []
    levels: list[int] = []
    below = 0
    for line in lines:
        mark = _ATX.match(line)
        if mark:
            if titled > 0:
                titled -= 1
                continue
            while levels and levels[-1] >= len(mark[1]):
                levels.pop()
            levels.append(len(mark[1]))
            below = 0
            words = _words(mark[2])
            if words:
                found.append(_heading(words, len(levels)))
        elif statute:
            below = _statute_line(line.strip(" \u3000"), levels, below, found)
    return found


def _titled(lines: list[str], marks: list[re.Match[str]]) -> int:
    """How many headings at the top are the title: one that nothing stands before or above; two ``#`` in a row."""
    if not marks or any(line.strip() for line in lines[: lines.index(marks[0].string)]):
        return 0
    levels = [len(mark[1]) for mark in marks]
    if (
        min(levels) < levels[0]
        or (levels[0] > 1 and levels.count(levels[0]) > 1)
        or (levels[0] > 1 and len(levels) == 1)
    ):
        return 0
    return 2 if levels[:2] == [1, 1] and levels.count(1) == 2 and _UNIT.match(_words(marks[1][2])) is None else 1


def _body(markdown: str) -> list[str]:
    text = re.sub(r"\A\ufeff?---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    kept: list[str] = []
    fenced = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            kept.append(line)
    return kept


def _words(text: str) -> str:
    for entity, char in _ENTITIES.items():
        text = text.replace(entity, char)
    return " ".join(_INLINE.sub(r"\1", text).split())


def _numbered(words: str) -> tuple[str, str]:
    unit = _UNIT.match(words)
    if unit:
        return re.sub(r"\s", "", unit[1]), unit[2]
    match = _NUMBERED.match(words)
    if match:
        return match["number"].strip("（）()"), match["words"]
    return "", words


def _heading(words: str, level: int) -> Heading:
    number, rest = _numbered(words)
    return number, level, _comparable(rest)


def _statute_line(line: str, levels: list[int], below: int, found: list[Heading]) -> int:
    """Adds an article or a clause; ``below`` is how deep the clauses under it stand."""
    article = _ARTICLE.match(line)
    if article:
        found.append((article[1], len(levels) + 1, ""))
        return len(levels) + 2
    if _APPENDIX.match(line):
        return 0
    clause = _CLAUSE.match(line)
    if clause and below:
        found.append((clause[1], below, ""))
    return below


def _comparable(words: str) -> str:
    words = re.sub(r"\[\d+\]|[\[\]`]", "", words)  # links that the document does not define
    return re.sub(r"\s+", " ", words).strip(" \t:：;；,，、。.—–-*_")


def strip_markup(markdown: str) -> str:
    """The Markdown as plain text: what a person would copy from the page."""
    lines = [re.sub(r"^ {0,3}#{1,6}[ \t\u3000]+", "", line) for line in _body(markdown)]
    return "\n".join(lines).replace("**", "")


def score(path: Path, form: str) -> Score:
    """Reads one Markdown file as ``txt`` or ``md`` and compares its outline with the truth."""
    markdown = path.read_text(encoding="utf-8-sig")
    truth = true_headings(markdown)
    if form == "md":
        return _compared(path.name, truth, _found(path))
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / f"{path.stem}.txt"
        plain.write_text(strip_markup(markdown), encoding="utf-8")
        found = _found(plain)
    listed = set(_ordered_entries(markdown))
    carried = carried_headings(truth)
    return _compared(path.name, carried, [one for one in found if one in carried or (one[0], one[2]) not in listed])


def carried_headings(truth: list[Heading]) -> list[Heading]:
    """The headings that plain text carries, at the level that they have among themselves.

    A heading without number leaves no trace unless it stands in capitals. ``13.1.1`` stands below
    ``13.1`` even where the markup gives both the same level: the number is all that is left.
    """
    kept: list[Heading] = []
    open_: list[tuple[int, str, bool]] = []
    for number, level, words in truth:
        while open_ and open_[-1][0] >= level:
            if number.startswith(f"{open_[-1][1]}.") and open_[-1][1]:
                break
            open_.pop()
        carried = bool(number) or _is_capitals(words)
        open_.append((level, number, carried))
        if carried:
            kept.append((number, sum(stays for _, _, stays in open_), words))
    return kept


def _is_capitals(words: str) -> bool:
    return words.isupper() and words.isascii() and any(len(word) > 3 for word in words.split())


def _ordered_entries(markdown: str) -> Iterator[tuple[str, str]]:
    """Number and words, as a heading would have them, of the entries of ordered lists."""
    for line in strip_markup(markdown).split("\n"):
        entry = re.match(r"[ >]*(?:[-*] )?(\d+|[a-zA-Z]|[ivx]+)[.)]\s+(.*)", line)
        if entry is not None:
            sentence = re.split(r"[.!?](?=\s+[A-Z“\"(]|$)", entry[2])[0]
            yield entry[1], _comparable(sentence)
            yield entry[1], _comparable(entry[2])


def gold_score(gold: Path, source: Path) -> Score:
    """Compares the outline of one annotated file with its annotation."""
    truth = [(one["number"], one["level"], one["heading"], one["line"]) for one in _json(gold)]
    read_source = read(source)
    documents = outline(read_source)
    removed = gold.with_suffix(".removed.json")
    by_line = read_source.format == "txt"
    line_of = _Lines(read_source.text)
    found = [
        (one.number, one.level, _comparable(one.heading), line_of(one.start) if by_line else 0)
        for document in documents
        for one in document.sections[1:]
    ]
    wanted = [(number, level, _comparable(words), line if by_line else 0) for number, level, words, line in truth]
    if removed.is_file():
        wanted += [("removed", 0, one["text"].strip(), one["line"]) for one in _json(removed)]
        found += [
            ("removed", 0, one.text.strip(), line_of(one.start))
            for document in documents
            for one in document.removed
            if one.reason != "toc"
        ]
    return _compared(source.name, wanted, found)


def _json(path: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


class _Lines:
    """The line, from 1, in which an offset stands."""

    def __init__(self, text: str) -> None:
        self.breaks = [index for index, char in enumerate(text) if char == "\n"]

    def __call__(self, offset: int) -> int:
        return bisect_left(self.breaks, offset) + 1


def _compared(name: str, truth: Sequence[Found], found: Sequence[Found]) -> Score:
    wanted, got = Counter(truth), Counter(found)
    return Score(
        name=name,
        right=(wanted & got).total(),
        false=tuple((got - wanted).elements()),
        missed=tuple((wanted - got).elements()),
    )


def _found(path: Path) -> list[Heading]:
    sections: list[Section] = []
    for document in outline(read(path)):
        sections.extend(s for s in document.sections[1:] if not _under_appendix(s))
    return [(s.number, s.level, _comparable(s.heading)) for s in sections]


def _under_appendix(section: Section) -> bool:
    return section.path[0].startswith("附")


def _gold_scores(gold: Path, source: Path) -> Iterator[Score]:
    sources = {path.stem: path for path in source.iterdir() if path.is_file()}
    for path in sorted(gold.glob("*.json")):
        if path.name.endswith(".removed.json"):
            continue
        if path.stem not in sources:
            raise SystemExit(f"{path}: no file {path.stem}.* in {source}")
        yield gold_score(path, sources[path.stem])


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the worst errors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="Markdown documents")
    parser.add_argument("--as", dest="form", choices=("txt", "md"), default="txt")
    parser.add_argument("--gold", type=Path, help="folder of annotations, STEM.json")
    parser.add_argument("--source", type=Path, help="folder of the annotated files")
    parser.add_argument("--worst", type=int, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    if (options.folder is None) == (options.gold is None) or (options.gold is None) != (options.source is None):
        parser.error("give either FOLDER, or --gold FOLDER and --source FOLDER")
    if options.gold is not None:
        scores = list(_gold_scores(options.gold, options.source))
    else:
        scores = [score(path, options.form) for path in sorted(options.folder.rglob("*.md"))]
    _report(scores, options.worst, options.json)
    return 0


def _report(scores: Sequence[Score], worst: int, as_json: Path | None) -> None:
    out = sys.stdout
    out.write(f"{'file':56} {'right':>6} {'false':>6} {'missed':>6} {'F1':>7}\n")
    for one in scores:
        out.write(f"{one.name[:56]:56} {one.right:6} {len(one.false):6} {len(one.missed):6} {one.f1:7.4f}\n")
    total = Score(
        "all", sum(s.right for s in scores), sum((s.false for s in scores), ()), sum((s.missed for s in scores), ())
    )
    right, false, missed = total.right, len(total.false), len(total.missed)
    precision = right / (right + false) if right + false else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    out.write(
        f"\nprecision {precision:.4f}  recall {recall:.4f}  F1 {total.f1:.4f}"
        f"  files {len(scores)}  headings {right + missed}\n"
    )
    for one in sorted(scores, key=lambda s: s.f1)[:worst]:
        for kind, headings in (("false", one.false), ("missed", one.missed)):
            for heading in headings[:3]:
                out.write(f"  {kind:6} {one.name[:40]:40} {heading}\n")
    if as_json is not None:
        as_json.write_text(
            json.dumps({"precision": precision, "recall": recall, "f1": total.f1}, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    raise SystemExit(main())
