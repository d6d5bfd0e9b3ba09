"""Corrections: what a person says that a paper shows, field by field. Pure.

A correction is kept as truth, with what was read before it: a label for all that reads. Where the
facts of a claim are shown again, `corrected` puts people's values in the place of the machine's.

What is checked is whether a value can be one of its kind at all (an amount, a day that exists, a
tax number with its check character, a code of that form). A value that the machine read and a
person only confirms is not checked again: papers may be printed wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from yuepi.documents.checks import check
from yuepi.documents.checksums import TAX_ID_LENGTH, id_card_valid, tax_id_valid
from yuepi.documents.identity_supports import luhn_valid
from yuepi.documents.kinds import kind_named, known_kinds
from yuepi.documents.masking import holds_mask, masked_fields, masked_value
from yuepi.documents.number_shapes import misshapen
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit.clock import iso_day
from yuepi.kit.database import MONEY_MAX
from yuepi.kit.errors import YuepiError
from yuepi.kit.money import money_text, parse_amount

KIND_FIELD: Final = "kind"
"""The kind of the paper itself, corrected like a field."""
CORRECTIONS_MAX: Final = 200
"""So many in one request."""
VALUE_CHARS_MAX: Final = 500

Files = Mapping[str, Sequence[FileReading]]
"""What was read, by attachment id: an attachment that is an archive holds several files."""

_KINDS: Final = frozenset(kind.name for kind in known_kinds())
_CENT: Final = Decimal("0.01")
_TAX_ID: Final = re.compile(r"[0-9A-Z]{15,20}")
_NUMBER: Final = re.compile(r"[0-9A-Za-z][\w\-/.]{0,39}", re.ASCII)
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Correction:
    """One field of one paper, as a person sees it.

    attachment: its id. file_at: the file's place in the attachment, reading_at: the paper's place
    in the file, both from 0. confirmed: the value stands as it was read, and `value` is not given;
    else `value` is the truth, None where the paper shows nothing.
    """

    attachment: str
    file_at: int
    reading_at: int
    field: str
    value: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction as it is kept: `was` is the value before it, `value` the one after it."""

    id: str
    claim_id: str
    review_id: str
    attachment_id: str
    file_at: int
    reading_at: int
    field: str
    was: str | None
    value: str | None
    confirmed: bool
    by: str
    at: datetime

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> CorrectionRow:
        """The correction in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Checked:
    """A correction that may be kept: its value as it is written down, and the one before it."""

    correction: Correction
    was: str | None
    value: str | None


class BadCorrection(YuepiError):
    """A correction that cannot be: of a paper or field that is not there (`unknown_paper`,
    `unknown_field`), or of a value that cannot be one (`impossible_value`). `at`: its place among
    those sent, from 0."""

    code = "bad_correction"
    http_status = 422

    def __init__(self, at: int, message: str, *, remedy: str, code: str) -> None:
        super().__init__(f"correction {at}: {message}", remedy=remedy, code=code)
        self.at: Final = at


# --- checking ------------------------------------------------------------------------------------


def checked(files: Files, corrections: Sequence[Correction]) -> list[Checked]:
    """The corrections as they may be kept, in their order.

    files: as they stand, earlier corrections in them. Each is held against the kind that the ones
    before it leave. Raises `BadCorrection` for the first that cannot be.
    """
    if not 0 < len(corrections) <= CORRECTIONS_MAX:
        raise BadCorrection(
            0,
            f"there are {len(corrections)}",
            remedy=f"send 1 to {CORRECTIONS_MAX} corrections at once",
            code="bad_correction",
        )
    kinds: dict[tuple[str, int, int], str] = {}
    seen: set[tuple[str, int, int, str]] = set()
    found = []
    for at, each in enumerate(corrections):
        place = (each.attachment, each.file_at, each.reading_at)
        reading = _reading(files, each)
        if reading is None:
            raise BadCorrection(
                at,
                f"no paper was read at {each.attachment}/{each.file_at}/{each.reading_at}",
                remedy="take the places from the claim's readings",
                code="unknown_paper",
            )
        if (*place, each.field) in seen:
            raise BadCorrection(
                at,
                f"{each.field!r} was corrected before in this request"[:300],
                remedy="send one correction for each field",
                code="bad_correction",
            )
        seen.add((*place, each.field))
        kind = kinds.get(place, reading.kind)
        was = kind if each.field == KIND_FIELD else reading.value(each.field)
        value = _checked(at, each, kind, reading, was)
        if each.field == KIND_FIELD and value is not None:
            kinds[place] = value
        found.append(Checked(each, was, value))
    return found


def _checked(at: int, each: Correction, kind: str, reading: Reading, was: str | None) -> str | None:
    known = (KIND_FIELD, *kind_named(kind).fields, *reading.fields)
    if each.field not in known:
        raise BadCorrection(
            at,
            f"a paper of the kind {kind} has no field {each.field!r}"[:300],
            remedy=f"correct one of: {', '.join(dict.fromkeys(known))}",
            code="unknown_field",
        )
    personal = masked_fields(kind, [each.field]) or masked_fields(reading.kind, [each.field])
    if each.confirmed:
        shown = None if was is None or not personal else masked_value(each.field, was)
        if each.value not in (None, was, shown) or was is None:
            raise _impossible(at, each, "what is confirmed is the value that was read")
        return was
    if each.value is None:
        if each.field == KIND_FIELD:
            raise _impossible(at, each, f"a kind is one of: {', '.join(sorted(_KINDS))}")
        return None
    text = each.value.strip()
    if not text or len(text) > VALUE_CHARS_MAX or not text.isprintable():
        raise _impossible(
            at,
            each,
            f"1 to {VALUE_CHARS_MAX} printable characters, or null where the paper shows none",
        )
    if personal and holds_mask(text):
        raise _in_part(at, each)
    form, expected = _FORMS.get(each.field, (str, ""))
    value = form(text)
    if value is None:
        raise _impossible(at, each, expected)
    for shape in misshapen(kind, {each.field: value}):
        raise _impossible(at, each, shape.message)
    return value


def _impossible(at: int, each: Correction, expected: str) -> BadCorrection:
    return BadCorrection(
        at,
        f"{each.field} cannot be {(each.value or '')[:80]!r}: {expected}",
        remedy="look at the paper again, and type what it shows",
        code="impossible_value",
    )


def _in_part(at: int, each: Correction) -> BadCorrection:
    return BadCorrection(
        at,
        f"{each.field} holds stars, which stand for what is not shown",
        remedy="type the whole value from the paper, or confirm it as it was read",
        code="masked_value",
    )


def _money(text: str) -> str | None:
    amount = parse_amount(text, ".")
    if amount is None or abs(amount) > MONEY_MAX or amount != amount.quantize(_CENT):
        return None
    return money_text(amount)


def _day(text: str) -> str | None:
    day = iso_day(text)
    return day.isoformat() if day is not None and day.year >= 1980 else None


def _any_day(text: str) -> str | None:
    day = iso_day(text)
    return None if day is None else day.isoformat()


def _id_number(text: str) -> str | None:
    text = text.upper()
    return text if id_card_valid(text) or re.fullmatch(r"[1-9][0-9]{14}", text) else None


def _tax_id(text: str) -> str | None:
    text = text.upper()
    if _TAX_ID.fullmatch(text) is None:
        return None
    good = len(text) != TAX_ID_LENGTH or tax_id_valid(text) or id_card_valid(text)
    return text if good else None


def _shape(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


def _kind(text: str) -> str | None:
    return text if text in _KINDS else None


_AMOUNT_FORM: Final = (_money, f"an amount in figures, in whole cents, at most {MONEY_MAX}")
_FORMS: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = MappingProxyType(
    {
        KIND_FIELD: (_kind, f"one of: {', '.join(sorted(_KINDS))}"),
        "amount": _AMOUNT_FORM,
        "tax": _AMOUNT_FORM,
        "total": _AMOUNT_FORM,
        "subtotal": _AMOUNT_FORM,
        "total_cn": (
            lambda text: text if parse_amount(text) is not None else None,
            "an amount in words",
        ),
        "date": (_day, "a day of the calendar, YYYY-MM-DD"),
        "buyer_tax_id": (_tax_id, "15 to 20 digits and capitals; of 18 the last one is the check"),
        "seller_tax_id": (_tax_id, "15 to 20 digits and capitals; of 18 the last one is the check"),
        "number": (_shape(_NUMBER), "1 to 40 digits and letters"),
        "code": (_shape(_NUMBER), "1 to 40 digits and letters"),
        "id_number": (_id_number, "18 characters of which the last one is the check, or 15 digits"),
        "card_number": (
            lambda text: number if luhn_valid(number := re.sub(r"[ -]", "", text)) else None,
            "13 to 19 digits of which the last one is the check",
        ),
        "credit_code": (
            lambda text: text.upper() if tax_id_valid(text.upper()) else None,
            "18 digits and capitals of which the last one is the check",
        ),
        "birth": (_any_day, "a day of the calendar, YYYY-MM-DD"),
        "currency": (_shape(_CURRENCY), "three capitals, such as CNY"),
        "time": (_shape(_TIME), "a time of day, HH:MM or HH:MM:SS"),
        "on": (_shape(_TIME), "a time of day, HH:MM"),
        "off": (_shape(_TIME), "a time of day, HH:MM"),
    }
)


# --- applying ------------------------------------------------------------------------------------


def corrected(
    files: Files, corrections: Sequence[CorrectionRow]
) -> dict[str, tuple[FileReading, ...]]:
    """The files with people's values in them; the later correction of a field counts.

    A corrected field is confirmed, by the source `person`, and has no conflict any more; the
    findings that name it are made anew. Corrections of places that are not there are left out.
    """
    by_place: dict[tuple[str, int, int], dict[str, CorrectionRow]] = {}
    for each in sorted(corrections, key=lambda row: row.at):
        place = (each.attachment_id, each.file_at, each.reading_at)
        by_place.setdefault(place, {})[each.field] = each
    return {
        attachment: tuple(
            file.model_copy(
                update={
                    "readings": tuple(
                        _corrected(file, reading, by_place.get((attachment, file_at, at), {}))
                        for at, reading in enumerate(file.readings)
                    )
                }
            )
            for file_at, file in enumerate(each_file)
        )
        for attachment, each_file in files.items()
    }


def _corrected(
    file: FileReading, reading: Reading, corrections: Mapping[str, CorrectionRow]
) -> Reading:
    if not corrections:
        return reading
    values = {name: row.value for name, row in corrections.items()}
    kind = kind_named(values.pop(KIND_FIELD, None) or reading.kind)
    same_kind = KIND_FIELD not in corrections or kind.name == reading.kind
    fields = reading.fields | {
        name: _by_person(reading, name, value) for name, value in values.items()
    }
    touched = set(values) if same_kind else {*values, *fields}
    found = check(kind, fields, reading.items, seals_seen=None, original=True, crc_ok=None)
    return reading.model_copy(
        update={
            "kind": kind.name,
            "kind_confidence": 1.0 if KIND_FIELD in corrections else reading.kind_confidence,
            "fields": fields,
            "findings": (
                *(each for each in reading.findings if not touched & set(each.fields)),
                *(each for each in found if touched & set(each.fields)),
            ),
        }
    )


def _by_person(reading: Reading, name: str, value: str | None) -> Field:
    before = reading.fields.get(name)
    seen = before.evidence[0] if before is not None and before.evidence else None
    told = Evidence(
        page=seen.page if seen else reading.page,
        box=seen.box if seen else None,
        source="person",
        text=value or "",
    )
    return Field(
        value=value,
        status="missing" if value is None else "confirmed",
        confidence=1.0,
        sources=("person",),
        evidence=(told, *(before.evidence if before is not None else ())),
    )


def _reading(files: Files, each: Correction) -> Reading | None:
    """The paper at that place, None where there is none; never counted from the end."""
    there = files.get(each.attachment, ())
    if not 0 <= each.file_at < len(there):
        return None
    readings = there[each.file_at].readings
    return readings[each.reading_at] if 0 <= each.reading_at < len(readings) else None
