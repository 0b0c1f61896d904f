"""Every English sentence of the product that may be shown as a fault, read from the sources themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag import errors

ROOT = Path(__file__).parents[1]
PACKAGES = ("rag", "ingest", "eval", "ui")
RAISED = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.YijuError)}
WARNING = ("rag/compose.py", "rag/inquiry.py", "ingest/walk.py", "ingest/outline/", "ingest/readers/")
"""Modules that raise nothing, but tell warnings or why a file was not taken in."""
_WORDS = re.compile(r"[A-Za-z]+[,;:]? [a-z]{2,}|[a-z]{3,} \{\}")
_NO_WORDS = re.compile(r"\n|^\s*<|^[A-Z]{4,} ")
"""Several lines, markup, or SQL."""
_HOLES = re.compile(r"(?:\{\w*\})+")
_LOUD = re.compile(r"_logger\.|(?:Value|Type|Assertion)Error\(")
"""What no visitor reads: logs, and faults of the program itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """A string of the source: where it stands (``module:function`` or ``module:CONSTANT``), and its words."""

    place: str
    template: str
    """``{}`` for each value."""

    @property
    def key(self) -> str:
        """The words as the table has them: what is added to a message begins with that message."""
        return "{}" + self.template if self.template.startswith((" (", "; ")) else self.template

    def is_at(self, entry: str) -> bool:
        """Whether an entry of ``CANNOT_REACH_THE_PAGE`` means it."""
        return f"{self.place}: {self.template}".startswith(entry)


CANNOT_REACH_THE_PAGE = {
    "commands and the settings they start with": (
        "rag/__main__.py", "rag/console.py", "rag/settings.py", "rag/synonyms.py", "rag/lookup.py", "rag/chatbot.py:checked_scope",
        "ingest/__main__.py", "ingest/outline/render.py", "eval/__main__.py", "eval/agreement.py", "eval/baseline.py",
        "rag/index/folder.py:_DONE", "rag/index/folder.py:_UNDONE", "eval/judge.py", "eval/outputs.py", "eval/runs.py",
        "ui/identity.py", "ui/page.py", "ui/users/",
    ),
    "`make setup` fetches models, and says what to type": (
        "rag/models/weights/__init__.py", "rag/models/weights/e5.py", "rag/models/weights/gguf.py:assemble",
        "rag/models/weights/gguf.py:_append", "rag/models/weights/wheels.py", "ingest/readers/ocr.py:INSTALL",
    ),
    "the page adds files by name, removes by id, never rebuilds, and compares without floors": (
        "ingest/pipeline.py:sync", "ingest/pipeline.py:_take_in:", "ingest/pipeline.py:_named: {} documents are titled",
        "ingest/walk.py:_walk: the folder", "ingest/walk.py:_take_entry: it is a link", "rag/index/writer.py",
        "eval/candidates.py:decide: candidate {}: name the set", "eval/gate.py:_check_usable: --floor",
        "eval/gate.py:parse_floor",
    ),
    "only scripts and tests are answered so": ("ui/kept.py", "ui/talks.py", "ui/testing.py"),
    "reports, which are English throughout": (
        "eval/candidates.py:flags", "eval/compare.py:Verdict", "eval/compare.py:verdict", "eval/gate.py:broken_rules",
        "eval/gate.py:_floors", "eval/gate.py:_statistical", "eval/gate.py:_explain", "eval/gate.py:_loss",
        "eval/trend.py:trend_chart",
    ),
    "a line of a damaged evaluation set, mostly in pydantic's words": (
        "eval/cases.py:_parse", "eval/cases.py:load_set: {} line {}",
    ),
    "no message: patterns, SQL, keys": (
        "rag/index/store.py:ids_of", "rag/index/store.py:documents", "rag/index/store.py:totals",
        "rag/models/embedding_local.py:_SPECIMENS", "rag/models/embedding_local.py:_load: {} torch",
        "ingest/outline/links.py", "ingest/outline/markers.py", "ingest/outline/repeals.py", "ingest/outline/metadata.py:_EN_ISSUER",
        "ingest/readers/docx.py:_UNTITLED",
    ),
}  # fmt: skip
"""Why → where: a module, a function or constant of it, or a sentence there."""
ONE_WORD = frozenset({"nothing", "first", "second", "{} {} (HTTP {})"})
"""What is translated and is no sentence by the rule of ``sentences``."""


@cache
def sentences() -> tuple[Said, ...]:
    """Strings of two words or more in the modules that raise a ``YijuError`` or warn, docstrings apart."""
    return tuple(one for one in strings() if _WORDS.search(one.template) and not _NO_WORDS.search(one.template))


@cache
def strings() -> tuple[Said, ...]:
    """Every string in those modules."""
    found: list[Said] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            module = path.relative_to(ROOT).as_posix()
            if module.startswith(WARNING) or any(map(_raises, ast.walk(tree))):
                found += (Said(f"{module}:{scope}", words) for top in tree.body for scope, words in _inside(top, ""))
    return tuple(found)


def _raises(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED


def _inside(node: ast.AST, scope: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.JoinedStr | ast.Constant):
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str):
            yield scope, template(node)
        inner = node.values if isinstance(node, ast.JoinedStr) else []
        for value in inner:  # what stands in a hole may be words too
            if isinstance(value, ast.FormattedValue):
                yield from _inside(value.value, scope)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and _LOUD.match(ast.unparse(node)):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = node.name
    elif isinstance(node, ast.Assign) and not scope:
        scope = ast.unparse(node.targets[0])
    for child in ast.iter_child_nodes(node):
        yield from _inside(child, scope)


def template(node: ast.JoinedStr | ast.Constant) -> str:
    """The words of a string with ``{}`` for what is filled in; values in a row are one."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return _HOLES.sub("{}", "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts))
