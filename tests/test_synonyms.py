"""The synonym file: groups, one-way lines, mistakes named by file and line, reload without restart."""

import os

import pytest

from rag.errors import SettingsError
from rag.synonyms import SHIPPED, SynonymFiles, read_synonyms


def synonyms(tmp_path, text):
    path = tmp_path / "words.txt"
    path.write_text(text, encoding="utf-8")
    return read_synonyms([path])


FILE = """# our words
出差补助 = 伙食补助费 = 差旅补贴   # a comment
饭补 => 伙食补助费 = 伙食费
leave slip = absence form
出差 = 公出
"""


@pytest.mark.parametrize(
    ("question", "expansions"),
    [
        ("出差补助多少？", ("伙食补助费", "差旅补贴")),
        ("差旅補貼多少？", ("出差补助", "伙食补助费")),
        ("饭补多少？", ("伙食补助费", "伙食费")),
        ("伙食费多少？", ()),
        ("Where are the leave slips?", ("absence form",)),
        ("我要出差", ("公出",)),
        ("annual leave", ()),
        ("", ()),
    ],
)
def test_words_of_a_group_stand_for_each_other(tmp_path, question, expansions):
    assert synonyms(tmp_path, FILE).expansions(question) == expansions


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("出差补助", "words.txt, line 2: '出差补助' is no group"),
        ("饭补 = ", "words.txt, line 2: '' is no word"),
        ("饭补 = 饭钱 => 餐补", "words.txt, line 2: '饭补 = 饭钱 => 餐补' is no group"),
        ("饭补 => 饭钱 => 餐补", "words.txt, line 2: '饭补 => 饭钱 => 餐补' is no group"),
        ("， = 。", "words.txt, line 2: '，' is no word"),
        ("=".join("abcdefghijklmnopqrstuvwxyz" * 2), "is no group"),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path, line, message):
    with pytest.raises(SettingsError) as error:
        synonyms(tmp_path, f"# words\n{line}\n")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_not_utf8_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="nowhere.txt cannot be read"):
        read_synonyms([tmp_path / "nowhere.txt"])
    (tmp_path / "gbk.txt").write_bytes("饭补 = 餐补".encode("gbk"))
    with pytest.raises(SettingsError, match=r"gbk.txt is not UTF-8"):
        read_synonyms([tmp_path / "gbk.txt"])


def test_a_changed_file_counts_without_a_restart_and_a_spoilt_one_does_not(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("饭补 = 餐补\n", encoding="utf-8")
    files = SynonymFiles([path])
    assert files.current().expansions("饭补") == ("餐补",)
    for content, expected, time in (
        ("饭补 = 伙食费\n", ("伙食费",), 1_000),
        ("饭补\n", ("伙食费",), 2_000),
        ("饭补 = 饭钱\n", ("饭钱",), 3_000),
    ):
        path.write_text(content, encoding="utf-8")
        os.utime(path, (time, time))
        assert files.current().expansions("饭补") == expected


def test_the_shipped_file_is_sound():
    assert read_synonyms([SHIPPED]).expansions("产假") != ()
