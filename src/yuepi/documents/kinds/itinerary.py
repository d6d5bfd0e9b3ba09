"""Itineraries: 航空运输电子客票行程单, trip lists of ride apps, orders of booking sites.

What was travelled, and what it cost. The paper of an air ticket is a voucher by itself
(国家税务总局公告2024年第9号 made it a 数电票), but only a person counts it: here it accompanies.
"""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.air_ticket import AIR_MARKS, read_air
from yuepi.documents.layout.bookings import BOOKING_MARKS, FLIGHT_OR_TRAIN, read_booking
from yuepi.documents.layout.trips import TRIP_MARKS, read_trips
from yuepi.documents.layout.view import View

_NEVER: Final = re.compile(r"发票代码|铁路电子客票|价税合计|货物或应税|交易单号|商户单号|收银|找零")
_AIR_TITLE: Final = re.compile(
    r"(?i)航空.{0,2}运?.{0,2}电子客票行程单|电子客票行程单|e-?ticket(?:itinerary|receipt)"
    r"|itinerary/?receipt"
)
_TRIP_TITLE: Final = re.compile(r"(?i)行程单|行程报销单|trip(?:table|list|statement)|行程明细")


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NEVER.search(text):
        return 0.0
    return max(_air_likeness(text), _trips_likeness(text), _booking_likeness(view, text))


def _marks(text: str, marks: tuple[str, ...]) -> int:
    return sum(1 for pattern in marks if re.search(pattern, text))


def _air_likeness(text: str) -> float:
    words = _marks(text, AIR_MARKS)
    if _AIR_TITLE.search(text) and words >= 2:
        # Its fully digital form may be told better by the kind of all 数电票, at 0.9 and more.
        return min(0.88, 0.7 + 0.03 * words)
    return min(0.85, 0.4 + 0.06 * words) if words >= 5 else 0.0


def _trips_likeness(text: str) -> float:
    words = _marks(text, TRIP_MARKS)
    if _TRIP_TITLE.search(text) and words >= 3:
        return min(0.9, 0.6 + 0.05 * words)
    return min(0.8, 0.35 + 0.06 * words) if words >= 5 else 0.0


def _booking_likeness(view: View, text: str) -> float:
    words = _marks(text, BOOKING_MARKS)
    if words < 4 or not FLIGHT_OR_TRAIN.search(view.text):
        return 0.0
    return min(0.8, 0.4 + 0.07 * words)


def _read(view: View) -> Draft:
    text = view.squeezed
    found = {
        read_air: _air_likeness(text),
        read_trips: _trips_likeness(text),
        read_booking: _booking_likeness(view, text),
    }
    return max(found, key=lambda each: found[each])(view)


KIND = Kind(
    name="itinerary",
    title_zh="行程单",
    title_en="Itinerary",
    fields=(
        "title",
        "passenger",
        "id_number",
        "ticket_number",
        "order_number",
        "number",
        "flight",
        "from",
        "to",
        "departure",
        "class",
        "fare",
        "fuel",
        "fund",
        "tax",
        "other_taxes",
        "insurance",
        "total",
        "currency",
        "date",
        "issuer",
    ),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    masked=("id_number",),
    labels={
        "title": ("标题", "Title"),
        "passenger": ("旅客", "Passenger"),
        "from": ("出发地", "From"),
        "to": ("到达地", "To"),
        "departure": ("出发时间", "Departure"),
        "id_number": ("证件号码", "Identity number"),
        "ticket_number": ("电子客票号码", "Ticket number"),
        "order_number": ("订单号", "Order number"),
        "flight": ("航班号", "Flight"),
        "class": ("座位等级", "Class"),
        "fare": ("票价", "Fare"),
        "fuel": ("燃油附加费", "Fuel surcharge"),
        "fund": ("民航发展基金", "Aviation fund"),
        "other_taxes": ("其他税费", "Other taxes"),
        "insurance": ("保险费", "Insurance"),
        "issuer": ("填开单位", "Issued by"),
    },
    meanings={
        "number": "the 20 digits of 发票号码, only on the fully digital form",
        "ticket_number": "13 digits, airline code first",
        "from": "where the only flight begins; left out where there are several",
        "date": "the day the paper was made out, not the day of travel",
    },
)
