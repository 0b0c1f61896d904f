"""Which part of a web page is the document: by tags, roles, visibility, share of links and size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

FURNITURE = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "frame",
        "object",
        "embed",
        "applet",
        "svg",
        "canvas",
        "video",
        "audio",
        "map",
        "button",
        "select",
        "input",
        "textarea",
        "datalist",
        "nav",
        "aside",
        "footer",
        "head",
        "title",
        "img",
        "picture",
        "link",
        "meta",
        "menu",
        "rp",
        "rt",
    }
)
"""Elements that are never the document's text."""
_STRUCK = frozenset({"del", "s", "strike"})
_ANY_STRUCK = (
    "boolean(//del | //s | //strike | //@style[contains(translate(., 'LINETHROUG', 'linethroug'), 'line-through')])"
)
_ROLES = frozenset(
    {
        "navigation",
        "banner",
        "contentinfo",
        "search",
        "complementary",
        "menu",
        "menubar",
        "toolbar",
        "dialog",
        "alertdialog",
    }
)
_LINE_THROUGH = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTAINERS = frozenset(
    {"ul", "ol", "div", "p", "table", "td", "tr", "tbody", "span", "section", "header", "form", "dl"}
)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_FURNITURE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:qr|qrcode|share|sharing|toolbar|breadcrumbs?|copyright|footer|sidebar|navbar|nav|menu|pagination|"
    r"pager|related|comments?|cookies?)(?:[-_ ]|$)",
    re.IGNORECASE,
)
_FURNITURE_CHARS = 300
_LINK_SHARE = 0.7
_LIST_CHARS = 20_000
_FEWEST_LINKS = 3
_FEWEST_CHARS = 100
_ROOT_SHARE = 0.8
_ENDS = re.compile(r"[。！？；：.!?;:]\s*$")
_AFTERWORD_CHARS = 80
_FILE = re.compile(r"\.(?:docx?|pdf|xlsx?|wps|ofd)$", re.IGNORECASE)
_SCRIPTED = re.compile(r"^\s*(?:javascript:|#)", re.IGNORECASE)


def is_hidden(node: Any) -> bool:
    """Whether a reader of the page does not see the element."""
    if node.get("hidden") is not None or (node.get("aria-hidden") or "").lower() == "true":
        return True
    if (node.get("role") or "").lower() in _ROLES:
        return True
    style = node.get("style")
    return bool(style and _HIDDEN.search(style))


def empty_struck(root: Any) -> list[str]:
    """Take the words out of every struck-out element; the words, element by element."""
    from lxml import etree

    found: list[Any] = []
    if not root.xpath(_ANY_STRUCK):
        return []
    walker = etree.iterwalk(root, events=("start",))
    for _, node in walker:
        if node.tag in _STRUCK or _LINE_THROUGH.search(node.get("style") or ""):
            found.append(node)
            walker.skip_subtree()
    words = ["".join(node.itertext()) for node in found]
    for node in found:
        node.clear(keep_tail=True)
    return words


@dataclass(slots=True)
class Counts:
    """What an element shows: characters, those of them inside links, links with text, and two kinds of them."""

    chars: int = 0
    linked: int = 0
    links: int = 0
    scripted: int = 0
    """Links that only run a script (print, share, back to top)."""
    files: int = 0
    """Links to office files, as a list of attachments has."""

    def add(self, other: Counts, tail: str | None) -> None:
        """What an element inside shows, and the text behind it."""
        self.chars += other.chars + _chars(tail)
        self.linked += other.linked
        self.links += other.links
        self.scripted += other.scripted
        self.files += other.files


class Page:
    """One page measured once: which element holds the document, and what is not part of it."""

    def __init__(self, root: Any) -> None:
        self._counts = _counts(root)
        self.content = _content(root, self._counts)

    def is_link_list(self, node: Any) -> bool:
        """Whether the element is a menu, breadcrumb, share bar or list of related pages: links and little else.

        A site's ``header`` counts where it has no ``h1``. A list of links inside the document is the
        document's own, and so is one that follows a heading or paragraph.
        """
        if node.tag == "header":
            return node.find(".//h1") is None and not _inside(node, {"article", "main", "section"})
        if node.tag not in _CONTAINERS:
            return False
        counts = self._counts.get(node, Counts())
        if _is_named_furniture(node, counts):
            return True
        if not counts.links or counts.chars > _LIST_CHARS or counts.linked < _LINK_SHARE * counts.chars:
            return False
        if counts.scripted == counts.links:
            return counts.links > 1 or not _inside(node, {"main", "article"})
        return counts.links >= _FEWEST_LINKS and not counts.files and not self._belongs(node)

    def _belongs(self, node: Any) -> bool:
        before = node.getprevious()
        if before is not None and (before.tag == "p" or before.tag in _HEADINGS):
            return True
        return self.content.tag not in {"body", "html"} and any(
            parent is self.content for parent in node.iterancestors()
        )

    def is_outside(self, node: Any, text: str, *, is_heading: bool) -> bool:
        """Whether a line belongs to the site: it stands beside the content, and is no heading and no sentence.

        Where the page marks its content (``main``, ``article``), all that stands outside does.
        """
        content = self.content
        if node is content or any(parent is content for parent in node.iterancestors()):
            return False
        if is_heading or any(parent is node for parent in content.iterancestors()):
            return False
        if content.tag in {"main", "article"} or content.get("role") == "main":
            return True
        return len(text) < _AFTERWORD_CHARS and not _ENDS.search(text)


def _is_named_furniture(node: Any, counts: Counts) -> bool:
    """Whether a small part's own class, id or label calls it a share bar, breadcrumb, QR code or footer."""
    names = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('aria-label') or ''}"
    return bool(_FURNITURE_NAMES.search(names)) and counts.chars <= _FURNITURE_CHARS and not _has_heading(node)


def _has_heading(node: Any) -> bool:
    return any(child.tag in _HEADINGS for child in node.iter())


def _inside(node: Any, tags: set[str]) -> bool:
    return any(parent.tag in tags for parent in node.iterancestors())


def _content(root: Any, counts: dict[Any, Counts]) -> Any:
    """The element that holds the document: ``main``, the one ``article``, or the smallest that has most of the text."""

    def unlinked(node: Any) -> int:
        found = counts.get(node, Counts())
        return found.chars - found.linked

    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1 and unlinked(found[0]) >= _FEWEST_CHARS:
            return found[0]
    node = root.find(".//body")
    node = root if node is None else node
    while True:
        heaviest = max(node, key=unlinked, default=None)
        if heaviest is None or unlinked(heaviest) < max(1, _ROOT_SHARE * unlinked(node)):
            return node
        node = heaviest


def _counts(root: Any) -> dict[Any, Counts]:
    """For each visible element, its characters, in one pass."""
    from lxml import etree

    counts: dict[Any, Counts] = {}
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, node in walker:
        if event == "start":
            if not isinstance(node.tag, str) or node.tag in FURNITURE or is_hidden(node):
                walker.skip_subtree()
            else:
                counts[node] = Counts(chars=_chars(node.text))
            continue
        own = counts.get(node) or Counts()
        if node.tag == "a" and node.get("href") is not None:
            own = counts[node] = _link(node, own) if node in counts else own
        around = counts.get(node.getparent())
        if around is not None:
            around.add(own, node.tail)
    return counts


def _link(node: Any, own: Counts) -> Counts:
    target = node.get("href") or ""
    if not own.chars:
        return own
    scripted = bool(_SCRIPTED.match(target) or node.get("onclick"))
    return Counts(own.chars, own.chars, 1, int(scripted), int(bool(_FILE.search(target))))


def _chars(text: str | None) -> int:
    return len("".join(text.split())) if text else 0
