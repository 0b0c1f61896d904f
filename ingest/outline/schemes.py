"""Numbering schemes: which usually holds which, and how their values follow one another."""

from __future__ import annotations

_RANKS: dict[str, float] = {
    "attachment": 0,
    "carried": 0,
    "en_title": 1,
    "part": 1,
    "en_part": 1,
    "portion": 1,
    "en_division": 1,
    "subpart": 2,
    "chapter": 3,
    "en_chapter": 3,
    "statute_section": 4,
    "article": 5,
    "en_article": 5,
    "en_rule": 5,
    "en_section": 5,
    "sign": 6,
    "caps": 4,
    "word": 3,
    "chinese": 10,
    "chinese_paren": 11,
    "roman_upper_dot": 10,
    "letter_upper_dot": 11,
    "question": 11.5,
    "arabic": 12,
    "arabic_paren": 14,
    "arabic_half": 15,
    "circled": 16,
    "letter_lower_paren": 17,
    "roman_lower_paren": 18,
}
STATUTE = frozenset({"part", "subpart", "chapter", "statute_section", "article", "attachment", "portion"})


def rank(scheme: str) -> float:
    """How high a scheme usually stands: the lower, the further out."""
    if scheme in _RANKS:
        return _RANKS[scheme]
    if scheme.startswith("decimal"):
        return 12 + int(scheme[7:]) / 10
    if scheme.startswith("en_"):
        return 6 + int(scheme[-1]) / 10 if scheme[-1].isdigit() else 5
    return 0 if scheme == "format" else 17


def follows(before: tuple[int, ...], value: tuple[int, ...]) -> bool:
    """第三条 → 第四条; 第三条 → 第三条之一 → 第三条之二 → 第四条."""
    if len(value) == len(before):
        return value[:-1] == before[:-1] and value[-1] == before[-1] + 1
    if len(value) == len(before) + 1:
        return value[:-1] == before and value[-1] <= 2
    if len(value) + 1 == len(before):
        return value[-1] == before[-2] + 1
    return False


def oddness(before: tuple[int, ...], value: tuple[int, ...]) -> str:
    """What is odd about ``value`` after ``before``: nothing, repeat, restart, skip or back."""
    if follows(before, value):
        return ""
    if value == before:
        return "repeat" if value[-1] > 1 else "restart"
    if value[-1] <= 1 and len(value) == 1:
        return "restart"
    return "skip" if value > before else "back"
