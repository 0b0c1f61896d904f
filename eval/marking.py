"""Answers as HTML: figures and facts marked, and the differences between two texts."""

from __future__ import annotations

import difflib
import re

from markupsafe import Markup, escape

from eval.claims import MARKER
from eval.metrics import checked_claims
from eval.records import CaseRun

_RELATED = 0.25
_TOKEN = re.compile(r"\[\d+\]|[A-Za-z0-9.%]+|\s+|.", re.DOTALL)


def marked_answer(run: CaseRun) -> Markup:
    """The reply: required facts found word for word in green, sentences with unsupported figures in red."""
    red = [(claim.start, claim.end) for claim, figures in checked_claims(run) if figures]
    wanted = [re.escape(words) for facts in run.case.must_contain for words in facts]
    green = [match.span() for match in re.finditer("|".join(sorted(wanted, key=len, reverse=True)), run.answer, re.I)]
    classes = [""] * len(run.answer)
    for spans, name in ((red, "bad"), (green if wanted else [], "good")):
        for start, end in spans:
            classes[start:end] = [name] * (end - start)
    for match in MARKER.finditer(run.answer):
        classes[match.start() : match.end()] = ["marker"] * len(match.group())
    return _spans(run.answer, classes)


def marked_quote(text: str, quote: str) -> Markup:
    """A clause with the gold quote marked, where it stands there word for word."""
    at = text.find(quote) if quote else -1
    if at < 0:
        return escape(text)
    return escape(text[:at]) + Markup("<mark>") + escape(quote) + Markup("</mark>") + escape(text[at + len(quote) :])


def difference(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts, what only the first has as ``del`` and what only the second has as ``ins``.

    Texts with little in common are left unmarked: their differences are everything.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _RELATED:
        return escape(before), escape(after)
    left, right = Markup(""), Markup("")
    for operation, i, j, k, m in matcher.get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if operation == "equal":
            left, right = left + escape(gone), right + escape(come)
            continue
        if gone:
            left += Markup("<del>") + escape(gone) + Markup("</del>")
        if come:
            right += Markup("<ins>") + escape(come) + Markup("</ins>")
    return left, right


def _spans(text: str, classes: list[str]) -> Markup:
    pieces, start = Markup(""), 0
    for i in range(1, len(text) + 1):
        if i == len(text) or classes[i] != classes[start]:
            piece, name = escape(text[start:i]), classes[start]
            if name == "marker":
                pieces += Markup("<sup>") + piece + Markup("</sup>")
            else:
                pieces += Markup(f'<mark class="{name}">') + piece + Markup("</mark>") if name else piece
            start = i
    return pieces
