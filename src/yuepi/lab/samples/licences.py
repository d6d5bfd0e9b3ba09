"""Business licences and bank cards of companies and people that do not exist.

Card numbers begin with 9, which no bank issues, and have the right last digit (Luhn).
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from yuepi.lab.samples.figures import digits, in_words
from yuepi.lab.samples.ink import BLACK, MM, RED, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces
from yuepi.lab.samples.words import TRADES, company, person, region

_TYPES: Final = (
    "有限责任公司（自然人独资）",
    "有限责任公司（自然人投资或控股）",
    "其他有限责任公司",
    "股份有限公司（非上市）",
)
_SCOPE: Final = (
    "一般项目：技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广",
    "软件开发；信息系统集成服务；办公用品销售；计算机软硬件及辅助设备零售",
    "餐饮管理；会议及展览服务；企业管理咨询；广告设计、代理；日用百货销售",
    "货物进出口；国内贸易代理；食用农产品零售；包装材料及制品销售",
)
_SCOPE_END: Final = "（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
_SITE: Final = "https://licence.example.cn/notice?uniscid="
_BANKS: Final = (
    ("云帆银行", "YUNFAN BANK"),
    ("青禾商业银行", "QINGHE COMMERCIAL BANK"),
    ("海岚农村商业银行", "HAILAN RURAL BANK"),
    ("松柏银行", "SONGBAI BANK"),
)
_PAPERS: Final[tuple[Ink, ...]] = (
    (28, 66, 120),
    (150, 30, 40),
    (40, 46, 58),
    (214, 186, 120),
    (24, 104, 92),
)
_NAMES: Final = ("ZHANG SAN", "WANG XIAOYAN", "LI JIANGUO", "CHEN WEI", "LIU HAITAO", "ZHOU MIN")


def draw_licence(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `business_licence`, A3 crosswise as they hang on walls, drawn at A4."""
    dice = dice_of(kind, seed)
    face, value_face = faces(dice, wishes)
    host = company(dice, region(dice), TRADES[dice.choice(("meal", "office", "service"))].suffix)
    founded = on - timedelta(days=dice.randint(200, 7000))
    capital = Decimal(dice.choice((10, 50, 100, 200, 500, 1000, 3000))) * 10_000
    ends = founded.replace(day=min(founded.day, 28))
    ends = ends.replace(year=founded.year + dice.choice((20, 30)))
    forever = dice.random() < 0.5
    truth = {
        "credit_code": host.tax_id,
        "name": host.name,
        "type": dice.choice(_TYPES),
        "legal_person": person(dice),
        "capital": f"{capital:.2f}",
        "established": founded.isoformat(),
        "term": f"{founded.isoformat()}/{'长期' if forever else ends.isoformat()}",
        "address": host.address,
        "scope": dice.choice(_SCOPE) + _SCOPE_END,
    }
    sheet = Sheet(297 * MM, 210 * MM, (253, 251, 244))
    sheet.frame(24, 24, sheet.width - 24, sheet.height - 24, (176, 140, 60), 3)
    sheet.disc(sheet.width / 2, 74, 28, RED)
    sheet.disc(sheet.width / 2, 74, 20, (240, 200, 90))
    sheet.text(sheet.width / 2, 152, "营业执照", 46, face, BLACK, "middle", gap=12)
    if dice.random() < 0.4:
        sheet.text(sheet.width / 2, 178, "（副本）", 15, face, BLACK, "middle")
    sheet.text(66, 118, "统一社会信用代码", 11, face)
    sheet.text(66, 138, host.tax_id, 15, "Helvetica-Bold")
    link = _SITE + host.tax_id
    sheet.fill(sheet.width - 150, 52, sheet.width - 60, 142, WHITE)
    sheet.qr(sheet.width - 144, 58, 78, link)
    _rows(
        sheet,
        face,
        value_face,
        truth,
        _capital_text(dice, capital),
        founded,
        ends if not forever else None,
    )
    registrar = f"{region(dice).city}市市场监督管理局"
    sheet.text(620, 500, "登记机关", 13, face)
    sheet.seal(700, 490, (52, 52), registrar, face="song")
    sheet.text(610, 540, f"{on.year}年{on.month:02}月{max(1, on.day - 1):02}日", 13, value_face)
    return finished(sheet, f"{kind}-{seed}", kind, truth, codes=(link,))


def _capital_text(dice: random.Random, capital: Decimal) -> str:
    return dice.choice(
        (in_words(capital, "元"), f"{capital / 10_000:f}万元整", f"{capital / 10_000:.6f}万人民币")
    )


def _rows(
    sheet: Sheet,
    face: str,
    value_face: str,
    truth: dict[str, str],
    capital: str,
    founded: date,
    ends: date | None,
) -> None:
    until = "长期" if ends is None else _written(ends)
    left = (
        ("名　　称", truth["name"]),
        ("类　　型", truth["type"]),
        ("法定代表人", truth["legal_person"]),
        ("经营范围", truth["scope"]),
    )
    right = (
        ("注册资本", capital),
        ("成立日期", _written(founded)),
        ("营业期限", f"{_written(founded)}至{until}"),
        ("住　　所", truth["address"]),
    )
    for x, rows, room in ((66.0, left, 21), (452.0, right, 19)):
        for at, (label, value) in enumerate(rows):
            y = 232 + at * 40
            sheet.spread(x, x + 66, y, label.replace("　", ""), 13, face, BLACK)
            for piece in range(0, len(value), room):
                down = y + piece // room * 19
                sheet.text(x + 82, down, value[piece : piece + room], 13, value_face)


def _written(day: date) -> str:
    return f"{day.year}年{day.month:02}月{day.day:02}日"


def draw_bank_card(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `bank_card`, its front."""
    dice = dice_of(kind, seed)
    length = dice.choice((16, 19, 19))
    body = "9" + digits(dice, length - 2)
    number = body + luhn_digit(body)
    bank, latin = dice.choice(_BANKS)
    paper = dice.choice(_PAPERS)
    ink: Ink = BLACK if sum(paper) > 420 else WHITE
    ends = on + timedelta(days=dice.randint(60, 9 * 365))
    truth = {"card_number": number, "bank": bank}
    sheet = Sheet(85.6 * MM, 54 * MM, paper)
    sheet.text(18, 28, bank, 13, "hei", ink)
    sheet.text(18, 40, latin, 6.5, "Helvetica", ink)
    sheet.text(226, 26, dice.choice(("借记卡", "储蓄卡", "信用卡")), 8.5, "hei", ink, "right")
    sheet.fill(20, 52, 48, 74, (222, 196, 120), 4)
    sheet.text(18, 97, _grouped(number), 15.5, "Courier-Bold", ink, room=214)
    if dice.random() < 0.75:
        truth["expiry"] = f"{ends:%Y-%m}"
        sheet.text(84, 112, "VALID THRU", 5, "Helvetica", ink)
        sheet.text(116, 114, f"{ends:%m/%y}", 10, "Courier-Bold", ink)
    if dice.random() < 0.7:
        truth["holder"] = dice.choice(_NAMES)
        sheet.text(18, 136, truth["holder"], 10, "Courier-Bold", ink)
    sheet.fill(176, 118, 228, 144, WHITE, 3)
    sheet.text(202, 128, "云联", 9, "hei", RED, "middle")
    sheet.text(202, 139, "CardPay", 7.5, "Helvetica-Bold", (20, 60, 120), "middle")
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def luhn_digit(body: str) -> str:
    """The last digit of a card's number (Luhn)."""
    total = 0
    for at, digit in enumerate(map(int, reversed(body))):
        doubled = digit if at % 2 else digit * 2
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
