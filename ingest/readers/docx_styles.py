"""Word's styles: what a paragraph inherits (heading level, list, size, weight, alignment)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingest.readers.ooxml import optional_flag, value, w

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título)\s*([1-9])$", re.IGNORECASE)
_TITLES = frozenset({"title", "标题", "標題"})
_BODY_LEVEL = 9
_DEEPEST = 30
"""Styles based on one another; more is a circle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a style says, itself or through the styles it is based on; None: nothing."""

    level: int | None = None
    """Heading level from 1; 0 is the document's title; -1 is body text by its own word."""
    list: tuple[str | None, int | None] = (None, None)
    """``w:numId`` and ``w:ilvl``."""
    size_pt: float | None = None
    bold: bool | None = None
    centered: bool | None = None
    hidden: bool | None = None
    struck: bool | None = None

    def over(self, base: Style) -> Style:
        """This style where it says something, ``base`` elsewhere."""
        return Style(
            level=base.level if self.level is None else self.level,
            list=(self.list[0] or base.list[0], base.list[1] if self.list[1] is None else self.list[1]),
            size_pt=base.size_pt if self.size_pt is None else self.size_pt,
            bold=base.bold if self.bold is None else self.bold,
            centered=base.centered if self.centered is None else self.centered,
            hidden=base.hidden if self.hidden is None else self.hidden,
            struck=base.struck if self.struck is None else self.struck,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """Styles by id, inheritance resolved; ``default`` is for paragraphs that name none."""

    by_id: Mapping[str, Style]
    default: Style

    def paragraph(self, properties: Any) -> Style:
        """What applies to a paragraph with these ``w:pPr``."""
        style_id = None if properties is None else value(properties.find(w("pStyle")), "val")
        base = self.default if style_id is None else self.by_id.get(style_id, self.default)
        return own_style(properties).over(base)

    def run(self, properties: Any, paragraph: Style) -> Style:
        """What applies to a run with these ``w:rPr`` in a paragraph."""
        if properties is None:
            return paragraph
        style_id = value(properties.find(w("rStyle")), "val")
        base = self.by_id.get(style_id, Style()).over(paragraph) if style_id else paragraph
        return _run_style(properties).over(base)


def read_styles(root: Any) -> Styles:
    """``styles.xml`` as data; ``None`` gives no styles."""
    if root is None:
        return Styles(by_id={}, default=Style())
    nodes = {style_id: node for node in root.iter(w("style")) if (style_id := value(node, "styleId"))}
    defaults = root.find(f"{w('docDefaults')}/{w('rPrDefault')}/{w('rPr')}")
    base = Style() if defaults is None else _run_style(defaults)
    by_id = {style_id: _resolved(style_id, nodes).over(base) for style_id in nodes}
    default = next(
        (
            by_id[style_id]
            for style_id, node in nodes.items()
            if value(node, "type") == "paragraph" and value(node, "default") in {"1", "true"}
        ),
        base,
    )
    return Styles(by_id=by_id, default=default)


def _resolved(style_id: str, nodes: Mapping[str, Any]) -> Style:
    style = Style()
    current: str | None = style_id
    for _ in range(_DEEPEST):
        node = nodes.get(current) if current else None
        if node is None:
            break
        style = style.over(_own_and_named(node))
        current = value(node.find(w("basedOn")), "val")
    return style


def _own_and_named(node: Any) -> Style:
    properties = node.find(w("pPr"))
    style = own_style(properties).over(_run_style(node.find(w("rPr"))))
    name = (value(node.find(w("name")), "val") or "").strip()
    heading = _HEADING.match(name)
    if heading:
        return replace(style, level=int(heading.group(1)))
    return replace(style, level=0) if name.lower() in _TITLES else style


def own_style(properties: Any) -> Style:
    """What ``w:pPr`` itself says."""
    if properties is None:
        return Style()
    outline = value(properties.find(w("outlineLvl")), "val")
    level = None
    if outline is not None and outline.isdigit():
        level = int(outline) + 1 if int(outline) < _BODY_LEVEL else -1
    numbering = properties.find(w("numPr"))
    num_id = None if numbering is None else value(numbering.find(w("numId")), "val")
    index = None if numbering is None else value(numbering.find(w("ilvl")), "val")
    alignment = value(properties.find(w("jc")), "val")
    return Style(
        level=level,
        list=(num_id, int(index) if index is not None and index.isdigit() else None),
        centered=None if alignment is None else alignment == "center",
    )


def _run_style(properties: Any) -> Style:
    if properties is None:
        return Style()
    size = value(properties.find(w("sz")), "val") or ""
    strikes = [on for name in ("strike", "dstrike") if (on := optional_flag(properties, name)) is not None]
    return Style(
        size_pt=int(size) / 2 if re.fullmatch(r"\d{1,4}", size) else None,
        bold=optional_flag(properties, "b"),
        hidden=optional_flag(properties, "vanish"),
        struck=any(strikes) if strikes else None,
    )
