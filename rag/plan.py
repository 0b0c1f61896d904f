"""Reading a question before anything is ranked: which documents and which clauses it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from rag.address import Address, parse_addresses, rank
from rag.citing import citing_clauses
from rag.comparison import Side, compares_versions, sides_of
from rag.expectation import expectation_of
from rag.issuers import issued_by
from rag.lookup import Found, Located, Missing, locate
from rag.names import Mention, Names
from rag.normalize import normalize
from rag.places import of_other_places
from rag.question import content_tokens, language_of
from rag.types import IndexedDocument, Scope
from rag.validity import asks_for_the_past, version_date
from rag.years import Years, years_of

if TYPE_CHECKING:
    from rag.index import Snapshot
    from rag.synonyms import Synonyms

_QUOTED_NAME = re.compile(r"《([^《》]+)》")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEAR_BEFORE = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年[^,，。；;?？\d]{0,8}$")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z'-]+")
_KNOWN = 10
"""Chunks with a Latin name that are looked at."""
_VERSION_YEAR = r"(?<!\d)(?:19|20)\d\d\s*年?(?:度|[那这]?版|印发|发布|出台|施行|修[订正])?的?\s*"
_ABOUT_CLAUSE = re.compile(
    r"说|讲|内容|原文|全文|写|条文|标为|编号为|[那这]一[项条款点]"
    r"|say|text|content|state|provide|read|about|cover|describe|set out"
)
_MAX_ABOUT_TOKENS = 2
_ARTICLE_RANK = 5
"""What stands lower, 第二款, is looked for in no document as a whole."""
_MAX_HALF_NAMED = 8
_MAX_MEANINGS = 3
_MAX_EXPANSIONS = 32
_FORBIDDING = {"zh": ("不得", "禁止", "严禁"), "en": ("must not", "may not", "prohibited", "forbidden")}
"""Whoever asks 哪些事不许干 seldom uses the word that the clause has."""
_ABBREVIATION, _SYNONYM = 0.5, 0.4
"""Weights of other words beside 1 for the question's own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What code knows about a question."""

    text: str
    scope: Scope
    """The scope given, narrowed to the documents that the question names beyond doubt."""
    preferred: frozenset[str] = frozenset()
    """doc_ids that the question hints at (year, issuer, half a name): ranked higher, the others not left out."""
    years: frozenset[int] = frozenset()
    """The years that the question gives."""
    located: tuple[Located, ...] = ()
    missing: tuple[Missing, ...] = ()
    whole_clause: bool = False
    """Whether nothing is asked beyond what the clause says."""
    holding: int = 0
    """In how many documents the clause stands that was asked for without naming one."""
    sides: tuple[Side, ...] = ()
    """What is compared, each side with its own question and scope; empty for all other questions."""
    expansions: tuple[tuple[str, float], ...] = ()
    """Phrases that lexical search looks for besides the question's words, each with its weight below 1."""

    @property
    def by_address(self) -> bool:
        """Whether the located clauses are where the answer stands: their document is named, or nothing else is asked.

        Otherwise the number only gives context (“what must be kept under Rule 9.2.1?”), and may be any document's.
        """
        return bool(self.located) and (self.whole_clause or bool(self.scope.documents))


def make_plan(
    snapshot: Snapshot,
    text: str,
    scope: Scope,
    *,
    today: date | None = None,
    synonyms: Synonyms | None = None,
) -> Plan:
    """Read what a question names, inside its scope: documents, versions, years, issuers, addresses, sides.

    ``today`` (default: today's date) is what 去年 and "last year" count from.
    """
    names = snapshot.names
    today = today or datetime.now().astimezone().date()
    documents = names.documents
    allowed = names.ids
    if scope.documents or scope.year is not None:
        documents = {d.doc_id: d for d in documents.values() if _allowed(d, scope)}
        allowed = frozenset(documents)
    years = years_of(text, today)
    others = synonyms.expansions(text) if synonyms else ()
    mentions = _mentions(names, text, others, allowed)
    stale = names.out_of_force & allowed
    of_years = frozenset(d for year in years.named for d in names.of_year(year)) & allowed
    past = asks_for_the_past(text) or compares_versions(text)
    ids = [d for m in mentions if m.certain for d in _of_its_year(text, m, names, of_years)]
    named = _chosen(ids, documents, years, of_years, stale, past)
    issued, clear = issued_by(text, names)
    issued = tuple(d for d in issued if d in documents)
    if not named and issued and clear:
        named = [documents[d] for d in issued if past or d not in stale] or [documents[d] for d in issued]
    sides = sides_of(
        text,
        scope=scope,
        preferred=of_years,
        mentions=mentions,
        years=years,
        this_year=today.year,
        names=names,
        allowed=allowed,
        stale=stale,
    )
    shown = {d.doc_id for d in named} | of_years | {d for side in sides for d in side.scope.documents}
    if not (scope.documents or scope.year or past):
        scope = replace(scope, without=tuple(sorted(_out_of_date(names, stale, years) & allowed - shown)))
    if not (scope.documents or named or sides):
        elsewhere = (of_other_places(text, names) | _of_another_language(snapshot, text)) & allowed
        scope = replace(scope, without=tuple(sorted({*scope.without, *elsewhere})))
    in_scope = allowed.difference(scope.without)
    if named:
        scope = replace(scope, documents=tuple(d.doc_id for d in named))
    sides = tuple(side if side.scope.documents else _side_within(side, scope, names) for side in sides)
    preferred = (_preferred(mentions, named, issued, of_years, years) | names.filed_under(text)) & in_scope
    chosen_by_year = bool(named) and of_years.issuperset(d.doc_id for d in named)
    plan = Plan(
        _without_version_year(text, mentions) if chosen_by_year and not sides else text,
        scope,
        preferred,
        frozenset(years.named),
        sides=sides,
        expansions=_expansions(names, text, others, scope),
    )
    said = [mention.text for mention in mentions]
    addresses = parse_addresses(_without_names(text, named, said))
    if not addresses:
        return plan
    words = _without_names(text, named, said)
    half_named = [d for m in mentions for d in m.documents if d in in_scope]
    meant = named
    if not named and len({names.work(d) for d in half_named}) == 1:
        meant = _chosen(half_named, documents, years, of_years, stale, past)
    whole = _asks_whole_clause(text, named, said, addresses)
    if meant and whole:  # beside a name a number can be nothing else
        addresses = tuple(replace(one, sure=one.sure or rank(one.steps[0]) <= _ARTICLE_RANK) for one in addresses)
    hinted = [documents[d] for d in half_named]
    everywhere = [d for d in documents.values() if d.doc_id in in_scope]
    found = _found(snapshot, words, addresses, meant, hinted, everywhere, stale)
    located = citing_clauses(snapshot, words, addresses, found.located) or found.located
    return replace(plan, located=located, missing=found.missing, whole_clause=whole, holding=found.documents)


def _out_of_date(names: Names, stale: frozenset[str], years: Years) -> frozenset[str]:
    """doc_ids of what is out of force; for 现在 or the latest also of what there is anew of a later year."""
    return stale | names.former if years.latest and not years.named else stale


def _found(
    snapshot: Snapshot,
    words: str,
    addresses: Sequence[Address],
    meant: Sequence[IndexedDocument],
    hinted: Sequence[IndexedDocument],
    everywhere: Sequence[IndexedDocument],
    stale: frozenset[str],
) -> Found:
    """Where addresses stand: in the documents meant, or else in those hinted at, or else in any.

    What the documents meant lack is looked for in their versions out of force too: the asker may have it from there.
    """
    found = locate(snapshot, words, addresses, meant, hinted)
    if found.located:
        return found
    if not meant:
        return locate(snapshot, words, addresses, (), everywhere)
    names = snapshot.names
    older = {version for document in meant for version in names.versions(document.doc_id)} & stale
    before = [names.documents[doc_id] for doc_id in sorted(older.difference(d.doc_id for d in meant))]
    sure = [address for address in addresses if address.sure]
    return replace(found, located=locate(snapshot, words, sure, before, ()).located if before else ())


def _without_version_year(text: str, mentions: Sequence[Mention]) -> str:
    """The question without the year before a document's name: it has told the version, and no clause need give it."""
    for mention in mentions:
        text = re.sub(rf"{_VERSION_YEAR}(?=《?{re.escape(mention.text)})", "", text, count=1, flags=re.IGNORECASE)
    return text


def _side_within(side: Side, scope: Scope, names: Names) -> Side:
    """A side of a comparison within the scope of the question, without what belongs to other places than its own.

    What is filed under a name of its own is raised.
    """
    elsewhere = of_other_places(side.text, names)
    within = replace(scope, without=tuple(sorted({*scope.without, *elsewhere})))
    return replace(side, scope=within, preferred=side.preferred | names.filed_under(side.text))


def _of_another_language(snapshot: Snapshot, text: str) -> frozenset[str]:
    """doc_ids of the Chinese documents, where a Chinese question has a Latin name that only others know (dxw, VLTP)."""
    names = snapshot.names
    latin = " ".join(_LATIN_NAME.findall(text))
    if not latin or language_of(text) != "zh" or len(names.chinese) in (0, len(names.ids)):
        return frozenset()
    said = snapshot.search_lexical(latin, _KNOWN, Scope())
    known = {chunk.doc_id for chunk in snapshot.chunks([chunk_id for chunk_id, _ in said]).values()}
    known |= names.filed_under(latin)
    return names.chinese if known and not known & names.chinese else frozenset()


def _mentions(names: Names, text: str, others: Sequence[str], allowed: frozenset[str]) -> tuple[Mention, ...]:
    """The names in a question, or else documents that its words are another name for, as far as they are allowed."""
    found = names.mentions(text)
    if not any(mention.certain for mention in found):
        aliases = [m for other in others for m in names.mentions(other) if m.text == normalize(other) and m.certain]
        found = (*aliases, *found) if aliases else found
    kept = (replace(m, documents=tuple(d for d in m.documents if d in allowed)) for m in found)
    return tuple(mention for mention in kept if mention.documents)


def _of_its_year(text: str, mention: Mention, names: Names, of_years: frozenset[str]) -> tuple[str, ...]:
    """The documents that a mention names; where a year stands before it that none has, those of it named alike.

    1980年那份政府工作报告 is also one whose title goes on, or that its file calls 中央1980年政府工作报告.
    """
    year = _YEAR_BEFORE.search(normalize(text)[: mention.start])
    if year is None or of_years.intersection(mention.documents):
        return mention.documents
    alike = names.named_alike(mention.documents[0]) & names.of_year(int(year[1])) & of_years
    return tuple(sorted(alike)) or mention.documents


def _chosen(
    ids: Sequence[str],
    documents: Mapping[str, IndexedDocument],
    years: Years,
    of_years: frozenset[str],
    stale: frozenset[str],
    past: bool,
) -> list[IndexedDocument]:
    """Of the documents named, the versions that are meant: of the year given, else those in force."""
    named = [documents[d] for d in dict.fromkeys(ids)]
    dated = [d for d in named if d.doc_id in of_years]
    if dated or past:
        return dated or named
    in_force = [d for d in named if d.doc_id not in stale] or named
    return [max(in_force, key=version_date)] if years.latest and in_force else in_force


def _preferred(
    mentions: Sequence[Mention],
    named: Sequence[IndexedDocument],
    issued: Sequence[str],
    of_years: frozenset[str],
    years: Years,
) -> frozenset[str]:
    """doc_ids that a question hints at."""
    half_named = {d for m in mentions if not m.certain and len(m.documents) <= _MAX_HALF_NAMED for d in m.documents}
    newest = {max(named, key=version_date).doc_id} if len(named) > 1 and not years.named else set()
    return frozenset(of_years | (half_named & of_years or half_named) | set(issued) | newest)


def _expansions(names: Names, text: str, others: Sequence[str], scope: Scope) -> tuple[tuple[str, float], ...]:
    """Other words for what a question says: the documents' abbreviations, the synonym files', those that forbid."""
    among = frozenset(scope.documents) or None
    found: dict[str, float] = {}
    for forms in names.abbreviated(text, among):
        if len(forms) <= _MAX_MEANINGS:  # more: each document means another thing by it
            found |= dict.fromkeys(forms, _ABBREVIATION)
    forbidding = _FORBIDDING[language_of(text)] if expectation_of(text).kind == "prohibition" else ()
    for other in (*others, *forbidding):
        found.setdefault(other, _SYNONYM)
    return tuple(found.items())[:_MAX_EXPANSIONS]


def _without_names(text: str, named: Sequence[IndexedDocument], said: Sequence[str]) -> str:
    """The question without document names, whose own numbers are no addresses."""
    text = _QUOTED_NAME.sub(" ", text)
    for document in named:
        text = text.replace(document.title, " ")
    for name in said:
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def _asks_whole_clause(
    text: str, named: Sequence[IndexedDocument], said: Sequence[str], addresses: Sequence[Address]
) -> bool:
    rest = normalize(_without_names(text, named, said))
    for name in (*said, *(normalize(address.source) for address in addresses)):
        rest = rest.replace(name, " ")
    rest = _YEAR.sub(" ", rest)
    asked = {token for token in content_tokens(_ABOUT_CLAUSE.sub(" ", rest)) if len(token) > 1}
    return len(asked) <= _MAX_ABOUT_TOKENS


def _allowed(document: IndexedDocument, scope: Scope) -> bool:
    if scope.documents and document.doc_id not in scope.documents:
        return False
    return scope.year is None or document.metadata.year == scope.year
