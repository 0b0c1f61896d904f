"""Gradio components as this page uses them."""

from __future__ import annotations

import gradio as gr


def html_place(elem_id: str, value: str = "") -> gr.HTML:
    """A place for HTML of ours, without Gradio's own style and scripts."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=None, apply_default_css=False)
