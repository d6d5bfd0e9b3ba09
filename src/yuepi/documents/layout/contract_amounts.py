"""What a contract costs: the amount in figures, in words, and its currency. Pure.

A contract names many amounts (instalments, deposits, penalties). The one that counts stands behind
words for the whole price, or its figures and words stand together there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.english_numbers import WORDS, english_amount
from yuepi.documents.layout.prose import Prose
from yuepi.documents.layout.view import View
from yuepi.kit.money import money_text, parse_amount

_WHOLE_PRICE: Final = re.compile(
    r"(?:本?(?:合同|协议|项目|工程|订单)的?(?:含税|不含税)?(?:总金额|总价款?|总额|总费用|总造价"
    r"|金额|价款|价格)"
    r"|签约合同价|总(?:金额|价款|价|额|费用|租金|报酬|造价|服务费)|(?:服务|咨询|开发|租赁|采购"
    r"|加工|设计)(?:总)?"
    r"(?:费用?|价款|金额)(?:总[计额]|共计|合计)|(?:费用|价款|金额|租金|货款)(?:总[计额]|共计|合计)"
    r"|借款(?:金额|本金)|转让(?:价款|价格))"
    r"|(?i:\b(?:total|aggregate)\s+(?:contract\s+|purchase\s+|service\s+)?"
    r"(?:price|amount|value|fees?|sum|consideration|rent)"
    r"|\bcontract\s+(?:price|sum|value|amount)|\bpurchase\s+price|\bprincipal\s+amount"
    r"|\bamount\s*\(in\s+(?:words|figures)\))"
)
_CURRENCIES: Final = (
    ("USD", r"USD|US\$|U\.S\.\s?[Dd]ollars?|US\s?[Dd]ollars?|美元"),
    ("HKD", r"HKD|HK\$|港[币元]"),
    ("EUR", r"EUR|€|[Ee]uros?|欧元"),
    ("GBP", r"GBP|£|[Pp]ounds?\s[Ss]terling|英镑"),
    ("JPY", r"JPY|日元"),
    ("SGD", r"SGD|S\$|Singapore\s[Dd]ollars?"),
    ("AUD", r"AUD|A\$"),
    ("CNY", r"RMB|CNY|¥|￥|人民币|[Rr]enminbi|[Yy]uan|元|圆"),
)
_ANY: Final = "|".join(pattern for _, pattern in _CURRENCIES)
_FIGURES: Final = re.compile(
    rf"(?P<mark>(?:{_ANY})\s*[:：]?\s*(?:[(（]\s*小写\s*[)）]\s*[:：]?\s*)?(?:¥|￥)?\s*)?"
    r"(?<![\d.,])(?P<n>\d{1,3}(?:[,，]\d{3})+(?:\.\d{1,2})?"
    r"|\d{1,13}(?:\.\d{1,2})?)(?![\d,，]\d)(?![.]\d)"
    rf"\s*(?P<scale>[万亿])?\s*(?P<after>{_ANY})?(?P<more>[整正]|\s*%"
    rf"|\s*[年月日天个台套件条份号项次名人页])?"
)
_WORDS_ZH: Final = re.compile(
    r"(?:人民[币幣])?[^\S\t]*(?P<v>(?:[零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟一二三四五六七八九十百千两万萬亿億]\s?){1,30}"
    r"[元圆圓](?:\s?[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]\s?[角分]|[零整正]){0,4})"
)
_ENGLISH_UNIT: Final = re.compile(
    r"(?i)^[\s,]*(?:RMB|CNY|USD|US|yuan|renminbi|u\.?s\.?\s*dollars?|dollars?|euros?|pounds?"
    r"|only)\b"
)
_WINDOW: Final = 200
_WINDOW_END: Final = re.compile(
    r"\n\s*(?:第[一二三四五六七八九十百\d]{1,4}条|(?:\d{1,2}|[IVX]{1,5})[.、]\s)"
    r"|(?:其中|首付|预付|定金|分期|违约金|保证金|押金)|(?i:\bof\s+which\b|\bdeposit\b|\binstal)"
)


@dataclass(frozen=True, slots=True)
class Price:
    """One amount with its place in the prose; text: as printed."""

    value: Decimal
    start: int
    end: int
    text: str
    currency: str | None


def read_amounts(view: View, prose: Prose) -> Iterator[Candidate]:
    """The fields `amount`, `amount_words` and `currency`, every different one that is named as the
    whole price: the reader of the file tells a conflict."""
    text = narrow(prose.text)
    seen: set[tuple[str, str]] = set()
    marks: dict[str, Price] = {}
    for anchor in _WHOLE_PRICE.finditer(text):
        start, end = anchor.end(), _window_end(text, anchor.end())
        figures = next(_figures(text, start, end), None)
        words = next(_words(text, start, end), None)
        for name, price in (("amount", figures), ("amount_words", words)):
            if price is None:
                continue
            value = money_text(price.value) if name == "amount" else _plain_words(price.text)
            if (name, value) in seen:
                continue
            seen.add((name, value))
            box = prose.box(price.start, price.end)
            yield view.candidate(name, value, box, prose.text[price.start : price.end])
            if price.currency:
                marks.setdefault(price.currency, price)
    for code, price in marks.items():
        box = prose.box(price.start, price.end)
        yield view.candidate("currency", code, box, prose.text[price.start : price.end])


def words_value(words: str) -> Decimal | None:
    """What an amount in Chinese or English words says."""
    value = parse_amount(words)
    return english_amount(words) if value is None else value


def _window_end(text: str, start: int) -> int:
    end = min(len(text), start + _WINDOW)
    stop = _WINDOW_END.search(text, start + 1, end)
    full = re.compile(r"[。;；]").search(text, start, end)
    ends = [end, *(each.start() for each in (stop, full) if each is not None)]
    return min(ends)


def _figures(text: str, start: int, end: int) -> Iterator[Price]:
    """Amounts in figures: a currency stands before or behind them."""
    for match in _FIGURES.finditer(text, start, end):
        more = (match["more"] or "").strip()
        if more and more not in "整正":
            continue
        currency = currency_of((match["mark"] or "") + " " + (match["after"] or ""))
        value = parse_amount(match["n"].replace("，", ",") + (match["scale"] or ""))
        if value is None or not value or (currency is None and not _is_money(match["n"])):
            continue
        first = match.start("mark") if match["mark"] else match.start("n")
        last = max(match.end("n"), match.end("scale"), match.end("after"))
        yield Price(value, first, last, text[first:last], currency)


def _is_money(figures: str) -> bool:
    """Without a mark of a currency only grouped amounts and those with cents are money."""
    return bool(re.search(r",|，|\.\d{2}$", figures)) and len(figures) >= 5


def _words(text: str, start: int, end: int) -> Iterator[Price]:
    for match in _WORDS_ZH.finditer(text, start, end):
        value = parse_amount(re.sub(r"\s", "", match["v"]))
        if value is not None:
            yield Price(value, *match.span("v"), match["v"], "CNY")
    for match in WORDS.finditer(text, start, end):
        before, after = (
            text[max(start, match.start() - 30) : match.start()],
            text[match.end() : end],
        )
        unit = _ENGLISH_UNIT.match(after)
        marked = re.search(
            r"(?i)(?:rmb|yuan|dollars?|usd|renminbi|euros?|say|words\)?\s*:?)\s*$", before
        )
        value = english_amount(text[match.start() : match.end()])
        if value is not None and value >= 1 and (unit or marked):
            last = match.start() + len(match.group().rstrip())
            stretch = before + " " + (unit.group() if unit else "")
            yield Price(
                value, match.start(), last, text[match.start() : last], currency_of(stretch)
            )


def _plain_words(text: str) -> str:
    joined = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", text)
    return " ".join(joined.split())


def currency_of(text: str) -> str | None:
    """The one currency that a stretch of text names."""
    return next((code for code, pattern in _CURRENCIES if re.search(pattern, text)), None)
