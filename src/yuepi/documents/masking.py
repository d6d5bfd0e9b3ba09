"""Personal data shown in part: readings as people see them unless they ask with a reason. Pure.

What is kept stays whole; this makes the copy that is shown. A field is masked where its kind says
so (`Kind.masked`); one that a reading brought along from another kind (a person corrected the
kind) stays masked, too. What of its value stands elsewhere in the reading (evidence, text, pairs,
tables, messages) is covered there by its characters, however they were split into lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from yuepi.documents.checksums import id_card_valid
from yuepi.documents.contents import Mrz
from yuepi.documents.kinds import kind_named, known_kinds
from yuepi.documents.layout.dates import MONTHS_SHORT
from yuepi.documents.reading import Field, FileReading, Finding, Reading

STAR: Final = "*"
_ISO_DAY: Final = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)(?:-(?P<d>\d\d))?")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d")
_ID_NUMBER: Final = re.compile(r"\d{17}[\dXx]")
_SPACED_ID: Final = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){16}[ -]?[0-9Xx](?![0-9A-Za-z])")
# Tried once for each run of such signs: from every place in it a long run would take seconds.
_ZONE: Final = re.compile(r"(?<![A-Z0-9<《«〈])[A-Z0-9<《«〈]{5,}(?:<<|《|«)[A-Z0-9<《«〈]*")
_LONG: Final = re.compile(r"[A-Za-z]{0,2}\d(?:[ \t-]?[\dXx]){6,}")
_WINDOW: Final = 4
"""So many characters of a hidden value in a row are no chance."""
_WINDOW_CHINESE: Final = 3
_SKIPPED: Final = frozenset({"fields", "kind", "quality", "mrz", "findings"})
_LOOSE: Final = frozenset({"text", "tables", "pairs", "items", "remarks", "summary"})
"""What was taken down as it stood: it may hold numbers that were read as no field."""
_TRAVEL_DAY: Final = re.compile(
    r"(?<![\dXx])(?<![\dXx][ -])20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?: [012]\d(?=:)|(?!\d|[ \t-]\d))"
)


def masked(reading: Reading, once: Iterable[str] = ()) -> Reading:
    """The reading with its personal data in part; the same object where it has none.

    once: kinds that the paper was taken for before: what was personal then still is.
    """
    names = masked_fields(reading.kind, reading.fields)
    once = tuple(once)
    for kind in once:
        names |= masked_fields(kind, reading.fields)
    kinds = {reading.kind, *once}
    hidden = {name for kind in kinds for name in kind_named(kind).masked}
    if not names and not hidden and reading.mrz is None:
        return _without_id_numbers(reading)
    secrets = _secrets(reading, names)
    # Trips are nothing without their days, and a paper without a day of birth hides none.
    veil = _Veil(secrets, days="birth" not in hidden and reading.mrz is None)
    told = {
        name: value if name in _SKIPPED else _covered(value, veil, loose=name in _LOOSE)
        for name, value in ((name, getattr(reading, name)) for name in Reading.model_fields)
    }
    told["fields"] = {
        name: _masked_field(name, field) if name in names else _kept(field, veil)
        for name, field in reading.fields.items()
    }
    told["findings"] = tuple(_masked_finding(each, veil) for each in reading.findings)
    told["questions"] = tuple(
        each.model_copy(update={"suggestion": masked_value(each.field, each.suggestion)})
        if each.field in names and each.suggestion is not None
        else each
        for each in told["questions"]
    )
    told["mrz"] = None if reading.mrz is None else _masked_zone(reading.mrz)
    return Reading(**told)


def _without_id_numbers(reading: Reading) -> Reading:
    """A form, a contract, a list: whoever is named there by an ID number is named in part. What an
    invoice says stays: a person's tax number is that number."""
    if kind_named(reading.kind).is_invoice:
        return reading
    veil = _IdNumbers()
    told = {
        name: _covered(getattr(reading, name), veil, loose=True) for name in (*_LOOSE, "clauses")
    }
    same = all(getattr(reading, name) == value for name, value in told.items())
    return reading if same else reading.model_copy(update=told)


def masked_file(file: FileReading) -> FileReading:
    """All readings of a file masked; the same object where nothing is personal."""
    readings = tuple(masked(each) for each in file.readings)
    if all(now is was for now, was in zip(readings, file.readings, strict=True)):
        return file
    return file.model_copy(update={"readings": readings})


def masked_fields(kind: str, names: Iterable[str]) -> frozenset[str]:
    """Those of the fields that are personal in a reading of that kind; of fields that the kind
    does not have, those that are personal in every kind."""
    own = kind_named(kind)
    return frozenset(
        name
        for name in names
        if name in own.masked or (name not in own.fields and name in _masked_anywhere())
    )


def masked_value(name: str, value: str) -> str:
    """A value in part: an ID number by its ends, a card by its last four, a day by its year, an
    address by its beginning. A value that is too short to be shown in part is all stars."""
    return _starred(value, _hidden(name, value))


def holds_mask(value: str) -> bool:
    """Whether a text holds what is shown instead of hidden characters: no paper prints that in
    personal data, so it was copied from what was shown."""
    return bool(re.search(r"[*＊•●∗]", value))


@cache
def _masked_anywhere() -> frozenset[str]:
    """Names that are personal wherever they stand: `number` is not, invoices have one, too."""
    kinds = known_kinds()
    free = {name for kind in kinds for name in kind.fields if name not in kind.masked}
    return frozenset(name for kind in kinds for name in kind.masked) - free


# --- what is hidden of one value -----------------------------------------------------------------


def _hidden(name: str, text: str) -> list[bool]:
    """Which characters of a value are hidden; separators never are."""
    if (day := _ISO_DAY.fullmatch(text)) is not None:
        return [at >= day.end("y") and sign.isdigit() for at, sign in enumerate(text)]
    if name in ("birth", "expiry"):
        years = [span for match in _YEAR.finditer(text) for span in range(*match.span())]
        return [sign.isalnum() and at not in years for at, sign in enumerate(text)]
    solid = [at for at, sign in enumerate(text) if sign.isalnum()]
    first, last = _ends(name, "".join(text[at] for at in solid))
    if first + last > max(0, len(solid) - 3):
        first, last = 0, 0
    shown = {*solid[:first], *solid[len(solid) - last :]}
    return [at in solid and at not in shown for at in range(len(text))]


def _ends(name: str, solid: str) -> tuple[int, int]:
    """How many characters at the beginning and at the end are shown."""
    if name == "id_number" or _ID_NUMBER.fullmatch(solid):
        return 3, 4
    digits = sum(sign.isdigit() for sign in solid)
    if digits >= 12 and digits == len(solid):
        return 0, 4
    if digits >= 5 and solid.isascii():
        return 1, 2
    return (6, 0) if len(solid) >= 10 else (1, 0)


def _starred(text: str, hidden: list[bool]) -> str:
    return "".join(STAR if hide else sign for sign, hide in zip(text, hidden, strict=True))


# --- the parts of a reading ----------------------------------------------------------------------


def _masked_field(name: str, field: Field) -> Field:
    return field.model_copy(
        update={
            "value": None if field.value is None else masked_value(name, field.value),
            "others": tuple(masked_value(name, other) for other in field.others),
            "evidence": tuple(
                each.model_copy(update={"text": masked_value(name, each.text)})
                for each in field.evidence
            ),
        }
    )


def _kept(field: Field, veil: _Veil) -> Field:
    """A field that is not personal: its evidence may stand on the row of one that is."""
    evidence = tuple(
        each.model_copy(update={"text": veil.over(each.text)}) for each in field.evidence
    )
    return field.model_copy(update={"evidence": evidence})


def _masked_finding(finding: Finding, veil: _Veil) -> Finding:
    return finding.model_copy(
        update={"message": veil.over(finding.message), "message_zh": veil.over(finding.message_zh)}
    )


def _masked_zone(zone: Mrz) -> Mrz:
    """The zone by its length and its checks: all that it says is personal."""
    return zone.model_copy(update={"lines": tuple(STAR * len(line) for line in zone.lines)})


def _covered(value: Any, veil: _Veil | _IdNumbers, *, loose: bool) -> Any:
    """The same value with every text in it covered."""
    if isinstance(value, str):
        return veil.over(value, loose=loose)
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        return value.model_copy(
            update={name: _covered(getattr(value, name), veil, loose=loose) for name in names}
        )
    if type(value) is tuple:
        return tuple(_covered(each, veil, loose=loose) for each in value)
    return value


# --- covering text -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Secret:
    """The characters of a value without separators, and which of them are hidden."""

    solid: str
    hidden: tuple[bool, ...]


def _secrets(reading: Reading, names: Iterable[str]) -> dict[str, list[str]]:
    """All that was read or suggested for the masked fields, by field."""
    found: dict[str, list[str]] = {}
    for name in names:
        field = reading.fields.get(name)
        if field is not None:
            seen = [field.value or "", *field.others, *(each.text for each in field.evidence)]
            found[name] = [text for text in seen if text]
    for each in reading.questions:
        if each.field in names and each.suggestion:
            found.setdefault(each.field, []).append(each.suggestion)
    return found


class _Veil:
    """Covers values in text."""

    def __init__(self, secrets: Mapping[str, list[str]], *, days: bool) -> None:
        """days: whether other days than those of the values may be read."""
        self._keeps_days = days
        self._days: list[re.Pattern[str]] = []
        self._secrets: list[_Secret] = []
        for name, texts in secrets.items():
            for text in dict.fromkeys(texts):
                if (day := _ISO_DAY.fullmatch(text)) is not None:
                    self._days += _written(day)
                else:
                    self._secrets.append(_secret(name, text))

    def over(self, text: str, *, loose: bool = False) -> str:
        """The text with what it says of the values covered; loose: and zones and long numbers,
        whatever they were read as."""
        if not text:
            return text
        signs = list(text)
        for pattern in self._days:
            for match in pattern.finditer(text):
                for at in range(*match.span()):
                    if signs[at].isalnum() and not _in_year(match, at):
                        signs[at] = STAR
        solid, places = _solid(text)
        for secret in self._secrets:
            for at in _found(secret, solid):
                signs[places[at]] = STAR
        covered = "".join(signs)
        return _without_numbers(covered, days=self._keeps_days) if loose else covered


class _IdNumbers:
    """Covers ID numbers with a right check character, wherever they stand."""

    def over(self, text: str, *, loose: bool = False) -> str:
        """The text with each such number by its ends; `loose` makes no difference."""
        del loose
        return _SPACED_ID.sub(self._one, text)

    def _one(self, match: re.Match[str]) -> str:
        solid = re.sub(r"[ -]", "", match[0]).upper()
        return masked_value("id_number", match[0]) if id_card_valid(solid) else match[0]


def _secret(name: str, text: str) -> _Secret:
    plain = unicodedata.normalize("NFKC", text)
    hidden = _hidden(name, plain)
    kept = [
        (sign.upper(), hide) for sign, hide in zip(plain, hidden, strict=True) if sign.isalnum()
    ]
    return _Secret("".join(sign for sign, _ in kept), tuple(hide for _, hide in kept))


def _solid(text: str) -> tuple[str, list[int]]:
    """The characters that count, in capitals and narrow, each with its place in the text."""
    solid: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text):
        for plain in unicodedata.normalize("NFKC", sign).upper():
            if plain.isalnum():
                solid.append(plain)
                places.append(at)
    return "".join(solid), places


def _found(secret: _Secret, solid: str) -> set[int]:
    """The places in the text where hidden characters of the value stand."""
    found: set[int] = set()
    ascii_only = secret.solid.isascii()
    size = min(_WINDOW if ascii_only else _WINDOW_CHINESE, len(secret.solid))
    if not size or not any(secret.hidden):
        return found
    for start in range(len(secret.solid) - size + 1):
        window = secret.solid[start : start + size]
        at = solid.find(window)
        while at >= 0:
            found.update(at + step for step in range(size) if secret.hidden[start + step])
            at = solid.find(window, at + 1)
    return found


def _written(day: re.Match[str]) -> list[re.Pattern[str]]:
    """The ways in which a day, or a month, may be printed."""
    year, month, of_month = day["y"], int(day["m"]), day["d"]
    word = MONTHS_SHORT[month - 1] if 1 <= month <= 12 else "?"
    if of_month is None:
        return [re.compile(rf"(?<!\d)0?{month}\s*/\s*(?:{year}|{year[2:]})(?!\d)")]
    number = int(of_month)
    between = r"[\s年月./-]{0,4}"
    ways = (
        rf"(?P<year>{year}){between}0?{month}{between}0?{number}(?!\d)",
        rf"(?<!\d)0?{number}{between}(?:0?{month}|{word}[A-Z]*|{month}月){between}(?P<year>{year})",
        rf"{word}[A-Z]*{between}0?{number},?{between}(?P<year>{year})",
        rf"(?<!\d){year[2:]}{month:02}{number:02}",
        rf"0?{number}\s*{month}月/?{word}[A-Z]*{between}(?P<year>{year})",
        rf"0?{number}{between}(?:{month}月/)?{word}[A-Z]*{between}(?P<year>{year})",
    )
    return [re.compile(way, re.IGNORECASE) for way in ways]


def _in_year(match: re.Match[str], at: int) -> bool:
    if "year" not in match.re.groupindex:
        return False
    start, end = match.span("year")
    return start <= at < end


def _without_numbers(text: str, *, days: bool) -> str:
    """Zones, and long numbers that were misread or belong to no field, covered but for four."""
    text = _ZONE.sub(lambda match: STAR * len(match[0]), text)
    kept = [match.span() for match in _TRAVEL_DAY.finditer(text)] if days else []
    parts, at = [], 0
    for start, end in kept:
        parts += [_LONG.sub(_short, text[at:start]), text[start:end]]
        at = end
    return "".join((*parts, _LONG.sub(_short, text[at:])))


def _short(match: re.Match[str]) -> str:
    text = match[0]
    solid = [at for at, sign in enumerate(text) if sign.isalnum()]
    # More than a card's are several numbers in a row, whose end may be a day of birth.
    shown = set(solid[-4:]) if 12 <= len(solid) <= 19 else set()
    return "".join(
        STAR if sign.isalnum() and at not in shown else sign for at, sign in enumerate(text)
    )
