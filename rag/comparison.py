"""Comparison questions: what is compared, so that each side is looked up by itself.

Compared are documents (A办法和B规定), versions of one (新旧办法, 2020年和2022年), or things inside a
document (一级人员和三级人员, "grade A and grade B").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.names import Mention, Names
from rag.normalize import normalize
from rag.places import of_other_places, of_places
from rag.question import parts_of
from rag.types import Scope
from rag.years import Years

MAX_SIDES = 4

_EACH = (
    "是|为|有|要|需|占|多少|几|自|叫|打算|计划|准备|定|说|怎么|用|由|在|能|可|应|须|达|增|补|交|报|拿|花"
    "|赔|给|发|罚|收|缴|扣|奖|配|派|设|选|享|休|放|借|延|提|留|存|隔|降|减|涨|算|按|限|批|管|负责|规定"
)
"""What follows 各 where it sets things side by side; 各单位 and 各级 do not."""
_EACH_OF = (
    r"(?!单位|部门|级|[区县市省镇乡村]|街道|类|项|地|个|位|界|种|[校院系处科室]|方|国|族|行业|成员|分|岗|机关)"
    r"[㐀-鿿]{1,4}[了过](?=多少|几)"
)
"""各组织了多少次: any other verb that tells by 了 that it is one."""

_BOTH_VERSIONS = "前后(?:这?[两二])[个版部份]"

# Words that only set things side by side; a side is asked for without them.
_SETTING_ASIDE = (
    (
        re.compile(
            r"[,，]?(?:有(?:什么|何|哪些|啥)?|存在(?:什么|哪些)?)?(?:不同|区别|差别|差异|变化|变动)(?:在哪里?|是什么|之处)?(?:吗)?"
        ),
        "",
    ),
    (re.compile(r"(?:相差|差|涨|高|低|增加?|减少?|提高|降低|短|长|多|少|晚|早)(?:了|出)?(?=多少|几)"), ""),
    (re.compile(rf"各自?(?={_EACH}|{_EACH_OF})|分别|相比(?:较|之下)?|比一[比下]|对比|比较"), ""),
    (
        re.compile(
            r"[,，]?(?:谁|哪一?[个省市县家种年])[^,，。?？]{0,3}?更?(?:(?<!多)少|[多高低长短大小快慢早晚])(?=[?？]|$)"
        ),
        "",
    ),
    (re.compile(rf"新旧|新老|修订前后|{_BOTH_VERSIONS}|[两二](?:份|部|版)(?!以)"), ""),
    (re.compile(r"比\s+(?:的|那)?(?:办法|规定|条例|标准|版本?)?"), ""),  # 比2021年的办法 without its year
    (re.compile(r"(?:新|旧|老|原来?|现行)的?(?=(?:办法|规定|版本|标准|制度|政策|文件|条例|细则))"), ""),
    (
        re.compile(
            r"\b(?:differences?|differs?|different|compared? (?:with|to)|respectively|versus|vs)\b"
            r"|,?\s*(?:and )?which of the two\b[^?]*"
        ),
        " ",
    ),
)

_TWICE = re.compile(r"([㐀-鿿]{2,6})[和与跟]\1")
"""What is left of 新办法和老办法."""
_NO_AMOUNT = r"(?!出?了?[\d一二三四五六七八九十两半])"
"""Behind 比预算多 no figure stands that says how much more: such a case is told, not compared."""
_COMPARES = re.compile(
    r"区别|不同(?!意)|差别|差异|差(?:了|距|多少|几)|相差|变化|变动|有何变|变了|相比|对比|比较(?![好大多少高低重])|比起"
    rf"|(?:和|与|跟)[^，。]{{1,20}}(?:一样|一致|相同)(?=[吗么?？]|不|$)|分别|各(?:{_EACH}|{_EACH_OF})|哪个更|哪一?个[^，。]{{0,6}}更|又(?:是|为|有)?(?:多少|几)|[谁哪][^，。]{{0,3}}更?[多少高低长短大小快慢早晚](?=[?？]|$)|更[高多低少长短严早晚]"
    r"|比一[比下]|新旧|新老|修订前后|都(?:要求|规定|需要|要|提到|适用|有)|(?<![对占])比[^，。例重率赛]{1,16}[高多低少长短严早晚]"
    rf"{_NO_AMOUNT}"
    r"|\b(?:differences?|differs?|different|compar\w+|versus|vs|both|respectively|changed|changes|same as|than)\b"
    rf"|\bwhich of the two\b|{_BOTH_VERSIONS}"
)
_VERSIONS = re.compile(
    rf"新旧|新老|{_BOTH_VERSIONS}"
    r"|[旧老原]的?(?:办法|规定|版|标准|制度|政策|文件|条例|细则)?[^，。]{0,6}新|新的?(?:办法|规定|版|标准|制度|政策|文件|条例|细则)[^，。]{0,6}[旧老原]"
    r"|修订前后|\b(?:old|previous|former)\b.{0,40}\b(?:new|current)\b|\b(?:new|current)\b.{0,40}\b(?:old|previous|former)\b"
    r"|before and after the (?:revision|change|amendment)"
)
_NEW = re.compile(r"新(?:的)?(?:办法|规定|版|标准|制度|政策|文件|条例|细则)|现行|现在的|\bnew\b|\bcurrent\b")
_AGAINST_RELATIVE = re.compile(r"相比|比[去前上今]年|对比|compared|than|变化|变了|不同|区别|差|changed|differ")
_AND = r"(?:和|以及|及|(?<!参)与(?!会|否)|跟|、)"
_PART = r"[^的在对把是,，。？?！!、;；：:（）()\s和与跟及]"
_BEFORE = re.compile(rf"(?<!\d)\d{{4}}{_PART}{{1,14}}$|(?<!\d){_PART}{{1,12}}$")
_OF_BOTH = re.compile(
    r"(?P<a>[^,，。？?;；:：的]{1,12}的(?P<noun>[㐀-鿿]{2,12}))(?:和|与|跟|以及)(?P<b>[^,，。？?;；:：]{1,16}(?P=noun))"
    r"(?=各|分别|[^㐀-鿿]|$)"
)
"""区里的日子和镇里的日子: what is said of both stands twice."""
_CHINESE_LEAD = re.compile(r"请?(?:比较|对比)(?:一下)?")
_ENGLISH_LEAD = re.compile(r".*\b(?:of|in|for|at)\s+(?:the\s+)?")
_A_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")
_BEFORE_COLON = re.compile(r"^[^:：?？]*[:：](?=\D)")
_TWO = re.compile(
    r"^(?P<name>[^,，。？?！!;；：:（）()\s两二]{1,12}?)[两二](?:省|市|区|县|地|年|家|者|种|个[^\s的在]{1,3}?(?=的|在|20))"
)
"""河北、浙江两省…: what is compared ends there."""
_AFTER = re.compile(
    r"^[^,，。？?!！;；：:（）()\s]{1,16}?(?=的|之间|在|有|各|分别|哪|谁|相比|区别|不同|差|一样|比|多少|几|是|(?:19|20)\d\d|[今去前本明]年|[,，。？?!！;；：:（）()\s]|$)"
)
_CLAUSES = re.compile(
    rf"(?P<a>[^,，。？?]{{4,60}})[,，]{_AND}(?P<b>[^,，。？?]{{4,60}})[,，]"
    r"(?=[^,，。？?]{0,6}(?:各|分别|有何|有什么|哪))"
)
_OWNERS = (
    r"(?:大学|学院|学校|中学|小学|幼儿园|图书馆|博物馆|档案馆|公司|集团|中心|医院|研究[所院]|银行|街道"
    r"|机关|单位|部门|[省市县区镇乡村局厅委部处科馆院所站])"
)
_OWNER_AT_END = re.compile(rf"{_OWNERS}$")
_OWNER = re.compile(rf"[㐀-鿿]{{1,6}}?{_OWNERS}+")
_FEWEST_SHARED = 3
"""Fewer characters more before one of two joined phrases may be part of a longer word."""
_THAN = re.compile(
    r"(?P<a>[^的在对把是,，。？?\s]{1,12})(?<![对占])比(?![例重率赛较])(?P<b>[^的,，。？?\s]{1,12}?)"
    rf"(?=[的高多低少长短严早晚]{_NO_AMOUNT})"
)
_ENGLISH = re.compile(
    r"\b(?:between|compare|compares|both)\s+(?:the\s+)?(?P<a>[\w][\w' -]{0,40}?)"
    r"\s+(?:and|with|to|versus|vs\.?)\s+(?:the\s+)?"
    r"(?P<b>[\w][\w' -]{0,40}?)"
    r"(?=\s+(?:in|for|when|at|on|of|if|differ\w*|as|have|has|need\w*|require\w*|must|apply)\b|[?.,;]|$)"
    r"|^(?P<a3>[\w'-]+)\s+and\s+(?P<b3>[\w'-]+)(?=\s*[:,])"
    r"|(?P<a2>\b[\w][\w'-]*(?:\s+[\w'-]+)?)\s+(?:versus|vs\.?)\s+(?P<b2>[\w][\w'-]*(?:\s+[\w'-]+)?)"
)
_COMPARED_WITH = re.compile(r",?\s*\bcompared\s+(?:with|to)\s+(?:the\s+)?(?P<b>[\w][\w' -]{1,40}?)(?=[?.,;]|$)")


def _plainly(text: str) -> str:
    """A side's question without the words that set it beside another."""
    for pattern, plain in _SETTING_ASIDE:
        text = pattern.sub(plain, text)
    return " ".join(_TWICE.sub(r"\1", text).split())


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison, looked up by itself."""

    label: str
    """``old``, ``new``, ``earlier``, ``later``, or the question's own words; ``""`` for none."""
    text: str
    """The question as it would be asked of this side alone."""
    scope: Scope
    preferred: frozenset[str] = frozenset()


def compares(question: str) -> bool:
    """Whether a question sets things side by side."""
    return bool(_COMPARES.search(normalize(question)))


def compares_versions(question: str) -> bool:
    """Whether the old and the new version of something are set side by side."""
    return bool(_VERSIONS.search(normalize(question)))


def sides_of(
    question: str,
    *,
    scope: Scope,
    preferred: frozenset[str],
    mentions: Sequence[Mention],
    years: Years,
    this_year: int,
    names: Names,
    allowed: frozenset[str],
    stale: frozenset[str],
) -> tuple[Side, ...]:
    """What a question compares, at most ``MAX_SIDES``; empty where it compares nothing.

    ``scope`` and ``preferred`` are the plan's; ``allowed`` are the doc_ids that the asker may see,
    ``stale`` those of them that are out of force.
    """
    text = normalize(question)
    certain = [mention for mention in mentions if mention.certain]
    apart = _apart(certain, names)
    if len(apart) > 1:
        found = _of_documents(text, apart, scope, allowed, names, stale)
    elif by_part := _of_parts(text, scope, preferred, names):
        found = by_part
    elif not compares(text):
        found = _of_year_parts(text, scope, preferred)
    else:
        family = [d for d in names.versions(certain[0].documents[0]) if d in allowed] if certain else []
        dated = frozenset(_dated(family, years, names, allowed)) - of_other_places(text, names)
        dated = dated & of_places(text, names) or dated
        found = (
            _of_years(text, years, this_year, scope, names, dated)
            or _of_versions(text, family, scope, names, allowed, stale)
            or _of_things(text, scope, preferred)
        )
    return tuple(replace(side, text=_plainly(side.text)) for side in found)


def _apart(mentions: Sequence[Mention], names: Names) -> list[Mention]:
    """The mentions that name different documents; of several names of one work the last, but for its versions."""
    found: list[Mention] = []
    for mention in mentions:
        same = [one for one in found if names.work(one.documents[0]) == names.work(mention.documents[0])]
        found = [one for one in found if one not in same or not set(one.documents) & set(mention.documents)]
        found.append(mention)
    return found


def _of_documents(
    text: str, mentions: Sequence[Mention], scope: Scope, allowed: frozenset[str], names: Names, stale: frozenset[str]
) -> tuple[Side, ...]:
    sides = []
    for mention in mentions[:MAX_SIDES]:
        ids = [d for d in mention.documents if d in allowed]
        ids = [d for d in ids if d not in stale] or ids
        own = [part for part in parts_of(text) if [m for m in mentions if m.text in part] == [mention]]
        asked = own[0] if len(own) == 1 else text
        for other in mentions:
            asked = asked if other is mention else _without(asked, re.escape(other.text))
        if ids:
            sides.append(Side(mention.text, asked, replace(scope, documents=tuple(ids), without=())))
    return tuple(sides) if len(sides) > 1 else ()


def _of_parts(text: str, scope: Scope, preferred: frozenset[str], names: Names) -> tuple[Side, ...]:
    """The parts of a question that each name another owner of files: “… at Northbank, and … at dxw?”.

    What stands before a colon and names both only says what is to be compared.
    """
    asked = parts_of(_BEFORE_COLON.sub("", text)) or parts_of(text)
    owned = [(part, owners) for part in asked if (owners := names.owners(part))]
    ids = [frozenset().union(*owners.values()) for _, owners in owned]
    if not 2 <= len(owned) <= MAX_SIDES or any(a & b for i, a in enumerate(ids) for b in ids[:i]):
        return ()
    return tuple(Side(next(iter(owners)), part, scope, preferred) for part, owners in owned)


def _dated(family: Sequence[str], years: Years, names: Names, allowed: frozenset[str]) -> Iterable[str]:
    """The documents among which those of the years compared are looked for: one work's versions.

    Where a year has none of them, those too whose names end alike: 政府工作报告 and 中央政府工作报告.
    """
    if not family or all(names.of_year(year).intersection(family) for year in years.named):
        return family or allowed
    kin = names.named_alike(family[0]) & allowed
    return kin if all(names.of_year(year) & kin for year in years.named) else family


def _of_years(
    text: str, years: Years, this_year: int, scope: Scope, names: Names, among: Iterable[str]
) -> tuple[Side, ...]:
    named = list(years.named)
    if len(named) == 1 and _NEW.search(text) and (newer := _newer(names, among, named[0])):
        named = [newer, *named]
    if len(named) == 1 and years.relative and named[0] != this_year and _AGAINST_RELATIVE.search(text):
        named = [this_year, *named]
    if len(named) < 2:
        return ()
    if named == list(range(named[0], named[0] + len(named))):
        named = [named[0], named[-1]]  # a range is compared at its ends
    if len(named) > 2:
        return ()  # which of them are compared is not told
    inside = set(among)
    documents = {year: names.of_year(year) & inside for year in named}
    known = all(documents.values())
    shared = set.intersection(*({names.work(d) for d in ids} for ids in documents.values()))
    if shared:
        documents = {year: frozenset(d for d in ids if names.work(d) in shared) for year, ids in documents.items()}
    sides = []
    for year in sorted(named):
        asked = text
        for other in named:
            if other != year or known:
                asked = _without(asked, rf"{other}\s*(?:年度?)?")
        ids = tuple(sorted(documents[year]))
        within = replace(scope, documents=ids, without=()) if known else scope
        sides.append(Side(_order(year, named), asked, within, frozenset(ids)))
    return tuple(sides)


def _of_year_parts(text: str, scope: Scope, preferred: frozenset[str]) -> tuple[Side, ...]:
    """Two parts of a question that each ask of a year of their own: 2023年实际是多少，2024年要求到多少."""
    parts = parts_of(text)
    said = [{int(year) for year in _A_YEAR.findall(part)} for part in parts]
    named = [year for years in said for year in years]
    if len(parts) != 2 or len(named) != 2 or named[0] == named[1]:
        return ()
    head = text[: text.find(parts[0])]
    return tuple(
        Side(_order(year, named), head + part, scope, preferred) for year, part in zip(named, parts, strict=True)
    )


def _order(year: int, named: Sequence[int]) -> str:
    """A year's place among the two; the figure itself would stand in the answer without a clause that has it."""
    return "earlier" if year == min(named) else "later"


def _newer(names: Names, among: Iterable[str], year: int) -> int | None:
    """The newest later year of the works that have a document of ``year``."""
    inside = set(among)
    works = {names.work(doc_id) for doc_id in names.of_year(year) & inside}
    later = [
        document.metadata.year
        for doc_id, document in names.documents.items()
        if doc_id in inside and names.work(doc_id) in works and (document.metadata.year or 0) > year
    ]
    return max((found for found in later if found), default=None)


def _of_versions(
    text: str,
    family: Sequence[str],
    scope: Scope,
    names: Names,
    allowed: frozenset[str],
    stale: frozenset[str],
) -> tuple[Side, ...]:
    if not _VERSIONS.search(text):
        return ()
    old = sorted(d for d in (family or allowed) if d in stale)
    works = {names.work(doc_id) for doc_id in old}
    new = sorted(d for d in allowed if d not in stale and names.work(d) in works)
    if not old or not new:
        return ()
    return (
        Side("new", text, replace(scope, documents=tuple(new), without=())),
        Side("old", text, replace(scope, documents=tuple(old), without=())),
    )


def _of_things(text: str, scope: Scope, preferred: frozenset[str]) -> tuple[Side, ...]:
    for start, end, labels in _coordinated(text):
        if len(set(labels)) == len(labels):
            return tuple(
                Side(label, text[:start] + label + text[end:], scope, preferred) for label in labels[:MAX_SIDES]
            )
    if match := _COMPARED_WITH.search(text):
        rest = text[: match.start()] + text[match.end() :]
        return (Side("", rest, scope, preferred), Side(match["b"], f"{match['b']} {rest}", scope, preferred))
    return ()


def _coordinated(text: str) -> Iterable[tuple[int, int, list[str]]]:
    """Spans of ``X和Y`` in a question, with X and Y."""
    for match in _ENGLISH.finditer(text):
        first, second = next((one, f"b{one[1:]}") for one in ("a", "a2", "a3") if match[one])
        lead = _end(_ENGLISH_LEAD.match(match[first]))  # the targets of Gansu and Liaoning
        yield match.start(first) + lead, match.end(second), [match[first][lead:], match[second]]
    for match in (*_CLAUSES.finditer(text), *_OF_BOTH.finditer(text)):
        yield match.start(), match.end(), [match["a"], match["b"]]
    for match in re.finditer(_AND, text):
        before, rest = _BEFORE.search(text[: match.start()]), text[match.end() :]
        if before is None:
            continue
        lead = _end(_CHINESE_LEAD.match(before.group()))
        start, first = before.start() + lead, before.group()[lead:]
        if two := _TWO.match(rest):
            yield start, match.end() + two.end(), [first, two["name"]]
        elif first and (after := _AFTER.search(rest)):
            shared, own = _cores(first, after.group())
            yield start + shared, match.end() + own, [first[shared:], after.group()[:own]]
    if than := _THAN.search(text):
        yield than.start(), than.end(), [than["a"], than["b"]]


def _cores(first: str, second: str) -> tuple[int, int]:
    """Where the first of two joined phrases begins to differ, and where the second one ends to.

    Of 出差A级和C级人员住宿费 A级 and C级 are compared: the second ends where it ends as the first does, or where both
    name an owner (松岭大学和临江学院逾期罚款); what stands around belongs to both.
    """
    owner = _OWNER.match(second) if _OWNER_AT_END.search(first) else None
    own = owner.end() if owner else second.find(first[-1], 1) + 1
    if own in (0, len(second)):
        return 0, len(second)
    shared = len(first) - own
    return (shared if shared >= _FEWEST_SHARED else 0), own


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _without(text: str, pattern: str) -> str:
    """The text without a part and the word that joins it to its neighbour."""
    joint = rf"(?:{_AND}|[-—–~到至]|\b(?:and|to|with|versus|vs\.?)\b)"
    quoted = rf"《?{pattern}》?"
    cut = re.sub(rf"\s*{joint}\s*{quoted}|{quoted}\s*{joint}\s*|{quoted}", " ", text, count=1)
    return " ".join(cut.split())
