"""What a document says of itself: number, issuer, dates, status, year; each with where it was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ingest.outline import numerals
from rag.types import Irregularity, Metadata

_FRONT_CHARS = 1500
_BACK_CHARS = 1500
_Y = r"(?P<y>(?:19|20)\d{2}|[一二][〇○零一二三四五六七八九]{3})"
_M = r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})"
_D = r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"{_Y}[ \u3000]?年[ \u3000]?{_M}[ \u3000]?月[ \u3000]?{_D}[ \u3000]?日"
_DATE2 = re.sub(r"\?P<(.)>", r"?P<\g<1>2>", _DATE)
_DOCUMENT_NUMBER = re.compile(
    r"(?P<n>[\u4e00-\u9fff]{1,14}[ ]?[〔\[［【（(]"
    r"[ ]?(?:19|20)\d{2}[ ]?[〕\]］】）)][ ]?第?[ ]?\d{1,5}[ ]?号)"
    r"|(?P<order>(?:中华人民共和国)?[\u4e00-\u9fff]{2,12}令[ ]?第[ ]?[\d〇零一二三四五六七八九十百]+[ ]?号)"
)
_ADOPTED = re.compile(rf"{_DATE}(?:(?!\d{{4}}[ ]?年)[^。；\n]){{0,60}}?通过")
_ISSUED = re.compile(
    rf"{_DATE}[^。；，,\n]{{0,40}}?(?:公布|发布|印发|颁布)"
    rf"|(?:公布|发布|印发|发文|成文)(?:日期|时间)[ ]?[:：][ ]?{_DATE2}"
)
_EFFECTIVE = re.compile(rf"自[ ]?{_DATE}[ ]?起(?:施行|实施|执行|生效|试行)|{_DATE2}[ ]?(?:起)?(?:施行|实施|生效)")
_SELF_EFFECTIVE = re.compile(
    r"本(?:法|条例|办法|规定|细则|章程|规则|制度|意见|通知|方案|准则|规范|规程|预案|标准)[^。]{0,20}$"
)
_REPEALED = re.compile(rf"(?:本[^。\n]{{1,6}}|已)?(?:于|自)?[ ]?{_DATE}[ ]?(?:起)?(?:废止|失效)")
_REVISED = re.compile(rf"{_DATE}(?:(?!\d{{4}}[ ]?年)[^。；\n]){{0,80}}?(?:修订|修正)")
_DATE_LINE = re.compile(rf"(?:^|\n)[ \t\u3000]*[（(]?{_DATE}[）)]?[ \t\u3000]*(?=\n|$)")
_VERSION = re.compile(
    r"(?:版本(?:号)?|[Vv]ersion|Revision|Rev\.)[ ]?[:：]?[ ]?(?P<v>[Vv]?\d+(?:\.\d+){0,3})"
    r"|[（(](?P<v2>(?:19|20)\d{2}年?版|第[一二三四五六七八九十]+版|试行|暂行|征求意见稿|草案|修订版|送审稿)[）)]"
)
_DRAFT_LINE = re.compile(r"^[ \t\u3000]*[（(](?:征求意见稿|草案|送审稿|讨论稿)[）)][ \t\u3000]*$", re.MULTILINE)
_DRAFT = re.compile(r"[（(](?:征求意见稿|草案|送审稿|讨论稿|draft)[）)]", re.IGNORECASE)
_REPEALED_NOTE = re.compile(r"(?:[【（(\[]|^|\n)[ ]?(?:本[^。\n]{1,8})?(?:已废止|已失效|失效|废止)[ ]?[】）)\]]")
_SUPERSEDED_NOTE = re.compile(r"[【（(\[][ ]?(?:已修订|已被[^】）)\]]{1,30}(?:代替|取代|替代))[ ]?[】）)\]]")
_YEAR = re.compile(
    r"(?<!\d)((?:[1１][9９]|[2２][0０])\d{2})(?=[ ]?(?:年|学年|[-—–至][ ]?(?:19|20)\d{2}[ ]?(?:年|学年)))"
)
_TITLE_YEAR = re.compile(r"(?<!\d)((?:[1１][9９]|[2２][0０])\d{2})(?!\d)")
_ISSUER_LINE = re.compile(
    r"[ \t\u3000]*(?P<i>[\u4e00-\u9fff（）()、 \u3000]{2,40}?"
    r"(?:政府|办公厅|办公室|委员会|部|厅|局|院"
    r"|会|处|署|行|校|学|中心|公司|党组|支队|馆|社|联|国务院|集团|所))[ \t\u3000]*(?=\n|$)"
)
_ISSUER_TITLE = re.compile(
    r"^(?P<i>[\u4e00-\u9fff]{2,24}?"
    r"(?:政府|办公厅|办公室|委员会|国务院|部|厅|局|院|大学|学院|中心|公司|党组|委|政府办))(?:办公厅)?(?:关于|印发|转发)"
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_EN_DATE = (
    rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}"
    rf"|{_MONTH}\s+\d{{1,2}},?\s+\d{{4}})"
)
_EN_FIELDS = (
    (
        "effective",
        re.compile(
            rf"(?:effective(?:\s+(?:date|from|as\s+of|on))?|in\s+force\s+(?:from|since)"
            rf"|comes?\s+into\s+(?:force|effect)\s+on|takes?\s+effect\s+on)\s*:?\s*(?:on\s+)?{_EN_DATE}",
            re.IGNORECASE,
        ),
    ),
    (
        "adopted",
        re.compile(
            rf"(?:adopted|approved|approval\s+date)(?:\s+(?:by[^.\n]{{1,60}}?|on))?\s*:?\s*(?:on\s+)?{_EN_DATE}",
            re.IGNORECASE,
        ),
    ),
    (
        "issued",
        re.compile(
            rf"(?:issued|published|date\s+of\s+issue|publication\s+date|issue\s+date)(?:\s+on)?\s*:?\s*{_EN_DATE}",
            re.IGNORECASE,
        ),
    ),
    (
        "repealed",
        re.compile(
            rf"(?:repealed|withdrawn|superseded|expires?|expired)(?:\s+(?:on|as\s+of))?\s*:?\s*{_EN_DATE}",
            re.IGNORECASE,
        ),
    ),
)
_EN_NUMBER = re.compile(
    r"(?:Document|Policy|Reference|Ref\.?|Directive|Circular|Notice)\s+(?:No\.?|Number|ID)\s*:?\s*(?P<n>[A-Z0-9][\w./-]{1,30})"
)
_EN_ISSUER = re.compile(
    r"(?:Issued by|Issuer|Owner|Policy owner|Issuing (?:office|authority))\s*:\s*(?P<i>(?:(?! {2}|\t)[^\n.;]){2,60})",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(slots=True)
class _Found:
    values: dict[str, str | int] = field(default_factory=dict)
    at: dict[str, tuple[int, int]] = field(default_factory=dict)

    def put(self, name: str, value: str | int | None, span: tuple[int, int]) -> None:
        if value and name not in self.values:
            self.values[name] = value
            self.at[name] = span


def read_metadata(
    text: str, start: int, end: int, title: str, first_section: int, *, called: str = ""
) -> tuple[Metadata, tuple[Irregularity, ...]]:
    """Metadata of ``text[start:end]`` and its contradictions; ``first_section`` is where numbering begins.

    ``called`` is what a document without a ``title`` of its own is called: it may give the year.
    """
    found = _Found()
    front_end = min(end, max(first_section, start + 200), start + _FRONT_CHARS)
    back_start = max(start, end - _BACK_CHARS)
    for step in (_read_front, _read_dates, _read_english):
        step(text, (start, front_end), (back_start, end), found)
    _read_issuer(text, (start, front_end), (back_start, end), title, found)
    _read_status(text, title, start, front_end, found)
    odd = tuple(_read_year(text, start, end, title or called, found))
    values = found.values
    return (
        Metadata(
            year=_int(values.get("year")),
            issuer=_str(values.get("issuer")),
            document_number=_str(values.get("document_number")),
            adopted=_str(values.get("adopted")),
            issued=_str(values.get("issued")),
            effective=_str(values.get("effective")),
            repealed=_str(values.get("repealed")),
            version=_str(values.get("version")),
            status=_str(values.get("status")),
            found_at={name: span for name, span in found.at.items() if name != "revised"},
        ),
        odd,
    )


def _int(value: str | int | None) -> int | None:
    return value if isinstance(value, int) else None


def _str(value: str | int | None) -> str | None:
    return value if isinstance(value, str) else None


Part = tuple[int, int]


def _read_front(text: str, front: Part, back: Part, found: _Found) -> None:
    for match in _DOCUMENT_NUMBER.finditer(text, *front):
        line_start = text.rfind("\n", 0, match.start()) + 1
        line_end = text.find("\n", match.end())
        line = text[line_start : line_end if line_end >= 0 else len(text)].strip()
        if len(line) <= len(match.group()) + 24 and "》" not in text[line_start : match.start()]:
            found.put("document_number", re.sub(r"\s", "", match.group()).strip("（）()"), match.span())
            break
    version = _VERSION.search(text, *front)
    if version:
        found.put("version", version["v"] or version["v2"], version.span())


def _read_dates(text: str, front: Part, back: Part, found: _Found) -> None:
    for name, pattern in (("adopted", _ADOPTED), ("issued", _ISSUED), ("repealed", _REPEALED)):
        match = pattern.search(text, *front)
        if match:
            found.put(name, _date(match), match.span())
    for match in _REVISED.finditer(text, *front):
        date = _date(match)
        if date and date > str(found.values.get("revised", "")):
            found.values["revised"], found.at["revised"] = date, match.span()
            found.values["version"], found.at["version"] = f"{date[:4]}年修订", match.span()
    for match in _EFFECTIVE.finditer(text, *front):
        found.put("effective", _date(match), match.span())
    for match in _EFFECTIVE.finditer(text, *back):
        if _SELF_EFFECTIVE.search(text, max(back[0], match.start() - 40), match.start()):
            found.put("effective", _date(match), match.span())
    for part in (front, back):
        for match in _DATE_LINE.finditer(text, *part):
            found.put("issued", _date(match), match.span())


def _date(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    year, month, day = (groups.get(k) or groups.get(f"{k}2") for k in "ymd")
    if not (year and month and day):
        return None
    y, m, d = (numerals.chinese(part.replace("○", "〇")) or 0 for part in (year, month, day))
    return f"{y:04d}-{m:02d}-{d:02d}" if 1 <= m <= 12 and 1 <= d <= 31 else None


def _read_english(text: str, front: Part, back: Part, found: _Found) -> None:
    for name, pattern in _EN_FIELDS:
        for part in (front, back):
            match = pattern.search(text, *part)
            if match:
                found.put(name, _english_date(match["date"]), match.span())
    for name, pattern, group in (("document_number", _EN_NUMBER, "n"), ("issuer", _EN_ISSUER, "i")):
        match = pattern.search(text, *front)
        if match:
            found.put(name, match[group].strip(" ."), match.span(group))


def _english_date(printed: str) -> str | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", printed):
        return printed
    month = next((i + 1 for i, name in enumerate(_MONTHS) if name in printed.lower()), None)
    numbers = [int(n) for n in re.findall(r"\d+", printed)]
    if month is None or len(numbers) != 2:
        return None
    day, year = sorted(numbers)
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= 31 else None


def _read_issuer(text: str, front: Part, back: Part, title: str, found: _Found) -> None:
    """Who signs: the line above the date of signature; else the body the title begins with."""
    for part in (front, back):
        for match in _DATE_LINE.finditer(text, *part):
            line_end = text.rfind("\n", part[0], match.start("y"))
            line_start = text.rfind("\n", part[0], max(line_end, part[0])) + 1
            signed = _ISSUER_LINE.fullmatch(text, line_start, max(line_end, line_start))
            if signed:
                found.put("issuer", re.sub(r"\s", "", signed["i"]), signed.span("i"))
    head = _ISSUER_TITLE.match(title)
    if head:
        at = text.find(head["i"], *front)
        found.put("issuer", head["i"], (max(at, front[0]), max(at, front[0]) + len(head["i"])))


def _read_status(text: str, title: str, start: int, front_end: int, found: _Found) -> None:
    notes: tuple[tuple[str, Callable[[], re.Match[str] | None]], ...] = (
        ("repealed", lambda: _REPEALED_NOTE.search(text, start, front_end)),
        ("superseded", lambda: _SUPERSEDED_NOTE.search(text, start, front_end)),
        (
            "draft",
            lambda: (
                _DRAFT.search(text, start, text.find("\n", start + len(title)) % (front_end + 1))
                or _DRAFT_LINE.search(text, start, front_end)
            ),
        ),
    )
    for status, search in notes:
        match = search()
        if match:
            found.put("status", status, match.span())
    if "repealed" in found.values:
        found.put("status", "repealed", found.at["repealed"])
    if "effective" in found.values:
        found.put("status", "in_force", found.at["effective"])


def _read_year(text: str, start: int, end: int, title: str, found: _Found) -> Iterable[Irregularity]:
    """The year the content is about: what the title says, unless the body's opening says another."""
    in_title = _TITLE_YEAR.findall(title)
    opening = text[start : min(end, start + 1200)]
    shift = opening.find(title) + len(title) if title and title in opening else 0
    in_opening = [(match[1], match) for match in _YEAR.finditer(opening, shift)]
    counts = Counter(year for year, _ in in_opening)
    if in_title:
        year = int(in_title[0])
        at = text.find(in_title[0], start, end)
        found.put("year", year, (at, at + 4) if at >= 0 else (start, start))
        first = next((match for _, match in in_opening), None)
        if first is not None and first[1] not in in_title and in_title[0] not in counts and _is_about(opening, first):
            yield Irregularity(
                kind="year_conflict",
                message=f"the title says {in_title[0]}, the text says {first[1]}",
                start=start + first.start(),
                end=start + first.end(),
            )
        return
    if "revised" in found.values:
        found.put("year", int(str(found.values["revised"])[:4]), found.at["revised"])
        return
    for name in ("issued", "effective", "adopted"):
        value = found.values.get(name)
        if isinstance(value, str):
            found.put("year", int(value[:4]), found.at[name])
            return
    number = found.values.get("document_number")
    dated = _TITLE_YEAR.search(str(number)) if number else None
    if dated:
        found.put("year", int(dated[1]), found.at["document_number"])
    elif in_opening:
        first_year, match = in_opening[0]
        found.put("year", int(first_year), (start + match.start(), start + match.end()))


def _is_about(opening: str, match: re.Match[str]) -> bool:
    """``2022年，是…第一年`` or a line that begins with the year: the text speaks of that year."""
    before = opening[max(0, match.start() - 2) : match.start()]
    after = opening[match.end() : match.end() + 3]
    return before.endswith(("\n", "　", "。")) and re.match(r"[ ]?年[，,是度]", after) is not None
