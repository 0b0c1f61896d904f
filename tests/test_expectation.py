"""What kind of thing an answer must hold is read from the question."""

import pytest

from rag.expectation import expectation_of


@pytest.mark.parametrize(
    ("question", "kind", "meets", "fails"),
    [
        ("住宿费一天多少钱？", "money", "每人每天350元。", "由部门负责人审批。"),
        ("超标部分占多少比例？", "percentage", "占百分之五。", "共5人。"),
        ("几天内报销？", "deadline", "应当在15日内报销。", "连续出差超过7天的，凭发票报销。"),
        ("最晚几天要报备？", "deadline", "租赁后3日内报备。", "连续租赁超过7天的，应当报备。"),
        ("换届最迟几月份要搞完？", "date", "换届在6月底前完成。", "做好新时代换届工作。"),
        ("充一度电收多少？", "money", "每度1.2元。", "新建充电桩24个，8月底前通电。"),
        ("打碎了要赔多少？", "money", "按定价的五倍赔偿。", "应当赔偿。"),
        ("What do we do when the alarm goes off?", "", "Leave the building.", None),
        ("年休假可以休几天？", "days", "年休假10天。", "可以在次年6月30日以前补休。"),
        ("休假可以休几天？", "days", "休假5天。", "应当在当年安排，次月补办手续。"),
        ("保存几年？", "days", "保存十五年。", "自2024年1月1日起施行。"),
        ("多久报一次销？", "frequency", "每月报销一次。", "凭发票报销。"),
        ("报销期限是多长？", "duration", "每月10日以前报销。", "凭发票报销。"),
        ("How many days of leave are there?", "days", "Staff have 25 days.", "Leave is asked for in writing."),
        ("图书馆几点关门？", "clock", "晚上7时闭馆。", "周一闭馆。"),
        ("什么时候公示？", "date", "每月5日前公示。", "在公告栏公示。"),
        ("全年培训几次？", "count", "全年不少于两次。", "2022年投入5万元。"),
        ("名录里有几家供应商？", "count", "名录共有12家。", "单笔5000元以上的，两人以上验收。"),
        ("分几个步骤？", "count", "分三步办理。", "30日内办理。"),
        ("一次能借几本？", "count", "每次可以借图书8册。", "借期30天。"),
        ("规模多大？", "number", "规模为XX人。", "扩大规模。"),
        ("多长时间检查一次？", "frequency", "每季度检查一次。", "应当检查。"),
        ("经验材料多久报几篇？", "frequency", "每季度报送1篇。", "应当报送。"),
        ("评估费由谁承担？", "payer", "评估费从专项经费列支。", "应当委托评估机构评估，报告有效期1年。"),
        ("Who pays for the survey?", "payer", "The tenant bears the cost.", "A survey is made each year."),
        ("补考在什么地方考？", "place", "补考在2号楼机房进行。", "不合格的可以补考一次。"),
        ("区别在哪里？", "", "标准不同。", None),
        ("场地最长用几个小时？", "days", "每次不超过4小时。", "提前二十日提出。"),
        ("哪些书不能选？", "prohibition", "杂志不在选借范围。", "每次两册。"),
        ("定于哪一天召开？", "date", "6月9日召开。", "2020年第一次会议。"),
        ("哪天公布？", "date", "每月底前公布。", "及时公布。"),
        ("投诉打哪个号码？", "telephone", "电话：0571-8812345。", "设立投诉电话。"),
        ("要在多少分钟内报告？", "deadline", "30分钟内报告。", "适用于24小时自助图书馆。"),
        ("What's the hotel ceiling?", "money", "£96 a night.", "It is set each year."),
        ("窗口电话是多少？", "telephone", "咨询电话：0571-8812345。", "共12人。"),
        ("袖标是什么颜色？", "colour", "佩戴红色袖标。", "佩戴袖标。"),
        ("二级人员住宿限额多少钱？", "money", "人员级别：二级；一类城市：420；二类城市：360", "凭票报销。"),
        ("要几个人签字才行吗？", "", "由部门负责人签字。", None),
        ("在档案馆哪些事不许干？", "prohibition", "不得涂改、撕毁档案。", "档案可以借阅。"),
        (
            "What are visitors not allowed to do, and what is forbidden?",
            "prohibition",
            "No one may smoke.",
            "Ask the desk.",
        ),
        ("有哪些不错的做法？", "", "推行网上办理。", None),
        ("How long is the loan?", "duration", "The loan period is 14 days.", "Ask the desk."),
        ("How much is the fine?", "money", "A fine of 5 euros is due.", "No one may smoke."),
        ("由谁审批？", "approval", "由部门负责人审批。", "分三步办理。"),
        ("请四天事假，找谁批？", "approval", "报单位主要领导。", "病假可以电话报告、返岗后补办手续。"),
        (
            "想加一期培训班，预算8万，找谁批？",
            "approval",
            "10万元以内的由单位主要负责人审批。",
            "对骗取资金的，责令追回。",
        ),
        (
            "Who has to say yes to a loan?",
            "approval",
            "£30,001 to £150,000: a director",
            "Keys are handed back by nine.",
        ),
        ("研讨会由谁主持？", "office", "由分管领导主持。", "全年召开研讨会两次。"),
        ("人才由哪个部门认定？", "office", "由人事科认定。", "经认定的人才不受次数限制。"),
        ("停车位怎么收费？", "charge", "每小时收取2元。", "增设停车位40个，5月底前拿出方案。"),
        ("少建了两个是咋回事？", "reason", "因消防手续未办结，少建2个。", "每年建16个。"),
        ("为什么要交300元？", "", "免收押金。", None),
        ("专员每月发多少补贴？", "money", "每月补贴300元。", "5月发放一次性奖励2000元。"),
        ("使用费能退多少？", "money", "退还百分之五十。", "提前五日通知。"),
        (
            "What does the half-day course for using the projector cost?",
            "money",
            "It costs £20.",
            "A half-day course is held.",
        ),
        ("会议一年开几次？", "count", "每年两次。", "学习贯彻十九届二中全会精神。"),
        ("自助借阅点有多少个？", "count", "建成35个。", "图书每季度更换一次，不低于百分之三十。"),
        ("多少天内发证？", "deadline", "15日内发证。", "赠送终身读者证。"),
    ],
)
def test_kind(question, kind, meets, fails):
    expected = expectation_of(question)
    assert expected.kind == kind
    assert expected.is_met_by(meets)
    assert fails is None or not expected.is_met_by(fails)


def test_a_level_inside_a_range_is_not_missing():
    assert expectation_of("七级人员提前几天？").missing_levels("六级以上人员提前三个月") == ()
    assert expectation_of("How long for grade 7?").missing_levels("Grades 6 to 8: three months") == ()
    assert expectation_of("How long for category 3?").missing_levels("categories 2 and above: a week") == ()


def test_a_level_that_the_clause_does_not_name_is_missing():
    expected = expectation_of("四级人员在一类城市的住宿限额是多少？")
    assert expected.missing_levels("三级人员在一类城市的限额为360元") == ("四级",)
    assert expectation_of("What does grade B get?").missing_levels("Grade A: 40 euros") == ("grade b",)


def test_a_size_is_missing_only_where_others_are_named():
    expected = expectation_of("大型活动要交哪些材料？")
    assert expected.missing_levels("活动应当提交申请表") == ()
    assert expected.missing_levels("小型活动应当提交申请表") == ("大型",)


def test_a_level_of_government_is_undefined_beside_others():
    expected = expectation_of("市级的创新企业奖励多少？")
    assert expected.undefined_levels("国家级创新企业奖励50万元，省级创新企业奖励20万元") == ("市级",)
    assert expected.undefined_levels("市级创新企业奖励5万元") == ()
    assert expectation_of("市级机关的标准是多少？").levels == ()
    assert expectation_of("丁级人员报多少？").undefined_levels("甲级800元，乙级580元") == ("丁级",)
    assert expectation_of("己类人员报多少？").undefined_levels("甲类800元，戊类580元") == ("己类",)
    assert expectation_of("河东市级的标准是多少？").levels == ()


@pytest.mark.parametrize(
    ("text", "other"), [("2022年培训14期", True), ("2021年培训12期", False), ("每年培训14期", False)]
)
def test_years(text, other):
    assert expectation_of("2021年培训几期？").other_years(text) is other


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("2021年和2023年培训几期？", ("2021", "2023")),
        ("每学时能给2000元吗？", ()),
        ("可以借2000 册吗？", ()),
        ("Is a grant of 2000 euros given in 2024?", ("2024",)),
        ("2021-2023三年一共办了几期？", ("2021", "2023")),
    ],
)
def test_years_of_a_question_are_not_its_amounts(question, years):
    assert expectation_of(question).years == years


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("限额按照城市类别确定，具体见《住宿费限额标准表》。", True),
        ("收费标准见附件2。", True),
        ("按照《住宿费限额标准表》执行。", True),
        ("The limits are set out in Annex 2.", True),
        ("由部门负责人审批，意见不一致的报分管领导。", False),
        ("本办法依据《预算法》制定。", False),
        ("The head of department signs the form.", False),
    ],
)
def test_a_clause_that_says_where_a_figure_stands(text, points):
    assert expectation_of("住宿费限额是多少？").is_pointed_to_by(text) is points
    assert not expectation_of("要带什么？").is_pointed_to_by(text)


@pytest.mark.parametrize(
    ("question", "text", "undefined"),
    [
        ("四类培训的定额是多少？", "一类培训640元，二类培训520元", ("四类",)),
        ("四类培训的定额是多少？", "培训费每人每天640元", ()),
        ("六星志愿者要满多少小时？", "满100小时评为一星，满300小时评为二星", ("六星",)),
        ("两星期内要报送吗？", "满100小时评为一星", ()),
        ("二类培训的定额是多少？", "一类培训640元，二类培训520元", ()),
        ("局级干部的办公桌能买多贵的？", "处级：3000元；科级及以下：1800元", ("局级",)),
        ("股级干部的办公桌能买多贵的？", "处级：3000元；科级及以下：1800元", ()),
        ("厅级干部坐什么舱？", "处级以上人员乘坐经济舱", ()),
        ("科级干部坐什么舱？", "处级以上人员乘坐经济舱", ("科级",)),
        ("What does grade B get?", "Grade A: 40 euros", ("grade b",)),
        ("What does grade 9 get?", "Grades 1–4: 28 days; Grades 5–8: 30 days", ("grade 9",)),
        ("What does grade 9 get?", "Grades 8 and below: 28 days", ("grade 9",)),
        ("What does grade 9 get?", "Bands 1–4: 28 days", ()),
    ],
)
def test_a_level_beside_which_others_are_named_is_undefined(question, text, undefined):
    assert expectation_of(question).undefined_levels(text) == undefined


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("职级：A级；一类城市住宿：800；二类城市住宿：650", True),
        ("职级：C级；一类城市住宿：480；二类城市住宿：380", False),
        ("职级 | 一类城市住宿 | 二类城市住宿", False),
    ],
)
def test_a_row_is_of_other_levels(text, other):
    assert expectation_of("C级人员到二类城市住宿限额多少？").is_of_other_levels(text) is other


def test_which_level_names_no_level():
    assert expectation_of("包保机制由哪一级领导负责？").levels == ()


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("第三步改革什么时候开始？", "从今年起进行第二步改革", True),
        ("第三步改革什么时候开始？", "第二步之后，第3步明年开始", False),
        ("第三步改革什么时候开始？", "改革明年开始", False),
        ("改革什么时候开始？", "进行第二步改革", False),
        ("第2批名单有多少人？", "第二批共30人", False),
        ("第二期什么时候到位？", "首期到位8000万元", True),
        ("第一期什么时候到位？", "首期年内到位", False),
    ],
)
def test_another_step_than_the_one_asked_about(question, text, other):
    assert expectation_of(question).other_ordinals(text) is other


def test_a_hotline_has_a_number_to_call():
    assert expectation_of("保护热线号码是多少？").kind == "telephone"
