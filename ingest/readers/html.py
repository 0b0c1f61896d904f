"""HTML: the document on the page, without the site around it.

What belongs to the site is found by structure (``html_content.py``), never by a site's name.
White space is collapsed as a browser does; a break inside Chinese text is no space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.readers import limits
from ingest.readers.encoding import decode
from ingest.readers.html_content import FURNITURE, Page, empty_struck, is_hidden
from ingest.readers.html_table import data_table_rows
from ingest.readers.lines import BULLET, CJK, WIDE, Line, assemble, join_label, split_lines, tidy
from ingest.readers.numerals import FORMATS
from ingest.readers.struck import struck_warning
from ingest.readers.tables import table_lines
from ingest.source import BlockKind, SourceText
from rag.errors import DocumentError

LIMIT_BYTES = 24 * limits.MIB
LIMIT_TAGS = 300_000
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE)
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    }
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SIZE = re.compile(r"font-size\s*:\s*(\d{1,3}(?:\.\d{1,3})?)\s*(pt|px)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)", re.IGNORECASE)
_CENTERED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_PT_PER_PX = 0.75
_SITE = re.compile(rf"\s*(?:[|｜_»·]|[-–—]+(?:\s|{CJK.pattern}))")
"""How a site goes on in the ``title`` behind the name of the page."""
_NUMBERED_BY: dict[str, Callable[[int], str]] = {
    "a": FORMATS["lowerLetter"],
    "A": FORMATS["upperLetter"],
    "i": FORMATS["lowerRoman"],
    "I": FORMATS["upperRoman"],
}
"""``type`` of an ``ol`` → the printed number."""


def read_html(data: bytes, name: str) -> SourceText:
    """The main content of a web page; its ``title`` as title.

    Raises:
        DocumentError: empty, too large, binary, in an unknown encoding, or without text.
    """
    limits.check_size(len(data), name, LIMIT_BYTES)
    if data.count(b"<") > LIMIT_TAGS:
        raise DocumentError(f"{name}: more than {LIMIT_TAGS} tags; split the page, or save its text as .txt")
    meta = _META.search(data[:4096])
    text, warnings = decode(data, name, meta.group(1).decode("ascii") if meta else None)
    root = _parse(text, name)
    if root is None:
        raise DocumentError(f"{name}: the page holds no text; nothing to read")
    title = " ".join((root.findtext(".//title") or "").split())
    warnings += tuple(struck_warning(empty_struck(root)))
    lines = list(_Walk(root).lines())
    return assemble(lines, name, format="html", title=_without_site(title, lines), warnings=warnings)


def _without_site(title: str, lines: Sequence[Line]) -> str:
    """The heading that ``title`` begins with, where only columns and the site's name follow it."""
    headings = [line.text for line in lines if line.kind == "heading"]
    begun = [text for text in headings if title.startswith(text) and _SITE.match(title, len(text))]
    return max(begun, key=len, default=title)


def fragment_lines(html: str, name: str, *, first_table: int = 0) -> tuple[list[Line], list[str]]:
    """The lines of an HTML fragment inside another format, and what was struck out; all else counts as content."""
    root = _parse(html, name)
    if root is None:
        return [], []
    struck = empty_struck(root)
    return list(_Walk(root, whole=True, tables=first_table).lines()), struck


def _parse(text: str, name: str) -> Any:
    """The tree, or None for a text without elements."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):  # lxml: a document without any element
        root = None
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise DocumentError(f"{name}: nests over 256 elements deep or holds 10 MB in one piece; save its text as .txt")
    return root


@dataclass
class _Run:
    text: str
    bold: bool
    size_pt: float | None


@dataclass
class _Walk:
    """One pass over the tree, without recursion: pages nest deeper than Python's stack."""

    root: Any
    whole: bool = False
    tables: int = 0
    runs: list[_Run] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    styles: list[tuple[bool, float | None, bool]] = field(default_factory=lambda: [(False, None, False)])
    pre: int = 0
    label: str = ""

    def lines(self) -> Iterator[Line]:
        """Every line of the content, in order."""
        from lxml import etree

        page = None if self.whole else Page(self.root)
        walker = etree.iterwalk(self.root, events=("start", "end"))
        for event, node in walker:
            tag = node.tag if isinstance(node.tag, str) else ""
            if event == "start":
                if not tag or tag in FURNITURE or is_hidden(node) or (page and page.is_link_list(node)):
                    walker.skip_subtree()
                    self.styles.append(self.styles[-1])
                    continue
                yield from self._open(node, tag)
                rows = data_table_rows(node, cell_text) if tag == "table" else None
                if rows is not None:
                    yield from table_lines(rows[0], table=self.tables, header_rows=rows[1])
                    self.tables += 1
                    walker.skip_subtree()
                else:
                    self._text(node.text)
            else:
                yield from self._close(node, tag, page)
        yield from self._flush()

    def _open(self, node: Any, tag: str) -> Iterator[Line]:
        if tag in _BLOCKS:
            yield from self._flush()
        bold, size, centered = self.styles[-1]
        style = node.get("style") or ""
        found = _SIZE.search(style)
        if found:
            size = float(found.group(1)) * (_PT_PER_PX if found.group(2).lower() == "px" else 1)
        centered = centered or tag == "center" or bool(_CENTERED.search(style)) or node.get("align") == "center"
        self.styles.append((bold or tag in {"b", "strong"} or bool(_BOLD.search(style)), size, centered))
        if tag in _HEADINGS:
            self.headings.append(_HEADINGS[tag])
        elif tag == "br":
            self.runs.append(_Run("\v", bold, size))
        elif tag == "pre":
            self.pre += 1
        elif tag in {"ol", "ul", "menu", "dir"}:
            self.lists.append([tag, _integer(node.get("start"), 1), node.get("type") or ""])
        elif tag == "li":
            self.label = self._item_label(node)

    def _item_label(self, node: Any) -> str:
        if not self.lists or self.lists[-1][0] != "ol":
            return BULLET.strip() if "list-style:none" not in (node.get("style") or "").replace(" ", "") else ""
        kept = self.lists[-1]
        number = _integer(node.get("value"), kept[1])
        kept[1] = number + 1
        return f"{_NUMBERED_BY.get(kept[2], str)(number)}."

    def _close(self, node: Any, tag: str, page: Page | None) -> Iterator[Line]:
        centered = self.styles.pop()[2]
        if tag in _BLOCKS:
            for line in self._flush(centered=centered):
                if page is None or not page.is_outside(node, line.text, is_heading=line.kind == "heading"):
                    yield line
        if tag in _HEADINGS and self.headings:
            self.headings.pop()
        elif tag == "pre":
            self.pre = max(0, self.pre - 1)
        elif tag in {"ol", "ul", "menu", "dir"} and self.lists:
            self.lists.pop()
            self.label = ""
        elif tag == "li":
            self.label = ""
        self._text(node.tail)

    def _text(self, text: str | None) -> None:
        if text:
            bold, size, _ = self.styles[-1]
            self.runs.append(_Run(text.replace("\n", "\v") if self.pre else text, bold, size))

    def _flush(self, *, centered: bool | None = None) -> Iterator[Line]:
        if not self.runs:
            return
        runs, self.runs = self.runs, []
        inked = [run for run in runs if run.text.strip()]
        if not inked:
            return
        text = collapse("".join(run.text for run in runs))
        longest = max(inked, key=lambda run: len(run.text))
        heading = self.headings[-1] if self.headings else None
        kind: BlockKind = "code" if self.pre else "heading" if heading else "list_item" if self.label else "paragraph"
        label, self.label = self.label, ""
        for part in split_lines(text):
            yield Line(
                text=join_label(label, part),
                kind=kind,
                level=heading,
                bold=all(run.bold for run in inked),
                size_pt=longest.size_pt,
                centered=self.styles[-1][2] if centered is None else centered,
            )
            label = ""


def cell_text(cell: Any) -> str:
    """The visible words of a table cell; its blocks are parted by line breaks."""
    from lxml import etree

    parts: list[str] = []
    walker = etree.iterwalk(cell, events=("start", "end"))
    for event, node in walker:
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if not tag or tag in FURNITURE or is_hidden(node):
                walker.skip_subtree()
                continue
            parts.append("\v" if tag in _BLOCKS or tag == "br" else "")
            parts.append(node.text or "")
        elif node is not cell:
            parts.append("\v" if tag in _BLOCKS else "")
            parts.append(node.tail or "")
    return "\n".join(split_lines(collapse("".join(parts))))


_SPACE = re.compile("[ \t\r\n\f]+")
_BESIDE_WIDE = re.compile(f"(?<={WIDE.pattern})\n(?={WIDE.pattern})")


def collapse(text: str) -> str:
    """White space as a browser shows it; a source line end inside Chinese is nothing, a vertical tab is a break."""
    text = _SPACE.sub(lambda match: "\n" if "\n" in match.group() else " ", text)
    return tidy_breaks(_BESIDE_WIDE.sub("", text).replace("\n", " "))


def tidy_breaks(text: str) -> str:
    """Vertical tabs made line breaks, each line tidy."""
    return "\n".join(tidy(part) for part in text.split("\v"))


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,6}", text.strip()) else default
