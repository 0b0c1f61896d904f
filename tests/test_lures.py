"""Advertising told by its vocabulary and its name; a document's own words about downloads and members stay."""

from time import process_time

import pytest
from pace import slowness

from ingest.cleaning import removed_spans
from ingest.nodes import plain_source
from ingest.readers import read_data

HEAD = "档案借阅工作要点\n一、登记。借阅档案要登记。\n"


def left(text):
    kept, at = "", 0
    for span in removed_spans(plain_source(text)):
        kept, at = kept + text[at : span.start], span.end
    return kept + text[at:]


@pytest.mark.parametrize(
    "line",
    [
        "【砚田素材库】每日更新会议纪要、讲话稿，会员仅需99元/年",
        "砚田文库 会员免费下载 客服QQ：123456789",
        "砚田文库整理，侵删",
        "——砚田驿站会员专享，转载必究——",
        "[For reference only. Get thousands of report templates at www.example.com - members save 40%]",
        "Skip to main content",
    ],
)
def test_a_line_of_advertising_goes(line):
    assert left(f"{line}\n{HEAD}").strip() == HEAD.strip()


def test_what_an_advertisement_calls_itself_tells_its_other_lines():
    text = "砚田文库整理，侵删\n" + HEAD + "二、利用。全年开放30天，砚田文库，会员免费下载，接待读者200人次。\n"
    assert left(text).endswith("二、利用。全年开放30天，接待读者200人次。\n")


@pytest.mark.parametrize(
    "line",
    [
        "读者凭借阅证可以在馆内免费下载电子资料。",
        "会员缴纳会费后，由工会发给会员证。",
        "扫码关注后点击“办事大厅”，按提示填写资料。",
        "各科室于月底前将总结材料上传至内网。",
        "图书丢失的，按原价赔偿。",
        "Members may borrow up to ten books.",
    ],
)
def test_a_documents_own_words_stay(line):
    assert left(f"{HEAD}{line}\n") == f"{HEAD}{line}\n"


def test_a_row_of_a_table_stays():
    source = read_data("<h1>资料</h1><table><tr><td>会员下载</td><td>免费下载</td></tr></table>".encode(), "a.html")
    assert "会员下载" in source.text
    assert removed_spans(source) == ()


def test_a_line_of_a_megabyte_is_read_in_time():
    line = "砚田文库，会员免费下载，全年接待读者，更多范文请登录砚田文库，" * 20_000
    begun = process_time()
    removed_spans(plain_source(f"砚田文库整理，侵删\n{line}\n"))
    assert process_time() - begun < 20 * slowness()
