"""Pages that are templates: rendered with Jinja2, everything escaped, styled as the evaluation's reports are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

ASSETS = Path(__file__).parent / "assets"


def render(template: str, /, **values: Any) -> str:
    """A template of ``assets`` with its values; a value it asks for and is not given is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from eval.report import style

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = (ASSETS / "evaluation.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(style=Markup(style() + own), **values)
