"""Amounts in a question and what they limit: over, under, about, between. Pure.

A currency says that figures are an amount, and so do their cents: `17,726.28`, `17726.28`. What may
as well be a month (`2024.05`), a day (`12.31`), a version or a measure is none without a currency.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.kit.money import parse_amount

AMOUNT_MAX: Final = Decimal("90000000000000")
NEAR: Final = Decimal("0.1")
"""How far `about` reaches, of the amount."""
_CENT: Final = Decimal("0.01")

_SCALES: Final = {
    "千": 10**3, "k": 10**3, "thousand": 10**3, "万": 10**4, "w": 10**4, "百万": 10**6, "m": 10**6,
    "mio": 10**6, "million": 10**6, "千万": 10**7, "亿": 10**8, "bn": 10**9, "billion": 10**9,
    "十万": 10**5,
}  # fmt: skip
_MARK: Final = r"(?:CN¥|¥|人民币|RMB|CNY|US\$|HK\$|USD|HKD|EUR|GBP|SGD|[$€£])"
_UNIT: Final = (
    r"(?:元整?|块钱?|圆整?|人民币|美元|美金|欧元|英镑|港币|港元|日元"
    r"|(?:yuan|rmb|cny|usd|eur|gbp|hkd|dollars?|euros?|pounds?)(?![a-z]))"
)
_FIGURE: Final = (
    rf"(?P<mark{{0}}>{_MARK}\s*)?(?P<n{{0}}>\d{{{{1,3}}}}(?:,\d{{{{3}}}})+(?:\.\d{{{{1,4}}}})?"
    r"|\d{{1,14}}(?:\.\d{{1,4}})?)(?![\d.])\s*"
    r"(?P<scale{0}>百万|千万|十万|[千万亿]|(?:k|w|m|mio|bn|thousand|million|billion)(?![a-z]))?\s*"
    rf"(?P<unit{{0}}>{_UNIT})?"
)
_SIGNS: Final = "一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_WORDS: Final = (
    rf"(?P<words{{0}}>[{_SIGNS}十百千万亿零〇拾佰仟]{{{{2,32}}}}|[{_SIGNS}](?=\s*[元圆块]))"
    rf"\s*(?P<wunit{{0}}>[元圆](?:零?[{_SIGNS}]角)?(?:零?[{_SIGNS}]分)?整?"
    rf"|{_UNIT})?"
)
_AMOUNT: Final = rf"(?:{_FIGURE}|{_WORDS})"
_ONE: Final = _AMOUNT.format("")
_NOT_MONEY: Final = (
    # `3万5千`, `一万多`, `1,5 million`: more than the amount before says.
    r"(?!\d|[-/]\d| \d{3}(?!\d)|\s*[百千万亿]|[多余几]"
    r"|,\d{1,2}\s*(?:k|m|mio|bn|thousand|million|billion|€|eur)"
    r"|\s*(?:[%％]|年|个|天|日|周|月|号|页|份|张|次|人|台|件|条|吨|公斤|千克|米|平|克|岁|小时|分|项|"
    r"(?:days?|weeks?|months?|years?|pages?|items?|pieces?|people|persons?|hours?|minutes?|percent"
    r"|kg|tons?|units?|words?|times|documents?|files?|lines?|square|km|employees)(?![a-z])))"
)
_LABEL: Final = (
    r"(?P<label>的?(?:总?金额|总价|总额|总计|合计|价税合计|价格|价款)(?:为|是|在|有|[:：])?\s*)?"
)
_LABEL_EN: Final = (
    r"(?P<label_en>(?:\b(?:with|of|for|having|whose)\s+)?(?:an?\s+|the\s+)?"
    r"\b(?:total|amount|sum|value|price)s?(?:\s*[:：]\s*|\s+(?:of\s+|is\s+|are\s+)?))?"
)
_OVER: Final = (
    r"(?<!不)(?<!没)(?<!没有)(?<!未)(?<!not )(?<!no )"
    r"(?:大于等于|大于|超过了?|超|高于|多于|不低于|不少于|不小于|至少|最少"
    r"|>=|>|≥"
    r"|\b(?:over|above|more\s+than|greater\s+than|larger\s+than|higher\s+than|exceeding|at\s+least"
    r"|no\s+less\s+than|not\s+less\s+than|a?\s*minimum\s+of|upwards\s+of)(?![a-z]))"
)
_UNDER: Final = (
    r"(?<!不)(?<!not )(?<!no )"
    r"(?:小于等于|小于|低于|少于|不到|不足|(?:不|没有?|未)超过|不高于|不多于|不大于"
    r"|至多|最多|<=|<|≤"
    r"|\b(?:under|below|less\s+than|lower\s+than|smaller\s+than|up\s+to|at\s+most|no\s+more\s+than"
    r"|not\s+more\s+than|not\s+exceeding|not\s+over|a?\s*maximum\s+of)(?![a-z]))"
)
_ABOUT: Final = (
    r"(?:大约|大概|约|将近|接近|\b(?:about|around|approximately|roughly|circa)(?![a-z])|~|≈)"
)
_AFTER_OVER: Final = (
    r"(?:及以上|或以上|以上|起(?!诉)|多(?=元|块|的)|(?<![a-z])(?:or|and)\s+(?:more|above|over|up)(?![a-z])"
    r"|(?<=\d)\+)"
)
_AFTER_UNDER: Final = (
    r"(?:及以下|或以下|以下|以内|之内|(?<![a-z])(?:or|and)\s+(?:less|below|under)(?![a-z]))"
)
_AFTER_ABOUT: Final = r"(?:左右|上下|前后|\bor\s+so(?![a-z]))"
_OF: Final = r"\s*的?"

_RANGE: Final = re.compile(
    rf"{_LABEL}{_LABEL_EN}(?P<between>介于|在|\bbetween\s+|\bfrom\s+)?\s*{_AMOUNT.format(1)}"
    rf"\s*(?P<link>到|至|~|～|—+|–|-|\bto\b|\band\b|和|与)\s*{_AMOUNT.format(2)}{_NOT_MONEY}"
    rf"\s*(?P<ends>之间)?{_OF}",
    re.IGNORECASE,
)
_LIMITED: Final = (
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_OVER}\s*{_ONE}{_NOT_MONEY}{_OF}", re.I), "over"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_UNDER}\s*{_ONE}{_NOT_MONEY}{_OF}", re.I), "under"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_ABOUT}\s*{_ONE}{_NOT_MONEY}{_OF}", re.I), "about"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_ONE}\s*{_AFTER_OVER}{_OF}", re.I), "over"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_ONE}\s*{_AFTER_UNDER}{_OF}", re.I), "under"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}{_ONE}\s*{_AFTER_ABOUT}{_OF}", re.I), "about"),
    (re.compile(rf"{_LABEL}{_LABEL_EN}(?<![\d.,A-Za-z_]){_ONE}{_NOT_MONEY}{_OF}", re.I), "exactly"),
)
_JOINED_BEFORE: Final = re.compile(r"[A-Za-z0-9_\-/.,千万亿]$|(?<![\d.,])\d{1,3} $")
_CENTS: Final = re.compile(r"\.\d\d$")
_WITH_CENTS: Final = re.compile(r"(?<![\d.])\d[\d,]*\.\d\d(?![\d.]\d)")
_ENDS: Final = re.compile(r"\s*(?:$|[\x00的?？。，])")
_NOT_THIS: Final = re.compile(
    r"(?i)不是|不等于|除|没有|不含|以外|(?<![a-z])(?:not|except|other than|without)(?![a-z])"
)
_MONTH: Final = re.compile(r"(?:19|20)\d\d\.(?:0[1-9]|1[0-2])")
_DAY: Final = re.compile(r"(?:[12]?\d|3[01])\.(?:0[1-9]|1[0-2])")
_BARE_MIN: Final = 100
_ALONE_MIN: Final = 25
"""So much a figure with cents is at least to be an amount among other words, and alone: less is an
hour, a day, a version."""
_VERSION_BEFORE: Final = re.compile(
    r"(?i)(?:(?<![a-z])(?:v|ver|version|release|rev|revision|build|iso|iec|din|en|gb(?:/t)?|astm|rfc"
    r"|section|sec|chapter|clause|article|part|fig|figure|table|page|no|nr|number|step|item|model)"
    r"|area|weight|length|distance|mileage|volume"
    r"\.?|版本?号?|标准|第|[条章节图表页]|面积|[重容]量|[净毛]重|[长宽高]度|体积|里程)(?:为|是)?\s*[:：#]?\s*$"
)
_MEASURE_AFTER: Final = re.compile(
    r"(?i)[a-z_]|\s*(?:[°℃℉Ω㎡版度点升倍克码]|公[斤里顷升分克]|[毫厘分][米升克贝]|立方|(?:[mck]?m[23²³]?|[kmg]?b|[mk]?[lgwv]|kwh|[kmg]?hz"
    r"|[km]?pa|n|nm|bar|psi|rpm|db|inch(?:es)?|feet|ft|lbs?|degrees?)(?![a-z]))"
)
_EURO: Final = re.compile(r"(?i)€|eur|欧元")
_THREE_DECIMALS: Final = re.compile(r"\.\d{3}$")


@dataclass(frozen=True, slots=True)
class Sum:
    """A piece of the text that says an amount. least, most: both where it says exactly one."""

    start: int
    end: int
    least: Decimal | None
    most: Decimal | None


def sums_in(text: str) -> list[Sum]:
    """All amounts that are surely such, from left to right: compared, or with a currency."""
    found: list[Sum] = []
    for match in _RANGE.finditer(text):
        limits = _range(match)
        if limits is not None and _stands_alone(text, match):
            _keep(found, Sum(*match.span(), *limits))
    for pattern, how in _LIMITED:
        for match in pattern.finditer(text):
            amount = _amount(match, "")
            marked = _marked(match, "")
            if amount is None or not _stands_alone(text, match):
                continue
            if how == "exactly" and not marked and not _bare(text, match):
                continue
            _keep(found, Sum(*match.span(), *_limits(amount, how)))
    return sorted(found, key=lambda one: one.start)


def _keep(found: list[Sum], one: Sum) -> None:
    if not any(each.start < one.end and one.start < each.end for each in found):
        found.append(one)


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether it begins where a number may begin: not inside of a code."""
    begins = text[match.start() : match.start() + 1]
    inside = begins.isdigit() and _JOINED_BEFORE.search(text[: match.start()])
    return not inside


def _bare(text: str, match: re.Match[str]) -> bool:
    """Whether figures that no currency marks are an amount: they have cents, or stand under what
    an amount is called and have thousands; and are nothing else."""
    figure, end = match["n"] or "", match.end("n")
    labelled = bool(match["label"] or match["label_en"])
    whole = labelled and "," in figure and _ENDS.match(text, end) is not None
    if not (_CENTS.search(figure) or whole) or match["scale"] or _MONTH.fullmatch(figure):
        return False
    if _MEASURE_AFTER.match(text, end) or _VERSION_BEFORE.search(text[: match.start("n")]):
        return False
    # One of several, or just not this one: no filter says that.
    if len(_WITH_CENTS.findall(text)) > 1 or _NOT_THIS.search(text):
        return False
    if labelled or "," in figure:
        return True
    alone = len(match[0].strip()) == len(text.strip())
    return not _is_day(figure) and Decimal(figure) >= (_ALONE_MIN if alone else _BARE_MIN)


def _limits(amount: Decimal, how: str) -> tuple[Decimal | None, Decimal | None]:
    if how == "over":
        return amount, None
    if how == "under":
        return None, amount
    if how == "about":
        least, most = amount * (1 - NEAR), min(amount * (1 + NEAR), AMOUNT_MAX)
        return least.quantize(_CENT), most.quantize(_CENT)
    return amount, amount


def _range(match: re.Match[str]) -> tuple[Decimal, Decimal] | None:
    least, most = _amount(match, "1"), _amount(match, "2")
    if least is None or most is None:
        return None
    said = match.groupdict()
    # `10到50万`: the first leaves its unit to the second.
    if not said["scale1"] and said["scale2"] and said["n1"] and least < (most / _scale(said, "2")):
        least *= _scale(said, "2")
    linked = match["link"].lower() not in ("and", "和", "与") or match["between"] or match["ends"]
    marked = _marked(match, "1") or _marked(match, "2") or _are_cents(match)
    sure = marked or match["between"] or match["ends"]
    return (least, most) if linked and sure and least <= most <= AMOUNT_MAX else None


def _are_cents(match: re.Match[str]) -> bool:
    """Whether both ends of a range have cents, and are no days."""
    figures = [match["n1"] or "", match["n2"] or ""]
    return all(
        _CENTS.search(each) and not _is_day(each) and Decimal(each.replace(",", "")) >= _BARE_MIN
        for each in figures
    )


def _is_day(figure: str) -> bool:
    return bool(_MONTH.fullmatch(figure) or _DAY.fullmatch(figure))


def _amount(match: re.Match[str], at: str) -> Decimal | None:
    said = match.groupdict()
    figure = said[f"n{at}"]
    if figure:
        told_as = f"{said[f'mark{at}'] or ''}{said[f'unit{at}'] or ''}"
        if _THREE_DECIMALS.search(figure) and _EURO.search(told_as) and not said[f"scale{at}"]:
            # `50.000 euros` is fifty thousand to some and fifty to others.
            return None
        amount = Decimal(figure.replace(",", "")) * _scale(said, at)
    else:
        words, unit = said[f"words{at}"] or "", said[f"wunit{at}"] or ""
        told = parse_amount(words + (unit if unit[:1] in ("元", "圆") and unit else "元"))
        if told is None:
            return None
        amount = told
    return amount if 0 < amount <= AMOUNT_MAX else None


def _scale(said: dict[str, str | None], at: str) -> int:
    return _SCALES.get((said[f"scale{at}"] or "").lower(), 1)


def _marked(match: re.Match[str], at: str) -> bool:
    """Whether a currency or, in Chinese, 万 or 亿 says that it is money."""
    said = match.groupdict()
    scale = said[f"scale{at}"] or ""
    return bool(
        said[f"mark{at}"]
        or said[f"unit{at}"]
        or said[f"wunit{at}"]
        or scale.endswith(("万", "亿"))
        or (said[f"words{at}"] or "").endswith(("万", "亿"))
    )
