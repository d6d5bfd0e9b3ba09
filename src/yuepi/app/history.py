"""Invoices of earlier claims, from a file: what `yuepi read --json` or `review --json` wrote.

Or a plain list, `[{"number": "…", "date": "…", "total": "…", "claim": "…"}, …]`.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from yuepi.app.visible import visible_line
from yuepi.app.wiring import user_text
from yuepi.approvals.claim import PastInvoice
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.errors import BadUsage

PAST_MAX: Final = 200_000
_REMEDY: Final = "name a file that `yuepi review --json` wrote, or a JSON list of past invoices"
_FILES: Final = TypeAdapter(tuple[FileReading, ...])
_PAST: Final = TypeAdapter(tuple[PastInvoice, ...])


def history_from(path: Path) -> tuple[PastInvoice, ...]:
    """The past invoices in a JSON file. Raises `BadUsage` naming what is wrong with it."""
    name = visible_line(str(path))
    try:
        data: Any = json.loads(user_text(path))
        if isinstance(data, dict):
            past = _of_files(_FILES.validate_python(data.get("files")), path.stem)
        else:
            past = _PAST.validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadUsage(f"{name}: {place}: {first['msg']}", remedy=_REMEDY) from error
    except (ValueError, RecursionError) as error:
        raise BadUsage(f"{name}: is no valid JSON", remedy=_REMEDY) from error
    if len(past) > PAST_MAX:
        raise BadUsage(f"{name}: over {PAST_MAX} invoices", remedy="keep the last years only")
    return past


def _of_files(files: tuple[FileReading, ...], claim: str) -> tuple[PastInvoice, ...]:
    """Whatever the paper's kind is called: one that another version named is a duplicate, too."""
    past = (_past(file, reading, claim) for file in files for reading in file.readings)
    return tuple(each for each in past if each.number or (each.date and each.total is not None))


def _past(file: FileReading, reading: Reading, claim: str) -> PastInvoice:
    reading = reading.without_said()
    return PastInvoice(
        number=reading.value("number"),
        code=reading.value("code"),
        date=reading.value("date"),
        time=reading.value("time"),
        total=_amount(reading.value("total")),
        seller_tax_id=reading.value("seller_tax_id"),
        seller_name=reading.value("seller_name"),
        sha256=file.sha256 or None,
        claim=claim,
    )


def _amount(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None
