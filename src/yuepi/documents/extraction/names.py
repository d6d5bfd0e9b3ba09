"""Which field, column or label a property means, by its name, title and description.

Names are compared whole, without case, spaces and punctuation: `invoiceNumber`, `Invoice No.` and
`invoice_number` are one. A name that says little (`name`, `number`, `地址`) takes what it stands in
along: `seller.name` is the seller's name and never the driver's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from yuepi.documents.extraction.wanted import Wanted
from yuepi.documents.kinds.kind import Kind

SYNONYMS: Final[Mapping[str, str]] = {
    "type": "票种 发票类型 票据类型 发票种类 invoice_type document_type doc_type",
    "title": "票面标题 标题 发票名称 document_title",
    "code": "发票代码 invoice_code fapiao_code",
    "number": (
        "发票号码 号码 票号 发票号 票据号码 单号 invoice_number invoice_no invoice_num invoice_id"
        " fapiao_number fapiao_no receipt_number receipt_no ticket_number ticket_no document_number"
        " document_no no"
    ),
    "date": (
        "开票日期 日期 发票日期 消费日期 交易日期 票据日期 invoice_date issue_date date_of_issue"
        " issued_on issued_at date_issued receipt_date transaction_date purchase_date document_date"
        " ticket_date bill_date"
    ),
    "time": "时间 交易时间 消费时间 transaction_time receipt_time purchase_time",
    "check_code": "校验码 check_code verification_code",
    "buyer_name": (
        "购买方 购买方名称 购方 购方名称 买方 买方名称 付款方 发票抬头 抬头 buyer buyer_name"
        " purchaser purchaser_name customer customer_name bill_to billed_to client"
        " client_name payer"
    ),
    "buyer_tax_id": (
        "购买方税号 购方税号 买方税号 购买方纳税人识别号 购方纳税人识别号 购买方统一社会信用代码"
        " 购买方统一社会信用代码/纳税人识别号 buyer_tax_number buyer_tax_id buyer_tax_no"
        " buyer_tin buyer_vat_id buyer_vat_number purchaser_tax_id purchaser_tax_number"
        " customer_tax_id customer_vat_number"
    ),
    "seller_name": (
        "销售方 销售方名称 销方 销方名称 卖方 卖方名称 商家 商家名称 商户 商户名称 店名 门店"
        " 门店名称 开票单位 收款单位 收款方 供应商 供应商名称 seller seller_name"
        " vendor vendor_name supplier"
        " supplier_name merchant merchant_name store store_name shop shop_name company_name issuer"
        " issuer_name payee retailer"
    ),
    "seller_tax_id": (
        "销售方税号 销方税号 卖方税号 销售方纳税人识别号 销方纳税人识别号 销售方统一社会信用代码"
        " 销售方统一社会信用代码/纳税人识别号 seller_tax_number seller_tax_id seller_tax_no"
        " seller_tin seller_vat_id seller_vat_number vendor_tax_id vendor_vat_number"
        " supplier_tax_id merchant_tax_id vat_number vat_id"
    ),
    "address": (
        "地址 商家地址 门店地址 销售方地址 seller_address vendor_address merchant_address"
        " store_address shop_address"
    ),
    "subtotal": "小计 subtotal sub_total net_total",
    "amount": (
        "不含税金额 金额合计 合计金额不含税 amount_before_tax amount_without_tax net_amount"
        " pre_tax_amount untaxed_amount amount_excluding_tax"
    ),
    "tax": (
        "税额 合计税额 税额合计 tax tax_amount total_tax vat vat_amount gst gst_amount sales_tax"
    ),
    "total": (
        "价税合计 总额 总金额 合计 总计 合计金额 应付金额 实付金额 实收金额 实付 实收 含税金额"
        " 价税合计小写 小写金额 支付金额 付款金额 票价 total total_amount amount_total grand_total"
        " total_price amount_due total_due amount_paid amount_with_tax gross_amount invoice_total"
        " total_including_tax total_incl_tax fare"
    ),
    "total_cn": (
        "合计大写 价税合计大写 大写金额 金额大写 大写 total_in_words amount_in_words"
        " total_amount_in_words total_cn"
    ),
    "currency": "币种 货币 currency currency_code",
    "plate": "车牌 车牌号 车牌号码 车号 plate plate_number license_plate licence_plate car_number",
    "on": "上车 上车时间 boarding_time pickup_time pick_up_time start_time get_on_time",
    "off": "下车 下车时间 drop_off_time dropoff_time end_time get_off_time",
    "distance": "里程 里程数 distance mileage distance_km",
    "train": "车次 train train_number train_no",
    "from": "出发站 始发站 departure_station from_station origin from",
    "to": "到达站 终到站 目的站 arrival_station to_station destination to",
    "departure": "发车时间 乘车时间 开车时间 departure_time departure departs_at",
    "passenger": "乘车人 旅客姓名 乘客 旅客 乘客姓名 passenger passenger_name traveller traveler",
    "seat": "座位 座位号 座席 seat seat_number seat_no",
}
"""What people call the fields that several kinds share. `Kind.labels` says it of its own."""

COLUMNS: Final[Mapping[str, str]] = {
    "name": (
        "名称 品名 项目 项目名称 商品 商品名称 货物名称 货物或应税劳务名称 服务名称 菜名 摘要"
        " 货物或应税劳务服务名称 name item item_name product product_name goods goods_name"
        " description title service"
    ),
    "model": "规格 型号 规格型号 model spec specification",
    "unit": "单位 计量单位 unit unit_of_measure uom",
    "quantity": "数量 件数 份数 quantity qty count",
    "price": "单价 价格 price unit_price price_per_unit",
    "amount": (
        "金额 小计 总价 合计 amount line_total line_amount subtotal sub_total total total_price"
        " item_total sum"
    ),
    "rate": "税率 征收率 税率征收率 rate tax_rate vat_rate",
    "tax": "税额 tax tax_amount vat vat_amount",
}
"""What people call the columns of lines of goods (`Item`)."""

_VAGUE_NAMES: Final = (
    "name address number no id date time phone tel email title type code account value amount"
    " total unit currency 名称 姓名 地址 号码 编号 日期 时间 电话 邮箱 标题 类型 代码 账号 金额"
    " 税号 tax_id tax_number 统一社会信用代码 纳税人识别号"
)
"""Names that mean nothing by themselves inside an object that is somebody's or something's."""
_GROUPS: Final = (
    "invoice invoices receipt receipts document documents doc data result results info information"
    " header fields details detail content summary basic general meta metadata ticket tickets bill"
    " bills voucher vouchers payment payments amounts totals money form record records"
    " 发票 票据 单据 文件 数据 结果 信息 详情 基本信息 票面信息 小票 收据 金额 合计"
)
"""Objects that only group what the document says of itself."""
_BRACKETS: Final = re.compile(r"[(（\[【].*?[)）\]】]")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")


def key_of(name: str) -> str:
    """A name as it is compared: letters, digits and Chinese characters, in lower case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in plain if character.isalnum())


def keys_of(words: str) -> frozenset[str]:
    """The keys of names that are written one after the other."""
    return frozenset(key_of(word) for word in words.split())


_VAGUE: Final = keys_of(_VAGUE_NAMES)
_NEUTRAL: Final = keys_of(_GROUPS)
_SYNONYM_KEYS: Final = {field: keys_of(f"{field} {words}") for field, words in SYNONYMS.items()}
COLUMN_KEYS: Final = {column: keys_of(f"{column} {words}") for column, words in COLUMNS.items()}


def field_keys(kind: Kind) -> Mapping[str, frozenset[str]]:
    """For each field of a kind the keys of all that it is called."""
    return {
        name: _SYNONYM_KEYS.get(name, frozenset({key_of(name)}))
        | frozenset(
            key
            for label in kind.labels.get(name, ())
            for key in (key_of(label), key_of(_BRACKETS.sub("", label)))
            if key
        )
        for name in kind.fields
    }


def spoken(wanted: Wanted) -> tuple[str, ...]:
    """The keys by which a value may be known, the most telling first.

    With what it stands in (`seller.name`), then alone; last the parts of its description, where
    that is a few words and no sentence.
    """
    own = [key for each in (wanted.name, *wanted.names) for key in _spoken_alone(each)]
    around = [each for each in wanted.path[:-1] if key_of(each) not in _NEUTRAL]
    found: list[str] = []
    if around:
        holder = key_of(around[-1])
        for each in (holder, _singular(holder)):
            found += [each + key for key in own] + [f"{each}的{key}" for key in own]
    found += [key for key in own if not (around and key in _VAGUE)]
    if not around:
        found += _described(wanted.about)
    return tuple(dict.fromkeys(key for key in found if key))


def _spoken_alone(name: str) -> list[str]:
    whole = key_of(name)
    less = key_of(_BRACKETS.sub("", name))
    # As schemas number and mark what is the same: `date_str`, `total_value`.
    return list(dict.fromkeys((whole, less)))


def _singular(key: str) -> str:
    return key[:-1] if key.endswith("s") and len(key) > 3 else key


def _described(about: str) -> list[str]:
    """The parts of a description that could be a label: Chinese runs, and short English ones."""
    parts = [part.strip() for part in re.split(r"[,，;；。.、/()（）:：\n]", about)]
    return [
        key_of(part)
        for part in parts
        if part and (_CHINESE.fullmatch(part) or len(part.split()) <= 4)
    ]


def matching(keys: Sequence[str], called: Mapping[str, frozenset[str]]) -> str | None:
    """Which of several things, each with the keys it is called by, is meant; None where none is,
    or where two could be."""
    for key in keys:
        same = [name for name, theirs in called.items() if key in theirs]
        if len(same) == 1:
            return same[0]
        exact = [name for name in same if key == key_of(name)]
        if len(exact) == 1:
            return exact[0]
        if same:
            return None
    return None


def labels_for(wanted: Wanted) -> frozenset[str]:
    """The keys of labels on paper that would stand before this value."""
    keys = spoken(wanted)
    more = (theirs for theirs in _SYNONYM_KEYS.values() if theirs & frozenset(keys[:2]))
    return frozenset(keys) | frozenset(key for theirs in more for key in theirs)


def column_matching(wanted: Wanted, heads: Iterable[str]) -> str | None:
    """Which of the heads of a table a member of its rows' object means."""
    called = {head: _head_keys(head) for head in heads}
    own = [key for each in (wanted.name, *wanted.names) for key in _spoken_alone(each)]
    keys = [*own, *_described(wanted.about)]
    found = matching(keys, called)
    if found is not None:
        return found
    for theirs in COLUMN_KEYS.values():
        if theirs & frozenset(own):
            same = [head for head, heads_keys in called.items() if heads_keys & theirs]
            return same[0] if len(same) == 1 else None
    return None


def _head_keys(head: str) -> frozenset[str]:
    return frozenset(key for key in (key_of(head), key_of(_BRACKETS.sub("", head))) if key)


def item_column(wanted: Wanted) -> str | None:
    """Which column of `Item` a member of a list's object means."""
    own = [key for each in (wanted.name, *wanted.names) for key in _spoken_alone(each)]
    return matching([*own, *_described(wanted.about)], COLUMN_KEYS)
