"""Screenshots of payments on a phone: no invoices, whatever their amounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, GREY, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, issued
from yuepi.lab.samples.words import TRADES, company, region

_WIDTH, _HEIGHT = 390.0, 844.0
_GREEN: Ink = (7, 170, 90)
_BLUE: Ink = (22, 119, 255)
_PALE: Ink = (237, 237, 237)


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `payment_screenshot`, in the style of two common apps."""
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    trade = TRADES[wishes.trade or dice.choice([*TRADES])]
    shop = company(dice, region(dice), trade.suffix).name
    total = cents(wishes.total or Decimal(dice.randint(500, 60000)) / 100)
    clock = f"{dice.randint(8, 21):02d}:{dice.randint(0, 59):02d}:{dice.randint(0, 59):02d}"
    sheet = Sheet(_WIDTH, _HEIGHT, WHITE)
    sheet.text(30, 30, clock[:5], 14, "Helvetica-Bold")
    sheet.fill(330, 20, 356, 32, BLACK, 3)
    sheet.disc(310, 26, 5, BLACK)
    green = dice.random() < 0.5
    accent = _GREEN if green else _BLUE
    heading = "账单详情"
    sheet.text(_WIDTH / 2, 70, heading, 17, "hei", BLACK, "middle")
    sheet.line(26, 58, 18, 65, BLACK, 1.6)
    sheet.line(18, 65, 26, 72, BLACK, 1.6)
    sheet.disc(_WIDTH / 2, 130, 24, accent)
    sheet.text(_WIDTH / 2, 138, shop[2], 20, "hei", WHITE, "middle")
    sheet.text(_WIDTH / 2, 180, shop, 15, "hei", BLACK, "middle", room=330)
    sheet.text(_WIDTH / 2, 226, f"-{total}", 34, "Helvetica-Bold", BLACK, "middle")
    if not green:
        sheet.text(_WIDTH / 2, 252, "交易成功", 13, "hei", GREY, "middle")
    stamp = f"{day:%Y}年{day.month}月{day.day}日 {clock}" if green else f"{day.isoformat()} {clock}"
    good = dice.choice(trade.goods)[0].split("*")[-1]
    rows = (
        [
            ("当前状态", "支付成功"),
            ("支付时间", stamp),
            ("商品", good),
            ("商户全称", shop),
            ("支付方式", "零钱"),
            ("交易单号", digits(dice, 28)),
            ("商户单号", digits(dice, 20)),
        ]
        if green
        else [
            ("付款方式", "余额宝"),
            ("商品说明", good),
            ("收款方全称", shop),
            ("创建时间", stamp),
            ("订单号", digits(dice, 28)),
            ("账单分类", "日用百货"),
        ]
    )
    sheet.line(20, 276, _WIDTH - 20, 276, _PALE, 1)
    for i, (label, value) in enumerate(rows):
        y = 308 + i * 36
        sheet.text(22, y, label, 14, "hei", GREY)
        sheet.text(_WIDTH - 22, y, value, 14, "hei", BLACK, "right", room=250)
    sheet.fill(0, 610, _WIDTH, 622, _PALE)
    sheet.text(22, 656, "账单服务", 14, "hei", GREY)
    sheet.text(22, 692, "对订单有疑惑", 14, "hei", accent)
    sheet.text(200, 692, "发起群收款" if green else "申请电子回单", 14, "hei", accent)
    truth = {
        "seller_name": shop,
        "date": day.isoformat(),
        "time": clock,
        "total": str(total),
        "currency": "CNY",
    }
    return finished(sheet, f"{kind}-{seed}", kind, truth)
