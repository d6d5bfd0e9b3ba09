"""The words of a question that its answer must account for. Pure.

Chinese is cut by a dictionary (rjieba), English by spaces; names of things in the lexicon are taken
whole and stand for all their other names. What is written in figures must be met to the digit, a
name of somebody as it is; other words by themselves or by what means the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

import rjieba

from yuepi.library.asking.lexicon import lexicon
from yuepi.library.asking.moments import figure_forms, written_moments

TermSort = Literal["thing", "generic", "word", "name", "literal"]
"""thing: in the lexicon; generic: of it, the sort of paper; name: of somebody or some place;
literal: figures, and what stands in quotation marks."""

TERMS_MAX: Final = 40
WEIGHTS: Final[dict[TermSort, float]] = {
    "thing": 1.0,
    "generic": 0.4,
    "word": 0.9,
    "name": 1.3,
    "literal": 1.3,
}
_ENGLISH_LENGTH_MIN: Final = 2
_ALIKE_MIN: Final = 0.6
"""So much of a longer Chinese word must stand there where the whole does not."""
_SAME_MEANING: Final = 0.95
"""A word that means the same counts a little less than the word itself."""
_ONLY_ASKS: Final = re.compile(r"[几多少每个天日周月年内外前后第台件份张次名位间晚]+")
_QUOTED: Final = re.compile(r"[“\"「『《](?P<in>[^”\"」』》]{2,60})[”\"」』》]")
_FIGURES: Final = re.compile(
    r"(?P<n>(?:[a-z]{1,6}[-/]?)?\d[\da-z]*(?:[-/.,:]\d[\da-z]*)*%?)(?P<scale>[万亿])?",
    re.IGNORECASE,
)
_LATIN: Final = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’&.-]*[A-Za-zÀ-ÿ]|[A-Za-z]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_COUNTED: Final = re.compile(r"^\d{1,2}$")
_BODY: Final = re.compile(
    r"(?:有限)?(?:责任|股份)?(?:公司|集团|银行|大学|学校|医院|酒店|事务所|研究院|中心|工厂)"
)
_NAME_TAGS: Final = ("nr", "ns", "nt", "nz")
_NO_NAME_TAGS: Final = ("p", "c", "u", "r", "y", "d", "f", "m", "q", "w", "x")
_ENDINGS: Final = ("'s", "’s", "ing", "ies", "es", "ed", "s")
_STEM_MIN: Final = 4


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question. forms: by what it is met, folded; weight: how much it counts."""

    text: str
    sort: TermSort
    forms: frozenset[str]

    @property
    def weight(self) -> float:
        return WEIGHTS[self.sort]

    @property
    def must(self) -> bool:
        """Whether nothing answers that does not have it."""
        return self.sort in ("name", "literal")


class Folded:
    """A text as words are looked for in it: narrow and small; without gaps for Chinese and for
    figures, by words for English."""

    __slots__ = ("solid", "words")

    def __init__(self, text: str) -> None:
        plain = fold(text)
        self.solid = re.sub(r"[\s,]", "", plain)
        self.words = (
            " " + " ".join(stem(each) for each in re.findall(r"[a-zà-ÿ0-9%]+", plain)) + " "
        )

    def has(self, form: str) -> bool:
        """Whether a folded form stands there."""
        stems = _stems(form)
        return form in self.solid if stems is None else f" {stems} " in self.words


@lru_cache(maxsize=8_192)
def _stems(form: str) -> str | None:
    """An English form by the stems of its words; None for one with Chinese characters."""
    if _HAN.search(form):
        return None
    return " ".join(stem(each) for each in re.findall(r"[a-zà-ÿ0-9%]+", form)) or "?"


def fold(text: str) -> str:
    """Narrow, small letters, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def stem(word: str) -> str:
    """An English word without its usual endings; others as they are."""
    if word.isdigit():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN - (ending == "s"):
            return word[: -len(ending)].rstrip("e") if ending != "ies" else word[:-3] + "y"
    return word.rstrip("e") if len(word) > _STEM_MIN else word


def terms_of(question: str) -> tuple[Term, ...]:
    """The words that count, in order, each once."""
    text = unicodedata.normalize("NFKC", question)
    found: dict[frozenset[str], Term] = {}
    for term in _terms(text):
        found.setdefault(term.forms, term)
    return tuple(found.values())[:TERMS_MAX]


def covered(term: Term, text: Folded) -> float:
    """How much of a term stands in a text: 1.0 for a whole form, less for most of a long word."""
    if term.sort == "literal":
        return float(any(_stands(form, text.solid) for form in term.forms))
    if text.has(fold(term.text)):
        return 1.0
    if any(text.has(form) for form in term.forms):
        return _SAME_MEANING
    if term.sort == "name" or not _HAN.fullmatch(term.text) or len(term.text) < 4:
        return 0.0
    pairs = [term.text[at : at + 2] for at in range(len(term.text) - 1)]
    share = sum(pair in text.solid for pair in pairs) / len(pairs)
    return share if share >= _ALIKE_MIN else 0.0


def _stands(form: str, solid: str) -> bool:
    """Whether figures stand there whole, no others beside them."""
    edge = r"(?<![0-9.])" if form[:1].isdigit() else ""
    end = r"(?!\.?[0-9])" if form[-1:].isdigit() else ""
    return re.search(edge + re.escape(form) + end, solid) is not None


def _terms(text: str) -> Iterator[Term]:
    literals = [
        (match.span(), match["in"], frozenset({_solid(match["in"])}))
        for match in _QUOTED.finditer(text)
    ]
    literals += written_moments(text)
    literals += [
        (match.span(), match[0], figure_forms(match[0]))
        for match in _FIGURES.finditer(text)
        if match["scale"] or not _COUNTED.match(match["n"])
    ]
    taken: list[tuple[int, int]] = []
    for (start, end), given, forms in literals:
        if any(low < end and start < high for low, high in taken):
            continue
        taken.append((start, end))
        yield Term(given, "literal", forms)
        text = text[:start] + " " * (end - start) + text[end:]
    text, bodies = _bodies(text)
    yield from bodies
    things, rest = _things(text)
    yield from things
    yield from _words(rest)


def _solid(text: str) -> str:
    return re.sub(r"[\s,]", "", fold(text))


def _bodies(text: str) -> tuple[str, list[Term]]:
    """The names that stand right before 公司, 银行 and the like, cut out of the text."""
    found: list[Term] = []
    known, stop = _groups_by_name(), lexicon().stop
    for run in _HAN.finditer(text):
        for body in _BODY.finditer(run[0]):
            name = ""
            for word, tag in reversed(list(rjieba.tag(run[0][: body.start()]))):
                if word in known or word in stop or tag.startswith(_NO_NAME_TAGS):
                    break
                name = word + name
            if len(name) > 1:
                found.append(Term(name, "name", frozenset({fold(name)})))
                end = run.start() + body.start()
                text = text[: end - len(name)] + " " * len(name) + text[end:]
    return text, found


def _things(text: str) -> tuple[list[Term], str]:
    """The names of things in the text, the longest first, and what is left without them."""
    folded = text.lower()
    taken: list[tuple[int, Term]] = []
    for name in _names_by_length():
        if name not in folded:
            continue
        pattern = re.escape(name) if _HAN.search(name) else rf"(?<![a-z]){re.escape(name)}(?![a-z])"
        for match in re.finditer(pattern, folded):
            taken.append((match.start(), _thing(name)))
        folded = re.sub(pattern, lambda match: " " * len(match[0]), folded)
    kept = "".join(sign if folded[at] != " " else " " for at, sign in enumerate(text))
    return [term for _, term in sorted(taken, key=lambda each: each[0])], kept


def _thing(name: str) -> Term:
    generic = name in lexicon().generic
    forms = frozenset[str]().union(*_groups_by_name()[name])
    return Term(name, "generic" if generic else "thing", forms)


@cache
def _groups_by_name() -> dict[str, tuple[frozenset[str], ...]]:
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for group in lexicon().groups:
        for name in group:
            found[name] = (*found.get(name, ()), group)
    return found


@cache
def _names_by_length() -> tuple[str, ...]:
    stop = lexicon().stop
    names = [name for name in _groups_by_name() if name not in stop]
    # A single sign is part of too many words to be looked for inside of them.
    names = [name for name in names if len(name) > 1]
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _words(text: str) -> Iterator[Term]:
    """What is left: names as the dictionary knows them, and other words."""
    stop = lexicon().stop
    started = False
    for match in re.finditer(rf"{_LATIN.pattern}|{_HAN.pattern}", text):
        word = match[0]
        if _HAN.match(word):
            yield from _chinese(word)
        elif fold(word) not in stop and len(word) >= _ENGLISH_LENGTH_MIN:
            # The first word of a question is written large anyhow.
            named = word[0].isupper() and (started or word.isupper() or bool(text[:1].strip()))
            yield _word(word, named=named and match.start() > 0)
        started = True


def _chinese(run: str) -> Iterator[Term]:
    stop, known = lexicon().stop, _groups_by_name()
    for word, tag in rjieba.tag(run):
        if word in stop or tag in ("u", "uj", "y", "p", "c", "r", "e"):
            continue
        if _ONLY_ASKS.fullmatch(word):
            continue
        if word in known:
            yield _thing(word)
        elif len(word) > 1 or tag.startswith(("v", "a")):
            yield _word(word, named=tag.startswith(_NAME_TAGS))


def _word(word: str, *, named: bool) -> Term:
    return Term(word, "name" if named else "word", frozenset({fold(word)}))
