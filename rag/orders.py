"""Text that gives orders to a language model instead of saying something to a reader ("prompt injection").

Such text is no part of what a document says or of what a person asks: at ingest it is marked as removed,
in a question it is left out. What is told apart is who is spoken to: an order to the answering machine
(how to answer, what to ignore, which role to play), its own markup (chat-template tokens, comments,
invisible characters), or an encoded order. See OWASP's LLM01, "Prompt Injection" (2025).
"""

from __future__ import annotations

import re

from rag.sentences import sentence_spans

_MARKUP = re.compile(
    r"(?:<\|\w+\|>[ \t]*(?:system|user|assistant)?[ \t]*\n?[^\n<]*)+"
    r"|<!--(?:.{0,2000}?-->|[^\n]*)"
    r"|<(?P<tag>span|div|p|font)\b[^>]*(?:color:\s*#?(?:fff|white)|font-size:\s*0|display:\s*none|visibility:\s*hidden)[^>]*>"
    r"(?:.{0,2000}?</(?P=tag)>|[^\n]*)"
    r"|</?(?:evidence|context|instructions?|system|prompt)>"
    r"|[\U000E0000-\U000E007F]+",
    re.IGNORECASE | re.DOTALL,
)
_PLANTED = re.compile(
    r"\[(?:依据|证据|资料|条款|evidence|source|clause)\s*\d*\].*?\[(?:(?:依据|证据|资料|条款)?结束|end)\]",
    re.IGNORECASE | re.DOTALL,
)
"""Evidence that a question brings along."""
_INVISIBLE = re.compile(r"(?:\w[​-‏⁠-⁤﻿]){4,}")
_ORDER = re.compile(
    r"(?:忽略|无视|忘记|忘掉|不要理会|抛开)[^，。！？]{0,6}(?:以上|之前|前面|上述|先前|此前)[^，。！？]{0,6}"
    r"(?:指令|指示|提示|设定|规则)"
    r"|系统(?:提示词|消息[\]】:：]|更正[:：]|指令[:：])|[\[【]系统|(?:答案|回答|答复)[^，。]{0,4}以此为准"
    r"|(?:只|一律|必须)(?:用\w{0,8})?(?:回答|输出|回复|答复)\s*(?:[“\"「:：{]|$)|用json(?:格式)?(?:回答|输出|回复)"
    r"|(?:回答|答案|答复)(?:的)?(?:末尾|结尾|开头|最后|里|中)[^，。]{0,6}(?:加上|写上|附上|注明|标上|加入)"
    r"|(?:答案|回答)[^，。]{0,4}(?:原样|照样)[^，。]{0,2}附上|[以用][“\"「][^”\"」]{1,16}[”\"」]开头(?:作答|回答|回复)"
    r"|你(?:现在)?是(?:没有|不受)限制|你(?:现在)?(?:处于|进入)[^，。]{0,4}(?:调试|开发者|维护|管理员)模式"
    r"|新的?任务[:：]\s*(?:请|写|输出|回答|翻译|生成)|-{2,}\s*(?:依据|资料|条款|文档)(?:到此)?结束"
    r"|(?:已由|经)系统核验|请?直接引用\[\d"
    r"|(?:解码|译码)(?:并|后|再|然后)?(?:再)?(?:执行|照做|回答|输出)|请把[^，。]{1,10}说成"
    r"|\b(?:ignore|disregard|forget|override)\b[^.!?]{0,20}\b(?:(?:previous|prior|above|earlier|preceding)\b[^.!?]{0,12}"
    r"\b(?:instructions?|prompts?|rules|messages?)|everything (?:above|before))"
    r"|\b(?:reply|respond|answer|output)\b[^.!?]{0,6}\bonly (?:with|in)\b|\bbegin every (?:answer|reply)\b"
    r"|\b(?:correction|message|notice) (?:by|from|of) the system\b|^\s*system\s*:|\bsystem prompt\b"
    r"|\buse it in every (?:answer|reply)\b|\badd the (?:code )?word\b[^.!?]{1,30}\bto (?:the|your) (?:answer|reply)\b"
    r"|\bnew task\s*:|\bend of (?:the )?evidence\b|\bbefore answering,? (?:open|visit|fetch|read)\b"
    r"|\bdecode\b[^.!?]{0,12}\b(?:and|then)\b[^.!?]{0,6}\b(?:obey|execute|run|follow|do)\b"
    r"|\byou are now (?:an? (?:\w+ ){0,2}(?:assistant|model|bot|ai)|in \w+ mode)\b|\bstarts? with ['\"“]as \w+"
    r"|\byou are now\b[^.!?]{0,40}\b(?:no|without) (?:rules|limits|restrictions)\b"
    r"|\bcite it as \[",
    re.IGNORECASE | re.MULTILINE,
)
# What only a question can mean as an order: a document may well say "begin with".
_TOLD = re.compile(
    r"^\W*(?:and|then|please)?\W*(?:(?:start|begin) with\b|speak (?:as|like)\b"
    r"|(?:write|print|say|output|repeat) ['\"“‘]"
    r"|(?:open|visit|go to|read) (?:https?:|www))"
    r"|(?:打开|访问|点开|读取)\s*(?:https?:|www)|[以用][“\"「][^”\"」]{1,16}[”\"」]开头"
    r"|\b(?:repeat|print|show|reveal|tell me)\b[^.?!]{0,20}\byour (?:system )?(?:instructions|prompt)\b"
    r"|(?:假设|想象|从现在起)[，,]?你(?:现在)?是|^回答[“\"「]|先解码",
    re.IGNORECASE,
)
_MAX_SENTENCE_CHARS = 400
_PHRASE = re.compile(r".+?(?:[，,;；。！？!?\n]+|\.(?=\s)|\s-\s|$)", re.DOTALL)
_ASKS = re.compile(
    r"[?？]|多少|几|谁|哪|什么|怎|如何|吗|呢|是否|\b(?:who|whom|what|when|where|which|how|why|whether)\b", re.IGNORECASE
)


def order_spans(text: str) -> list[tuple[int, int]]:
    """Spans of a text that give orders to a model: whole sentences, or the markup around them; in order, disjoint."""
    found = [match.span() for match in _MARKUP.finditer(text)]
    for pattern in (_ORDER, _INVISIBLE):
        found += [_sentence_around(text, *match.span()) for match in pattern.finditer(text)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence of its line that a match stands in, with one before it that ends in a semicolon."""
    low = max(text.rfind("\n", 0, start) + 1, start - _MAX_SENTENCE_CHARS)
    line_end = text.find("\n", end)
    high = min(len(text) if line_end < 0 else line_end, end + _MAX_SENTENCE_CHARS)
    spans = [span for span in sentence_spans(text, low, high) if span[0] < end]
    last = max((i for i, span in enumerate(spans) if span[0] <= start), default=0)
    first = last - 1 if last and text[spans[last - 1][1] - 1] in ";；" else last
    return (spans[first][0], max(spans[-1][1], end)) if spans else (start, end)


def without_orders(question: str) -> str:
    """A question without its phrases that give orders; ``""`` where nothing is left to ask."""
    plain = _PLANTED.sub(" ", _MARKUP.sub(" ", question))
    parts = _PHRASE.findall(plain)
    kept = [_without_order(part) for part in parts]
    rest = " ".join("".join(kept).split())
    return rest if kept == parts or _ASKS.search(rest) else ""


def _without_order(phrase: str) -> str:
    """A phrase that gives no order; of one that does, what it asks behind a colon (只回答“是”：要审批吗)."""
    if not _orders(phrase):
        return phrase
    _, _, behind = phrase.replace("：", ":").partition(":")
    return behind if _ASKS.search(behind) and not _orders(behind) else ""


def _orders(phrase: str) -> bool:
    return any(pattern.search(phrase) for pattern in (_INVISIBLE, _ORDER, _TOLD))
