"""What a caller may fix about a sample; everything else is drawn by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.faces import faces_on_hand
from yuepi.lab.samples.figures import Charge, charge, sums
from yuepi.lab.samples.words import TRADES, Company, Trade, rate_of

_AGE_DAYS_MAX = 60
_LINES_MAX = 5


@dataclass(frozen=True, slots=True)
class Wishes:
    """Values to use instead of drawn ones.

    trade: a key of `TRADES`. face: the face for values. system_faces: also draw from what Debian
    brings, so that the picture depends on the machine. toll: a 通行费 invoice. special: the 专票
    type of a 数电票. english: an English till receipt.
    """

    buyer: Company | None = None
    seller: Company | None = None
    total: Decimal | None = None
    date: date | None = None
    code: str | None = None
    number: str | None = None
    trade: str | None = None
    face: str | None = None
    system_faces: bool = False
    toll: bool | None = None
    special: bool | None = None
    english: bool | None = None


def dice_of(kind: str, seed: int) -> random.Random:
    """The dice of one sample. Seeded by text, which means the same in every process."""
    return random.Random(f"{kind} {seed}")  # noqa: S311 - nothing here is a secret


def issued(dice: random.Random, on: date, wishes: Wishes) -> date:
    """A day in the 60 days up to the day before `on`."""
    drawn = on - timedelta(days=dice.randint(1, _AGE_DAYS_MAX))
    return wishes.date or drawn


def faces(dice: random.Random, wishes: Wishes) -> tuple[str, str]:
    """The faces of labels and of values."""
    names = faces_on_hand(wishes.system_faces)
    # Labels are in a book face on real forms; values in whatever the printer had.
    labels = [name for name in names if name in {"song", "kai", "ming"}]
    return dice.choice(labels), wishes.face or dice.choice(names)


def charges(dice: random.Random, wishes: Wishes, taxed: bool = False) -> tuple[Trade, list[Charge]]:
    """A trade and its lines; they add up to `wishes.total` (with tax) where that is given.

    `taxed` leaves out exempt trades, which cannot issue 专票.
    """
    names = [name for name, trade in TRADES.items() if not (taxed and "免税" in trade.rates)]
    trade = TRADES[wishes.trade or dice.choice(names)]
    count = dice.choice((1, 1, 1, 2, 2, 3, 4, _LINES_MAX))
    if wishes.total is not None:
        return trade, _charges_of(dice, trade, wishes.total, min(count, 3))
    goods = [dice.choice(trade.goods) for _ in range(count)]
    rates = _rates(dice, trade, count)
    lines = []
    for (name, model, unit, low, high), rate in zip(goods, rates, strict=True):
        quantity = dice.choice((1, 1, 2, 3, 5, 10)) if high < 1000 else 1
        each = Decimal(dice.randint(low * 100, high * 100)) / 100
        if dice.random() < 0.5:
            each = Decimal(int(each))
        counted = None if dice.random() < 0.15 else quantity
        lines.append(charge(name, model, unit, counted, each * quantity, rate))
    if dice.random() < 0.2:
        lines.insert(1, _discount(dice, lines[0]))
    return trade, lines[:_LINES_MAX] if sums(lines[:_LINES_MAX])[2] > 0 else lines[:1]


def _charges_of(dice: random.Random, trade: Trade, total: Decimal, count: int) -> list[Charge]:
    rates = _rates(dice, trade, count)
    left = int(total * 100)
    lines = []
    for i, rate in enumerate(rates):
        part = left if i == count - 1 else dice.randint(left // 4, left // 2)
        left -= part
        name, model, unit, _, _ = trade.goods[i % len(trade.goods)]
        lines.append(charge(name, model, unit, 1, Decimal(part) / 100, rate))
    return lines


def _rates(dice: random.Random, trade: Trade, count: int) -> list[Decimal | None]:
    if trade.suffix == TRADES["mixed"].suffix:
        return [rate_of(dice.choice(trade.rates)) for _ in range(count)]
    return [rate_of(dice.choice(trade.rates))] * count


def _discount(dice: random.Random, line: Charge) -> Charge:
    """A discount line: the goods again with neither quantity nor price, and a negative amount."""
    gross = -((line.amount + line.tax) * dice.randint(5, 30) / 100).quantize(Decimal("0.01"))
    return charge(line.name, "", "", None, gross, line.rate)
