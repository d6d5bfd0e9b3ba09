"""Clauses of a contract that whoever signs should look at, quoted word for word. Pure.

This is no legal advice: a clause is shown because its words are of a kind that people ask about,
and what it means for the deal is for them to say. A contract without any may still hold a risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.documents.contents import Clause, Risk
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.prose import Prose
from yuepi.kit.boxes import Box

QUOTE_CHARACTERS_MAX: Final = 320
CLAUSES_PER_TOPIC_MAX: Final = 6
CLAUSES_PER_PAGE_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Topic:
    """What a clause is about. look_zh, look_en: what to look at, as people are told."""

    name: str
    risk: Risk
    title_zh: str
    title_en: str
    look_zh: str
    look_en: str
    pattern: re.Pattern[str]


def _topic(name: str, risk: Risk, titles: str, looks: str, zh: str, en: str) -> Topic:
    """titles, looks: Chinese and English parted by a bar; zh, en: patterns of each language."""
    title_zh, title_en = titles.split("|")
    look_zh, look_en = looks.split("|")
    pattern = re.compile(f"(?:{zh})|(?i:{en})")
    return Topic(name, risk, title_zh, title_en, look_zh, look_en, pattern)


_TOPICS: Final = (
    _topic(
        "auto_renewal", "warning", "自动续期|Renews by itself",
        "请看：到期后是否自动续期、须提前多久通知不续|Look at whether it renews by itself and how "
        "early it must be ended",
        r"自动(?:续[期签约展延]|延[长续期]|顺延)|视为(?:自动)?续[约签期]|默认续[约签期]",
        r"\bauto(?:matic(?:ally)?|-)\s*(?:be\s+)?(?:renew|extend|prolong)|renew(?:s"
        r"|ed)?\s+automatically"
        r"|\bevergreen\b|(?:renew|extend)\w*\s+for\s+(?:successive|additional|further)",
    ),
    _topic(
        "penalty", "warning", "违约金|Penalty",
        "请看：违约金或滞纳金的比例、由谁承担|Look at the rate of the penalty and who bears it",
        r"违约金|滞纳金|逾期(?:付款|交付|交货|履行)[^。；]{0,30}(?:%|‰|千分之|万分之|百分之)|罚款",
        r"\bliquidated\s+damages\b|\bpenalt(?:y|ies)\b|\blate\s+(?:fee|charge|payment\s+interest)"
        r"|\bdefault\s+interest\b",
    ),
    _topic(
        "liability_limit", "warning", "责任限制|Liability limited",
        "请看：赔偿责任是否被限制或免除|Look at what liability is capped or excluded",
        r"(?:赔偿|责任)[^。；]{0,30}(?:不超过|不得超过|以[^。；]{1,20}为限|上限)"
        r"|不(?:承担|负)(?:任何)?[^。；]{0,14}(?:责任|赔偿)|免(?:除|于承担)[^。；]{0,10}责任"
        r"|概不负责",
        r"\b(?:liability|damages)\b[^.;]{0,80}\b(?:shall\s+not\s+exceed|limited\s+to|capped\s+at)"
        r"|\bin\s+no\s+event\s+shall\b|\bshall\s+not\s+be\s+liable\b"
        r"|\blimitation\s+of\s+liability\b"
        r"|\bno\s+liability\b",
    ),
    _topic(
        "exclusivity", "warning", "排他独家|Exclusive",
        "请看：是否只能与对方合作|Look at whether you may deal with others",
        r"独家(?!发布会)|排他|唯一(?:供应商|合作|代理|服务商|经销)|不得(?:再)?(?:与|向|委托"
        r"|从)(?:任何)?(?:第三方|其他|他人)"
        r"[^。；]{0,20}(?:合作|采购|签订|委托|提供)",
        r"(?<!non-)(?<!non )\bexclusiv(?:e|ely|ity)\b(?!\s+(?:jurisdiction|property|of\b))"
        r"|\bsole\s+(?:supplier|distributor|provider|agent)\b",
    ),
    _topic(
        "non_compete", "warning", "竞业限制|Non-compete",
        "请看：限制的范围、期限和补偿|Look at how far and how long competing is forbidden",
        r"竞业(?:限制|禁止)|不得(?:从事|经营|自营|参与)[^。；]{0,24}(?:竞争|同类)",
        r"\bnon-?compet\w*|\bshall\s+not\b[^.;]{0,60}\bcompet(?:e|es|ing|itive|itor)"
        r"|\bnon-?solicit\w*",
    ),
    _topic(
        "unilateral_termination", "warning", "单方解除|One side may end it",
        "请看：谁可以单方解除、须提前多久通知|Look at who may end it alone and with what notice",
        r"(?:有权|可以?|可随时)(?:单方(?:面)?|随时|立即|无条件)[^。；]{0,16}(?:解除|终止|取消)"
        r"|单方(?:面)?(?:解除|终止)权?"
        r"|无需(?:任何)?理由[^。；]{0,10}(?:解除|终止)|任意解除",
        r"\bterminat\w+[^.;]{0,80}\b(?:at\s+any\s+time|without\s+cause|for\s+convenience"
        r"|(?:in|at)\s+(?:its|their)\s+sole\s+discretion|for\s+any\s+reason)"
        r"|\b(?:at\s+any\s+time|without\s+cause|for\s+convenience)[^.;]{0,40}\bterminat",
    ),
    _topic(
        "unilateral_price", "warning", "单方调价|One side may change the price",
        "请看：谁可以改价、是否需要同意|Look at who may change the price and whether you must "
        "agree",
        r"(?:有权|可以?)(?:单方(?:面)?|随时|自行|根据[^。；，]{1,16})?[^。；，]{0,8}(?:调整|变更"
        r"|修改|提高|上调)[^。；，]{0,10}"
        r"(?:价格|单价|费用|收费|租金|费率|标准)",
        r"\b(?:may|right\s+to|entitled\s+to)\b[^.;]{0,50}\b(?:adjust|increase|change|revise"
        r"|modify)\b"
        r"[^.;]{0,30}\b(?:prices?|fees?|rates?|rent|charges?)\b",
    ),
    _topic(
        "jurisdiction_abroad", "warning", "境外管辖|Law or court abroad",
        "请看：适用哪里的法律、在哪里仲裁或诉讼|Look at whose law holds and where disputes are "
        "heard",
        r"(?:香港|新加坡|伦敦|纽约|东京|巴黎|斯德哥尔摩|瑞士|日内瓦|英国|美国|境外|国外"
        r"|国际商会)[^。；]{0,24}"
        r"(?:仲裁|法院|管辖|法律)|适用[^。；]{0,8}(?:香港|新加坡|英国|美国|英格兰"
        r"|纽约州)[^。；]{0,6}法律",
        r"\b(?:arbitrat\w+|courts?|jurisdiction|laws?|governed)\b[^.;]{0,90}\b(?:Hong\s+Kong"
        r"|Singapore"
        r"|London|England|New\s+York|Delaware|California|Geneva|Paris|Stockholm|Switzerland|Tokyo"
        r"|HKIAC|SIAC|LCIA|ICC)\b|\b(?:HKIAC|SIAC|LCIA)\b",
    ),
    _topic(
        "advance_payment", "info", "预付款|Paid in advance",
        "请看：先付多少、有无担保、何时可退|Look at how much is paid before anything is delivered",
        r"预付(?:款|费|货款|[^。；，]{0,8}(?:%|元))|定金|先(?:行)?(?:支付|付款|付清)|(?:签订|签署"
        r"|生效)(?:之日)?(?:后|起)"
        r"[^。；]{0,16}(?:支付|付清)[^。；]{0,24}(?:全部|100%|[3-9]\d%|百分之[三四五六七八九百])",
        r"\badvance\s+payment\b|\bprepa(?:y|id|yment)\w*|\bdown\s*payment\b"
        r"|\bpaid?\s+in\s+advance\b"
        r"|\bnon-?refundable\b|\bdeposit\b[^.;]{0,40}(?:%|USD|RMB|\$|€)",
    ),
    _topic(
        "unlimited_confidentiality", "warning", "保密无期限|Confidential without end",
        "请看：保密义务是否没有终点|Look at whether the duty of secrecy ever ends",
        r"保密[^。；]{0,40}(?:永久|长期有效|无期限|不因[^。；]{1,24}(?:终止|解除|届满)"
        r"|不受[^。；]{0,16}影响|持续有效)|永久保密",
        r"\bconfidential\w*[^.;]{0,120}\b(?:perpetual\w*|indefinite\w*|without\s+limit"
        r"|in\s+perpetuity"
        r"|surviv\w+)|\bsurviv\w+[^.;]{0,80}\bconfidential",
    ),
    _topic(
        "ip_assignment", "warning", "知识产权归属|Rights in the work",
        "请看：成果和知识产权归谁|Look at who owns the results and the rights in them",
        r"(?:知识产权|著作权|专利(?:权|申请权)?|成果|版权|源代码)[^。；]{0,30}(?:归|属于"
        r"|转让(?:给|至|于)|由)[^。；]{0,8}"
        r"(?:甲方|乙方|委托|受托|采购|供|买|卖|许可|公司|发包|承包|双方)",
        r"\b(?:intellectual\s+property|copyrights?|patents?|work\s+product|deliverables"
        r"|inventions?)\b"
        r"[^.;]{0,100}\b(?:assign\w*|transfer\w*|belong\w*|vest\w*|owned\s+by|property\s+of"
        r"|work\s+made\s+for\s+hire)|\bhereby\s+assigns?\b",
    ),
    _topic(
        "joint_liability", "warning", "连带责任|Joint liability",
        "请看：是否替他人承担责任|Look at whether you answer for somebody else",
        r"连带(?:保证|清偿|赔偿|担保)?责任|无限(?:连带)?责任",
        r"\bjointly\s+and\s+severally\b|\bunlimited\s+liability\b|\bpersonal(?:ly)?\s+guarant",
    ),
)  # fmt: skip

_PAYMENT_DAYS: Final = Topic(
    "long_payment_term", "warning", "账期长", "Long payment term",
    "请看：多少天后才付款", "Look at after how many days it is paid",
    re.compile(
        r"(?:收到|验收|交付|开具|月结|到货|发票)[^。；]{0,40}?(?P<zh>\d{2,3})\s*(?:个)?(?:日|天"
        r"|工作日|自然日)[^。；]{0,12}"
        r"(?:支付|付款|付清|结清|结算)|月结\s*(?P<zh2>\d{2,3})\s*[天日]"
        r"|(?i:\bnet\s*(?P<net>\d{2,3})\b"
        r"|\bwithin\s+(?:\w+\s*\(?)?(?P<en>\d{2,3})\)?\s+(?:business\s+|working\s+"
        r"|calendar\s+)?days?\s+(?:of|after|from|following)[^.;]{0,40}\b(?:invoice|receipt|delivery"
        r"|acceptance)|\bpa(?:y|id"
        r"|yment)\b[^.;]{0,60}\bwithin\s+(?:\w+\s*\(?)?(?P<en2>\d{2,3})\)?\s+"
        r"(?:business\s+|working\s+|calendar\s+)?days?)"
    ),
)  # fmt: skip
_PAYMENT_DAYS_MIN: Final = 60
_BLANK: Final = Topic(
    "blank", "warning", "留有空白", "Left blank",
    "请看：空白处在签字前是否要填", "Look at whether it must be filled in before signing",
    re.compile(
        r"[_＿]{3,}|[(（]\s*空白\s*[)）]|【\s{0,12}】|\[\s{1,12}\]|(?<![\w.])\.{8,}(?!\s*\d)|_ _ _"
        r"|[¥￥$]\s*[_＿]{2,}|\b[Xx]{4,}\b|(?:19|20)?\s{2,}年\s{2,}月\s{2,}日"
    ),
)  # fmt: skip
_UNSIGNED: Final = Topic(
    "no_seal", "warning", "未见签章", "No seal or signature seen",
    "请看：此处未见盖章或签名", "Look here: neither a seal nor a signature was seen",
    re.compile(r"(?!)"),
)  # fmt: skip
_UNDATED: Final = Topic(
    "no_date", "warning", "未填日期", "No date",
    "请看：签署日期未填写", "Look here: the date of signing is not filled in",
    re.compile(
        r"(?<![\u4e00-\u9fff])(?:签\s*[订署约]\s*)?(?:日\s*期"
        r"|时\s*间)\s*[:：]?\s*(?:(?:20)?[_＿\s]*年[_＿\s]*月[_＿\s]*日|[_＿]{2,}\s*$|$)"
        r"|(?i:\bdate\s*:\s*[_\s]*$)"
    ),
)  # fmt: skip

TOPICS: Final = {each.name: each for each in (*_TOPICS, _PAYMENT_DAYS, _BLANK, _UNSIGNED, _UNDATED)}
"""Every topic by its name, for whoever shows clauses."""

_RATE: Final = re.compile(
    r"(?P<per>(?:每|按)?[日天]|per\s+day|daily|each\s+day)?[^。；.%‰]{0,24}?"
    r"(?:(?P<n>\d{1,3}(?:\.\d{1,4})?)\s*(?P<sign>[%‰])|(?P<part>百分之|千分之|万分之)"
    r"(?P<zh>[一二三四五六七八九十]{1,3}|\d{1,3}(?:\.\d+)?))"
    r"(?P<after>\s*(?:/\s*[日天]|per\s+day|a\s+day|per\s+diem|for\s+each\s+day))?",
    re.IGNORECASE,
)
_PARTS: Final = {"%": 100, "‰": 1000, "百分之": 100, "千分之": 1000, "万分之": 10000}
_SMALL: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九十")}
_HIGH_DAILY: Final = Decimal("0.001")
_HIGH_ONCE: Final = Decimal("0.2")
_HEADING_CHARACTERS_MAX: Final = 22


def read_clauses(prose: Prose) -> tuple[Clause, ...]:
    """The clauses of one page that should be looked at, in order; at most 40.

    A sentence may be quoted for several topics; a heading alone (违约责任) is none.
    """
    found: list[Clause] = []
    counts: dict[str, int] = {}
    for start, end in prose.sentences:
        text = narrow(prose.text[start:end])
        for topic, at in _topics_of(text):
            counts[topic.name] = counts.get(topic.name, 0) + 1
            if counts[topic.name] <= CLAUSES_PER_TOPIC_MAX:
                span = _quoted(prose.text, start, end, start + at)
                found.append(_clause(prose, topic, _risk(topic, text), *span))
        if len(found) >= CLAUSES_PER_PAGE_MAX:
            break
    return tuple(found[:CLAUSES_PER_PAGE_MAX])


def penalty_rate(text: str) -> tuple[Decimal, bool] | None:
    """The rate that a sentence names as a fraction, and whether it counts by the day."""
    match = _RATE.search(narrow(text))
    if match is None:
        return None
    figures = match["n"] or match["zh"]
    number = Decimal(figures) if figures[0].isdigit() else Decimal(_small(figures))
    daily = bool(match["per"] or match["after"]) or bool(
        re.search(r"每(?:逾期|延期|迟延)?一?[日天]|按日", text)
    )
    return number / _PARTS[match["sign"] or match["part"]], daily


def no_seal_clause(page: int, label: str, box: Box) -> Clause:
    """The place where a seal or signature was looked for and not seen; label: what stands there."""
    return Clause(topic=_UNSIGNED.name, risk=_UNSIGNED.risk, quote=label, page=page, box=box)


def _topics_of(text: str) -> Iterator[tuple[Topic, int]]:
    for topic in _TOPICS:
        match = topic.pattern.search(text)
        if match and not _is_heading(text):
            yield topic, match.start()
    for match in _PAYMENT_DAYS.pattern.finditer(text):
        days = next(int(value) for value in match.groupdict().values() if value)
        if days >= _PAYMENT_DAYS_MIN:
            yield _PAYMENT_DAYS, match.start()
            break
    undated = _UNDATED.pattern.search(text)
    if undated:
        yield _UNDATED, undated.start()
    elif (blank := _BLANK.pattern.search(text)) is not None:
        yield _BLANK, blank.start()


def _is_heading(text: str) -> bool:
    return len(text) <= _HEADING_CHARACTERS_MAX and not re.search(r"[。；;,，%‰]|\.$|\d{2}", text)


def _risk(topic: Topic, text: str) -> Risk:
    """A penalty is a warning where its rate is high: over 0.1% a day or 20% at once."""
    if topic.name != "penalty":
        return topic.risk
    rate = penalty_rate(text)
    if rate is None:
        return "info"
    value, daily = rate
    return "warning" if value > (_HIGH_DAILY if daily else _HIGH_ONCE) else "info"


def _small(words: str) -> int:
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return _SMALL[words[0]]
    return 10 * (_SMALL[tens] if tens else 1) + (_SMALL[ones] if ones else 0)


def _quoted(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """The sentence, or of a very long one the part around the words, cut at commas."""
    if end - start <= QUOTE_CHARACTERS_MAX:
        return start, end
    half = QUOTE_CHARACTERS_MAX // 2
    low, high = max(start, at - half), min(end, at + half)
    cut = max(text.rfind(sign, low, at) for sign in ",，、;；")
    stop = [found for sign in ",，;；" if (found := text.find(sign, at + 20, high)) >= 0]
    return (cut + 1 if cut >= 0 else low), (max(stop) if stop else high)


def _clause(prose: Prose, topic: Topic, risk: Risk, start: int, end: int) -> Clause:
    quote = prose.text[start:end].strip()
    return Clause(
        topic=topic.name, risk=risk, quote=quote, page=prose.page, box=prose.box(start, end)
    )
