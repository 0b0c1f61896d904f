"""The library: the list of documents as HTML, and what becomes of uploaded files."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from rag.types import IndexedDocument
from ui.parts import Intake, Progress, Receipt
from ui.render import clause_url, metadata_badges, script_of
from ui.strings import Language, text

MIB = 1024 * 1024
_NAME_BYTES = 180
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def list_html(documents: Sequence[IndexedDocument], language: Language) -> str:
    """All documents with number, year, status, size and a fold for the outline."""
    if not documents:
        return f'<p class="empty">{escape(text(language, "library_empty"))}</p>'
    total = sum(d.sections for d in documents)
    note = escape(text(language, "library_note", documents=len(documents), sections=total))
    rows = "".join(_row(d, language) for d in documents)
    return f'<p class="library-note">{note}</p><ul class="shelf">{rows}</ul>'


def receipt_html(receipt: Receipt, language: Language) -> str:
    """One line for each file of an upload: what became of it, and why not."""
    kinds = (("added", receipt.added), ("updated", receipt.updated), ("unchanged", receipt.unchanged))
    lines = [
        f'<li class="is-{kind}"><b>{escape(text(language, f"upload_{kind}"))}</b> {escape(name)}</li>'
        for kind, names in kinds
        for name in names
    ]
    lines += [
        f'<li class="is-failed"><b>{escape(text(language, "upload_failed"))}</b> {escape(name)} '
        f"<span>{escape(reason)}</span></li>"
        for name, reason in receipt.failed
    ]
    return f'<ul class="receipt" role="status">{"".join(lines)}</ul>' if lines else ""


def progress_html(progress: Progress, language: Language) -> str:
    """A bar and the file in hand."""
    words = escape(text(language, "uploading", name=progress.name, done=progress.done, total=progress.total))
    return (
        f'<p class="waiting" role="status"><i></i>{words}</p>'
        f'<progress max="{max(progress.total, 1)}" value="{progress.done}">{words}</progress>'
    )


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

    def take(
        self, files: Sequence[Path], language: Language, progress: Callable[[Progress], None]
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
        receipt = self._add(accepted, progress)
        return Receipt(
            added=receipt.added,
            updated=receipt.updated,
            unchanged=receipt.unchanged,
            failed=(*receipt.failed, *refused),
        )

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


def _row(document: IndexedDocument, language: Language) -> str:
    title = escape(document.title)
    number = document.metadata.document_number
    facts = [
        f'<span class="badge">{escape(number)}</span>' if number else "",
        metadata_badges(document.metadata, language),
        f'<span class="fact">{escape(text(language, "sections", count=document.sections))}</span>',
        f'<span class="fact file">{escape(document.source)}</span>',
    ]
    return (
        f'<li class="book"><div class="book-main"><h3><a data-clause href="{escape(clause_url(document.doc_id))}" '
        f'lang="{script_of(document.title)}">{title}</a></h3><p class="book-facts">{"".join(facts)}</p>'
        f'<details data-outline="{escape(document.doc_id)}"><summary>{escape(text(language, "preview"))}</summary>'
        "<div></div></details></div>"
        f'<button type="button" class="quiet danger" data-remove="{escape(document.doc_id)}" data-title="{title}" '
        f'aria-label="{escape(text(language, "remove"))} {title}">{escape(text(language, "remove"))}</button></li>'
    )
