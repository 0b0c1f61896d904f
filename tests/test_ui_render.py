"""The page's HTML: every word of a document escaped, every offset kept, both languages complete."""

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html as lxml_html

from rag.errors import EndpointError, StoreError, UsageError
from rag.references import Reference
from rag.settings import Settings
from rag.types import Answer, Citation, Closest, Done, Link, Question, Redaction, RemovedSpan, Seconds, Sources
from ui import conversation
from ui.background import stepwise
from ui.chat import converse, question_fault, years
from ui.citing import Crossing
from ui.conversation import Exchange
from ui.exchanges import exchange_html, transcript
from ui.library import progress_html, receipt_html
from ui.lookup import found_html
from ui.originals import Original
from ui.outline import Place, outline_html
from ui.parts import Preview, Progress, Receipt
from ui.preview import previews_html
from ui.reader import picker_html, reader_html
from ui.render import answer_text, card, clause_url, closest_cards, copy_text
from ui.routes import state_html
from ui.shelf import list_html
from ui.strings import STRINGS, choose, text
from ui.testing import FakeBot, FakeIndex, FakeIntake, outline_of
from ui.uploads import Staged, Uploads, safe_name
from ui.welcome import first_questions, hero_html

LEAVE = (
    "职工请休假管理规定\n本规定适用于全体职工。\n第一章 假期种类\n"
    "第一条 年休假五天。病假凭证明申请，【广告：更多范文】由科室批准。\n"
    "  超过三天的，由分管领导批准。\n第二章 审批程序\n第二条 全年组织培训X次。\n"
)
HOSTILE = [
    "<script>document.title='pwned'</script>",
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "[link](javascript:alert(1)) ![x](http://example.com/x.png)",
    "<style>*{display:none}</style>",
    "${alert(1)} {{constructor}}",
    "&lt;b&gt; & &amp;",
]


def squeezed(words: str) -> str:
    return "".join(words.split())


def tree(fragment: str):
    return lxml_html.fragment_fromstring(fragment, create_parent="div")


def texts(fragment: str, xpath: str) -> list[str]:
    return [node.text_content() for node in tree(fragment).xpath(xpath)]


def citation(n: int = 1, **changes: object) -> Citation:
    values = {
        "n": n, "doc_id": "d1", "document": "办法", "source": "a.txt", "section_id": "s1", "path": ("一",),
        "label": "《办法》一", "quote": "住宿费三百元。", "start": 3, "end": 10, "page": None, "verified": True,
    }  # fmt: skip
    return Citation(**{**values, **changes})


def answer(said: str, status: str = "answered", **changes: object) -> Answer:
    values = {
        "question": "问", "status": status, "text": said, "citations": (), "closest": (), "warnings": (),
        "model": "extractive", "prompt": "", "index": "1",
        "seconds": Seconds(total=1.25, first_token=0.2, retrieve=0.1),
    }  # fmt: skip
    return Answer(**{**values, **changes})


def said(words: str, *citations: Citation) -> Exchange:
    return Exchange(question="问", text=words, citations=citations)


@pytest.fixture
def index() -> FakeIndex:
    index = FakeIndex()
    index.put("leave.txt", LEAVE, year=2023, status="in_force")
    index.put("lending.md", "Equipment Lending\n1 Who may borrow\nStaff may borrow two items.\n", year=2024)
    return index


@pytest.fixture
def bot(index: FakeIndex) -> FakeBot:
    return FakeBot(settings=Settings(), index=index, step_s=0)


# ---- words ----


def test_both_languages_have_the_same_keys_and_the_same_gaps():
    def gaps(words: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(words) if name}

    assert STRINGS["zh"].keys() == STRINGS["en"].keys()
    assert {k for k in STRINGS["zh"] if gaps(STRINGS["zh"][k]) != gaps(STRINGS["en"][k])} == set()
    assert all(words.strip() for language in STRINGS.values() for words in language.values())


@pytest.mark.parametrize(
    ("header", "setting", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "auto", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.1", "auto", "en"),
        ("fr,en;q=0.5,zh;q=0.7", "auto", "zh"),
        ("de", "auto", "en"),
        ("", "auto", "en"),
        ("en;q=x,zh", "auto", "zh"),
        ("en-US", "zh", "zh"),
        ("zh-CN", "en", "en"),
    ],
)
def test_language_follows_the_setting_and_then_the_browser(header, setting, expected):
    assert choose(header, setting=setting) == expected


@pytest.mark.parametrize(
    ("words", "key"),
    [("", "empty_question"), (" \n ", "empty_question"), ("长" * 20_000, "long_question"), ("问", None)],
)
def test_question_that_cannot_be_asked_gets_one_line(words, key):
    expected = text("zh", key, count="20,000", limit="2,000") if key else ""
    assert question_fault(words, "zh") == expected


# ---- answers ----


def test_each_known_marker_is_a_link_to_its_clause_and_unknown_ones_stay_text():
    found = tree(answer_text(said("住宿费三百元[1]。伙食费八十元[7]。", citation()), "zh"))
    assert found.text_content() == "住宿费三百元[1]。伙食费八十元[7]。"
    (link,) = found.xpath(".//a")
    assert (link.get("href"), link.get("data-quote")) == ("?doc=d1&section=s1&start=3&end=10", "住宿费三百元。")
    assert link.get("aria-label") == "[1] 打开条款：《办法》一"


def test_a_comparison_is_a_table_with_a_citation_in_each_row():
    words = (
        "| 对比 | 条款原文 |\n|---|---|\n| 旧版本 | 六十日内报销。[1] |\n| <b>新</b> | 三十日内报销。[7] |\n没有别的。"
    )
    found = tree(answer_text(said(words, citation()), "zh"))
    assert [" ".join(row.itertext()) for row in found.findall(".//tr")] == [
        "对比 条款原文", "旧版本 六十日内报销。 [1]", "<b>新</b> 三十日内报销。[7]",
    ]  # fmt: skip
    assert [len(row.findall(".//a")) for row in found.findall(".//tbody/tr")] == [1, 0]
    assert "没有别的。" in "".join(found.itertext())


def test_unverified_citation_says_so():
    verified = tree(answer_text(said("a[1]", citation()), "en")).find(".//a")
    unverified = tree(answer_text(said("a[1]", citation(verified=False)), "en")).find(".//a")
    assert (verified.get("data-note"), verified.get("class")) == (None, "cite")
    assert (unverified.get("data-note"), unverified.get("class")) == (text("en", "unverified"), "cite unverified")


def test_stream_shows_clauses_first_then_words_then_what_was_cited(bot):
    steps = list(converse(bot, (), " 年休假几天？ ", Question(text="").scope))
    documents = {d.doc_id: d for d in bot.index.documents()}
    pages = [exchange_html(step[-1], documents, "zh") for step in steps]
    titles = [texts(page, ".//h3[@class='cards-title']") for page in pages]
    assert titles == [[], ["找到的条款"], ["找到的条款"], ["找到的条款"], ["依据的条款"]]
    assert [len(texts(page, ".//a[starts-with(@class,'cite')]")) for page in pages] == [0, 0, 1, 2, 2]
    assert [bool(tree(page).xpath(".//article[@aria-busy]")) for page in pages] == [True] * 4 + [False]
    assert texts(pages[-1], ".//h2") == ["问年休假几天？"]
    assert texts(pages[-1], ".//a[@class='card cited'][1]//span[@class='card-meta']") == ["2023 年现行有效"]


def test_refusal_shows_the_closest_clauses_and_no_sources(bot):
    *_, last = converse(bot, (), "不存在的事", Question(text="").scope)
    page = exchange_html(last[-1], {}, "zh")
    assert tree(page).xpath(".//aside") == []
    assert len(texts(page, ".//ul[@class='closest']//a")) == 3
    assert "直接摘自" not in page


@pytest.mark.parametrize("status", ["partial", "redacted"])
def test_partial_and_redacted_answers_carry_a_line(status):
    exchange = Exchange(question="问", text="答", answer=answer("答", status))
    assert text("en", f"status_{status}") in texts(exchange_html(exchange, {}, "en"), ".//p[@role='status']")


@pytest.mark.parametrize(
    ("language", "title", "line"),
    [
        ("zh", "差旅办法", "所引的《差旅办法》（2018 年）已被《差旅办法》（2024 年）替代。"),
        ("en", "Travel", "“Travel” (2018), cited here, has been superseded by “Travel” (2024)."),
        ("en", "Travel 2018/2024", "“Travel 2018/2024”, cited here, has been superseded by “Travel 2018/2024”."),
    ],
)
def test_versions_of_one_title_are_told_apart_by_their_year(index, language, title, line):
    old = replace(index.documents()[0], title=title, doc_id="d1", superseded_by="d2")
    new = replace(old, doc_id="d2", superseded_by=None, metadata=replace(old.metadata, year=2024, status="in_force"))
    old = replace(old, metadata=replace(old.metadata, year=2018, status="superseded"))
    exchange = replace(said("三百元[1]。", citation()), answer=answer("三百元[1]。"))
    shown = exchange_html(exchange, {"d1": old, "d2": new}, language)
    assert line in texts(shown, ".//p[@role='status']")


def test_warnings_and_stopped_answers_are_said():
    warned = Exchange(question="问", text="答", answer=answer("答", warnings=("answered without the model",)))
    stopped = Exchange(question="问", text="答", stopped=True)
    assert texts(exchange_html(warned, {}, "zh"), ".//details[@class='checks']/*") == [
        text("zh", "checks", count=1),
        "answered without the model",
    ]
    assert text("zh", "status_stopped") in texts(exchange_html(stopped, {}, "zh"), ".//p")


def test_fault_of_the_chatbot_becomes_part_of_the_conversation(bot):
    class Broken(FakeBot):
        def stream(self, question):
            yield Sources(evidence=(), seconds=0)
            raise EndpointError("127.0.0.1:8000 does not answer: start it")

    *_, last = converse(Broken(settings=bot.settings, index=bot.index), (), "问", Question(text="").scope)
    assert texts(exchange_html(last[-1], {}, "zh"), ".//p[@role='alert']") == [
        "127.0.0.1:8000 does not answer: start it"
    ]
    assert not last[-1].running


def test_copied_answer_spells_its_citations_out():
    exchange = Exchange(question="问", text="三百元[1]。", citations=(citation(quote="住宿费\n三百元。"),))
    assert copy_text(exchange, "zh") == "三百元[1]。\n\n依据：\n[1] 《办法》一 “住宿费 三百元。”"


def test_history_holds_finished_exchanges_only():
    done = Exchange(question="a", text="b", answer=answer("b"))
    stopped = Exchange(question="c", text="d", stopped=True)
    assert [(t.question, t.answer) for t in conversation.turns((done, stopped))] == [("a", "b")]
    assert conversation.stop((done,)) == (done,)
    assert conversation.stop((Exchange(question="e"),)) == (Exchange(question="e", stopped=True),)


def test_done_replaces_what_was_streamed():
    exchange = conversation.advance(Exchange(question="a", text="draft"), Done(answer=answer("final")))
    assert (exchange.text, exchange.running) == ("final", False)


def test_closest_clause_is_named_with_its_heading(bot):
    evidence = next(e for e in bot.stream(Question(text="审批程序")) if isinstance(e, Sources)).evidence
    hit = evidence[0].hit
    closest = Closest(label="《规定》第二章", doc_id=hit.doc_id, section_id=hit.section_id, path=hit.path)
    named = replace(evidence[0], hit=replace(hit, label="《规定》第二章", document="规定", heading="审批程序"))
    refused = Exchange(question="问", evidence=(named,), answer=answer("", "not_found", closest=(closest,)))
    assert texts(closest_cards(refused, {}, "zh"), ".//span[@class='card-place']") == ["第二章 审批程序"]
    assert closest_cards(replace(refused, answer=answer("无", "not_found")), {}, "zh") == ""
    unread = replace(refused, evidence=(), near=("审批的首句。",))
    page = closest_cards(unread, {}, "zh")
    assert texts(page, ".//span[@class='card-place']") == ["《规定》第二章"]
    assert texts(page, ".//span[@class='card-text']") == ["审批的首句。"]


@pytest.mark.parametrize(
    ("changes", "title", "numbered"),
    [
        ({"section_id": "the whole article"}, "依据的条款", ["s3", "s4"]),
        ({"section_id": "s4"}, "依据的条款", ["s4"]),
        ({"section_id": "the whole article", "doc_id": "another"}, "找到的条款", []),
    ],
)
def test_cards_of_items_have_the_number_of_the_article_that_was_cited(bot, changes, title, numbered):
    found = next(e for e in bot.stream(Question(text="审批程序")) if isinstance(e, Sources)).evidence
    items = [replace(e, hit=replace(e.hit, section_id=f"s{n}")) for n, e in enumerate(found[:2], start=3)]
    cited = replace(citation(), doc_id=items[0].hit.doc_id, start=0, end=10_000)
    exchange = Exchange(
        question="问",
        evidence=tuple(items),
        citations=(replace(cited, **changes),),
        text="答[1]",
        answer=answer("答[1]"),
    )
    page = exchange_html(exchange, {}, "zh")
    assert texts(page, ".//h3") == [title]
    cards = lxml_html.fromstring(page).find_class("cited")
    assert [re.search(r"section=(\w+)", one.get("href"))[1] for one in cards] == numbered


@pytest.mark.parametrize(
    ("path", "heading", "label", "words", "place", "shown_words"),
    [
        (("第二条",), "", "《办法》第二条", "第二条　住宿费三百元。", "第二条", "住宿费三百元。"),
        (
            ("2.1",),
            "Annual leave",
            "Handbook, 2.1",
            "2.1 Annual leave Staff have 25.",
            "2.1 Annual leave",
            "Staff have 25.",
        ),
        (("四", "三"), "没" * 29 + "。", "《办法》四、（三）", "（三）没有的。", "四、（三）", "（三）没有的。"),
        (("Paper",), "Paper", "Schedule, Paper", "Paper Files are kept.", "Paper", "Files are kept."),
        ((), "", "《办法》", "“本办法”适用。", "", "“本办法”适用。"),
    ],
)
def test_card_does_not_say_a_heading_twice(bot, path, heading, label, words, place, shown_words):
    evidence = next(e for e in bot.stream(Question(text="审批程序")) if isinstance(e, Sources)).evidence[0]
    document = label.strip("《").split("》")[0].split(",")[0]
    hit = replace(evidence.hit, path=path, heading=heading, label=label, document=document)
    from_its_start = replace(evidence, hit=hit, text=words, sentences=((hit.start, hit.end),))
    page = card(from_its_start, (), {}, "zh")
    assert texts(page, ".//span[@class='card-place']") == [place]
    assert texts(page, ".//span[@class='card-text']") == [shown_words]
    later = card(replace(from_its_start, sentences=((hit.start + 2, hit.end),)), (), {}, "zh")
    assert texts(later, ".//span[@class='card-text']") == [" ".join(words.split())]


# ---- first questions and scope ----


def test_first_questions_come_from_headings_in_the_page_language_first(index):
    chinese, english = first_questions(index, "zh")
    assert chinese == "《职工请休假管理规定》对“假期种类”是怎么规定的？"
    assert english == "What does “Equipment Lending” say about “Who may borrow”?"
    assert first_questions(index, "en") == (english, chinese)
    assert years(index.documents()) == (2024, 2023)


def test_repealed_documents_and_used_headings_give_no_first_question(index):
    index.put("old.txt", "旧规定\n第一章 过时的规定\n", status="repealed")
    index.put("twin.txt", "另一规定\n第一章 假期种类\n")
    assert [q for q in first_questions(index, "zh") if "旧规定" in q or "另一规定" in q] == []


def test_an_empty_library_says_where_to_begin():
    assert text("zh", "hero_empty") in hero_html((), "ready", "zh")


# ---- hostile words ----


@pytest.mark.parametrize("hostile", HOSTILE)
def test_words_of_documents_are_text_and_nothing_else(hostile):
    index = FakeIndex()
    words = f"{hostile}标题\n第一章 {hostile}\n第一条 {hostile}。\n"
    doc_id = index.put(f"{hostile}.txt", words)
    shelf = index.snapshot()
    evidence = next(iter(FakeBot(settings=Settings(), index=index, step_s=0).stream(Question(text="问")))).evidence
    cited = citation(quote=hostile, label=hostile, document=hostile, section_id=hostile, doc_id=hostile)
    exchange = Exchange(
        question=hostile,
        text=f"{hostile}[1]",
        citations=(cited,),
        evidence=evidence,
        answer=answer("x", warnings=(hostile,)),
    )
    document = shelf.outline(doc_id)
    spoilt = replace(
        document,
        removed=(RemovedSpan(start=0, end=5, text=words[:5], reason=hostile),),
        links=(Link(section="s1", start=6, end=9, target="s2"),),
        redactions=(Redaction(section="s1", start=2, end=8),),
    )
    place = Place(doc_id=doc_id, section=hostile, quote=(1, 9))
    pages = [
        transcript(
            (exchange, replace(exchange, answer=None, error=hostile)), {d.doc_id: d for d in shelf.documents()}, "zh"
        ),
        card(evidence[0], (1,), {}, "en"),
        list_html(shelf.documents(), "zh"),
        picker_html(shelf.documents(), "en"),
        reader_html(
            spoilt,
            words,
            place,
            "zh",
            crossing=Crossing(
                (Reference(doc_id="d", section="s1", start=6, end=9, target_doc=hostile, target=hostile),)
            ),
            original=Original("kept", hostile, Path(f"{hostile}.pdf"), 9),
        ),
        outline_html(spoilt, words, place, "zh"),
        receipt_html(Receipt(added=(hostile,), failed=((hostile, hostile),), warnings=(hostile,)), "zh"),
        progress_html(Progress(done=0, total=1, name=hostile), "zh"),
        state_html(f"missing: {hostile}", "zh"),
        hero_html(shelf.documents(), "none", "zh"),
        found_html([item.hit for item in evidence], hostile, {}, "zh"),
        previews_html(
            [
                Staged(token="t", name=hostile, size_bytes=1, preview=Preview(error=hostile)),
                Staged(
                    token="t",
                    name=hostile,
                    size_bytes=1,
                    preview=Preview(
                        text=words, documents=(spoilt,), warnings=(hostile,), replaces=shelf.documents()[-1:]
                    ),
                ),
            ],
            "en",
        ),
    ]
    for page in pages:
        found = tree(page)
        foreign = (
            ".//script | .//style | .//img | .//iframe | .//object | .//svg[not(ancestor::button[@data-do='print'])]"
        )
        assert found.xpath(foreign) == []
        attributes = {name for node in found.iter() for name in node.attrib}
        assert [name for name in attributes if name.startswith("on")] == []
        assert all(href.startswith(("?doc=", "yiju/original?doc=")) for href in found.xpath(".//a/@href"))
    assert hostile in tree(pages[2]).text_content()
    assert squeezed(hostile) in squeezed(tree(pages[4]).text_content())


# ---- reader ----


def shown(page: str) -> str:
    """The clauses' own text as the reader shows it with everything removed made visible."""
    found = tree(page)
    for extra in found.xpath(".//a[@data-permalink] | .//span[@class='page-mark'] | .//details[@class='citing']"):
        extra.drop_tree()
    return squeezed(found.xpath(".//div[@class='clauses']")[0].text_content())


@pytest.mark.parametrize("quote", [None, (28, 47), (20, 90), (0, 9), (0, len(LEAVE))])
def test_reader_shows_every_character_once_and_marks_exactly_the_quote(quote):
    place = Place(doc_id="d", section="s2", quote=quote)
    page = reader_html(outline_of(LEAVE), LEAVE, place, "zh")
    assert shown(page) == squeezed(LEAVE)
    expected = squeezed(LEAVE[quote[0] : quote[1]]) if quote else ""
    assert squeezed("".join(texts(page, ".//mark"))) == expected


LENDING = (
    "Equipment Lending\n1 Who may borrow\n1.1 Staff may borrow two items.\n"
    "1.2 Visitors; their sponsors.\nSigned.\n2 Loss"
)


def test_clause_that_stands_in_its_headings_place_is_not_set_as_a_heading():
    page = reader_html(outline_of(LENDING), LENDING, Place(doc_id="d", quote=(40, 60)), "en")
    assert shown(page) == squeezed(LENDING)
    assert texts(page, ".//span[@class='head']") == ["1.1", "1.2"]
    assert texts(page, ".//h2[@class='head']") == ["1 Who may borrow¶", "2 Loss¶"]
    assert squeezed("".join(texts(page, ".//mark"))) == squeezed(LENDING[40:60])


def test_reader_keeps_text_with_overlapping_marks():
    redactions = (Redaction(section="s4", start=LEAVE.index("X"), end=LEAVE.index("X") + 1),)
    document = replace(outline_of(LEAVE), redactions=redactions)
    outgoing = tuple(
        Reference(doc_id="d", section="s2", start=start, end=end, target_doc="d", target=target)
        for start, end, target in ((40, 52, "s3"), (45, 60, "s4"))
    )
    page = reader_html(document, LEAVE, Place(doc_id="d", quote=(42, 70)), "zh", crossing=Crossing(outgoing))
    assert shown(page) == squeezed(LEAVE)
    assert texts(page, ".//span[@class='hidden-figure']") == ["X"]
    assert squeezed("".join(texts(page, ".//a[@class='ref']"))) == squeezed(LEAVE[40:52])


def test_removed_advertising_is_struck_out_with_its_reason():
    page = reader_html(outline_of(LEAVE), LEAVE, Place(doc_id="d"), "en")
    (gone,) = tree(page).xpath(".//del[@class='gone']")
    assert (gone.text_content(), gone.get("title")) == ("【广告：更多范文】", "Cleaned away: promotion")
    assert texts(page, ".//label") == [" Show text that was cleaned away (1)"]


def test_reader_heads_runs_in_and_titles():
    page = reader_html(outline_of(LEAVE), LEAVE, Place(doc_id="d", section="s2"), "zh")
    assert texts(page, ".//h1") == ["职工请休假管理规定"]
    assert texts(page, ".//h2[@class='head']") == ["第一章 假期种类¶", "第二章 审批程序¶"]
    assert texts(page, ".//span[@class='head']") == ["第一条", "第二条"]
    assert texts(page, ".//ol[@class='crumbs']/li") == ["职工请休假管理规定", "第一章 假期种类", "第一条"]
    assert tree(page).xpath(".//section[contains(@class,'here')]/@data-section") == ["s2"]


@pytest.mark.parametrize(
    ("words", "title", "headings"),
    [
        ("某县文件\n请假规定\n第一章 假期\n", "请假规定", ["请假规定"]),  # below a letterhead
        ("第一章 假期\n第一条 五天。\n", "请假规定", ["请假规定"]),  # nowhere in the text
        ("一、请假规定\n二、其他\n", "一、请假规定", []),  # a heading already
    ],
)
def test_title_stands_once_where_the_text_has_it(words, title, headings):
    document = replace(outline_of(words), title=title)
    page = reader_html(document, words, Place(doc_id="d"), "zh")
    assert texts(page, ".//h1") == headings
    assert squeezed("".join(texts(page, ".//div[@class='clauses']"))).count(squeezed(title)) == 1


def test_outline_names_every_section_once_and_marks_the_present_one():
    document = outline_of(LEAVE)
    found = tree(outline_html(document, LEAVE, Place(doc_id="d", section="s4"), "zh"))
    assert found.xpath(".//a/@data-n") == ["1", "2", "3", "4"]
    assert found.xpath(".//a[@aria-current]/@href") == ["?doc=d&section=s4"]
    assert found.xpath("./ol/li/ol/li/a")[0].text_content() == "第一条 年休假五天。病假凭证明申请，由科室批准。"
    shallow = tree(outline_html(document, LEAVE, Place(doc_id="d"), "zh", depth=1))
    assert shallow.xpath(".//a/@data-n") == ["1", "3"]


def test_long_outline_is_folded_to_the_branch_that_is_open():
    words = "长条例\n" + "".join(
        f"第{c}章 题{c}\n" + "".join(f"第{c}{a}条 内容。\n" for a in range(9)) for c in range(1, 9)
    )
    found = tree(outline_html(outline_of(words), words, Place(doc_id="d", section="s13"), "zh"))
    assert found.xpath("count(.//li[@class='folded'])") == 7
    assert found.xpath(".//li[not(@class)]/button/@aria-expanded") == ["true"]


def test_a_lost_document_or_clause_is_said():
    assert text("zh", "reader_gone") in picker_html((), "zh", gone=True)
    page = reader_html(outline_of(LEAVE), LEAVE, Place(doc_id="d", section="s99"), "zh")
    assert text("zh", "reader_no_section") in texts(page, ".//p")


def test_links_survive_any_id():
    assert clause_url("a b&c", "第一条/（二）", (1, 2)) == (
        "?doc=a+b%26c&section=%E7%AC%AC%E4%B8%80%E6%9D%A1%2F%EF%BC%88%E4%BA%8C%EF%BC%89&start=1&end=2"
    )


# ---- uploads ----


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("考勤 办法😀.txt", "考勤 办法😀.txt"),
        ("<img src=x onerror=alert(1)>.txt", "_img src=x onerror=alert(1)_.txt"),
        (".hidden", "hidden"),
        ("", "document"),
        ("...", "document"),
        ("a\x00b\n.md", "a_b_.md"),
        ("\u202egpj.exe.txt", "gpj.exe.txt"),
        ("长" * 300 + ".docx", "长" * 58 + ".docx"),
    ],
)
def test_uploaded_names_are_made_safe(name, expected):
    assert safe_name(name) == expected


def upload(folder: Path, name: str, words: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(words, encoding="utf-8")
    return path


@pytest.fixture
def uploads(tmp_path, index) -> Uploads:
    return Uploads(folder=tmp_path / "uploads", intake=FakeIntake(index, step_s=0), limit_mb=1)


def test_upload_keeps_what_was_added_and_reports_the_rest(tmp_path, uploads, index):
    files = [
        upload(tmp_path / "a", "new.txt", "新办法\n第一条 内容。\n"),
        upload(tmp_path / "a", "empty.txt", ""),
        upload(tmp_path / "b", "new.txt", "同名"),
        upload(tmp_path / "a", "big.txt", "大" * 400_000),
    ]
    seen: list[Progress] = []
    receipt = uploads.take(files, "zh", seen.append)
    assert receipt == Receipt(
        added=("new.txt",),
        failed=(
            ("empty.txt", "empty.txt is empty"),
            ("new.txt", text("zh", "upload_same_name")),
            ("big.txt", text("zh", "upload_too_large", limit=1)),
        ),
    )
    assert sorted(p.name for p in uploads.folder.iterdir()) == ["new.txt"]
    assert [p.name for p in seen] == ["new.txt", "empty.txt"]
    assert "d-new.txt" in index.books


def test_failed_replacement_keeps_the_former_file(tmp_path, uploads):
    uploads.take([upload(tmp_path / "a", "x.txt", "办法\n第一条 旧。\n")], "zh", lambda _: None)
    receipt = uploads.take([upload(tmp_path / "b", "x.txt", " ")], "zh", lambda _: None)
    assert receipt.failed == (("x.txt", "x.txt is empty"),)
    assert (uploads.folder / "x.txt").read_text("utf-8") == "办法\n第一条 旧。\n"


def test_index_that_cannot_be_written_leaves_the_folder_as_it_was(tmp_path, uploads):
    class Locked(FakeIntake):
        def add(self, paths, progress, instead_of=""):
            raise StoreError("somebody else is writing")

    locked = replace(uploads, intake=Locked(FakeIndex()))
    with pytest.raises(StoreError):
        locked.take([upload(tmp_path / "a", "x.txt", "办法")], "zh", lambda _: None)
    assert list(uploads.folder.iterdir()) == []


def test_removing_a_document_removes_its_uploaded_file(tmp_path, uploads, index):
    uploads.take([upload(tmp_path / "a", "x.txt", "办法\n第一条 旧。\n")], "zh", lambda _: None)
    documents = {d.doc_id: d for d in index.documents()}
    token = uploads.remove(documents["d-x.txt"], tuple(documents.values()))
    assert ("d-x.txt" in index.books, (uploads.folder / "x.txt").exists()) == (False, False)
    assert uploads.undo(token) == "x.txt"
    assert ("d-x.txt" in index.books, (uploads.folder / "x.txt").read_text("utf-8")) == (True, "办法\n第一条 旧。\n")
    with pytest.raises(UsageError, match="too long ago"):
        uploads.undo(token)


def test_upload_is_kept_aside_until_somebody_decides(tmp_path, uploads, index):
    files = [upload(tmp_path / "a", "new.txt", "新办法\n第一条 内容。\n"), upload(tmp_path / "a", "empty.txt", "")]
    good, bad = uploads.stage(files, "zh", lambda _: None)
    assert ("d-new.txt" in index.books, (uploads.folder / "new.txt").exists()) == (False, False)
    assert (good.preview.documents[0].title, bad.preview.error) == ("新办法", "the file is empty")
    assert [aside.name for aside in (uploads.folder / ".staged").iterdir()] == [good.token]
    assert list(uploads.waiting) == [good.token, bad.token]
    receipt = uploads.accept([good], "zh", lambda _: None)
    assert (receipt.added, list((uploads.folder / ".staged").iterdir())) == (("new.txt",), [])
    assert list(uploads.waiting) == [bad.token]
    again = uploads.stage(files[:1], "zh", lambda _: None, "d-new.txt")
    uploads.discard(again[0])
    with pytest.raises(UsageError, match="upload it again"):
        uploads.accept(again, "zh", lambda _: None)
    with pytest.raises(UsageError, match="one file only"):
        uploads.stage(files, "zh", lambda _: None, "d-new.txt")
    assert list(uploads.waiting) == [bad.token]


def test_steps_of_a_task_end_with_its_result_and_its_fault_is_raised():
    def task(report):
        report(1)
        return "done"

    def faulty(report):
        raise StoreError("no")

    assert list(stepwise(task))[-1] == "done"
    with pytest.raises(StoreError, match="no"):
        list(stepwise(faulty))


# ---- state and colours ----


@pytest.mark.parametrize(
    ("state", "shown_text"),
    [
        ("ready", ""),
        ("none", ""),
        ("loading", text("en", "model_loading")),
        (
            "missing: no file; run python -m rag setup",
            text("en", "model_missing") + " no file; run python -m rag setup",
        ),
    ],
)
def test_state_of_the_model_is_said_with_the_command_that_mends_it(state, shown_text):
    html = state_html(state, "en")
    assert (tree(html).text_content() if html else "") == shown_text


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.2, relative luminance


def _palettes() -> list[dict[str, str]]:
    css = (Path(__file__).parents[1] / "ui/assets/style.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_contrast_of_words_is_at_least_four_and_a_half(palette):
    pairs = [
        (ink, ground) for ink in ("ink", "soft", "accent", "good", "warn") for ground in ("paper", "sheet", "wash")
    ]
    pairs += [("accent", "accent-wash"), ("ink", "quote"), ("paper", "accent"), ("paper", "ink")]
    ratios = {}
    for ink, ground in pairs:
        light, dark = sorted((_luminance(palette[ink]), _luminance(palette[ground])), reverse=True)
        ratios[ink, ground] = (light + 0.05) / (dark + 0.05)
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}
