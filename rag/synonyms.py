"""Words that mean the same: a text file, one group a line, that an organisation can edit.

.. code-block:: text

    # the words of a group stand for each other
    出差补助 = 伙食补助费 = 差旅补贴
    # one way: who says the first means the others too
    饭补 => 伙食补助费 = 伙食费

A question that holds a word of a group is searched for with the others too, at less weight. The
words of the documents, quotes and offsets are untouched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import SettingsError
from rag.name_units import Units, units

SHIPPED = Path(__file__).with_name("synonyms.txt")
"""General words of offices, in Chinese and English."""
MAX_EXPANSIONS = 24
_MAX_GROUP = 32
_MAX_WORD_CHARS = 60


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Groups of words, ready to be looked up in a question."""

    forms: dict[str, dict[Units, tuple[str, ...]]] = field(default_factory=dict)
    """First unit → a word's units → what it may be replaced by."""

    def expansions(self, question: str) -> tuple[str, ...]:
        """What the words of a question may also be called, in the question's order, each once.

        Where a longer word of the file stands at a place, the shorter ones inside it do not count.
        """
        read = units(question)
        found: dict[str, None] = {}
        i = 0
        while i < len(read):
            fitting = [form for form in self.forms.get(read[i], ()) if read[i : i + len(form)] == form]
            longest = max(fitting, key=len, default=())
            if longest:
                found |= dict.fromkeys(self.forms[read[i]][longest])
            i += max(1, len(longest))
        return tuple(found)[:MAX_EXPANSIONS]


def read_synonyms(paths: Iterable[Path]) -> Synonyms:
    """Read synonym files; groups of all files count together.

    Raises:
        SettingsError: a file that cannot be read or a line that is no group, naming file and line.
    """
    found: dict[Units, dict[str, None]] = {}
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            for word, replacements in _group(line, f"{path}, line {number}"):
                found.setdefault(units(word), {}).update(dict.fromkeys(replacements))
    forms: dict[str, dict[Units, tuple[str, ...]]] = {}
    for form, others in found.items():
        forms.setdefault(form[0], {})[form] = tuple(other for other in others if units(other) != form)
    return Synonyms(forms)


class SynonymFiles:
    """Synonym files that are read again when one changes; safe to use from many threads."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Read the files now, so that a mistake in them shows at the start."""
        self._paths = tuple(paths)
        self._lock = threading.Lock()
        self._state = self._stamp()
        self._synonyms = read_synonyms(self._paths)

    def current(self) -> Synonyms:
        """The synonyms as the files have them now; while a file cannot be read, those before."""
        state = self._stamp()
        with self._lock:
            if state != self._state:
                try:
                    self._synonyms = read_synonyms(self._paths)
                except SettingsError:
                    return self._synonyms
                self._state = state
            return self._synonyms

    def _stamp(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp_of(path) for path in self._paths)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingsError(f"synonyms: {path} cannot be read ({error.strerror}); name an existing text file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"synonyms: {path} is not UTF-8; save it as UTF-8 text") from None


def _group(line: str, place: str) -> list[tuple[str, list[str]]]:
    """(word, what it may be replaced by) for each word of a line that is looked up."""
    line = line.partition("#")[0].strip()
    if not line:
        return []
    left, one_way, right = line.partition("=>")
    words = [word.strip() for word in line.replace("=>", "=").split("=")]
    if not 2 <= len(words) <= _MAX_GROUP or (one_way and ("=" in left or "=>" in right)):
        raise SettingsError(f"synonyms: {place}: {line!r} is no group; write `word = word` or `word => word`")
    for word in words:
        if not units(word) or len(word) > _MAX_WORD_CHARS:
            raise SettingsError(
                f"synonyms: {place}: {word!r} is no word; each side of = needs letters, at most {_MAX_WORD_CHARS}"
            )
    return [(words[0], words[1:])] if one_way else [(word, [w for w in words if w != word]) for word in words]
