"""What the keys of a form look like, and a page's print cut into keys and the rest.

A key ends in a colon, or is one of the words that forms ask for. A colon within a time, a ratio
or an address of the web makes no key, nor does one behind half a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from yuepi.documents.layout.text import plain
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

_KEY_WORDS_MAX: Final = 8
_KEY_SIGNS_MAX: Final = 24
"""Of Chinese, beside what stands in brackets."""
_COLON: Final = re.compile(r"[:：](?!//)")
_COLONS_MAX: Final = 200
"""Of one line: more separate no keys."""
_BRACKETS: Final = re.compile(r"[（(][^（）()]*[)）]?")
_SECTION: Final = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])\s*"
)
_ASKED_ZH: Final = (
    "姓名|性别|民族|年龄|籍贯|学历|职务|职称|部门|岗位|单位|公司|名称|地址|住址|电话|手机|邮箱|传真"
    "|邮编|证件|身份证|编号|号码|代码|日期|时间|年月|原因|事由|备注|说明|意见|类型|类别|性质|情况"
    "|金额|数量|币种|开户行|账号|户名|用途|项目|地点|申请人|联系人|负责人|经办人|审批人|签名|签字|盖章"
    "|专业|学校|院校|婚姻|政治面貌|出生|国籍|住所|法定代表人|代表人|注册|资本|范围|期限|方式|内容|车牌"
)
_ASKED_EN: Final = (
    r"to|from|date|time|re|subject|cc|fax|phone|tel|telephone|name|address|city|state|zip|country"
    r"|company|firm|title|dept|department|position|email|e-?mail|pages?|number|no|signature|signed"
    r"|sex|gender|age|birth|amount|total|quantity|attention|attn|operator|comments?|message|remarks"
    r"|brand|type|region|division|account|volume|manufacturer|telecopy|facsimile|file|rep|reps"
)
_ASKED: Final = re.compile(rf"(?:{_ASKED_ZH})|\b(?:{_ASKED_EN})\b", re.IGNORECASE)
_NEXT_ZH: Final = re.compile(
    r"(?:(?<=[\s\u3000])|(?<=\d)(?=[\u4e00-\u9fff]))[\u4e00-\u9fff（）()/]{1,14}\s?$"
)
_NEXT_EN: Final = re.compile(
    rf"(?:\s{{2,}}(?:[#\w.'/&()-]+ ?){{1,5}}|\s#?\s?\b(?:{_ASKED_EN})\b\.?"
    rf"(?: (?:no|number|name|date|#)\.?)? ?#?)$",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"\b(?:is|are|was|were|will|has|have|had|please|you|we|that|this|which)\b|[。；，,;?？!]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: a key (without its colon) or other print. line: where it comes from."""

    text: str
    box: Box
    is_key: bool
    line: Line


def is_asked(text: str) -> bool:
    """Whether a text is one of the things that forms ask for, colon or none."""
    bare = bare_key(text)
    return _is_short(bare) and _ASKED.search(bare) is not None


def bare_key(text: str) -> str:
    """A key without colon, mark of a required entry, and what stands in brackets behind it."""
    key = _SECTION.sub("", plain(text)).strip(" :：*＊").strip()
    short = _BRACKETS.sub("", key).strip(" :：*")
    return short if len(re.findall(r"\w", short)) >= 2 else key


def heads_section(text: str) -> bool:
    """Whether a text is the numbered heading of a part of the form."""
    return _SECTION.match(plain(text)) is not None


def may_be_key(text: str) -> bool:
    """Whether a text may be a key by its look: short, with letters, no sentence."""
    bare = bare_key(text)
    if not _is_short(bare) or not re.search(r"[^\W\d_]|#", bare):
        return False
    return not _SENTENCE.search(bare) and not re.search(r"\d{3}|\d[./-]\d", bare)


def pieces(view: View) -> list[Piece]:
    """The print of a page, line by line, cut at its keys."""
    known = _keys_at_starts(view.lines)
    found: list[Piece] = []
    for line in view.lines:
        if line.text.strip():
            found += _cut(view, line, known)
    return found


def _keys_at_starts(lines: Iterable[Line]) -> frozenset[str]:
    """Keys that lines begin with: within a line the same words are that key again."""
    heads = (_COLON.split(line.text)[0] for line in lines if _COLON.search(line.text))
    return frozenset(plain(head).casefold() for head in heads if may_be_key(head))


def _is_short(text: str) -> bool:
    if re.search(r"[\u4e00-\u9fff]", text):
        return len(text) <= _KEY_SIGNS_MAX
    return len(text.split()) <= _KEY_WORDS_MAX and len(text) <= 60


def _cut(view: View, line: Line, known: frozenset[str]) -> Iterator[Piece]:
    """A line as keys and what follows each."""
    text = line.text.replace("_", " ")
    row = view.only((line,)).rows[0]
    start = 0
    for colon in islice(_COLON.finditer(text), _COLONS_MAX):
        head = text[start : colon.start()]
        if not head.strip() or _is_clock(text, colon.start()):
            continue
        begin = start + _key_start(head, start == 0, known)
        if not may_be_key(text[begin : colon.start()]):
            continue
        if text[start:begin].strip():
            yield _piece(text, row.part(start, begin), start, begin, False, line)
        yield _piece(text, row.part(begin, colon.end()), begin, colon.end(), True, line)
        start = colon.end()
    if text[start:].strip():
        yield _piece(text, row.part(start, len(text)), start, len(text), False, line)


def _piece(text: str, box: Box, start: int, end: int, is_key: bool, line: Line) -> Piece:
    return Piece(plain(text[start:end]).strip(), box, is_key, line)


def _key_start(head: str, first: bool, known: frozenset[str]) -> int:
    """Where in the print before a colon its key begins: behind the value of the key before."""
    words = [0, *(match.end() for match in re.finditer(r"\s+", head))]
    for start in words[1:] if first else words:
        if plain(head[start:]).casefold() in known:
            return start
    if first and may_be_key(head):
        match = _NEXT_ZH.search(head)
        return match.start() if match and _is_value_before(head[: match.start()]) else 0
    match = _NEXT_ZH.search(head) or _NEXT_EN.search(head)
    if match is None:
        return 0
    lead = len(match[0]) - len(match[0].lstrip())
    return match.start() + lead


def _is_value_before(head: str) -> bool:
    """Whether print before the last words of a line is a value of its own, as a number is."""
    return bool(re.search(r"\d", head))


def _is_clock(text: str, at: int) -> bool:
    return bool(re.search(r"\d\s?$", text[:at]) and re.match(r"\s?\d", text[at + 1 :]))
