"""Where a run lies: one JSON file, or a folder with the run, its frozen answers and what it was made with.

``RUN.json`` is one file, ``RUN.json.gz`` the same compressed, for a baseline that is committed; while the
run is being made its answers lie in ``RUN.json.partial.jsonl``.
A folder holds ``run.json`` (the same file), ``answers.jsonl`` (a line a case, written as the replies
come) and ``environment.json`` (everything in the run but the cases). Whatever reads a run takes either.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.records import RUN, SCHEMA, Run
from rag.errors import UsageError

RUN_FILE, ANSWERS_FILE, ENVIRONMENT_FILE = "run.json", "answers.jsonl", "environment.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one run."""

    run: Path
    answers: Path
    """Replies as they come; what a stopped run goes on from."""
    environment: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(path for path in (self.run, self.answers, self.environment) if path is not None)

    @property
    def name(self) -> str:
        """What a report calls the run."""
        return (
            self.run.name.removesuffix(".gz").removesuffix(".json")
            if self.environment is None
            else self.run.parent.name
        )


def place(path: Path) -> Place:
    """The files of the run at ``path``, whether there yet or not; a folder unless it ends in ``.json`` or ``.gz``."""
    if path.suffix in (".json", ".gz") and not path.is_dir():
        return Place(run=path, answers=path.with_name(path.name + ".partial.jsonl"))
    return Place(run=path / RUN_FILE, answers=path / ANSWERS_FILE, environment=path / ENVIRONMENT_FILE)


def read_run(path: Path) -> Run:
    """Read a run, from its file or its folder.

    Raises:
        UsageError: it is missing or no run of this version.
    """
    file = place(path).run
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise UsageError(f"{file}: not a compressed run; make one: python -m eval baseline RUN --out {file}") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot read this run: {error.strerror}; make one: python -m eval run") from None
    try:
        run = RUN.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{file}: not a run file: {where or 'the file'}: {first['msg']}") from None
    if run.schema != SCHEMA:
        raise UsageError(f"{file}: run of schema {run.schema}, this version reads {SCHEMA}; run the set again")
    return run


def write_run(run: Run, path: Path) -> None:
    """Write a run, each file whole or not at all; a folder keeps its answers, a single file needs them no longer."""
    files = place(path)
    told = RUN.dump_python(run, mode="json")
    _write(files.run, _json(told))
    if files.environment is None:
        files.answers.unlink(missing_ok=True)
        return
    made_with = {key: value for key, value in told.items() if key not in ("cases", "metrics", "summaries")}
    _write(files.environment, json.dumps(made_with, ensure_ascii=False, indent=1).encode())


def _json(told: Mapping[str, Any]) -> bytes:
    """JSON with a case a line: small, and a baseline's history shows which cases changed."""
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in told["cases"])
    parts = {key: json.dumps(value, ensure_ascii=False, indent=1) for key, value in told.items()}
    parts["cases"] = f"[\n{lines}\n]"
    return ("{\n" + ",\n".join(f"{json.dumps(key)}: {part}" for key, part in parts.items()) + "\n}").encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    # No time stamp: the same run is the same file.
    temporary.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data + b"\n")
    temporary.replace(path)
