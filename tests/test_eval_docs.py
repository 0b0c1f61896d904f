"""What the documentation and the workflow of the evaluation say can be done as they say it."""

import re
import shlex
from pathlib import Path

import pytest

import eval.__main__ as eval_commands
import ingest.__main__ as ingest_commands
from scripts.mutants.__main__ import _parser as mutants_parser

ROOT = Path(__file__).parents[1]
WORKFLOW = (ROOT / ".github" / "workflows" / "gate.yml").read_text(encoding="utf-8")
PARSERS = {"eval": eval_commands._parser, "ingest": ingest_commands._parser, "scripts.mutants": mutants_parser}
DOCS = [ROOT / "docs" / "evaluation.md", ROOT / "docs" / "evaluation-sets.md"]


def told() -> list[str]:
    """Every command of ours in the documents and the workflow, its variables filled in."""
    found = [line for path in DOCS for line in path.read_text(encoding="utf-8").splitlines() if line[:7] == "python "]
    values = dict(re.findall(r"^  ([A-Z]+): (\S+)$", WORKFLOW, re.MULTILINE))
    steps = re.findall(r"\.venv/bin/(python -m [^>|\n]+)", WORKFLOW)
    return found + [re.sub(r"\$(\w+)", lambda match: values[match[1]], step) for step in steps]


@pytest.mark.parametrize("command", told())
def test_commands_parse_and_name_files_that_exist(command):
    words = shlex.split(command)
    if words[1] == "-m":
        PARSERS[words[2]]().parse_args(words[3:])
    else:
        assert (ROOT / words[1]).exists()
    for word in words[3:]:
        if re.match(r"(eval/sets|eval/documents|samples)\b", word):
            assert (ROOT / word).exists(), word


def test_the_workflow_and_the_documentation_hold_releases_against_the_same_baseline():
    named = {path.read_text(encoding="utf-8").count("eval/baselines/release.json.gz") > 0 for path in DOCS[:1]}
    assert named == {True}
    assert "BASELINE: eval/baselines/release.json.gz" in WORKFLOW
    assert "eval/baselines/release.json.gz" in eval_commands._parser().format_help()
