"""Routes of the clause reader: the reader itself, PDF pages, original files, and looking up as one types."""

from __future__ import annotations

from pathlib import Path

import fastapi
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from rag.errors import DocumentError
from rag.types import Document
from ui.citing import crossing
from ui.faults import fault_text
from ui.lookup import found_html
from ui.originals import Original, Originals
from ui.outline import Place
from ui.parts import Bot, Shelf
from ui.reader import picker_html, reader_html
from ui.sheets import WIDTHS_PX, Pictures, boxes, sheets_html
from ui.strings import choose, text

_KEEP_S = 3600


def add_reading(app: fastapi.FastAPI, bot: Bot) -> None:
    """Serve what the reader's scripts ask for, under ``/yiju/``."""
    files = _Files(bot)
    _add_files(app, bot, files)

    @app.get("/yiju/reader")
    def reader(doc: str = "", section: str = "", start: str = "", end: str = "", language: str = "en") -> HTMLResponse:
        shelf, words = bot.index.snapshot(), choose(language)
        file = files.original(shelf, doc)
        if file is None:
            return HTMLResponse(picker_html(shelf.documents(), words, gone=bool(doc)))
        outline = shelf.outline(doc)
        quote = _quote(outline, start, end)
        html = reader_html(
            outline,
            shelf.file_text(doc),
            Place(doc_id=doc, section=section, quote=quote),
            words,
            crossing=crossing(shelf, doc, words),
            original=file,
            quote_lost=quote is None and bool(start or end),
        )
        return HTMLResponse(html)

    @app.get("/yiju/lookup")
    def lookup(q: str = "", doc: str = "", language: str = "en") -> HTMLResponse:
        hits = bot.look_up(q, doc_id=doc)
        documents = {one.doc_id: one for one in bot.index.snapshot().documents()}
        return HTMLResponse(found_html(hits, q, documents, choose(language)))


def _quote(document: Document, start: str, end: str) -> tuple[int, int] | None:
    """The words of the document that an address means, whatever somebody made of it; None where it means none."""
    try:
        quote = int(start), int(end)
    except ValueError:
        return None
    return quote if document.start <= quote[0] < quote[1] <= document.end else None


class _Files:
    """The files behind the documents."""

    def __init__(self, bot: Bot) -> None:
        self._originals = Originals((bot.settings.index / "uploads").absolute())
        self.pictures = Pictures()

    def original(self, shelf: Shelf, doc: str) -> Original | None:
        """What has become of a document's file; None where there is no such document."""
        known = any(document.doc_id == doc for document in shelf.documents())
        return self._originals.find(shelf.origin(doc)) if known else None

    def pdf(self, shelf: Shelf, doc: str) -> Path | None:
        """The file, where its pages can be shown."""
        found = self.original(shelf, doc)
        return found.path if found is not None and found.is_pdf else None


def _add_files(app: fastapi.FastAPI, bot: Bot, files: _Files) -> None:
    @app.get("/yiju/original")
    def download(doc: str, language: str = "en") -> Response:
        found = files.original(bot.index.snapshot(), doc)
        if found is None or found.path is None:
            state = "gone" if found is None else found.state
            key = "reader_gone" if state == "gone" else f"original_{state}"
            return PlainTextResponse(text(choose(language), key), status_code=404)
        return FileResponse(found.path, media_type="application/octet-stream", filename=found.name)

    @app.get("/yiju/sheets")
    def sheets(doc: str, language: str = "en") -> Response:
        path = files.pdf(bot.index.snapshot(), doc)
        if path is None:
            return PlainTextResponse(text(choose(language), "original_missing"), status_code=404)
        return HTMLResponse(sheets_html(path, doc, choose(language)))

    @app.get("/yiju/sheet")
    def sheet(request: fastapi.Request, doc: str, page: int, width: int = WIDTHS_PX[0]) -> Response:
        path = files.pdf(bot.index.snapshot(), doc)
        if path is None or width not in WIDTHS_PX:
            return Response(status_code=404)
        try:
            picture = files.pictures.get(path, page, width)
        except DocumentError as error:
            language = choose(request.headers.get("accept-language", ""))
            return PlainTextResponse(fault_text(str(error), language), status_code=404)
        return Response(picture, media_type="image/png", headers={"cache-control": f"private, max-age={_KEEP_S}"})

    @app.get("/yiju/boxes")
    def places(doc: str, section: str = "", start: str = "", end: str = "") -> JSONResponse:
        shelf = bot.index.snapshot()
        path = files.pdf(shelf, doc)
        if path is None:
            return JSONResponse([])
        outline = shelf.outline(doc)
        named = next((one for one in outline.sections if one.id == section), None)
        quote = _quote(outline, start, end)
        return JSONResponse(boxes(path, shelf.file_text(doc), shelf.page_starts(doc), named, quote))
