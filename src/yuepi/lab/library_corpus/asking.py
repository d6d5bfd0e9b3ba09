"""From papers to questions: only those with one right paper, in even shares."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from yuepi.lab.library_corpus.names import TODAY
from yuepi.lab.library_corpus.paper import Ask, AskSort, Language, Paper
from yuepi.lab.library_corpus.question import Answer, Question

_FILTER_SHARE: Final = 0.3
"""Of the exact questions: those that name a kind, a time and an amount."""
_OTHER_SHARE: Final = 0.3
"""Of the paraphrases: those in the other language than the paper."""
_RIGHT_MAX: Final = 3
_SAME_PATTERN_MAX: Final = 4
"""Questions on the same block of the same kind, that not all ask the same."""
_FILTERED: Final = {
    "purchase": ("采购合同", "supply agreements"),
    "service": ("服务合同", "service agreements"),
    "loan": ("借款合同", "loan agreements"),
    "invoice": ("发票", "invoices"),
    "quotation": ("报价单", "quotations"),
}
_POLITE: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("{}", "{}", "{}", "请问{}", "帮我查一下{}", "{}？"),
    "en": ("{}", "{}", "{}", "{}?"),
}


def questions_of(dice: random.Random, papers: list[Paper], count: int) -> tuple[Question, ...]:
    """As many questions, a third of each sort, half in each language where the papers allow."""
    good = _unique(papers)
    third = count // 3
    filters = round(third * _FILTER_SHARE)
    others = round(third * _OTHER_SHARE)
    made = [
        *_taken(dice, good, "exact", third - filters, other=False),
        *_filtering(dice, papers, filters),
        *_taken(dice, good, "ordinary", count - 2 * third, other=False),
        *_taken(dice, good, "paraphrase", third - others, other=False),
        *_taken(dice, good, "paraphrase", others, other=True),
    ]
    return tuple(
        Question(f"q{at:03d}", each.language, each.sort, each.text, each.answers, each.other)
        for at, each in enumerate(made)
    )


def _unique(papers: Sequence[Paper]) -> list[tuple[Paper, Ask]]:
    """The questions that only one paper answers."""
    marks = Counter(mark for paper in papers for mark in paper.marks)
    texts = [paper.written() for paper in papers]
    found = []
    for paper in papers:
        for ask in paper.asks:
            if marks[ask.mark] != 1:
                continue
            # A number must not stand in another paper of any kind.
            number = ask.mark[2] if ask.sort == "exact" and len(ask.mark) == 3 else None
            if number is None or sum(number in text for text in texts) == 1:
                found.append((paper, ask))
    return found


def _taken(
    dice: random.Random,
    good: list[tuple[Paper, Ask]],
    sort: AskSort,
    count: int,
    *,
    other: bool,
) -> Iterator[Question]:
    """Questions of a sort: half of them Chinese, and not too many of one pattern."""
    pool = [(p, a) for p, a in good if a.sort == sort and a.other == other]
    dice.shuffle(pool)
    left = {"zh": count - count // 2, "en": count // 2}
    patterns: Counter[tuple[str, str, str]] = Counter()
    papers: set[str] = set()
    for strict in (True, False):
        for paper, ask in pool:
            pattern = (paper.kind, paper.language, ask.at)
            most = _SAME_PATTERN_MAX if strict and sort != "paraphrase" else count
            language = _language(paper, ask)
            if not left[language] or paper.name in papers or patterns[pattern] >= most:
                continue
            left[language] -= 1
            papers.add(paper.name)
            patterns[pattern] += 1
            text = dice.choice(_POLITE[language]).format(dice.choice(ask.wordings))
            answer = Answer(paper.name, ask.at, ask.answer)
            yield Question("", language, sort, text, (answer,), ask.other)


def _language(paper: Paper, ask: Ask) -> Language:
    if not ask.other:
        return paper.language
    return "en" if paper.zh else "zh"


def _filtering(dice: random.Random, papers: list[Paper], count: int) -> Iterator[Question]:
    """Questions like "contracts over 500,000 from March 2025", with one to three right papers."""
    dated = [p for p in papers if p.kind in _FILTERED and p.day and p.amount is not None]
    asked: set[str] = set()
    for _ in range(count * 200):
        if len(asked) >= count:
            return
        made = _filter(dice, dice.choice(dated), dated, "zh" if len(asked) % 2 else "en")
        if made is not None and made.text not in asked:
            asked.add(made.text)
            yield made


def _filter(
    dice: random.Random, about: Paper, dated: list[Paper], language: Language
) -> Question | None:
    """One such question around a paper; None where it has too many answers."""
    if about.day is None or about.amount is None or about.language != language:
        return None
    alike = [p for p in dated if p.kind == about.kind and p.language == language]
    way = dice.randrange(3)
    zh = language == "zh"
    name = _FILTERED[about.kind][not zh]
    day = about.day
    floor = _floor(about.amount)
    year = ("去年" if zh else "last year") if day.year == TODAY.year - 1 else str(day.year)
    if zh and year != "去年":
        year += "年"
    of_year = [p for p in alike if p.day and p.day.year == day.year]
    if way == 0:
        right = [p for p in of_year if p.partner == about.partner]
        partner = about.partner
        text = f"{year}和{partner}的{name}" if zh else f"{name} with {partner} from {year}"
    else:
        of_month = [p for p in of_year if p.day and p.day.month == day.month]
        within = of_month if way == 1 else of_year
        right = [p for p in within if p.amount is not None and p.amount > floor]
        when = (
            (f"{day.year}年{day.month}月" if zh else f"{day:%B} {day.year}") if way == 1 else year
        )
        over = _over(floor, language)
        text = f"{when}{over}的{name}" if zh else f"{name} {over} from {when}"
    if not 0 < len(right) <= _RIGHT_MAX:
        return None
    answers = tuple(Answer(p.name, *p.amount_at) for p in right)
    return Question("", language, "exact", text, answers)


def _floor(amount: Decimal) -> int:
    """A round number just below an amount."""
    whole = int(amount) - 1
    step = int(10 ** max(0, len(str(whole)) - 2))
    return whole // step * step


def _over(floor: int, language: Language) -> str:
    if language == "en":
        return f"over {floor:,}"
    return f"{floor / 10_000:g}万以上" if floor >= 10_000 else f"超过{floor}元"
