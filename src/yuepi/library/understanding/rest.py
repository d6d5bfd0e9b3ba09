"""What is left of a question without its filters: words to look for, and no crumbs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from yuepi.library.understanding.spans import Span

_CRUMBS_ZH: Final = (
    "请帮我|帮我|麻烦|请问|请|我想要|我想|我要|我们|我|查找|查询|查看|查一下|搜索|搜一下|找出|找到|找一下|列出来|列出|显示"
    "|给我|看看|看一下|一下|所有的?|全部的?|全部|哪些|哪几[份张]|哪[份张]|那[些份张]|这[些份张]|一[份张]|有没有|都有|是有|有"
    "|在哪[里儿]?|在|里面|里|中|都|是|的|了|吗|呢|吧|啊|和|与|跟|以及|及|找|查|搜|列表|清单|明细"
    "|文件|文档|资料|扫描件|复印件|原件|签订|签署|签|开具|开出|开|出具"
)
_CRUMBS_EN: Final = (
    "please|can|could|you|i|want|need|am|looking|look|show|find|list|get|give|search|display|me|us"
    "|all|any|the|every|each|our|my|a|an|those|these|some|which|what|where|are|is|there|do|we|have"
    "|from|with|without|of|by|between|in|on|for|to|at|dated|issued|signed|made|that|whose|were|was"
    "|been|says?|saying|mention|mentions|mentioning|containing|and|or|documents?|files?|papers?|it|its|which"
)
_SIGNS: Final = r"[\s,，、。.!！?？:：;；~\-–—()（）\[\]【】'\"“”‘’「」]"
_ONLY_CRUMBS: Final = re.compile(
    rf"(?i)(?:{_SIGNS}|{_CRUMBS_ZH}|(?<![a-z])(?:{_CRUMBS_EN})(?![a-z]))*"
)
_LEADING: Final = re.compile(
    rf"(?i)^(?:{_SIGNS}|的(?!确)|了(?!解)|(?:from|with|of|by|in|on|for|to|at|and|or|that|are|is|were)"
    r"(?![a-z]))+"
)
_TRAILING: Final = re.compile(
    rf"(?i)(?:{_SIGNS}|(?<!目)的|和|与|(?<![a-z])(?:from|with|of|by|in|on|for|to|at|and|or|that|are"
    r"|is|were|the|an?))+$"
)
_ASKED_FOR: Final = re.compile(
    r"(?i)^(?:请帮我|帮我|麻烦|请|我想|我要)?(?:查找|查询|查看|查一下|搜索|搜一下|找出|找到|找一下|列出|显示|给我看?|看看)(?:所有|全部)?的?"
    r"|^(?:please\s+)?(?:(?:show|find|list|get|give|search)(?:\s+(?:for|me|us))*(?:\s+all)?)"
    r"(?:\s+(?:the|our|my))?(?=\s)"
)


def _pieces(whole: str, spans: Iterable[Span]) -> Iterator[str]:
    at = 0
    for span in sorted(spans, key=lambda each: each.start):
        yield whole[at : span.start]
        at = max(at, span.end)
    yield whole[at:]


def has_content(whole: str, spans: Iterable[Span]) -> bool:
    """Whether anything is left that is worth looking for."""
    return any(_ONLY_CRUMBS.fullmatch(piece) is None for piece in _pieces(whole, spans))


def left_of(whole: str, spans: Iterable[Span]) -> str:
    """The words that are left, those that merely held the others together gone."""
    spans = list(spans)
    if not spans:
        return whole
    pieces = list(_pieces(whole, spans))
    pieces[0] = _ASKED_FOR.sub("", pieces[0], count=1)
    kept = [
        _TRAILING.sub("", _LEADING.sub("", piece))
        for piece in pieces
        if _ONLY_CRUMBS.fullmatch(piece) is None
    ]
    return " ".join(" ".join(kept).split())
