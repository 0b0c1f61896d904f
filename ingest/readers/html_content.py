"""Which part of a web page is the document: by tags, roles, visibility, share of links and size."""

from __future__ import annotations

import re
from typing import Any

FURNITURE = frozenset(
    "script style noscript template iframe frame object embed applet svg canvas video audio map button select input "
    "textarea datalist nav aside footer head title img picture link meta menu rp rt".split()
)
"""Elements that are never the document's text."""
_ROLES = frozenset("navigation banner contentinfo search complementary menu menubar toolbar dialog alertdialog".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTAINERS = frozenset("ul ol div p table td tr tbody span section header form dl".split())
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_FURNITURE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:qr|qrcode|share|sharing|toolbar|breadcrumbs?|copyright|footer|sidebar|navbar|nav|menu|pagination|"
    r"pager|related|comments?|cookies?)(?:[-_ ]|$)",
    re.IGNORECASE,
)
_FURNITURE_CHARS = 300
_LINK_SHARE = 0.7
_LONGEST_LINK_CHARS = 60
_ROOT_SHARE = 0.8
_ENDS = re.compile(r"[。！？；：.!?;:]\s*$")
_AFTERWORD_CHARS = 80
_SCRIPTED = re.compile(r"^\s*(?:javascript:|#)", re.IGNORECASE)


def is_hidden(node: Any) -> bool:
    """Whether a reader of the page does not see the element."""
    if node.get("hidden") is not None or (node.get("aria-hidden") or "").lower() == "true":
        return True
    if (node.get("role") or "").lower() in _ROLES:
        return True
    style = node.get("style")
    return bool(style and _HIDDEN.search(style))


def is_link_list(node: Any) -> bool:
    """Whether the element is a menu, breadcrumb, share bar or list of related pages: links and little else.

    A site's ``header`` counts where it has no ``h1``; a list inside a paragraph of prose never does.
    """
    if node.tag == "header":
        return node.find(".//h1") is None and not _inside(node, {"article", "main", "section"})
    if node.tag not in _CONTAINERS:
        return False
    if _is_named_furniture(node):
        return True
    links = node.findall(".//a[@href]")
    if not links:
        return False
    words = [_words(link) for link in links]
    linked = sum(map(len, words))
    total = len(_words(node))
    if total > 20_000 or linked < _LINK_SHARE * total:
        return False
    if all(_SCRIPTED.match(link.get("href") or "") or link.get("onclick") for link in links):
        return not (len(links) == 1 and _inside(node, {"main", "article"}))
    many = sum(bool(text) for text in words) >= 3
    return many and max(map(len, words), default=0) <= _LONGEST_LINK_CHARS and not _has_attachments(links)


def _is_named_furniture(node: Any) -> bool:
    """A small part that its own class, id or label calls a share bar, breadcrumb, QR code, footer …"""
    names = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('aria-label') or ''}"
    return bool(_FURNITURE_NAMES.search(names)) and len(_words(node)) <= _FURNITURE_CHARS and not _has_heading(node)


def _has_heading(node: Any) -> bool:
    return any(child.tag in _HEADINGS for child in node.iter())


def _has_attachments(links: list[Any]) -> bool:
    return any(re.search(r"\.(?:docx?|pdf|xlsx?|wps|ofd)$", link.get("href") or "", re.IGNORECASE) for link in links)


def _inside(node: Any, tags: set[str]) -> bool:
    return any(parent.tag in tags for parent in node.iterancestors())


def _words(node: Any) -> str:
    return "".join("".join(node.itertext("*")).split())


def content_nodes(root: Any) -> Any:
    """The element that holds the document: ``main``, the one ``article``, or the smallest that has most of the text."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1 and len(_words(found[0])) >= 200:
            return found[0]
    weights = _weights(root)
    node = root.find(".//body")
    node = root if node is None else node
    while True:
        heaviest = max(node, key=lambda child: weights.get(child, 0), default=None)
        if heaviest is None or weights.get(heaviest, 0) < max(1, _ROOT_SHARE * weights.get(node, 0)):
            return node
        node = heaviest


def _weights(root: Any) -> dict[Any, int]:
    """For each element, its characters of visible text outside links."""
    from lxml import etree

    weights: dict[Any, int] = {}
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, node in walker:
        if event == "start":
            if not isinstance(node.tag, str) or node.tag in FURNITURE or node.tag == "a" or is_hidden(node):
                walker.skip_subtree()
            else:
                weights[node] = len((node.text or "").strip())
        else:
            parent = node.getparent()
            if parent is not None and parent in weights:
                weights[parent] += weights.get(node, 0) + len((node.tail or "").strip())
    return weights


def outside_content(node: Any, text: str, content: Any, *, is_heading: bool) -> bool:
    """Whether a line belongs to the site: it stands beside the content, and is no heading and no sentence.

    Where the page marks its content (``main``, ``article``), all that stands outside does.
    """
    if node is content or any(parent is content for parent in node.iterancestors()):
        return False
    if any(child is node for child in content.iterancestors()):
        return False
    if content.tag in {"main", "article"} or content.get("role") == "main":
        return not is_heading
    return not is_heading and len(text) < _AFTERWORD_CHARS and not _ENDS.search(text)
