"""What invoices, quotations, delivery notes, price lists and receipts say, drawn by dice."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.lab.library_corpus.facts_trade import Draw, head, later, of_partner, picked
from yuepi.lab.library_corpus.mould import Facts
from yuepi.lab.library_corpus.names import Pools, day_within, money_text, person, words_zh
from yuepi.lab.library_corpus.paper import Language
from yuepi.lab.library_corpus.words import GOODS, NOTES, PAYMENTS, STATES, UNITS, WAYS
from yuepi.lab.samples.figures import digits


def _model(dice: random.Random) -> str:
    return f"{dice.choice('ABCDEFGHKMNPRSTWX')}{dice.choice('ABCDEFGHKMNPRSTWX')}-{digits(dice, 4)}"


def _price(dice: random.Random) -> Decimal:
    return Decimal(dice.randint(300, 250_000)) / 100


def _record(
    dice: random.Random, language: Language, pools: Pools, prefix: str
) -> tuple[dict[str, str], Facts, date]:
    day, other = day_within(dice), pools.partner(dice, language)
    values = head(dice, language, day, prefix) | of_partner(other)
    values["clerk"] = person(dice, language)
    return values, Facts(values, day=day, partner=other.short), day


def _goods(
    dice: random.Random, language: Language, most: int
) -> tuple[list[tuple[str, str, int, Decimal]], Decimal]:
    """Lines of (name, model, count, price) and their sum."""
    names = dice.sample(GOODS, dice.randint(1, most))
    lines = [
        (pair[language == "en"], _model(dice), dice.randint(1, 60), _price(dice)) for pair in names
    ]  # fmt: skip
    return lines, sum((price * count for _, _, count, price in lines), Decimal(0))


def _items(lines: list[tuple[str, str, int, Decimal]]) -> list[tuple[str, ...]]:
    return [
        (name, model, str(count), f"{price:,.2f}", f"{price * count:,.2f}")
        for name, model, count, price in lines
    ]


def invoice(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Number, lines, tax, total in figures and words, a reference."""
    values, facts, day = _record(dice, language, pools, "INV")
    if language == "zh":
        values["number"] = f"{day:%y}{digits(dice, 18)}"
    lines, net = _goods(dice, language, 4)
    rate = dice.choice((3, 6, 9, 13))
    vat = (net * rate / 100).quantize(Decimal("0.01"))
    gross = net + vat
    values |= {
        "net": f"{net:,.2f}",
        "vat": f"{vat:,.2f}",
        "gross": f"{gross:,.2f}",
        "rate": str(rate),
        "words": words_zh(gross),
        "item": lines[0][0],
        "due": later(day, dice.choice((14, 30, 45, 60)), language),
        "note": f"{picked(dice, language, NOTES)}{digits(dice, 7)}",
    }
    facts.tables["items"] = _items(lines)
    facts.amount = gross
    facts.amount_at = ("price", values["gross"])
    return facts


def quotation(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Lines, validity, lead time, a discount on large orders."""
    values, facts, day = _record(dice, language, pools, dice.choice(("BJ", "QT")))
    lines, net = _goods(dice, language, 6)
    least = dice.choice((5, 10, 20, 50, 100))
    values |= {
        "money": money_text(net, language),
        "item": lines[0][0],
        "model": lines[-1][1],
        "end": later(day, dice.choice((10, 15, 30, 45, 60, 90)), language),
        "days": str(dice.choice((3, 5, 7, 10, 12, 20, 25, 35))),
        "pay": picked(dice, language, PAYMENTS),
        "quantity": str(least),
        "more": str(least * 20),
        "off": str(dice.choice((2, 3, 4, 5, 6, 8))),
    }
    facts.tables["items"] = _items(lines)
    facts.amount, facts.amount_at = net, ("price", values["money"])
    return facts


def delivery(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Goods without prices, cartons, the truck, the state on arrival."""
    values, facts, day = _record(dice, language, pools, dice.choice(("SH", "DN")))
    lines, _ = _goods(dice, language, 5)
    plate = f"{dice.choice('浙苏沪皖')}{dice.choice('ABCDEF')}·{digits(dice, 5)}"
    values |= {
        "order": f"PO{day:%y%m}{digits(dice, 5)}",
        "item": lines[0][0],
        "boxes": str(dice.randint(2, 400)),
        "weight": f"{dice.randint(200, 90_000) / 10:.1f}",
        "driver": person(dice, language),
        "plate": plate if language == "zh" else f"{digits(dice, 2)}-{_model(dice)}",
        "state": picked(dice, language, STATES),
    }
    unit = picked(dice, language, UNITS)
    facts.tables["items"] = [
        (name, model, str(count), unit, dice.choice(("", "-", "OK")))
        for name, model, count, _ in lines
    ]
    return facts


def pricelist(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Many models and their prices, of one to two pages."""
    values, facts, _ = _record(dice, language, pools, dice.choice(("JM", "PL")))
    rows: list[tuple[str, ...]] = []
    for _ in range(dice.randint(14, 46)):
        name = picked(dice, language, GOODS)
        price = f"{dice.randint(300, 99_000) / 100:,.2f}"
        rows.append((name, _model(dice), price, str(dice.choice((1, 5, 10, 20, 50)))))
    values |= {
        "model": dice.choice(rows)[1],
        "rate": str(dice.choice((6, 9, 13))),
        "free": money_text(Decimal(dice.randint(5, 90)) * 100, language),
    }
    facts.tables["items"] = rows
    return facts


def receipt(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """What was paid, for what, and how."""
    values, facts, _ = _record(dice, language, pools, dice.choice(("SJ", "RC")))
    amount = Decimal(dice.randint(5_000, 9_000_000)) / 100
    values |= {
        "use": picked(dice, language, WAYS),
        "words": words_zh(amount),
        "gross": f"{amount:,.2f}",
        "pay": picked(dice, language, PAYMENTS[:4]),
    }
    facts.amount, facts.amount_at = amount, ("price", values["gross"])
    return facts


RECORDS: Final[dict[str, Draw]] = {
    "invoice": invoice,
    "quotation": quotation,
    "delivery": delivery,
    "pricelist": pricelist,
    "receipt": receipt,
}
