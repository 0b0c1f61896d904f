"""Damaged, hostile and oversized files: one clear line, or sound text; never a crash, a hang or a flood."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import document_formats as formats
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_files import ofd, words, workbook
from pace import slowness
from PIL import Image
from word_xml import p, package, word

from ingest.outline import outline
from ingest.readers import FORMATS, limits, read
from rag.errors import DocumentError, MissingExtra

SMALL = (
    formats.title("档案借阅规则"),
    formats.heading("第一章 总则"),
    formats.paragraph("第一条 借阅档案应当登记，期限为15天。"),
    formats.table(("类别", "期限"), ("文书", "15天"), ("会计", "7天")),
)


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("L", (60, 40), "white").save(out, form)
    return out.getvalue()


SAMPLES = {ending: write(SMALL) for ending, write in formats.FORMATS.items()} | {
    "csv": "类别,期限\n文书,15天\n".encode(),
    "xlsx": workbook(),
    "ofd": ofd(words("关于开放阅览室的通知", 40)),
    "png": picture("PNG"),
    "tif": picture("TIFF"),
}
LIMIT_CPU_S = 10.0


def is_in_time(seconds: float) -> bool:
    """Whether that CPU time is within the limit, on a machine as slow as this one is just now."""
    return seconds <= LIMIT_CPU_S or seconds <= LIMIT_CPU_S * slowness()


@pytest.fixture(autouse=True, scope="module")
def _without_text_recognition():
    """What damage leaves without text is refused, not looked at for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "rapidocr", None)
        yield


def read_or_refuse(ending: str, data: bytes) -> None:
    """The property of every reader: sound blocks, or a one-line DocumentError that names the file; in ten seconds."""
    began = time.process_time()
    try:
        source = FORMATS[f".{ending}"](data, f"名 称 😀.{ending}")
    except (DocumentError, MissingExtra) as error:
        refusal = str(error)
    else:
        refusal = f"名 称 😀.{ending}: "
        assert source.text.strip()
        assert source.blocks
        assert all(before.end <= after.start for before, after in pairwise(source.blocks))
        assert all(0 <= block.start < block.end <= len(source.text) for block in source.blocks)
        assert list(source.page_starts) == sorted(source.page_starts)
        source.text.encode()
    assert refusal.startswith(f"名 称 😀.{ending}: ")
    assert "\n" not in refusal
    assert is_in_time(time.process_time() - began)


def fuzz(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("ending", SAMPLES)
@fuzz(60)
@given(data=st.binary(max_size=3000))
def test_random_bytes(ending: str, data: bytes) -> None:
    read_or_refuse(ending, data)


@pytest.mark.parametrize("ending", SAMPLES)
@fuzz(60)
@given(data=st.binary(max_size=300))
def test_random_bytes_after_a_true_beginning(ending: str, data: bytes) -> None:
    read_or_refuse(ending, SAMPLES[ending][:200] + data)


@pytest.mark.parametrize("ending", SAMPLES)
@fuzz(60)
@given(share=st.floats(0, 1))
def test_truncations(ending: str, share: float) -> None:
    read_or_refuse(ending, SAMPLES[ending][: int(share * len(SAMPLES[ending]))])


@pytest.mark.parametrize("ending", SAMPLES)
@fuzz(120)
@given(flips=st.lists(st.tuples(st.floats(0, 0.999999), st.integers(0, 7)), min_size=1, max_size=12))
def test_bit_flips(ending: str, flips: list[tuple[float, int]]) -> None:
    data = bytearray(SAMPLES[ending])
    for share, bit in flips:
        data[int(share * len(data))] ^= 1 << bit
    read_or_refuse(ending, bytes(data))


@fuzz(80)
@given(
    st.lists(
        st.sampled_from(
            [
                "*",
                "**",
                "***",
                "_",
                "__",
                "`",
                "```",
                "[",
                "]",
                "(",
                ")",
                "!",
                "<",
                ">",
                "&",
                "\\",
                "#",
                "-",
                "+",
                "1.",
                "|",
                "\n",
                "\n\n",
                "档案",
                "次",
                "a",
                "<b>",
                "<table>",
                "<td>",
                "---",
                ":",
            ]
        ),
        max_size=60,
    )
)
def test_random_markdown(words: list[str]) -> None:
    read_or_refuse("md", " ".join(words).encode())


@fuzz(80)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<table>",
                "<tr>",
                "<td>",
                "<td colspan=9>",
                "</table>",
                "<ul>",
                "<li>",
                "<ol>",
                "<h1>",
                "<a href=x>",
                "</a>",
                "<main>",
                "<nav>",
                "<br>",
                "档案",
                "text",
                ".",
                "&nbsp;",
                "<div>",
                "</div>",
                "<svg>",
                "<form>",
            ]
        ),
        max_size=60,
    )
)
def test_random_html(words: list[str]) -> None:
    read_or_refuse("html", "".join(words).encode())


@fuzz(60)
@given(
    st.lists(
        st.sampled_from(
            [
                "w:p",
                "w:r",
                "w:t",
                "w:tbl",
                "w:tr",
                "w:tc",
                "w:sdt",
                "w:sdtContent",
                "w:ins",
                "w:hyperlink",
                "w:txbxContent",
            ]
        ),
        max_size=12,
    )
)
def test_random_nesting_in_word(tags: list[str]) -> None:
    body = "".join(f"<{tag}>" for tag in tags) + "文" + "".join(f"</{tag}>" for tag in reversed(tags))
    read_or_refuse("docx", word(body))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.txt", b"", r"the file is empty \(0 bytes\)"),
        ("empty.md", b"", r"the file is empty \(0 bytes\)"),
        ("empty.html", b"", r"the file is empty \(0 bytes\)"),
        ("empty.docx", b"", r"the file is empty \(0 bytes\)"),
        ("empty.pdf", b"", r"the file is empty \(0 bytes\)"),
        ("binary.txt", bytes(range(256)) * 64, "binary file|not text in"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(64), "a picture"),
        ("cut.docx", SAMPLES["docx"][:-400], "the file is damaged or cut short"),
        ("cut.pdf", SAMPLES["pdf"][: len(SAMPLES["pdf"]) // 3], "damaged or cut short|no pages|no text layer"),
        ("text.docx", b"hello", "not a .docx file"),
        ("text.pdf", b"hello", "not a PDF"),
        ("zip.docx", package({"a.txt": "b"}), "has no part word/document.xml"),
        ("nobody.docx", package({"word/document.xml": "<a/>"}), "has no body"),
        ("empty paragraphs.docx", word(p("")), "holds no text"),
        ("bad xml.docx", package({"word/document.xml": "<a"}), "is not sound XML"),
        (
            "secret.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old binary office file"),
    ],
)
def test_known_faults_have_their_own_line(name: str, data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=message) as error:
        read(path)
    assert str(error.value).startswith(f"{name}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["with space.txt", "差旅费管理办法（2024年）.txt", "🌲 leave.txt", "UPPER.TXT", "a'b\"c.txt"]
)
def test_any_file_name_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("第一条 总则", encoding="utf-8")
    assert read(path).text == "第一条 总则"


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read anything, so a mode would prove nothing
    with pytest.raises(DocumentError, match=r"a\.txt: cannot be opened \(Permission denied\); check its permissions"):
        read(path)


def test_zip_bombs_are_refused_before_they_unpack() -> None:
    bomb = package({"word/document.xml": b" " * (60 * limits.MIB)})
    with pytest.raises(DocumentError, match="looks like a zip bomb"):
        FORMATS[".docx"](bomb, "a.docx")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(limits.ZIP_ENTRIES + 1):
            archive.writestr(str(number), b"")
    with pytest.raises(DocumentError, match="looks like a zip bomb"):
        FORMATS[".docx"](many.getvalue(), "a.docx")


def test_an_encrypted_zip_entry_is_refused() -> None:
    data = bytearray(word(p("x")))
    for signature, flag_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flag_at] |= 1
            at = data.find(signature, at + 4)
    with pytest.raises(DocumentError, match="encrypted"):
        FORMATS[".docx"](bytes(data), "a.docx")


def test_an_xml_bomb_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{entities}]><x>&e11;</x>'
    for data in (bomb.encode(), bomb.encode("utf-16")):
        with pytest.raises(DocumentError, match="document type"):
            limits.parse_xml(data, "a.docx", "word/document.xml")


_MEASURE = """
import sys, time
from pathlib import Path
sys.path.insert(0, "tests")
from ingest.readers import FORMATS
from pace import slowness
from rag.errors import DocumentError
ending, expression = sys.argv[1:]
data = eval(expression)
began = time.process_time()
try:
    outcome = f"read {len(FORMATS[ending](data, 'a' + ending).text)}"
except DocumentError as error:
    outcome = f"refused {error}"
seconds = time.process_time() - began
# Not ru_maxrss: that of a child begins with its parent's.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(seconds, slowness(), int(peak.split()[1]) // 1024, outcome)
"""

HEAVY = {
    "one line of Chinese": (".txt", "('档案管理办法' * 2_900_000).encode()", "read 17400000"),
    "one line of Latin": (".txt", "b'records ' * 6_500_000", "read 52000000"),
    "spaces": (".txt", "b'a' + b' ' * 50_000_000", "read 50000001"),
    "GB18030": (".txt", "('档案管理办法' * 4_300_000).encode('gb18030')", "read 25800000"),
    "lines": (".txt", "b'a\\n' * 25_000_000", "refused a.txt: more than 2000000 lines; split the file"),
    "one line of Markdown": (".md", "b'records ' * 6_500_000", "refused a.md: 50 MiB is over the limit"),
    "Markdown up to the limit": (".md", "b'records **kept** ' * 240_000", "read"),
    "Markdown brackets": (".md", "b'[' * 90_000", "read 90000"),
    "Markdown definitions": (".md", "b'[a]: /x\\n' * 400_000", "read"),
    "Markdown nesting": (".md", "b'- ' * 1_000_000 + b'a'", ""),
    "one line of HTML": (".html", "b'<p>' + b'records ' * 6_500_000", "refused a.html: 50 MiB is over the limit"),
    "HTML elements": (".html", "b'<p>ab' * 290_000", "read"),
    "HTML cells": (".html", "b'<table><tr>' + b'<td colspan=999 rowspan=999>a' * 3000 + b'<tr><td>a' * 3000", ""),
    "HTML links": (".html", "(b'<div>' * 100 + b'<a href=x>t</a>' + b'</div>' * 100) * 1400", "read"),
    "Word paragraphs": (
        ".docx",
        "__import__('word_xml').word("
        "''.join(__import__('word_xml').p(f'第{n}条 档案{n * n}') for n in range(150_000)))",
        "read",
    ),
}  # fmt: skip
"""What → ending, bytes, how the outcome begins."""


@pytest.mark.slow
@pytest.mark.parametrize("what", HEAVY)
def test_large_and_hostile_files_stay_within_time_and_memory(what: str) -> None:
    ending, expression, outcome = HEAVY[what]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, ending, expression],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    seconds, slow, mebibytes, found = done.stdout.strip().split(" ", 3)
    assert found.startswith(outcome)
    assert float(seconds) <= LIMIT_CPU_S * float(slow)
    assert int(mebibytes) <= 1024


@pytest.mark.parametrize(
    "unit", ["各部门应当按照规定办理，", "第3条规定（2）金额12元，", "The department shall handle it, "]
)
def test_a_line_without_end_is_outlined_in_a_few_seconds(unit: str) -> None:
    source = FORMATS[".txt"](f"办法\n\n第一条 {unit * (800_000 // len(unit))}\n第二条 完。\n".encode(), "a.txt")
    began = time.process_time()
    (document,) = outline(source, "a")
    assert [section.number for section in document.sections] == ["", "第一条", "第二条"]
    assert is_in_time(time.process_time() - began)
