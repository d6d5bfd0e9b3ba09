"""Screens of a payment made: WeChat, Alipay, bank apps. A proof of payment, not a voucher."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.dates import printed_dates, printed_times
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import Hit, Row, View

_WORDS: Final = (
    r"支付成功|交易成功|转账成功|付款成功|已支付|支付完成|已转账|对方已收款|交易关闭|已存入",
    r"当前状态|交易状态|账单详情|交易详情|转账详情|电子回单",
    r"支付时间|付款时间|转账时间|交易时间|创建时间|收款时间",
    r"付款方式|支付方式|付款账户|付款卡|付款账号|扣款账户",
    r"交易单号|转账单号|订单号|流水号|交易号|支付单号|凭证号",
    r"商户单号|商家订单号|商户订单号",
    r"商户全称|收款方|收款人|收款户名|收款账户|收款账号|对方账户",
    r"收单机构|清算机构|账单分类|商品说明|转账备注|账单管理|对此订单有疑问|查看往来"
    r"|申请转账电子凭证",
)
_STATE: Final = re.compile(_WORDS[0] + "|" + _WORDS[1])
_NOT_A_SCREEN: Final = re.compile(r"发票代码|发票号码|购买方|价税合计|电子发票|收银|找零|桌号|台号")
_SELLER: Final = (
    re.compile(
        r"(?:商户全称|收款方全称|收款户名|收款人(?:姓名|名称|全称)?|收款方(?:户名"
        r"|名称)?|对方户名)[\s:：]*(?P<v>[^\s:：][^\t]{1,39})$"
    ),
)
_TIME_LABEL: Final = re.compile(r"(?:支付|付款|转账|交易|创建|收款)(?:成功)?时间")
_NUMBER_LABEL: Final = re.compile(
    r"(?:^|\t)\s*(?:交易单号|转账单号|交易流水号|流水号|交易号|支付单号|凭证号"
    r"|(?<!商家)(?<!商户)订单号)[\s:：]*(?P<v>[A-Z]{0,4}\d[\d ]{9,39})?\s*$"
)
_AMOUNT_LABEL: Final = re.compile(
    r"(?:支付金额|付款金额|转账金额|交易金额|实付(?:金额|款)?|金额)[\s:：]*(?:人民币"
    r"|[¥￥])?\s*(?P<v>-?\d[\d,]*\.\d{2})(?:\s*元)?\s*$"
)
_BIG_AMOUNT: Final = re.compile(
    r"^\s*(?P<sign>[-−–+])?\s*(?:人民币"
    r"|[¥￥])?\s*(?P<sign2>[-+])?\s*(?P<v>\d{1,3}(?:,\d{3})+\.\d{2}|\d{1,8}\.\d{2})\s*元?\s*$"
)
_BACK: Final = re.compile(r"退款成功|已全额退款|已退款|交易关闭|支付失败|转账失败|付款失败")


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NOT_A_SCREEN.search(text):
        return 0.0
    words = sum(1 for pattern in _WORDS if re.search(pattern, text))
    if words < 3 or not _amounts(view):
        return 0.0
    return min(0.95, 0.6 + 0.05 * words + (0.1 if _STATE.search(text) else 0.0))


def _read(view: View) -> Draft:
    return Draft((*_seller(view), *_moment(view), *_number(view), *_total(view)))


def _seller(view: View) -> Iterator[Candidate]:
    hit = view.first(*_SELLER)
    if hit is None:
        return
    value = re.sub(r"\s*[>›》]\s*$", "", hit.text("v")).strip()
    if re.search(r"[\u4e00-\u9fffA-Za-z]{2}", value):
        yield view.candidate("seller_name", value, hit.box("v"), value)


def _moment(view: View) -> Iterator[Candidate]:
    """The date and time behind the payment's label; the creation of an order only where alone."""
    rows = [row for row in view.rows if _TIME_LABEL.search(re.sub(r"\s", "", row.text))]
    paid = [row for row in rows if "创建" not in row.text] or rows
    for name, find in (("date", lambda text: printed_dates(text, None)), ("time", printed_times)):
        seen: dict[str, Candidate] = {}
        for row in paid:
            for one in find(row.text):
                text = row.text[one.start : one.end]
                box = row.part(one.start, one.end)
                seen.setdefault(one.value, view.candidate(name, one.value, box, text))
        yield from seen.values()


def _number(view: View) -> Iterator[Candidate]:
    """The payment's own number. Long ones run on in the next line of their column."""
    for number, row in enumerate(view.rows):
        match = _NUMBER_LABEL.search(row.text)
        if match is None:
            continue
        label_right = row.lines[0].box.x1
        hits = [Hit(row, match)] if match["v"] else []
        under = view.rows[number + 1] if number + 1 < len(view.rows) else None
        close = under is not None and under.box.y0 - row.box.y1 < 0.8 * view.line_height
        if under is not None and close and (more := _digits_right_of(under, label_right)):
            hits.append(more)
        value = "".join(re.sub(r"\D", "", hit.text("v")) for hit in hits)
        if 10 <= len(value) <= 40:
            text = " ".join(hit.text("v").strip() for hit in hits)
            yield view.candidate("number", value, hits[0].box("v"), text)
        return


def _digits_right_of(row: Row, label_right: float) -> Hit | None:
    match = re.fullmatch(r"\s*(?P<v>\d[\d ]{0,29})\s*", row.text)
    return Hit(row, match) if match and row.box.x0 > label_right else None


def _amounts(view: View) -> list[Hit]:
    """The big amount on a line of its own, or labelled ones."""
    labelled = [hit for row in view.rows if (hit := _match(row, _AMOUNT_LABEL))]
    return labelled or [hit for row in view.rows if (hit := _match(row, _BIG_AMOUNT))]


def _match(row: Row, pattern: re.Pattern[str]) -> Hit | None:
    match = pattern.search(narrow(row.text))
    return Hit(row, match) if match else None


def _total(view: View) -> Iterator[Candidate]:
    """The amount paid. Money that came back, or a payment that failed, is no expense."""
    if _BACK.search(view.squeezed):
        return
    seen: dict[str, Hit] = {}
    for hit in _amounts(view):
        signs = hit.match.groupdict()
        if "+" in ((signs.get("sign") or "") + (signs.get("sign2") or "")):
            return
        value = money(hit.text("v").lstrip("-"))
        if value is not None:
            seen.setdefault(value, hit)
    for value, hit in seen.items():
        yield view.candidate("total", value, hit.box("v"), hit.text("v"))
    if seen:
        hit = view.first(r"[¥￥]|人民币|\d\s*元") or next(iter(seen.values()))
        yield view.candidate("currency", "CNY", hit.box(), hit.text())


KIND = Kind(
    name="payment_screenshot",
    title_zh="支付截图",
    title_en="Screen of a payment",
    fields=("seller_name", "date", "time", "total", "currency", "number"),
    decisive=("date", "total"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
)
