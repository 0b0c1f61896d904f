"""The words of one Word paragraph: fields, tracked changes, tabs, symbols, note marks, text boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.docx_styles import Style, Styles
from ingest.readers.ooxml import MC, flag, value, w
from ingest.readers.struck import closed_up

_DROPPED = frozenset(
    w(name) for name in ("del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "sdtPr")
)
_FIXED = {
    w("tab"): "\t",
    w("ptab"): "\t",
    w("br"): "\n",
    w("cr"): "\n",
    w("noBreakHyphen"): "-",
}
_SYMBOLS = {
    **dict.fromkeys((0x6F, 0x71, 0xA3, 0xA8), "□"),
    **dict.fromkeys((0x52, 0xFE), "☑"),
    **dict.fromkeys((0x53, 0xFD), "☒"),
    **{0xFC: "✓", 0x6C: "●", 0x6E: "■", 0xB7: "•", 0xD8: "➢", 0xE0: "→"},
}
"""Wingdings and Symbol characters that forms use; their codes stand in the private use area."""
_PRIVATE = range(0xF000, 0xF100)

NoteMark = Callable[[str, str], tuple[str, Any]]
"""Kind and id of a note → the mark printed, and the note itself."""


@dataclass
class Pieces:
    """What one paragraph holds."""

    text: str = ""
    bold: bool = False
    size_pt: float | None = None
    boxes: list[Any] = field(default_factory=list)
    """``w:txbxContent`` anchored here."""
    notes: list[tuple[str, str, Any]] = field(default_factory=list)
    """Mark, kind and node of the notes referred to here."""
    struck: str = ""
    """Words that are struck out, and no part of ``text``."""

    def followed_by(self, after: Pieces) -> Pieces:
        """Two paragraphs that have become one."""
        return Pieces(
            text=self.text + after.text,
            bold=self.bold and after.bold,
            size_pt=self.size_pt or after.size_pt,
            boxes=self.boxes + after.boxes,
            notes=self.notes + after.notes,
            struck=self.struck + after.struck,
        )


@dataclass
class _Gathered:
    parts: list[tuple[str, Style]] = field(default_factory=list)
    pieces: Pieces = field(default_factory=Pieces)


class Runs:
    """Reads paragraphs in order; a field may begin in one and end in another."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._fields: list[bool] = []
        """For each open field, innermost last: whether its instruction is still being given."""
        self.struck: list[str] = []
        """The words struck out, paragraph by paragraph."""

    def read(self, paragraph: Any, style: Style, note_mark: NoteMark) -> Pieces:
        """The words of ``paragraph`` and what is anchored in it."""
        gathered = _Gathered()
        self._walk(paragraph, style, gathered, note_mark)
        # A field whose instruction is never ended would swallow the rest of the document.
        self._fields = [False for instruction in self._fields if not instruction]
        pieces = gathered.pieces
        self.struck.append(pieces.struck)
        text = "".join(text for text, _ in gathered.parts)
        pieces.text = closed_up(text) if pieces.struck else text
        inked = [(len(text.strip()), run) for text, run in gathered.parts if text.strip()]
        pieces.bold = bool(inked) and all(run.bold for _, run in inked)
        sizes: dict[float | None, int] = {}
        for chars, run in inked:
            sizes[run.size_pt] = sizes.get(run.size_pt, 0) + chars
        pieces.size_pt = max(sizes, key=lambda size: sizes[size], default=None)
        return pieces

    def _walk(self, root: Any, style: Style, gathered: _Gathered, note_mark: NoteMark) -> None:
        """Depth first without recursion: content controls and insertions nest freely."""
        stack = [(child, style) for child in reversed(root)]
        while stack:
            node, run = stack.pop()
            tag = node.tag
            if tag in _DROPPED or not isinstance(tag, str):
                continue
            if tag == w("fldChar"):
                self._field(value(node, "fldCharType"))
            elif tag == f"{{{MC}}}AlternateContent":
                stack.extend((child, run) for child in _alternative(node))
            elif tag == w("txbxContent"):
                gathered.pieces.boxes.append(node)
            elif tag == w("r"):
                own = self._styles.run(node.find(w("rPr")), run)
                if not own.hidden:
                    stack.extend((child, own) for child in reversed(node))
            elif len(node) and tag != w("t"):
                stack.extend((child, run) for child in reversed(node))
            elif not any(self._fields):
                self._text(node, run, gathered, note_mark)

    def _field(self, event: str | None) -> None:
        if event == "begin":
            self._fields.append(True)
        elif self._fields and event == "separate":
            self._fields[-1] = False
        elif self._fields and event == "end":
            self._fields.pop()

    def _text(self, node: Any, run: Style, gathered: _Gathered, note_mark: NoteMark) -> None:
        if run.struck:
            gathered.pieces.struck += node.text or "" if node.tag == w("t") else ""
        elif node.tag == w("t"):
            gathered.parts.append((node.text or "", run))
        elif node.tag in _FIXED:
            is_page = node.tag == w("br") and value(node, "type") in {"page", "column"}
            gathered.parts.append(("\n" if is_page else _FIXED[node.tag], run))
        elif node.tag == w("sym"):
            gathered.parts.append((_symbol(value(node, "char") or ""), run))
        elif node.tag in {w("footnoteReference"), w("endnoteReference")}:
            kind = "footnote" if node.tag == w("footnoteReference") else "endnote"
            mark, note = note_mark(kind, value(node, "id") or "")
            if note is not None and not flag(node, "customMarkFollows"):
                gathered.parts.append((mark, run))
            if note is not None:
                gathered.pieces.notes.append((mark, kind, note))


def _alternative(node: Any) -> list[Any]:
    """One branch of ``mc:AlternateContent``: the first choice that holds text, else the fallback."""
    choices = node.findall(f"{{{MC}}}Choice")
    fallback = node.findall(f"{{{MC}}}Fallback")
    for branch in choices:
        if next(branch.iter(w("t")), None) is not None:
            return [branch]
    return [*fallback, *choices][:1]


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    if number in _PRIVATE:
        return _SYMBOLS.get(number - 0xF000, "")
    return chr(number) if 0x20 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
