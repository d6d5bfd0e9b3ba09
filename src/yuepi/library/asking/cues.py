"""The words by which a question tells what sort of answer it wants. Pure data."""

from __future__ import annotations

import re
from typing import Final, Literal

AnswerSort = Literal[
    "amount", "percent", "date", "duration", "number", "who", "where", "quantity", "yes_no", "text"
]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


CUES: Final[tuple[tuple[AnswerSort, re.Pattern[str]], ...]] = (
    (
        "percent",
        _any(
            r"百分之|百分比|比例|利率|税率|费率|几成",
            r"\bpercent|\bwhat (?:tax |interest )?rate\b|\b(?:tax|interest|vat) rate\b",
        ),
    ),
    (
        "duration",
        _any(
            r"多久|多长|几天|几年|几个月|多少天|多少年|多少个月|多少日|多少个?工作日|期限|期多",
            r"质保期|保修期|租期|试用期|账期|工期|有效期|交货期|交付期",
            r"\bhow long\b|\bhow many (?:\w+ )?(?:days|months|years|weeks|hours)\b|\bduration\b",
            r"\b(?:warranty|notice|probation\w*|trial) period\b|\bdelivery time\b",
        ),
    ),
    (
        "date",
        _any(
            r"什么时候|何时|哪天|哪一天|哪年|哪一年|几号|几月|日期|什么时间|时间是|到期|截止",
            r"\bwhen\b|\b(?:what|which) (?:date|day|time|month|year)\b|\bdates?\b|\bdeadline\b",
        ),
    ),
    (
        "number",
        _any(
            r"号码|编号|单号|账号|帐号|税号|票号|卡号|证号|代码|识别号|合同号|电话|邮箱|车牌|车次",
            r"航班|房号|座位|校验码|哪一?[张份个封](?:发票|合同|单据|小票|协议|订单)",
            r"\bwhich (?:invoice|receipt|contract|agreement|order|lease)\b",
            r"\b(?:number|no|code|id|phone|e-?mail|plate|account|seat)\b",
        ),
    ),
    (
        "who",
        _any(
            r"谁|哪家|哪个公司|哪个单位|哪方|哪一方|什么公司|何人|哪位|姓名|[甲乙丙]方是|[双对]方是",
            r"\bwho(?:m|se)?\b|\bwhich (?:company|party|person|side|firm)\b|\bnames? of\b",
        ),
    ),
    (
        "where",
        _any(
            r"哪里|哪儿|在哪|何地|何处|地点|地址|住所|什么地方",
            r"\bwhere\b|\baddress\b|\bplace\b",
        ),
    ),
    (
        "amount",
        _any(
            r"多少钱|多少元|多少块|几块|几元|多少万|金额|价款|总价|单价|价格|总额|合计|费用|租金|押金",
            r"定金|工资|薪|报价|限额|预算|税额|小计|收入|利润|成本|运费",
            r"\bhow much\b|\bamounts?\b|\bprices?\b|\bcosts?\b|\b(?:sub)?total\b|\bfees?\b",
            r"\brent\b|\bdeposit\b|\bsalary\b|\bfare\b|\brevenue\b",
        ),
    ),
    (
        "quantity",
        _any(
            r"多少|几[个台件人份箱名位次张间]|多大|多重",
            r"\bhow many\b|\bquantity\b",
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
"""In the order of how surely they tell; the first that is there counts."""

OVER_DOCUMENTS: Final = _any(
    r"(?:总|共)?有?(?:一?共|多少|几)\s*(?:多少|几)?\s*(?:张|份|个)\s*(?:发票|合同|文件|文档|单据|票据|小票)",
    r"(?:所有|全部|各|这些).{0,12}(?:发票|合同|单据|小票).{0,8}(?:一共|总共|加起来|合计|总和)",
    r"(?:发票|合同|单据|小票).{0,6}(?:加起来|总和|平均)",
    r"\bhow many (?:\w+ ){0,2}(?:invoices|contracts|documents|receipts|files)\b",
    r"\b(?:sum|total|average) of all\b",
    r"\ball (?:the )?(?:invoices|receipts|contracts) (?:together|combined)\b",
)
"""It counts documents or adds them up: no quote says that."""

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
