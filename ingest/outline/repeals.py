"""What a document says that it repeals: ``《…》（文号）同时废止``, ``This policy replaces the … Policy``."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"[^。；\n]+")
_REPEALING = re.compile(r"同时废止|即行废止|予以废止|相应废止|停止执行|同时失效")
_NAME = re.compile(r"《([^《》\n]{2,60})》")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[［【（(](?:19|20)\d{2}[〕\]］】）)]第?\d{1,5}号")
_ENGLISH = re.compile(
    r"\b(?:replaces|supersedes|repeals|withdraws)\s+(?:the\s+)?(?P<name>[A-Z][\w'’,& -]{3,80}?"
    r"(?:\s*\(?(?:of\s+)?(?:19|20)\d{2}\)?)?)(?=[.;,\n(]|\s+(?:which|dated|issued|of|with|from|that)\b)"
)

_FORMER = re.compile(
    r"\b(?:it|(?:this|these|the present)\s+(?:[\w'’-]+\s+){1,4}?)\s*(?:(?:also|hereby)\s+)?"
    r"(?:replaces?|supersedes?)\s+(?:the|its|all|any|every)\s+"
    r"(?:(?:previous|earlier|former|prior)\s+(?:version|edition|policy|policies)|(?:version|edition)s?\s+(?:of|from)\s+(?:19|20)\d\d\b"
    r"|(?:19|20)\d\d\s+(?:version|edition))",
    re.IGNORECASE,
)


def read_repeals(text: str, start: int, end: int, title: str) -> tuple[str, ...]:
    """Titles and document numbers of what ``text[start:end]`` repeals, in order, each once.

    A clause that repeals by number names that version alone: its title may be the new one's too. “The previous
    version” is called by the document's own title.
    """
    found: list[str] = []
    for clause in _CLAUSE.finditer(text, start, end):
        if not _REPEALING.search(clause.group()):
            continue
        numbers = [re.sub(r"\s", "", number) for number in _NUMBER.findall(clause.group())]
        names = _NAME.findall(clause.group())
        found += numbers or names
        found += [name for name in names if numbers and name != title and len(names) > len(numbers)]
    found += [match["name"].strip() for match in _ENGLISH.finditer(text, start, end)]
    if _FORMER.search(text, start, end):
        found.append(title)
    return tuple(dict.fromkeys(found))
