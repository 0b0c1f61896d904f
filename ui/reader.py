"""The clause reader: a document's outline beside its text, as HTML. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from rag.types import Document, IndexedDocument, Section
from ui.citing import NO_CROSSING, Crossing
from ui.marks import Mark, Marks, first_line, kept, marked, trim
from ui.originals import Original
from ui.outline import Place, ancestors, outline_html
from ui.render import clause_url, metadata_badges, script_of
from ui.strings import STRINGS, Language, text

_SENTENCE_ENDS = ("。", "；", ";", ".")
_CRUMB_CHARS = 36
_PRINTER = (
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M6 7V3h8v4M6 14H3V7h14v7h-3M6 11.5h8V17H6z" fill="none" '
    'stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/></svg>'
)


def reader_html(
    document: Document,
    file_text: str,
    place: Place,
    language: Language,
    *,
    crossing: Crossing = NO_CROSSING,
    original: Original | None = None,
    quote_lost: bool = False,
) -> str:
    """The whole reader for one document; headings, text and links escaped, advertising marked as removed.

    ``quote_lost`` says that the words which were asked for are not among the document's.
    """
    page = _Page(document, file_text, place, language, crossing)
    current = page.current
    known = not place.section or any(s.id == place.section for s in document.sections)
    lost = "".join(
        f'<p class="note is-warning">{escape(text(language, key))}</p>'
        for key, holds in (("reader_no_section", not known), ("reader_no_quote", quote_lost))
        if holds
    )
    quote = f' data-start="{place.quote[0]}" data-end="{place.quote[1]}"' if place.quote else ""
    return (
        f'<div class="reader" data-doc="{escape(place.doc_id)}" data-said="{language}"{quote}>'
        f"{_bar(page, current)}{_desk(language, original)}"
        f'<div class="reader-body"><nav class="outline" aria-label="{escape(text(language, "outline"))}">'
        f'<div class="outline-tools"><input type="search" class="outline-find" '
        f'placeholder="{escape(text(language, "outline_find"))}" aria-label="{escape(text(language, "outline_find"))}">'
        f"{_removed_toggle(document, language)}{_original(place.doc_id, original, language)}</div>"
        f'{outline_html(document, file_text, place, language)}<p class="outline-none" hidden>'
        f"{escape(text(language, 'outline_none'))}</p></nav>"
        f'<div class="clauses" tabindex="0" role="region" lang="{script_of(document.title)}" '
        f'aria-label="{escape(document.title)}">{lost}{page.clauses()}</div>'
        f'<div class="sheets" tabindex="0" role="region" aria-label="{escape(text(language, "pages"))}" hidden></div>'
        "</div></div>"
    )


def picker_html(documents: Iterable[IndexedDocument], language: Language, *, gone: bool = False) -> str:
    """What the reader shows when no document is open: the documents to choose from."""
    items = "".join(
        f'<li><a data-clause href="{escape(clause_url(d.doc_id))}" lang="{script_of(d.title)}">{escape(d.title)}</a>'
        f"{metadata_badges(d.metadata, language)}</li>"
        for d in documents
    )
    note = f'<p class="note is-warning" role="alert">{escape(text(language, "reader_gone"))}</p>' if gone else ""
    return (
        f'<div class="picker">{note}<h2>{escape(text(language, "reader"))}</h2>{lookup_box(language)}'
        f"<p>{escape(text(language, 'reader_empty'))}</p><ul>{items}</ul></div>"
    )


class _Page:
    """One rendering: the document's marks, cut and nested as its text is written out."""

    def __init__(
        self, document: Document, file_text: str, place: Place, language: Language, crossing: Crossing
    ) -> None:
        self.document = document
        self.text = file_text
        self.place = place
        self.language = language
        self._squeezed_title = "".join(document.title.split())
        quote = [place.quote] if place.quote else []
        self._crossing = crossing
        self._links = Marks(
            Mark(
                link.start,
                link.end,
                f'<a class="ref" data-clause href="{escape(clause_url(link.target_doc, link.target))}">',
                "</a>",
            )
            for link in crossing.outgoing
        )
        self._quotes = Marks(Mark(start, end, '<mark class="quote">', "</mark>") for start, end in quote)
        self._hidden = Marks(
            Mark(r.start, r.end, '<span class="hidden-figure">', "</span>") for r in document.redactions
        )
        self.removed = Marks(
            Mark(r.start, r.end, f'<del class="gone" title="{escape(self._reason(r.reason))}">', "</del>")
            for r in document.removed
        )
        self._layers = (self.removed, self._links, self._quotes, self._hidden)

    @property
    def current(self) -> tuple[Section, ...]:
        return ancestors(self.document, self.place.section)

    def clauses(self) -> str:
        sections = self.document.sections
        ends = [section.start for section in sections[1:]] + [self.document.end]
        out: list[str] = []
        shown_page: int | None = None
        for n, (section, end) in enumerate(zip(sections, ends, strict=True)):
            page = section.page if section.page != shown_page else None
            shown_page = section.page or shown_page
            out.append(self._section(n, section, end, page))
        return "".join(out)

    def inline(self, start: int, end: int) -> str:
        """The text from ``start`` to ``end``, escaped, with every mark that touches it."""
        return marked(self.text, start, end, self._layers)

    def _section(self, n: int, section: Section, end: int, page: int | None) -> str:
        body = min(max(section.body, section.start), end)
        heading, rest = (self._title(end), section.start) if n == 0 else self._heading(section, body, end)
        here = " here" if section.id == self.place.section else ""
        label = escape(text(self.language, "page", page=page)) if page else ""
        mark = f'<span class="page-mark">{label}</span>' if page else ""
        cited = self._crossing.fold(section.id) + (self._crossing.fold("") if n == 0 else "")
        on = f' data-page="{section.page}"' if section.page else ""
        kind = f"clause lv{min(section.level, 6)}{here}"
        return (
            f'<section class="{kind}" id="c{n}" data-section="{escape(section.id)}"{on}>'
            f"{mark}{heading}{self._paragraphs(rest, end, titled=n > 0)}{cited}</section>"
        )

    def _title(self, end: int) -> str:
        """The document's title, unless its own text gives it: there it is set as the title where it stands."""
        sections = self.document.sections
        given = any(self._is_title(line) for line in self.text[sections[0].start : end].split("\n"))
        first = sections[1] if len(sections) > 1 else None
        if given or (first is not None and self._is_title(self.text[first.start : first.body])):
            return ""
        return f'<h1 class="doc-title">{escape(self.document.title)}</h1>'

    def _is_title(self, words: str) -> bool:
        return bool(self._squeezed_title) and "".join(words.split()) == self._squeezed_title

    def _heading(self, section: Section, body: int, end: int) -> tuple[str, int]:
        """A heading on its own line, or run in with the first paragraph; and where the rest begins."""
        start, stop = trim(self.text, section.start, body)
        words = self.inline(start, stop)
        label = escape(text(self.language, "permalink"))
        link = (
            f'<a class="perma" href="{escape(clause_url(self.place.doc_id, section.id))}" data-permalink '
            f'aria-label="{label}" title="{label}">¶</a>'
        )
        level = min(section.level + 1, 6)
        alone = "\n" in self.text[stop:body] or not self.text[body:end].strip() or self.text[body] in "\r\n"
        if alone and self.text[start:stop].endswith(_SENTENCE_ENDS) and section.number:
            # The whole clause stands in its heading's place: only its number is set as one.
            first_start, first_stop = self._after_number(section, start, stop), stop
            stop = first_start
        elif alone:
            return f'<h{level} class="head">{words}{link}</h{level}>', body
        else:
            first_start, first_stop = first_line(self.text, body, end)
        number = self.inline(*trim(self.text, start, stop))
        return (
            f'<p class="run-in"><span class="head" role="heading" aria-level="{level}">{number}</span>'
            f"{link} {self.inline(*trim(self.text, first_start, first_stop))}</p>",
            max(first_stop, body),
        )

    def _after_number(self, section: Section, start: int, stop: int) -> int:
        found = self.text.find(section.number, start, stop)
        after = found + len(section.number) if found >= 0 else start
        while after < stop and self.text[after] in "、．.)）】］] \u3000":
            after += 1
        return after

    def _paragraphs(self, start: int, end: int, *, titled: bool = True) -> str:
        """The lines between two offsets, the first that is the title set as such unless it was ``titled`` before."""
        out = []
        while start < end:
            stop = self.text.find("\n", start, end)
            stop = end if stop < 0 else stop
            a, b = trim(self.text, start, stop)
            if a < b:
                gone = kept(self.text, a, b, self.removed) == ""
                opening = '<p class="gone-line">' if gone else "<p>"
                if not titled and self._is_title(self.text[a:b]):
                    titled = True
                    out.append(f'<h1 class="doc-title">{self.inline(a, b)}</h1>')
                else:
                    out.append(f"{opening}{self.inline(a, b)}</p>")
            start = stop + 1
        return "".join(out)

    def _reason(self, reason: str) -> str:
        words = text(self.language, reason) if reason in STRINGS[self.language] else reason
        return text(self.language, "removed", reason=words)


def _bar(page: _Page, current: tuple[Section, ...]) -> str:
    language = page.language
    steps = [f"<li>{escape(page.document.title)}</li>"]
    names = [kept(page.text, s.start, s.body, page.removed) or s.number for s in current]
    steps += [f"<li>{escape(_clipped(name))}</li>" for name in names if name != page.document.title]

    def button(name: str, key: str, sign: str, shortcut: str = "") -> str:
        label = escape(text(language, key))
        keys = f' aria-keyshortcuts="{shortcut}"' if shortcut else ""
        shown = f"{label} ({shortcut})" if shortcut else label
        return (
            f'<button type="button" class="tool" data-do="{name}" aria-label="{label}" title="{shown}"{keys}>'
            f"{sign}</button>"
        )

    place = f'lang="{script_of(page.document.title)}" aria-label="{escape(text(language, "path"))}"'
    to_quote = button("quote", "to_quote", "❝") if page.place.quote else ""
    return (
        '<header class="reader-bar">'
        f'<button type="button" class="tool drawer" data-do="drawer" aria-expanded="false">'
        f"☰ <span>{escape(text(language, 'outline'))}</span></button>"
        f'<ol class="crumbs" {place}>{"".join(steps)}</ol>'
        f'<div class="tools">{to_quote}{button("previous", "previous", "↑", "K")}'
        f"{button('next', 'next', '↓', 'J')}{button('print', 'print_clause', _PRINTER)}"
        f"{button('widen', 'widen_reader', '⤢')}{button('close', 'close_reader', '✕')}</div></header>"
    )


def lookup_box(language: Language) -> str:
    """The box for addresses and words, and the list that opens under it."""
    label = escape(text(language, "lookup"))
    return (
        f'<div class="lookup" role="search"><input type="search" class="lookup-box" role="combobox" maxlength="200" '
        f'aria-expanded="false" aria-controls="found" aria-autocomplete="list" autocomplete="off" spellcheck="false" '
        f'placeholder="{escape(text(language, "lookup_hint"))}" aria-label="{label}" aria-keyshortcuts="/">'
        f'<div id="found" class="found" role="listbox" aria-label="{label}" hidden></div>'
        '<span class="unseen" role="status"></span></div>'
    )


def _desk(language: Language, original: Original | None) -> str:
    """The row under the bar: looking up, and for a PDF the choice between its text and its pages."""
    choice = ""
    if original is not None and original.is_pdf:
        buttons = "".join(
            f'<button type="button" data-do="{name}" aria-pressed="{str(name == "text").lower()}">'
            f"{escape(text(language, f'show_{name}'))}</button>"
            for name in ("text", "pages")
        )
        choice = f'<div class="as" role="group" aria-label="{escape(text(language, "show_as"))}">{buttons}</div>'
    return f'<div class="desk">{lookup_box(language)}{choice}</div>'


def _original(doc_id: str, original: Original | None, language: Language) -> str:
    """The link to the original file, or why there is none."""
    if original is None:
        return ""
    if original.state != "kept":
        return f'<p class="original is-lost">{escape(text(language, f"original_{original.state}"))}</p>'
    query = urlencode({"doc": doc_id, "language": language})
    return (
        f'<p class="original"><a href="yiju/original?{escape(query)}" download>'
        f"{escape(text(language, 'original'))}</a> "
        f"<span>{escape(original.name)} · {size_text(original.size_bytes)}</span></p>"
    )


def size_text(size_bytes: int) -> str:
    """A file's size as people say it: 812 B, 34 KB, 1.2 MB."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.0f} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _removed_toggle(document: Document, language: Language) -> str:
    if not document.removed:
        return ""
    words = escape(text(language, "show_removed", count=len(document.removed)))
    return f'<label class="show-removed"><input type="checkbox" data-do="removed"> {words}</label>'


def _clipped(words: str) -> str:
    return words if len(words) <= _CRUMB_CHARS else words[: _CRUMB_CHARS - 1] + "…"
