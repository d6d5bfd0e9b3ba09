"""What the company's own papers say: policies, minutes, manuals, notices, letters, reports."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Final

from yuepi.lab.library_corpus.facts_trade import Draw, head, later, of_partner, picked
from yuepi.lab.library_corpus.mould import Facts
from yuepi.lab.library_corpus.names import Pools, day_within, money_text, person
from yuepi.lab.library_corpus.paper import Language
from yuepi.lab.library_corpus.words import (
    ADVICE,
    APPROVERS,
    BRANCHES,
    DECISIONS,
    DEVICES,
    FAULTS,
    LETTERS,
    LEVELS,
    LINES,
    MAILS,
    MEASURES,
    NOTES_TO_STAFF,
    OWNERS,
    PARTS,
    PERIODS,
    PLACES,
    PLANS,
    PROGRESS,
    PROJECTS,
    REASONS,
    RISKS,
    ROOMS,
    SUBJECTS,
    TASKS,
    THEMES,
    TIERS,
    TRENDS,
    WEEKDAYS,
)
from yuepi.lab.samples.figures import digits


def policy(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """The rules of a branch in a year: editions differ in their numbers."""
    day = day_within(dice, 2019, 2026)
    values = head(dice, language, day, "ZD")
    zh = language == "zh"
    scale = 1 if zh else Decimal("0.25")
    tier = dice.randint(8, 16) * 40
    values |= {
        "branch": picked(dice, language, BRANCHES),
        "owner": picked(dice, language, OWNERS),
        "approver": picked(dice, language, APPROVERS),
        "weekday": picked(dice, language, WEEKDAYS),
        "hotline": f"{dice.randint(20, 89)}{digits(dice, 6)}",
        "start": dice.choice(("8:30", "9:00", "9:30")),
        "stop": dice.choice(("17:30", "18:00", "18:30")),
        "km": f"{dice.randint(30, 150) / 100:.2f}",
        "tier1": str(tier),
    }
    ranges = {
        "hours": (2, 6), "early": (3, 14), "claim": (5, 30), "late": (2, 5), "fine": (10, 80),
        "carry": (2, 9), "sick": (3, 20), "ahead": (1, 6), "wedding": (3, 15), "birth": (30, 120),
        "length": (8, 16), "rotate": (60, 180), "minutes": (10, 90), "years": (2, 10),
    }  # fmt: skip
    values |= {name: str(dice.randint(*ends)) for name, ends in ranges.items()}
    money = {"car": 60, "meal": 100, "loan": 5000, "limit": 3000, "phone": 120, "gift": 200}
    for name, middle in money.items():
        values[name] = str(int(middle * scale) * dice.randint(6, 15) // 10)
    branch = next(pair[0] for pair in BRANCHES if values["branch"] in pair)
    facts = Facts(values, day=day, identity=(branch, values["year"]))
    mark = "元" if zh else ""
    facts.tables["hotel"] = [
        (name[not zh], *(f"{int((tier - 60 * at) * more)}{mark}" for more in (1, 1.25, 1.6)))
        for at, name in enumerate(TIERS)
    ]
    facts.tables["annual"] = [
        (years[not zh], str(dice.randint(5, 8) + 3 * at)) for at, years in enumerate(LEVELS[:4])
    ]
    facts.tables["rates"] = [
        (name[not zh], str(dice.randint(2, 40) * 20), values["approver"]) for name in LEVELS[4:8]
    ]
    facts.tables["levels"] = [
        (LEVELS[8 + 3 * at][not zh], LEVELS[9 + 3 * at][not zh], LEVELS[10 + 3 * at][not zh])
        for at in range(3)
    ]
    return facts


def minutes(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A meeting of a project: many of the same project at other days."""
    day = day_within(dice)
    values = head(dice, language, day, "HY")
    people = [person(dice, language) for _ in range(dice.randint(4, 8))]
    tasks = [
        (each[language == "en"], dice.choice(people), later(day, dice.randint(3, 30), language))
        for each in dice.sample(TASKS, dice.randint(3, 5))
    ]
    asked = dice.choice(tasks)
    values |= {
        "project": picked(dice, language, PROJECTS),
        "start": f"{dice.randint(9, 16)}:{dice.choice(('00', '15', '30'))}",
        "place": picked(dice, language, ROOMS),
        "host": people[0],
        "clerk": people[1],
        "owner": people[2],
        "people": ("、" if language == "zh" else ", ").join(people),
        "progress": picked(dice, language, PROGRESS),
        "risk": picked(dice, language, RISKS),
        "decision": picked(dice, language, DECISIONS),
        "money": money_text(Decimal(dice.randint(2, 190)) * 500, language),
        "source": picked(dice, language, OWNERS),
        "next": later(day, dice.choice((7, 14, 21, 28)), language),
        "task": asked[0],
        "task_who": asked[1],
    }
    return Facts(values, {"tasks": list(tasks)}, day=day)


def manual(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A device's manual: models of one device differ in their numbers."""
    values = head(dice, language, day_within(dice), "V")
    faults = [
        (f"E{code:02d}", cause[language == "en"], remedy[language == "en"])
        for code, (cause, remedy) in zip(
            sorted(dice.sample(range(1, 60), 5)), dice.sample(FAULTS, 5), strict=True
        )
    ]
    asked = dice.choice(faults)
    power = f"{dice.randint(4, 90) * 25} W"
    values |= {
        "device": picked(dice, language, DEVICES),
        "model": f"{dice.choice('CDKLMPQRTVX')}{dice.choice('ABDEGHKM')}{dice.randint(10, 99)}0",
        "part": picked(dice, language, PARTS),
        "volt": dice.choice(("220", "230", "110", "380")),
        "hotline": f"400{digits(dice, 7)}",
        "power": power,
        "code": asked[0],
        "fault": asked[1],
    }
    ranges = {
        "count": (1, 6),
        "seconds": (2, 9),
        "modes": (3, 9),
        "weeks": (1, 8),
        "hours": (4, 24),
    }
    values |= {name: str(dice.randint(*ends)) for name, ends in ranges.items()}
    values |= {"oil": str(dice.randint(2, 40) * 50), "months": str(dice.choice((12, 18, 24, 36)))}
    shown = (
        power,
        f"{dice.randint(20, 900) / 10} kg",
        f"{dice.randint(200, 900)}×{dice.randint(200, 900)} mm",
        f"{dice.randint(38, 75)} dB",
    )
    items = [(name[language == "en"], value) for name, value in zip(MEASURES, shown, strict=True)]
    return Facts(values, {"items": list(items), "faults": list(faults)})


def notice(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A notice to a branch: the same subjects come again each year."""
    day = day_within(dice)
    values = head(dice, language, day, "TZ")
    begin = dice.randint(10, 40)
    values |= {
        "subject": picked(dice, language, SUBJECTS),
        "branch": picked(dice, language, BRANCHES),
        "begin": later(day, begin, language),
        "end": later(day, begin + dice.randint(1, 9), language),
        "due": later(day, dice.randint(2, 8), language),
        "place": picked(dice, language, ROOMS),
        "owner": picked(dice, language, OWNERS),
        "contact": person(dice, language),
        "phone": digits(dice, 4),
        "note": picked(dice, language, NOTES_TO_STAFF),
    }
    return Facts(values, day=day)


def _said(
    dice: random.Random,
    language: Language,
    values: dict[str, str],
    moulds: tuple[tuple[str, ...], ...],
) -> str:
    """Fill body, detail and what is asked of them from one mould; gives its first text."""
    days = {f"d{n}": later(day_within(dice), 0, language) for n in range(3)}
    slots = days | {
        "n": str(dice.randint(2, 60)),
        "m": money_text(Decimal(dice.randint(5, 400)) * 100, language),
        "p": person(dice, language),
        "r": picked(dice, language, ROOMS),
        "c": picked(dice, language, PLACES),
        "g": digits(dice, 4),
    }
    mould = dice.choice(moulds)
    sort, *rest = (text.format_map(slots) for text in mould)
    values |= dict(zip(("body", "key", "what", "detail", "more", "extra"), rest, strict=True))
    return sort


def letter(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """A letter of human resources to somebody."""
    day = day_within(dice)
    values = head(dice, language, day, "HR")
    values |= {
        "worker": person(dice, language),
        "staff": f"YB{digits(dice, 6)}",
        "contact": person(dice, language),
    }
    values["sort"] = _said(dice, language, values, LETTERS[language])
    return Facts(values, day=day)


def email(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """An e-mail of a partner, printed."""
    day, other = day_within(dice), pools.partner(dice, language)
    values = head(dice, language, day, "EM") | of_partner(other)
    values |= {"sender": other.person, "contact": person(dice, language)}
    values["subject"] = _said(dice, language, values, MAILS[language])
    values["number"] = digits(dice, 4)
    return Facts(values, day=day, partner=other.short)


def report(dice: random.Random, language: Language, pools: Pools) -> Facts:
    """Figures of a branch for a period, with a table and an analysis."""
    day = day_within(dice)
    values = head(dice, language, day, "BG")
    en = language == "en"
    rows = [
        (line[en], *(f"{dice.randint(200, 9000) / 10:,.1f}" for _ in range(2)), f"{share}%")
        for line, share in zip(
            dice.sample(LINES, 6), dice.sample(range(61, 139), 6), strict=True
        )
    ]  # fmt: skip
    best = max(rows, key=lambda row: int(row[3].rstrip("%")))
    people = dice.randint(20, 900)
    values |= {
        "branch": picked(dice, language, BRANCHES),
        "period": picked(dice, language, PERIODS).format(year=day.year),
        "theme": picked(dice, language, THEMES),
        "author": person(dice, language),
        "money": money_text(Decimal(dice.randint(90, 9000)) * 1000, language),
        "trend": picked(dice, language, TRENDS),
        "percent": f"{dice.randint(5, 390) / 10:.1f}",
        "people": str(people),
        "joined": str(dice.randint(1, max(2, people // 10))),
        "best": best[0],
        "rate": best[3].rstrip("%"),
        "why": picked(dice, language, REASONS),
        "goal": money_text(Decimal(dice.randint(90, 9000)) * 1000, language),
        "plan": picked(dice, language, PLANS),
        "advice": picked(dice, language, ADVICE),
    }
    known = [(BRANCHES, values["branch"]), (THEMES, values["theme"])]
    same = [next(pair[0] for pair in pairs if value in pair) for pairs, value in known]
    at = [pair[en].format(year=day.year) for pair in PERIODS].index(values["period"])
    identity = (*same, str(at), str(day.year))
    return Facts(values, {"items": list(rows)}, day=day, identity=identity)


HOUSE: Final[dict[str, Draw]] = {
    **dict.fromkeys(("travel", "leave", "expenses", "security"), policy),
    "minutes": minutes,
    "manual": manual,
    "notice": notice,
    "letter": letter,
    "email": email,
    "report": report,
}
