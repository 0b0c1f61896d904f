"""``python -m rag``: search, ask, show a clause, set up the models."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from rag.console import add_settings_flags, run_command, settings_from
from rag.errors import UsageError, YijuError
from rag.types import Answer, Delta, Done, Hit, IndexedDocument, Question, Scope, Sources, Turn

_REPORTS = (".md", ".docx")
_EPILOG = """examples:
  python -m rag ask '住宿费的标准是多少？' --index var/index
  python -m rag search 'annual leave' --index var/index -k 5 --json
  python -m rag ask 'Who approves leave?' --index var/index --out answer.docx
  python -m rag ask --batch questions.jsonl --out answers.jsonl --index var/index --llm extractive
  python -m rag show '《差旅费管理办法》第十二条' --index var/index
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 it failed (one line says why), 2 usage."""
    return run_command(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag",
        description="Ask questions of an index of policy documents, search it, and show its clauses.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(execute=run)
        add_settings_flags(sub)
        return sub

    def scoped(sub: argparse.ArgumentParser, out: str = "where --batch writes its results") -> None:
        sub.add_argument("question", nargs="?", help="the question")
        sub.add_argument("--document", action="append", metavar="ID", help="only this document; repeatable")
        sub.add_argument("--year", type=int, help="only documents of this year")
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.add_argument("--batch", type=Path, metavar="IN.jsonl", help="many questions, one JSON object a line")
        sub.add_argument("--out", type=Path, metavar="FILE", help=out)

    search = command("search", _search, "find the sections that bear on a question")
    scoped(search)
    search.add_argument("-k", type=int, default=10, help="how many sections (default 10)")
    ask = command("ask", _ask, "answer a question; every sentence cites its clause")
    scoped(ask, out="where --batch writes its results; for one question, FILE.md or FILE.docx: with footnotes")
    ask.add_argument("--llm", choices=["local", "extractive", "openai"], help="who phrases the answer")
    show = command("show", _show, "print a clause by its label or id")
    show.add_argument("name", metavar="LABEL_OR_ID", help="for example '《差旅费管理办法》第十二条'")
    show.add_argument("--quote", help="words of the clause to mark")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    command("setup", _setup, "unpack the two default models into the setting `models`")
    return parser


def _search(arguments: argparse.Namespace) -> int:
    from rag.chatbot import open_chatbot
    from rag.payloads import search_payload

    if arguments.k < 1:
        raise UsageError(f"-k must be at least 1, was given {arguments.k}")
    bot = open_chatbot(settings_from(arguments))
    if arguments.batch:

        def one(question: Question) -> dict[str, Any]:
            hits, seconds = bot.search(question, arguments.k)
            return search_payload(question.text, hits, seconds)

        return _batch(arguments, bot, one)
    question = _question(arguments, bot)
    hits, seconds = bot.search(question, arguments.k)
    if arguments.json:
        _print_json(search_payload(question.text, hits, seconds))
    else:
        _print_hits(hits)
    return 0


def _ask(arguments: argparse.Namespace) -> int:
    from rag.chatbot import open_chatbot
    from rag.payloads import answer_payload

    bot = open_chatbot(settings_from(arguments))
    if arguments.batch:
        bot.preload()
        return _batch(arguments, bot, lambda question: answer_payload(bot.ask(question)))
    question = _question(arguments, bot)
    if arguments.out is not None and arguments.out.suffix.lower() not in _REPORTS:
        raise UsageError(f"--out {arguments.out}: the name must end in {' or '.join(_REPORTS)}")
    bot.preload()
    if arguments.json or arguments.out is not None:
        answer = bot.ask(question)
        if arguments.out is not None:
            _write_report(arguments.out, answer, bot.index.snapshot().documents())
        if arguments.json:
            _print_json(answer_payload(answer))
        return 0
    for event in bot.stream(question):
        if isinstance(event, Sources) and event.evidence:
            print("\n".join(f"  · {e.hit.label}" for e in event.evidence), file=sys.stderr)
        elif isinstance(event, Delta):
            print(event.text, end="", flush=True)
        elif isinstance(event, Done):
            _print_answer_end(event.answer)
    return 0


def _write_report(path: Path, answer: Answer, documents: Sequence[IndexedDocument]) -> None:
    from rag.export import entry_of, markdown, report_of
    from rag.export_docx import docx_bytes
    from rag.question import language_of

    known = {document.doc_id: document for document in documents}
    today = datetime.now().astimezone().date().isoformat()
    report = report_of([entry_of(answer, today)], known, language_of(answer.question))
    content = docx_bytes(report) if path.suffix.lower() == ".docx" else markdown(report).encode()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _show(arguments: argparse.Namespace) -> int:
    from rag.index import Index
    from rag.lookup import find_place
    from rag.payloads import search_payload
    from rag.retrieve import section_hit, subtree_text

    snapshot = Index.open(settings_from(arguments).index).snapshot()
    place = find_place(snapshot, arguments.name)
    doc_id, section = place.doc_id, place.section
    hit = section_hit(snapshot, doc_id, section, span=place.span, part=place.part)
    if arguments.json:
        _print_json(search_payload(arguments.name, [hit], 0.0)["hits"][0])
        return 0
    text = hit.text if hit.span else subtree_text(snapshot, doc_id, section)
    if arguments.quote:
        if arguments.quote not in text:
            raise UsageError(f"{hit.label} does not hold {arguments.quote!r}")
        mark = ("\033[7m", "\033[0m") if sys.stdout.isatty() else ("【", "】")
        text = text.replace(arguments.quote, f"{mark[0]}{arguments.quote}{mark[1]}", 1)
    page = f" · p. {hit.page}" if hit.page else ""
    print(f"{hit.label}\n{hit.source}{page} · {doc_id}:{section.id}\n\n{text}")
    return 0


def _setup(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from rag.models.weights import prepare_models

    bars: dict[str, Any] = {}

    def progress(name: str, done: int, total: int) -> None:
        bar = bars.get(name) or bars.setdefault(name, tqdm(total=total, unit="B", unit_scale=True, desc=name))
        bar.update(done - bar.n)

    prepare_models(settings_from(arguments), announce=print, progress=progress)
    for bar in bars.values():
        bar.close()
    return 0


def _question(arguments: argparse.Namespace, bot: Any) -> Question:
    if arguments.question is None:
        raise UsageError("no question was given: python -m rag ask 'QUESTION', or --batch IN.jsonl --out OUT.jsonl")
    return Question(text=arguments.question, scope=_scope(bot, arguments.document or [], arguments.year))


def _scope(bot: Any, documents: Sequence[str], year: int | None) -> Scope:
    from rag.chatbot import checked_scope

    if not documents and year is None:
        return Scope()
    return checked_scope(bot.index.snapshot(), documents, year)


def _batch(arguments: argparse.Namespace, bot: Any, answer: Callable[[Question], dict[str, Any]]) -> int:
    if arguments.out is None:
        raise UsageError("--batch needs --out OUT.jsonl")
    from tqdm import tqdm

    lines = list(_batch_lines(arguments.batch))
    failed = 0
    with _batch_out(arguments.out, arguments.batch) as out:
        for number, line in tqdm(lines, disable=not sys.stderr.isatty()):
            record: dict[str, Any] = {"id": None}
            try:
                given = _batch_record(line, number)
                record["id"] = given.get("id")
                record.update(answer(_batch_question(given, bot)))
            except YijuError as error:
                failed += 1
                record["error"] = str(error)
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            out.flush()
    if failed:
        print(
            f"yiju: {failed} of {len(lines)} questions failed; each has its error in {arguments.out}", file=sys.stderr
        )
    return 1 if failed else 0


def _batch_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, each with its number in the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _batch_out(path: Path, questions: Path) -> TextIO:
    """The file of the results; half a character, which an id may hold, is written as JSON writes it."""
    if path.exists() and path.samefile(questions):
        raise UsageError(f"--out {path} is the file of the questions, which would be lost; name another file")
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"--out {path} cannot be written: {error.strerror}") from None


def _batch_record(line: str, number: int) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"line {number} is not JSON: {error}") from None
    if not isinstance(given, dict) or not isinstance(given.get("question"), str):
        raise UsageError(f'line {number} must be an object with "id" and "question"')
    return given


def _batch_question(given: dict[str, Any], bot: Any) -> Question:
    documents = given.get("document") or []
    documents = [documents] if isinstance(documents, str) else documents
    if not isinstance(documents, list) or not all(isinstance(name, str) for name in documents):
        raise UsageError(f'"document" must be a string or a list of strings, not {documents!r}')
    year = given.get("year")
    if year is not None and (not isinstance(year, int) or isinstance(year, bool)):
        raise UsageError(f'"year" must be a whole number, not {year!r}')
    history = given.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, dict) and "question" in turn for turn in history):
        raise UsageError('"history" must be a list of {"question", "answer"} objects')
    turns = tuple(Turn(question=str(turn["question"]), answer=str(turn.get("answer", ""))) for turn in history)
    return Question(text=given["question"], scope=_scope(bot, documents, year), history=turns)


def _print_json(payload: dict[str, Any]) -> None:
    print(json.dumps(payload, ensure_ascii=False))


def _print_hits(hits: Sequence[Hit]) -> None:
    if not hits:
        print("nothing found")
    for hit in hits:
        page = f" · p. {hit.page}" if hit.page else ""
        text = " ".join(hit.text.split())
        print(f"{hit.rank:2}. {hit.label}{page} · {hit.source}\n    {text[:160]}{'…' if len(text) > 160 else ''}")


def _print_answer_end(answer: Answer) -> None:
    print()
    for citation in answer.citations:
        page = f" p. {citation.page}" if citation.page else ""
        print(f"  [{citation.n}] {citation.label}{page} · {citation.source}\n      {' '.join(citation.quote.split())}")
    if answer.closest:
        print("  →", " · ".join(closest.label for closest in answer.closest))
    for warning in answer.warnings:
        print(f"  ! {warning}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
