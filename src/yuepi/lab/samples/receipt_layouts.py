"""Till receipts as shops, restaurants and card machines lay them out: many more than two ways.

Each is put together by chance from what is common: where the name stands and in which form, how
the date is written, how goods are listed, which sums are printed and what they are called.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, MM, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.words import company, person, region

_WIDTH = 78 * MM
_LEFT, _RIGHT = 11.0, 78 * MM - 11.0
_STEP = 12.5
_FIRST = ("PANTAI", "BORNEO", "NORTHGATE", "GOLDEN REEF", "SERI ANGSANA", "OAKFIELD", "TIGER LILY")
_TRADE = ("HARDWARE", "MINI MARKET", "BOOK STORES", "SEAFOOD", "PHARMACY", "STATIONERY", "BAKERY")
_FORMS = ("SDN BHD", "SDN. BHD.", "(M) SDN BHD", "ENTERPRISE", "PLT", "LTD", "LLC", "TRADING")
_ROADS = ("JALAN MELUR", "JALAN PERDANA", "LORONG SETIA", "OAK STREET", "HARBOUR ROAD")
_TOWNS = ("43000 KAJANG, SELANGOR", "81100 JOHOR BAHRU, JOHOR", "50480 KUALA LUMPUR")
_GOODS = (
    "PVC PIPE 20MM", "SHARP GEL PEN 0.5", "MILK BREAD 400G", "TEH O AIS", "NASI LEMAK SET",
    "A4 PAPER 70GSM", "VITAMIN C 500MG", "LED BULB 9W", "FRIED RICE", "PLASTIC BAG",
)  # fmt: skip
_DISHES = ("宫保鸡丁", "手撕包菜", "米饭", "酸梅汤", "蒜蓉西兰花", "招牌烤鸭(半只)", "扬州炒饭")
_WARES = (
    "纯牛奶250ml*12",
    "抽纸3层120抽",
    "苹果 红富士",
    "牙膏140g",
    "垃圾袋 中号",
    "方便面五连包",
)
_BRANDS = ("云间小馆", "稻香里", "青禾生活超市", "百味轩", "安康大药房", "鲜果时光", "老街坊面馆")


@dataclass
class _Slip:
    """Rows being laid out: text at the left, the middle or both edges, then drawn on one sheet."""

    face: str
    rows: list[tuple[str, tuple[str, ...], float]] = field(default_factory=list)

    def left(self, text: str, size: float = 8.6) -> None:
        self.rows.append(("left", (text,), size))

    def middle(self, text: str, size: float = 8.6) -> None:
        self.rows.append(("middle", (text,), size))

    def pair(self, label: str, value: str, size: float = 8.8) -> None:
        self.rows.append(("pair", (label, value), size))

    def cells(self, *texts: str) -> None:
        self.rows.append(("cells", texts, 8.4))

    def rule(self) -> None:
        self.rows.append(("rule", (), 0.0))

    def drawn(self) -> Sheet:
        height = 40 + sum(max(_STEP, size + 4.5) for _, _, size in self.rows)
        sheet = Sheet(_WIDTH, height, (253, 253, 251))
        y = 26.0
        for how, texts, size in self.rows:
            self._row(sheet, y, how, texts, size)
            y += max(_STEP, size + 4.5)
        return sheet

    def _row(self, sheet: Sheet, y: float, how: str, texts: tuple[str, ...], size: float) -> None:
        room = _RIGHT - _LEFT
        if how == "rule":
            sheet.line(_LEFT, y - 4, _RIGHT, y - 4, BLACK, 0.6, (3, 2))
        elif how == "left":
            sheet.text(_LEFT, y, texts[0], size, self.face, BLACK, room=room)
        elif how == "middle":
            sheet.text(_WIDTH / 2, y, texts[0], size, self.face, BLACK, "middle", room=room)
        elif how == "pair":
            sheet.text(_LEFT, y, texts[0], size, self.face, BLACK, room=room * 0.68)
            sheet.text(_RIGHT, y, texts[1], size, self.face, BLACK, "right")
        else:
            ends = (_LEFT, _LEFT + 0.62 * room, _LEFT + 0.8 * room, _RIGHT)
            for at, (x, text) in enumerate(zip(ends, texts, strict=False)):
                sheet.text(x, y, text, size, self.face, BLACK, "right" if at else "left")


@dataclass(frozen=True, slots=True)
class _Bill:
    """What was bought and what it comes to."""

    lines: tuple[tuple[str, int, Decimal], ...]
    discount: Decimal
    service: Decimal
    tax: Decimal
    rounding: Decimal

    @property
    def goods(self) -> Decimal:
        return sum((price * count for _, count, price in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.goods - self.discount + self.service + self.tax + self.rounding


def draw(kind: str, seed: int, dice: random.Random, day: date, time: str) -> Sample:
    """A receipt in one of the many layouts; `dice` is that of the sample."""
    way = dice.choice((_malay, _malay, _malay, _restaurant, _market, _card_slip))
    slip, truth = way(dice, day, time)
    return finished(slip.drawn(), f"{kind}-{seed}", kind, truth, [])


def _lines(dice: random.Random, names: tuple[str, ...]) -> tuple[tuple[str, int, Decimal], ...]:
    chosen = dice.sample(names, dice.randint(1, min(5, len(names))))
    return tuple(
        (name, dice.choice((1, 1, 1, 2, 3, 10)), cents(Decimal(dice.randint(90, 6_000)) / 100))
        for name in chosen
    )


# --- abroad ---------------------------------------------------------------------------------------


def _malay(dice: random.Random, day: date, time: str) -> tuple[_Slip, dict[str, str]]:
    slip = _Slip(dice.choice(("Courier", "Helvetica", "Courier-Bold")))
    seller, address = _head(dice, slip)
    _dated(dice, slip, day, time)
    lines = _lines(dice, _GOODS)
    goods = sum((price * count for _, count, price in lines), Decimal(0))
    taxed = dice.random() < 0.5
    tax = cents(goods * 6 / 100) if taxed else Decimal(0)
    rounding = Decimal(0)
    if dice.random() < 0.4:
        cent = int((goods + tax) * 100) % 5
        rounding = Decimal(-cent if cent < 3 else 5 - cent) / 100
    bill = _Bill(lines, Decimal(0), Decimal(0), tax, rounding)
    _goods(dice, slip, bill)
    _sums(dice, slip, bill)
    if taxed and dice.random() < 0.5:
        slip.left("GST SUMMARY")
        slip.cells("Tax Code", "%", "Amount", "Tax")
        slip.cells("SR", "6", str(bill.goods), str(bill.tax))
    for text in dice.sample(
        ("THANK YOU. PLEASE COME AGAIN", "GOODS SOLD ARE NOT RETURNABLE", "** PAID **"), 2
    ):
        slip.middle(text)
    truth = {
        "seller_name": seller,
        "address": address,
        "date": day.isoformat(),
        "total": str(bill.total),
        "currency": "MYR",
    }
    return slip, truth


def _head(dice: random.Random, slip: _Slip) -> tuple[str, str]:
    seller = f"{dice.choice(_FIRST)} {dice.choice(_TRADE)} {dice.choice(_FORMS)}"
    number = f"({digits(dice, 6)}-{dice.choice('AHKMTX')})"
    place = slip.middle if dice.random() < 0.7 else slip.left
    size = dice.choice((9.0, 10.5, 12.0))
    if dice.random() < 0.15:
        place(dice.choice(("WELCOME", "*** COPY ***", "TAX INVOICE")))
    if dice.random() < 0.3:
        place(f"{seller} {number}", size)
    else:
        place(seller, size)
        if dice.random() < 0.6:
            place(dice.choice((number, f"CO. REG NO: {number[1:-1]}", f"Company No : {number}")))
    street = f"NO {dice.randint(1, 99)}, {dice.choice(_ROADS)} {dice.randint(1, 9)},"
    town = dice.choice(_TOWNS)
    place(street)
    place(town)
    if dice.random() < 0.8:
        place(
            dice.choice(("TEL: ", "Tel : ", "TEL/FAX: ")) + f"0{digits(dice, 2)}-{digits(dice, 7)}"
        )
    if dice.random() < 0.5:
        place(f"GST ID : {digits(dice, 12)}")
    slip.rule()
    if dice.random() < 0.7:
        slip.middle(dice.choice(("TAX INVOICE", "SIMPLIFIED TAX INVOICE", "RECEIPT", "CASH BILL")))
    return seller, f"{street} {town}"


def _dated(dice: random.Random, slip: _Slip, day: date, time: str) -> None:
    shown = dice.choice(
        (f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", f"{day:%d/%m/%y}", f"{day:%d %b %Y}",
         f"{day:%d-%b-%Y}", f"{day:%Y-%m-%d}", f"{day:%d.%m.%Y}")
    )  # fmt: skip
    hour, minute = int(time[:2]), time[3:]
    clock = dice.choice(
        (time, f"{time}:{digits(dice, 1)}7"[:8], f"{hour % 12 or 12}:{minute} {'AP'[hour > 11]}M")
    )
    number = f"{dice.choice(('CS', 'INV-', 'A', ''))}{digits(dice, 7)}"
    how = dice.randint(0, 4)
    if how == 0:
        slip.pair(f"Date : {shown}", f"Time : {clock}")
        slip.left(f"Receipt # : {number}")
    elif how == 1:
        slip.left(f"Invoice No : {number}")
        slip.left(f"Date       : {shown} {clock}")
        slip.left(f"Cashier    : {dice.choice(('ANI', 'USER 1', 'MANAGER'))}")
    elif how == 2:
        slip.left(f"{shown} {clock}   {number}")
    elif how == 3:
        slip.pair("Bill No:", number)
        slip.pair("Bill Date:", shown)
        slip.pair("Bill Time:", clock)
    else:
        slip.left(f"Doc No. : {number}")
        slip.pair(f"Date: {shown}", f"Cashier: {dice.choice(('ANI', 'ADMIN', 'LIM'))}")


def _goods(dice: random.Random, slip: _Slip, bill: _Bill) -> None:
    slip.rule()
    how = dice.randint(0, 2)
    if how == 0:
        slip.cells("Item", "Qty", "Price", "Amt(RM)")
    for at, (name, count, price) in enumerate(bill.lines, 1):
        amount = price * count
        if how == 0:
            slip.cells(name, str(count), str(price), str(amount))
        elif how == 1:
            slip.left(f"{at}. {name}")
            slip.pair(f"   {count} x {price}", f"{amount}{dice.choice(('', ' SR', ' S'))}")
        else:
            slip.left(f"{digits(dice, 13)} {name}")
            slip.pair(f"{count} PCS @ {price}", str(amount))
    slip.rule()


def _sums(dice: random.Random, slip: _Slip, bill: _Bill) -> None:
    mark = dice.choice(("", "", "RM", "RM "))
    before = bill.goods + bill.tax
    if bill.tax:
        slip.pair(dice.choice(("Sub Total", "Total (Excluding GST)", "SUBTOTAL")), str(bill.goods))
        slip.pair(dice.choice(("GST 6%", "Total GST @6%", "Add GST 6%")), str(bill.tax))
    elif dice.random() < 0.4:
        slip.pair("Sub Total", str(bill.goods))
    if bill.rounding:
        slip.pair(dice.choice(("Total Sales", "Total Amount", "TOTAL")), str(before))
        slip.pair(
            dice.choice(("Rounding Adj", "Rounding", "Rounding Adjustment")), str(bill.rounding)
        )
    last = (
        ("Total Rounded", "GRAND TOTAL", "NET TOTAL", "Amount Due")
        if bill.rounding
        else ("TOTAL", "Total :", "Total Amount", "Total Sales (Inclusive of GST)", "GRAND TOTAL",
              "TOTAL RM", "Amount Due", "Nett Total", "Balance Due")
    )  # fmt: skip
    slip.pair(dice.choice(last), f"{mark}{bill.total}", dice.choice((8.8, 11.0, 12.5)))
    if dice.random() < 0.7:
        given = bill.total + dice.choice((cents(Decimal(0)), cents(Decimal(5)), cents(Decimal(50))))
        slip.pair(
            dice.choice(("CASH", "Cash Received", "Paid Amount", "Cash Tendered")), str(given)
        )
        slip.pair(dice.choice(("CHANGE", "Change", "Change Due")), str(given - bill.total))
    else:
        slip.pair(dice.choice(("VISA CARD", "MASTERCARD", "DEBIT CARD")), str(bill.total))
    if dice.random() < 0.4:
        slip.left(f"Total Qty: {sum(count for _, count, _ in bill.lines)}")


# --- in China -------------------------------------------------------------------------------------


def _restaurant(dice: random.Random, day: date, time: str) -> tuple[_Slip, dict[str, str]]:
    slip = _Slip("hei")
    place = region(dice)
    seller = f"{dice.choice(_BRANDS)}（{dice.choice(place.districts)}店）"
    slip.middle(seller, 12.5)
    slip.middle(dice.choice(("结账单", "预结单", "消费清单", "结算单", "外卖小票")), 10.5)
    slip.pair(f"桌号：{dice.randint(1, 60)}", f"人数：{dice.randint(1, 12)}")
    slip.left(f"流水号：{day:%Y%m%d}{digits(dice, 4)}")
    how = dice.randint(0, 2)
    if how == 0:
        slip.left(f"开台时间：{day.isoformat()} 10:0{digits(dice, 1)}:11")
        slip.left(f"结账时间：{day.isoformat()} {time}:2{digits(dice, 1)}")
    elif how == 1:
        slip.left(f"日期：{day.year}年{day.month:02d}月{day.day:02d}日 {time}")
    else:
        slip.pair(f"收银员：{person(dice)}", f"{day:%Y/%m/%d} {time}")
    lines = _lines(dice, _DISHES)
    goods = sum((price * count for _, count, price in lines), Decimal(0))
    off = cents(Decimal(int(goods * 10 // 100))) if dice.random() < 0.4 else Decimal(0)
    bill = _Bill(lines, off, Decimal(0), Decimal(0), Decimal(0))
    slip.rule()
    slip.cells("菜品", "数量", "单价", "小计")
    for name, count, price in lines:
        slip.cells(name, str(count), str(price), str(price * count))
    slip.rule()
    if off:
        slip.pair(dice.choice(("消费金额：", "原价合计：", "小计：")), str(goods))
        slip.pair(dice.choice(("会员优惠：", "折扣：", "优惠金额：")), f"-{off}")
    slip.pair(
        dice.choice(("应付金额：", "实付：", "应收：", "实付金额：")),
        f"{dice.choice(('', '¥', '￥'))}{bill.total}",
        dice.choice((9.0, 12.0)),
    )
    slip.pair(dice.choice(("微信支付：", "支付宝：", "现金：")), str(bill.total))
    if dice.random() < 0.5:
        slip.left(
            f"地址：{place.city}市{dice.choice(place.districts)}人民路{dice.randint(1, 300)}号"
        )
    slip.middle(dice.choice(("谢谢惠顾，欢迎下次光临", "多谢惠顾", "欢迎再次光临")))
    truth = {
        "seller_name": seller,
        "date": day.isoformat(),
        "total": str(bill.total),
        "currency": "CNY",
    }
    return slip, truth


def _market(dice: random.Random, day: date, time: str) -> tuple[_Slip, dict[str, str]]:
    slip = _Slip("hei")
    place = region(dice)
    if dice.random() < 0.5:
        seller = f"{dice.choice(_BRANDS)}{dice.choice(place.districts)}店"
    else:
        seller = company(dice, place, "商贸有限公司").name
    if dice.random() < 0.3:
        slip.middle("欢迎光临")
    slip.middle(seller, 11.5)
    slip.left(f"机号：{digits(dice, 3)}　收银员：{digits(dice, 4)}")
    slip.left(f"小票号：{digits(dice, 12)}")
    slip.left(
        dice.choice(("日期：", "交易时间：", "时间："))
        + f"{day.isoformat()} {time}:{digits(dice, 1)}4"
    )
    lines = _lines(dice, _WARES)
    bill = _Bill(lines, Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    slip.rule()
    slip.cells("品名", "数量", "单价", "金额")
    for name, count, price in lines:
        slip.left(f"{digits(dice, 13)} {name}")
        slip.cells("", str(count), str(price), str(price * count))
    slip.rule()
    slip.pair(f"件数：{sum(count for _, count, _ in lines)}", f"合计：{bill.total}")
    if dice.random() < 0.5:
        given = bill.total + dice.choice((Decimal(0), cents(Decimal(50))))
        slip.pair("应收：", str(bill.total))
        slip.pair("实收：", str(given))
        slip.pair("找零：", str(given - bill.total))
    else:
        slip.pair(dice.choice(("微信", "支付宝", "银联卡")), str(bill.total))
    if dice.random() < 0.4:
        slip.left(f"会员积分：{dice.randint(10, 9000)}")
    slip.middle("谢谢惠顾，请保留小票以便退换")
    truth = {
        "seller_name": seller,
        "date": day.isoformat(),
        "total": str(bill.total),
        "currency": "CNY",
    }
    return slip, truth


def _card_slip(dice: random.Random, day: date, time: str) -> tuple[_Slip, dict[str, str]]:
    """签购单: what a card machine prints for the merchant and the holder."""
    slip = _Slip("hei")
    place = region(dice)
    seller = company(dice, place, dice.choice(("餐饮管理有限公司", "酒店管理有限公司"))).name
    total = cents(Decimal(dice.randint(1_000, 400_000)) / 100)
    slip.middle(dice.choice(("POS 签购单", "银联商务 签购单", "持卡人存根")), 11.5)
    slip.left(f"商户名称：{seller}")
    slip.left(f"商户编号：{digits(dice, 15)}")
    slip.left(f"终端编号：{digits(dice, 8)}")
    slip.left(f"卡号：6222 02** **** {digits(dice, 4)}")
    slip.left("交易类型：消费")
    slip.left(f"批次号：{digits(dice, 6)}　凭证号：{digits(dice, 6)}")
    slip.left(f"日期/时间：{day:%Y/%m/%d} {time}:{digits(dice, 1)}8")
    slip.left(dice.choice(("金额：", "交易金额：", "金额（RMB）：")) + f"RMB {total:,.2f}", 11.0)
    slip.rule()
    slip.left("持卡人签名：")
    slip.left("本人确认以上交易，同意将其记入本卡账户")
    truth = {
        "seller_name": seller,
        "date": day.isoformat(),
        "total": f"{total:.2f}",
        "currency": "CNY",
    }
    return slip, truth
