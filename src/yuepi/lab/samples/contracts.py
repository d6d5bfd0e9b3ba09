"""Contracts of two to six pages, Chinese and English: amounts in figures and words, seals,
signatures drawn as a pen goes, pages numbered."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from yuepi.lab.samples.contract_words import (
    CLAUSES_EN,
    CLAUSES_ZH,
    COMPANIES_EN,
    DEALS_EN,
    DEALS_ZH,
    PLACES_EN,
    Clause,
    Deal,
)
from yuepi.lab.samples.figures import digits, in_words
from yuepi.lab.samples.ink import BLACK, GREY, MM, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, issued
from yuepi.lab.samples.words import Company, company, person, region

_INKS: Final[tuple[Ink, ...]] = ((20, 30, 90), (15, 15, 20), (30, 40, 130))
_ONES: Final = re.findall(
    r"[a-z]+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen",
)
_TENS: Final = re.findall(
    r"[a-z]+",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
_END_ZH: Final = "本合同一式四份，双方各执两份，具有同等法律效力。本合同自双方签字盖章之日起生效。"
_END_EN: Final = (
    "This Agreement is made in four counterparts of equal force and takes effect when signed by "
    "both parties."
)
_NUMERALS: Final = "一二三四五六七八九十"


@dataclass(slots=True)
class _Paper:
    """Where the pen is: pages are turned as they fill up."""

    sheet: Sheet
    face: str
    size: float
    english: bool
    lead: float = 1.75
    y: float = 90.0
    page: int = 1
    left: float = 74.0
    right: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.right = self.sheet.width - 74.0

    def paragraph(self, text: str, indent: float = 0.0, space: float = 0.0) -> None:
        """Running text, wrapped between the margins."""
        start = self.left + indent
        for line in self._wrapped(text, indent):
            self.room(self.size * self.lead)
            self.sheet.text(start, self.y, line, self.size, self.face)
            self.y += self.size * self.lead
            start = self.left
        self.y += space

    def room(self, height: float) -> None:
        """Turn the page where less than `height` is left."""
        if self.y + height > self.sheet.height - 80:
            self.turn()

    def turn(self) -> None:
        self.number()
        self.sheet.next_page()
        self.page += 1
        self.y = 84.0

    def number(self) -> None:
        text = f"Page {self.page}" if self.english else f"第 {self.page} 页"
        middle = self.sheet.width / 2
        self.sheet.text(middle, self.sheet.height - 40, text, 9, self.face, GREY, "middle")

    def _wrapped(self, text: str, indent: float) -> list[str]:
        pieces = text.split(" ") if self.english else list(text)
        joint = " " if self.english else ""
        lines: list[str] = []
        line = ""
        for piece in pieces:
            longer = line + joint + piece if line else piece
            room = self.right - self.left - (0 if lines else indent)
            closes = piece in "，。；：、）”" and not self.english
            if line and not closes and self.sheet.width_of(longer, self.size, self.face) > room:
                lines.append(line)
                line = piece
            else:
                line = longer
        return [*lines, line]


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A contract, A4. `further["topics"]`: what its clauses raise, parted by spaces;
    `further["pages"]`: how many pages it has. `wishes.english` and `wishes.total` are heeded."""
    dice = dice_of(kind, seed)
    english = dice.random() < 0.4 if wishes.english is None else wishes.english
    signed = issued(dice, on, wishes)
    total = wishes.total or Decimal(dice.choice((1, 5, 12, 35, 260))) * dice.randint(2_000, 9_999)
    return (_english if english else _chinese)(kind, seed, dice, signed, total)


def _chinese(kind: str, seed: int, dice: random.Random, day: date, total: Decimal) -> Sample:
    deal = dice.choice(DEALS_ZH)
    suffixes = ("科技有限公司", "商贸有限公司", "置业有限公司", "信息技术有限公司")
    parties = [company(dice, region(dice), dice.choice(suffixes)) for _ in range(2)]
    start, end = _term(dice, day)
    city = region(dice).city
    total = total.quantize(Decimal("0.01"))
    truth = {
        "title": deal.title,
        "number": f"{dice.choice(('HT', 'CG', 'FW'))}-{day:%Y}-{digits(dice, 4)}",
        "party_a": parties[0].name,
        "party_a_id": parties[0].tax_id,
        "party_b": parties[1].name,
        "party_b_id": parties[1].tax_id,
        "amount": str(total),
        "amount_words": in_words(total, "元"),
        "currency": "CNY",
        "date": day.isoformat(),
        "signed_at": f"{city}市",
        "term_start": start.isoformat(),
        "term_end": end.isoformat(),
    }
    sheet = Sheet(210 * MM, 297 * MM)
    face = dice.choice(("song", "hei"))
    paper = _Paper(sheet, face, dice.choice((11.0, 12.0)), english=False)
    _head_zh(paper, deal, truth, parties, dice, day)
    words = truth["amount_words"]
    price = dice.choice(deal.price).format(words=words, grouped=f"{total:,.2f}")
    clauses = [
        Clause("标的", deal.subject),
        Clause("合同价款", price),
        Clause("合同期限", f"本合同期限自{_day(start)}起至{_day(end)}止。"),
        *deal.own,
        *dice.sample(CLAUSES_ZH, dice.randint(7, len(CLAUSES_ZH))),
        Clause("附则", _END_ZH),
    ]
    style = dice.random() < 0.5
    for number, clause in enumerate(clauses):
        mark = _numeral(number + 1)
        heading = f"第{mark}条　{clause.heading}" if style else f"{mark}、{clause.heading}"
        paper.room(paper.size * paper.lead * 2)
        paper.paragraph(heading)
        paper.paragraph(clause.text, indent=2 * paper.size, space=dice.choice((2.0, 6.0)))
    marks = _sign(paper, parties, dice, f"日期：{_day(day)}")
    return _done(paper, kind, seed, truth | marks, clauses)


def _head_zh(
    paper: _Paper,
    deal: Deal,
    truth: dict[str, str],
    parties: list[Company],
    dice: random.Random,
    day: date,
) -> None:
    sheet = paper.sheet
    sheet.text(
        sheet.width / 2, 96, truth["title"], 22, "hei", BLACK, "middle", gap=dice.choice((0, 4))
    )
    paper.y = 136
    paper.paragraph(f"合同编号：{truth['number']}")
    paper.paragraph(f"签订日期：{_day(day)}")
    paper.paragraph(f"签订地点：{truth['signed_at']}", space=8)
    for name, role, party in zip("甲乙", deal.roles, parties, strict=True):
        aside = f"（{role}）" if dice.random() < 0.6 else ""
        paper.paragraph(f"{name}方{aside}：{party.name}")
        paper.paragraph(f"统一社会信用代码：{party.tax_id}")
        paper.paragraph(f"地址：{party.address}")
        paper.paragraph(f"法定代表人：{person(dice)}", space=6)
    paper.paragraph(
        "根据《中华人民共和国民法典》及相关法律法规的规定，甲乙双方在平等自愿、协商一致的基础上，就"
        f"{truth['title'].removesuffix('合同')}事宜达成如下协议，以资共同遵守：",
        indent=2 * paper.size,
        space=6,
    )


def _english(kind: str, seed: int, dice: random.Random, day: date, total: Decimal) -> Sample:
    deal = dice.choice(DEALS_EN)
    names = dice.sample(COMPANIES_EN, 2)
    start, end = _term(dice, day)
    mark, code, unit = dice.choice(
        (("USD", "USD", "US Dollars"), ("RMB", "CNY", "Yuan"), ("US$", "USD", "US Dollars"))
    )
    words = in_english(int(total))
    truth = {
        "title": deal.title,
        "number": f"AG-{day:%Y}-{digits(dice, 4)}",
        "party_a": names[0],
        "party_b": names[1],
        "amount": str(total.quantize(Decimal("0.01"))),
        "amount_words": words,
        "currency": code,
        "date": day.isoformat(),
        "signed_at": dice.choice(PLACES_EN),
        "term_start": start.isoformat(),
        "term_end": end.isoformat(),
    }
    sheet = Sheet(210 * MM, 297 * MM)
    face = dice.choice(("Times-Roman", "Helvetica"))
    paper = _Paper(sheet, face, dice.choice((10.5, 11.5)), english=True, lead=1.6)
    if dice.random() < 0.5:
        truth["title"] = deal.title.upper()
    sheet.text(sheet.width / 2, 96, truth["title"], 20, face, BLACK, "middle")
    paper.y = 134
    paper.paragraph(f"Contract No.: {truth['number']}")
    paper.paragraph(f"Place of signing: {truth['signed_at']}", space=6)
    if dice.random() < 0.5:
        paper.paragraph(f"Date of signing: {_day_en(day)}", space=6)
        for letter, name in zip("AB", names, strict=True):
            paper.paragraph(f"Party {letter}: {name}")
        paper.y += 6
    else:
        paper.paragraph(
            f'This {deal.title} (the "Agreement") is entered into on {_day_en(day)} by and between '
            f'{names[0]}, a company duly registered (the "{deal.roles[0]}"), and {names[1]}, a '
            f'company duly registered (the "{deal.roles[1]}").',
            space=6,
        )
    paper.paragraph(
        "WHEREAS the parties wish to set out their rights and duties, they agree as follows:",
        space=6,
    )
    price = dice.choice(deal.price).format(
        mark=mark, grouped=f"{total:,.2f}", words=f"{words} {unit}"
    )
    clauses = [
        Clause("Subject", deal.subject),
        Clause("Price", price),
        Clause("Term", f"The term of this Agreement is from {_day_en(start)} to {_day_en(end)}."),
        *deal.own,
        *dice.sample(CLAUSES_EN, dice.randint(7, len(CLAUSES_EN))),
        Clause("Counterparts", _END_EN),
    ]
    for number, clause in enumerate(clauses, start=1):
        paper.room(paper.size * paper.lead * 2)
        paper.paragraph(f"{number}. {clause.heading}")
        paper.paragraph(clause.text, space=dice.choice((3.0, 8.0)))
    companies = [Company(name) for name in names]
    marks = _sign(paper, companies, dice, f"Date: {_day_en(day)}")
    return _done(paper, kind, seed, truth | marks, clauses)


def _sign(paper: _Paper, parties: list[Company], dice: random.Random, day: str) -> dict[str, str]:
    """The block where both sign, side by side, on the last page; what is seen there."""
    paper.room(190)
    paper.y += 18
    sheet, middle = paper.sheet, paper.sheet.width / 2 + 10
    truth: dict[str, str] = {}
    top = paper.y
    for slot, left, party in zip("ab", (paper.left, middle), parties, strict=True):
        letter = {"a": "甲", "b": "乙"}[slot]
        labels = (
            (f"Party {slot.upper()} (Signature and Seal):", "Authorized representative:", day)
            if paper.english
            else (f"{letter}方（盖章）：", "授权代表（签字）：", day)
        )
        for line, text in enumerate(labels):
            sheet.text(left, top + line * 44, text, paper.size, paper.face)
        sealed, penned = dice.random() < 0.8, dice.random() < 0.7
        if sealed and not paper.english:
            sheet.seal(
                left + 110,
                top + 22,
                (52, 52),
                party.name,
                (("合同专用章", 10, 22),),
                "hei",
                0.75,
                dice.uniform(-12, 12),
            )
        if penned:
            _signature(sheet, left + dice.uniform(96, 120), top + 42, dice)
        truth[f"signed_{slot}"] = "yes" if penned or (sealed and not paper.english) else "no"
    paper.y = top + 150
    return truth


def _signature(sheet: Sheet, x: float, y: float, dice: random.Random) -> None:
    """A name as a quick hand writes it: loops that lean and run out."""
    ink, width = dice.choice(_INKS), dice.uniform(0.9, 1.5)
    points = [(x, y)]
    loops, tall = dice.randint(5, 8), dice.uniform(10, 16)
    for step in range(loops * 4):
        turn = step * math.pi / 2
        fade = 1 - 0.5 * step / (loops * 4)
        ahead = step * dice.uniform(2.6, 3.6)
        up = math.sin(turn) * tall * fade * dice.uniform(0.5, 1.1)
        points.append((x + ahead + 5 * math.cos(turn), y - up - 3 * math.cos(turn / 2)))
    points.append((points[-1][0] + dice.uniform(14, 30), y + dice.uniform(-6, 6)))
    sheet.curve(points, ink, width)


def _done(
    paper: _Paper, kind: str, seed: int, truth: dict[str, str], clauses: list[Clause]
) -> Sample:
    paper.number()
    topics = dict.fromkeys(topic for clause in clauses for topic in clause.topics)
    further = {"topics": " ".join(topics), "pages": str(paper.page)}
    return finished(paper.sheet, f"{kind}-{seed}", kind, truth, further=further)


def _term(dice: random.Random, day: date) -> tuple[date, date]:
    start = day + timedelta(days=dice.randint(0, 20))
    return start, start + timedelta(days=dice.choice((181, 364, 729, 1094)))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day_en(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else _NUMERALS[tens - 1] + "十"
    return head + (_NUMERALS[ones - 1] if ones else "")


def in_english(number: int) -> str:
    """A number below a billion in words: Three Hundred and Five Thousand and Ten."""
    parts: list[str] = []
    for scale, name in ((10**6, "Million"), (10**3, "Thousand"), (1, "")):
        group, number = divmod(number, scale) if scale > 1 else (number, 0)
        if group:
            parts.append(f"{_hundreds(group)} {name}".strip())
    return " ".join(parts) or "Zero"


def _hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_ONES[hundreds].title()} Hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(_TENS[tens - 2].title() + (f"-{_ONES[ones].title()}" if ones else ""))
    elif rest:
        words.append(_ONES[rest].title())
    return " and ".join(words)
