"""Words as the index keeps them, of Chinese and English, and the same for questions.

Chinese is cut into words (`rjieba`); of a word of three characters and more its pairs are kept
too, so that 计算机系统 is found by 计算机 and by 系统 whoever cut it. Numbers are kept without
separators and, where they have parts (AB-12/2024), with their parts. English words are taken to
their stem by the index itself, for questions and texts alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import rjieba

WORD_CHARACTERS_MAX: Final = 40
"""Longer ones are cut: nobody looks for their end."""
QUESTION_WORDS_MAX: Final = 64
QUESTION_CHARACTERS_MAX: Final = 2_000

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005\u3007"
_OTHER: Final = "\u3040-\u30ff\uac00-\ud7af"
_RUN: Final = re.compile(
    rf"(?P<han>[{_HAN}]+)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?)"
    rf"|(?P<word>[^\W_{_HAN}{_OTHER}]+(?:[-./_'’][^\W_{_HAN}{_OTHER}]+)*)"
    rf"|(?P<other>[{_OTHER}]+)"
)
_PART: Final = re.compile(r"[^\W_]+")
_APOSTROPHE: Final = re.compile(r"['’](s|t|re|ll|ve|d|m)$")

_STOP_WORDS: Final = (
    "的 了 和 是 在 与 及 或 等 之 为 也 都 就 而 但 并 把 被 对 于 从 到 由 向 以 其 该 此 这 那 "
    "我 你 他 她 它 我们 你们 他们 一个 这个 那个 以及 并且 吗 呢 吧 啊 "
    "a an the of to in on at for and or is are was were be been by with from as it its this that "
    "these those i we you they he she his her their our your do does did has have had not"
)
_ASKING_WORDS: Final = (
    "什么 哪些 哪个 哪 多少 几 怎么 怎样 如何 为什么 是否 有没有 请 请问 谁 何时 找 查找 找出 "
    "what which who whom whose when where why how many much please find show tell me about "
    "can could would should"
)
_STOP: Final = frozenset(_STOP_WORDS.split())
_ASKING: Final = frozenset(_ASKING_WORDS.split())


def words_of(text: str) -> str:
    """The words of a text, with spaces between."""
    return " ".join(word for word in _words(text) if word not in _STOP)


def question_words(text: str) -> str:
    """The words to look for, each once, without those that only ask. Empty for a text without
    any."""
    found = list(dict.fromkeys(_words(text[:QUESTION_CHARACTERS_MAX])))
    telling = [word for word in found if word not in _STOP and word not in _ASKING]
    if not telling:
        telling = [word for word in found if word not in _STOP]
    return " ".join(telling[:QUESTION_WORDS_MAX])


def _words(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).lower()
    for run in _RUN.finditer(folded):
        sort, found = run.lastgroup, run.group()
        if sort == "han":
            yield from _han_words(found)
        elif sort == "number":
            yield _cut(found.replace(",", ""))
        elif sort == "other":
            yield from _pairs(found)
        else:
            yield from _latin_words(found)


def _han_words(run: str) -> Iterator[str]:
    for word in rjieba.cut(run, True):
        if len(word) > 2:
            yield from _pairs(word)
        if len(word) <= WORD_CHARACTERS_MAX:
            yield word


def _pairs(word: str) -> Iterator[str]:
    if len(word) < 3:
        yield word
        return
    for at in range(len(word) - 1):
        yield word[at : at + 2]


def _latin_words(run: str) -> Iterator[str]:
    word = _APOSTROPHE.sub("", run)
    parts = _PART.findall(word)
    if len(parts) > 1:
        # As it is typed without its separators; an amount keeps its point.
        if all(part.isdigit() for part in parts) and word.count(".") == 1 and len(parts) == 2:
            yield _cut(word)
        else:
            yield _cut("".join(parts))
    for part in parts:
        yield _cut(part)


def _cut(word: str) -> str:
    return word[:WORD_CHARACTERS_MAX]
