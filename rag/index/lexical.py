"""Lexical search: BM25 in tantivy over our own tokens, filtered inside the engine.

Which state of the truth the index reflects stands in a file beside it, written before each commit:
the stamp before and the stamp after, and tantivy's own operation count, which tells whether the
commit came about. (A marker document would tell it too, but would count in the BM25 statistics.)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.index.ranking import Ranking, with_ties
from rag.normalize import normalize, tokens
from rag.types import Scope

FOLDER_NAME = "lexical"
STAMP_NAME = "stamp.json"
CHECKED_NAME = "checked.json"
SCORE_DIGITS = 4
"""Scores that agree in so many digits count as equal; the rest depends on the order of summation."""
MAX_TERMS = 1024
"""Different words of a question that are looked for; the rest is left out."""
_MAX_TOKEN_CHARS = 128
_UNFINISHED = re.compile(r"[a-z][a-z0-9]+$")
_STEM_CHARS, _SUFFIX_CHARS = 4, 4
_HEAP_BYTES = 32_000_000
_LAYOUT = "1"
_PROBE = "第十二条 住宿費每人每天350元 ＡＢＣ-12 e.g. policy_number’s 國辦發〔2019〕4號"
_READ_BYTES = 1 << 22
_FOOTER = struct.Struct("<II")
_FOOTER_MAGIC = 1337


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What is searched of a chunk."""

    id: int
    doc_id: str
    year: int | None
    body: str
    heading: str


@dataclass(frozen=True, slots=True)
class Boosts:
    """Weight of a match in each field."""

    body: float = 1.0
    heading: float = 0.5


class LexicalView:
    """One committed state of the tantivy index; never changes, so many threads may search it."""

    def __init__(self, searcher: Any, stamp: str) -> None:
        self._searcher = searcher
        self.stamp = stamp

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(
        self,
        text: str,
        k: int,
        scope: Scope,
        boosts: Boosts,
        extra: Sequence[tuple[str, float]] = (),
        *,
        unfinished: bool = False,
    ) -> Ranking:
        """The best ``k`` (id, BM25) for the words of ``text``, best first, and all that tie with the last.

        ``extra`` are further phrases, each with the weight that its words have beside 1 for the text's own.
        With ``unfinished`` the last word, if in Latin letters, may be the beginning of a word.
        """
        words = _weighted(text, extra)
        if not words or k < 1 or len(self) < 1:
            return []
        query = _query(words, scope, boosts, beginning=_last_word(text) if unfinished else "")
        wanted = k + 8
        while True:
            hits = self._searcher.search(query, min(wanted, len(self)), count=False).hits
            scores = [round(float(score), SCORE_DIGITS) for score, _ in hits]
            if len(hits) < wanted or scores[-1] != scores[min(k, len(scores)) - 1]:
                break
            wanted *= 4
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        found = sorted(zip(ids, scores, strict=True), key=lambda pair: (-pair[1], pair[0]))
        return with_ties(found, k)

    def frequencies(self, words: Sequence[str]) -> list[int]:
        """For each lexical token, in how many chunks' bodies it stands (removed ones count until they are merged)."""
        return [int(self._searcher.doc_freq("body", word)) for word in words]

    def finds(self, entry: LexicalEntry) -> bool:
        """Whether the entry is there, with its words, its document and its year."""
        from tantivy import Occur, Query

        wanted: list[tuple[str, int | str]] = [("id", entry.id), ("doc_id", entry.doc_id)]
        wanted += [("year", entry.year)] if entry.year is not None else []
        wanted += [("body", word) for word in _words(entry.body)[:MAX_TERMS]]
        wanted += [("heading", word) for word in _words(entry.heading)[:MAX_TERMS]]
        terms = [Query.term_query(_schema(), field, value, index_option="basic") for field, value in wanted]
        query = Query.boolean_query([(Occur.Must, Query.const_score_query(term, 0.0)) for term in terms])
        return len(self._searcher.search(query, 2, count=False).hits) == 1

    def ids(self) -> npt.NDArray[np.int64]:
        """All chunk ids, ascending."""
        hits = self._searcher.search(_all_query(), max(1, len(self)), count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return np.sort(np.asarray(ids, dtype=np.int64))


def open_view(folder: Path, *, verify: bool = False) -> LexicalView | None:
    """The state committed last; None where there is none that can be read.

    ``verify`` also compares every file with the checksum that tantivy wrote at its end, unless it
    was found sound before and has not been touched since.
    """
    import tantivy

    path = folder / FOLDER_NAME
    try:
        if verify and not _intact(path):
            return None
        stamp = _read_stamp(path)
        index = tantivy.Index.open(str(path))
        index.config_reader("manual", 0)
        index.reload()
        searcher = index.searcher()
    except (ValueError, OSError):
        return None
    # Not the same after as before: a commit came between, and the searcher may stand on either side.
    return LexicalView(searcher, stamp) if stamp is not None and stamp == _read_stamp(path) else None


def update(folder: Path, stamp: str, dropped: Sequence[int], entries: Iterable[LexicalEntry]) -> None:
    """Bring the index to ``stamp`` in one commit; doing it twice is the same as once."""
    import tantivy

    _write(folder / FOLDER_NAME, tantivy.Index.open(str(folder / FOLDER_NAME)), stamp, dropped, entries)


def rebuild(folder: Path, stamp: str, entries: Iterable[LexicalEntry]) -> None:
    """Make the index anew; what was there is thrown away, readable or not."""
    import tantivy

    path = folder / FOLDER_NAME
    if _intact(path):
        _write(path, tantivy.Index.open(str(path)), stamp, None, entries)
        return
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, exist_ok=True)
    _write(path, tantivy.Index(_schema(), path=str(path)), stamp, None, entries)


def forget_checked(folder: Path) -> None:
    """Have every file compared with its checksum when the index is opened next."""
    (folder / FOLDER_NAME / CHECKED_NAME).unlink(missing_ok=True)


def removed_count(folder: Path) -> int:
    """Removed chunks that tantivy still counts in its statistics."""
    segments = json.loads((folder / FOLDER_NAME / "meta.json").read_bytes())["segments"]
    return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)


@cache
def token_form() -> str:
    """Changes whenever the tokens of a text or the fields would: an index of another form is derived anew."""
    return hashlib.sha256(f"{_LAYOUT} {' '.join(_words(_PROBE))}".encode()).hexdigest()[:12]


def _write(path: Path, index: Any, stamp: str, dropped: Sequence[int] | None, entries: Iterable[LexicalEntry]) -> None:
    """Commit the entries; ``dropped`` None clears the index first."""
    import tantivy

    writer = index.writer(_HEAP_BYTES, 1)
    # A commit that was killed leaves files behind which the next one would want to create.
    writer.garbage_collect_files()
    if dropped is None:
        writer.delete_all_documents()
    # Also where nothing goes: a commit without any operation would not raise tantivy's count.
    writer.delete_documents_by_query(tantivy.Query.term_set_query(_schema(), "id", list(dropped or ())))
    for entry in entries:
        document = tantivy.Document()
        document.add_unsigned("id", entry.id)
        document.add_text("doc_id", entry.doc_id)
        if entry.year is not None:
            document.add_integer("year", entry.year)
        document.add_text("body", " ".join(_words(entry.body, distinct=False)))
        document.add_text("heading", " ".join(_words(entry.heading, distinct=False)))
        writer.add_document(document)
    _write_stamp(path, stamp)
    writer.commit()
    writer.wait_merging_threads()


def _words(text: str, *, distinct: bool = True) -> list[str]:
    found = [token[:_MAX_TOKEN_CHARS] for token in tokens(text)]
    return list(dict.fromkeys(found)) if distinct else found


@cache
def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_text_field("doc_id", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("year", indexed=True)
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("heading", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _weighted(text: str, extra: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The words to look for and what each counts; a word of several phrases has its highest weight."""
    words = dict.fromkeys(_words(text)[:MAX_TERMS], 1.0)
    if not words:
        return words
    for phrase, weight in extra:
        for word in _words(phrase):
            if len(words) < MAX_TERMS or word in words:
                words[word] = max(weight, words.get(word, 0.0))
    return words


def _last_word(text: str) -> str:
    """The word that a text ends with, where it is in Latin letters and long enough to begin something."""
    match = _UNFINISHED.search(normalize(text))
    return match.group() if match else ""


def _beginning(word: str, boosts: Boosts) -> list[tuple[Any, Any]]:
    """Queries for words that begin with ``word``, and for the stems that it may go beyond."""
    from tantivy import Occur, Query

    schema = _schema()
    stems = [word[:length] for length in range(max(_STEM_CHARS, len(word) - _SUFFIX_CHARS), len(word))]
    found = []
    for field, boost in (("body", boosts.body), ("heading", boosts.heading)):
        begun = Query.const_score_query(Query.regex_query(schema, field, f"{word}.*"), 1.0)
        found += [Query.boost_query(begun, boost)]
        found += [Query.boost_query(Query.term_query(schema, field, one, index_option="freq"), boost) for one in stems]
    return [(Occur.Should, one) for one in found]


def _query(words: Mapping[str, float], scope: Scope, boosts: Boosts, *, beginning: str = "") -> Any:
    from tantivy import Occur, Query

    schema = _schema()
    terms = [
        (Occur.Should, Query.boost_query(Query.term_query(schema, field, word, index_option="freq"), boost * weight))
        for word, weight in words.items()
        for field, boost in (("body", boosts.body), ("heading", boosts.heading))
        if boost * weight > 0
    ]
    terms += _beginning(beginning, boosts) if beginning else []
    filters = []
    if scope.documents:
        filters.append(Query.term_set_query(schema, "doc_id", list(scope.documents)))
    if scope.year is not None:
        filters.append(Query.term_query(schema, "year", scope.year, index_option="basic"))
    clauses = [(Occur.Must, Query.boolean_query(terms))]
    clauses += [(Occur.Must, Query.const_score_query(one, 0.0)) for one in filters]
    if scope.without:
        clauses.append((Occur.MustNot, Query.term_set_query(schema, "doc_id", list(scope.without))))
    return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)


def _all_query() -> Any:
    from tantivy import Query

    return Query.all_query()


def _read_stamp(path: Path) -> str | None:
    """Stamp of the committed state; None where it is not known, or the tokens had another form then."""
    try:
        states = json.loads((path / STAMP_NAME).read_text(encoding="utf-8"))
        committed = states["after"] if _operations(path) != states["operations"] else states["before"]
        form, _, stamp = committed.partition(" ")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stamp if form == token_form() else None


def _write_stamp(path: Path, stamp: str) -> None:
    """Announce the commit that is to follow."""
    before = _read_stamp(path)
    states = {
        "operations": _operations(path),
        "before": f"{token_form()} {before}" if before is not None else "",
        "after": f"{token_form()} {stamp}",
    }
    temporary = path / f"{STAMP_NAME}.tmp"
    temporary.write_text(json.dumps(states), encoding="utf-8")
    temporary.replace(path / STAMP_NAME)


def _operations(path: Path) -> int:
    """How many operations tantivy counts in the committed state; every commit raises it."""
    return int(json.loads((path / "meta.json").read_bytes())["opstamp"])


def _intact(path: Path) -> bool:
    """Whether every file of the committed segments is there with the checksum in its footer."""
    try:
        segments = json.loads((path / "meta.json").read_bytes())["segments"]
        names = {segment["segment_id"].replace("-", "") for segment in segments}
        files = [file for file in path.iterdir() if file.name.partition(".")[0] in names]
        present = {(file.name.partition(".")[0], file.suffix) for file in files}
        wanted = {(name, suffix) for name in names for suffix in (".term", ".idx", ".store", ".fast", ".fieldnorm")}
        return wanted <= present and _checksums_agree(path, files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _checksums_agree(path: Path, files: Sequence[Path]) -> bool:
    """Compare with tantivy's footers; what was found sound is noted, for tantivy never changes a file."""
    known = _read_checked(path)
    now = {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in files}
    fresh = [file for file in files if known.get(file.name) != now[file.name]]
    if not all(_checksum_agrees(file) for file in fresh):
        return False
    if fresh:
        temporary = path / f"{CHECKED_NAME}.{os.getpid()}.tmp"
        with contextlib.suppress(OSError):  # where nothing can be written, everything is read again
            temporary.write_text(json.dumps(now), encoding="utf-8")
            temporary.replace(path / CHECKED_NAME)
    return True


def _read_checked(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / CHECKED_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _checksum_agrees(file: Path) -> bool:
    """Compare with tantivy's footer: the file's CRC-32 in JSON, its length, a magic number."""
    with file.open("rb") as stream:
        size = stream.seek(-_FOOTER.size, os.SEEK_END) + _FOOTER.size
        length, magic = _FOOTER.unpack(stream.read())
        left = size - _FOOTER.size - length
        if magic != _FOOTER_MAGIC or left < 0:
            return False
        stream.seek(left)
        expected = json.loads(stream.read(length))["crc"]
        stream.seek(0)
        crc = 0
        while left and (block := stream.read(min(_READ_BYTES, left))):
            crc = zlib.crc32(block, crc)
            left -= len(block)
    return bool(crc == expected)
