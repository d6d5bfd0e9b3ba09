"""Invented people, companies and goods. Any likeness to real ones is chance."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from yuepi.lab.samples.figures import digits, tax_id


@dataclass(frozen=True, slots=True)
class Region:
    """A place that issues invoices: its name in titles, its 4 digits, its plate, its districts."""

    name: str
    city: str
    digits: str
    plate: str
    districts: tuple[str, ...]
    dial: str


REGIONS = (
    Region("北京", "北京", "1100", "京", ("海淀区", "朝阳区", "丰台区"), "010"),
    Region("上海", "上海", "3100", "沪", ("浦东新区", "徐汇区", "闵行区"), "021"),
    Region("天津", "天津", "1200", "津", ("南开区", "河西区", "西青区"), "022"),
    Region("重庆", "重庆", "5000", "渝", ("渝北区", "江北区", "九龙坡区"), "023"),
    Region("广东", "广州", "4400", "粤", ("天河区", "越秀区", "番禺区"), "020"),
    Region("深圳", "深圳", "4403", "粤", ("南山区", "福田区", "宝安区"), "0755"),
    Region("江苏", "南京", "3200", "苏", ("玄武区", "鼓楼区", "建邺区"), "025"),
    Region("浙江", "杭州", "3300", "浙", ("西湖区", "滨江区", "拱墅区"), "0571"),
    Region("湖北", "武汉", "4200", "鄂", ("洪山区", "武昌区", "江汉区"), "027"),
    Region("四川", "成都", "5100", "川", ("武侯区", "锦江区", "高新区"), "028"),
    Region("山东", "济南", "3700", "鲁", ("历下区", "市中区", "槐荫区"), "0531"),
    Region("陕西", "西安", "6100", "陕", ("雁塔区", "碑林区", "莲湖区"), "029"),
    Region("湖南", "长沙", "4300", "湘", ("岳麓区", "雨花区", "芙蓉区"), "0731"),
    Region("福建", "福州", "3500", "闽", ("台江区", "仓山区", "晋安区"), "0591"),
)
_FIRST = "云星晨瑞恒嘉博启润泽岚宏锦海明川盛天远青禾松柏澜安"
_SECOND = "帆图峰诚达信源和智辉途川悦舟程阳业泰维森杰宇"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
_GIVEN = ("伟", "静", "敏", "建国", "小燕", "志强", "雨桐", "文博", "晓东", "思远", "佳怡", "海涛")
_BANKS = ("中国工商银行", "中国建设银行", "招商银行", "中国农业银行", "交通银行", "中信银行")
_ROADS = ("学院路", "中山路", "人民大道", "科技二路", "和平街", "建设东路", "文一西路", "光谷大道")


@dataclass(frozen=True, slots=True)
class Company:
    """A party of an invoice. A private buyer (个人) has a name only."""

    name: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""

    @property
    def address_line(self) -> str:
        return f"{self.address} {self.phone}".strip()

    @property
    def bank_line(self) -> str:
        return f"{self.bank} {self.account}".strip()


@dataclass(frozen=True, slots=True)
class Trade:
    """What a line of business sells: `(name, model, unit)` and the gross price of one, in yuan."""

    suffix: str
    goods: tuple[tuple[str, str, str, int, int], ...]
    rates: tuple[str, ...]


TRADES: dict[str, Trade] = {
    "meal": Trade(
        "餐饮管理有限公司",
        (
            ("*餐饮服务*餐费", "", "次", 60, 900),
            ("*餐饮服务*餐饮费", "", "项", 80, 600),
            ("*餐饮服务*外卖服务", "", "份", 20, 120),
        ),
        ("6%", "3%", "1%"),
    ),
    "hotel": Trade(
        "酒店管理有限公司",
        (
            ("*住宿服务*住宿费", "大床房", "天", 260, 700),
            ("*住宿服务*房费", "标准间", "间夜", 220, 560),
            ("*会议展览服务*会议服务费", "", "场", 500, 2000),
        ),
        ("6%",),
    ),
    "office": Trade(
        "办公用品有限公司",
        (
            ("*纸制品*复印纸", "A4 70g", "箱", 90, 220),
            ("*文具*中性笔", "0.5mm", "盒", 12, 48),
            ("*计算机外部设备*鼠标", "M220", "个", 49, 160),
            ("*电子计算机*移动硬盘", "2TB", "台", 380, 690),
            ("*文具*文件夹", "A4", "个", 5, 30),
            ("*家具*办公椅", "BG-102", "把", 260, 880),
        ),
        ("13%",),
    ),
    "service": Trade(
        "信息技术有限公司",
        (
            ("*信息技术服务*软件服务费", "", "项", 300, 4000),
            ("*研发和技术服务*技术服务费", "", "项", 800, 6000),
            ("*信息技术服务*云服务器租赁", "2核4G", "月", 90, 700),
        ),
        ("6%",),
    ),
    "travel": Trade(
        "汽车租赁有限公司",
        (
            ("*运输服务*客运服务费", "", "次", 18, 160),
            ("*经营租赁*汽车租赁费", "", "天", 180, 520),
        ),
        ("9%", "3%"),
    ),
    "farm": Trade(
        "农产品有限公司",
        (
            ("*水果*苹果", "一级", "千克", 8, 24),
            ("*蔬菜*番茄", "", "千克", 5, 16),
            ("*水果*橙子", "", "箱", 48, 120),
        ),
        ("免税",),
    ),
    "mixed": Trade(
        "商贸有限公司",
        (
            ("*其他食品*坚果礼盒", "1.2kg", "盒", 68, 198),
            ("*日用杂品*保温杯", "500ml", "个", 59, 189),
            ("*物流辅助服务*收派服务费", "", "件", 8, 30),
            ("*印刷品*图书", "", "册", 28, 98),
            ("*茶及饮料*红茶", "250g", "罐", 48, 268),
        ),
        ("13%", "6%", "9%"),
    ),
}


def rate_of(text: str) -> Decimal | None:
    """A printed rate as a number; 免税 is None."""
    return None if text == "免税" else Decimal(text.rstrip("%")) / 100


def region(dice: random.Random) -> Region:
    """Some region."""
    return dice.choice(REGIONS)


def person(dice: random.Random) -> str:
    """Some person's name."""
    return dice.choice(SURNAMES) + dice.choice(_GIVEN)


def company(dice: random.Random, place: Region, suffix: str) -> Company:
    """A company at `place` whose name ends in `suffix`, with a valid tax id."""
    name = f"{place.city}{dice.choice(_FIRST)}{dice.choice(_SECOND)}{suffix}"
    district = dice.choice(place.districts)
    number, room = dice.randint(1, 299), dice.randint(101, 2508)
    return Company(
        name=name,
        tax_id=tax_id(dice, place.digits),
        address=f"{place.city}市{district}{dice.choice(_ROADS)}{number}号{room}室",
        phone=f"{place.dial}-{digits(dice, 8)}",
        bank=f"{dice.choice(_BANKS)}{place.city}{district}支行",
        account=digits(dice, dice.choice((16, 17, 19))),
    )


BUYER_SUFFIXES = (
    "科技有限公司",
    "咨询有限公司",
    "电子有限公司",
    "文化传播有限公司",
    "医疗器械有限公司",
)


def buyer(dice: random.Random) -> Company:
    """Some buyer; one in ten is a private person without a tax id."""
    if dice.random() < 0.1:
        return Company(dice.choice(("个人", person(dice))))
    found = company(dice, region(dice), dice.choice(BUYER_SUFFIXES))
    # Many buyers give only name and tax id, as the law asks for no more.
    return found if dice.random() < 0.55 else Company(found.name, found.tax_id)
