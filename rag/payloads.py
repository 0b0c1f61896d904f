"""Hits and answers as the JSON objects that other programs rely on (docs/json.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.types import Answer, Citation, Hit


def search_payload(question: str, hits: Sequence[Hit], seconds: float) -> dict[str, Any]:
    """What ``search --json`` prints."""
    return {"question": question, "hits": [_hit(hit) for hit in hits], "seconds": round(seconds, 4)}


def answer_payload(answer: Answer) -> dict[str, Any]:
    """What ``ask --json`` prints."""
    return {
        "question": answer.question,
        "status": answer.status,
        "answer": answer.text,
        "citations": [_citation(citation) for citation in answer.citations],
        "closest": [
            {"label": c.label, "doc_id": c.doc_id, "section": list(c.path), "id": f"{c.doc_id}:{c.section_id}"}
            for c in answer.closest
        ],
        "warnings": list(answer.warnings),
        "model": answer.model,
        "prompt": answer.prompt,
        "index": answer.index,
        "seconds": {
            "total": round(answer.seconds.total, 4),
            "first_token": round(answer.seconds.first_token, 4),
            "retrieve": round(answer.seconds.retrieve, 4),
        },
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "doc_id": hit.doc_id,
        "document": hit.document,
        "source": hit.source,
        "section": list(hit.path),
        "heading": hit.heading,
        "label": hit.label,
        "text": hit.text,
        "start": hit.start,
        "end": hit.end,
        "page": hit.page,
        "id": f"{hit.doc_id}:{hit.section_id}",
    }


def _citation(citation: Citation) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "n": citation.n,
        "doc_id": citation.doc_id,
        "document": citation.document,
        "source": citation.source,
        "section": list(citation.path),
        "label": citation.label,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "page": citation.page,
        "verified": citation.verified,
        "id": f"{citation.doc_id}:{citation.section_id}",
    }
    if citation.parts:
        payload["parts"] = [list(part) for part in citation.parts]
    return payload
