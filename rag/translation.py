"""Asking documents in their own language: the question, translated by the language model.

The words of a question mean nothing to lexical search over documents in another language, and its vector finds what
is alike in its own language first. A small model translates a question well enough to look for clauses; what it
invents on the way is not let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.base.llms.types import ChatMessage

import prompts
from rag.numerals import missing_numbers
from rag.question import Language, language_of

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.names import Names
    from rag.types import Scope

_MAX_TOKENS = 120
_LONGEST = 400
_TO: dict[Language, Language] = {"zh": "en", "en": "zh"}


def share_in_its_language(names: Names, scope: Scope, question: str) -> float:
    """Share of the documents in scope that are in a question's language; 1 where there are none."""
    among = (frozenset(scope.documents) or names.ids).difference(scope.without)
    own = among & names.chinese if language_of(question) == "zh" else among - names.chinese
    return len(own) / len(among) if among else 1.0


def translation_prompt(into: Language) -> prompts.Prompt:
    """What the model is told to translate a question with."""
    return prompts.load(f"translate.{into}")


def translated(llm: LLM, question: str) -> str | None:
    """A Chinese question in English, an English one in Chinese; None where what the model wrote cannot be that.

    Raises:
        ModelError: the model gives no answer.
    """
    into = _TO[language_of(question)]
    prompt = translation_prompt(into)
    response = llm.chat(
        [
            ChatMessage(role="system", content=prompt.system),
            ChatMessage(role="user", content=prompt.fill(question=question)),
        ],
        max_tokens=_MAX_TOKENS,
    )
    written = (response.message.content or "").strip().split("\n")[0].strip()
    if not written or len(written) > _LONGEST or language_of(written) != into:
        return None
    return None if missing_numbers(written, question) else written
