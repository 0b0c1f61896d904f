"""The outline of a file: its documents, their sections, and what else can be read from the text."""

from ingest.outline.reader import outline
from ingest.outline.render import render_json, render_tree

__all__ = ["outline", "render_json", "render_tree"]
