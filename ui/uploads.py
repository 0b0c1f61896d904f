"""Uploaded files: safe names, the folder that keeps them, the way from there into the index, and back."""

from __future__ import annotations

import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import UsageError
from rag.types import IndexedDocument
from ui.parts import Intake, Preview, Progress, Receipt
from ui.strings import Language, text

MIB = 1024 * 1024
_NAME_BYTES = 180
_STAGED = ".staged"
_REMOVED = ".removed"
_WAITS_S = 24 * 3600
_UNDOABLE_S = 3600
_UNDOABLE = 50
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
class Staged:
    """An uploaded file that waits for somebody's decision; its token is known to nobody else."""

    token: str
    name: str
    size_bytes: int
    preview: Preview
    instead_of: str = ""
    at: float = field(default_factory=time.time)
    """When it was looked at, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Removal:
    at: float
    undo: Callable[[], None]
    source: str
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """The folder that keeps uploaded files, and the way from there into the index."""

    folder: Path
    intake: Intake
    limit_mb: int
    waiting: dict[str, Staged] = field(default_factory=dict, compare=False)
    """Token → what was looked at and is neither added nor thrown away; a page that is loaded anew asks for its own."""
    removals: dict[str, _Removal] = field(default_factory=dict, compare=False)
    """Token → what was removed lately and can be brought back."""

    def stage(
        self, files: Sequence[Path], language: Language, progress: Callable[[Progress], None], instead_of: str = ""
    ) -> tuple[Staged, ...]:
        """Keep the files aside and read them, so that they can be looked at before they are added.

        Raises:
            UsageError: several are to replace one document.
        """
        if instead_of and len(files) > 1:
            raise UsageError("one document can be replaced by one file only: choose a single file")
        self._forget_staged()
        staged = []
        for done, file in enumerate(files):
            name, token = safe_name(file.name), secrets.token_urlsafe(18)
            progress(Progress(done=done, total=len(files), name=name))
            size = file.stat().st_size
            if size > self.limit_mb * MIB:
                preview = Preview(error=text(language, "upload_too_large", limit=self.limit_mb))
            else:
                aside = self.folder / _STAGED / token
                aside.mkdir(parents=True)
                shutil.copyfile(file, aside / name)
                preview = self.intake.preview(aside / name, instead_of)
            staged.append(Staged(token=token, name=name, size_bytes=size, preview=preview, instead_of=instead_of))
            self.waiting[token] = staged[-1]
            if preview.error:
                shutil.rmtree(self.folder / _STAGED / token, ignore_errors=True)
        return tuple(staged)

    def discard(self, staged: Staged) -> None:
        """Throw a file away that was looked at."""
        self.waiting.pop(staged.token, None)
        shutil.rmtree(self.folder / _STAGED / staged.token, ignore_errors=True)

    def accept(self, staged: Sequence[Staged], language: Language, progress: Callable[[Progress], None]) -> Receipt:
        """Add files that were looked at; one that is to replace a document goes by itself.

        Raises:
            YijuError: the index cannot be written at all.
        """
        receipt = Receipt()
        together = [one for one in staged if not one.instead_of]
        for group in ([one] for one in staged if one.instead_of):
            receipt = receipt.and_then(self.take(self._aside(group), language, progress, group[0].instead_of))
        if together:
            receipt = receipt.and_then(self.take(self._aside(together), language, progress))
        for one in staged:
            self.discard(one)
        return receipt

    def _aside(self, staged: Sequence[Staged]) -> list[Path]:
        """Where the files wait.

        Raises:
            UsageError: one has waited too long and is gone.
        """
        files = [self.folder / _STAGED / one.token / one.name for one in staged]
        for file in files:
            if not file.is_file():
                raise UsageError(f"{file.name} has waited too long and is gone: upload it again")
        return files

    def _forget_staged(self) -> None:
        """Throw away what nobody has decided on for a day."""
        for one in list(self.waiting.values()):
            if time.time() - one.at > _WAITS_S:
                self.discard(one)
        folder = self.folder / _STAGED
        for aside in folder.iterdir() if folder.is_dir() else ():
            if time.time() - aside.stat().st_mtime > _WAITS_S:
                shutil.rmtree(aside, ignore_errors=True)

    def take(
        self, files: Sequence[Path], language: Language, progress: Callable[[Progress], None], instead_of: str = ""
    ) -> Receipt:
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
        return self._add(accepted, progress, instead_of).and_then(Receipt(failed=tuple(refused)))

    def remove(self, document: IndexedDocument, remaining: Sequence[IndexedDocument]) -> str:
        """Take a document out of the index, and its file out of the folder once nothing else needs it.

        ``remaining`` are the documents of the index; this one may be among them. Gives the token that
        brings it back, for an hour and as long as this server runs.

        Raises:
            YijuError: the index cannot be written.
        """
        self._forget_removals()
        undo = self.intake.remove([document.doc_id])
        token = secrets.token_urlsafe(18)
        kept = self.folder / document.source
        last = all(other.source != document.source or other.doc_id == document.doc_id for other in remaining)
        moves = last and document.source == kept.name and kept.is_file()
        if moves:
            aside = self.folder / _REMOVED / token
            aside.mkdir(parents=True)
            kept.replace(aside / kept.name)
        self.removals[token] = _Removal(time.monotonic(), undo, document.source, moves)
        return token

    def undo(self, token: str) -> str:
        """Bring back what was removed; gives its source.

        Raises:
            UsageError: it was removed too long ago, or its file has come in again meanwhile.
            YijuError: the index cannot be written.
        """
        self._forget_removals()
        removal = self.removals.get(token)
        if removal is None:
            raise UsageError("this was removed too long ago to be brought back; add the file again")
        removal.undo()
        del self.removals[token]
        aside = self.folder / _REMOVED / token
        if removal.kept and not (self.folder / removal.source).exists():
            (aside / removal.source).replace(self.folder / removal.source)
        shutil.rmtree(aside, ignore_errors=True)
        return removal.source

    def _forget_removals(self) -> None:
        """Throw away what can no longer be brought back: of an hour ago, of too many, of an earlier server."""
        oldest = list(self.removals)[: max(0, len(self.removals) - _UNDOABLE)]
        late = [token for token, one in self.removals.items() if time.monotonic() - one.at > _UNDOABLE_S]
        for token in {*oldest, *late}:
            del self.removals[token]
        folder = self.folder / _REMOVED
        for aside in folder.iterdir() if folder.is_dir() else ():
            if aside.name not in self.removals:
                shutil.rmtree(aside, ignore_errors=True)

    def _add(self, accepted: dict[str, Path], progress: Callable[[Progress], None], instead_of: str) -> Receipt:
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
            receipt = self.intake.add([self.folder / name for name in accepted], progress, instead_of)
            kept = frozenset(accepted) - {name for name, _ in receipt.failed}
            return receipt
        finally:
            for name in accepted.keys() - kept:
                (self.folder / name).unlink(missing_ok=True)
                if (former / name).exists():
                    (former / name).replace(self.folder / name)
            shutil.rmtree(former, ignore_errors=True)
