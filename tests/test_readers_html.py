"""HTML: the document without its site."""

from __future__ import annotations

import pytest

from ingest.readers.html import read_html
from ingest.source import SourceText
from rag.errors import DocumentError


def read(body: str, head: str = '<meta charset="utf-8">') -> SourceText:
    return read_html(f"<html><head>{head}</head><body>{body}</body></html>".encode(), "a.html")


def texts(body: str) -> list[str]:
    source = read(body)
    return [source.text[block.start : block.end] for block in source.blocks]


PROSE = "".join(
    f"<p>第{n}条 各部门应当按照规定登记、保管和移交档案，并接受档案室的监督指导。</p>" for n in "一二三四五"
)


@pytest.mark.parametrize(
    "furniture",
    [
        "<nav><a href='/'>首页</a></nav>",
        "<header><a href='/'>云溪县机关</a></header>",
        "<footer>版权所有</footer>",
        "<aside>相关阅读</aside>",
        "<div role='navigation'>栏目</div>",
        "<div style='display:none'>隐藏</div>",
        "<div hidden>隐藏</div>",
        "<div aria-hidden='true'>隐藏</div>",
        "<script>var a = 1</script><style>p{}</style><noscript>请启用脚本</noscript>",
        "<div class='breadcrumb'><a href='/'>首页</a> &gt; 制度</div>",
        "<div><a href='/a'>首页</a> &gt; <a href='/b'>公开</a> &gt; <a href='/c'>制度</a></div>",
        "<ul><li><a href='/1'>通知一</a></li><li><a href='/2'>通知二</a></li><li><a href='/3'>通知三</a></li></ul>",
        "<div><a href='javascript:print()'>打印</a> <a href='#' onclick='x()'>收藏</a></div>",
        "<div id='qr_box'>扫码打开</div>",
        "<form><input value='搜'><button>检索</button><select><option>全部</select></form>",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_site_furniture_is_left_out(furniture: str, before: bool) -> None:
    content = f"<div class='text'>{PROSE}</div>"
    body = furniture + content if before else content + furniture
    assert texts(body) == texts(content)


def test_text_after_the_content_is_dropped_only_if_it_is_no_sentence() -> None:
    body = f"<div>{PROSE}</div><div>ICP备0000号</div><div>本办法由档案室负责解释。</div><h2>附件</h2>"
    assert texts(body)[5:] == ["本办法由档案室负责解释。", "附件"]


def test_links_inside_the_document_are_kept() -> None:
    body = (
        f"<div>{PROSE}<h2>Resources</h2><ul>"
        + "".join(f"<li><a href='/{n}'>Guide {n}</a></li>" for n in range(4))
        + "</ul></div>"
    )
    assert texts(body)[5:] == ["Resources", "• Guide 0", "• Guide 1", "• Guide 2", "• Guide 3"]


def test_marked_main_content_excludes_the_rest() -> None:
    body = f"<div>今日要闻：全县会议召开。</div><main>{PROSE}{PROSE}</main><p>责任编辑：某某。</p>"
    assert len(texts(body)) == 10


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>各级\n   人民政府 应当</p>", ["各级人民政府 应当"]),
        ("<p>the\n  policy&nbsp;applies</p>", ["the policy applies"]),
        ("<p>一<br>二</p>三<div>四</div>", ["一", "二", "三", "四"]),
        ("<p>a<b>b</b><span> c</span></p>", ["ab c"]),
        ("<ol><li>one<li>two<ol type=a><li>x</ol><li value=9>nine</ol>", ["1. one", "2. two", "a. x", "9. nine"]),
        ("<ul><li><p>one</p><p>more</p></ul>", ["• one", "more"]),
        ("<dl><dt>Leave</dt><dd>time off</dd></dl>", ["Leave", "time off"]),
        ("<pre>a  b\nc</pre>", ["a b", "c"]),
        ("<p>1 &lt; 2 &amp; 3</p>", ["1 < 2 & 3"]),
        ("<p>　　第一条　总则</p>", ["第一条　总则"]),
        ("<!-- a --><p>b</p><?php c ?>", ["b"]),
    ],
)
def test_words_and_breaks(body: str, wanted: list[str]) -> None:
    assert texts(body) == wanted


def test_headings_and_looks() -> None:
    source = read(
        "<h2>标准</h2><p style='text-align:center'><b style='font-size:18pt'>通知</b></p><p>正文<b>词</b></p>"
    )
    looks = [(block.kind, block.level, block.bold, block.centered, block.size_pt) for block in source.blocks]
    assert looks == [
        ("heading", 2, False, False, None),
        ("paragraph", None, True, True, 18.0),
        ("paragraph", None, False, False, None),
    ]


def test_data_tables_have_rows_and_layout_tables_do_not() -> None:
    data = (
        "<table><thead><tr><th rowspan=2>级别</th><th colspan=2>标准</th></tr>"
        "<tr><th>省内</th><th>省外</th></tr></thead>"
        "<tr><td>一级</td><td>300</td><td>400</td></tr></table>"
    )
    layout = f"<table role='presentation'><tr><td>{PROSE}</td><td>边栏说明。</td></tr></table>"
    body = f"{layout}<table><tr><td>{data}</td></tr></table>"
    assert texts(body)[5:] == [
        "边栏说明。",
        "级别 | 标准",
        "级别 | 省内 | 省外",
        "级别：一级；标准/省内：300；标准/省外：400",
    ]


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030"])
def test_declared_encodings(declared: str) -> None:
    page = f"<meta http-equiv='Content-Type' content='text/html; charset={declared}'><p>档案管理办法</p>"
    assert read_html(page.encode("gb18030"), "a.html").text == "档案管理办法"


def test_a_wrong_declaration_is_not_believed() -> None:
    page = "<meta charset=gbk><p>第一条 档案管理办法。</p>".encode()
    assert read_html(page, "a.html").text == "第一条 档案管理办法。"


def test_the_title_element_is_the_title() -> None:
    assert read("<p>a</p>", "<title> 档案\n办法 </title>").title == "档案 办法"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html><script>x</script></html>", "holds no text"),
        (b"<!-- -->", "holds no text"),
        (b"<div>" * 5000 + b"x", "nests over 256 elements deep"),
        (b"<br>" * 300_001, "more than 300000 tags"),
        (b"", "is empty"),
    ],
)
def test_pages_that_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_html(data, "a.html")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>The fee is <del>5</del> <ins>8</ins> pounds.</p>", ["The fee is 8 pounds."]),
        ("<p>借期<s>十</s>五日。</p><p><strike>第二条 作废。</strike></p>", ["借期五日。"]),
        ("<p>借期<span style='text-decoration: line-through'>十</span>五日。</p>", ["借期五日。"]),
        ("<ol><li>甲</li><li><del>乙</del></li><li>丙</li></ol>", ["1.甲", "3.丙"]),
        ("<table><tr><th>岗位</th><th>标准</th></tr><tr><td>科员</td><td><s>30</s>40元</td></tr></table>",
         ["岗位 | 标准", "岗位：科员；标准：40元"]),
    ],
)  # fmt: skip
def test_struck_out_text_is_left_out_and_told(body: str, wanted: list[str]) -> None:
    assert texts(body) == wanted
    assert [warning.split(":")[0] for warning in read(body).warnings] == ["struck-out text was left out"]


def test_what_was_struck_out_is_quoted() -> None:
    body = "<p>有效。</p>" + "".join(f"<p><s>第{n}条 {'旧' * 40}</s></p>" for n in "一二三四")
    shown = " / ".join(f"第{n}条 {'旧' * 26}…" for n in "一二三")
    assert read(body).warnings == (f"struck-out text was left out: {shown} …",)


@pytest.mark.parametrize(
    ("title", "headings", "wanted"),
    [
        ("借阅规则_规章制度_某某图书馆", "<h3>借阅规则</h3>", "借阅规则"),
        ("借阅规则-某某图书馆", "<h2>借阅规则</h2>", "借阅规则"),
        ("Lending rules | Example Library", "<h1>Example Library</h1><h1>Lending rules</h1>", "Lending rules"),
        ("Lending - Fees - Example Library", "<h2>Lending</h2><h2>Lending - Fees</h2>", "Lending - Fees"),
        ("Lending-rules", "<h2>Lending</h2>", "Lending-rules"),
        ("借阅规则（试行）", "<h2>借阅规则</h2>", "借阅规则（试行）"),
        ("某某图书馆", "<h2>借阅规则</h2>", "某某图书馆"),
    ],
)
def test_the_heading_parts_the_title_from_the_site(title: str, headings: str, wanted: str) -> None:
    assert read(headings + PROSE, f'<meta charset="utf-8"><title>{title}</title>').title == wanted
