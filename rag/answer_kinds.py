"""The kinds of things that questions ask for, and how each is known in a text: a sum of money, a share, a deadline.

The kind that is asked for must stand in the clause that answers. Which words ask for it, and what holds it, is
written here as one table of regular expressions over normalised text; the first kind that fits a question counts.
"""

from __future__ import annotations

import re

from rag.measures import CHINESE_NUMERAL, ENGLISH_NUMERAL, MEASURES, asked_measure, counted_by
from rag.numerals import NUMERAL_CHARS

_ANYTHING = re.compile("")
_N, _EN = CHINESE_NUMERAL, ENGLISH_NUMERAL
_HOW_MANY = r"(?:多少|(?<![哪第])几(?!乎))"
_CELL = r"[:：]\s*[\dx×*][\d.,x×*]*\s*(?:[;；]|$)"  # a table's unit stands in its header or caption
_PRICED = r"费|价|金额?|款|资金|经费|预算|投资|补贴|津贴|补助|工资|薪|报酬|租金|定额|限额|奖励|奖金|押金|花销|开支|支出"
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_INSTANT = (
    r"当[天日场]|次日|隔[日天]|立即|即时|即刻|随时|永久|长期|终身(?!读者|会员|学习|教育|成就|荣誉)|半[天年月日]"
    r"|immediately|same day|at once|permanent|indefinite|overnight"
)
_UNITS = "工作[日天]|自然日|天|日|小时|钟头|分钟|周|星期|个月|月(?=[内后])|年"
_HOUR = "小时(?!自助|开放|服务|值班|值守|营业|热线)"
# 6月30日 and 2024年 are dates, no lengths of time.
_NO_DATE = rf"(?<![月\d.{NUMERAL_CHARS}])(?!(?:19|20)\d\d年)"
_TIME = r"(?:days?|hours?|weeks?|months?|years?|minutes?|seconds?|terms?)"
# What is asked for, and what a text must hold to answer it; the first that fits counts.
_KINDS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "percentage",
        re.compile(
            rf"百分之{_HOW_MANY}|(?:比例|占比|百分比|(?:比|利|费|税|增长|合格|覆盖|办结|上浮|下浮)率)[^,。?]{{0,6}}{_HOW_MANY}"
            rf"|占[^,。?]{{0,6}}{_HOW_MANY}(?:成|比)?[?]?$"
            rf"|(?:多大|{_HOW_MANY})的?(?:比例|比率|成(?!员)|折)|按什么比例"
            r"|what (?:percentage|proportion|share|per ?cent)"
        ),
        re.compile(rf"百分之|%|‰|{_CELL}|{_N}(?:成|折|倍)|per ?cent|\bhalf\b|\bin full\b|全部|全额|一半|减半"),
    ),
    (
        "money",
        re.compile(
            rf"{_HOW_MANY}(?:块|毛|角|分)?钱|{_HOW_MANY}万?(?:元|块)|多贵"
            r"|(?:(?<![招接征回吸])收|[交付缴补奖罚赔])多少[?]?$"
            rf"|花(?:费)?[^,。?]{{0,3}}{_HOW_MANY}[?]?$"
            rf"|多少(?!{MEASURES}|[天日周年月小分])[㐀-鿿]{{0,4}}(?:补[贴助]|津贴|奖金|工资|报酬|租金|押金|经费|资金|费用)"
            rf"|{_HOW_MANY}的?(?:{_PRICED})|(?:{_PRICED})[^,。?]{{0,6}}{_HOW_MANY}(?:[?]|$)"
            r"|how much (?:money|does|do|did|will|can|may|is|was|per)\b|\bhow (?:expensive|much) "
            r"(?:is|are)\b|\bwhat(?:['’]s| is| was| are| were) (?:the )?[\w' -]{0,40}\b"
            r"(?:fine|fee|cost|price|salary|allowance|excess|budget|ceiling(?: price)?|mileage rate|sum insured"
            r"|insured amount|deposit|premium|bonus)\b|\bwhat (?:does|do|did|will|would) [\w' -]{1,120}\bcost\b"
            r"|\bhow much(?! (?:\w+ )?(?:leave|notice|time|holiday|charge))\b[^?]{0,40}"
            r"\b(?:pay|paid|cost|costs|charged?|refund(?:ed)?|claim|spend|spent|get)\b"
        ),
        re.compile(
            rf"{_N}(?:元|块|角|分钱|万\b|倍)|{_CELL}|免费|不再?收|无偿|[$€£¥]\s*\d|\d\s*[$€£¥]"
            r"|[退返]还?[^,。;]{0,6}(?:百分之|\d%|全[额部]|一半)"
            rf"|元[)]?[^,。;]{{0,3}}[:：]?\s*[\dx×*]"
            rf"|{_EN}(?:[a-z]+ )?(?:euros?|dollars?|pounds?|pence|cents?|yuan|rmb|usd|eur|gbp)\b"
            r"|\d+p\b|\bfree\b|\bwithout charge\b"
        ),
    ),
    (
        "charge",
        re.compile(
            r"(?:怎么|如何|怎样|咋)个?(?:收费|收钱|计费|算钱)|收费标准|how (?:is|are|do|does) [\w' -]{1,60}\bcharged?\b"
        ),
        re.compile(
            rf"{_N}(?:元|块|角|%|折)|{_CELL}|收[费取缴]|计费|[免缴]费?|无偿|[$€£¥]\s*\d|\d\s*[$€£¥]|{_N}成"
            r"|\b(?:free|charge[ds]?|fees?|pa(?:y|ys|id)|rates?|costs?)\b"
        ),
    ),
    (
        "frequency",
        re.compile(
            r"(?:多久|多长时间|几[天周年]|几个月)[^,。?]{0,6}(?:[一几][次回遍篇份期轮]|轮)|how often|how frequently"
        ),
        re.compile(
            r"每|逐[年月日周]|按?[年季月周]度?(?:定|报|查|评|核)|季度|半年|年度|[一两二三四五六七八九十\d]次"
            r"|\b(?:annual|month|week|dai|quarter|year)ly\b"
            r"|\b(?:every|each|once|twice|annual|per|a (?:day|week|month|year))\b"
        ),
    ),
    (
        "deadline",
        re.compile(
            rf"{_HOW_MANY}个?(?:{_UNITS})(?:之|以)?内"
            rf"|(?:最[晚迟][^,。?]{{0,6}}|提[前早]){_HOW_MANY}个?(?:{_UNITS})"
        ),
        re.compile(
            rf"{_CELL}|{_N}(?:个|余)?(?:{_UNITS})(?:之|以)?[内前里]|提[前早][^,。;]{{0,4}}{_N}|前{_N}(?:个|余)?(?:{_UNITS})"
            rf"|(?:不得?[超多]过|不迟于|时限|期限|限[时期]|承诺|最[长迟晚多]|需|为|后)[^,。;\d]{{0,6}}{_N}(?:个|余)?(?:{_UNITS})"
            rf"|{_INSTANT}|{_EN}(?:[a-z]+ )?{_TIME}"
        ),
    ),
    (
        "days",
        re.compile(rf"{_HOW_MANY}个?(?:小时|钟头|分钟|秒)|how many (?:hours|minutes|seconds)"),
        re.compile(
            rf"{_CELL}|{_N}个?半?(?:{_HOUR}|钟头|分|秒)|{_INSTANT}"
            rf"|(?:{_EN}|an? |half |\d)(?:[a-z]+ )?(?:hours?|minutes?|seconds?)"
        ),
    ),
    (
        "days",
        re.compile(
            rf"{_HOW_MANY}(?:个月|个?(?:工作日|自然日|天|年|周|星期|学期|学年|季度))"
            rf"|how many (?:working |calendar )?{_TIME}"
        ),
        re.compile(
            rf"{_CELL}|{_NO_DATE}{_N}(?:个|余)?(?:工作日|自然日|日历日|天|日|{_HOUR}|分|秒|周年|年|个月|周|星期|学期|学年|季度)"
            rf"|{_INSTANT}|{_EN}(?:[a-z]+ )?{_TIME}|\b(?:a|one) {_TIME}"
        ),
    ),
    (
        "duration",
        re.compile(
            r"多久|多长时间|多长(?:期|的期)"
            rf"|(?:期限|时限|年限|时长|任期)[^,。?]{{0,6}}(?:{_HOW_MANY}|多长|是什么)|提前多"
            r"|how (?:long|soon|fast|quickly|late|far in advance|far ahead)|how much (?:notice|leave|time)"
        ),
        re.compile(
            rf"{_CELL}|{_N}(?:个|余)?(?:工作日|自然日|日历日|天|日|{_HOUR}|分|秒|周年|年|个?月|周|星期|学期|学年|季度)"
            rf"|{_INSTANT}|当[年月]|[上下中]旬|年度|底前|(?:以|之)前"
            rf"|{_EN}(?:[a-z]+ )?{_TIME}|\b(?:a|one|(?:first|second|third|\w+th)(?: \w+)?) {_TIME}"
        ),
    ),
    (
        "clock",
        re.compile(
            r"几点(?!要求|意见|措施|建议|内容|原则|规定)|几时|什么时间[^,。?]{0,4}(?:开|关|闭|上班|下班)"
            r"|what time|opening hours|closing time"
        ),
        re.compile(rf"{_N}(?:时(?!候)|点(?!建议))|\d\s*[:：]\s*\d|\d\s*(?:am|pm|a\.m|p\.m)|noon|midnight|全天|24小时"),
    ),
    (
        "date",
        re.compile(r"哪一?[天日]|几月几[号日]|几[号日](?!内|以内|之内)|which day|what date"),
        re.compile(
            rf"{_N}[日号]|周[一二三四五六日末]|星期|底|[上下中]旬|当[天日]|次日|每[月周天日]|之日|{_N}月{_N}(?![\d月])"
            rf"|\d{{1,2}}\s*[/.-]\s*\d{{1,2}}|\b(?:{_MONTH}|before|after|within|weekly|daily|by|until)\b|{_TIME}"
        ),
    ),
    (
        "date",
        re.compile(r"几月份?(?!几)|哪个?月|which month"),
        re.compile(
            rf"{_N}月(?!度)|每月|逐月|[上下]半年|季度|[月年]底|[年月][初末内]|[寒暑]假|\d{{1,2}}\s*[/.-]\s*\d{{1,2}}"
            rf"|\b(?:{_MONTH}|quarter|spring|summer|autumn|winter|monthly)\b"
        ),
    ),
    (
        "date",
        re.compile(
            r"什么时[候间]|何时|哪一?年|日期|星期几|周几"
            r"|\bwhen (?:is|are|was|were|do|does|did|will|would|must|can|could|should|may|shall|has|have|had)\b"
            r"|^(?:until |since |by |and )?when\b(?! (?:i|we|you|my|the|an?)\b)|which year"
        ),
        re.compile(
            rf"{_N}[年月日号时点天周]|周[一二三四五六日末]|星期|年?底前|[上下中]旬|季度|当[天日]|次日|每[年月周天日]"
            rf"|之日|前|后|时|\d{{1,2}}\s*[/.-]\s*\d{{1,2}}"
            rf"|\b(?:{_MONTH}|before|after|within|annually|quarterly|weekly|daily|by|once|until)\b"
            rf"|{_TIME}"
        ),
    ),
    (
        "payer",
        re.compile(
            r"谁(?:来)?(?:承担|负担|出钱|出资|付|支付|买单|掏)|(?:费用?|钱)(?:由|归|该)?(?:谁|哪个?(?:单位|部门|方))"
            r"|who (?:pays|bears|covers|meets|funds)|at whose (?:cost|expense)"
        ),
        re.compile(
            r"承担|负担|支付|列支|缴|交|付|出资|自理|自费|报销|免费|公费|经费|资金|预算|财政|赔偿|补助|收取|由[^,。;]{1,12}出"
            r"|\b(?:pa(?:y|ys|id)|bears?|borne|costs?|expense|charge[ds]?|fund(?:s|ed)?|free|reimburse[ds]?|covers?|meets?|met)\b"
        ),
    ),
    (
        "approval",
        re.compile(
            r"(?:谁|什么人|哪(?:一?[个位级])?(?:领导|部门|单位|人|里)?)[^,。?有]{0,8}(?:批|审|签字|同意|点头|拍板|说了算|决定)"
            r"|(?:批|签字|同意)[^,。?]{0,3}(?:谁|哪个?(?:领导|部门|单位))"
            r"|\bwho (?:\w+ ){0,3}(?:approve|authori[sz]|sign|say yes|decide|permit|agree|grant|consent)"
            r"|\bwhose (?:approval|permission|consent|authori[sz]ation|decision|agreement|say-so)"
        ),
        re.compile(
            r"批|审|签|同意|核准|[决裁]定|裁决|许可|研究|讨论|通过|负责人|党[组委]|[局处科部院校馆所]长"
            r"|报[^,。;、告]{0,12}(?:局|委|部|处(?!理)|办公室|科|室|长(?!期)|主任|领导|书记|机关|单位|政府)"
            r"|approv|authori[sz]|consent|permi|\b(?:counter)?sign(?!ific)|agree|deci[ds]|\bgrant|\ballow"
            r"|\b(?:director|manager|head of|officer|chief|committee|board|panel|trustees?|registrar|chair)\b"
        ),
    ),
    (
        "department",
        re.compile(
            r"[到去找向归]哪一?个?(?:部门|科室|处室|机构|窗口|单位)|哪一?个?(?:部门|科室|处室|窗口)(?:[去来]|能|可以)?(?:办|申请|领|咨询|登记|受理)"
            r"|which (?:department|office|team|unit|desk)\b"
        ),
        re.compile(
            r"[㐀-鿿](?:[局厅署站馆院]|委(?!托)|办(?![理法公事学好结])|处(?![理罚分于置])|科(?![学技目])|室(?![内外])|(?<!全)部(?![分署])"
            r"|所(?![有在需述得])|校(?![友外内园历医])|中心|小组|公司|协会|工会|组织)|单位(?!介绍)|部门|机[关构]|政府|街道|社区|窗口|[服总柜]务?台"
            r"|主管|平台|系统|小程序|\b(?:department|office|team|unit|desk|section|service|committee|board|library|centre)s?\b"
            r"|\b(?:officer|manager|director|head|registrar|secretary|administrator|clerk|solicitor|treasurer)\b"
        ),
    ),
    (
        "papers",
        re.compile(
            r"(?:哪些|什么|啥|哪几样|几样)(?:申[报请]|证明|书面|报名|报销)?(?:材料|资料(?![室库])|证件|单据|票据)"
            r"|(?:材料|证件|单据)(?:清单|有哪些|有什么|包括|是什么|要什么)"
            r"|what (?:documents?|papers?|paperwork|evidence|supporting \w+)\b"
        ),
        re.compile(
            r"材料|资料|证(?![实券监])|表(?![示现扬彰明决演面])|书(?![记面法院馆刊])|复印|原件|附件|文件|票|单(?![位栋价次项独个元])|凭|说明"
            r"|照片|报告|[来公]?函|合同|协议|记录|名单|清单|批[文件复]|决定|方案|简历|章程"
            r"|\b(?:forms?|certificates?|receipts?|cop(?:y|ies)|letters?|invoices?|statements?|licen[cs]es?|passports?|evidence"
            r"|reports?|documents?|lists?|records?|notes?|proof|plans?|contracts?|slips?|cards?|photographs?)\b"
        ),
    ),
    (
        "office",
        re.compile(
            r"由谁|哪一?位(?:领导|负责人)?来?[^,。?]{0,2}(?:管|负责|牵头|主持|抓|担任)"
            r"|谁来?(?:负责|主持|牵头|组织|管(?!理办法)|认定|召集|验收|保管|签发|担任|主办|承办)"
            r"|哪个?(?:部门|单位|科室|机构|处室|办公室|领导)(?:来)?(?:负责|主持|牵头|组织|管|认定|召集|验收|保管|主办|承办)"
        ),
        re.compile(
            r"[局厅署院馆校站队]|委(?!托)|办(?![理法公事学好结])|处(?![理罚分于置])|科(?![学技目])|室(?![内外])|(?<!全)部(?![分署])"
            r"|所(?![有在需述得])|长(?![期度效远时])|主任|书记|领导|单位|中心|小组|[人成教职店队]员|机[关构]|公司|政府|街道|社区|组织"
            r"|协会|理事会|工会|联席|[办责请管任理持]人|老师|物业|甲方|乙方|[省市县区乡镇村]级"
        ),
    ),
    (  # 为什么 and "why" seldom ask for one: most suppose what the clause denies
        "reason",
        re.compile(r"[咋怎]么?回事|(?:什么|啥|何种)原因|原因(?:是|有|在)|what (?:caused|reason)"),
        re.compile(
            r"因(?![素地人])|由于|原因|为[了便确保加进规推促提适贯落]|导致|造成|影响|以便|鉴于|根据|依据"
            r"|\b(?:because|due to|since|owing|reasons?|in order|so that|so as|as a result|caused?)\b"
        ),
    ),
    (
        "place",
        re.compile(r"什么地方|[到去往](?:哪里|哪儿)|在哪[里儿](?=[㐀-鿿])(?![呢啊呀])|地点(?:是|在|设在)?(?:哪|什么)"),
        re.compile(
            r"地[点址]|[室楼厅馆院场站所店库堂校园亭屋]|[路街]|\d号|窗口|中心|网站?|平台|系统|公众号|小程序|邮箱|基地|[省市区县镇乡村]"
            r"|[科处局部委]|办公|单位|社区|现场|线上|境[内外]|当地|原地|就地"
        ),
    ),
    (
        "telephone",
        re.compile(
            r"(?:电话|热线|传真|手机)[^,。?]{0,3}(?:号码?)?(?:是)?(?:多少|什么)|联系电话|[哪什][个么]?(?:电话|热线|号码)"
            r"|(?:tele)?phone number|extension number"
        ),
        re.compile(r"[\dx×*][\dx×* -]{4,}[\dx×*]"),
    ),
    (
        "colour",
        re.compile(r"什么颜色|哪种颜色|何种颜色|what colou?r|which colou?r"),
        re.compile(
            r"[红橙黄绿青蓝紫黑白灰粉棕褐金银]|\b(?:red|orange|yellow|green|blue|purple|black|white|gr[ae]y|pink|brown)\b"
        ),
    ),
    (
        "prohibition",
        re.compile(
            r"(?:哪些|(?<!为)什么|哪种|啥)[^,。?]{0,8}(?:不[许准能可得让]|禁止|违规|犯忌)"
            r"|(?:不[许准能可得让]|禁止|严禁)[^,。?有]{0,6}(?:哪些|什么|啥)"
            r"|what (?:\w+ )?(?:must|may|can|should)(?: \w+){0,3} not\b"
            r"|what (?:is|are) (?:not allowed|forbidden|prohibited|banned)"
        ),
        re.compile(
            r"不得(?!超过|少于|低于|高于|多于)|不准|不许|不可|不能|不宜|不予|不应|禁止|严禁|禁|勿|负面"
            r"|不含|不包括|不在[^,。;]{0,6}(?:范围|之列)|除外"
            r"|\b(?:must|may|shall|can|should|do|is|are) ?not\b|n't\b|\bno\b|prohibit|forbid|banned|\bnever\b"
        ),
    ),
    ("count", re.compile(rf"(?<![哪第])几(?!乎)(?=\w)|{_HOW_MANY}(?=个|{MEASURES})|how many|number of"), _ANYTHING),
    (
        "number",
        re.compile(rf"{_HOW_MANY}|how (?:much|large|big|high|heavy|far|tall)|what number|多[大高重宽厚远]"),
        re.compile(rf"{_N}|\d|\b(?:once|twice|{_EN}|no|none)\b|无|免|不(?:限|得|予)|全部"),
    ),
)
_A_MONTH = re.compile(r"(?:每|一)个?月|\b(?:a|per|every|each) month|\bmonthly\b")
_MONTHLY = r"(?<![\d一二三四五六七八九十])月|个月|\bmonth"
"""What is paid once, or by the day, is no answer to what is paid a month."""
FIGURES = frozenset({"money", "percentage", "deadline", "days", "duration", "clock", "date"})


def kind_of(question: str) -> tuple[str, re.Pattern[str]]:
    """The kind that a normalised question asks for, and what a normalised text of that kind must hold.

    ``""`` and a pattern that every text holds, where it asks for none of these.
    """
    kind, holds = next(((name, holds) for name, asks, holds in _KINDS if asks.search(question)), ("", _ANYTHING))
    if kind == "count":
        return kind, counted_by(asked_measure(question))
    if kind == "money" and _A_MONTH.search(question):
        return kind, re.compile(rf"\A(?=.*?(?:{_MONTHLY}))(?=.*?(?:{holds.pattern}))", re.DOTALL)
    return kind, holds
