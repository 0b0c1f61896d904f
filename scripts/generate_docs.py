"""Write the parts of the documentation that are read from the code: settings table, command-line help.

``--check`` changes nothing and fails where a file is out of date (``make check``).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["COLUMNS"] = "100"

from rag.settings import Settings  # noqa: E402 - after the path is set

_BLOCK = "<!-- generated: {name} -->\n{body}\n<!-- end -->"
_CHINESE = ROOT / "docs" / "settings.zh-CN.txt"


def settings_table(language: str) -> str:
    """All settings as a Markdown table; Chinese descriptions stand in docs/settings.zh-CN.txt."""
    chinese = dict(
        line.split(" ", 1) for line in _CHINESE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    )
    head = "| setting | default | what it is |" if language == "en" else "| 设置项 | 默认值 | 含义 |"
    rows = [head, "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        description = field.description if language == "en" else chinese[name]
        rows.append(f"| `{name}` | {default} | {description} |")
    return "\n".join(rows)


def command_help(module: str) -> str:
    """``--help`` of a command and all its sub-commands, as Markdown."""
    main: Callable[[list[str]], int] = __import__(f"{module}.__main__", fromlist=["main"]).main
    top = _help(main, [])
    names = re.findall(r"^    ([a-z]+)  ", top, re.MULTILINE)
    parts = [f"## `python -m {module}`\n\n```text\n{top}```"]
    parts += [f"### `{module} {name}`\n\n```text\n{_help(main, [name])}```" for name in names]
    return "\n\n".join(parts)


def _help(main: Callable[[list[str]], int], arguments: list[str]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main([*arguments, "--help"])
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _with_block(text: str, name: str, body: str) -> str:
    pattern = re.compile(rf"<!-- generated: {name} -->\n.*?<!-- end -->", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"no block for {name}")
    return pattern.sub(lambda _: _BLOCK.format(name=name, body=body), text)


def main() -> int:
    """Write or check; 1 where ``--check`` found a file out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a file would change")
    check = parser.parse_args().check
    wanted = {
        ROOT / "docs" / "cli.md": "# Command line\n\nMade by `make format` from the commands themselves.\n\n"
        + "\n\n".join(command_help(module) for module in ("ingest", "rag", "eval", "ui.users"))
        + "\n"
    }
    for file, language in (("README.md", "en"), ("README.zh-CN.md", "zh")):
        path = ROOT / file
        wanted[path] = _with_block(path.read_text(encoding="utf-8"), "settings", settings_table(language))
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(wanted[path], encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)} {'is out of date: run make format' if check else 'written'}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
