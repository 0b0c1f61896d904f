"""Names and small readings of WordprocessingML."""

from __future__ import annotations

from typing import Any

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OFF = frozenset({"0", "false", "off", "none"})


def w(name: str) -> str:
    """``name`` in the WordprocessingML namespace."""
    return f"{{{W}}}{name}"


def value(node: Any, attribute: str) -> str | None:
    """An attribute of ``node`` in the ``w:`` namespace; None where node or attribute is missing."""
    if node is None:
        return None
    found = node.get(w(attribute))
    return None if found is None else str(found)


def flag(parent: Any, name: str) -> bool:
    """Whether an on/off property such as ``w:b`` is on."""
    return bool(optional_flag(parent, name))


def optional_flag(parent: Any, name: str) -> bool | None:
    """An on/off property, None where it is not given."""
    node = None if parent is None else parent.find(w(name))
    return None if node is None else (value(node, "val") or "on") not in _OFF
