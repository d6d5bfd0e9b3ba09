"""The words by which a question tells what sort of answer it wants. Pure data."""

from __future__ import annotations

import re
from typing import Final, Literal

AnswerSort = Literal[
    "amount",
    "percent",
    "date",
    "weekday",
    "duration",
    "frequency",
    "number",
    "who",
    "where",
    "quantity",
    "yes_no",
    "text",
]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


ASKING: Final[tuple[tuple[AnswerSort, re.Pattern[str]], ...]] = (
    (
        "frequency",
        _any(
            r"多久(?:\S{0,4})?一次|几个?[天月年周]\S{0,4}一次|按[年季月周日](?:还是|或)按?\S",
            r"\bhow (?:often|frequently)\b",
        ),
    ),
    (
        "weekday",
        _any(
            r"星期几|周几|礼拜几",
            r"\b(?:which|what) (?:weekday|day of the week|days? of the week)\b",
        ),
    ),
    (
        "percent",
        _any(
            r"(?:有何|有什么)变化|变化(?:了)?多少|怎么变",
            r"\bhow (?:did|has|have|does)\b(?=.{0,80}\bchange)",
            r"百分之[几多]\S?|百分之|几成",
            r"\b(?:how many|what) (?:percent(?:age)?|per cent)\b",
        ),
    ),
    (
        "duration",
        _any(
            r"多久|多长时间|多长|几天|几年|几个月|多少天|多少年|多少个月|多少日|多少个?工作日|几个?工作日"
            r"|多少个?小时|几个?小时|多少分钟|几分钟|多少周|几周",
            r"\bhow (?:long|early|soon|far ahead|far in advance)\b",
            r"\bhow many (?:\w+ )?(?:days|months|years|weeks|hours|minutes)\b",
        ),
    ),
    (
        "date",
        _any(
            r"什么时候|何时|哪天|哪一天|哪年|哪一年|几号|几月|什么时间|什么日期|几点",
            r"\bwhen\b|\b(?:what|which) (?:date|day|time|month|year)\b(?: of the month)?",
        ),
    ),
    (
        "number",
        _any(
            r"哪一?[张份个封](?:发票|合同|单据|小票|协议|订单)",
            r"\bwhich (?:invoice|receipt|contract|agreement|order|lease)\b",
        ),
    ),
    (
        "who",
        _any(
            r"谁|哪家|哪个公司|哪个单位|哪方|哪一方|什么公司|何人|哪位|[甲乙丙]方是|[双对]方是",
            r"\bwho(?:m|se)?\b|\bwhich (?:company|party|person|side|firm)\b",
        ),
    ),
    ("where", _any(r"哪里|哪儿|在哪|何地|何处|什么地方", r"\bwhere\b")),
    (
        "amount",
        _any(
            r"多少钱(?:一?个?[年月周天晚次](?![份前后]))?|多少元|多少块|几块|几元|多少万",
            r"\bhow much(?: money)?\b",
        ),
    ),
    ("quantity", _any(r"\bhow many\b|\bnumber of\b")),
    ("text", _any(r"为什么|为何|怎么|怎样|如何", r"\bwhy\b|\bhow (?:do|does|did|is|are|to|can)\b")),
)
"""How it is asked: the first that is there counts, whatever it is asked about."""

NAMING: Final[tuple[tuple[AnswerSort, re.Pattern[str]], ...]] = (
    (
        "percent",
        _any(
            r"百分比|比例|利率|税率|费率",
            r"\bpercentage\b|\b(?:tax|interest|vat) rate\b|\bwhat (?:tax |interest )?rate\b",
        ),
    ),
    (
        "duration",
        _any(
            r"期限|期多|质保期|保修期|租期|试用期|账期|工期|有效期|交货期|交付期",
            r"\bduration\b|\b(?:warranty|notice|probation\w*|trial) period\b|\bdelivery time\b",
        ),
    ),
    ("date", _any(r"日期|时间|到期|截止", r"\bdates?\b|\bdeadline\b|\blast day\b")),
    (
        "number",
        _any(
            r"号码|编号|单号|账号|帐号|税号|票号|卡号|证号|代码|识别号|合同号|电话|邮箱|车牌|车次",
            r"航班|房号|座位|校验码",
            r"\b(?:number|code|id|phone|e-?mail address|plate|account|seat)\b|\bno\.",
        ),
    ),
    ("who", _any(r"姓名", r"\bnames? of\b")),
    ("where", _any(r"地点|地址|住所", r"\baddress\b|\bplace\b")),
    (
        "amount",
        _any(
            r"金额|价款|总价|单价|价格|总额|合计|费用|租金|押金|定金|工资|薪|报价(?!单|表)|限额|预算|税额",
            r"小计|收入|利润|成本|运费|房租",
            r"\bamounts?\b|\bprices?\b|\bcosts?\b|\b(?:sub)?total\b|\bfees?\b",
            r"\brent\b|\bdeposit\b|\bsalary\b|\bfare\b|\brevenue\b|\bbudget\b",
        ),
    ),
    (
        "quantity",
        _any(
            r"多少|几[个台件人份箱名位次张间]|多大|多重|标准|上限|下限|折扣|人数|数量",
            r"\bquantity\b|\bheadcount\b|\bdiscount\b|\blimits?\b|\ballowance\b",
        ),
    ),
    (
        "yes_no",
        _any(
            r"是否|有没有|能否|可否|能不能|可不可以|是不是|要不要|[吗嘛][?？]?\s*$",
            r"^\s*(?:is|are|was|were|does|do|did|can|could|may|must|has|have|will|shall|should)\b",
        ),
    ),
)
"""What it is asked about, where nothing says how: of several things the one asked for stands last
in Chinese and first in English."""

IMPLIED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (_any(r"到(?:什么时候|何时|哪天|哪一天|哪年|几号|几月)", r"\b(?:until|till) when\b"), "到期"),
    (_any(r"从(?:什么时候|何时|哪天|哪一天|几号)", r"\b(?:since|from) when\b"), "生效"),
    (
        _any(
            r"谁(?:家)?(?:给\S{0,3})?开(?:具|出)?的",
            r"哪(?:家|个)(?:公司|单位)?开(?:具|出)?的",
            r"\bwho issued\b|\bissued by (?:whom|which company)\b",
        ),
        "销售方",
    ),
    (
        _any(
            r"(?:开|卖)给(?:了)?谁|给谁(?:家)?开的",
            r"\bwho (?:bought|ordered)\b",
            r"\b(?:issued|billed|made out) to (?:whom|which company)\b",
        ),
        "购买方",
    ),
    (
        _any(
            r"租给(?:了)?谁|谁(?:在)?(?:承)?租(?!给|金|赁)", r"\bwho (?:rents|leases|is renting)\b"
        ),
        "承租方",
    ),
    (
        _any(
            r"(?:发|写|寄|交)给谁的?|给谁的",
            r"\bto whom (?:is|was)\b(?=.{0,60}\b(?:addressed|sent|written)\b)",
            r"\bwho (?:is|was)\b(?=.{0,60}\b(?:addressed|sent|written) to\b)",
        ),
        "收件人",
    ),
    (_any(r"谁(?:写|编|起草|编写|编制)的", r"\bwho (?:wrote|prepared|drafted)\b"), "作者"),
    (_any(r"谁(?:发|寄)(?:来)?的", r"\bwho sent\b"), "发件人"),
    (
        _any(
            r"(?:找|联系|问)谁",
            r"\bwhom? (?:to|should i|should we|do i|do we) (?:contact|ask|call)\b",
        ),
        "联系人",
    ),
    (
        _any(
            r"(?:怎么|如何|怎样)(?:付款|支付|付)",
            r"\bhow (?:did|do|does|is|was)\b(?=.{0,60}\bpa(?:y|id)\b)",
        ),
        "付款方式",
    ),
    (
        _any(
            r"(?:有何|有什么)变化|变化(?:了)?多少|怎么变",
            r"\bhow (?:did|has|have|does)\b(?=.{0,80}\bchange)",
        ),
        "变化",
    ),
    (
        # Payable then: it does not end then.
        _any(
            r"\bwhen (?:is|are|does|do|must|will)\b(?=.{0,60}\b(?:rent|fees?|payments?|deposit"
            r"|salary|instal?ments?|premium)\b.{0,30}\b(?:due|payable)\b)"
        ),
        "支付",
    ),
    (_any(r"下(?:次|回)\S{0,6}(?:什么时候|何时|哪天)"), "下次"),
)
"""What a turn of phrase asks for, by its name in the lexicon."""

POLITE: Final = _any(
    r"^\s*(?:(?:你好|您好|请问|请|麻烦|帮忙|帮我|给我|我想|想|查一下|查一查|查查|查|看一下|看看|找一下|找找|找"
    r"|问一下|问问|知道|了解一下|了解|告诉我)[，,\s]*)+",
    r"^\s*(?:(?:please|hello|hi|can you|could you|would you|tell me|show me|i want to know"
    r"|i would like to know|i'd like to know|do you know|look up|check|find out)[,\s]+)+",
)
"""Said before a question, not asked."""
NUMBERED: Final = _any(
    r"(?:(?:发票|合同|协议|订单|单据|票据)?(?:号码|编号|单号|票号|号)|\b(?:number|no\.?))\s*[:：为是]?\s*"
    r"(?=[a-z]{0,6}[-/]?\d{3})",
    r"(?:总?金额|总额|总价|价税合计|价格|价款|\b(?:amount|total)(?: of)?)\s*[:：为是]?\s*"
    r"(?=[¥￥$€£]?\d)",
)
"""The name of a number or an amount right before it: it says which one, and asks for none."""
UNIT: Final = re.compile(r"(?:多少|几)\s*(?P<unit>[台件份箱套辆间条本页项批吨])(?![月工])")
"""What is counted: so many of these stand in the answer."""
ALTERNATIVES: Final = _any(
    r"(?:是|按)[^，,。？?\s]{1,6}还是[^，,。？?\s]{1,6}",
)
"""This or that: neither word need stand in the answer."""

OVER_DOCUMENTS: Final = _any(
    r"(?:总|共)?有?(?:一?共|多少|几)\s*(?:多少|几)?\s*(?:张|份|个)\s*(?:发票|合同|文件|文档|单据|票据|小票)",
    r"(?:所有|全部|各|这些).{0,12}(?:发票|合同|单据|小票).{0,8}(?:一共|总共|加起来|合计|总和)",
    r"(?:发票|合同|单据|小票).{0,6}(?:加起来|总和|平均)",
    r"\bhow many (?:\w+ ){0,2}(?:invoices|contracts|documents|receipts|files)\b",
    r"\b(?:sum|total|average) of all\b",
    r"\ball (?:the )?(?:invoices|receipts|contracts) (?:together|combined)\b",
    r"(?:\d\s*|[去今前本上这]|季|半)[年月度][^，,。]{0,16}(?:一共|总共|共计|累计|加起来)[^，,。]{0,8}[多几]",
    r"(?:一共|总共|累计)(?:已经?)?(?:支?付|花|开|报销|签|买|卖|采购|收)",
    r"\b(?:sum|total|average|amount)s? (?:of|for|on|from) (?:\w+ ){0,3}(?:invoices|contracts"
    r"|receipts|agreements|orders|leases|bills)\b",
    r"\b(?:have|has|did|do) (?:we|i|they|you) \w+.{0,60}\b(?:in total|altogether)\b",
)
"""It counts documents or adds them up: no quote says that."""

_DENIES: Final = _any(
    r"[不没未无非除免禁勿]",
    r"\b(?:not|no|never|none|neither|nor|without|except|excluding|excludes?|excluded|unless|exempt"
    r"|other than|free of)\b|n['’]t\b",
)
_NOT_DENIED: Final = _any(
    r"(?P<sign>\S)[不没](?P=sign)|有没有|[不未没](?:含税|按[时期])|未税|不可抗力|不低于|不少于|不超过|不[多高]于"
    r"|不动产|无线|无人|除以|免租期?|免税|非标",
    r"\bno\.|\b(?:number|invoice|contract|order) no\b|\bno later than\b|\bno (?:more|less) than\b"
    r"|\b(?:without|excluding|not including) (?:vat|gst|tax)\b|\bnon-disclosure\b",
)
"""What looks so and denies nothing."""


def denies(text: str) -> bool:
    """Whether something is denied or left out: contracts without a seal."""
    return _DENIES.search(_NOT_DENIED.sub(" ", text)) is not None


LATEST: Final = _any(
    r"[上前]一?[份张个封]|最[近新早晚后]",
    r"\b(?:last|latest|newest|most recent|oldest|earliest|previous|current)\b",
)
"""Which document that is, is for who sees all of them."""
BY_WHOM: Final = re.compile(
    r"\b(?:issued|sold|bought|billed|signed|sent|written|provided|supplied|paid)\s+(?:by|to)\s+"
    r"(?!whom|which|who\b)",
    re.IGNORECASE,
)
"""It says which documents by who did what: a name in them tells nothing of that."""
PARTS: Final = re.compile(r"[，,;；。?？]|以及|并且|还有|\band\b", re.IGNORECASE)
ASKS: Final = _any(
    r"多少|什么|几[个天年月号点家人]|[哪谁]|多[久长大]|怎么|如何|何[时地处]|为何",
    r"\b(?:how|what|when|where|who|whom|whose|which|why)\b",
)
"""Words that ask, in any part of a question."""

POINTS_BACK: Final = _any(
    r"^\s*(?:那|还有|另外|然后|其中|以及|而|它|他|她|该|这|此|对方|前者|后者)",
    r"(?:呢|咧)\s*[?？]?\s*$",
    r"它|这份|那份|这个|那个|该合同|该发票|这张|那张|上述|刚才|同一",
    r"^\s*(?:and|but|so|then|what about|how about|also)\b",
    r"\b(?:it|its|they|their|them|that one|this one|the same|he|she|his|her|there)\b",
)
LEADS: Final = re.compile(
    r"^\s*(?:那么|那|还有|另外|然后|其中|以及|而|and|but|so|then|what about|how about|also)"
    r"(?![a-z])[\s,，]*",
    re.IGNORECASE,
)
ENDS: Final = re.compile(r"的?(?:呢|咧)\s*[?？]?\s*$")
