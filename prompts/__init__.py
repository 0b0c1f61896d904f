"""Prompts: the Markdown files of this folder.

Each has a ``# system`` part, always the same so that a model's cache keeps it, and a ``# user`` part
with ``{variables}``. Their content hash is recorded in answers and runs.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file, parsed."""

    name: str
    system: str
    user: str
    hash: str
    """First 12 hex digits of the file's SHA-256."""

    @property
    def variables(self) -> frozenset[str]:
        """Names in braces in the user part."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.user) if name)

    def fill(self, **values: str) -> str:
        """The user part with every variable filled in.

        Raises:
            ValueError: a variable is missing or unknown.
        """
        if values.keys() != self.variables:
            raise ValueError(f"prompt {self.name} takes {sorted(self.variables)}, was given {sorted(values)}")
        return self.user.format(**values)


@cache
def load(name: str) -> Prompt:
    """The prompt in ``prompts/<name>.md``, for example ``answer.zh``.

    Raises:
        ValueError: the file has not both parts, in order.
    """
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    head, system, rest = text.partition("# system\n")
    system, user_mark, user = rest.partition("# user\n")
    if head.strip() or not user_mark:
        raise ValueError(f"prompts/{name}.md must hold '# system' and then '# user'")
    return Prompt(name, system.strip(), user.strip(), hashlib.sha256(text.encode()).hexdigest()[:12])
