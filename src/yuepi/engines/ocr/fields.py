"""The names of what can be asked for: how people ask, how schemas spell it, what paper prints.

Pure. A name that nobody foresaw is a field of its own, looked up by that very label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from yuepi.engines.ocr.page import squeeze

Kind = Literal["amount", "date", "code", "text", "any"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a page may state.

    key: its name here. asked: other names for it, compared without blanks and case. labels: what
    is printed beside it, the surest first. kind: what a value must look like.
    """

    key: str
    kind: Kind
    asked: tuple[str, ...]
    labels: tuple[str, ...] = ()


def _field(key: str, kind: Kind, asked: str, labels: str) -> Field:
    return Field(key, kind, tuple(squeeze(a) for a in asked.split("|")), tuple(labels.split("|")))


FIELDS: Final = (
    _field(
        "invoice_number", "code",
        "发票号码|发票号|票号|号码|发票编号|invoice number|invoice no|invoice no.|invoice id|number"
        "|invoice num|invoice #",
        "发票号码|Invoice Number|Invoice No.|Invoice No|Invoice #|Invoice ID|No.",
    ),
    _field("invoice_code", "code", "发票代码|invoice code|code", "发票代码|Invoice Code"),
    _field("check_code", "code", "校验码|check code", "校验码"),
    _field("machine_number", "code", "机器编号|machine number", "机器编号"),
    _field(
        "date", "date",
        "开票日期|发票日期|开票时间|日期|开具日期|date|invoice date|issue date|date of issue|issued"
        "|billing date|issued on|消费日期|交易日期",
        "开票日期|发票日期|Invoice date|Date of issue|Issue date|Issued on",
    ),
    _field(
        "total", "amount",
        "价税合计|总金额|总额|合计金额|合计|总计|发票金额|金额合计|票面金额|总价|实付金额"
        "|实付|应付金额|含税金额|总共|一共|共计|票价|消费金额|支付金额|total|total amount"
        "|小票总额|小票金额|发票总额|账单金额|开票金额|总共多少钱|一共多少钱|total cost|total paid"
        "|total amount paid|grand total|invoice total|amount due|total due|total amount due"
        "|total price|sum|amount including tax|invoice amount|bill total|price",
        "",
    ),
    _field("money", "amount", "金额|amount|钱|多少钱|费用|报销金额|amount of money", ""),
    _field(
        "net", "amount",
        "不含税金额|不含税价|不含税价格|税前价|未税金额|税前金额|不含税合计|amount before tax"
        "|net amount|net|subtotal|小计|amount excluding tax|pre-tax amount|pretax amount",
        "",
    ),
    _field("tax", "amount", "税额|税金|合计税额|tax|tax amount|vat|vat amount|gst", ""),
    _field(
        "total_words", "text", "大写金额|金额大写|价税合计大写|价税合计(大写)|大写|total in words"
        "|amount in words", "",
    ),
    _field(
        "buyer_name", "text",
        "购买方|购买方名称|购方|购方名称|买方|买方名称|抬头|发票抬头|付款单位|buyer|buyer name"
        "|customer|customer name|bill to|purchaser|purchaser name",
        "购买方名称|购方名称|Bill to|Billed to|Customer|Buyer",
    ),
    _field(
        "seller_name", "text",
        "销售方|销售方名称|销方|销方名称|卖方|卖方名称|开票单位|收款单位|商户|商家|收款方|商户名称"
        "|seller|seller name|vendor|vendor name|merchant|merchant name|supplier",
        "销售方名称|销方名称|收款方全称|商户全称|商户名称|单位名称|Seller|Vendor|Sold by",
    ),
    _field(
        "buyer_tax_id", "code",
        "购买方税号|购方税号|购买方纳税人识别号|买方税号|税号|纳税人识别号|统一社会信用代码"
        "|购买方统一社会信用代码|buyer tax id|tax id",
        "",
    ),
    _field(
        "seller_tax_id", "code",
        "销售方税号|销方税号|销售方纳税人识别号|卖方税号|销售方统一社会信用代码|seller tax id"
        "|vat id|vendor tax id",
        "VAT ID|VAT No.|Tax ID",
    ),
    _field("person", "text", "姓名|名字|name|full name|人名", "姓名|Name|Full name"),
    _field("sex", "text", "性别|sex|gender", "性别|Sex|Gender"),
    _field("ethnicity", "text", "民族|ethnicity|nationality|ethnic group|nation", "民族"),
    _field(
        "birth", "date", "出生日期|出生|生日|出生年月日|出生年月|birth|birth date|date of birth|dob"
        "|birthday|birthdate", "出生日期|出生|Date of birth|DOB",
    ),
    _field("address", "text", "住址|地址|家庭住址|address|home address", "住址|地址|Address"),
    _field(
        "id_number", "code",
        "身份证号码|身份证号|身份证|公民身份号码|公民身份证号码|证件号码|id number|id card number"
        "|identity number|id no|id|id num|citizen id",
        "公民身份号码|身份证号码|身份证号|ID No.|ID Number",
    ),
    _field("payee", "text", "收款人|payee", "收款人"),
    _field("reviewer", "text", "复核|复核人|reviewer", "复核"),
    _field("drawer", "text", "开票人|drawer|issuer", "开票人"),
    _field(
        "due_date", "date", "到期日|到期日期|付款截止日期|due date|payment due date|due",
        "到期日期|到期日|Due date|Payment due",
    ),
    _field(
        "receipt_number", "code",
        "小票号|小票号码|小票编号|收据号|收据号码|流水号|receipt number|receipt no"
        "|receipt no.|receipt #|receipt id",
        "小票号|收据号|流水号|Receipt No.|Receipt No|Receipt Number|Receipt #|Receipt",
    ),
    _field("iban", "code", "iban|iban number", "IBAN"),
    _field(
        "fare", "amount",
        "车费|打车费|打车花了|打车|出租车费|乘车费|车票|fare|taxi fare|ticket"
        "|ticket price|train fare",
        "车费|Fare",
    ),
    _field(
        "plate", "text", "车牌号|车牌|车牌号码|车号|license plate|plate number|plate",
        "车牌号|车牌|车号|Plate",
    ),
    _field(
        "mileage", "any", "里程|里程数|公里数|行驶里程|mileage|distance", "里程|Mileage|Distance"
    ),
    _field("got_on", "text", "上车时间|上车|pick-up time|pickup time|start time", "上车时间|上车"),
    _field("got_off", "text", "下车时间|下车|drop-off time|dropoff time|end time", "下车时间|下车"),
    _field("waited", "any", "等候时间|等候时长|等候|waiting time", "等候时间|等候"),
    _field(
        "tax_rate", "any", "税率|征收率|tax rate|vat rate",
        "税率|税率/征收率|征收率|Tax rate|VAT rate",
    ),
    _field(
        "goods", "any",
        "货物名称|项目名称|品名|商品名称|服务名称|货物或应税劳务、服务名称|item name",
        "货物或应税劳务、服务名称|项目名称|品名|商品名称|Item|Description",
    ),
    _field("time", "text", "时间|time|交易时间|创建时间", "交易时间|创建时间|支付时间|时间|Time"),
)  # fmt: skip
_BY_NAME: Final = {name: field for field in reversed(FIELDS) for name in field.asked} | {
    squeeze(field.key): field for field in FIELDS
}
_FILLER: Final = re.compile(
    r"^(?:请问|请|帮我|麻烦|提取|读取|识别|给出|告诉我|列出|返回|输出|查看|看看|那么?"
    r"|(?:这份|这个|这张|该|此|本|单张)(?:发票|小票|收据|账单|身份证|车票|文件|图片|照片)?"
    r"|上?(?:写|印|显示|标注|注明|填写?|记载)的"
    r"|图片|图像|照片|图(?=[中里上])|(?:发票|票据|单据|凭证|文档|证件|身份证|小票)(?=[中里上])|[中里上](?=的)|上面|里面"
    r"|的|所有|它|其|是(?!否))+|(?:的|信息|字段|内容|值|分别|各)+$"
)
_PLACED: Final = re.compile(
    r"^(?:(?:图片?|照片|发票|票据|单据|凭证|文档|证件|身份证|小票)(?:[中里上]|内(?!容))的?)"
)
_OWNED: Final = re.compile(r"^(?:发票|小票|收据|账单|身份证|车票|文件)的")
_ARTICLE: Final = re.compile(
    r"^(?:(?:the|this|that|its|their|your|a|an|of|invoice's|receipt's|value|field|please)\s+)+"
    r"|(?:\s+(?:of|on|in|from|shown|printed|stated|value|field)(?:\s.*)?)$",
    re.IGNORECASE,
)


def field_for(name: str) -> Field:
    """The field a name stands for; an unforeseen name becomes a field with that label."""
    return known_field(name) or Field(f"label:{squeeze(name)}", "any", (), (stripped(name),))


def known_field(name: str) -> Field | None:
    """The field a name stands for, if it is one of ours. Takes `invoiceNumber`, `发票的号码`."""
    for text in (name, stripped(name)):
        spelt = squeeze(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]+", " ", text)).strip(":?.")
        found = _BY_NAME.get(spelt) or _BY_NAME.get(spelt.replace("的", ""))
        if found:
            return found
    return None


def stripped(name: str) -> str:
    """A name without the words around it: 请提取图中发票的号码 → 号码, the date of it → date."""
    text = name.strip().strip("\"'“”‘’「」《》 。,.:;!?：，、；！？")
    if squeeze(text) in _BY_NAME:
        return text
    before = None
    while before != text:
        before = text
        text = _ARTICLE.sub("", _OWNED.sub("", _FILLER.sub("", _PLACED.sub("", text)))).strip()
        if squeeze(text) in _BY_NAME:
            break
    return text
