"""Kinds of documents and of files as people call them. Pure.

A word for a kind is a filter only where it is what is looked for (`invoices over 5000`,
`没盖章的合同`), not where it belongs to something else (`合同金额`, `the contract penalty`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from yuepi.documents.kinds import known_kinds
from yuepi.library.query import UNKNOWN
from yuepi.library.understanding.spans import TAKEN, Span

INVOICE: Final = "invoice"
"""Stands for all kinds of invoices."""
PICTURES: Final = ("jpeg", "png", "webp", "heic", "tiff", "bmp", "gif")

NEGATION_CHARACTERS_MAX: Final = 24

_KINDS: Final[dict[str, str]] = {
    "invoice": "发票|票据|invoice|invoices|bill|bills",
    "vat_special_invoice": "专票|增值税专票|VAT special invoices|special VAT invoice"
    "|special VAT invoices",
    "vat_invoice+vat_e_invoice": "普票|普通发票|增值税普票",
    "vat_special_invoice+vat_invoice+vat_e_invoice+digital_invoice": "增值税发票|VAT invoice"
    "|VAT invoices",
    "vat_e_invoice+digital_invoice": "电子发票|电子普票|e-invoice|e-invoices|electronic invoice"
    "|electronic invoices",
    "digital_invoice": "数电票|全电发票|数电发票|digital invoice|digital invoices",
    "rail_e_ticket": "火车票|高铁票|动车票|铁路电子客票|铁路客票|train ticket|train tickets"
    "|rail ticket|rail tickets|railway ticket|railway tickets",
    "taxi_invoice": "出租车票|出租车发票|打车票|打车发票|的士票|taxi tickets|taxi receipt"
    "|taxi receipts|taxi invoice|taxi invoices",
    "fixed_amount_invoice": "定额发票|定额票",
    "machine_invoice": "机打发票|卷票|卷式发票",
    "receipt": "购物小票|收银条|收据|receipt|receipts|till receipts",
    "payment_screenshot": "支付记录|付款记录|付款截图|转账截图|转账记录|支付凭证截图"
    "|payment screenshot|payment screenshots",
    "id_card": "身份证|identity cards|ID card|ID cards|identity card",
    "passport": "护照|passport|passports",
    "business_licence": "执照|business licences|business license|business licenses",
    "bank_card": "信用卡|储蓄卡|bank cards|credit card|credit cards",
    "contract": "合同书|合同文本|协议|协议书|合约|contracts|agreement|agreements",
    "form": "申请表|登记表|forms",
    "chart": "charts",
    "table": "tables",
    "itinerary": "机票行程单|航空行程单|itineraries",
    "hotel_folio": "住宿账单|宾馆账单|酒店水单|酒店结账单|hotel folios|hotel bill|hotel bills",
    "delivery_note": "发货单|送货单据|交货单|delivery notes|waybill|waybills",
    "screenshot": "截图|截屏|screenshots",
    "product_photo": "商品照片|产品图片|产品照片|product photo|product photos|product pictures",
    "question_sheet": "试卷|考卷|题目|question sheets|exam paper|exam papers",
}
_MEDIA: Final[dict[str, tuple[str, ...]]] = {
    "pdf|pdfs|pdf文件|pdf files|pdf file": ("pdf",),
    "ofd|ofd文件|ofd files|ofd file": ("ofd",),
    "图片|照片|相片|图片文件|photos|photo|pictures|picture|images|image": PICTURES,
    "扫描件|扫描文件|影印件|scans|scanned documents|scanned files": (*PICTURES, "pdf"),
    "文本文件|text files": ("text",),
}
_NOT_SURE: Final = frozenset({"其他", "图表", "something else", "境外发票", "foreign invoice"})
"""Titles of kinds that nobody would mean so."""

_TAIL_ZH: Final = re.compile(
    r"[\s,，、。.!！?？:：;；\x00]*(?:的?(?:扫描件|复印件|原件|文件|文档|资料|列表|清单|明细|都?有哪些|有没有"
    r"|有几[份张]|在哪[里儿]?|有吗|吗|呢|吧|了|啊|[是为](?=\s*\x00)))*[\s,，、。.!！?？:：;；\x00]*"
)
_HEAD_EN_AFTER: Final = re.compile(
    r"(?i)\s*(?:[,.;:!?\x00]|$|(?:over|above|under|below|from|with|without|of|by|between|in|on|since"
    r"|before|after|for|to|at|dated|issued|signed|made|sent|that|which|whose|where|about|around"
    r"|containing|mentioning|worth|is(?=\s*\x00)|we|i|there|and|or|please|added|uploaded|were|was|are)(?![a-z]))"
)
_HEAD_EN_BEFORE: Final = re.compile(
    r"(?i)^[\s\x00]*(?:(?:please|can you|could you|i want|i need|i am looking for|looking for|show"
    r"|find|list|get|give|search|search for|look for|display|open|me|us|all|any|the|every|each|our"
    r"|my|a|an|those|these|some|which|what|where are|where is|are there|is there|do we have"
    r"|unsealed|sealed|stamped|unstamped|signed|unsigned|old|new|recent|latest|last|of)[\s\x00]+)*"
    r"(?:[\w&.'’-]+[\s\x00]+){0,3}$"
)
_NEGATED: Final = re.compile(
    r"(?i)(?:(?<!要)不要|(?<!是)不是|(?<!有)没有|(?<![南北东西中是])非|除了?|除去|排除|不含|不包括"
    r"|(?<![a-z])(?:not|no|non|except(?:\s+for)?|excluding|without|other\s+than)"
    r"[\s-]*(?:the\s+|any\s+|an?\s+)?)$"
)
_PLACES_EN: Final = re.compile(
    r"(?i)(?<![a-z])(?:in|on|of|for|from|with|without|by|to|about|under|over|per|at)(?![a-z])"
)
_AND: Final = r"\s*(?:和|与|及|或|或者|以及|、|,|，|/|\band\b|\bor\b|\band/or\b)\s*"


@cache
def _words() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Each word in small letters: the query's field, and what it says there."""
    names = {kind.name for kind in known_kinds()}
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for kind in known_kinds():
        plain = re.sub(r"（.*?）", "", kind.title_zh)
        for title in (kind.title_zh, plain, kind.title_en):
            if title.lower() not in _NOT_SURE and len(title) > 1:
                found[title.lower()] = ("kinds", (kind.name,))
    for kinds, words in _KINDS.items():
        said = tuple(kind for kind in kinds.split("+") if kind in names)
        found |= {word.lower(): ("kinds", said) for word in words.split("|") if said}
    for words, media in _MEDIA.items():
        found |= {word.lower(): ("media", media) for word in words.split("|")}
    return found


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_words(), key=len, reverse=True)
    one = "|".join(
        rf"(?<![A-Za-z0-9])(?:{re.escape(word)})(?![A-Za-z0-9])" if word[0].isascii()
        else re.escape(word)
        for word in words
    )  # fmt: skip
    return re.compile(rf"(?:{one})(?:(?:{_AND}|\s+)(?:{one}))*", re.IGNORECASE)


@cache
def _single() -> re.Pattern[str]:
    words = sorted(_words(), key=len, reverse=True)
    return re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)


def sorts_in(text: str) -> list[Span]:
    """The words for kinds of documents and files that are what is looked for."""
    spans: list[Span] = []
    for match in _pattern().finditer(text):
        chinese = not match[0][-1].isascii() or match[0].lower().endswith(("pdf", "ofd"))
        if _is_head(text, match, chinese=chinese):
            spans.append(Span(*match.span(), _said(match[0])))
    return spans


def _said(text: str) -> dict[str, tuple[str, ...]]:
    says: dict[str, tuple[str, ...]] = {}
    for match in _single().finditer(text):
        field, names = _words()[match[0].lower()]
        says[field] = tuple(dict.fromkeys((*says.get(field, ()), *names)))
    return says


def _is_head(text: str, match: re.Match[str], *, chinese: bool) -> bool:
    """Whether the word is what is looked for: the last word in Chinese, the first in English."""
    before, after = text[: match.start()], text[match.end() :]
    if _NEGATED.search(before[-NEGATION_CHARACTERS_MAX:]):
        # What is not looked for must not be all that is found.
        return False
    if _TAIL_ZH.fullmatch(after):
        # `the penalty of the contract`: there the first noun counts.
        return chinese or not _PLACES_EN.search(before)
    if _HEAD_EN_AFTER.match(after) is None:
        return False
    if chinese and not after.lstrip().startswith(TAKEN):
        return False
    return not chinese and bool(_HEAD_EN_BEFORE.match(before)) and not _PLACES_EN.search(before)


def kind_label(name: str) -> tuple[str, str]:
    """What a kind is called, in Chinese and in English."""
    if name == INVOICE:
        return "发票", "Invoices"
    if name == UNKNOWN:
        return "类型不明", "not known"
    kind = next((kind for kind in known_kinds() if kind.name == name), None)
    return (name, name) if kind is None else (kind.title_zh, kind.title_en)


def kinds_meant(names: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds that names in a query stand for: `invoice` is every kind of them."""
    if INVOICE not in names:
        return names
    every = tuple(kind.name for kind in known_kinds() if kind.is_invoice)
    return tuple(dict.fromkeys((*names, *every)))
