"""Passports and other travel documents with a machine-readable zone (ICAO Doc 9303).

The zone is read first, the print above it is the second source: a value that the print contradicts
is a conflict. Without a zone the labelled print alone is read, one source for each value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.contents import Mrz
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.dates import printed_dates
from yuepi.documents.layout.view import Row, View
from yuepi.documents.mrz import Zone, expiry_year, find_zone, is_day, whole_year
from yuepi.documents.reading import Finding
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_FIELDS: Final = (
    "number", "surname", "given_names", "nationality", "birth", "sex", "expiry", "issuer",
)  # fmt: skip
_TITLE: Final = re.compile(r"护照|PASSPORT|PASSEPORT|REISEPASS|PASAPORTE")
_LABELS: Final = {
    "number": re.compile(r"(?i)护照号|passport\s*n[o0u]|document\s*n[o0u]"),
    "surname": re.compile(r"(?i)^姓/|^姓$|surname|family name"),
    "given_names": re.compile(r"(?i)^名/|^名$|given\s*name"),
    "nationality": re.compile(r"(?i)国籍|nationality"),
    "birth": re.compile(r"(?i)出生日期|date\s*of\s*birth"),
    "sex": re.compile(r"(?i)性别|^sex\b|/\s*sex\b"),
    "expiry": re.compile(r"(?i)有效期至|date\s*of\s*expir|valid\s*until"),
}
_NUMBER: Final = re.compile(r"(?<![A-Z0-9<])(?=[A-Z0-9]*\d{5})[A-Z0-9]{7,9}(?![A-Z0-9<])")
_NAME: Final = re.compile(r"[A-Z][A-Z' \-]{0,38}")
_UNDER_LINES: Final = 2.2


def _likeness(view: View) -> float:
    if _zone_of(view) is not None:
        return 0.97
    labels = sum(any(label.search(line.text) for line in view.lines) for label in _LABELS.values())
    return 0.75 if _TITLE.search(view.squeezed.upper()) and labels >= 5 else 0.0


def _zone_of(view: View) -> Zone | None:
    return find_zone([row.text for row in view.rows])


def _read(view: View) -> Draft:
    zone = _zone_of(view)
    if zone is None:
        return Draft(tuple(_printed(view, frozenset())))
    rows = [view.rows[at] for at in zone.rows]
    above = frozenset(id(line) for row in rows for line in row.lines)
    printed = list(_printed(view, above))
    candidates = [*_from_zone(view, zone, rows, printed)]
    known = {each.name: each.value for each in candidates}
    candidates += [each for each in printed if each.name in known or each.name in _LABELS]
    candidates += _seen_again(view, above, candidates)
    mrz = Mrz(
        page=view.page,
        box=around(row.box for row in rows),
        lines=zone.lines,
        checks=zone.checks,
    )
    return Draft(_once(candidates), mrz=mrz, findings=tuple(_doubts(zone)))


def _once(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    seen = {(each.name, each.value, each.evidence.box): each for each in reversed(candidates)}
    return tuple(reversed(seen.values()))


# --- the zone ------------------------------------------------------------------------------------


def _from_zone(
    view: View, zone: Zone, rows: list[Row], printed: list[Candidate]
) -> Iterator[Candidate]:
    expiry = zone.parts["expiry"].value if "expiry" in zone.parts else None
    for name in _FIELDS:
        part = zone.parts.get(name)
        if part is None:
            continue
        value: str | None = part.value
        if name in ("birth", "expiry"):
            told = [each.value for each in printed if each.name == name]
            value = _day(name, part.value, expiry, told)
        if value is not None:
            box = rows[part.line].box
            width = len(zone.lines[part.line])
            place = Box(
                box.x0 + box.width * part.start / width,
                box.y0,
                box.x0 + box.width * part.end / width,
                box.y1,
            )
            # The digit behind a day proves it only together with the one over the whole line.
            alone = name in ("birth", "expiry") and not zone.checks["composite"]
            yield view.candidate(name, value, place, part.text[:6] if alone else part.text)


def _day(name: str, text: str, expiry: str | None, printed: list[str]) -> str | None:
    """YYMMDD as an ISO date; the century by the print, else by the expiry."""
    tail = f"-{text[2:4]}-{text[4:]}"
    for told in printed:
        if told[2:4] == text[:2] and told.endswith(tail):
            return told
    year = expiry_year(text[:2]) if name == "expiry" else whole_year(text[:2], expiry)
    return f"{year}{tail}" if year is not None and is_day(text, year) else None


def _doubts(zone: Zone) -> Iterator[Finding]:
    wrong = [name for name, holds in zone.checks.items() if not holds]
    if wrong:
        yield Finding(
            code="mrz_check_differs",
            severity="warning",
            message=f"Check digits of the machine-readable zone do not hold: {', '.join(wrong)}",
            message_zh=f"机读区校验位不符：{'、'.join(wrong)}",
            fields=tuple(name for name in wrong if name in _FIELDS),
        )


# --- the print -----------------------------------------------------------------------------------


def _printed(view: View, zone: frozenset[int]) -> Iterator[Candidate]:
    """Values beside or under their labels."""
    lines = [line for line in view.lines if id(line) not in zone]
    for name, label in _LABELS.items():
        for line in lines:
            match = label.search(line.text)
            if match is None:
                continue
            found = _value(view, name, line, match.end(), lines)
            if found is not None:
                value, place, text = found
                yield view.candidate(name, value, place, text)
                break


def _value(
    view: View, name: str, line: Line, end: int, lines: list[Line]
) -> tuple[str, Box, str] | None:
    inside = line.text[end:]
    if (value := _as(name, inside)) is not None:
        return value, line.box, inside.strip()
    height = line.box.height
    beside = sorted(
        (
            each
            for each in lines
            if each is not line
            and abs(each.box.centre[1] - line.box.centre[1]) < 0.6 * height
            and each.box.x0 >= line.box.x1 - 0.5 * height / view.aspect
        ),
        key=lambda each: each.box.x0,
    )[:1]
    under = sorted(
        (
            each
            for each in lines
            if 0.3 * height < each.box.centre[1] - line.box.centre[1] < _UNDER_LINES * height
            and min(each.box.x1, line.box.x1) > max(each.box.x0, line.box.x0) - 0.02
        ),
        key=lambda each: (each.box.centre[1], abs(each.box.x0 - line.box.x0)),
    )[:3]
    for each in (*beside, *under):
        if any(label.search(each.text) for label in _LABELS.values()):
            continue
        if (value := _as(name, each.text)) is not None:
            return value, each.box, each.text
    return None


def _as(name: str, text: str) -> str | None:
    """The text as a value of that field, None where it cannot be one."""
    plain = re.sub(r"^[\s:：/.]+", "", text).strip()
    if name == "number":
        match = _NUMBER.search(plain.upper().replace(" ", ""))
        return match[0] if match else None
    if name in ("birth", "expiry"):
        days = printed_dates(plain, "dmy")
        return days[0].value if len(days) == 1 else None
    if name == "sex":
        match = re.match(r"(?:[男女]\s*/?\s*)?([MF])\b", plain)
        return match[1] if match else None
    if name == "nationality":
        match = re.fullmatch(r"(?:.*/\s*)?([A-Z]{3})", plain)
        return match[1] if match else None
    match = _NAME.fullmatch(plain)
    return re.sub(r"[\s\-]+", " ", plain.replace("'", "")).strip() if match else None


def _seen_again(
    view: View, zone: frozenset[int], candidates: list[Candidate]
) -> Iterator[Candidate]:
    """The zone's number where it stands in the print without a label that was read."""
    numbers = {each.value for each in candidates if each.name == "number"}
    if len(numbers) != 1:
        return
    number = next(iter(numbers))
    for line in view.lines:
        if id(line) not in zone and number in _NUMBER.findall(line.text.upper().replace(" ", "")):
            yield view.candidate("number", number, line.box, line.text)


KIND = Kind(
    name="passport",
    title_zh="护照（旅行证件）",
    title_en="Passport or travel document",
    fields=_FIELDS,
    decisive=("number", "birth", "expiry"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    masked=("number", "birth"),
    labels={
        "number": ("护照号码", "Passport number"),
        "surname": ("姓", "Surname"),
        "given_names": ("名", "Given names"),
        "nationality": ("国籍", "Nationality"),
        "birth": ("出生日期", "Date of birth"),
        "sex": ("性别", "Sex"),
        "expiry": ("有效期至", "Date of expiry"),
        "issuer": ("签发国", "Issuing state"),
    },
    meanings={
        "number": "the passport number, not the personal number",
        "nationality": "the three-letter code",
        "issuer": "the three-letter code of the issuing state",
        "sex": "M, F or X",
    },
)
