"""Speed of cleaning and outline together, on synthetic text of growing size, on one core.

Run: ``python benchmarks/outline_speed.py [1 10 100]`` (sizes in MB of UTF-8). Linear means that the
rate stays the same.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.nodes import plain_source
from ingest.outline import outline

_DIGITS = "零一二三四五六七八九"
_WORDS = (
    "加强",
    "完善",
    "落实",
    "工作",
    "制度",
    "单位",
    "人员",
    "经费",
    "管理",
    "服务",
    "检查",
    "培训",
    "档案",
    "采购",
)


def synthetic(size_mb: float) -> str:
    """Rules of a few thousand characters each, one after another, up to the size."""
    random_words = random.Random(7)
    parts: list[str] = []
    size = 0
    while size < size_mb * 1e6:
        rule = _rule(len(parts), random_words)
        size += len(rule.encode())
        parts.append(rule)
    return "\n".join(parts)


def _rule(number: int, words: random.Random) -> str:
    lines = [f"第{number}号管理办法", f"某办〔2023〕{number + 1}号"]
    article = 0
    for chapter in range(1, 6):
        lines.append(f"第{_DIGITS[chapter]}章 {_phrase(words, 2)}")
        for _ in range(4):
            article += 1
            lines.append(f"第{_numeral(article)}条 {_phrase(words, 20)}，依照第{_numeral(max(1, article - 1))}条办理。")
            lines.extend(f"（{_DIGITS[clause]}）{_phrase(words, 8)}；" for clause in range(1, 4))
            lines.append(_phrase(words, 40) + "。一是" + _phrase(words, 6) + "。二是" + _phrase(words, 6) + "。")
    return "\n".join(lines) + "\n"


def _phrase(words: random.Random, count: int) -> str:
    return "".join(words.choice(_WORDS) for _ in range(count))


def _numeral(value: int) -> str:
    tens, ones = divmod(value, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def main() -> int:
    """Prints one line for each size."""
    parser = argparse.ArgumentParser(description="Speed of cleaning and outline together, on one core.")
    parser.add_argument("sizes_mb", nargs="*", type=float, default=[1, 10, 100], help="default: 1 10 100")
    for size_mb in parser.parse_args().sizes_mb:
        text = synthetic(size_mb)
        source = plain_source(text)
        begin = time.process_time()
        documents = outline(source)
        seconds = time.process_time() - begin
        megabytes = len(text.encode()) / 1e6
        sections = sum(len(document.sections) - 1 for document in documents)
        sys.stdout.write(
            f"{megabytes:7.1f} MB  {seconds:7.2f} s  {megabytes / seconds:5.2f} MB/s"
            f"  {len(documents)} documents  {sections} sections\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
