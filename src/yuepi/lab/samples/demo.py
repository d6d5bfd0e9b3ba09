"""The claims that `yuepi demo` shows: one over the limit, one clean, one that may not pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import cv2
import numpy as np

from yuepi.lab.samples.catalogue import make
from yuepi.lab.samples.damage import photo
from yuepi.lab.samples.figures import check_character
from yuepi.lab.samples.originals import xml
from yuepi.lab.samples.sample import Picture, Sample
from yuepi.lab.samples.words import Company

_TAX_ID_BODY = "91330108MA2XQ7TN5"
DEMO_COMPANY = {
    "name": "杭州松柏云帆科技有限公司",
    "tax_id": _TAX_ID_BODY + check_character(_TAX_ID_BODY),
}
_BUYER = Company(DEMO_COMPANY["name"], DEMO_COMPANY["tax_id"])


@dataclass(frozen=True, slots=True)
class DemoClaim:
    """Files of one claim by name, and the samples they show."""

    name: str
    files: dict[str, bytes]
    samples: dict[str, Sample]


def demo_claims(on: date) -> list[DemoClaim]:
    """Three claims dated just before `on`, so that the decision is the same on any day."""
    return [_over_limit(on), _clean(on), _doubtful(on)]


def _over_limit(on: date) -> DemoClaim:
    wanted = (
        ("vat_e_invoice", "hotel", "2680.00"),
        ("digital_invoice", "service", "1980.00"),
        ("vat_e_invoice", "travel", "1620.00"),
    )
    samples = {
        f"photo-{i}.jpg": _invoice(kind, 310 + i, on, i, trade=trade, total=Decimal(total))
        for i, (kind, trade, total) in enumerate(wanted, start=1)
    }
    files = {
        name: jpeg_file(photo(sample, seed, "light"))
        for seed, (name, sample) in enumerate(samples.items(), start=1)
    }
    return DemoClaim("over-limit", files, samples)


def _clean(on: date) -> DemoClaim:
    ticket = _invoice("digital_invoice", 321, on, 2, trade="travel", total=Decimal("168.00"))
    paper = _invoice("vat_e_invoice", 322, on, 3, trade="office", total=Decimal("386.50"))
    samples = {"e-invoice.xml": ticket, "e-invoice.pdf": paper}
    return DemoClaim("clean", {"e-invoice.xml": xml(ticket), "e-invoice.pdf": paper.pdf}, samples)


def _doubtful(on: date) -> DemoClaim:
    meal = _invoice("vat_e_invoice", 331, on, 1, trade="meal", total=Decimal("458.00"))
    menu = make("menu", 332, on)
    samples = {"dinner.jpg": meal, "dinner-again.jpg": meal, "menu.jpg": menu}
    files = {
        "dinner.jpg": jpeg_file(photo(meal, 11, "light")),
        "dinner-again.jpg": jpeg_file(photo(meal, 12, "medium")),
        "menu.jpg": jpeg_file(photo(menu, 13, "light")),
    }
    return DemoClaim("doubtful", files, samples)


def _invoice(kind: str, seed: int, on: date, back: int, **wishes: Any) -> Sample:
    fixed = {"toll": False} if kind == "vat_e_invoice" else {"special": False}
    return make(kind, seed, on, date=working_day(on, back), buyer=_BUYER, **fixed, **wishes)


def working_day(on: date, back: int) -> date:
    """The `back`-th Monday to Friday before `on`; `on` itself where the year would differ.

    So no demo invoice is from a weekend or, early in January, from another year.
    """
    day = on
    while back:
        day -= timedelta(days=1)
        back -= day.weekday() < 5
    return day if day.year == on.year else on


def jpeg_file(image: Picture, quality: int = 92) -> bytes:
    """A picture as a JPEG file."""
    ok, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError("the picture cannot be written as JPEG")
    return np.asarray(data).tobytes()
