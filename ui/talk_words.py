"""The place of earlier conversations, and the words and forms that the Ask view's script shows."""

from __future__ import annotations

import json
from html import escape

from ui.strings import Language, text

_WORDS = (
    "busy",
    "editing",
    "edit_cancel",
    "peek_open",
    "peek_close",
    "export_failed",
    "vote_up_thanks",
    "vote_down_thanks",
    "vote_undo",
    "vote_undone",
    "vote_failed",
    "earlier_all",
    "earlier_sure",
    "earlier_gone",
    "earlier_forget_all",
)
_TOASTS = {
    "Error": "toast_error",
    "Connection to the server was lost. Attempting reconnection...": "toast_lost",
    "Connection errored out.": "lost",
}
"""What Gradio says in English only."""


def words_html(mode: str, language: Language) -> str:
    """Where the script lists earlier conversations; ``mode`` is the setting ``conversations``."""
    said = {key: text(language, key, count="%") for key in _WORDS}
    toasts = {english: text(language, key) for english, key in _TOASTS.items()}
    words = json.dumps({**said, "toasts": toasts}, ensure_ascii=False)
    return (
        f'<div id="ask-words" data-mode="{escape(mode)}" data-words="{escape(words)}">'
        f"{_earlier(mode, language)}{_form(language)}</div>"
    )


def _earlier(mode: str, language: Language) -> str:
    if mode == "none":
        return ""
    row = (
        '<li><button type="button" class="talk" data-resume><span></span><time></time></button>'
        f'<button type="button" class="quiet" data-forget aria-label="{escape(text(language, "earlier_forget"))}">'
        "✕</button></li>"
    )
    return (
        f'<section class="earlier" aria-labelledby="earlier-title" hidden><h2 id="earlier-title">'
        f'{escape(text(language, "earlier"))}</h2><ul></ul><p class="earlier-foot">'
        f'<button type="button" class="quiet" data-earlier-all hidden></button>'
        f"<span>{escape(text(language, f'earlier_{mode}'))}</span>"
        f'<button type="button" class="quiet" data-forget-all>{escape(text(language, "earlier_forget_all"))}</button>'
        f"</p><template>{row}</template></section>"
    )


def _form(language: Language) -> str:
    reasons = "".join(
        f'<label><input type="checkbox" name="reason" value="{escape(reason)}"> {escape(reason)}</label>'
        for reason in text(language, "vote_reasons").split("|")
    )
    more = escape(text(language, "vote_more"))
    return (
        '<template id="vote-form"><form class="vote-form"><fieldset>'
        f"<legend>{escape(text(language, 'vote_why'))}</legend>{reasons}</fieldset>"
        f'<textarea name="more" rows="2" maxlength="600" placeholder="{more}" aria-label="{more}"></textarea>'
        f'<button class="quiet is-send">{escape(text(language, "vote_send"))}</button></form></template>'
    )
