"""Cases, replies, an index and a system made by hand, for tests of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.cases import Case
from eval.gold import Gold, GoldPlace
from eval.records import CaseRun, Run, RunCitation, RunHit, RunSeconds, SetInfo
from rag.errors import YijuError
from rag.types import (
    Answer,
    Citation,
    Document,
    Hit,
    IndexedDocument,
    Metadata,
    Question,
    RemovedSpan,
    Seconds,
    Section,
    Tokens,
)

LEAVE = "职工请假办法\n一、年假\n职工每年可休年假两次，每次不超过五天。\n二、病假\n病假须附医院证明。\n"
TRAVEL = "差旅规定\n一、住宿\n住宿费每天不超过350元。【广告】超标自理。\n职级：科长；标准：400元；备注：含早餐\n"


def make_gold(doc_id: str = "leave", path: Sequence[str] = ("一",), text: str = "条款") -> Gold:
    place = GoldPlace(
        doc_id=doc_id, document=doc_id, source=f"{doc_id}.txt", path=tuple(path), start=0, end=9, text=text
    )
    return Gold(document=doc_id, path=tuple(path), places=(place,))


def make_hit(rank: int, doc_id: str = "leave", path: Sequence[str] = ("一",)) -> RunHit:
    return RunHit(
        rank=rank, score=1 / rank, doc_id=doc_id, document=doc_id, source=f"{doc_id}.txt", section=tuple(path),
        label=f"{doc_id} {'/'.join(path)}", text="条款",
    )  # fmt: skip


def make_citation(
    n: int = 1, quote: str = "每年两次", *, path: Sequence[str] = ("一",), **changes: object
) -> RunCitation:
    values: dict[str, object] = {
        "n": n, "doc_id": "leave", "document": "leave", "source": "leave.txt", "section": tuple(path),
        "label": f"《leave》{'/'.join(path)}", "quote": quote, "start": 0, "end": len(quote), "verified": True,
        "found": quote, "clause": quote,
    }  # fmt: skip
    return RunCitation(**{**values, **changes})


def make_case_run(id: str = "c1", **changes: object) -> CaseRun:  # noqa: A002 - the field's name
    """A reply; fields of ``Case`` may be given as well and go into its case."""
    fields = {
        name: changes.pop(name) for name in list(changes) if name in Case.__dataclass_fields__ and name != "answer"
    }
    case = Case(id=id, question=fields.pop("question", "每年几次？"), **fields)
    values: dict[str, object] = {
        "gold": (), "cluster": "leave", "status": "answered", "answer": "",
        "seconds": RunSeconds(total=1.0, first_token=0.5, retrieve=0.1, search=0.1),
    }  # fmt: skip
    return CaseRun(id=id, question=case.question, case=case, **{**values, **changes})


def make_run(cases: Sequence[CaseRun], **changes: object) -> Run:
    """A scored run."""
    from eval.cases import set_hash
    from eval.scoring import score

    info = SetInfo(name="set", hash=set_hash([case.case for case in cases]), cases=len(cases), of=len(cases))
    values: dict[str, object] = {
        "created": "2026-01-02T03:04:05+00:00", "set": info, "k": 10, "settings": {"rrf_k": 20},
        "models": {"llm": "extractive", "embedder": "hash-64"}, "prompts": {"answer.zh": "abc"}, "index": "v1",
        "libraries": {"python": "3.11"},
    }  # fmt: skip
    return score(Run(cases=tuple(cases), **{**values, **changes}))


class FakeSnapshot:
    """Two documents: leave rules with two sections, travel rules with an advertisement in its section."""

    def documents(self) -> tuple[IndexedDocument, ...]:
        return tuple(
            IndexedDocument(
                doc_id=doc_id, source=source, ordinal=0, title=title, start=0, end=len(text),
                metadata=Metadata(year=2018 if doc_id == "leave" else 2024), sections=2, chunks=2,
                superseded_by="travel" if doc_id == "leave" else None,
            )
            for doc_id, source, title, text in (
                ("leave", "hr/leave.txt", "职工请假办法", LEAVE),
                ("travel", "travel.docx", "差旅规定", TRAVEL),
            )
        )  # fmt: skip

    def outline(self, doc_id: str) -> Document:
        text = self.file_text(doc_id)
        starts = {"leave": [("一", "一、"), ("二", "二、")], "travel": [("一", "一、")]}[doc_id]
        sections = [_section("root", (), 0, len(text))]
        at = [(number, text.index(mark)) for number, mark in starts]
        for i, (number, start) in enumerate(at):
            end = at[i + 1][1] if i + 1 < len(at) else len(text)
            sections.append(_section(f"{doc_id}-{number}", (number,), start, end))
        advert = text.find("【广告】")
        removed = (
            (RemovedSpan(start=advert, end=advert + 4, text="【广告】", reason="promotion"),) if advert >= 0 else ()
        )
        title = text.split("\n")[0]
        return Document(
            title=title, start=0, end=len(text), metadata=Metadata(), sections=tuple(sections), removed=removed
        )

    def file_text(self, doc_id: str) -> str:
        return {"leave": LEAVE, "travel": TRAVEL}[doc_id]


@dataclass
class FakeSystem:
    """Answers from a table of question → text; always finds and cites the first section of the leave rules."""

    replies: Mapping[str, str | YijuError] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=lambda: {"rrf_k": 20})
    asked: list[Question] = field(default_factory=list)

    def search(self, question: Question, k: int) -> tuple[tuple[Hit, ...], float]:
        start, end = LEAVE.index("一、"), LEAVE.index("二、")
        hit = Hit(
            rank=1, score=1.0, doc_id="leave", document="职工请假办法", source="hr/leave.txt", section_id="leave-一",
            path=("一",), heading="年假", label="《职工请假办法》一", text=LEAVE[start:end], start=start, end=end,
            page=None, best=(start, end),
        )  # fmt: skip
        return (hit,), 0.01

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        reply = self.replies.get(question.text, "")
        if isinstance(reply, YijuError):
            raise reply
        quote = "职工每年可休年假两次"
        start = LEAVE.index(quote)
        citation = Citation(
            n=1, doc_id="leave", document="职工请假办法", source="hr/leave.txt", section_id="leave-一", path=("一",),
            label="《职工请假办法》一", quote=quote, start=start, end=start + len(quote), page=None, verified=True,
        )  # fmt: skip
        return Answer(
            question=question.text, status="answered" if reply else "not_found", text=reply,
            citations=(citation,) if reply else (), closest=(), warnings=(), model="fake", prompt="p", index="v1",
            seconds=Seconds(total=0.2, first_token=0.1, retrieve=0.05),
            tokens=Tokens(evidence=40, prompt=90, answer=7), confidence=0.75,
        )  # fmt: skip

    def describe(self) -> Mapping[str, object]:
        return {"settings": self.settings, "llm": "fake", "embedder": "none", "prompts": {"a": "h"}, "index": "v1"}


def _section(id: str, path: tuple[str, ...], start: int, end: int) -> Section:  # noqa: A002
    return Section(
        id=id, parent=None if not path else "root", level=len(path), number=path[-1] if path else "", heading="",
        path=path, start=start, end=end, body=start,
    )  # fmt: skip
