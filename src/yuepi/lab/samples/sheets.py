"""Papers that get into claims and are nothing of the sort: menus, notices, business cards."""

from __future__ import annotations

from datetime import date, timedelta

from yuepi.lab.samples.figures import digits
from yuepi.lab.samples.ink import BLACK, BROWN, GREY, MAROON, MM, RED, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces
from yuepi.lab.samples.words import company, person, region

OTHER = "other"
_GROUPS = (
    (
        "凉菜",
        (("拍黄瓜", 16), ("口水鸡", 36), ("凉拌木耳", 22), ("皮蛋豆腐", 18), ("卤水拼盘", 48)),
    ),
    (
        "热菜",
        (
            ("宫保鸡丁", 42),
            ("水煮鱼", 78),
            ("回锅肉", 46),
            ("干煸豆角", 32),
            ("红烧排骨", 68),
            ("蒜蓉西兰花", 28),
        ),
    ),
    ("主食", (("扬州炒饭", 24), ("手工水饺", 26), ("葱油拌面", 18), ("米饭", 3))),
    ("饮品", (("酸梅汤", 12), ("鲜榨橙汁", 26), ("菊花茶", 20), ("青岛啤酒", 10))),
)
_HOUSES = ("云间小馆", "松柏人家", "老城食府", "海岚餐厅", "青禾私房菜")


def draw_menu(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A restaurant's menu, A4: prices and dishes, but nobody bought anything."""
    dice = dice_of(kind, seed)
    face, value_face = faces(dice, wishes)
    sheet = Sheet(
        210 * MM, 297 * MM, dice.choice(((252, 245, 230), (255, 255, 252), (246, 240, 236)))
    )
    middle = sheet.width / 2
    accent: Ink = dice.choice((MAROON, BROWN, (30, 90, 60)))
    sheet.frame(24, 24, sheet.width - 24, sheet.height - 24, accent, 2)
    sheet.text(middle, 84, dice.choice(_HOUSES), 34, face, accent, "middle")
    sheet.text(middle, 112, "菜　单　MENU", 15, face, accent, "middle")
    y = 156.0
    for group, dishes in _GROUPS:
        sheet.text(60, y, group, 18, face, accent)
        sheet.line(60, y + 7, sheet.width - 60, y + 7, accent, 0.8)
        y += 30
        for dish, price in dice.sample(dishes, len(dishes)):
            shown = price + dice.randint(0, 9)
            left = 76 + sheet.text(76, y, dish, 13.5, value_face)
            right = (
                sheet.width
                - 76
                - sheet.text(sheet.width - 76, y, f"{shown}元", 13.5, value_face, BLACK, "right")
            )
            sheet.line(left + 6, y - 3, right - 6, y - 3, GREY, 0.6, (1, 3))
            y += 23
        y += 12
    sheet.text(
        middle, sheet.height - 44, f"订座电话：{digits(dice, 8)}", 11, face, accent, "middle"
    )
    return _other(kind, seed, sheet)


def draw_notice(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A notice that talks about invoices, amounts and deadlines, and is none."""
    dice = dice_of(kind, seed)
    face, value_face = faces(dice, wishes)
    sheet = Sheet(210 * MM, 297 * MM, (255, 255, 255))
    host = company(dice, region(dice), "科技有限公司").name
    day = on - timedelta(days=dice.randint(3, 90))
    sheet.text(sheet.width / 2, 110, "关于规范费用报销的通知", 26, face, RED, "middle")
    sheet.line(60, 128, sheet.width - 60, 128, RED, 1.5)
    rows = (
        "各部门：",
        "　　为加强费用管理，现将报销要求通知如下：",
        f"　　一、单笔超过{dice.choice((2000, 3000, 5000))}元的费用须事先审批。",
        "　　二、发票抬头应为公司全称，并填写纳税人识别号。",
        "　　三、电子发票请提交原始文件，不得重复报销。",
        f"　　四、本月单据请于{day.month}月{min(28, day.day + 2)}日前交财务部。",
        "　　五、餐费须附消费清单，出租车票须注明事由。",
        "　　特此通知。",
    )
    for i, row in enumerate(rows):
        sheet.text(70, 178 + i * 34, row, 14.5, value_face)
    sheet.text(sheet.width - 80, 490, host, 14, value_face, BLACK, "right")
    sheet.text(
        sheet.width - 80, 518, f"{day:%Y}年{day.month}月{day.day}日", 14, value_face, BLACK, "right"
    )
    return _other(kind, seed, sheet)


def draw_card(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A business card, 90 x 54 mm."""
    dice = dice_of(kind, seed)
    face, value_face = faces(dice, wishes)
    host = company(dice, region(dice), "信息技术有限公司")
    accent: Ink = dice.choice(((32, 84, 147), (20, 110, 90), (60, 60, 70)))
    sheet = Sheet(90 * MM, 54 * MM, (253, 253, 253))
    sheet.fill(0, 0, 9, sheet.height, accent)
    sheet.text(26, 38, host.name, 11, face, accent, room=210)
    sheet.text(26, 72, person(dice), 17, value_face)
    sheet.text(100, 72, dice.choice(("销售经理", "产品总监", "工程师")), 9, value_face, GREY)
    rows = (
        f"手机：1{dice.choice('35789')}{digits(dice, 9)}",
        f"电话：{host.phone}",
        f"地址：{host.address}",
        f"邮箱：{dice.choice(('hello', 'sales', 'contact'))}@example.com",
    )
    for i, row in enumerate(rows):
        sheet.text(26, 98 + i * 13, row, 8, value_face, room=215)
    return _other(kind, seed, sheet)


def _other(kind: str, seed: int, sheet: Sheet) -> Sample:
    return finished(sheet, f"{kind}-{seed}", OTHER, {})
