"""What is removed as no part of a document, and what must never be."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning import removed_spans
from ingest.nodes import plain_source
from ingest.source import Block, SourceText

REAL = [
    "通过县政府网站（www.example.gov.cn）向社会公示，公示期不少于七日。",
    "咨询电话：0471-1234567。",
    "登录省人力资源部门网站（www.example.gov.cn）下载《岗位补贴申请表》。",
    "关注“某县发布”微信公众号，及时了解防汛信息。",
    "联系人：张三，QQ：123456789，邮箱：zhangsan@example.com。",
    "第五条 涉密文件仅供本单位人员查阅，严禁外传。",
    "会议材料仅供参会人员使用，请勿外传。",
    "（三）未经许可不得转载馆藏图片。",
    "课题成果的版权归单位所有，未经许可不得使用。",
    "举报电话：12345，举报属实的给予奖励。",
    "扫描二维码关注“市图书馆”公众号，办理预约。",
    "参训人员扫描二维码领取培训资料。",
    "读者可以开通会员，享受借阅优惠。",
    "以下是我们整理的问题清单，供各单位参考。",
    "希望以上建议对大家有所帮助。",
    "本文由办公室整理，各科室核对。",
    "购买消防器材应当认准强制性产品认证标志。",
    "网络购票请选择官方网站，认准官方标识。",
    "更多公文材料请见附件。",
    "材料由办公室整理，联系电话：0471-7654321。",
    "工作交流群：12345678",
    "打印室管理制度",
    "下载全文请点击附件。",
    "来源：市统计局，更多数据见统计年鉴。",
    "各单位要加强公文写作培训，下载学习课件，提高文字材料质量。",
    "不得进入境外网站www.example.com下载课件。",
    "请各单位登录培训平台（www.example.com）报名。",
    "转载请注明出处的规定，适用于本馆网站。",
    "严禁出现“更多范文请访问某某网”等广告内容。",
    "群众可以加入志愿者QQ群（12345678）参加活动。",
    "订阅号运营由宣传科负责。",
    "供应商应当登录采购网（www.example.com）注册会员，提交资料后报名。",
    "第八条 读者登录图书馆网站（www.example.com）注册会员，下载电子书。",
    "第三页的数据有误。",
    "凡引用本规范的，应当注明标准编号。",
    "仅供个人学习、研究使用，严禁用于商业用途。",
    "禁止转载。",
    "如有侵权，请联系办公室删除。",
    "版权归属与使用管理办法",
    "读者可关注公众号“某某图书馆”，回复“会员”领取电子会员卡。",
    "请登录本馆网站（www.example.com）下载报名表和培训课件，填写后发送至办公室邮箱。",
    "学员可扫描二维码，添加培训微信群，领取培训资料和课件。",
    "请关注公众号“某某馆服务”，回复“培训”获取课件。",
    "参训人员扫码进群，获取更多课件。",
    "学员登录培训平台（www.example.com）下载范文，课后修改。",
    "各单位可登录县政府网站（www.example.gov.cn）下载公文模板。",
    "请加QQ群12345678下载报名表和资料。",
    "报名网站，请认准县人才网www.example.com，谨防假冒。",
    "立即开通绿色通道，保障群众出行。",
    "严厉打击倒卖文物的违法活动。",
    "公文写作要认准文种，规范格式。",
    "以上是我为大家介绍的情况，供大家参考。",
    "资料来源：公文处理系统",
    "本材料由市政务服务平台提供数据支撑。",
    "会员交流群：12345678",
    "户外设施由管理科审批（广告除外）。",
    "员工可以从公司网站www.example.com查询工资，访问www.example.com修改密码，也可以通过www.example.com请假。",
]


@pytest.mark.parametrize("line", REAL)
def test_a_real_clause_stays_whole(line):
    text = "\n".join(
        ["某县工作通知", *["各单位要认真抓好落实，按时报送情况，做好总结。"] * 30, line, *["特此通知。"] * 20]
    )
    assert removed_spans(plain_source(text)) == ()


@pytest.mark.parametrize("line", REAL)
def test_a_real_clause_stays_whole_at_the_edge_of_a_file_too(line):
    assert removed_spans(plain_source(line)) == ()


@pytest.mark.parametrize("line", REAL)
@pytest.mark.parametrize("heading", ["第一条 使用范围", "一、使用范围", "（一）使用范围"])
def test_the_body_of_a_numbered_section_stays_whole(heading, line):
    assert removed_spans(plain_source(f"使用规定\n{heading}\n{line}")) == ()
    assert removed_spans(plain_source(f"使用规定\n{heading}\n{line}\n第九条 本规定自发布之日起施行。")) == ()


@pytest.mark.parametrize("row", ["大 | 中 | 小", "打印 | 下载 | 分享", "首页 | 微信"])
@pytest.mark.parametrize("kind", ["table_header", "table_row"])
def test_the_cells_of_a_table_are_no_buttons(kind, row):
    text = f"规格表\n{row}\n10 | 8 | 6"
    row_end = 4 + len(row)
    blocks = (
        Block(start=0, end=3),
        Block(start=4, end=row_end, kind=kind, table=0),
        Block(start=row_end + 1, end=len(text), kind="table_row", table=0),
    )
    assert removed_spans(SourceText(text=text, blocks=blocks, format="md")) == ()


@pytest.mark.parametrize("nag", ["仅供学习 禁止外传", "【会员资料仅供内部交流使用，严禁外传】", "转载请注明出处"])
def test_a_copying_notice_around_the_document_goes(nag):
    body = "工作计划\n一、目标\n按期完成。\n二、检查\n每季度检查一次。\n办公室\n2024年3月1日"
    assert _left(f"{nag}\n{body}").strip() == body
    assert _left(f"{body}\n{nag}").strip() == body
    assert _left(body.replace("\n一", f"\n{nag}\n一")) == body.replace("\n一", "\n\n一")


def test_what_looks_like_a_copying_notice_goes_below_the_last_sentence_but_never_empties_a_section():
    notice = "【本资料仅供学习参考，严禁外传】"
    assert _left(f"工作计划\n一、目标\n按期完成。\n{notice}") == "工作计划\n一、目标\n按期完成。\n"
    emptied = f"工作计划\n一、目标\n按期完成。\n二、使用范围\n{notice}"
    assert _left(emptied) == emptied


def test_a_heading_of_the_format_counts_as_a_number_does():
    text = "使用规定\n使用范围\n禁止外传"
    blocks = (Block(start=0, end=4, kind="heading"), Block(start=5, end=9, kind="heading"), Block(start=10, end=14))
    assert removed_spans(SourceText(text=text, blocks=blocks, format="md")) == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("重要思想，进入某某家园网站（www.example.com）下载更多范文视察时的讲话。", "重要思想，视察时的讲话。"),
        ("周日食堂不开放。\n【广告】附近房源，押一付一，详询展架。\n周一照常。", "周日食堂不开放。\n\n周一照常。"),
        ("报告厅在二楼。【推广】新店开业，进店有礼。大门有人值守。", "报告厅在二楼。大门有人值守。"),
        ("会议精神，进入某某家园网站（www.example.com）下载更多范文，切实统一思想。", "会议精神，切实统一思想。"),
        ("工作部署。进入某某家园网站（www.example.com）下载更多范文。坚持把任务落实。", "工作部署。坚持把任务落实。"),
        ("等形式，公文写作网站，请认准某某家园www.example.com。深入开展学习。", "等形式，深入开展学习。"),
        ("提高能力，公文写作网站，请认准某某家园www.example.com。", "提高能力。"),
        ("提高能力。公文写作网站，请认准某某家园www.example.com。", "提高能力。"),
        ("做好教育活动。来自某某阁,海量优质文字材料和PPT课件", "做好教育活动。"),
        ("营造氛围。以下是网友为您整理分享的“工作要点”相关范文,供您参考!", "营造氛围。"),
        ("更多精彩范文尽在某某文库网（www.example.com）！各单位要落实。", "各单位要落实。"),
        ("各单位要落实。关注微信公众号“某某文库”，回复“范文”免费领取资料包。", "各单位要落实。"),
        ("登录某某家园网站（www.example.com）注册会员，下载更多精品范文。各单位要落实。", "各单位要落实。"),
        ("一、登录某某文库（www.example.com）注册会员，海量公文任您下载。\n二、检查", "一、。\n二、检查"),
        ("分享:\n首页\n>\n年度计划", "\n\n\n年度计划"),
        ("本文来自某某文秘网，转载请注明出处\n一、总体要求", "\n一、总体要求"),
        ("【本资料仅供学习参考，严禁外传】\n年度计划", "\n年度计划"),
        ("仅供学习 禁止外传 用后删除\n年度计划", "\n年度计划"),
        ("年度计划\n某某文行整理，咨询QQ123456789\n一、目标", "年度计划\n\n一、目标"),
        ("年度计划\n想要获取更多公文材料，请加QQ群123456789\n一、目标", "年度计划\n\n一、目标"),
        ("年度计划\n某某家园\n一、目标，公文写作网站，请认准某某家园www.example.com。", "年度计划\n\n一、目标。"),
        ("年度计划\n- 3 -\n一、目标", "年度计划\n\n一、目标"),
        ("首页 > 政务公开 > 通知公告\n年度计划", "\n年度计划"),
        ("年度计划\n【打印】 【关闭】\n", "年度计划\n\n"),
    ],
)
def test_what_is_left_reads_on(text, left):
    assert _left(text) == left


def test_a_site_set_into_sentences_again_and_again_is_a_watermark():
    text = (
        "加强领导某某文库www.example.com落实责任。\n"
        "完善某某文库www.example.com制度。\n强化某某文库www.example.com督查。"
    )
    assert _left(text) == "加强领导落实责任。\n完善制度。\n强化督查。"


def test_the_lines_of_a_reseller_at_the_head_go_and_the_title_stays():
    text = (
        "仅供学习 禁止外传\n某某文行\n自建平台、实时分享\n现在订阅立享前3年的所有权益和资料\n【打击倒卖活动】\n"
        "举报倒卖会员资料的人，举报成功免费赠送一年会员材料！\n\n镇文化站2023年工作总结\n\n今年以来，工作有序开展。"
    )
    assert _left(text).split() == ["镇文化站2023年工作总结", "今年以来，工作有序开展。"]


def test_what_recurs_at_the_edge_of_pages_is_furniture():
    pages = [f"某局文件汇编\n第{i}部分内容各不相同的正文{'甲乙丙丁戊'[i]}。\n某局 {i}\n" for i in range(5)]
    text = "".join(pages)
    starts, at = [], 0
    for page in pages:
        starts.append(at)
        at += len(page)
    source = SourceText(text=text, blocks=(Block(start=0, end=len(text)),), format="pdf", page_starts=tuple(starts))
    left = _without(text, removed_spans(source))
    assert "汇编" not in left
    assert "某局" not in left
    assert left.count("正文") == 5


def test_a_title_below_a_running_head_of_the_same_words_stays():
    pages = [
        f"阅览规则\n{'阅览规则' if not i else ''}\n第{n}条 {n}号阅览室的开放时间。\n" for i, n in enumerate("一二三")
    ]
    starts = tuple(len("".join(pages[:i])) for i in range(3))
    text = "".join(pages)
    source = SourceText(text=text, blocks=(Block(start=0, end=len(text)),), format="pdf", page_starts=starts)
    spans = removed_spans(source)
    assert [(span.start, span.text) for span in spans] == [(start, "阅览规则") for start in starts]


@pytest.mark.parametrize("place", ["    第 {} 页 共 3 页", "　第{}页", " | Page {} of 3", " - Page {}"])
def test_running_heads_with_the_number_of_their_page_are_furniture(place):
    pages = [f"阅览规则{place.format(i)}\n第{n}条 {n}号阅览室的开放时间。\n" for i, n in enumerate("一二三", start=1)]
    assert _left("".join(pages)).split() == ["阅览规则"] + [
        part for n in "一二三" for part in (f"第{n}条", f"{n}号阅览室的开放时间。")
    ]


def test_a_title_below_the_first_running_head_is_not_doubled():
    text = "阅览规则 第 1 页 共 2 页\n阅览规则\n第一条 开放时间。\n阅览规则 第 2 页 共 2 页\n第二条 借阅。"
    assert _left(text).split() == ["阅览规则", "第一条", "开放时间。", "第二条", "借阅。"]


@pytest.mark.parametrize("numbers", [(3, 3, 3), (5, 4, 6), (3, 4)])
def test_a_page_that_is_referred_to_stays(numbers):
    text = "阅览规则\n" + "".join(f"开放时间见手册第{number}页\n" for number in numbers)
    assert removed_spans(plain_source(text)) == ()


@given(st.text(alphabet="公文范文网站www.example.com请认准，。QQ整理咨询12345\n仅供学习禁止外传", max_size=300))
def test_spans_are_in_order_and_quote_the_text(text):
    spans = removed_spans(plain_source(text))
    assert all(span.text == text[span.start : span.end] and span.text for span in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def _left(text):
    return _without(text, removed_spans(plain_source(text)))


def _without(text, spans):
    for span in reversed(spans):
        text = text[: span.start] + text[span.end :]
    return text
