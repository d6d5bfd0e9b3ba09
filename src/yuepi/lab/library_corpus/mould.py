"""Moulds of papers: their wording in `moulds/*.txt`, filled with the facts of one paper.

A mould begins with `== kind language`; then a line for each block, `{…}` for facts and ` || `
between ways to say the same:

    name: …            the file's name            folder: …     where it lies
    title: …           line KEY: …                text KEY: …   heading: …
    clause KEY: heading | text                    table KEY: head | head     (rows: `Facts.tables`)
    spare LOW HIGH     that many of the `== spare language` clauses          turn
    ask SORT | facts that tell the paper from others | KEY | answer | wording / wording / …
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, cast

from yuepi.lab.library_corpus.paper import AskSort, Language, Mark, Paper

_FILES: Final = ("contracts", "records", "house", "letters", "reports")
_NUMERALS: Final = "一二三四五六七八九十"


@dataclass(slots=True)
class Facts:
    """What one paper says. values: by the names in the mould; tables: rows by the block's key.
    identity: what no two papers of a kind may have in common, in either language."""

    values: dict[str, str]
    tables: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    day: date | None = None
    amount: Decimal | None = None
    amount_at: tuple[str, str] = ("", "")
    partner: str = ""
    identity: tuple[str, ...] = ()


@cache
def _moulds() -> dict[tuple[str, str], tuple[str, ...]]:
    """The lines of each mould, by kind and language."""
    found: dict[tuple[str, str], list[str]] = {}
    current: list[str] = []
    for name in _FILES:
        text = files(__package__).joinpath("moulds", f"{name}.txt").read_text("utf-8")
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith("=="):
                kind, language = line.strip("= ").split()
                current = found.setdefault((kind, language), [])
            else:
                current.append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def cast_paper(kind: str, language: Language, facts: Facts, dice: random.Random) -> Paper:
    """A paper of a kind with these facts; the dice choose among wordings."""
    caster = _Caster(Paper(kind, language, "", ""), facts, dice)
    for line in _moulds()[kind, language]:
        caster.take(line)
    paper = caster.paper
    paper.day, paper.amount, paper.partner = facts.day, facts.amount, facts.partner
    paper.amount_at = facts.amount_at
    return paper


class _Caster:
    """Fills the lines of a mould one by one."""

    def __init__(self, paper: Paper, facts: Facts, dice: random.Random) -> None:
        self.paper, self.facts, self.dice = paper, facts, dice
        self.clauses = 0
        self.style = dice.randrange(3)

    def take(self, line: str) -> None:
        head, _, rest = line.partition(":")
        verb, _, key = head.partition(" ")
        paper, text = self.paper, rest.strip()
        if verb == "ask":
            self.ask(line.removeprefix("ask "))
        elif verb == "spare":
            low, high = map(int, line.split()[1:])
            spare = _moulds()["spare", paper.language]
            for each in self.dice.sample(spare, self.dice.randint(low, high)):
                self.clause(each, "")
        elif verb == "turn":
            paper.turn()
        elif verb == "clause":
            self.clause(self.filled(text), key)
        elif verb == "table":
            rows = self.facts.tables[key]
            paper.table([cell.strip() for cell in text.split(" | ")], rows, key)
        elif verb in ("name", "folder"):
            setattr(paper, verb, self.filled(text))
        elif verb in ("title", "heading"):
            (paper.title if verb == "title" else paper.heading)(self.filled(text))
        else:
            (paper.text if verb == "text" else paper.line)(self.filled(text), key)

    def filled(self, text: str) -> str:
        return self.dice.choice(text.split(" || ")).strip().format_map(self.facts.values)

    def clause(self, text: str, key: str) -> None:
        """A clause with its number, in the paper's style."""
        heading, _, body = text.partition(" | ")
        self.clauses += 1
        at = self.clauses
        if self.paper.zh:
            spelt = _NUMERALS[at - 1] if at <= 10 else f"十{_NUMERALS[at - 11]}"
            marks = (f"第{spelt}条　{heading}", f"{spelt}、{heading}", f"{at}. {heading}")
        else:
            marks = (f"Article {at}  {heading}", f"{at}. {heading}", f"{at}  {heading.upper()}")
        self.paper.heading(marks[self.style])
        self.paper.text(body, key)

    def mark(self, names: str, values: dict[str, str]) -> Mark:
        return (self.paper.kind, names, *(values[name] for name in names.split(",")))

    def ask(self, line: str) -> None:
        sort, names, at, answer, wordings = (part.strip() for part in line.split(" | "))
        values = self.facts.values
        mark = self.mark(names, values)
        if "item" in names:
            # Every line of the table answers to the question as well as the first.
            for row in self.facts.tables["items"]:
                self.paper.marks.add(self.mark(names, values | {"item": row[0]}))
        ways = tuple(way.strip().format_map(values) for way in wordings.split(" / "))
        self.paper.ask(cast(AskSort, sort), mark, at, answer.format_map(values), *ways)
