"""The files that documents were read from: found where they were, and given out only if they are still the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.types import Origin

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Original:
    """What has become of the file that a document was read from."""

    state: Literal["kept", "changed", "missing"]
    """``changed``: another file is at its place now, which the index has not read."""
    name: str
    path: Path | None = None
    """Where it is, if it is ``kept``."""
    size_bytes: int = 0

    @property
    def is_pdf(self) -> bool:
        """Whether its pages can be shown."""
        return self.path is not None and self.path.suffix.lower() == ".pdf"


class Originals:
    """Finds original files: in the folder that they were added from, or among the uploads."""

    def __init__(self, uploads: Path) -> None:
        self._uploads = uploads
        self._digests: dict[tuple[str, int, int], str] = {}

    def find(self, origin: Origin) -> Original:
        """The original; its bytes are compared with the digest that was noted when it was read."""
        name = Path(origin.source).name
        places = [Path(origin.root) / origin.source] if origin.root else []
        state: Literal["changed", "missing"] = "missing"
        for path in (*places, self._uploads / name):
            try:
                if not path.is_file():
                    continue
                if self._digest(path) == origin.sha256:
                    return Original("kept", name, path, path.stat().st_size)
            except OSError:
                continue
            state = "changed"
        return Original(state, name)

    def _digest(self, path: Path) -> str:
        """SHA-256, computed again only once size or time have changed."""
        found = path.stat()
        key = (str(path), found.st_size, found.st_mtime_ns)
        if key not in self._digests:
            if len(self._digests) >= _REMEMBERED:
                self._digests.clear()
            with path.open("rb") as file:
                self._digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[key]
