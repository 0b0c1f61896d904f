"""Which role each address of the page is for. What is not named here is not served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ui.people import Role

Need = Role | Literal["open", "event"]
"""``open`` needs nobody; ``event`` a Gradio event, whose own role counts."""

_EXACT: Mapping[tuple[str, str], Need] = {
    ("GET", "/favicon.ico"): "open",
    ("GET", "/robots.txt"): "open",
    ("GET", "/yiju/sign-in"): "open",
    ("POST", "/yiju/sign-in"): "open",
    ("POST", "/yiju/sign-out"): "open",
    ("GET", "/yiju/sign-in.css"): "open",
    ("GET", "/"): "reader",
    ("GET", "/config"): "reader",
    ("GET", "/theme.css"): "reader",
    ("GET", "/gradio_api/app_id"): "open",  # asked until the server is back; then the page loads anew, or signs in
    ("GET", "/gradio_api/info"): "reader",
    ("GET", "/gradio_api/startup-events"): "reader",
    ("POST", "/gradio_api/queue/join"): "event",
    ("POST", "/gradio_api/run/predict"): "event",
    ("GET", "/gradio_api/queue/data"): "reader",
    ("POST", "/gradio_api/cancel"): "reader",
    ("POST", "/gradio_api/reset"): "reader",
    ("POST", "/gradio_api/upload"): "editor",
    ("GET", "/gradio_api/upload_progress"): "editor",
}
_BELOW: tuple[tuple[str, str, Need], ...] = (
    ("GET", "/yiju/evaluation", "maintainer"),
    ("POST", "/yiju/evaluation", "maintainer"),
    ("POST", "/yiju/export", "reader"),
    ("POST", "/yiju/feedback", "reader"),
    ("DELETE", "/yiju/feedback/", "reader"),
    ("PUT", "/yiju/conversations/", "reader"),
    ("DELETE", "/yiju/conversations", "reader"),
    ("GET", "/yiju/", "reader"),
    ("POST", "/yiju/", "editor"),
    ("PUT", "/yiju/", "editor"),
    ("DELETE", "/yiju/", "editor"),
    ("GET", "/assets/", "reader"),
    ("GET", "/static/", "reader"),
    ("GET", "/svelte/", "reader"),
    ("GET", "/gradio_api/heartbeat/", "reader"),
    ("GET", "/gradio_api/file=/", "reader"),
)
_OF_MODULES: Mapping[str, Role] = {"ui.chat": "reader", "ui.page": "reader", "ui.library": "editor"}


@dataclass(frozen=True, slots=True)
class GradioEvent:
    """What is known of one Gradio event: who may set it off, and whether it asks a question."""

    role: Role
    asks: bool


def needed(method: str, path: str) -> Need | None:
    """What a request needs; None where there is no such address. ``path`` is without the ``root_path``."""
    verb = "GET" if method == "HEAD" else method
    exact = _EXACT.get((verb, path))
    if exact is not None:
        return exact
    return next((need for kind, start, need in _BELOW if kind == verb and path.startswith(start)), None)


def gradio_events(blocks: object) -> Mapping[int, GradioEvent]:
    """The role of each event of a Gradio page, by the module of its function; of an unknown one, maintainer."""
    found = {}
    for number, event in blocks.fns.items():  # type: ignore[attr-defined]
        module = getattr(event.fn, "__module__", "") if event.fn is not None else "ui.page"
        asks = event.concurrency_id == "ask"
        found[number] = GradioEvent(_OF_MODULES.get(module, "maintainer"), asks)
    return found
