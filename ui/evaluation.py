"""The maintainers' page: runs over time, two runs compared, a case and its clause, candidates to decide on.

A page of its own under ``/yiju/evaluation``, plain HTML and forms, so that the chat page carries none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

import fastapi
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eval.candidates import Candidate, add_candidates, decide, from_feedback, load_candidates
from eval.cases import Case
from eval.compare import compare
from eval.gate import judge
from eval.marking import marked_answer, marked_quote
from eval.records import CaseRun, Run
from eval.report import comparison_html, report_html
from eval.review import facts_text, parse_facts
from eval.trend import SHOWN, Entry, entries, find_run, trend_chart
from rag.errors import UsageError
from rag.settings import Settings
from ui.faults import fault_text
from ui.origin import require_own_page
from ui.parts import Bot, Shelf
from ui.render import clause_url
from ui.strings import Language, choose, text
from ui.templates import render

PATH = "/yiju/evaluation"


def add_evaluation(app: fastapi.FastAPI, bot: Bot) -> None:
    """Serve the maintainers' page and what it links to."""
    settings = bot.settings

    @app.exception_handler(UsageError)
    def refused(request: fastapi.Request, error: Exception) -> HTMLResponse:
        language = _language(request, request.query_params.get("language", ""))
        page = render("evaluation_fault.html", language=language, message=fault_text(str(error), language))
        return HTMLResponse(page, status_code=404)

    @app.get(PATH)
    def overview(request: fastapi.Request, language: str = "") -> HTMLResponse:
        return HTMLResponse(overview_html(settings, _language(request, language)))

    @app.get(f"{PATH}/run")
    def run(name: str) -> HTMLResponse:
        return HTMLResponse(report_html(find_run(settings.runs, name), name))

    @app.get(f"{PATH}/compare")
    def compared(base: str, new: str) -> HTMLResponse:
        old, fresh = find_run(settings.runs, base), find_run(settings.runs, new)
        return HTMLResponse(comparison_html(compare(old, fresh), (base, new), judge(old, fresh).explanation))

    @app.get(f"{PATH}/case")
    def case(request: fastapi.Request, run: str, id: str = "", language: str = "") -> HTMLResponse:  # noqa: A002
        shelf = bot.index.snapshot()
        return HTMLResponse(case_html(find_run(settings.runs, run), run, id, shelf, _language(request, language)))

    @app.get(f"{PATH}/candidates")
    def candidates(request: fastapi.Request, language: str = "") -> HTMLResponse:
        return HTMLResponse(candidates_html(settings, _language(request, language)))

    @app.post(f"{PATH}/candidates")
    def decided(request: fastapi.Request, form: Annotated[Mapping[str, str], fastapi.Depends(_form)]) -> Response:
        if form.get("action") == "feedback":
            add_candidates(settings.case_candidates, from_feedback(settings.feedback))
        else:
            _decide(settings, form)
        return RedirectResponse(f"{request.url.path}?language={choose(form.get('language', ''))}", status_code=303)


def overview_html(settings: Settings, language: Language) -> str:
    """Every run of the folder, newest first, with a chart for each set that was run twice."""
    runs = entries(settings.runs)
    sets: dict[str, list[Entry]] = {}
    for run in runs:
        sets.setdefault(run.set_hash, []).append(run)
    charts = [
        (members[-1].set_name, members[-1].cases, trend_chart(members)) for members in sets.values() if len(members) > 1
    ]
    return _page(
        "evaluation.html",
        language,
        runs=list(reversed(runs)),
        shown=SHOWN,
        charts=charts,
        waiting=len(_open_candidates(settings)),
        folder=settings.runs,
    )


def case_html(run: Run, name: str, case_id: str, shelf: Shelf, language: Language) -> str:
    """The cases of a run to choose from, and one of them with its reply and its gold clause."""
    chosen = next((case for case in run.cases if case.id == case_id), None)
    if case_id and chosen is None:
        raise UsageError(f"run {name!r} has no case {case_id!r}")
    shown = None if chosen is None else _shown_case(chosen, shelf)
    return _page("evaluation_case.html", language, run=run, name=name, case=chosen, shown=shown)


def candidates_html(settings: Settings, language: Language) -> str:
    """Open candidates, each with its evidence and a form to accept, edit or reject it."""
    there = {one.case.id for one in load_candidates(settings.case_candidates)}
    told = from_feedback(settings.feedback) if settings.feedback.exists() else ()
    return _page(
        "evaluation_candidates.html",
        language,
        candidates=[(one, facts_text(one.case)) for one in _open_candidates(settings)],
        fresh=sum(one.case.id not in there for one in told),
        own_set=settings.own_set,
    )


def _open_candidates(settings: Settings) -> list[Candidate]:
    return [one for one in load_candidates(settings.case_candidates) if one.decision == "open"]


def _decide(settings: Settings, form: Mapping[str, str]) -> None:
    case_id = form.get("id", "")
    if form.get("action") == "reject":
        decide(settings.case_candidates, case_id, "rejected")
        return
    found = next((one.case for one in _open_candidates(settings) if one.case.id == case_id), None)
    edited = None if found is None else _edited(found, form)
    decide(settings.case_candidates, case_id, "accepted", case=edited, into=settings.own_set)


def _edited(case: Case, form: Mapping[str, str]) -> Case:
    question = form.get("question", "").strip() or case.question
    if not form.get("answerable"):
        nothing: dict[str, Any] = {"answerable": False, "answer": "", "must_contain": (), "sections": (), "quote": ""}
        return replace(case, question=question, **nothing)
    answer, facts = form.get("answer", "").strip(), parse_facts(form.get("facts", ""))
    return replace(case, question=question, answerable=True, answer=answer, must_contain=facts)


def _shown_case(case: CaseRun, shelf: Shelf) -> dict[str, Any]:
    """The parts of a case that need the index: links to its clauses as they are now."""
    gold = [
        (
            place.document,
            " › ".join(place.path),
            marked_quote(place.text, case.case.quote),
            _link(shelf, place.doc_id, place.path),
        )
        for one in case.gold
        for place in one.places[:1]
    ]
    cited = [(citation, _link(shelf, citation.doc_id, citation.section)) for citation in case.citations]
    hits = [(hit, _link(shelf, hit.doc_id, hit.section)) for hit in case.hits]
    return {"answer": marked_answer(case), "gold": gold, "cited": cited, "hits": hits}


def _link(shelf: Shelf, doc_id: str, path: tuple[str, ...]) -> str:
    """Where the reader shows a section; empty where the index has it no longer."""
    if doc_id not in {document.doc_id for document in shelf.documents()}:
        return ""
    section = next((s.id for s in shelf.outline(doc_id).sections if s.path == path), "")
    return clause_url(doc_id, section)


def _page(template: str, language: Language, **values: Any) -> str:
    def words(key: str, **filled: object) -> str:
        return text(language, f"eval_{key}", **filled)

    other: Language = "en" if language == "zh" else "zh"
    return render(
        template, language=language, other=other, switch=text(language, "switch"), t=words, quote=quote, **values
    )


def _language(request: fastapi.Request, wanted: str) -> Language:
    return choose(f"{wanted},{request.headers.get('accept-language', '')}")


async def _form(request: fastapi.Request) -> Mapping[str, str]:
    """The fields of a form that this very page sent; a form of another site is refused."""
    require_own_page(request)
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
