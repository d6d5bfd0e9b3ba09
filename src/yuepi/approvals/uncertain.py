"""Words by which a model says that it is not sure (可能, 无法确定, maybe, …). Pure.

Only text that a model produced is looked at: what stands printed on a paper is the paper's. A word
too many sends a claim to a person, a word too few could let a guess pass; so only turns of phrase
that surely say the opposite are left out (不可能, "not unclear").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.approvals.fact import Proof
from yuepi.documents.masking import masked_fields, masked_value
from yuepi.documents.reading import FileReading

FOUND_MAX: Final = 20
"""How many are told; the first one decides."""

_CHINESE_TEXT: Final = """
    可能 也许 或许 兴许 大概 大约是 约莫 似乎 好像 貌似 疑似 看似 看起来像
    估计 推测 猜测 推断 恐怕 应该是 应当是 不确定 未确定 无法确定 难以确定
    不能确定 没法确定 无法确认 难以确认 不能确认 未能确认 无法判断 难以判断
    不能判断 无法辨认 难以辨认 无法辨别 难以辨别 无法识别 难以识别 未能识别
    不能识别 无法读取 无法看清 难以看清 看不清 看不出 看不太清 认不清 分不清
    辨不清 不清楚 不太清楚 不够清楚 不清晰 不太清晰 不够清晰 模糊 不明确 不明
    存疑 待确认 待核实 有待核 拿不准 说不准 不好说 不敢肯定 不能肯定 无法肯定
    未必 不一定
"""
_CHINESE: Final = tuple(_CHINESE_TEXT.split())
_CHINESE_SURE: Final = re.compile(
    r"不可能|绝无可能|没有可能|毫无可能|尽可能|并不模糊|不模糊|没有模糊|毫不模糊|并非疑似|大概念|模糊查询"
)
"""What holds such a word and is certain."""

_ENGLISH: Final = re.compile(
    r"\b(?:"
    r"maybe|perhaps|possibly|probably|presumably|supposedly|seemingly|apparently|allegedly"
    r"|unclear|uncertain|uncertainty|unsure|unreadable|illegible|indistinct|ambiguous|blurry"
    r"|blurred|doubtful|inconclusive|indeterminate|guess|guessed|guessing|assume|assumed"
    r"|assuming|likely|unlikely|seems?|seemed|appears?|appeared|looks like|suspected"
    r"|(?:cannot|can not|can't|could not|couldn't|unable to|not able to|impossible to|hard to"
    r"|difficult to|failed to)"
    r" (?:be )?(?:\w+ly )?(?:determined?|tell|told|confirm(?:ed)?|verify|verified|read|see|seen"
    r"|identify|identified|recogni[sz]ed?|decide|say|discern|make out|be sure|be certain)"
    r"|(?:may|might|could) (?:well |also |possibly )?(?:be|have|read|say|mean|contain|not)"
    r"|not (?:\w+ )?(?:sure|certain|clear|clearly|legible|readable|confident|visible)"
    r"|isn't (?:\w+ )?(?:sure|certain|clear|legible|readable|visible)"
    r"|(?:no|low) confidence|to be confirmed|needs? confirmation"
    r")\b",
    re.IGNORECASE,
)
_ENGLISH_SURE: Final = re.compile(
    r"\b(?:not|isn't|nothing|no|never|without|neither)"
    r" (?:\w+ )?(?:unclear|uncertain|uncertainty|unsure|unreadable|illegible|indistinct"
    r"|ambiguous|blurry|blurred|doubtful|guess(?:ed|ing)?|suspected)\b"
    r"|\bnot only\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One such word and where it stands."""

    word: str
    place: Proof


def unsure_word(text: str) -> str | None:
    """The first word in a text that says it is not sure, as written there; None without one."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    flat = re.sub(r"\s+", " ", plain)
    said = _ENGLISH.search(_ENGLISH_SURE.sub(" | ", flat))
    if said is not None:
        return said.group(0).lower()
    # Between Chinese characters a space or line break means nothing.
    dense = _CHINESE_SURE.sub("|", re.sub(r"\s+", "", plain))
    return min(
        (word for word in _CHINESE if word in dense),
        key=lambda word: (dense.index(word), -len(word)),
        default=None,
    )


def uncertain_words(files: Sequence[FileReading]) -> tuple[Uncertain, ...]:
    """The unsure words in what a model produced: its evidence, and values that it alone gives."""
    found = []
    for uncertain in _uncertain(files):
        found.append(uncertain)
        if len(found) == FOUND_MAX:
            break
    return tuple(found)


def _uncertain(files: Sequence[FileReading]) -> Iterator[Uncertain]:
    for file in files:
        for reading in file.readings:
            personal = masked_fields(reading.kind, reading.fields)
            for name, field in reading.fields.items():
                said = [
                    (seen.page, seen.box, seen.text)
                    for seen in field.evidence
                    if seen.source == "model"
                ]
                if "model" in field.sources:
                    values = (field.value or "", *field.others)
                    said += [(reading.page, reading.box, value) for value in values]
                for page, box, text in said:
                    word = unsure_word(text)
                    if word is not None:
                        told = masked_value(name, text) if name in personal else text
                        place = Proof(file=file.file, page=page, box=box, field=name, value=told)
                        yield Uncertain(word, place)
