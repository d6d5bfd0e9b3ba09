"""What is said outright: phrases, tags, folders, names, numbers, seals, parties. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yuepi.library.document import Folder
from yuepi.library.keys import name_key, number_key
from yuepi.library.understanding.spans import TAKEN, Span

NAME_CHARACTERS_MAX: Final = 128

_QUOTED: Final = re.compile(
    r"“([^“”\x00]{1,128})”|\"([^\"\x00]{1,128})\"|「([^「」\x00]{1,128})」|『([^『』\x00]{1,128})』"
)
_WORD: Final = (
    r"(?:[\"“「](?P<quoted>[^\"”」\x00]{1,128})[\"”」]|(?P<bare>[^\s\x00,，;；:：\"“「]{1,64}))"
)
_LABEL: Final = re.compile(
    r"(?i)(?:(?<![a-z])(?:tag|file\s?name|name|file|in|folder)|标签|文件名|文件夹|目录)\s*[:：=]\s*$"
)
_FOLDER: Final = re.compile(r"(?i)\s*(?:文件夹|目录|folder)")
_TAG: Final = (
    re.compile(r"(?<![\w&/])#(?P<bare>[^\W\d][\w-]{0,63})"),
    re.compile(rf"(?i)(?:(?<![a-z])tag|标签)\s*[:：=]\s*{_WORD}"),
)
_NAMED: Final = re.compile(
    rf"(?i)(?:(?<![a-z])(?:file\s?name|name|file)|文件名)\s*[:：=]\s*{_WORD}"
)
_FILE: Final = re.compile(
    r"(?i)(?<![\w./-])(?P<bare>[\w()（）.-]{1,100}\.(?:pdf|ofd|xml|jpe?g|png|webp|heic|tiff?|bmp|gif|txt"
    r"|docx?|xlsx?|csv))(?![\w.])"
)
_IN: Final = re.compile(rf"(?i)(?:(?<![a-z])(?:in|folder)|文件夹|目录)\s*[:：=]\s*{_WORD}")
_FOLDER_TOLD: Final = re.compile(
    r"(?i)(?:在\s*)?[\"“「]?(?P<bare>[^\s\x00\"”」的在]{1,64})[\"”」]?\s*(?:文件夹|目录)(?:里面?|中|下面?|内)?的?"
    r"|(?<![a-z])in\s+(?:the\s+)?[\"“]?(?P<en>[^\x00\"”,]{1,64}?)[\"”]?\s+folder(?![a-z])"
)
_LABELLED: Final = re.compile(
    r"(?i)(?:发票号码?|发票代码|票据?号|合同编?号|协议编?号|订单编?号|流水号|单据?号|身份证号码?|编号|号码"
    r"|(?<![a-z])(?:(?:invoice|contract|order|serial|ticket|document|reference|ref)\s+)?"
    r"(?:number|num|no|nr)(?![a-z])\.?|(?<![a-z])(?:invoice|contract|order)\s+(?=[A-Z]*[-/]?\d))"
    r"\s*(?:[:：=#]|为|是|is(?![a-z]))?\s*(?P<v>[A-Z0-9][A-Z0-9_/.-]{2,60}[A-Z0-9])(?![A-Z0-9])"
)
_CODE: Final = re.compile(
    # Chinese stands right beside it: 合同HT-2025-117总价多少.
    r"(?a)(?<![\w@./-])(?P<v>[A-Za-z0-9]+(?:[-/_.][A-Za-z0-9]+)*)(?![\w@]|[-/.]\w)"
)
_NO_CODE: Final = re.compile(
    r"(?i)(?:rmb|cny|usd|hkd|eur|gbp|sgd|jpy)\d+(?:[.,]\d+)*|\d+\.\d\d[-/]\d+\.\d\d"
    r"|\d+(?:[.,]\d+)?[a-z]{1,9}|20\d\d[-/.]?q[1-4]|q[1-4][-/.]?20\d\d"
    r"|[a-z]{3,9}[-/.]?\d{1,2}[-/.]?(?:19|20)\d\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]*[-/.]?\d+|(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d+\.\d{1,4}"
    # A day that can be two: no number either.
    r"|\d{1,2}([-/.])\d{1,2}\1(?:19|20)?\d\d"
)
_COUNTED: Final = re.compile(r"[个台件套只箱本份张页人次米公千吨升平度年月日天期]")
"""What follows figures that say how many: no number of a paper."""
_CHARACTERS_MIN: Final = 6
_DIGITS_MIN: Final = 3
_BESIDE_HAN_MIN: Final = 8
"""So long is a code that Chinese stands right beside: ISO9001认证 and FY2025报告 are words."""

_UNSEALED: Final = re.compile(
    r"(?i)(?:还?(?:没有?|未|无)(?:加盖|盖)?(?:过)?(?:公司)?(?:公章|印章|合同章|发票专用章|章)|还?(?:没有?|未)盖章?"
    r"|缺(?:公章|印章|章)|不带章)(?!程|节)的?"
    r"|(?<![a-z])(?:without\s+(?:an?\s+|any\s+|the\s+)?(?:company\s+|red\s+|official\s+)?"
    r"(?:seal|stamp|chop)s?|(?:unsealed|unstamped)|not\s+(?:yet\s+)?(?:sealed|stamped)"
    r"|(?:with\s+)?no\s+(?:seal|stamp|chop)s?|(?:missing|lacking)\s+(?:an?\s+|the\s+)?"
    r"(?:seal|stamp|chop)s?)(?![a-z])"
)
_SEALED: Final = re.compile(
    r"(?i)(?:已?加盖了?|已?盖[了有过]?|有|带)(?:公司)?(?:公章|印章|合同章|发票专用章|章)(?!程|节|[是吗])的?"
    r"|(?<![a-z])(?:with\s+(?:an?\s+|the\s+)?(?:company\s+|red\s+|official\s+)?(?:seal|stamp|chop)s?"
    r"|(?:sealed|stamped))(?![a-z])"
)

_PARTY_ZH: Final = (
    re.compile(
        r"(?:甲方|乙方|卖方|买方|销售方|购买方|供应商|客户)\s*(?:[:：]|为|是)\s*(?P<v>[^\s\x00的,，。]{2,40})的?"
    ),
    re.compile(
        r"(?:和|与|跟|同|向|由|给)\s*(?P<v>[^\s\x00的和与跟,，。]{2,40}?)\s*"
        r"(?:之间)?(?:所)?(?:签订|签署|签|订立|开具|开出|开|出具|采购|购买|付款|合作)的?(?![^\x00\s]*[是为吗?？])"
    ),
    re.compile(r"(?:和|与|跟)\s*(?P<v>[^\s\x00的和与跟,，。]{2,40}?)\s*(?:之间)?的"),
    re.compile(
        r"(?:^|(?<=[\x00\s]))(?P<v>[^\s\x00的和与跟,，。在有找]{2,30}?(?:公司|集团|银行|酒店|大学|学院|医院|事务所"
        r"|研究院|研究所|工厂|中心))\s*(?:签订|签署|签|开具|开出|开|出具)?的"
    ),
    re.compile(
        r"(?:^|(?<=[\x00\s]))(?P<v>[^\s\x00的和与跟,，。在有找]{2,30}?)\s*(?:签订|签署|开具|开出|开|出具)的"
    ),
)
_CAPITAL: Final = r"[A-Z][\w&.'’-]*"
_PARTY_EN: Final = re.compile(
    r"(?<![A-Za-z])(?:(?:signed|made|concluded|issued)\s+)?(?:with|from|by|between|to)\s+"
    rf"(?P<v>{_CAPITAL}(?:\s+(?:(?:of|and|&|the|de)\s+)?{_CAPITAL}){{0,6}})(?![\w])"
)


def quotes_in(text: str) -> list[Span]:
    """Quoted phrases: they must stand there."""
    found: list[Span] = []
    for match in _QUOTED.finditer(text):
        phrase = next(group for group in match.groups() if group is not None).strip()
        named = _LABEL.search(text[: match.start()]) or _FOLDER.match(text, match.end())
        if phrase and not named:
            found.append(Span(*match.span(), {"exact": (phrase,)}))
    return found


def tags_in(text: str) -> list[Span]:
    """`#urgent`, `tag:urgent`, `标签：急`."""
    return [
        Span(*match.span(), {"tags": (_given(match),)})
        for pattern in _TAG
        for match in pattern.finditer(text)
    ]


def file_names_in(text: str) -> list[Span]:
    """`文件名:报价`, `name:offer`, `offer.pdf`."""
    matches = [*_NAMED.finditer(text), *_FILE.finditer(text)]
    return [Span(*match.span(), {"name": _given(match)}) for match in matches]


def _given(match: re.Match[str]) -> str:
    said = match.groupdict()
    return (said.get("quoted") or said.get("bare") or "").strip() or match[0]


def folders_in(text: str, folders: Sequence[Folder]) -> list[Span]:
    """`in:Name`, `文件夹：名称`, `名称文件夹里的`, where there is such a folder within reach."""
    found: list[Span] = []
    for match in (*_IN.finditer(text), *_FOLDER_TOLD.finditer(text)):
        said = match.groupdict()
        sought = name_key(said.get("quoted") or said.get("bare") or said.get("en") or "")
        ids = tuple(
            folder.id
            for folder in folders
            if sought and sought in (name_key(folder.name), name_key("/".join(folder.path)))
        )
        if ids:
            found.append(Span(*match.span(), {"folders": ids[:32]}))
    return found


def labelled_numbers_in(text: str) -> list[Span]:
    """`发票号码 25332…`, `contract no. HT-2024-1`."""
    return [
        Span(*match.span(), {"numbers": (match["v"],)})
        for match in _LABELLED.finditer(text)
        if any(c.isdigit() for c in match["v"]) and len(number_key(match["v"])) > _DIGITS_MIN
    ]


def codes_in(text: str, *, letters: bool) -> list[Span]:
    """Numbers of six letters and digits or more that nothing else explains. letters: those that
    have some; otherwise those of digits alone, once amounts and dates are taken."""
    found: list[Span] = []
    for match in _CODE.finditer(text):
        code = match["v"]
        key = number_key(code)
        digits = sum(c.isdigit() for c in key)
        if len(key) < _CHARACTERS_MIN or digits < _DIGITS_MIN or _NO_CODE.fullmatch(code):
            continue
        if len(key) < _BESIDE_HAN_MIN and _is_beside_han(text, match):
            continue
        if code.isdigit() and len(code) < _BESIDE_HAN_MIN and _COUNTED.match(text, match.end()):
            continue
        if (digits < len(key)) is letters and len(code) <= NAME_CHARACTERS_MAX:
            found.append(Span(*match.span(), {"numbers": (code,)}))
    return found


def _is_beside_han(text: str, match: re.Match[str]) -> bool:
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return any(sign.isalpha() and not sign.isascii() for sign in around)


def seals_in(text: str) -> list[Span]:
    """With a seal, or without."""
    found = [Span(*match.span(), {"seal": False}) for match in _UNSEALED.finditer(text)]
    for match in _SEALED.finditer(text):
        if not any(span.start < match.end() and match.start() < span.end for span in found):
            found.append(Span(*match.span(), {"seal": True}))
    return found


def parties_in(text: str) -> list[Span]:
    """Who the documents are with, from or for."""
    found: list[Span] = []
    for match in (
        *(match for pattern in _PARTY_ZH for match in pattern.finditer(text)),
        *_PARTY_EN.finditer(text),
    ):
        name = match["v"].strip()
        overlaps = any(span.start < match.end() and match.start() < span.end for span in found)
        if TAKEN not in name and len(name_key(name)) > 1 and not overlaps:
            found.append(Span(*match.span(), {"parties": (name,)}))
    return found
