"""``python -m ingest``: put documents into an index, take them out, look at what was read."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.console import add_settings_flags, run_command, settings_from
from rag.errors import IndexMismatch, IndexMissing, SettingsError, UsageError

if TYPE_CHECKING:
    from ingest.pipeline import IngestReport, Progress, Step
    from ingest.recipe import Recipe
    from rag.index import Index
    from rag.models.embedding import Embedder
    from rag.settings import Settings
    from rag.types import IndexedDocument

OpenEmbedder = Callable[["Settings"], "Embedder"]

_USAGE_ERRORS = (UsageError, SettingsError, IndexMissing, IndexMismatch)
_EPILOG = """examples:
  python -m ingest add samples/ --index var/index
  python -m ingest add rules/travel.docx rules/leave.pdf --index var/index --json
  python -m ingest sync samples/ --index var/index
  python -m ingest remove travel.docx '差旅费管理办法' --index var/index
  python -m ingest list --index var/index
  python -m ingest outline rules/travel.docx
  python -m ingest check --index var/index
  python -m ingest add --rebuild --index var/index --set chunk_tokens=256
"""


def main(argv: Sequence[str] | None = None, *, open_embedder: OpenEmbedder | None = None) -> int:
    """Run one command; 0 all well, 1 something failed (one line says what), 2 usage."""
    return run_command(
        _parser(),
        argv,
        usage_errors=_USAGE_ERRORS,
        open_embedder=open_embedder or _open_embedder,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Put documents into an index, take them out, and see what was read from them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(execute=run)
        add_settings_flags(sub)
        if name != "remove":
            sub.add_argument("--json", action="store_true", help="print one JSON object")
        return sub

    add = command("add", _add, "add what is new, replace what changed, leave the rest alone")
    add.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders")
    add.add_argument(
        "--rebuild",
        action="store_true",
        help="take on other settings: read the files given again, embed all other documents anew",
    )
    sync = command("sync", _sync, "as add, and remove what came from the folder and is gone from it")
    sync.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that was added")
    remove = command("remove", _remove, "remove documents: all those named, or none")
    remove.add_argument("documents", nargs="+", metavar="DOC", help="doc_id, source or title")
    command("list", _list, "the documents of an index")
    command("check", _check, "prove every invariant of an index")
    outline = command("outline", _outline, "the structure read from one file; needs no index")
    outline.add_argument("file", type=Path, metavar="FILE", help="the file to read")
    return parser


def _add(arguments: argparse.Namespace) -> int:
    from ingest.pipeline import add

    if not arguments.paths and not arguments.rebuild:
        raise UsageError("add takes at least one file or folder")
    with _open_to_write(arguments) as (index, recipe), _bar() as progress:
        report = add(index, arguments.paths, recipe, rebuild=arguments.rebuild, progress=progress)
    return _print_report(report, arguments.json)


def _sync(arguments: argparse.Namespace) -> int:
    from ingest.pipeline import sync

    if not arguments.folder.is_dir():
        raise UsageError(f"{arguments.folder} is not a folder; sync takes the folder that was added")
    with _open_to_write(arguments) as (index, recipe), _bar() as progress:
        report = sync(index, arguments.folder, recipe, progress=progress)
    return _print_report(report, arguments.json)


def _remove(arguments: argparse.Namespace) -> int:
    from ingest.pipeline import remove
    from rag.index import Index

    with Index.open(settings_from(arguments).index) as index:
        for document in remove(index, arguments.documents):
            print(f"removed {document.source}  《{document.title}》 ({document.doc_id})")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from rag.index import Index
    from rag.labels import document_label

    with Index.open(settings_from(arguments).index) as index:
        snapshot = index.snapshot()
        documents = snapshot.documents()
    if arguments.json:
        _print_json({"index": snapshot.version, "documents": [_document_payload(one) for one in documents]})
        return 0
    for one in documents:
        facts = (one.metadata.document_number, one.metadata.year, one.metadata.status, f"{one.sections} sections")
        known = " · ".join(str(fact) for fact in facts if fact)
        print(f"{one.doc_id}  {one.source}  {document_label(one.title)}  {known}")
    print(f"{len(documents)} documents, index {snapshot.version}", file=sys.stderr)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from rag.index import Index
    from rag.index.invariants import check_snapshot

    folder = settings_from(arguments).index
    with Index.open(folder) as index:
        snapshot = index.snapshot()
        violations = check_snapshot(folder, snapshot)
        repairs = [f"{repair.part} part was {repair.how}" for repair in index.repairs]
        documents = len(snapshot.documents())
    if arguments.json:
        found = [asdict(violation) for violation in violations]
        _print_json({"index": snapshot.version, "documents": documents, "violations": found, "repairs": repairs})
        return 1 if violations else 0
    for repair in repairs:
        print(f"mended on opening: {repair}", file=sys.stderr)
    for violation in violations:
        print(violation)
    if not violations:
        print(f"{folder}: {documents} documents, every invariant holds (index {snapshot.version})")
    return 1 if violations else 0


def _outline(arguments: argparse.Namespace) -> int:
    from ingest.outline import render_json, render_tree

    if arguments.json:
        _print_json(render_json(arguments.file))
    else:
        print(render_tree(arguments.file))
    return 0


@contextmanager
def _open_to_write(arguments: argparse.Namespace) -> Iterator[tuple[Index, Recipe]]:
    from ingest.recipe import standard_recipe
    from rag.index import Index

    settings = settings_from(arguments)
    embedder = arguments.open_embedder(settings)
    recipe = standard_recipe(embedder, settings.chunk_tokens)
    with Index.open(
        settings.index,
        embedder=embedder,
        chunk_tokens=recipe.chunk_tokens,
        create=True,
        rebuild=getattr(arguments, "rebuild", False),
    ) as index:
        yield index, recipe


def _open_embedder(settings: Settings) -> Embedder:
    from rag.models.embedding import open_embedder

    return open_embedder(settings)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A progress bar on a terminal, None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="file", leave=False) as bar:

        def show(step: Step) -> None:
            if step.stage == "embedding":
                bar.set_postfix_str(f"embedding {step.done}/{step.total}")
                return
            bar.total = step.total
            bar.n = step.done
            bar.set_postfix_str(step.source[-40:])
            bar.refresh()

        yield show


def _print_report(report: IngestReport, as_json: bool) -> int:
    if as_json:
        _print_json(asdict(report))
        return 1 if report.failed else 0
    for word, sources in (("added", report.added), ("updated", report.updated), ("removed", report.removed)):
        for source in sources:
            print(f"{word} {source}")
    for warning in report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for failure in report.failed:
        print(f"failed {failure.path}: {failure.error}", file=sys.stderr)
    print(
        f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged, "
        f"{len(report.failed)} failed: {report.documents} documents, {report.sections} sections, {report.chunks} "
        f"chunks, {report.chars:,} characters in {report.seconds:.1f} s (index {report.version})"
    )
    return 1 if report.failed else 0


def _document_payload(document: IndexedDocument) -> dict[str, Any]:
    metadata = asdict(document.metadata)
    metadata.pop("found_at")
    return {
        "doc_id": document.doc_id,
        "document": document.title,
        "source": document.source,
        "start": document.start,
        "end": document.end,
        "sections": document.sections,
        "chunks": document.chunks,
        "metadata": metadata,
    }


def _print_json(payload: dict[str, Any]) -> None:
    print(json.dumps(payload, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
