"""铁路电子客票: the fully digital railway ticket that is an invoice (since 2024-11).

The ride stands without labels, but its shapes tell it: the train's number between two stations,
`08:05开` behind the day of travel, the carriage and seat, a masked identity number before the
passenger. The identity number is never given out. Refund and change fees (退票费, 改签费) come on
the same form with that fee in place of the fare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import slip
from yuepi.documents.layout.text import iso_date, money
from yuepi.documents.layout.vat_title import distance
from yuepi.documents.layout.view import Hit, View

_TITLE: Final = "电子发票（铁路电子客票）"
_HAN: Final = slip.HAN
_TRAIN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?P<v>[GDCZTKYSL]\d{1,4}|[1-9]\d{3})(?:次)?(?![A-Za-z0-9年:])"
)
_STATION: Final = rf"(?P<v>[{_HAN}](?: ?[{_HAN}]){{0,7}}\s?站)"
_RIDE: Final = re.compile(
    r"(?P<v>(?P<day>20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)\s*"
    r"(?P<hour>[01]?\d|2[0-3])\s?[:：]\s?(?P<minute>[0-5]\d))\s*开"
)
_SEAT: Final = re.compile(
    r"(?P<v>加?\d{1,2}\s?车\s?(?:\d{1,3}\s?[A-F]?\s?号(?:\s?[上中下]铺)?|无\s?座))"
)
_HOLDER: Final = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9A-Z]*\*)[0-9A-Z*]{6,20}\s+"
    rf"(?P<v>[{_HAN}·]{{2,15}}|[A-Z][A-Za-z ./]{{2,30}})(?=\s|$)"
)
_FEE: Final = r"票\s*价|退\s*票\s*费|改\s*签\s*费"
_PRICE: Final = rf"(?:{_FEE})\s*[:：]?\s*[¥￥]?\s*(?P<v>{slip.AMOUNT})"
_PARTS: Final = (
    re.compile(r"电子客票号"),
    re.compile(r"发票号码[:：]?\d{20}"),
    re.compile(r"票价|退票费|改签费"),
    re.compile(r"\d{1,2}[:：]\d\d开"),
    re.compile(r"\d{1,2}车(?:\d{1,3}[A-F]?号|无座)"),
    re.compile(r"中国铁路|12306"),
)


def _likeness(view: View) -> float:
    text = view.squeezed
    parts = sum(bool(part.search(text)) for part in _PARTS)
    if re.search(r"电子发票[(（]铁路电子客票", text) and parts:
        return 0.99
    numbered = bool(_PARTS[1].search(text))
    if numbered and parts >= 4:
        return 0.95
    return 0.9 if "铁路电子客票" in text and parts >= 3 else 0.0


def _read(view: View) -> Draft:
    return Draft(
        (
            *_title(view),
            *slip.labelled_number(view, "number", slip.NUMBER_LABEL, (20,)),
            *slip.labelled_date(view, label=r"开\s*[票具]\s*日\s*期"),
            *_stations(view),
            *_ride(view),
            *_alone(view, "seat", _SEAT),
            *_alone(view, "passenger", _HOLDER),
            *_buyer(view),
            *_total(view),
        )
    )


def _title(view: View) -> Iterator[Candidate]:
    """The title has one form only, so that one which a seal half covers can be set right."""
    for hit in view.search(rf"[{_HAN}（）() ]{{8,24}}"):
        text = re.sub(r"\s", "", hit.text()).replace("(", "（").replace(")", "）")
        if distance(text, _TITLE) <= 2 and "客" in text:
            yield view.candidate("type", _TITLE, hit.box(), hit.text())
            yield view.candidate("title", _TITLE, hit.box(), hit.text())
            return


def _stations(view: View) -> Iterator[Candidate]:
    """The train with a station at its left and one at its right; long names may stand off-row."""
    for hit in view.search(_TRAIN):
        place = hit.box("v")
        reach = 1.5 * place.height
        near = view.part(y0=place.centre[1] - reach, y1=place.centre[1] + reach)
        left = list(near.part(x1=place.x0).search(_STATION))
        right = list(near.part(x0=place.x1).search(_STATION))
        if not (left or right):
            left, right = _same_row(hit)
        if len(left) == 1 and len(right) == 1:
            yield view.candidate("train", hit.text("v"), place, hit.text("v"))
            for name, station in (("from", left[0]), ("to", right[0])):
                value = re.sub(r"\s", "", station.text("v"))
                yield view.candidate(name, value, station.box("v"), station.text("v"))
            return
    trains = {hit.text("v"): hit for hit in view.search(_TRAIN) if not hit.text("v").isdigit()}
    if len(trains) == 1:
        value, hit = trains.popitem()
        yield view.candidate("train", value, hit.box("v"), value, firm=False)


def _same_row(train: Hit) -> tuple[list[Hit], list[Hit]]:
    """Stations that were recognised in one line with the train."""
    found = [Hit(train.row, match) for match in re.finditer(_STATION, train.row.text)]
    start, end = train.match.span("v")
    return (
        [hit for hit in found if hit.match.end("v") <= start],
        [hit for hit in found if hit.match.start("v") >= end],
    )


def _ride(view: View) -> Iterator[Candidate]:
    found = {
        (hit.text("day"), hit.text("hour"), hit.text("minute")): hit for hit in view.search(_RIDE)
    }
    for (day, hour, minute), hit in found.items():
        if date := iso_date(day):
            value = f"{date}T{int(hour):02d}:{minute}"
            yield view.candidate("departure", value, hit.box("v"), hit.text("v"))


def _alone(view: View, name: str, pattern: re.Pattern[str]) -> Iterator[Candidate]:
    """What only one kind of value looks like; two different ones are both given."""
    found = {re.sub(r"\s+", "", hit.text("v")): hit for hit in view.search(pattern)}
    for value, hit in found.items():
        latin = value.isascii()
        text = re.sub(r"\s+", " ", hit.text("v")).strip() if latin else value
        yield view.candidate(name, text, hit.box("v"), hit.text("v"))


def _buyer(view: View) -> Iterator[Candidate]:
    """The buyer is the only party on the form, so its tax label needs no party."""
    yield from (each for each in slip.read_parties(view) if each.name.startswith("buyer"))


def _total(view: View) -> Iterator[Candidate]:
    found: dict[str, Hit] = {}
    for hit in view.search(_PRICE):
        if value := money(hit.text("v")):
            found.setdefault(value, hit)
    for value, hit in found.items():
        yield view.candidate("total", value, hit.box("v"), hit.text())
    if found:
        yield from slip.read_currency(view)


KIND = Kind(
    name="rail_e_ticket",
    title_zh=_TITLE,
    title_en="Railway e-ticket",
    fields=(
        "type",
        "title",
        "number",
        "date",
        "train",
        "from",
        "to",
        "departure",
        "passenger",
        "seat",
        "buyer_name",
        "buyer_tax_id",
        "total",
        "currency",
    ),
    decisive=("number", "date", "total"),
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
