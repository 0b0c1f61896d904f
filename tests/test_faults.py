"""Faults and warnings in the visitor's language: the table against the sources, whole sentences, and where they show."""

import re
import time
from dataclasses import replace

import fastapi
import pytest
from fastapi.testclient import TestClient
from fault_sentences import CANNOT_REACH_THE_PAGE, ONE_WORD, sentences, strings
from lxml import html as lxml_html
from office_files import workbook
from word_xml import p, word

from eval.candidates import Candidate, add_candidates
from eval.cases import Case
from ingest.outline import outline
from ingest.readers import read
from rag.settings import Settings
from rag.types import Answer, Seconds
from ui.conversation import Exchange
from ui.evaluation import PATH, add_evaluation
from ui.exchanges import exchange_html
from ui.fault_words import CHINESE
from ui.faults import fault_text
from ui.intake import PipelineIntake
from ui.library import receipt_html
from ui.parts import Preview, Receipt
from ui.preview import previews_html
from ui.routes import state_html
from ui.testing import FakeBot, FakeIndex
from ui.uploads import Staged

ELSEWHERE = [entry for entries in CANNOT_REACH_THE_PAGE.values() for entry in entries]
OCR = "pip install -e '.[ocr]'"


def shown_sentences() -> set[str]:
    return {one.key for one in sentences() if not any(one.is_at(entry) for entry in ELSEWHERE)}


# ---- the table against the sources ----


def test_every_sentence_that_can_reach_the_page_is_translated():
    assert shown_sentences() - set(CHINESE) == set()


def test_no_translation_is_of_a_sentence_that_is_gone():
    assert set(CHINESE) - shown_sentences() == ONE_WORD
    assert {one.template for one in strings()} >= ONE_WORD


def test_what_is_left_out_is_there():
    assert [entry for entry in ELSEWHERE if not any(one.is_at(entry) for one in sentences())] == []


def test_every_value_stands_once_in_the_translation():
    wrong = {
        english: chinese
        for english, chinese in CHINESE.items()
        if sorted(map(int, re.findall(r"\{(\d+)(?::zh)?\}", chinese)))
        != list(range(english.removeprefix("{}: ").count("{}")))
    }
    assert wrong == {}


def test_every_sentence_is_known_by_its_own_words_and_not_by_anothers():
    wrong = {}
    for english, chinese in CHINESE.items():
        values = iter(range(7001, 7020))
        own = english.removeprefix("{}: ")
        message = re.sub(r"\{\}", lambda _: str(next(values)), own)  # noqa: B023
        expected = re.sub(r"\{(\d+)(?::zh)?\}", lambda hole: str(7001 + int(hole[1])), chinese)
        for name, shown in (("", ""), ("a: b.txt: ", "a: b.txt："))[: 1 + (own != english)]:
            if fault_text(name + message, "zh") != shown + expected:
                wrong[name + message] = fault_text(name + message, "zh")
    assert wrong == {}


def test_chinese_sentences_leave_no_english_but_names_and_commands():
    allowed = re.compile(
        r"`[^`]+`|python -m [\w -]+|pip install \S+ \S+|apt-get install \S+|--\w+|\.\w+|https?://\S+|\w*[A-Z_.]\w*(?:[ -][A-Z]\w+)*"
        r"|\{\d+(?::zh)?\}|sha256|zip|gzip|7z|rar|rtf|iconv|chunk_tokens|llm = openai|openai_\w+|query_adapter|modules\.json|config\.json|tokenizer\.json"
    )
    assert {chinese for chinese in CHINESE.values() if re.search(r"[a-z]{2,}", allowed.sub("", chinese))} == set()


# ---- whole sentences ----


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        ("the file is empty (0 bytes)", "文件是空的（0 字节）"),
        ("年度 通知.txt: the file is empty (0 bytes)", "年度 通知.txt：文件是空的（0 字节）"),
        ("no reader for files ending in .bin; known: .csv, .txt", "这种文件（.bin）读不了，可以读的有：.csv, .txt"),
        ("no reader for files ending in nothing; known: .txt", "这种文件（没有扩展名）读不了，可以读的有：.txt"),
        (
            "protected by a password; open it in an OFD reader and save it without one",
            "有密码保护，请用 OFD 阅读器打开，去掉密码后再存",
        ),
        ("not a .docx file; open it in Word and save it as .docx", "不是 .docx 文件，请用 Word 打开，另存为 .docx"),
        (
            "300 MiB is over the limit of 256 MiB; split it, or name it .txt if it is plain text",
            "文件有 300 MiB，超过 256 MiB 的上限；请拆分文件；如果是纯文本，请把扩展名改为 .txt",
        ),
        (
            "has no text layer, its 12 page(s) are pictures (a scan); it needs text recognition (OCR), the extra `ocr`: "
            + OCR,
            f"没有文字层，12 页都是图片（扫描件），要靠文字识别（OCR），请安装附加组件 `ocr`：{OCR}",
        ),
        (
            "a.xlsx (xl/sheet1.xml): 20 MiB is over the limit of 16 MiB; split it into smaller files (the version in the index is kept)",
            "a.xlsx (xl/sheet1.xml)：文件有 20 MiB，超过 16 MiB 的上限；请拆成几个小一些的文件（索引里仍是原来的版本）",
        ),
        (f"no text on page 3, 4 of 9; if scanned, install the extra `ocr`: {OCR}",
         f"第 3, 4 页（共 9 页）没有文字；如果是扫描件，请安装附加组件 `ocr`：{OCR}"),
        ("number 7 follows 5: 6 is missing", "5 之后是 7：缺 6"),
        ("number 第九条 follows 第五条: 第六条 to 第八条 are missing", "第五条之后是第九条：缺第六条至第八条"),
        ("新办法.txt takes the place of old rules.txt: same document number", "新办法.txt 已替换 old rules.txt（文号相同）"),
        (
            "/srv/index is being written by process 12, since 2026-01-02T03:04:05+08:00. Wait until it is done, then run the command again",
            "/srv/index 正由进程 12（自 2026-01-02T03:04:05+08:00 起）写入，请等它完成后再试",
        ),
        (
            "/i/index.sqlite cannot be read (the text of a.txt is gone). Restore it from a backup, or delete /i and ingest again: "
            "python -m ingest add DOCUMENTS --index /i",
            "/i/index.sqlite 读不了（a.txt 的文字不见了）。请从备份恢复，或删除 /i 后重新加入：python -m ingest add DOCUMENTS --index /i",
        ),
        (
            "/i was built with model a (384 dims), settings name model b (512 dims). Rebuild: python -m ingest add --rebuild --index /i",
            "/i 是用向量模型 a（384 维）建的，设置里是 b（512 维）。请重建：python -m ingest add --rebuild --index /i",
        ),
        (
            "answered without the language model: http://127.0.0.1:8000/v1 wants a key; put it into the environment variable K (HTTP 401)",
            "没有用语言模型：http://127.0.0.1:8000/v1 要求密钥，请写入环境变量 K（HTTP 401）",
        ),
        (
            "language model /m/a.gguf has sha256 0123…, expected 4567…; mend it with: make setup",
            "语言模型 /m/a.gguf 的 sha256 是 0123…，应为 4567…，请运行：make setup",
        ),
        (
            "language model m refused the request: the prompt has 900 tokens, the context window 512; raise `llm_context_tokens` or lower `evidence_chars`",
            "语言模型 m 没有接受请求：提示有 900 个词元，上下文只有 512 个；请调大 `llm_context_tokens`，或调小 `evidence_chars`",
        ),
        (
            "the second run is not scored, or has lost scores; score it: python -m eval score RUN",
            "后一次评测还没有评分，或缺了分数，请评分：python -m eval score RUN",
        ),
        # what is put in is not read again
        ("left out, no clause carries it: {0} the file is empty (0 bytes)", "没有条款依据，已略去：{0} the file is empty (0 bytes)"),
        ("hidden sheets were left out: as asked, a program", "隐藏的工作表没有读入：as asked, a program"),
    ],
)  # fmt: skip
def test_a_sentence_in_chinese(message, chinese):
    assert fault_text(message, "zh") == chinese
    assert fault_text(message, "en") == message


@pytest.mark.parametrize(
    "message",
    [
        "",
        "CUDA error: no kernel image",
        "超过 50 MB，未加入",
        "THE FILE IS EMPTY (0 BYTES)",
        "the file is empty (0 bytes)!",
    ],
)
def test_what_is_not_ours_is_left_as_it_is(message):
    assert fault_text(message, "zh") == message


def test_a_name_that_repeats_the_words_of_a_sentence_costs_no_time():
    part = "x unpacks from y to z MiB, over the limit of u MiB and v to one; " * 60
    began = time.process_time()
    for message in (f"its part {part}", f"a: {part}", "a: " * 1300):
        assert fault_text(message, "zh") == message
    assert time.process_time() - began < 2


def test_what_is_longer_than_any_message_is_not_looked_at():
    assert fault_text("x" * 9_000 + " is missing", "zh") == "x" * 9_000 + " is missing"


# ---- what files really say ----


@pytest.mark.parametrize(
    ("name", "data", "chinese"),
    [
        ("空.txt", b"", "文件是空的（0 字节）"),
        ("空白.txt", b" \n\n", "文件里只有空白"),
        ("a.txt", b"PK\x03\x04rest", "这不是文本文件，是 .docx、.xlsx、.ofd 一类的压缩包，请改回原来的扩展名"),
        ("a.md", b"\x7fELF\x02", "这不是文本文件，是程序"),
        ("a.docx", b"hello", "不是 .docx 文件，请用 Word 打开，另存为 .docx"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "这是旧式的办公文件，不是 .docx；请改回原来的扩展名（.doc、.xls、.wps），或另存为 .docx",
        ),
        ("a.docx", word(""), "文件里没有可读的文字"),
        ("a.ofd", workbook(), "不是 OFD 文件（没有 OFD.xml），请用 OFD 阅读器打开，另存为 .ofd 或 .pdf"),
        ("a.pdf", b"hello", "不是 PDF（开头不是 %PDF），请改回原来的扩展名"),
        ("a.doc", b"hello", "不是 Word 或 WPS 文件，请用原来的程序打开，另存为 .docx"),
        ("a.rtf", b"hello", "不是 RTF 文件（开头不是 {\\rtf），请改回原来的扩展名"),
        ("<b>.txt", b"", "文件是空的（0 字节）"),
    ],
)
def test_the_card_of_a_file_that_cannot_be_read_is_chinese(tmp_path, name, data, chinese):
    (tmp_path / name).write_bytes(data)
    preview = PipelineIntake(bot=None).preview(tmp_path / name)  # a file that cannot be read needs no index
    staged = Staged(token="t", name=name, size_bytes=len(data), preview=preview)
    card = lxml_html.fromstring(previews_html([staged], "zh"))
    assert card.xpath("string(.//h3)") == "未能加入"
    assert card.xpath("string(.//*[@role='alert'])") == chinese
    assert lxml_html.fromstring(previews_html([staged], "en")).xpath("string(.//*[@role='alert'])") == preview.error


@pytest.mark.parametrize(
    ("name", "data", "chinese"),
    [
        ("a.txt", "办法\n第一条 甲。\n第三条 乙。\n".encode(), "第一条之后是第三条：缺第二条"),
        ("a.txt", b"A\x01\x02\nB", "去掉了 2 个控制字符"),
        (
            "a.docx",
            word(p("办法") + "<w:altChunk/>" + p("第一条 甲。")),
            "嵌入的文档（altChunk）没有读入",
        ),
    ],
)
def test_the_warnings_of_a_file_are_chinese(tmp_path, name, data, chinese):
    (tmp_path / name).write_bytes(data)
    found = read(tmp_path / name)
    odd = [odd.message for document in outline(found, "a") for odd in document.irregularities]
    preview = Preview(text=found.text, documents=outline(found, "a"), warnings=(*found.warnings, *odd))
    card = previews_html([Staged(token="t", name=name, size_bytes=1, preview=preview)], "zh")
    assert lxml_html.fromstring(card).xpath("//details[@class='stage-warnings']//li/text()") == [chinese]


# ---- where else they show ----


def test_receipts_answers_and_the_models_state_are_chinese():
    receipt = Receipt(
        failed=(("a.txt", "the file holds only white space (the version in the index is kept)"),),
        warnings=("a.txt and b.txt have the same document number 云机管〔2024〕6号; both are kept",),
    )
    assert lxml_html.fromstring(receipt_html(receipt, "zh")).xpath("//li//text()") == [
        "未能加入",
        " a.txt ",
        "文件里只有空白（索引里仍是原来的版本）",
        "a.txt 与 b.txt 的文号都是云机管〔2024〕6号，两份都保留",
    ]
    failed = exchange_html(Exchange(question="问", error="/i is busy (database is locked); try again"), {}, "zh")
    assert (
        lxml_html.fromstring(failed).xpath("string(.//*[@role='alert'])") == "/i 正忙（database is locked），请再试一次"
    )
    checked = Exchange(
        question="问", text="答", answer=replace(ANSWER, warnings=("left out, no clause carries it: x",))
    )
    assert "没有条款依据，已略去：x" in exchange_html(checked, {}, "zh")
    state = state_html("missing: language model /m does not exist; fetch it with: make setup", "zh")
    assert lxml_html.fromstring(state).xpath("string(.//code)") == "没有语言模型 /m，请运行：make setup"


ANSWER = Answer(
    question="问", status="answered", text="答", citations=(), closest=(), warnings=(), model="extractive", prompt="",
    index="1", seconds=Seconds(total=1, first_token=1, retrieve=1),
)  # fmt: skip


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror="alert(1)">'])
def test_what_stands_in_a_sentence_stays_text(hostile):
    preview = Preview(error=f"{hostile} has no body; open it in Word and save it as .docx again")
    card = previews_html([Staged(token="t", name="a.docx", size_bytes=1, preview=preview)], "zh")
    assert "<script" not in card
    assert "<img" not in card
    said = f"{hostile} 里没有正文，请用 Word 打开，再存为 .docx"
    assert lxml_html.fromstring(card).xpath("string(.//*[@role='alert'])") == said


@pytest.mark.parametrize(
    ("accept", "query", "said", "tag"),
    [
        ("zh-CN", "", "没有评过分的评测 'x'", "zh-Hans"),
        ("zh-CN", "&language=en", "no scored run 'x' in ", "en"),
        ("en", "&language=zh", "没有评过分的评测 'x'", "zh-Hans"),
    ],
)
def test_a_fault_on_the_maintainers_page_is_in_its_language(tmp_path, accept, query, said, tag):
    app = fastapi.FastAPI()
    add_evaluation(app, FakeBot(Settings(runs=tmp_path), FakeIndex()))
    reply = TestClient(app, headers={"accept-language": accept}).get(f"{PATH}/case?run=x{query}")
    page = lxml_html.fromstring(reply.text)
    assert (reply.status_code, said in page.text_content(), page.get("lang")) == (404, True, tag)


def test_a_refused_decision_is_told_in_the_language_of_its_form(tmp_path):
    settings = Settings(case_candidates=tmp_path / "candidates.jsonl", own_set=tmp_path / "own.jsonl", runs=tmp_path)
    add_candidates(
        settings.case_candidates, [Candidate(case=Case(id="c-1", question="年假几天？"), evidence="", origin="draft")]
    )
    app = fastapi.FastAPI()
    add_evaluation(app, FakeBot(settings, FakeIndex()))
    client = TestClient(app, headers={"accept-language": "en", "origin": "http://testserver"})
    page = lxml_html.fromstring(client.get(f"{PATH}/candidates?language=zh").text)
    form = page.xpath("//form[@class='decide']")[0]
    fields = {"id": "c-1", "language": "zh", "action": "accept", "answerable": "yes"}
    reply = client.post(f"{PATH}/candidates{form.get('action')}", data=fields)
    assert (reply.status_code, "候选题 c-1：请写出正确答案的要点" in reply.text) == (404, True)
