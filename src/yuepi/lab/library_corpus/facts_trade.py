"""What contracts and the papers of buying and selling say, drawn by dice."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from yuepi.lab.library_corpus.mould import Facts
from yuepi.lab.library_corpus.names import (
    HOME_EN,
    HOME_ZH,
    Partner,
    Pools,
    day_text,
    day_within,
    money_text,
    months_after,
    person,
    words_zh,
)
from yuepi.lab.library_corpus.paper import Language
from yuepi.lab.library_corpus.words import (
    CONDITIONS,
    COURTS,
    CYCLES,
    DUTIES,
    FIXTURES,
    GOODS,
    PLACES,
    POSTS,
    PROJECTS,
    USES,
    WORK,
)
from yuepi.lab.samples.figures import digits

Draw = Callable[[random.Random, Language, Pools], Facts]
Pair = tuple[str, str]


def picked(dice: random.Random, language: Language, pairs: tuple[Pair, ...]) -> str:
    """One of some words, in a language."""
    return dice.choice(pairs)[language == "en"]


def head(dice: random.Random, language: Language, day: date, prefix: str) -> dict[str, str]:
    """The facts that all papers have: number, day, home company."""
    return {
        "number": f"{prefix}-{day.year}-{digits(dice, 5)}",
        "year": str(day.year),
        "day": day_text(day, language),
        "iso": day.isoformat(),
        "month_zh": f"{day.year}年{day.month}月",
        "month_en": f"{day:%B} {day.year}",
        "home": HOME_ZH if language == "zh" else HOME_EN,
    }


def of_partner(partner: Partner) -> dict[str, str]:
    """The facts about the other party."""
    return {
        "partner": partner.name,
        "short": partner.short,
        "tax": partner.tax_id,
        "address": partner.address,
        "person": partner.person,
    }


def _deal(
    dice: random.Random, language: Language, pools: Pools, prefix: str, amount: Decimal
) -> tuple[dict[str, str], Facts]:
    """The common part of a contract: head, partner, amount, term."""
    day, other = day_within(dice), pools.partner(dice, language)
    months = dice.choice((6, 12, 18, 24, 36))
    values = head(dice, language, day, prefix) | of_partner(other)
    values |= {
        "money": money_text(amount, language),
        "words": words_zh(amount),
        "months": str(months),
        "end": day_text(months_after(day, months), language),
        "rate": str(dice.choice((1, 2, 3, 5))),
        "due": str(dice.choice((1, 3, 5, 8, 10, 15, 20, 25))),
        "cycle": picked(dice, language, CYCLES),
    }
    at = ("price", values["money"])
    return values, Facts(values, day=day, amount=amount, amount_at=at, partner=other.short)


def purchase(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Goods, price, delivery, instalments, warranty."""
    amount = Decimal(dice.randint(12, 2400)) * 500
    values, facts = _deal(dice, language, pools, dice.choice(("CG", "HT", "PO")), amount)
    values |= {
        "goods": picked(dice, language, GOODS),
        "quantity": str(dice.randint(8, 900)),
        "days": str(dice.randint(7, 75)),
        "share": str(dice.choice((10, 20, 30, 40))),
        "court": picked(dice, language, COURTS),
    }
    named = [values["goods"], *(picked(dice, language, GOODS) for _ in range(dice.randint(0, 5)))]
    facts.tables["goods_list"] = [
        (name, f"{dice.choice('ABCDEFGHK')}{digits(dice, 5)}", str(dice.randint(1, 300)), "-")
        for name in named
    ]
    return facts


def service(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Work, fee, term, notice."""
    amount = Decimal(dice.randint(6, 900)) * 1000
    values, facts = _deal(dice, language, pools, dice.choice(("FW", "SV")), amount)
    values |= {
        "work": picked(dice, language, WORK),
        "notice": str(dice.choice((15, 30, 45, 60, 90))),
        "leader": person(dice, language),
    }
    facts.tables["scope"] = [
        (task[language == "en"], picked(dice, language, CYCLES), f"{dice.randint(80, 99)}%")
        for task in dice.sample(DUTIES, 4)
    ]
    return facts


def lease(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A unit of the company's park, rent, deposit, term: all leases look alike."""
    rent = Decimal(dice.randint(40, 900)) * 100
    values, facts = _deal(dice, language, pools, "ZL", rent)
    deposit = money_text(rent * dice.choice((1, 2, 3)) + dice.choice((0, 500)), language)
    values |= {
        "unit": f"{dice.choice('ABCDEFGH')}{dice.randint(1, 9)}-{dice.randint(101, 2609)}",
        "area": str(dice.randint(38, 1900)),
        "deposit": deposit,
        "free": str(dice.choice((10, 15, 20, 30, 45, 60))),
        "fee": f"{dice.randint(12, 68) / 10:.2f}",
    }
    facts.tables["things"] = [
        (thing[language == "en"], str(dice.randint(1, 24)), picked(dice, language, CONDITIONS))
        for thing in dice.sample(FIXTURES, 5)
    ]
    return facts


def nda(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A project, the years of silence, a penalty."""
    amount = Decimal(dice.randint(5, 200)) * 10_000
    values, facts = _deal(dice, language, pools, "BM", amount)
    values |= {"project": picked(dice, language, PROJECTS), "years": str(dice.choice((2, 3, 5)))}
    facts.amount = None
    return facts


def loan(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Principal, interest, maturity, account."""
    amount = Decimal(dice.randint(5, 600)) * 10_000
    values, facts = _deal(dice, language, pools, "JK", amount)
    values |= {
        "use": picked(dice, language, USES),
        "interest": f"{dice.randint(300, 780) / 100:.2f}",
        "account": digits(dice, 17),
    }
    return facts


def employment(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Post, salary, probation, holiday."""
    values, facts = _deal(dice, language, pools, "LD", Decimal(dice.randint(50, 480)) * 100)
    values |= {
        "worker": person(dice, language),
        "post": picked(dice, language, POSTS),
        "place": picked(dice, language, PLACES),
        "staff": f"YB{digits(dice, 6)}",
        "probation": str(dice.choice((1, 2, 3, 6))),
        "leave": str(dice.choice((5, 7, 10, 12, 15, 20))),
        "fund": str(dice.choice((5, 7, 8, 10, 12))),
    }
    facts.partner = values["worker"]
    facts.amount = None
    return facts


def later(day: date, days: int, language: Language) -> str:
    """A day some days later, as it is written."""
    return day_text(day + timedelta(days=days), language)


CONTRACTS: Final[dict[str, Draw]] = {
    "purchase": purchase,
    "service": service,
    "lease": lease,
    "nda": nda,
    "loan": loan,
    "employment": employment,
}
