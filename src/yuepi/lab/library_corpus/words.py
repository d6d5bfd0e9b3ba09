"""Words of the papers, in pairs of Chinese and English; they lie in `words.tsv` beside this file.

`LETTERS` and `MAILS` come from `said.tsv`, one mould a line: its subject, the text, what is asked
of it (`key`, as `what`), a second text and what is asked of that (`more`, as `extra`).
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from yuepi.lab.library_corpus.paper import Language


def _rows(name: str) -> list[list[str]]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_WORDS: Final = _rows("words.tsv")
_SAID: Final = _rows("said.tsv")


def _pairs(name: str) -> tuple[tuple[str, str], ...]:
    return tuple((zh, en) for each, zh, en in _WORDS if each == name)


def _said(kind: str) -> dict[Language, tuple[tuple[str, ...], ...]]:
    return {
        language: tuple(tuple(rest) for each, of, *rest in _SAID if (each, of) == (kind, language))
        for language in _LANGUAGES
    }


ADVICE: Final = _pairs("ADVICE")
APPROVERS: Final = _pairs("APPROVERS")
BRANCHES: Final = _pairs("BRANCHES")
CONDITIONS: Final = _pairs("CONDITIONS")
COURTS: Final = _pairs("COURTS")
CYCLES: Final = _pairs("CYCLES")
DECISIONS: Final = _pairs("DECISIONS")
DEVICES: Final = _pairs("DEVICES")
DUTIES: Final = _pairs("DUTIES")
FIXTURES: Final = _pairs("FIXTURES")
GOODS: Final = _pairs("GOODS")
LEVELS: Final = _pairs("LEVELS")
LINES: Final = _pairs("LINES")
MEASURES: Final = _pairs("MEASURES")
NOTES: Final = _pairs("NOTES")
NOTES_TO_STAFF: Final = _pairs("NOTES_TO_STAFF")
OWNERS: Final = _pairs("OWNERS")
PARTS: Final = _pairs("PARTS")
PAYMENTS: Final = _pairs("PAYMENTS")
PERIODS: Final = _pairs("PERIODS")
PLACES: Final = _pairs("PLACES")
PLANS: Final = _pairs("PLANS")
POSTS: Final = _pairs("POSTS")
PROGRESS: Final = _pairs("PROGRESS")
PROJECTS: Final = _pairs("PROJECTS")
REASONS: Final = _pairs("REASONS")
RISKS: Final = _pairs("RISKS")
ROOMS: Final = _pairs("ROOMS")
STATES: Final = _pairs("STATES")
SUBJECTS: Final = _pairs("SUBJECTS")
TASKS: Final = _pairs("TASKS")
THEMES: Final = _pairs("THEMES")
TIERS: Final = _pairs("TIERS")
TRENDS: Final = _pairs("TRENDS")
UNITS: Final = _pairs("UNITS")
USES: Final = _pairs("USES")
WAYS: Final = _pairs("WAYS")
WEEKDAYS: Final = _pairs("WEEKDAYS")
WORK: Final = _pairs("WORK")
FAULTS: Final = tuple(zip(_pairs("FAULTS"), _pairs("REMEDIES"), strict=True))
LETTERS: Final = _said("letter")
MAILS: Final = _said("email")
