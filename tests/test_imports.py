"""Who may import whom (docs/architecture.md), read from the imports themselves."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "prompts": set(),
    "rag": {"prompts"},
    "ingest": {"rag"},
    "eval": {"rag", "ingest", "prompts"},
    "ui": {"rag", "ingest", "eval", "prompts"},
    "app": {"ui", "rag"},
}
# One file each, so that a library can be replaced in one place.
ONLY_IN = {
    "faiss": {"rag/index/vectors.py"},
    "tantivy": {"rag/index/lexical.py"},
    "sentence_transformers": {"rag/models/embedding_local.py", "rag/models/reranker.py"},
    "xllamacpp": {"rag/models/llm_local.py"},
    "opencc": {"rag/normalize.py"},
    "openpyxl": {"ingest/readers/sheets.py"},
    "rapidocr": {"ingest/readers/ocr.py"},
}
BOTTOM = {"types", "errors", "settings", "normalize", "numerals", "sentences"}
ADAPTERS = {"index.vectors", "index.lexical", "models.embedding_local", "models.llm_local", "models.llm_openai"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(package: str) -> list[Path]:
    return [ROOT / "app.py"] if package == "app" else sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_downwards(package):
    allowed = MAY_IMPORT[package] | {package}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(package)
        for name in imports(path)
        if name.split(".")[0] in MAY_IMPORT and name.split(".")[0] not in allowed
    }
    assert wrong == set()


@pytest.mark.parametrize("library", ONLY_IN)
def test_each_heavy_library_is_imported_only_by_its_adapters(library):
    users = {
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in files(package)
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert users == ONLY_IN[library]


def test_the_bottom_of_rag_imports_only_the_bottom():
    wrong = {
        f"{name} imports {imported}"
        for name in BOTTOM
        for imported in imports(ROOT / "rag" / f"{name}.py")
        if imported.startswith("rag.") and imported.split(".")[1] not in BOTTOM
    }
    assert wrong == set()


def test_adapters_do_not_import_each_other():
    wrong = {
        f"{name} imports {imported}"
        for name in ADAPTERS
        for imported in imports(ROOT / "rag" / f"{name.replace('.', '/')}.py")
        if imported.removeprefix("rag.") in ADAPTERS - {name}
    }
    assert wrong == set()
