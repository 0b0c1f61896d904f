"""Numbering markers at the start of a line: their scheme, their value and how they are printed.

A marker is only a candidate. ``reads_on`` says whether the words after it seem to make it a reference
or an amount (第三条规定的情形, 1.5倍, 一、二等奖); nesting and sequence decide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingest.outline import numerals

_N = "〇零○一二三四五六七八九十百千两0-9０-９"
_C = "零〇一二三四五六七八九十百"
_S = r"[ \t\u3000\u00a0]*"
_DATED = r"(?:(?:19|20)[0-9]{2}(?![0-9])|(?:1[0-2]|[1-9])月(?!度))"
"""A year or month that entries begin with (1.2023年…, 2.6月…), not the decimals of the number before."""
_SEP = r"[ \t\u3000\u00a0:：.．、,，—–-]*"

_MARKER = re.compile(
    rf"""
      (?P<statute>[第笫]第?{_S}(?P<s_num>[{_N}](?:[{_N} \t\u3000]{{0,14}}[{_N}])?){_S}
          (?:[-－–—](?P<s_in>[0-9０-９]{{1,2}}){_S}(?=[条條]))?(?P<unit>分{_S}[编編]|[编編]|篇|部{_S}分|章|[节節]|[条條])
          (?P<sub>{_S}之{_S}[{_C}]+)?)
    | (?P<boxed>[【〔]{_S})?(?P<attach>附(?:{_S}(?:件|录|表|則|图)|(?={_S}[{_C}0-9０-９]{{0,3}}{_S}[:：])){_S}
          (?P<a_num>[{_C}]{{1,3}}|[0-9０-９]{{1,3}}(?:[-—.][0-9]+)?|[A-ZＡ-Ｚ])?(?![0-9A-Za-z]))(?(boxed){_S}[】〕])
    | (?P<c_dot>(?P<c_num>[{_C}](?:{_S}[{_C}]){{0,4}}){_S}[、．.])
    | [（(〔]{_S}(?P<c_paren>[{_C}](?:{_S}[{_C}]){{0,4}}){_S}[)）〕]{_S}、?
    | (?![0-9]{{1,2}}[.．]{_DATED})(?P<decimal>[0-9]{{1,3}}(?:[.．][0-9]{{1,3}}){{1,5}})
          (?:[.．、](?![0-9])|(?=[ \t\u3000\u00a0㐀-鿿“《A-Za-z(（])|$)
    | (?P<annexed>[A-Z](?:\.[0-9]{{1,2}}){{1,4}})(?=[ \t\u3000\u00a0㐀-鿿])
    | (?P<arabic>[0-9０-９]{{1,3}}){_S}(?P<a_sep>、|[.．](?:(?![0-9])|(?={_DATED})))
    | (?P<a_bare>[0-9]{{1,2}})(?=[ \t\u3000\u00a0]+[㐀-鿿A-Z“])
    | [（(]{_S}(?P<a_paren>[0-9０-９]{{1,3}}){_S}[)）]
    | (?P<a_half>[0-9０-９]{{1,3}}){_S}[)）]
    | (?P<english>(?:Article|ARTICLE|Section|SECTION|Chapter|CHAPTER|Part|PART|Annex|ANNEX|Appendix|APPENDIX
          |Schedule|SCHEDULE|Exhibit|EXHIBIT|Attachment|ATTACHMENT|Title|TITLE|Division|DIVISION|Rule|RULE)
          [ \u00a0]+(?P<e_num>[0-9]+(?:\.[0-9]+)*[A-Za-z]?|[IVXLC]+|[A-Z]))(?![A-Za-z0-9(（-]|\.[0-9])
    | (?P<question>(?:[QＱ]|[Qq]uestion|QUESTION|[问問][题題]?){_S}
          (?P<q_num>[0-9０-９]{{1,3}}|[{_C}]{{1,3}})){_S}[:：.．、)）]
    | (?P<lettered>[A-Z][0-9]{{1,2}})[.．、](?=[ \t\u3000\u00a0㐀-鿿])
    | (?P<sign>§{{1,2}}[ \u00a0]*(?P<g_num>[0-9]+(?:[.-][0-9]+)*[a-z]?))(?![A-Za-z0-9(])
    | [（(](?P<l_paren>[A-Za-z]|[ivxIVX]{{2,5}}|[a-z]{{2}})[)）]
    | (?P<l_dot>[A-Z]|[IVXLC]{{2,6}})[.．、](?=[ \t\u3000\u00a0㐀-鿿])
    | (?P<l_half>[a-zA-Z]|[ivx]{{2,5}})[)）]
    | (?P<enclosed>[①-⒛㈠-㈩Ⅰ-Ⅻⅰ-ⅻ]){_S}[、．.]?
    """,
    re.VERBOSE,
)
_STARTS = frozenset("第笫附问問（(〔【§①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳０１２３４５６７８９0123456789" + _C)
_FIRST_LATIN = re.compile(
    r"(?:Art|Sec|Cha|Par|Ann|App|Sch|Exh|Att|Tit|Div|Rul|ART|SEC|CHA|PAR|ANN|APP|SCH|EXH|ATT|TIT|DIV|RUL)"
    r"|[QＱ][ ]?[0-9０-９]|[A-Z][0-9]{1,2}[.．、]"
    r"|[Qq]uestion|QUESTION|[A-Za-z][.．、)）]|[A-Z]\.[0-9]|[IVXLCivx]{2,6}[.．、)）]|[⑴-⒛㈠-㈩Ⅰ-ⅻ]"
)
_DUPLICATED_SEPARATOR = re.compile(_SEP)

BARE = "bare"
"""Style of a number with nothing but a space after it: taken only where ``N.1`` follows, or in sequence."""
_STATUTE_UNITS = {
    "编": "part",
    "篇": "part",
    "分编": "subpart",
    "部分": "portion",
    "章": "chapter",
    "节": "statute_section",
    "条": "article",
    "編": "part",
    "分編": "subpart",
    "節": "statute_section",
    "條": "article",
}
_AFTER_UNIT = re.compile(
    rf"{_S}(?:第{_S}[{_N}]+{_S}[款项項条條节節章]|[、，,及与]{_S}第|[和或至到]{_S}(?:者)?{_S}第|或者第|以及第|规定[的之，,、]|規定[的之，,、]|所[称稱列述指]"
    rf"|之规定|的规定|的[^、，。]{{0,8}}(?:规定|情形|要求)|[（(][一二三四五六七八九十]+[)）]{_S}[项項至、])"
    r"|(?<!\s)(?:款(?![项項])|[项項](?!目)|目(?![的标標录錄前]))"
)
_OTHER_ARTICLE = re.compile(rf"{_S}第{_S}[{_N}]+{_S}[条條章编編]")
"""第三条 第二条规定的标准…: the article's own text begins with a reference; 条 never holds 条."""
_AFTER_LIST = re.compile(
    rf"{_S}(?:[、和或至到及与—~-]{_S}(?:第?{_S}[（(]?[{_N}a-zA-Z]{{1,3}}[)）、.]|[（(])|[项款](?:至|规定|所|和|、|的|中|，|情形|或)"
    r"|目(?:至|规定|所|和|、|的(?:规定|情形)|中|，|情形|或))"
)
_AFTER_CHINESE = re.compile(rf"([{_C}]+)(?:、|等|级|类|项|是|期|线|年级)")
_AFTER_DECIMAL = re.compile(
    r"倍|[万亿](?!一)|吨|克|升(?![级学降])|[%％‰℃°]|千[米克瓦]|公(?=[里顷斤吨])|平(?=方|米)|立(?=方)|米|度|秒"
    r"|元(?!数据|素|件|器|旦)|年(?![度级检报])|月(?!度)|日(?!常)|时(?![间限效])|分(?![工类级析配管包公组布支部])"
    r"|个(?![人体性])|人(?![员力事才民大工身文])|次(?![序品])|项(?!目)|条(?![件款例])|户(?![外籍])|家(?![具庭长属])"
    r"|座(?![谈位椅])|辆|台(?![账帐风])|套(?![餐管])|件"
    r"|[ ](?:[万亿][元吨人亩米户个]|[倍元吨万亿](?![㐀-鿿])|[元倍吨](?=[的以左/])|[%％‰℃°]|平方|立方|公里|公顷)"
    r"|[ ]?(?:million|billion|percent|per cent|hours?|days?|times|x)\b"
)
_AFTER_ENGLISH = re.compile(
    r"[ \u00a0]*(?:[,;)\]]|(?:and|or|of|to|in|is|are|was|shall|may|must|will|does|applies|apply|provides|above|below"
    r"|through|under|for|by|as|that|which|on|at|with|has|have|requires|sets)\b|[a-z])"
)
_AFTER_ANNEXED = re.compile(
    r"[ \u00a0]*(?:[中的和与及至、或所规]|(?:and|or|to|of|in|is|are|applies|apply|shall)\b|[a-z])"
)
_ATTACHMENT_READS_ON = re.compile(rf"{_S}(?:[的中所和与及至、，,。；;）)]|规定|要求|列|执行|[0-9]+{_S}[和、至])")


@dataclass(frozen=True, slots=True)
class Marker:
    """A numbering marker: ``number`` as printed and canonical, ``values`` by scheme it may belong to."""

    values: tuple[tuple[str, tuple[int, ...]], ...]
    """(scheme, value) pairs, the likelier first; a decimal ``3.2`` has value ``(3, 2)``."""
    number: str
    end: int
    """Position in the line after the marker and what separates it from the words."""
    style: str = ""
    """How it is punctuated, where one scheme comes in several styles (``1.``, ``1、``)."""
    reads_on: bool = False
    """The words after it seem to make it a reference, an amount or part of a sentence."""
    spaced: bool = False
    """Whether a space or the line's end follows the marker."""
    glued: bool = False
    """Whether a figure follows at once (``1、3年以上``, ``1.2023年``): only the sequence tells it from an amount."""


def marker_at(text: str) -> Marker | None:
    """The marker at the start of ``text``, if there is one."""
    if text[0] not in _STARTS and not _FIRST_LATIN.match(text):
        return None
    match = _MARKER.match(text)
    if match is None:
        return None
    name = next(group for group in _READERS if match[group] is not None)
    return _READERS[name](match, text)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _made(
    match: re.Match[str],
    text: str,
    values: list[tuple[str, int | None]],
    number: str,
    after: re.Pattern[str] | None,
    style: str = "",
) -> Marker | None:
    known = tuple((scheme, (value,)) for scheme, value in values if value is not None)
    if not known:
        return None
    end = match.end()
    reads_on = after is not None and after.match(text, end) is not None
    separator = _DUPLICATED_SEPARATOR.match(text, end)
    stop = separator.end() if separator else end
    spaced = stop == len(text) or (stop > end and any(c.isspace() for c in text[end:stop]))
    return Marker(known, number, stop, style, reads_on, spaced)


def _statute(match: re.Match[str], text: str) -> Marker | None:
    unit = _squeeze(match["unit"])
    numeral = _squeeze(match["s_num"])
    sub = _squeeze(match["sub"] or "")
    inserted = match["s_in"]
    number = f"第{numeral}-{inserted}{unit}" if inserted else f"第{numeral}{unit}{sub}"
    made = _made(match, text, [(_STATUTE_UNITS[unit], numerals.chinese(numeral))], number, _AFTER_UNIT)
    if made is not None and made.reads_on and unit in "条條" and _OTHER_ARTICLE.match(text, match.end()):
        made = replace(made, reads_on=False)
    further = numerals.chinese(inserted or sub[1:])
    if made is None or not further:
        return made
    if inserted and unit == "条" and further > made.values[0][1][0]:
        return None  # 第1-3条 names three articles, 第2-1條 one that was inserted
    values = tuple((scheme, (*value, further)) for scheme, value in made.values)
    return Marker(values, number, made.end, made.style, made.reads_on, made.spaced)


def _attachment(match: re.Match[str], text: str) -> Marker | None:
    printed = _squeeze(match["a_num"] or "")
    value = numerals.chinese(printed) or numerals.letter(printed) or 0
    if re.fullmatch(r"\d+[-—.]\d+", printed):
        value = int(re.split(r"[-—.]", printed)[0])
    number = _squeeze(match["attach"])
    made = _made(match, text, [("attachment", value)], number, _ATTACHMENT_READS_ON)
    at_end = match.end() == len(text) or match.group()[-1].isspace()
    apart = match["boxed"] or made is None or made.end > match.end() or at_end
    if made is not None and not apart and (not printed or text[-1] in "。；，"):
        return replace(made, reads_on=True)
    return made


def _chinese_dot(match: re.Match[str], text: str) -> Marker | None:
    """``一、二等奖`` counts two prizes; what is counted goes up, so ``四、一期工程`` is a heading."""
    numeral = _squeeze(match["c_num"])
    made = _made(match, text, [("chinese", numerals.chinese(numeral))], numeral, _AFTER_CHINESE)
    if made is None:
        return None
    counted = _AFTER_CHINESE.match(text, match.end())
    goes_up = counted is not None and (numerals.chinese(counted[1]) or 0) > made.values[0][1][0]
    return made if goes_up else replace(made, reads_on=False)


def _chinese_paren(match: re.Match[str], text: str) -> Marker | None:
    numeral = _squeeze(match["c_paren"])
    return _made(match, text, [("chinese_paren", numerals.chinese(numeral))], numeral, _AFTER_LIST)


def _decimal(match: re.Match[str], text: str) -> Marker | None:
    numeral = match["decimal"].replace("．", ".")
    value = tuple(int(part) for part in numeral.split("."))
    made = _made(match, text, [("decimal", 0)], numeral, _AFTER_DECIMAL)
    if made is None:
        return None
    return Marker(((f"decimal{len(value)}", value),), numeral, made.end, "", made.reads_on, made.spaced)


def _annexed(match: re.Match[str], text: str) -> Marker | None:
    """``A.1`` of Annex A, as standards number it: the letter counts as the annex does."""
    letter, *numbers = match["annexed"].split(".")
    value = (numerals.letter(letter) or 0, *map(int, numbers))
    made = _made(match, text, [("decimal", 0)], match["annexed"], _AFTER_ANNEXED)
    return made and Marker(((f"decimal{len(value)}", value),), made.number, made.end, "", made.reads_on, made.spaced)


def _lettered(match: re.Match[str], text: str) -> Marker | None:
    """``B2.`` of Part B: the letter counts as the part does."""
    printed = match["lettered"]
    made = _made(match, text, [("decimal", 0)], printed, None)
    value = numerals.letter(printed[0]) or 0, int(printed[1:])
    return made and Marker((("decimal2", value),), printed, made.end, "", False, made.spaced)


def _arabic(match: re.Match[str], text: str) -> Marker | None:
    numeral = match["arabic"]
    style = "、" if match["a_sep"] == "、" else "."
    made = _made(match, text, [("arabic", numerals.chinese(numeral))], numeral, _AFTER_ARABIC, style)
    return made and replace(made, glued=text[match.end() : match.end() + 1].isdecimal())


def _arabic_bare(match: re.Match[str], text: str) -> Marker | None:
    return _made(match, text, [("arabic", numerals.chinese(match["a_bare"]))], match["a_bare"], _AFTER_DECIMAL, BARE)


def _arabic_paren(match: re.Match[str], text: str) -> Marker | None:
    return _made(match, text, [("arabic_paren", numerals.chinese(match["a_paren"]))], match["a_paren"], _AFTER_LIST)


def _arabic_half(match: re.Match[str], text: str) -> Marker | None:
    return _made(match, text, [("arabic_half", numerals.chinese(match["a_half"]))], match["a_half"], _AFTER_LIST)


def _english(match: re.Match[str], text: str) -> Marker | None:
    printed = match["english"]
    word, numeral = printed.split()[0].lower(), match["e_num"]
    scheme = "attachment" if word in _ATTACHED else f"en_{word}"
    number = f"{word.capitalize() if printed[1].isupper() else printed.split()[0]} {numeral}"
    if "." in numeral:
        value = tuple(int(re.sub(r"\D", "", part) or 0) for part in numeral.split("."))
        made = _made(match, text, [(scheme, 0)], number, _AFTER_ENGLISH)
        return made and Marker(((f"{scheme}{len(value)}", value),), number, made.end, "", made.reads_on, made.spaced)
    digits = re.sub(r"\D", "", numeral)
    value_1 = int(digits) if digits else (numerals.roman(numeral) or numerals.letter(numeral))
    made = _made(match, text, [(scheme, value_1)], number, _AFTER_ENGLISH)
    if made is None or not digits or digits == numeral:
        return made
    values = ((scheme, (int(digits), numerals.letter(numeral[-1]) or 0)),)  # Article 4a stands after 4, as 第四条之一
    return replace(made, values=values)


def _question(match: re.Match[str], text: str) -> Marker | None:
    """``Q4.``, ``问4：``, ``问题四：`` of answers to frequent questions."""
    return _made(match, text, [("question", numerals.chinese(match["q_num"]))], _squeeze(match["question"]), None)


def _sign(match: re.Match[str], text: str) -> Marker | None:
    number = f"§ {match['g_num']}"
    value = tuple(int(part) for part in re.findall(r"\d+", match["g_num"]))
    made = _made(match, text, [("sign", 0)], number, _AFTER_ENGLISH)
    return made and Marker((("sign", value),), number, made.end, "", made.reads_on, made.spaced)


def _letters(group: str, scheme: str) -> Callable[[re.Match[str], str], Marker | None]:
    def read(match: re.Match[str], text: str) -> Marker | None:
        printed = match[group]
        case = "upper" if printed.isupper() else "lower"
        roman, letter = numerals.roman(printed), numerals.letter(printed)
        readings = [(f"letter_{case}_{scheme}", letter), (f"roman_{case}_{scheme}", roman)]
        if printed in {"i", "I"} or (len(printed) > 1 and roman is not None):
            readings.reverse()
        return _made(match, text, readings, printed, _AFTER_LIST)

    return read


def _enclosed(match: re.Match[str], text: str) -> Marker | None:
    found = numerals.enclosed(match["enclosed"])
    if found is None:
        return None
    scheme, value = found
    scheme = "roman_upper_dot" if scheme == "roman" else scheme
    return _made(match, text, [(scheme, value)], match["enclosed"], _AFTER_LIST, "enclosed")


_AFTER_ARABIC = re.compile(rf"{_S}(?:[0-9０-９]+{_S}[、.．])")
_ATTACHED = frozenset({"annex", "appendix", "schedule", "exhibit", "attachment"})
_READERS: dict[str, Callable[[re.Match[str], str], Marker | None]] = {
    "statute": _statute,
    "attach": _attachment,
    "c_dot": _chinese_dot,
    "c_paren": _chinese_paren,
    "decimal": _decimal,
    "annexed": _annexed,
    "arabic": _arabic,
    "a_bare": _arabic_bare,
    "a_paren": _arabic_paren,
    "a_half": _arabic_half,
    "english": _english,
    "question": _question,
    "lettered": _lettered,
    "sign": _sign,
    "l_paren": _letters("l_paren", "paren"),
    "l_dot": _letters("l_dot", "dot"),
    "l_half": _letters("l_half", "half"),
    "enclosed": _enclosed,
}
