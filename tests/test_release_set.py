"""The release set is sound: gold that exists, questions in their own words, an honest split."""

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from outlined_folder import OutlinedFolder

from eval.cases import Case, load_set
from eval.numerals import contains
from ingest.readers import read
from rag.types import Section

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "eval/documents"
OUTLINED = OutlinedFolder(FOLDER)
FILES, source, documents = OUTLINED.files, OUTLINED.source, OUTLINED.documents
CASES = load_set(ROOT / "eval/sets/release.jsonl").cases
ANSWERABLE = [case for case in CASES if case.answerable]
KINDS = {
    "handbook", "measures", "minutes", "notice", "operating_procedure", "policy", "qa", "regulation", "rulebook",
    "speech", "standard", "work_plan", "work_summary",
}  # fmt: skip
WITHOUT_ANSWER = {"near_miss", "wrong_year", "undefined_level", "unanswerable"}
RUN_CHARS = 10
RUN_WORDS = 5
ALIKE = 0.6


def find(name: str, path: tuple[str, ...]) -> Section:
    """The section of that path; where a numbering mistake repeats a number, the first."""
    return OUTLINED.sections(name, path)[0]


def gold_texts(case: Case) -> list[str]:
    texts = []
    for gold in case.sections:
        for document in documents(gold.document):
            for section in document.sections:
                if section.path == gold.path:
                    texts.append(source(gold.document).text[section.start : section.end])
    return texts


# The documents


def test_there_are_many_documents_of_many_kinds_and_formats():
    assert len(FILES) >= 24
    assert len(KINDS & {tag for case in CASES for tag in case.tags}) == len(KINDS)
    assert {path.suffix for path in FILES} >= {".txt", ".md", ".docx", ".html"}


def test_no_document_is_one_of_the_samples():
    assert not {path.name for path in FILES} & {path.name for path in (ROOT / "samples").iterdir()}
    assert [path.name for path in FILES if re.search("云溪县|Brookvale", source(path.name).text)] == []


def test_rebuilding_gives_the_same_text(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    spec = importlib.util.spec_from_file_location(
        "build_evaluation_documents", ROOT / "scripts/build_evaluation_documents.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    built = module.build(tmp_path, module.BUILDS, module.SOURCES)
    assert {path.name for path in built} == {path.name for path in FILES if path.suffix in (".docx", ".html")}
    assert [path.name for path in built if read(path).text != source(path.name).text] == []


# Shares


def test_the_release_set_is_large_and_a_third_of_it_has_no_answer():
    assert len(CASES) >= 300
    assert 0.27 <= sum(not case.answerable for case in CASES) / len(CASES) <= 0.37


def test_most_of_what_has_no_answer_is_a_near_miss():
    without = [case for case in CASES if not case.answerable]
    assert sum(case.type == "unanswerable" for case in without) <= len(without) / 5


def test_every_kind_of_question_is_asked_in_both_parts():
    for part in ("dev", "unseen"):
        kinds = Counter(case.type for case in CASES if part in case.tags)
        assert {kind for kind, count in kinds.items() if count < 5} == set(), kinds
        assert len(kinds) >= 14
        tags = Counter(tag for case in CASES if part in case.tags for tag in case.tags)
        needed = ("en", "colloquial", "versions", "levels", "table", "follow_up", "cross_language", "hard", "inference")
        assert {tag for tag in needed if tags[tag] < 2} == set(), tags


def test_at_least_half_is_unseen_and_no_document_is_in_both_parts():
    unseen = [case for case in CASES if "unseen" in case.tags]
    assert len(unseen) >= max(150, len(CASES) / 2)
    parts = {"dev": set(), "unseen": set()}
    for case in CASES:
        (part,) = {"dev", "unseen"} & set(case.tags)
        parts[part] |= {gold.document for gold in case.sections[:1]}
    assert not parts["dev"] & parts["unseen"]
    assert min(len(part) for part in parts.values()) >= 12
    assert parts["dev"] | parts["unseen"] == {path.name for path in FILES}


def test_a_dev_case_looks_at_no_unseen_document():
    unseen = {gold.document for case in CASES if "unseen" in case.tags for gold in case.sections[:1]}
    assert [c.id for c in CASES if "dev" in c.tags and unseen & {gold.document for gold in c.sections}] == []


# The cases


def test_ids_are_used_once_over_both_sets():
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_well_formed(case: Case):
    language = "zh" if re.search(r"[一-鿿]", case.question) else "en"
    assert language in case.tags
    assert len(set(case.tags)) == len(case.tags)
    assert ("follow_up" in case.tags) == bool(case.history)
    assert ("redacted" in case.tags) == (case.type == "redaction")
    assert case.answer
    assert case.answerable == (case.type not in WITHOUT_ANSWER)
    if not case.answerable:
        assert (case.must_contain, case.sections, case.quote) == ((), (), "")
        return
    assert case.sections
    assert case.quote
    assert bool(case.must_contain) != case.expects_redaction


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_the_gold_exists_and_holds_the_quote(case: Case):
    for gold in case.sections:
        find(gold.document, gold.path)
    assert any(case.quote in text for text in gold_texts(case))


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_what_an_answer_must_contain_stands_in_the_gold_and_not_in_the_question(case: Case):
    if case.type != "yes_no" and "cross_language" not in case.tags:
        printed = re.sub(r"\s+", " ", " ".join(gold_texts(case)))
        assert [one for one in case.must_contain if not any(contains(printed, words) for words in one)] == []
    if not case.is_list:
        assert [one for one in case.must_contain if any(contains(case.question, words) for words in one)] == []


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_a_question_is_no_copy_of_its_answer(case: Case):
    text = " ".join(gold_texts(case))
    if "zh" in case.tags:
        question, printed = re.sub(r"\s", "", case.question), re.sub(r"\s", "", text)
        pieces = [question[i : i + RUN_CHARS] for i in range(len(question) - RUN_CHARS + 1)]
    else:
        words = re.findall(r"[a-z0-9]+", case.question.lower())
        printed = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
        pieces = [f" {' '.join(words[i : i + RUN_WORDS])} " for i in range(len(words) - RUN_WORDS + 1)]
    assert [piece for piece in pieces if piece in printed] == []


def test_no_two_questions_are_nearly_the_same():
    pairs = [{case.question[i : i + 2] for i in range(len(case.question) - 1)} for case in CASES]
    alike = [
        (one.id, other.id)
        for i, one in enumerate(CASES)
        for j, other in enumerate(CASES[:i])
        if len(pairs[i] & pairs[j]) > ALIKE * len(pairs[i] | pairs[j])
    ]
    assert alike == []
