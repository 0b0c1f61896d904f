"""Every metric, each defined once: its formula over one case, and where it comes from.

A case for which a metric makes no sense has no score (None), never 0. A corpus-level metric is the
mean over the cases with a score; ``seconds_p50`` and ``seconds_p95`` are quantiles over the cases.
A case that failed with an error found nothing, cited nothing and answered nothing.

*Found* and *cited* mean the same everywhere: see ``eval.gold.Gold.holds``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from eval.claims import MARKER, Claim, attributed, claims, unsupported_figures
from eval.gold import loose
from eval.numerals import contains
from eval.records import CaseRun, RunCitation
from rag.normalize import normalize

Score = Callable[[CaseRun], float | None]
RECALL_DEPTHS = (1, 3, 5, 10)
_MIN_QUOTE_CHARS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric over one case."""

    name: str
    score: Score
    higher_is_better: bool = True
    is_binary: bool = False
    """Whether a case scores 0 or 1 and nothing between."""


def section_recall(k: int) -> Score:
    """Share of the gold sections found among the first k hits.

    |gold found in top k| / |gold|; Manning, Raghavan & Schütze, Introduction to Information
    Retrieval (2008), 8.3-8.4. Scored where the case has gold sections.
    """

    def score(run: CaseRun) -> float | None:
        if not run.gold:
            return None
        top = [hit for hit in run.hits if hit.rank <= k]
        return sum(any(gold.holds(hit.doc_id, hit.section) for hit in top) for gold in run.gold) / len(run.gold)

    return score


def reciprocal_rank(run: CaseRun) -> float | None:
    """1 / rank of the first hit that is in any gold section; 0 if none of the retrieved is.

    Voorhees, "The TREC-8 question answering track report" (1999). The mean over cases is MRR, cut
    at the depth of the run (10 unless told otherwise). Scored where the case has gold sections.
    """
    if not run.gold:
        return None
    ranks = [hit.rank for hit in run.hits if any(gold.holds(hit.doc_id, hit.section) for gold in run.gold)]
    return 1 / min(ranks) if ranks else 0.0


def ndcg_at_10(run: CaseRun) -> float | None:
    """DCG@10 / ideal DCG@10 with gain 1 for a hit that finds a gold section not found above it.

    DCG = Σ gain(i) / log2(i + 1) over ranks i; Järvelin & Kekäläinen, ACM TOIS 20 (2002) 422-446.
    The ideal has min(|gold|, 10) gains on top. A further hit under the same gold parent gains 0.
    """
    if not run.gold:
        return None
    dcg = 0.0
    unfound = list(run.gold)
    for hit in sorted(run.hits, key=lambda hit: hit.rank):
        held = [gold for gold in unfound if gold.holds(hit.doc_id, hit.section)]
        if held and hit.rank <= 10:
            dcg += 1 / math.log2(hit.rank + 1)
            unfound = [gold for gold in unfound if gold not in held]
    return dcg / sum(1 / math.log2(i + 1) for i in range(1, min(len(run.gold), 10) + 1))


def answer_correct(run: CaseRun) -> float | None:
    """1 if the reply is an answer and holds every entry of ``must_contain`` (one of its alternatives), else 0.

    Compared in canonical form (两次 = 2次, 百分之五 = 5%; whole numbers only). Scored for answerable
    cases with ``must_contain``, unless the right reply is that the figure is hidden.
    """
    case = run.case
    if not case.answerable or not case.must_contain or case.expects_redaction:
        return None
    return float(run.claims_to_know and not missing_facts(run))


def list_complete(run: CaseRun) -> float | None:
    """Share of the entries of ``must_contain`` that the answer holds; 0 for a refusal.

    Scored for answerable cases of type (or tag) ``list`` with ``must_contain``.
    """
    case = run.case
    if not case.is_list or not case.answerable or not case.must_contain:
        return None
    return 1 - len(missing_facts(run)) / len(case.must_contain) if run.claims_to_know else 0.0


def missing_facts(run: CaseRun) -> tuple[tuple[str, ...], ...]:
    """The entries of ``must_contain`` of which the reply holds no alternative."""
    return tuple(
        alternatives
        for alternatives in run.case.must_contain
        if not any(contains(run.answer, wanted) for wanted in alternatives)
    )


def cited_recall(run: CaseRun) -> float | None:
    """Share of the gold sections that a citation points into; 0 for a refusal.

    Citation recall in the sense of "all the evidence is cited" (Gao et al., "Enabling large language
    models to generate text with citations", EMNLP 2023, measures entailment instead of addresses).
    Scored for answerable cases with gold sections.
    """
    if not run.gold or not run.case.answerable:
        return None
    return sum(any(gold.holds(c.doc_id, c.section) for c in run.citations) for gold in run.gold) / len(run.gold)


def cited_precision(run: CaseRun) -> float | None:
    """Share of the citations that point into a gold section or carry the gold quote.

    Scored for answerable cases with gold sections or a gold quote whose reply cites something.
    """
    if not run.citations or not run.case.answerable or not (run.gold or run.case.quote):
        return None
    return sum(is_good_citation(run, citation) for citation in run.citations) / len(run.citations)


def is_good_citation(run: CaseRun, citation: RunCitation) -> bool:
    """Whether a citation points into a gold section, or its quote and the gold quote contain one another."""
    if any(gold.holds(citation.doc_id, citation.section) for gold in run.gold):
        return True
    gold, quote = loose(run.case.quote), loose(citation.quote)
    return min(len(gold), len(quote)) >= _MIN_QUOTE_CHARS and (gold in quote or quote in gold)


def unsupported_numbers(run: CaseRun) -> float | None:
    """Share of the answer's sentences that state a figure which no clause cited by them holds.

    A clause is the cited section's own text, its label and the quote. In a quotation of several
    sentences all have its marker; any other sentence that cites nothing supports no figure.
    Scored for replies that answer.
    """
    checked = checked_claims(run)
    return sum(bool(figures) for _, figures in checked) / len(checked) if checked else None


def checked_claims(run: CaseRun) -> tuple[tuple[Claim, tuple[str, ...]], ...]:
    """The sentences of a reply that answers, each with the figures that its clauses lack."""
    if not run.claims_to_know:
        return ()
    sources = clause_texts(run)
    # The clause too, for advertising may interrupt the quote but not the answer.
    found = attributed(claims(run.answer), {c.n: f"{c.quote}\n{c.clause}" for c in run.citations})
    return tuple((claim, unsupported_figures(claim, sources)) for claim in found)


def clause_texts(run: CaseRun) -> dict[int, str]:
    """Citation number → the text that may support a sentence citing it."""
    return {c.n: f"{c.label}\n{c.clause}\n{c.quote}" for c in run.citations}


def quote_exact(run: CaseRun) -> float | None:
    """Share of the citations whose quote is the file's text at its offsets.

    A marker that has no citation counts as one that is not exact. Scored for replies with citations
    or markers.
    """
    dangling = {int(n) for n in MARKER.findall(run.answer)} - {c.n for c in run.citations}
    total = len(run.citations) + len(dangling)
    if not total:
        return None
    return sum(citation.found is not None and citation.quote == citation.found for citation in run.citations) / total


def false_answer(run: CaseRun) -> float | None:
    """1 if an unanswerable question was answered, wholly or in part. Scored for unanswerable cases."""
    return None if run.case.answerable or run.status == "error" else float(run.claims_to_know)


def false_refusal(run: CaseRun) -> float | None:
    """1 if an answerable question was refused. Scored for answerable cases, hidden figures apart."""
    if not run.case.answerable or run.case.expects_redaction or run.status == "error":
        return None
    return float(not run.claims_to_know)


def redaction(run: CaseRun) -> float | None:
    """1 if the status is ``redacted``. Scored for cases of type or tag ``redacted``."""
    return float(run.status == "redacted") if run.case.expects_redaction else None


def stale_cited(run: CaseRun) -> float | None:
    """Share of the citations that point into a document that is gone, superseded or repealed.

    An earlier version counts as asked for where the case's gold lies in it, the case is confined to
    some documents or a year, or the question gives the document's year. Scored for replies with citations.
    """
    if not run.citations:
        return None
    asked = {place.doc_id for gold in run.gold for place in gold.places}
    stale = [c for c in run.citations if c.found is None or (_is_past(c) and not _asks_for(run, c, asked))]
    return len(stale) / len(run.citations)


def _is_past(citation: RunCitation) -> bool:
    return citation.standing in ("superseded", "repealed")


def _asks_for(run: CaseRun, citation: RunCitation, asked: Collection[str]) -> bool:
    is_confined = bool(run.case.document) or run.case.year is not None
    is_dated = citation.year is not None and str(citation.year) in normalize(run.question)
    return citation.doc_id in asked or is_confined or is_dated


def judged_right(run: CaseRun) -> float | None:
    """1 for a reply that the judge calls right, ½ for one it calls partial, 0 for a wrong one.

    Zheng et al., "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena", NeurIPS 2023 (single-answer
    grading with a reference). To be read beside the judge's agreement with labels given by hand. Scored
    for cases that have a verdict.
    """
    return None if run.verdict is None else {"right": 1.0, "partial": 0.5, "wrong": 0.0}[run.verdict]


def _tokens(part: Literal["evidence", "prompt", "answer"]) -> Score:
    """Tokens of one part of a case; the mean over cases is reported. Scored where they are known."""

    def score(run: CaseRun) -> float | None:
        return None if run.tokens is None else float(getattr(run.tokens, part))

    return score


METRICS: tuple[Metric, ...] = (
    *(Metric(name=f"section_recall@{k}", score=section_recall(k)) for k in RECALL_DEPTHS),
    Metric(name="mrr", score=reciprocal_rank),
    Metric(name="ndcg@10", score=ndcg_at_10),
    Metric(name="answer_correct", score=answer_correct, is_binary=True),
    Metric(name="cited_recall", score=cited_recall),
    Metric(name="cited_precision", score=cited_precision),
    Metric(name="unsupported_numbers", score=unsupported_numbers, higher_is_better=False),
    Metric(name="quote_exact", score=quote_exact),
    Metric(name="false_answer", score=false_answer, higher_is_better=False, is_binary=True),
    Metric(name="false_refusal", score=false_refusal, higher_is_better=False, is_binary=True),
    Metric(name="redaction", score=redaction, is_binary=True),
    Metric(name="list_complete", score=list_complete),
    Metric(name="stale_cited", score=stale_cited, higher_is_better=False),
    Metric(name="judged_right", score=judged_right),
)
COSTS: tuple[Metric, ...] = tuple(
    Metric(name=f"{part}_tokens", score=_tokens(part), higher_is_better=False)
    for part in ("evidence", "prompt", "answer")
)
"""Shown, and compared with an interval, but never a reason to hold a release back by themselves."""
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in (*METRICS, *COSTS)}
QUANTILES: Mapping[str, float] = {"seconds_p50": 0.5, "seconds_p95": 0.95}
METRIC_NAMES: tuple[str, ...] = (*BY_NAME, *QUANTILES)


def score_case(run: CaseRun) -> dict[str, float]:
    """All scores of a case; a metric that makes no sense for it is absent."""
    scores = {metric.name: metric.score(run) for metric in BY_NAME.values()}
    return {name: score for name, score in scores.items() if score is not None}


def is_higher_better(name: str) -> bool:
    """Whether more of a metric is better; unknown names raise KeyError."""
    return False if name in QUANTILES else BY_NAME[name].higher_is_better
