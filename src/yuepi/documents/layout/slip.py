"""What small Chinese invoices share: title, labelled code, number and date, sums, parties.

Written for 定额发票, 机打发票, 卷票 and 铁路电子客票, whose values stand behind a label of their
own in the same row. Labels are those of the printed forms (docs/kinds.md); letters of a label may
be set apart, and a label may be cut from its value by a wide gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.text import iso_date, money, squeeze
from yuepi.documents.layout.vat_form import clean_name
from yuepi.documents.layout.vat_title import distance, title_for
from yuepi.documents.layout.view import GAP, Hit, Row, View
from yuepi.kit.boxes import Box
from yuepi.kit.money import parse_amount

HAN: Final = "\u4e00-\u9fff"
CODE_LABEL: Final = r"发\s*票\s*代\s*码"
NUMBER_LABEL: Final = r"发\s*票\s*号\s*码"
DATE_LABEL: Final = r"(?:开\s*[票具]\s*)?日\s*期"
AMOUNT: Final = r"-?(?:\d{1,3}(?:[,，]\d{3})+|\d{1,9})\s?[.．]\s?\d{2}(?![\d.])"
# Ends in a unit, and no other character follows: one misread in the middle must not pass for a
# smaller amount (壹仟肆佰 of 壹仟肆佰柒拾元).
WORDS: Final = (
    r"[负零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億圆圓元角分]{1,40}"
    r"(?:[整正]|(?<=[圆圓元角分]))(?=[\s(（)）【¥￥]|$)"
)

_SIGN: Final = r"[¥￥]"
_BRACKET: Final = r"\s*[)）】]?\s*[:：]?\s*"
_DAY: Final = r"(?P<v>20\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}(?!\d)(?:\s*日)?|20\d{6}(?!\d))"
_SUM_LABEL: Final = r"(?:合\s*计|总\s*(?:计|额)|实\s*收)(?:\s*金\s*额)?|金\s*额\s*合\s*计"
_BUYER: Final = (
    r"付\s*款\s*(?:方|单\s*位|户|人)|购\s*[买货]?\s*(?:方|单\s*位)|顾\s*客|客\s*户|缴\s*款\s*人"
)
# 收款人, 收款员 and 开票人 are clerks, not companies.
_SELLER: Final = r"收\s*款\s*(?:方|单\s*位)|销\s*[售货]?\s*(?:方|单\s*位)|开\s*票\s*单\s*位"
_ID_LABEL: Final = (
    r"(?:纳\s*税\s*人)?\s*识\s*别\s*号|税\s*号|(?:统\s*一)?\s*社\s*会\s*信\s*用\s*代\s*码"
)
_STAMP: Final = r"(?:\s{0,8}+[(（]\s{0,8}盖\s{0,8}章\s{0,8}(?:有\s{0,8}效)?\s{0,8}[)）])?"
_LOST_MAX: Final = 3
# The number's label may have been recognised in one line with the title.
_TITLE_RUN: Final = re.compile(rf"[{HAN}（）() ]{{4,40}}?(?=\s*发\s*票\s*[代号]|[^{HAN}（）() ]|$)")
# Blanks are counted: from each of thousands in a row an open pattern would begin anew.
_PARTY_LABEL: Final = re.compile(
    rf"(?:(?P<buyer>{_BUYER})|(?P<seller>{_SELLER}))?\s{{0,16}}+"
    rf"(?:(?P<id>{_ID_LABEL})(?:\s{{0,8}}/\s{{0,8}}(?:{_ID_LABEL}))?|(?P<name>名\s{{0,8}}称)"
    rf"|{_STAMP})\s{{0,16}}+[:：]"
)
_TAX_ID: Final = re.compile(r"\s*(?P<v>[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20})(?![0-9A-Za-z])")
# A name ends at a wide gap, at the row's end, or where the next label begins.
_NAME: Final = re.compile(
    rf"\s*(?!{_BUYER}|{_SELLER}|{_ID_LABEL}|开\s*票\s*人|收\s*款\s*[人员])"
    rf"(?P<v>[{HAN}A-Za-z][^{GAP}:：]{{1,59}}?)"
    rf"(?=\s*(?:{GAP}|$|{_BUYER}|{_SELLER}|{_ID_LABEL}|开\s*票|地\s*址|电\s*话))"
)
_NO_NAME: Final = re.compile(r"盖章|名称|识别号|纳税人|日期|代码|号码|专用章|地址")


def read_title(view: View, types: Sequence[str], code: Candidate | None) -> Iterator[Candidate]:
    """The type and the title as printed, for the first of `types` (longest first) to be found.

    With three characters of the title lost at most, as under a seal, the region's digits in the
    invoice code make up for them. A type that is part of another one may be what a seal left of
    it, so it comes last.
    """
    parts = [name for name in types if any(name in other for other in types if other != name)]
    wholes = [name for name in types if name not in parts]
    hit = _printed(view, wholes, True) or _made_up(view, wholes, code)
    hit = hit or _printed(view, parts, False)
    if hit is not None:
        for field, value in (("type", hit.type), ("title", hit.title)):
            yield view.candidate(field, value, hit.box, hit.text, firm=hit.firm)


@dataclass(frozen=True, slots=True)
class _Title:
    type: str
    title: str
    box: Box
    text: str
    firm: bool


def _printed(view: View, types: Sequence[str], firm: bool) -> _Title | None:
    for name in types:
        spaced = r" ?".join(map(re.escape, name))
        if hit := view.first(rf"(?P<v>(?:[{HAN}（）()] ?){{0,24}}{spaced})"):
            title = re.sub(r"^发票联", "", re.sub(r"\s", "", hit.text("v")))
            return _Title(name, title, hit.box("v"), hit.text("v"), firm)
    return None


def _made_up(view: View, types: Sequence[str], code: Candidate | None) -> _Title | None:
    best: tuple[int, _Title] | None = None
    for name in types:
        implied = title_for(code.value, name) if code else None
        for line in view.lines if implied else ():
            match = _TITLE_RUN.match(line.text)
            text = squeeze(match.group()) if match else ""
            lost = distance(text, implied or "")
            # 手工发票 is another kind with nearly the same name.
            if implied and lost <= _LOST_MAX and "发票" in text and "手工" not in text:
                found = _Title(name, implied, line.box, line.text, firm=lost < _LOST_MAX)
                best = min(best or (lost, found), (lost, found), key=lambda each: each[0])
    return best[1] if best else None


def labelled_number(
    view: View, name: str, label: str, lengths: Sequence[int], *, firm: bool = True
) -> list[Candidate]:
    """The digits behind a label; two different ones are both given, so that they conflict."""
    length = f"{{{min(lengths) - 1},{max(lengths) - 1}}}"
    pattern = rf"(?:{label})\s*[:：.]?\s*(?P<v>\d(?: ?\d){length})(?![\dA-Za-z])"
    found: dict[str, Candidate] = {}
    for hit in view.search(pattern):
        value = squeeze(hit.text("v"))
        if len(value) in lengths:
            found.setdefault(
                value, view.candidate(name, value, hit.box("v"), hit.text("v"), firm=firm)
            )
    return list(found.values())


def labelled_date(view: View, name: str = "date", label: str = DATE_LABEL) -> list[Candidate]:
    """The date right behind its label, never one that stands elsewhere (terms of use have some)."""
    found: dict[str, Candidate] = {}
    for hit in view.search(rf"(?:{label})\s*[:：]?\s*{_DAY}"):
        if day := iso_date(hit.text("v")):
            found.setdefault(day, view.candidate(name, day, hit.box("v"), hit.text("v")))
    return list(found.values())


def words_hit(view: View) -> Hit | None:
    """The total in words (大写); its group `v` is one whole amount."""
    hit = view.first(
        rf"大\s*写{_BRACKET}(?:人民币)?[⊗ⓧ×○◎]?\s*(?P<v>{WORDS})",
        rf"(?:{_SUM_LABEL})\s*[:：]?\s*人民币\s*[:：]?\s*(?P<v>{WORDS})",
    )
    return hit if hit and parse_amount(hit.text("v")) is not None else None


def figure_hit(view: View, words: Row | None) -> Hit | None:
    """The total in figures (group `v`): behind 小写, beside the words, or behind a sum's label."""
    if hit := view.first(rf"小\s*写{_BRACKET}(?:{_SIGN}|RMB)?\s*(?P<v>{AMOUNT})"):
        return hit
    if words is not None:
        beside = [Hit(words, m) for m in re.finditer(rf"{_SIGN}\s*(?P<v>{AMOUNT})", words.text)]
        return beside[0] if len(beside) == 1 else None
    hits = list(view.search(rf"(?:{_SUM_LABEL})\s*[:：]?\s*{_SIGN}?\s*(?P<v>{AMOUNT})"))
    # Subtotals carry the same label: only where all say the same is it clear.
    return hits[0] if len({money(hit.text("v")) for hit in hits}) == 1 else None


def read_currency(view: View) -> Iterator[Candidate]:
    """CNY, seen as the mark before a figure or the unit behind it."""
    if hit := view.first(rf"{_SIGN}\s*-?\d", r"\d\s*元", r"人\s*民\s*币"):
        yield view.candidate("currency", "CNY", hit.box(), hit.text())


def read_parties(view: View) -> list[Candidate]:
    """Names and tax numbers of buyer and seller.

    A tax label without a party belongs to the party named last: rolls print 纳税人识别号 under
    each name. Two different values of one field are both given.
    """
    found: dict[tuple[str, str], Candidate] = {}
    party: str | None = None
    for row in view.rows:
        for match in _PARTY_LABEL.finditer(row.text):
            named = next((who for who in ("buyer", "seller") if match[who]), None)
            party = named or party
            if party is None or not (named or match["id"]):
                continue
            field = "tax_id" if match["id"] else "name"
            value = (_TAX_ID if match["id"] else _NAME).match(row.text, match.end())
            text = _party_value(field, value)
            if value is not None and text is not None:
                name = f"{party}_{field}"
                box = row.part(*value.span("v"))
                found.setdefault((name, text), view.candidate(name, text, box, value["v"]))
    return list(found.values())


def _party_value(field: str, value: re.Match[str] | None) -> str | None:
    if value is None:
        return None
    if field == "tax_id":
        return value["v"]
    name = clean_name(value["v"])
    return None if len(name) < 2 or _NO_NAME.search(name) else name
