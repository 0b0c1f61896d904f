"""Conversations kept on the server: a folder for each visitor, a file for each conversation, bounded in number."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from ui.archive import MAX_CHARS

MOST = 50
"""Conversations of one visitor; the one longest untouched makes way."""
_VISITORS = 5000
_TITLE_CHARS = 200
_ID = re.compile(r"[0-9a-f]{16,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A conversation as a list shows it."""

    id: str
    title: str
    at: float
    """When it was last written, in seconds since 1970."""


class KeptConversations:
    """The conversations of all visitors in one folder; nobody reaches another's without knowing their secret."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self, visitor: str) -> tuple[Heading, ...]:
        """A visitor's conversations, the newest first."""
        found = []
        for path in self._own(visitor).glob("*.json"):
            with path.open(encoding="utf-8") as file:
                title = str(json.loads(file.readline()))
            found.append(Heading(id=path.stem, title=title, at=path.stat().st_mtime))
        return tuple(sorted(found, key=lambda heading: (-heading.at, heading.id)))

    def read(self, visitor: str, name: str) -> str:
        """A conversation as it was written.

        Raises:
            UsageError: the visitor has none of that name.
        """
        path = self._path(visitor, name)
        if not path.is_file():
            raise UsageError("there is no such conversation any more")
        return path.read_text(encoding="utf-8").split("\n", 1)[1]

    def has(self, visitor: str, name: str) -> bool:
        """Whether the visitor has a conversation of that name."""
        return self._path(visitor, name).is_file()

    def write(self, visitor: str, name: str, title: str, packed: str) -> None:
        """Keep a conversation, or what became of it.

        Raises:
            UsageError: it is too long, or the name cannot be one.
        """
        path = self._path(visitor, name)
        if len(packed) > MAX_CHARS:
            raise UsageError(f"a conversation of more than {MAX_CHARS:,} characters cannot be kept")
        if not path.parent.exists():
            self._make_room()
            path.parent.mkdir(parents=True, mode=0o700)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(title[:_TITLE_CHARS], ensure_ascii=False) + "\n" + packed, encoding="utf-8")
        temporary.replace(path)
        for heading in self.list(visitor)[MOST:]:
            self.forget(visitor, heading.id)

    def forget(self, visitor: str, name: str) -> None:
        """Delete a conversation, if it is there."""
        self._path(visitor, name).unlink(missing_ok=True)

    def forget_all(self, visitor: str) -> None:
        """Delete everything of a visitor."""
        shutil.rmtree(self._own(visitor), ignore_errors=True)

    def _own(self, visitor: str) -> Path:
        # The folder's name does not tell the secret that opens it.
        return self._folder / hashlib.sha256(visitor.encode()).hexdigest()[:32]

    def _path(self, visitor: str, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise UsageError("there is no such conversation")
        return self._own(visitor) / f"{name}.json"

    def _make_room(self) -> None:
        if not self._folder.exists():
            return
        visitors = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in visitors[: max(0, len(visitors) - _VISITORS + 1)]:
            shutil.rmtree(path, ignore_errors=True)
