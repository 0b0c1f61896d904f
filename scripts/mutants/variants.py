"""One change of the pipeline, and the ways in which changes are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import prompts
from eval.system import System
from ingest.recipe import Recipe
from prompts import Prompt
from rag.index import Snapshot
from rag.types import Answer, Question
from scripts.mutants.workshop import Altered, Workshop

Make = Callable[[Workshop], AbstractContextManager[System]]


@dataclass(frozen=True, slots=True)
class Variant:
    """A pipeline that differs in one thing."""

    name: str
    words: str
    """What differs."""
    make: Make
    """Gives the changed system, for as long as its context is open."""
    needs_model: bool = False
    """Whether it shows only where a language model writes; such a one is asked fewer questions."""


def settings_of(**changes: Any) -> Make:
    """Other settings."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        yield shop.bot(**changes)

    return make


def output(answer: Callable[[Question, Answer], Answer]) -> Make:
    """Answers changed on their way out."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        yield Altered(shop.bot(), answer)

    return make


def replaced(target: Any, **methods: Callable[[Any], Any]) -> Make:
    """Attributes of a class or module changed; each value makes the new one from the old one."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        changed = {name: change(getattr(target, name)) for name, change in methods.items()}
        with mock.patch.multiple(target, **changed):
            yield shop.bot()

    return make


def in_snapshot(**methods: Callable[[Any], Any]) -> Make:
    """Methods of the index changed."""
    return replaced(Snapshot, **methods)


def over_index(
    change: Callable[[Recipe], Recipe] = lambda recipe: recipe,
    folders: Callable[[Sequence[Path], Path], Sequence[Path]] = lambda given, empty: given,
) -> Make:
    """Another index, of files read or chosen in another way."""

    @contextmanager
    def make(shop: Workshop) -> Iterator[System]:
        with shop.other_index(change=change, folders=folders) as index:
            yield shop.bot(index=index)

    return make


def prompted(change: Callable[[Prompt], Prompt]) -> Make:
    """The language model told something else."""
    return replaced(prompts, load=lambda plain: lambda name: change(plain(name)))
