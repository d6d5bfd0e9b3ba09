"""Whether a written sentence says only what its quotes say. Pure; in doubt it does not.

A model may write anything. A sentence stands where each figure, day, code and name in it stands in
one of the quotes it names, nothing is denied on one side only, no limit became a plain value, who
does what to whom keeps its order, and most of its words are met, by themselves or by what means the
same. What means the same in other words may fall: that costs a sentence, not the truth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from yuepi.documents.instructions import Passage, find_instructions
from yuepi.library.asking.facts import Day, Facts, Figure, facts_of, same_unit
from yuepi.library.asking.terms import Folded, Term, covered, terms_of

Reason = Literal[
    "", "no_quote", "unknown_quote", "figure", "day", "code", "name", "denied", "limit", "roles",
    "words", "empty", "orders",
]  # fmt: skip
"""Why a sentence is not supported; empty: it is."""

WORDS_MIN: Final = 0.5
"""So much of what its words weigh must be met."""
WORDS_OTHER_LANGUAGE_MIN: Final = 0.3
"""Of a sentence in another language than its quotes: fewer words are known in both."""

_NEGATION: Final = re.compile(
    r"[不无没未非勿莫否禁免](?!锈钢|锡市|仅|同|论|常|来|可抗力|动产|形资产|线|妨|断)|除外|除非|拒绝|以外"
    r"|\b(?:not|no|never|none|neither|nor|without|unless|except|excluding|excludes?|cannot)\b"
    r"|\b(?:prohibit\w*|forbidden|refus\w+|exempt\w*|free of)\b|n[’']t\b"
)
_NO_NEGATION: Final = re.compile(
    r"\bno\.?\s?[:：#]?\s?(?=[a-z]*-?\d)|\bnot? later than\b|\bno less than\b"
)
_LIMITS: Final[Mapping[str, re.Pattern[str]]] = {
    "most": re.compile(
        r"不(?:得|能|会)?(?:超过|多于|高于|大于|迟于|晚于)|至多|最多|最高|最迟|以内|之内|上限|封顶"
        r"|\b(?:not|nor?)(?: to)? (?:exceed\w*|more than|later than|over)\b|\bat most\b|\bup to\b"
        r"|\bno more than\b|\bmaximum\b|\bwithin\b|\bno later than\b|\bcap(?:ped)?\b"
    ),
    "least": re.compile(
        r"不(?:得|能|会)?(?:少于|低于|小于|短于|早于)|至少|最少|最低|以上|下限|\bat least\b"
        r"|\bno(?:t)? (?:less|fewer|earlier) than\b|\bminimum\b|\bor more\b"
    ),
    "over": re.compile(
        r"(?<![不得能会])超过|多于|高于|逾(?!期)|\b(?<!not )(?:more than|exceed(?:s|ing)?|over)\b"
    ),
    "under": re.compile(
        r"(?<![不得能会])(?:少于|低于|小于|不足|不满)|以下|\b(?:less|fewer) than\b|\bunder\b"
    ),
}
_ROLES: Final = (
    ("甲方", "party a"), ("乙方", "party b"), ("丙方", "party c"), ("丁方", "party d"),
    ("出租方", "出租人", "lessor", "landlord"), ("承租方", "承租人", "lessee", "tenant"),
    ("买方", "购买方", "需方", "采购方", "购方", "buyer", "purchaser"),
    ("卖方", "销售方", "供方", "供货方", "供应商", "seller", "vendor", "supplier"),
    ("委托方", "委托人", "发包方", "client", "principal"),
    ("受托方", "受托人", "承包方", "contractor", "service provider"),
    ("用人单位", "employer"), ("劳动者", "employee"),
    ("借款人", "borrower"), ("贷款人", "出借人", "lender"),
)  # fmt: skip
_NAMES: Final = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][\w’'&-]*\.?)(?:\s+(?:of|and|&|[A-Z][\w’'&-]*\.?))*"
)
_CLAUSE: Final = re.compile(r"[，。；;,！？!?\n\t]|(?<=[a-z)])\.\s")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_YES_NO: Final = re.compile(
    r"^\s*(?:是的?|对|有的?|可以|能|yes|indeed)\s*[,，。.!！]\s*", re.IGNORECASE
)
_COMMON_LARGE: Final = re.compile(
    r"the|an?|it|this|that|these|those|they|he|she|we|you|i|in|on|at|by|for|from|to|of|and|or|but|if"
    r"|as|when|where|which|who|what|there|its|their|his|her|our|all|any|each|both|either|under|per"
    r"|according|based|party|parties|yes|no|not|however|payment|&"
    # Figures and days are compared as such.
    r"|rmb|cny|usd|eur|gbp|myr|rm|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*"
    r"|oct\w*|nov\w*|dec\w*"
)
"""Written large without being a name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote as it was shown. about: what it belongs to, and what it is called there: names and
    words may be met by it, figures and days never."""

    text: str
    about: str = ""


def unsupported(sentence: str, cited: Sequence[int], quotes: Mapping[int, Shown]) -> Reason:
    """Why a sentence is not supported by the quotes it names; "" where it is.

    quotes: all that were shown, by their numbers.
    """
    if not cited:
        return "no_quote"
    if any(number not in quotes for number in cited):
        return "unknown_quote"
    if find_instructions([Passage("print", (sentence,))]):
        return "orders"
    bare = _YES_NO.sub("", sentence)
    shown = [quotes[number] for number in cited]
    stated = facts_of(bare)
    terms = terms_of(bare)
    if not terms and not (stated.figures or stated.days or stated.codes):
        return "empty"
    return _facts_missing(stated, [facts_of(each.text) for each in shown]) or _said_otherwise(
        bare, terms, shown
    )


def _facts_missing(stated: Facts, quoted: Sequence[Facts]) -> Reason:
    if not all(any(_has_day(day, one) for one in quoted) for day in stated.days):
        return "day"
    if not all(any(_has_code(code, one) for one in quoted) for code in stated.codes):
        return "code"
    if not all(any(_has_figure(figure, one) for one in quoted) for figure in stated.figures):
        return "figure"
    return ""


def _has_figure(figure: Figure, quoted: Facts) -> bool:
    return any(
        figure.value == other.value and same_unit(figure.unit, other.unit)
        for other in quoted.figures
    )


def _has_day(day: Day, quoted: Facts) -> bool:
    if not day.value:
        # As it is written, and no digit beside it.
        solid = re.sub(r"\s", "", day.text)
        return re.search(rf"(?<!\d){re.escape(solid)}(?!\d)", quoted.solid) is not None
    return any(
        other.value == day.value
        or (bool(other.value) and other.value.startswith(f"{day.value}-"))
        or (day.value.startswith("--") and other.value.endswith(day.value[1:]))
        for other in quoted.days
    )


def _has_code(code: str, quoted: Facts) -> bool:
    if code in quoted.codes:
        return True
    solid = re.sub(r"[-/]", "", quoted.solid)
    return re.search(rf"(?<![a-z\d]){re.escape(code)}(?![a-z\d])", solid) is not None


def _said_otherwise(sentence: str, terms: Sequence[Term], shown: Sequence[Shown]) -> Reason:
    texts = [each.text for each in shown]
    folded = [Folded(f"{each.about}\n{each.text}") for each in shown]
    if not _names_stand(sentence, terms, folded):
        return "name"
    clauses = _related(terms, sentence, texts)
    small = _small(sentence)
    related = _small("，".join(clauses))
    limits, quoted_limits = _limits(small), _limits(related)
    if limits != quoted_limits:
        return "limit"
    if _denies(small) != _denies(related):
        return "denied"
    roles = _roles(small)
    if roles and not _same_roles(roles, [_roles(_small(text)) for text in (*clauses, *texts)]):
        return "roles"
    return "" if _words_met(sentence, terms, folded, texts) else "words"


def _small(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _names_stand(sentence: str, terms: Sequence[Term], folded: Sequence[Folded]) -> bool:
    named = [
        term
        for term in terms
        if term.sort == "name" and not _COMMON_LARGE.fullmatch(term.text.casefold())
    ]
    if not all(any(covered(term, one) for one in folded) for term in named):
        return False
    for match in _NAMES.finditer(unicodedata.normalize("NFKC", sentence)):
        words = match[0].split()
        # The first word of a sentence is written large anyhow.
        for word in words if match.start() else words[1:]:
            form = word.casefold().strip(".,'’")
            if not _COMMON_LARGE.fullmatch(form) and not any(form in one.solid for one in folded):
                return False
    return True


def _related(terms: Sequence[Term], sentence: str, texts: Sequence[str]) -> list[str]:
    """The clauses of the quotes that the sentence speaks of: those that share its words or
    figures; all of them where none does."""
    figures = {figure.value for figure in facts_of(sentence).figures}
    parts = [part for text in texts for part in _CLAUSE.split(text) if part.strip()]
    scored = []
    for part in parts:
        folded = Folded(part)
        shared = sum(term.weight for term in terms if covered(term, folded))
        same = figures & {figure.value for figure in facts_of(part).figures}
        scored.append((shared + 1.5 * len(same), part))
    best = max((score for score, _ in scored), default=0.0)
    near = [part for score, part in scored if score > 0 and score >= 0.5 * best]
    return near or parts


def _limits(small: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _LIMITS.items() if pattern.search(small))


def _denies(small: str) -> bool:
    for pattern in _LIMITS.values():
        small = pattern.sub(" ", small)
    return _NEGATION.search(_NO_NEGATION.sub(" ", small)) is not None


def _roles(small: str) -> tuple[int, ...]:
    """Which roles are named, in the order in which they first stand there."""
    first: dict[int, int] = {}
    for number, names in enumerate(_ROLES):
        places = [small.find(name) for name in names if name in small]
        if places:
            first[number] = min(places)
    return tuple(sorted(first, key=lambda number: first[number]))


def _same_roles(roles: tuple[int, ...], quoted: Sequence[tuple[int, ...]]) -> bool:
    """Whether the roles stand in one of the texts, in that order."""
    return any(tuple(role for role in order if role in roles) == roles for order in quoted)


def _words_met(
    sentence: str, terms: Sequence[Term], folded: Sequence[Folded], texts: Sequence[str]
) -> bool:
    asked = [term for term in terms if not term.must]
    weight = sum(term.weight for term in asked)
    if not weight:
        return True
    met = sum(
        term.weight * max((covered(term, one) for one in folded), default=0.0) for term in asked
    )
    chinese = bool(_HAN.search(sentence))
    same = any(bool(_HAN.search(text)) == chinese for text in texts)
    return met / weight >= (WORDS_MIN if same else WORDS_OTHER_LANGUAGE_MIN)
