"""How much text recognition loses: pages of a PDF read from their text layer and again from their pictures.

Run: ``python benchmarks/outline_scan.py FILE.pdf [--pages 39-44] [--dpi 150]`` (needs the extra ``ocr``).
The text layer is the truth; of the outline, number and level of each heading are compared.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import pypdfium2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.outline import outline
from ingest.readers.pdf import read_pdf
from ingest.source import SourceText


def pages_as_text_and_scan(path: Path, first: int, last: int, dpi: int) -> tuple[bytes, bytes]:
    """The pages (from 1) as a PDF of their own, and the same as grey pictures in a PDF."""
    whole = pypdfium2.PdfDocument(path)
    numbers = list(range(first - 1, min(last, len(whole))))
    part = pypdfium2.PdfDocument.new()
    part.import_pages(whole, numbers)
    text, scan = io.BytesIO(), io.BytesIO()
    part.save(text)
    pictures = [whole[number].render(scale=dpi / 72).to_pil().convert("L") for number in numbers]
    pictures[0].save(scan, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi)
    return text.getvalue(), scan.getvalue()


def headings(source: SourceText) -> Counter[tuple[int, str]]:
    """Level and number of every section."""
    return Counter((one.level, one.number) for document in outline(source) for one in document.sections[1:])


def main(arguments: list[str] | None = None) -> int:
    """Prints one line: characters, their likeness, F1 of the outline, seconds a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--pages", default="1-5", help="from-to, counted from 1 (default 1-5)")
    parser.add_argument("--dpi", type=int, default=150)
    options = parser.parse_args(arguments)
    first, last = (int(number) for number in options.pages.split("-"))
    text, scan = pages_as_text_and_scan(options.file, first, last, options.dpi)
    truth = read_pdf(text, options.file.name)
    began = time.monotonic()
    found = read_pdf(scan, options.file.name)
    seconds = (time.monotonic() - began) / len(found.page_starts)
    wanted, got = headings(truth), headings(found)
    f1 = 2 * (wanted & got).total() / max(1, wanted.total() + got.total())
    likeness = SequenceMatcher(None, "".join(truth.text.split()), "".join(found.text.split()), autojunk=False).ratio()
    sys.stdout.write(
        f"{len(truth.text)} characters, likeness {likeness:.4f}  headings {wanted.total()}, F1 {f1:.4f}"
        f"  {seconds:.1f} s a page\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
