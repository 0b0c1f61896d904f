"""An optional judge: a language model that calls frozen answers right, partial or wrong.

It sees the question, a right answer written by hand and the reply, and can only say one of three
words: its verdict is constrained by a grammar (GBNF for a model in this process, a JSON schema for an
endpoint). It never stands alone: its agreement with labels given by hand is measured each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import prompts
from eval.agreement import Labelled, agreement
from eval.cases import Case
from eval.records import CaseRun, Judged, Label, Run
from eval.scoring import language
from rag.errors import UsageError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings

LABELS: tuple[Label, ...] = ("right", "partial", "wrong")
GRAMMAR = r'root ::= "{\"verdict\": \"" ("right" | "partial" | "wrong") "\"}"'
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": list(LABELS)}},
    "required": ["verdict"],
    "additionalProperties": False,
}
PROMPTS = ("judge.zh", "judge.en")
_MAX_TOKENS = 24
_NO_ANSWER = {
    "zh": "（文件没有规定，正确的回答是说明没有依据）",
    "en": "(the documents do not say; a right reply says so)",
}

Progress = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Judge:
    """A language model in the judge's seat."""

    llm: LLM
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """What constrains its output to a verdict."""

    def verdict(self, question: str, reference: str, reply: str) -> Label | None:
        """Right, partial or wrong; None where what it said cannot be read.

        Raises:
            ModelError: it cannot be asked.
        """
        from llama_index.core.base.llms.types import ChatMessage

        tongue = language(question)
        prompt = prompts.load(f"judge.{tongue}")
        user = prompt.fill(question=question, reference=reference or _NO_ANSWER[tongue], reply=reply)
        messages = [ChatMessage(role="system", content=prompt.system), ChatMessage(role="user", content=user)]
        said = self.llm.chat(messages, max_tokens=_MAX_TOKENS, temperature=0.0, **self.options)
        return _label(str(said.message.content or ""))


def open_judge(settings: Settings) -> Judge:
    """The judge that settings name, apart from who answers.

    Raises:
        UsageError: none is named.
        ModelError: it cannot be had.
    """
    from rag.models.llm import open_llm

    if settings.judge == "none":
        raise UsageError("no judge is set; name one: --set judge=local, or judge=openai with judge_model")
    own = settings.model_copy(
        update={
            "llm": settings.judge,
            "llm_path": settings.judge_path,
            "openai_base_url": settings.judge_base_url,
            "openai_model": settings.judge_model,
            "openai_key_env": settings.judge_key_env,
        }
    )
    llm = open_llm(own)
    if llm is None:
        raise UsageError(f"judge = {settings.judge} is no language model")
    form = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA}}
    options = {"grammar": GRAMMAR} if settings.judge == "local" else {"response_format": form}
    return Judge(llm, llm.metadata.model_name, options)


def verdicts(judge: Judge, labelled: Sequence[Labelled], progress: Progress = lambda: None) -> list[Label | None]:
    """What a judge says of replies that were labelled by hand, in their order; ``progress`` is called after each."""
    found = []
    for one in labelled:
        found.append(judge.verdict(one.question, one.reference, one.reply))
        progress()
    return found


def judge_run(run: Run, judge: Judge, labelled: Sequence[Labelled], progress: Progress = lambda: None) -> Run:
    """The run with a verdict on every reply, and the judge's agreement with ``labelled``; scores are left as they are.

    ``progress`` is called after each of the ``len(labelled) + len(run.cases)`` steps.
    """
    theirs = verdicts(judge, labelled, progress)
    cases = []
    for case in run.cases:
        found = None if case.status == "error" else judge.verdict(case.question, _reference(case.case), case.answer)
        cases.append(replace(case, verdict=found))
        progress()
    judged = Judged(
        model=judge.model,
        prompts={name: prompts.load(name).hash for name in PROMPTS},
        agreement=agreement([one.label for one in labelled], theirs),
        unreadable=sum(_is_unread(case) for case in cases),
    )
    return replace(run, cases=tuple(cases), judged=judged)


def _reference(case: Case) -> str:
    """A right answer in words: that of the case, or else its facts."""
    if not case.answerable:
        return ""
    return case.answer or "; ".join(" / ".join(facts) for facts in case.must_contain) or case.quote


def _is_unread(case: CaseRun) -> bool:
    return case.verdict is None and case.status != "error"


def _label(said: str) -> Label | None:
    try:
        found = json.loads(said).get("verdict")
    except (json.JSONDecodeError, AttributeError):
        return None
    return cast("Label", found) if found in LABELS else None
