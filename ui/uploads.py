"""Uploaded files: safe names, the folder that keeps them, and the way from there into the index."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.types import IndexedDocument
from ui.parts import Intake, Progress, Receipt
from ui.strings import Language, text

MIB = 1024 * 1024
_NAME_BYTES = 180
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def safe_name(name: str) -> str:
    """A file name without folders, control and reserved characters, at most 180 bytes long.

    ``../../etc/passwd`` becomes ``passwd``; a name with nothing left becomes ``document``.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = _FORBIDDEN.sub("_", "".join(c for c in last if unicodedata.category(c) != "Cf"))
    clean = clean.strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot:
        stem, suffix = clean, ""
    room = _NAME_BYTES - len(suffix.encode()) - 1
    stem = stem.encode()[: max(room, 1)].decode("utf-8", "ignore").strip(" .") or "document"
    return f"{stem}.{suffix}" if suffix else stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """The folder that keeps uploaded files, and the way from there into the index."""

    folder: Path
    intake: Intake
    limit_mb: int

    def take(self, files: Sequence[Path], language: Language, progress: Callable[[Progress], None]) -> Receipt:
        """Keep the files under safe names and add them; what cannot be added is not kept.

        Raises:
            YijuError: the index cannot be written at all.
        """
        refused: list[tuple[str, str]] = []
        accepted: dict[str, Path] = {}
        for file in files:
            name = safe_name(file.name)
            if file.stat().st_size > self.limit_mb * MIB:
                refused.append((name, text(language, "upload_too_large", limit=self.limit_mb)))
            elif name in accepted:
                refused.append((name, text(language, "upload_same_name")))
            else:
                accepted[name] = file
        if not accepted:
            return Receipt(failed=tuple(refused))
        receipt = self._add(accepted, progress)
        return Receipt(
            added=receipt.added,
            updated=receipt.updated,
            unchanged=receipt.unchanged,
            failed=(*receipt.failed, *refused),
            warnings=receipt.warnings,
        )

    def remove(self, document: IndexedDocument, remaining: Sequence[IndexedDocument]) -> None:
        """Take a document out of the index, and its file out of the folder once nothing else needs it.

        ``remaining`` are the documents of the index; this one may be among them.

        Raises:
            YijuError: the index cannot be written.
        """
        self.intake.remove([document.doc_id])
        if all(other.source != document.source or other.doc_id == document.doc_id for other in remaining):
            kept = self.folder / Path(document.source).name
            if document.source == kept.name:
                kept.unlink(missing_ok=True)

    def _add(self, accepted: dict[str, Path], progress: Callable[[Progress], None]) -> Receipt:
        """Swap the new files in, add them, and put the former ones back where that failed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        former = self.folder / ".former"
        shutil.rmtree(former, ignore_errors=True)
        former.mkdir()
        kept: frozenset[str] = frozenset()
        try:
            for name, file in accepted.items():
                target = self.folder / name
                if target.exists():
                    target.replace(former / name)
                shutil.copyfile(file, target)
            receipt = self.intake.add([self.folder / name for name in accepted], progress)
            kept = frozenset(accepted) - {name for name, _ in receipt.failed}
            return receipt
        finally:
            for name in accepted.keys() - kept:
                (self.folder / name).unlink(missing_ok=True)
                if (former / name).exists():
                    (former / name).replace(self.folder / name)
            shutil.rmtree(former, ignore_errors=True)
