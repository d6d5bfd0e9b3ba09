"""Slips of paper as rows of text, for tests of ticket kinds, and papers that are none."""

from __future__ import annotations

from yuepi.documents.fields import Draft
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Source
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line, Seal

NEGATIVES = (
    ("本店提供定额发票", "欢迎光临", "电话：010-12345678"),
    ("菜单", "宫保鸡丁|38元", "鱼香肉丝|￥32.00", "米饭|2元"),
    ("关于停止使用通用定额发票和通用机打发票的公告", "各纳税人：", "自即日起停止使用旧版发票"),
    ("出租车专用发票", "发票代码 144031900111", "发票号码 12345678", "机打发票 手写无效",
     "车号：粤B12345", "上车：08:00", "下车：08:30", "里程：5.0KM", "金额：￥20.00元"),
    ("增值税电子普通发票", "发票代码：011001800211", "发票号码：73642815", "购买方|名称：甲公司",
     "货物或应税劳务名称|金额|税率|税额", "价税合计（大写）|壹佰元整|（小写）￥100.00",
     "销售方", "开票人：甲"),
    ("电子发票（普通发票）", "发票号码：25312000000123456789", "开票日期：2025年06月01日",
     "价税合计（大写）|壹佰元整|（小写）¥100.00"),
    ("12306", "G123", "北京南|上海虹桥", "订单已支付", "票价 ￥553.0", "05车12A号"),
    ("电子发票（航空运输电子客票行程单）", "发票号码：25312000000123456789",
     "票价|CNY 500.00", "电子客票号码"),
    ("支付成功", "￥50.00", "收款方|某某停车场", "付款方式|零钱", "交易单号|4200001234567890"),
)  # fmt: skip


def view(*rows: str, source: Source = "layout", seals: tuple[Seal, ...] | None = None) -> View:
    """A page of rows; `|` sets the parts of a row wide apart."""
    lines = []
    for number, row in enumerate(rows):
        y = 0.05 + 0.9 * number / max(len(rows), 12)
        parts = row.split("|")
        for place, part in enumerate(parts):
            if part:
                x = 0.05 + 0.9 * place / len(parts)
                lines.append(Line(part, Box(x, y, x + 0.012 * len(part), y + 0.03)))
    return View(1, source, tuple(lines), 1.6, seals=seals)


def values(draft: Draft) -> dict[str, str]:
    """The only value of each field; several join with a slash."""
    found: dict[str, list[str]] = {}
    for each in draft.candidates:
        found.setdefault(each.name, []).append(each.value)
    return {name: "/".join(dict.fromkeys(texts)) for name, texts in found.items()}
