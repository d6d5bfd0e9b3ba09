"""The words of a question that its answer must account for. Pure.

Chinese is cut by a dictionary (rjieba), English by spaces; names of things in the lexicon are taken
whole and stand for all their other names. What is written in figures must be met to the digit, a
name of somebody as it is; other words by themselves or by what means the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

import rjieba

from yuepi.library.asking.lexicon import lexicon
from yuepi.library.asking.moments import figure_forms, written_form, written_moments

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
_LIMITS: Final = ("超过", "高于", "多于", "低于", "少于")
"""Not more than is no more than."""
_SAME_MEANING: Final = 0.95
"""A word that means the same counts a little less than the word itself."""
_ONLY_ASKS: Final = re.compile(r"[几多少每个天日周月年内外前后第台件份张次名位间晚]+")
_QUOTED: Final = re.compile(r"[“\"「『《](?P<in>[^”\"」』》]{2,60})[”\"」』》]")
_FIGURES: Final = re.compile(
    r"(?P<n>(?:[a-z]{1,6}[-/]?)?\d[\da-z]*(?:[-/.,:]\d[\da-z]*)*%?)(?P<scale>[万亿])?",
    re.IGNORECASE,
)
_LATIN: Final = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’&.-]*[A-Za-zÀ-ÿ]|[A-Za-z]")
_BETWEEN: Final = re.compile(r"[^A-Za-zÀ-ÿ'’&.\s-]")
_WORDS_MAX: Final = 4
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_COUNTED: Final = re.compile(r"^\d{1,2}$")
_BODY: Final = re.compile(
    r"(?:有限)?(?:责任|股份)?(?:[分子总]?公司|集团|银行|大学|学校|医院|酒店|事务所|研究院|中心|工厂)"
)
_LETTERS: Final = re.compile(r"(?<![A-Za-z\d])[A-Za-z][A-Za-z\d&.-]*$")
_NAME_MAX: Final = 4
_SHORT: Final = 2
_BEFORE_VERBS: Final = "要能会可应须得想把被再还"
_AFTER_VERBS: Final = "到给了过着完掉是"
_VERBS_AFTER: Final = "买卖签租借订付开给"
_WITH: Final = re.compile(
    r"(?:[和跟与向从给]|(?<!合)同)(?P<name>[\u3400-\u9fff]{2,4}?)(?=的|签|买|租|订|借|采购|之间|公司|合作)"
)
"""Who a paper is with, whose name may be cut in two by the dictionary."""
_NAME_TAGS: Final = ("nr", "ns", "nt", "nz")
_KNOWN_TAGS: Final = ("v", "a", "d", "m", "t", "i", "l")
_NO_NAME_TAGS: Final = ("p", "c", "u", "r", "y", "d", "f", "m", "q", "w", "x")
_ENDINGS: Final = ("'s", "’s", "ing", "ies", "ied", "es", "ed", "s")
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

    __slots__ = ("plain", "solid", "words")

    def __init__(self, text: str) -> None:
        plain = fold(text)
        self.plain = plain
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
            if ending in ("ies", "ied"):
                return word[:-3] + "y"
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) > _STEM_MIN or not word.endswith("e") else word


def terms_of(question: str, names: Collection[str] = ()) -> tuple[Term, ...]:
    """The words that count, in order, each once. names: of somebody, as documents have them: no
    dictionary knows where those of firms end."""
    text = unicodedata.normalize("NFKC", question)
    found: dict[frozenset[str], Term] = {}
    for name in sorted(names, key=len, reverse=True):
        if name in text:
            text = text.replace(name, " " * len(name))
            found[frozenset({fold(name)})] = Term(name, "name", frozenset({fold(name)}))
    for term in _terms(text):
        found.setdefault(term.forms, term)
    return tuple(found.values())[:TERMS_MAX]


def names_in(question: str, texts: Iterable[str]) -> frozenset[str]:
    """The parts of names that a question has of these texts: signs in a row that no dictionary
    makes a word of, as they stand there."""
    held = [each for each in texts if _HAN.search(each)]
    found: set[str] = set()
    for run in _HAN.finditer(unicodedata.normalize("NFKC", question)):
        words = rjieba.cut(run[0], hmm=False)
        signs = "".join(word if len(word) == 1 else " " for word in words)
        for unknown in signs.split():
            found.update(_longest_in(unknown, held))
    return frozenset(found)


def _longest_in(signs: str, texts: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(signs) - 1:
        parts = (signs[at : at + size] for size in range(_NAME_MAX, 1, -1))
        part = next((p for p in parts if len(p) > 1 and any(p in text for text in texts)), "")
        if part:
            yield part
        at += max(1, len(part))


def covered(term: Term, text: Folded) -> float:
    """How much of a term stands in a text: 1.0 for a whole form, less for most of a long word."""
    if term.sort == "literal":
        return float(any(_stands(form, text) for form in term.forms))
    if term.text in _LIMITS and term.text not in text.solid.replace(f"不{term.text}", ""):
        return 0.0
    if text.has(fold(term.text)):
        return 1.0
    if any(text.has(form) for form in term.forms):
        return _SAME_MEANING
    if term.sort == "name" or not _HAN.fullmatch(term.text) or len(term.text) < 4:
        return 0.0
    pairs = [term.text[at : at + 2] for at in range(len(term.text) - 1)]
    share = sum(pair in text.solid for pair in pairs) / len(pairs)
    return share if share >= _ALIKE_MIN else 0.0


def _stands(form: str, text: Folded) -> bool:
    """Whether figures stand there whole, no others beside them."""
    return form[:1] in text.solid and written_form(form).search(text.plain) is not None


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
    for match in _WITH.finditer(text):
        if _is_unknown(match["name"]):
            yield Term(match["name"], "name", frozenset({fold(match["name"])}))
            text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
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
            letters = _LETTERS.search(text[: run.start()]) if body.start() == 0 else None
            if letters is not None:
                found.append(_lettered(letters[0], body[0]))
                text = text[: letters.start()] + " " * len(letters[0]) + text[run.start() :]
                continue
            name = ""
            for word, tag in reversed(list(rjieba.tag(run[0][: body.start()]))):
                if word in known or word in stop or tag.startswith(_NO_NAME_TAGS):
                    break
                name = word + name
            if len(name) > 1:
                found.append(Term(name, "name", frozenset({fold(name)})))
                end = run.start() + body.start()
                branch = len(body[0]) - len(body[0].lstrip("分子总"))
                start, end = end - len(name), end + branch
                text = text[:start] + " " * (end - start) + text[end:]
    return text, found


def _lettered(letters: str, body: str) -> Term:
    """A公司, IBM集团: a letter alone is a name only with what stands after it."""
    if len(letters) > 1:
        return Term(letters, "name", frozenset({fold(letters)}))
    forms = (f"{letters}{each}" for each in (body, f"有限{body}", f"股份有限{body}"))
    return Term(f"{letters}{body}", "literal", frozenset(map(fold, forms)))


def _things(text: str) -> tuple[list[Term], str]:
    """The names of things in the text, the longest first, and what is left without them."""
    taken: list[tuple[int, Term]] = []
    letters = list(text)
    for name in _names_by_length():
        if name not in text:
            continue
        for match in re.finditer(re.escape(name), "".join(letters)):
            if len(name) == _SHORT and _straddles(text, match.start()):
                continue
            taken.append((match.start(), _thing(name)))
            letters[match.start() : match.end()] = " " * len(name)
    words = [(match.span(), stem(match[0].lower())) for match in _LATIN.finditer(text)]
    at = 0
    while at < len(words):
        for count in range(min(_WORDS_MAX, len(words) - at), 0, -1):
            part = words[at : at + count]
            name = _names_by_stems().get(" ".join(each for _, each in part), "")
            start, end = part[0][0][0], part[-1][0][1]
            if name and not _BETWEEN.search(text[start:end]):
                taken.append((start, _thing(name)))
                letters[start:end] = " " * (end - start)
                at += count - 1
                break
        at += 1
    return [term for _, term in sorted(taken, key=lambda each: each[0])], "".join(letters)


def _straddles(text: str, start: int) -> bool:
    """Whether two signs are the end of one word and the beginning of the next: 申报|名单."""
    at = 0
    ends: set[int] = set()
    for word in _cut(text):
        at += len(word)
        ends.add(at)
    return start + 1 in ends and start not in ends and start + _SHORT not in ends and start > 0


@lru_cache(maxsize=256)
def _cut(text: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(text))


def is_plain(term: Term) -> bool:
    """Whether a thing's name means one thing only; rent is paid for a lease, and is one."""
    return len(_groups_by_name().get(term.text, ())) == 1


def thing_named(name: str) -> Term:
    """A thing by one of its names in the lexicon."""
    return _thing(name)


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
    """Those in Chinese. A single sign is part of too many words to be looked for inside of them."""
    stop = lexicon().stop
    names = [name for name in _groups_by_name() if name not in stop and _HAN.search(name)]
    return tuple(sorted((n for n in names if len(n) > 1), key=lambda name: (-len(name), name)))


@cache
def _names_by_stems() -> dict[str, str]:
    """Those in English, by the stems of their words."""
    found: dict[str, str] = {}
    for name in sorted(_groups_by_name()):
        if name not in lexicon().stop and not _HAN.search(name):
            stems = " ".join(stem(match[0]) for match in _LATIN.finditer(name))
            found.setdefault(stems, name)
    return found


def _words(text: str) -> Iterator[Term]:
    """What is left: names as the dictionary knows them, and other words."""
    stop = lexicon().stop
    for match in re.finditer(rf"{_LATIN.pattern}|{_HAN.pattern}", text):
        word = match[0]
        if _HAN.match(word):
            yield from _chinese(word)
        elif fold(word) not in stop and len(word) >= _ENGLISH_LENGTH_MIN:
            # The first word of a question is written large anyhow.
            yield _word(word, named=word[0].isupper() and match.start() > 0)


def _chinese(run: str) -> Iterator[Term]:
    stop, known = lexicon().stop, _groups_by_name()
    for given, tag in rjieba.tag(run):
        word = given if given in known else _without_particles(given, named=tag in _NAME_TAGS)
        if word in stop or tag in ("u", "uj", "y", "p", "c", "r", "e"):
            continue
        if _ONLY_ASKS.fullmatch(word) or all(sign in stop for sign in word):
            continue
        if word in known:
            yield _thing(word)
        elif len(word) > 1 or tag.startswith("v"):
            unknown = not tag.startswith(_KNOWN_TAGS) and _is_unknown(word)
            yield _word(word, named=unknown or tag.startswith(_NAME_TAGS))


def _is_unknown(word: str) -> bool:
    """Whether the dictionary does not know a noun, as it does not know most names of firms."""
    return len(word) > 1 and all(len(each) == 1 for each in rjieba.cut(word, hmm=False))


def _without_particles(word: str, *, named: bool) -> str:
    """A word that was cut with a sign too much: 租到, 付给, 要订; a name with the verb after it."""
    if named:
        return word[:-1] if len(word) > 2 and word[-1] in _VERBS_AFTER else word
    return word.lstrip(_BEFORE_VERBS).rstrip(_AFTER_VERBS) if len(word) > 1 else word


def _word(word: str, *, named: bool) -> Term:
    return Term(word, "name" if named else "word", frozenset({fold(word)}))
