"""The README's commands are commands that exist."""

import re
import shlex
from pathlib import Path

import pytest

import eval.__main__ as eval_commands
import ingest.__main__ as ingest_commands
import rag.__main__ as rag_commands

ROOT = Path(__file__).parents[1]
PARSERS = {"rag": rag_commands._parser, "ingest": ingest_commands._parser, "eval": eval_commands._parser}


def commands(file: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("file", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_commands_parse(file):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = commands(file)
    assert found
    for command in found:
        words = shlex.split(command)
        if words[:2] == ["python", "-m"]:
            PARSERS[words[2]]().parse_args(words[3:])
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), command
        else:
            assert words[0] in {"source", "python"}, command


def test_both_readmes_have_the_same_commands():
    assert commands("README.md") == commands("README.zh-CN.md")


@pytest.mark.parametrize("file", ["README.md", "README.zh-CN.md"])
def test_links_and_pictures_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target
