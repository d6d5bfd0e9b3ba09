"""出租汽车发票: the narrow ticket that a taxi's meter prints; its fields and how to find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.text import digits, iso_date
from yuepi.documents.layout.ticket import Column, Slot, read_column
from yuepi.documents.layout.view import View

_LABELS: Final = {
    "plate": r"车\s*(?:牌\s*)?号(?:\s*码)?",
    "certificate": r"(?:服务|监督|资格)?\s*证\s*号",
    "phone": r"(?:投诉)?电\s*话",
    "date": r"日\s*期",
    "on": r"上\s*车(?:\s*时\s*间)?",
    "off": r"下\s*车(?:\s*时\s*间)?",
    "times": r"时\s*间",
    "price": r"单\s*价(?:\s*[(]元(?:/公里|/[kK][mM])?[)])?",
    "distance": r"里\s*程(?:\s*[(](?:公里|[kK][mM])[)])?|公\s*里",
    "waiting": r"等\s*[候侯](?:\s*时\s*间)?|低\s*速",
    "state": r"状\s*态",
    "total": r"金\s*额|实\s*收(?:\s*金\s*额)?|合\s*计(?:\s*金\s*额)?|总\s*(?:金\s*)?额",
    "surcharge": r"(?:另收)?(?:燃油)?附加费|燃油(?:附加)?费",
    "call": r"(?:另收)?电召费",
    "card": r"卡\s*号",
    "card_left": r"卡?\s*余\s*额|原\s*额|卡原额",
}
_DATE: Final = re.compile(r"20\d\d[-年/.]\d{1,2}[-月/.]\d{1,2}日?")
_DISTANCE: Final = re.compile(r"(\d{1,3}\.\d{1,2})(?:[KkＫ][MmＭ]|公里|千米)")
_WAITING: Final = re.compile(r"\d{1,2}:\d\d:\d\d")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_TIMES: Final = re.compile(
    r"(?P<on>(?:[01]\d|2[0-3]):[0-5]\d)[-~—至]{1,2}(?P<off>(?:[01]\d"
    r"|2[0-3]):[0-5]\d)"
)
_TOTAL: Final = re.compile(r"[¥Y]?(?P<v>(?:0|[1-9]\d{0,3})\.\d{2})(?:元整?)?")
_SHORT_TOTAL: Final = re.compile(r"[¥Y]?(?P<v>(?:0|[1-9]\d{0,3})\.\d)(?:元整?)?")
_PLATE: Final = re.compile(r"(?P<v>[\u4e00-\u9fff]?[A-Z][-·.]?(?=[A-Z0-9]*\d)[A-Z0-9]{4,6})")
_TYPES: Final = {
    "plate": _PLATE,
    "date": _DATE,
    "price": re.compile(r"\d{1,2}\.\d{1,2}元(?:/?(?:公里|[KkＫ][Mm]))?"),
    "distance": _DISTANCE,
    "waiting": _WAITING,
    "times": _TIMES,
}

# Only whole words between: a title that lost a character (出租汽车用发票) is no title.
_TITLE: Final = re.compile(
    r"(?<![\u4e00-\u9fff])(?:[\u4e00-\u9fff]{1,8}[市省区州县盟国]\s*)?出\s*租\s*(?:小?汽\s*)?车\s*"
    r"(?:专\s*用|统\s*一|通\s*用|机\s*打|客\s*运|有限|公司|服务|行?业|计程|收费|定额)*\s*"
    r"(?:发\s*票|车\s*票)(?!\s*专用章)"
)
# Provinces by the digits 2 and 3 of a 12-digit code, as on the plates of their cars.
_PROVINCES: Final = dict(
    zip(
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
        ),
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新",
        strict=True,
    )
)
# A fold or the next ticket often hides the title's end; after 专 only one ending is in use.
_CUT_TITLE: Final = re.compile(r"[\u4e00-\u9fff]{2,6}出租汽车专(?:用发?)?$", re.MULTILINE)
_CODE: Final = re.compile(r"(?:发\s*票\s*)?代\s*码\s*[:：]?\s*(?P<v>\d[\d ]{8,14}\d)(?!\d)")
_NUMBER: Final = re.compile(r"(?:发\s*票\s*)?号\s*码\s*[:：]?\s*(?P<v>\d[\d ]{6,9}\d)(?!\d)")
_SELLER: Final = re.compile(
    r"(?:单\s*位|公\s*司)(?:\s*名\s*称)?\s*[:：]?\s*"
    r"(?P<v>[\u4e00-\u9fff][\u4e00-\u9fff()（）]{3,30}(?:公司|车队|集团|中心|合作社|车行|出租站))"
)
_NOT_A_TICKET: Final = re.compile(r"购买方|价税合计|行程单|货物或应税劳务")
# The first letter of a plate is its city's: a ticket of that city with another letter is misread.
_CITY_LETTER: Final = {"深圳": "B", "广州": "A"}
_USED_WITHIN_YEARS: Final = 8


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NOT_A_TICKET.search(text):
        return 0.0
    labels = len(read_column(view, _LABELS, _TYPES).labels)
    titled = bool(re.search(r"出租(?:小?汽)?车.{0,8}(?:发票|车票|专$)|出租汽车专", text))
    numbered = "发票代码" in text or "发票号码" in text
    ride = sum(
        1
        for pattern in (r"上车", r"下车", r"里程", r"等[候侯]", r"车号", r"单价")
        if re.search(pattern, text)
    )
    if titled and labels >= 3:
        return 0.97
    if ride >= 4 and numbered:
        return 0.95
    if ride >= 5 and labels >= 6:
        return 0.8
    return 0.7 if titled and numbered else 0.0


def _read(view: View) -> Draft:
    column = read_column(view, _LABELS, _TYPES)
    code = _labelled_number(view, "code", _CODE, (12, 10))
    return Draft(
        (
            *_title(view),
            *code,
            *_labelled_number(view, "number", _NUMBER, (8,)),
            *_seller(view),
            *_plate(view, column, code[0].value if code else None),
            *_date(view, column, code[0].value if code else None),
            *_times(view, column),
            *_distance(view, column),
            *_total(view, column),
        )
    )


def _title(view: View) -> Iterator[Candidate]:
    hit = view.first(_TITLE)
    if hit is not None:
        title = re.sub(r"\s", "", hit.text())
        yield view.candidate("type", "出租汽车发票", hit.box(), hit.text())
        yield view.candidate("title", title, hit.box(), hit.text())
        return
    cut = view.first(_CUT_TITLE)
    if cut is not None:
        title = re.sub(r"专(?:用发?)?$", "专用发票", cut.text())
        yield view.candidate("title", title, cut.box(), cut.text(), firm=False)
    # Without a readable title the ride's own labels still show what kind of ticket it is.
    shown = view.first(r"出\s*租\s*汽?\s*车", r"上\s*车", r"里\s*程")
    if shown is not None:
        yield view.candidate("type", "出租汽车发票", shown.box(), shown.text(), firm=False)


def _labelled_number(
    view: View, name: str, pattern: re.Pattern[str], lengths: tuple[int, ...]
) -> list[Candidate]:
    """The number behind its label; two different ones are both given, so that they conflict."""
    found: dict[str, Candidate] = {}
    for hit in view.search(pattern):
        value = digits(hit.text("v"))
        if len(value) in lengths and value not in found:
            found[value] = view.candidate(name, value, hit.box("v"), hit.text("v"))
    return list(found.values())


def _seller(view: View) -> Iterator[Candidate]:
    hit = view.first(_SELLER)
    if hit is not None:
        value = hit.text("v").replace("(", "（").replace(")", "）")
        yield view.candidate("seller_name", value, hit.box("v"), hit.text("v"))


def _plate(view: View, column: Column, code: str | None) -> Iterator[Candidate]:
    slot = column.slot("plate") or column.only(_PLATE)
    match = _PLATE.fullmatch(slot.text) if slot else None
    if slot is None or match is None:
        return
    value = re.sub(r"[-·.]", "", match["v"])
    if value[0].isascii():
        # Some cities print no province; where they do, its sign may have been lost.
        heading = view.squeezed[:200]
        letters = {letter for city, letter in _CITY_LETTER.items() if f"{city}市出租" in heading}
        if not letters or value[0] in letters:
            firm = slot.beside and len(value) == 7
            yield view.candidate("plate", value, slot.box, slot.text, firm=firm)
        return
    home = _PROVINCES.get(int(code[1:3])) if code and len(code) == 12 else None
    if value[0] in _PROVINCES.values() and (home is None or home == value[0]):
        yield view.candidate("plate", value, slot.box, slot.text, firm=slot.beside)


def _date(view: View, column: Column, code: str | None) -> Iterator[Candidate]:
    slot = column.only(_DATE) or column.slot("date")
    value = iso_date(slot.text) if slot and _DATE.fullmatch(slot.text) else None
    if slot is None or value is None or not _possible(value, code):
        return
    yield view.candidate("date", value, slot.box, slot.text, firm=column.shift is not None)


def _possible(date: str, code: str | None) -> bool:
    """Digits 6 and 7 of a 12-digit code are the year the roll was printed: no ride is earlier."""
    if code is None or len(code) != 12:
        return True
    printed = 2000 + int(code[5:7])
    return printed <= int(date[:4]) <= printed + _USED_WITHIN_YEARS


def _times(view: View, column: Column) -> Iterator[Candidate]:
    span = column.only(_TIMES)
    match = _TIMES.fullmatch(span.text) if span else None
    if span is not None and match is not None:
        for name in ("on", "off"):
            yield view.candidate(name, match[name], span.box, match[name])
        return
    for name in ("on", "off"):
        slot = column.slot(name)
        if slot is not None and (time := re.search(rf"(?:^|\D){_TIME.pattern}$", slot.text)):
            value = f"{time[1]}:{time[2]}"
            yield view.candidate(name, value, slot.box, slot.text, firm=slot.beside)


def _distance(view: View, column: Column) -> Iterator[Candidate]:
    slot = column.only(_DISTANCE)
    firm = slot is not None
    if slot is None:
        slot = column.slot("distance")
    if slot and (
        match := re.fullmatch(
            r"(\d{1,3}\.\d{1,2})(?:[KkＫ]?[MmＭ]?|公里"
            r"|千米)",
            slot.text,
        )
    ):
        yield view.candidate("distance", match[1], slot.box, slot.text, firm=firm or slot.beside)


def _total(view: View, column: Column) -> Iterator[Candidate]:
    """金额 alone: surcharges are printed apart and are not part of it."""
    slot = column.slot("total") or _after_waiting(column)
    if slot is None:
        return
    # One decimal only where the label stands right before it: ￥145 .0 may be ￥14.50.
    match = (
        _TOTAL.fullmatch(slot.text) or (slot.beside and _SHORT_TOTAL.fullmatch(slot.text)) or None
    )
    if match is None or match["v"].strip("0.") == "":
        return
    value = match["v"] if match["v"][-3] == "." else match["v"] + "0"
    yield view.candidate(
        "total", value, slot.box, slot.text, firm=slot.beside or column.shift is not None
    )
    yield view.candidate("currency", "CNY", slot.box, slot.text)


def _after_waiting(column: Column) -> Slot | None:
    """Where no 金额 is readable: the meter prints the amount right after the waiting time."""
    return column.below(_WAITING, 1) if "total" not in column.labels else None


KIND = Kind(
    name="taxi_invoice",
    title_zh="出租汽车发票",
    title_en="Taxi ticket",
    fields=(
        "type",
        "title",
        "code",
        "number",
        "date",
        "seller_name",
        "plate",
        "on",
        "off",
        "distance",
        "total",
        "currency",
    ),
    decisive=("code", "number", "date", "total"),
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
