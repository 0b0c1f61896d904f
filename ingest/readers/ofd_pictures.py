"""The pictures on the pages of an OFD file (GB/T 33190): image objects and the media they name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from ingest.readers import limits

Box = tuple[float, float, float, float]
"""Left, top, width and height in millimetres."""
_KINDS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif")


def page_pictures(archive: limits.Archive, part: str) -> Iterator[tuple[bytes, Box]]:
    """The pictures that the page in ``part`` shows, with their places."""
    media = _media(archive)
    for node in archive.xml(part).iter():
        if not isinstance(node.tag, str) or not node.tag.endswith("}ImageObject"):
            continue
        box = [float(number) for number in re.findall(r"-?\d{1,7}(?:\.\d{1,9})?", node.get("Boundary") or "")]
        entry = media.get(node.get("ResourceID") or "")
        if entry is not None and len(box) == 4 and min(box[2:]) > 0:
            yield archive.read(entry), (box[0], box[1], box[2], box[3])


def _media(archive: limits.Archive) -> dict[str, str]:
    """Identifier of each picture → its entry. Writers do not agree on upper and lower case in names."""
    entries = {name.lower(): name for name in archive.names}
    found: dict[str, str] = {}
    for part in sorted(name for name in archive.names if name.lower().endswith("res.xml")):
        root = archive.xml(part)
        base = posixpath.join(posixpath.dirname(part), root.get("BaseLoc") or "")
        for node in root.iter():
            if isinstance(node.tag, str) and node.tag.endswith("}MultiMedia"):
                location = _file(node)
                entry = entries.get(posixpath.normpath(posixpath.join(base, location)).lstrip("/").lower())
                if entry is not None and entry.lower().endswith(_KINDS):
                    found[node.get("ID") or ""] = entry
    return found


def _file(node: Any) -> str:
    named = (child for child in node if isinstance(child.tag, str) and child.tag.endswith("MediaFile"))
    return next(((child.text or "").strip() for child in named), "")
