"""Summaries of long documents: sentences of the document itself, quoted with their place. Pure.

Which sentences: those whose words the whole document is about (term weights, as Luhn 1958 and
SumBasic do), those that stand where authors say what matters (the beginning, and first in their
paragraph), and those with amounts, dates, shares and duties. Then each next one must say something
new (maximal marginal relevance, Carbonell and Goldstein 1998). Chinese is cut into pairs of
characters, which need no dictionary. Nothing is drawn by chance: the same pages give the same.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.contents import Quote
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.prose import Prose

LONG_CHARACTERS_MIN: Final = 1200
LONG_PAGES_MIN: Final = 3
SENTENCES: Final = (3, 7)
"""At least and at most; one for each 900 characters between."""
_SENTENCES_MAX: Final = 1500
"""Further sentences of a document take no part."""
_LENGTH: Final = (12, 260)
"""Shorter runs are headings and labels, longer ones are lists."""
_LATIN_FACTOR: Final = 2.0
"""English says with two characters what Chinese says with one."""
_NEW_WEIGHT: Final = 0.6

_LATIN: Final = re.compile(r"[a-z][a-z'’-]+|\d+(?:[.,]\d+)*%?")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_STOP_WORDS: Final = frozenset(
    re.findall(
        r"[a-z]+",
        "the of and to in a an is are was were be been being it its this that these those "
        "for on with as by at from or any such shall will may can not no all each which who "
        "whom whose their there here has have had if then than but into upon under other "
        "same also do does did our we you your they them he she his her hereof herein hereby "
        "thereof party parties agreement",
    )
)
_STOP_HAN: Final = re.compile(r"[的了和与及或在是为对由其该并将应等之以于从]")
_SAYS_SOMETHING: Final = (
    re.compile(
        r"\d[\d,]*\.?\d*\s*(?:元|万|亿|%|％|‰|million|billion|percent)|[¥￥$€£]\s*\d|\bUSD|\bRMB"
    ),
    re.compile(r"(?:19|20)\d\d\s*[年./-]|\b(?:19|20)\d\d\b|\d{1,2}\s*月\s*\d{1,2}\s*日"),
    re.compile(r"应当|必须|不得|有权|负责|shall|must|agree[sd]?|require[sd]?|entitled|responsible"),
    re.compile(
        r"结论|总之|因此|结果表明|研究表明|综上|本文|目的|conclu|therefore|in summary|we (?:find"
        r"|show|propose)"
    ),
)
_NO_SENTENCE: Final = re.compile(
    r"[_＿.…·]{4,}|^\W*$|\t|@|https?:|电话|传真|邮编|账号|开户行|\b(?:tel|fax|e-?mail"
    r"|post\s?code)\b",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"^[^:：。]{1,40}[:：]\s*(?P<rest>.*)$")
_AFTER_LABEL_MIN: Final = 30
_ENDS: Final = re.compile(r"[。！？!?；;.][”’\"」』)）]*$")


@dataclass(frozen=True, slots=True)
class _Sentence:
    order: int
    prose: Prose
    start: int
    end: int
    text: str
    terms: Counter[str]
    leads: bool


def is_long(pages: Sequence[Prose]) -> bool:
    """Whether the text is so long that a summary helps: over 1,200 characters, or three pages."""
    characters = sum(_weighed_length(page.text) for page in pages)
    return characters >= LONG_CHARACTERS_MIN or (
        len(pages) >= LONG_PAGES_MIN and characters >= LONG_CHARACTERS_MIN / 2
    )


def summarise(pages: Sequence[Prose]) -> tuple[Quote, ...]:
    """Three to seven sentences of a long document in their order; none where it is not long or
    has no sentences (lists, tables, forms)."""
    if not is_long(pages):
        return ()
    sentences = list(_sentences(pages))
    if len(sentences) < SENTENCES[0] + 2:
        return ()
    characters = sum(_weighed_length(page.text) for page in pages)
    wanted = min(SENTENCES[1], max(SENTENCES[0], round(characters / 900) + 1), len(sentences) // 2)
    scores = _scores(sentences)
    chosen: list[_Sentence] = []
    while len(chosen) < wanted:
        left = [each for each in sentences if each not in chosen]
        best = max(left, key=lambda each: (_worth(each, scores, chosen), -each.order))
        chosen.append(best)
    return tuple(
        Quote(
            text=each.prose.text[each.start : each.end],
            page=each.prose.page,
            box=each.prose.box(each.start, each.end),
        )
        for each in sorted(chosen, key=lambda each: each.order)
    )


def _weighed_length(text: str) -> float:
    latin = sum(1 for sign in text if sign.isascii() and not sign.isspace())
    wide = sum(1 for sign in text if not sign.isascii() and not sign.isspace())
    return wide + latin / _LATIN_FACTOR


def _sentences(pages: Sequence[Prose]) -> Iterable[_Sentence]:
    order = 0
    for page in pages:
        for start, end in page.sentences:
            text = narrow(page.text[start:end])
            size = _weighed_length(text)
            if not _LENGTH[0] <= size <= _LENGTH[1] or _NO_SENTENCE.search(text):
                continue
            label = _LABEL.match(text)
            if label and _weighed_length(label["rest"]) < _AFTER_LABEL_MIN:
                continue
            if not _ENDS.search(text):
                continue
            leads = start == 0 or page.text[start - 1] == "\n"
            yield _Sentence(order, page, start, end, text, terms(text), leads)
            order += 1
            if order >= _SENTENCES_MAX:
                return


def terms(text: str) -> Counter[str]:
    """The words of a text that carry meaning: English words, figures, pairs of Chinese "
    "characters."""
    found = Counter(
        word for word in _LATIN.findall(text.lower()) if word not in _STOP_WORDS and len(word) > 2
    )
    for run in _HAN.findall(text):
        for piece in _STOP_HAN.split(run):
            found.update(piece[at : at + 2] for at in range(len(piece) - 1))
    return found


def _scores(sentences: Sequence[_Sentence]) -> dict[int, float]:
    weights: Counter[str] = Counter()
    for each in sentences:
        weights.update(set(each.terms))
    total = len(sentences)
    # What a text is about, it says often; what stands in every sentence tells them less apart.
    known = {
        word: math.log1p(count) * (1 - 0.5 * count / total)
        for word, count in weights.items()
        if count > 1
    }
    scores = {each.order: _about(each, known) for each in sentences}
    most = max(scores.values()) or 1.0
    return {
        each.order: scores[each.order] / most + _place(each, total) + _facts(each.text)
        for each in sentences
    }


def _about(each: _Sentence, known: dict[str, float]) -> float:
    return sum(known.get(word, 0.0) for word in each.terms) / math.sqrt(4 + len(each.terms))


def _place(each: _Sentence, total: int) -> float:
    first = 0.5 * math.exp(-4.0 * each.order / max(total, 1))
    return first + (0.08 if each.leads else 0.0)


def _facts(text: str) -> float:
    return 0.15 * sum(1 for pattern in _SAYS_SOMETHING if pattern.search(text))


def _worth(each: _Sentence, scores: dict[int, float], chosen: Sequence[_Sentence]) -> float:
    known = max((_alike(each, other) for other in chosen), default=0.0)
    return scores[each.order] - _NEW_WEIGHT * known


def _alike(one: _Sentence, other: _Sentence) -> float:
    shared = sum((one.terms & other.terms).values())
    sizes = math.sqrt(sum(one.terms.values()) * sum(other.terms.values()))
    return shared / sizes if sizes else 0.0
