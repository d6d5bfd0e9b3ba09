"""What a sentence only says aside, and a question only to name a paper. Pure.

"Where rent is paid late, 0.5‰ a day is due" is about what being late costs, not how much the rent
is; "after the warranty the rest is paid" says nothing of how long the warranty is. And "the
contract signed with Haitian" asks for no signing.
"""

from __future__ import annotations

import re
from typing import Final

from yuepi.library.asking.cues import AnswerSort

_LATE: Final = re.compile(
    r"逾期|迟延|拖欠|欠付|滞纳|违约|未(?:能)?(?:按[时期约]|如期|支付|付)|罚"
    r"|\b(?:late|overdue|unpaid|default\w*|arrears|penalt\w+|fails? to pay|fine[ds]?|interest)\b",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(
    r"期满|届满|续[租签约期]|质保金|保证金"
    r"|\b(?:expir\w+|after the (?:end|term)|renew\w*|extend\w*)\b",
    re.IGNORECASE,
)
_ASIDE_LATE: Final = re.compile(
    # A comma within a number ends nothing.
    r"[^，,；;。]*(?:逾期|迟延|拖欠|欠付|未(?:能)?(?:按[时期约]|如期|支付|付))"
    r"(?:[^，,；;。]|,(?=\d))*(?:，|,(?!\d)|$)"
    r"|\b(?:if|where|when|should)\b[^,;.]*"
    r"\b(?:late|overdue|unpaid|default\w*|arrears|fails? to pay)\b"
    r"(?:[^,;]|,(?=\d))*(?:[,;](?!\d)|$)"
    r"|\b(?:late|overdue|unpaid) \w+",
    re.IGNORECASE,
)
_ASIDE_ENDED: Final = re.compile(
    r"[^，,；;。\d一二三四五六七八九十]*(?:期满|届满)[^，,；;。\d一二三四五六七八九十]*(?:[，,。；;]|$)"
    r"|质保金|保证金"
    r"|\b(?:after|on|upon|before) (?:the )?(?:expiry|end|expiration) of (?:the )?(?:\w+ )?"
    r"(?:term|period|lease|warranty)\b",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"[\d一二三四五六七八九十百千万壹贰叁肆伍陆柒捌玖]")
_OF_SUMS: Final = frozenset({"amount", "percent", "quantity", "date"})

_ASKED_BEFORE: Final = "|".join(
    (
        r"谁|何[时地人]|什么时候|什么时间|什么地方",
        r"哪[天年位里儿家]|几[号月]",
        r"\b(?:who|when|where|which day)\b",
    )
)
_SIGNED_WITH: Final = re.compile(
    rf"^(?!\s*(?:was|is|were|has|have)\b)(?:(?!{_ASKED_BEFORE}).)*?(?:(?:[和跟与向]|(?<![合共一])同)"
    rf"(?:(?!{_ASKED_BEFORE})[^\s,，。的]){{2,20}}?(?P<zh>签订|签署|订立|签)(?:过|了)?(?=的)"
    r"|\b(?:contract|agreement|lease|deal)s?\s+(?:(?:that|which)\s+)?(?:(?:we|was|were|have|had|is)\s+)*"
    r"(?P<en>signed|concluded|made)(?=\s+(?:with|by|between)\b))",
    re.IGNORECASE,
)


_COSTS: Final = re.compile(
    r"\bhow much (?:does|do|did|will|would)\b(?!\s+(?:it|this|that|everything)\b)"
    r".{1,120}?\b(?P<verb>costs?)\b",
    re.IGNORECASE,
)


def said_aside(sort: AnswerSort, question: str, text: str) -> str | None:
    """A sentence without what it only says aside, for a question of this sort; None where it says
    nothing so, or the question asks for just that."""
    if sort in _OF_SUMS:
        told, aside = _LATE, _ASIDE_LATE
    elif sort == "duration":
        told, aside = _ENDED, _ASIDE_ENDED
    else:
        return None
    if told.search(question) or not aside.search(text):
        return None
    rest = aside.sub(" ", text)
    # A sum that is itself unpaid is what is asked for.
    return None if sort in _OF_SUMS and not _FIGURE.search(rest) else rest


def without_asides(question: str) -> str:
    """A question without the verb that only says with whom the contract is, or only asks how much,
    of the same length: what toner costs stands in its row, beside no such word."""
    match = _SIGNED_WITH.match(question)
    if match is not None:
        question = _blanked(question, *match.span("zh" if match["zh"] else "en"))
    costs = _COSTS.search(question)
    return question if costs is None else _blanked(question, *costs.span("verb"))


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
