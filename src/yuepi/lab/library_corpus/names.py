"""Invented companies, people, places and goods of the made shelf. Any likeness is chance."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Final

from yuepi.lab.library_corpus.paper import Language
from yuepi.lab.samples.figures import digits, in_words, tax_id
from yuepi.lab.samples.words import REGIONS, SURNAMES

HOME_ZH: Final = "杭州云泊科技有限公司"
HOME_EN: Final = "Yunbo Technology Co., Ltd."
TODAY: Final = date(2026, 11, 20)

_FIRST: Final = "云星晨瑞恒嘉博启润泽岚宏锦海明川盛青禾松柏澜安朗越凌皓沐"
_SECOND: Final = "帆图峰诚达信源和智辉途舟程阳业泰维森杰宇岳霖桥钧"
_SUFFIXES: Final = (
    ("科技", "信息技术", "电子", "软件", "智能设备"),
    ("商贸", "物流", "建材", "家具", "包装材料"),
    ("餐饮管理", "文化传播", "咨询", "印务", "医疗器械"),
)
_LISTS: Final = {
    line.split("\t")[0]: line.split("\t")[1:]
    for line in files(__package__).joinpath("names.tsv").read_text("utf-8").splitlines()
}


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that the home company deals with. short: as people call it."""

    name: str
    short: str
    tax_id: str
    address: str
    person: str


@dataclass(frozen=True, slots=True)
class Pools:
    """The partners of one corpus, in both languages; short names differ within it."""

    zh: tuple[Partner, ...]
    en: tuple[Partner, ...]

    def partner(self, dice: random.Random, language: Language) -> Partner:
        """Some partner that writes in a language."""
        return dice.choice(self.zh if language == "zh" else self.en)


def pools(dice: random.Random, count: int) -> Pools:
    """As many partners as a corpus of `count` papers has: about one to ten papers."""
    shorts_zh = [a + b for a in _FIRST for b in _SECOND if a + b != "云泊"]
    shorts_en = [a + b for a in _LISTS["EN_FIRST"] for b in _LISTS["EN_SECOND"]]
    each = max(24, count // 10)
    return Pools(
        tuple(_partner_zh(dice, short) for short in dice.sample(shorts_zh, each)),
        tuple(_partner_en(dice, short) for short in dice.sample(shorts_en, min(each, 240))),
    )


def person_zh(dice: random.Random) -> str:
    """A name."""
    return dice.choice(SURNAMES) + dice.choice(_LISTS["GIVEN"])


def person_en(dice: random.Random) -> str:
    """A name."""
    return f"{dice.choice(_LISTS['EN_GIVEN'])} {dice.choice(_LISTS['EN_FAMILY'])}"


def person(dice: random.Random, language: Language) -> str:
    """A name in a language."""
    return person_zh(dice) if language == "zh" else person_en(dice)


def _partner_zh(dice: random.Random, short: str) -> Partner:
    place = dice.choice(REGIONS)
    suffix = dice.choice(dice.choice(_SUFFIXES))
    street = dice.choice(("文一西路", "建设东路", "科技二路", "人民大道", "和平街", "光谷大道"))
    return Partner(
        f"{place.city}{short}{suffix}有限公司",
        short,
        tax_id(dice, place.digits),
        f"{place.city}市{dice.choice(place.districts)}{street}{dice.randint(1, 299)}号",
        person_zh(dice),
    )


def _partner_en(dice: random.Random, short: str) -> Partner:
    street = dice.choice(
        ("Quay Street", "Mill Lane", "Harbour Road", "Station Road", "King Square")
    )
    town = dice.choice(("Bristol", "Leeds", "Rotterdam", "Hamburg", "Boston", "Singapore"))
    return Partner(
        f"{short} {dice.choice(_LISTS['EN_SUFFIX'])}",
        short,
        f"GB{digits(dice, 9)}",
        f"{dice.randint(1, 180)} {street}, {town}",
        person_en(dice),
    )


def day_within(dice: random.Random, first: int = 2022, last: int = 2026) -> date:
    """A day between the starts of two years, `last` at most to `TODAY`."""
    start, end = date(first, 1, 4), min(date(last, 12, 28), TODAY - timedelta(days=10))
    return start + timedelta(days=dice.randint(0, (end - start).days))


def day_text(day: date, language: Language) -> str:
    """A day as it is written in a paper."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def money_text(amount: Decimal, language: Language) -> str:
    """An amount of the papers' currency: yuan in Chinese, US dollars in English."""
    if language == "zh":
        return f"{amount:,.2f}元"
    return f"USD {amount:,.2f}"


def words_zh(amount: Decimal) -> str:
    """An amount as 大写."""
    return "人民币" + in_words(amount, "元")


def months_after(day: date, months: int) -> date:
    """The day some months later, less one day: how terms end."""
    at = day.year * 12 + day.month - 1 + months
    return date(at // 12, at % 12 + 1, min(day.day, 28)) - timedelta(days=1)
