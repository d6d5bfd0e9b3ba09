"""Machine-readable zones of passports and travel documents, from recognised lines. Pure.

Source of the forms, the alphabet and the check digits: ICAO Doc 9303, parts 3 to 6 (TD3: two lines
of 44, passports; TD2: two of 36; TD1: three of 30). A character is mended only where the form
leaves no choice (a letter where only a digit can stand, a run of fillers that lost some) or where
the check digit proves it; what cannot be proved is left out. Names and states have no check digit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yuepi.documents.mrz_states import STATES

Form = Literal["TD1", "TD2", "TD3"]

FILLER: Final = "<"
WIDTHS: Final[Mapping[Form, int]] = {"TD1": 30, "TD2": 36, "TD3": 44}
_WEIGHTS: Final = (7, 3, 1)
_CHEVRONS: Final = str.maketrans(
    dict.fromkeys("〈‹⟨くぐ≤∠({[〔（", "<") | dict.fromkeys("《«≪", "<<") | {"∪": "U", "〇": "O"}
)
_LATIN: Final = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХ", "ABEZHIKMNOPTYXABEKMHOPCTYX")
"""Signs and letters that no zone holds, as recognisers give them for those that it does."""
_AS_DIGIT: Final = str.maketrans("OQDUILZSGB", "0000112568")
"""Letters that look like digits, for places where only digits stand."""
_AS_LETTER: Final = str.maketrans("012568", "OIZSGB")
"""The same for places where only letters stand, and only those of a known state."""
_SERIAL: Final = re.compile(r"[A-Z0-9][A-Z0-9][0-9]{5,7}<?")
"""Most numbers: a letter or two, then digits."""
_LINE: Final = re.compile(r"[A-Z0-9<]+")
_LINE_MIN: Final = 22
_LINE_MAX: Final = 50
_LIFE_YEARS_MAX: Final = 110


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a zone: as it is read, the line and columns it stands in (from 0, end
    exclusive), and the characters there with their check digit, where they have one."""

    value: str
    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as read.

    lines: at their full width. checks: which check digits hold, by what they stand for (`number`,
    `birth`, `expiry`, `optional`, `composite`). parts: `number`, `surname`, `given_names`,
    `nationality`, `sex` (M, F, X), `issuer`, and the dates as YYMMDD: `birth`, `expiry`; those
    whose check digit does not hold are left out. rows: which of the given lines it was found in.
    """

    form: Form
    lines: tuple[str, ...]
    checks: dict[str, bool]
    parts: dict[str, Part]
    rows: tuple[int, ...]


def check_digit(text: str) -> str:
    """The check digit of a text of digits, capitals and fillers (weights 7, 3, 1; modulo 10).

    Raises `ValueError` for any other character. Source: Doc 9303 part 3, 4.9.
    """
    total = sum(_worth(sign) * _WEIGHTS[at % 3] for at, sign in enumerate(text))
    return str(total % 10)


def _worth(sign: str) -> int:
    if sign == FILLER:
        return 0
    if not _LINE.fullmatch(sign):
        raise ValueError(f"{sign!r} cannot stand in a machine-readable zone")
    return int(sign, 36)


def find_zone(rows: Sequence[str]) -> Zone | None:
    """The zone in the rows of a page, top to bottom; None where nothing is plainly one."""
    likely = [(at, line) for at, text in enumerate(rows) if (line := _line(text)) is not None]
    for place in range(len(likely) - 1, -1, -1):
        for count in (3, 2):
            group = likely[max(0, place - count + 1) : place + 1]
            if len(group) == count and group[-1][0] - group[0][0] <= count:
                zone = _zone([line for _, line in group], tuple(at for at, _ in group))
                if zone is not None:
                    return zone
    return None


def whole_year(two_digits: str, expiry: str | None) -> int | None:
    """The year of birth that two digits stand for, by the expiry (YYMMDD) of the document; None
    where a small child and a very old person are both possible, or without an expiry."""
    if expiry is None:
        return None
    end = expiry_year(expiry[:2])
    possible = [
        year
        for year in (1900 + int(two_digits), 2000 + int(two_digits))
        if 0 <= end - year <= _LIFE_YEARS_MAX
    ]
    return possible[0] if len(possible) == 1 else None


def expiry_year(two_digits: str) -> int:
    """The year in which a document ends; zones began around 1980."""
    year = int(two_digits)
    return 1900 + year if year >= 80 else 2000 + year


def is_day(text: str, year: int) -> bool:
    """Whether the month and day of a YYMMDD exist in that year."""
    try:
        date(year, int(text[2:4]), int(text[4:6]))
    except ValueError:
        return False
    return True


# --- lines ---------------------------------------------------------------------------------------


def _line(text: str) -> str | None:
    """A row in the alphabet of zones; None where it can be no line of one."""
    plain = unicodedata.normalize("NFKC", text.translate(_CHEVRONS)).upper().translate(_LATIN)
    plain = re.sub(r"[\s.,·'’_-]", "", plain.translate(_CHEVRONS))
    if not _LINE_MIN <= len(plain) <= _LINE_MAX or not _LINE.fullmatch(plain):
        return None
    fillers, digits = plain.count(FILLER), sum(sign.isdigit() for sign in plain)
    return plain if fillers >= 2 or (digits >= 10 and len(plain) - digits >= 3) else None


def _zone(lines: list[str], rows: tuple[int, ...]) -> Zone | None:
    if len(lines) == 3:
        return _read(lines, rows, "TD1") if re.match(r"[ACI]", lines[0]) else None
    if not re.match(r"[PVACI]", lines[0]) or FILLER not in lines[0]:
        return None
    return _read(lines, rows, "TD3" if lines[0][0] == "P" or len(lines[1]) > 40 else "TD2")


def _read(lines: list[str], rows: tuple[int, ...], form: Form) -> Zone | None:
    reader = _Reader(form)
    if form == "TD1":
        reader.td1(lines)
    else:
        reader.two_lines(lines)
    checks = reader.checks
    holding = sum(checks.get(name, False) for name in ("number", "birth", "expiry"))
    if holding < 2 and not (holding and "issuer" in reader.parts and "nationality" in reader.parts):
        return None
    return Zone(form, tuple(reader.lines), checks, reader.parts, rows)


class _Reader:
    """Reads the lines of one zone; what it finds stands in `lines`, `checks` and `parts`."""

    def __init__(self, form: Form) -> None:
        self.width = WIDTHS[form]
        self.form = form
        self.lines: list[str] = []
        self.checks: dict[str, bool] = {}
        self.parts: dict[str, Part] = {}

    def two_lines(self, lines: list[str]) -> None:
        """A passport (TD3), or TD2."""
        below = self._second(lines[1])
        above = self._issued(lines[0], below[10:13])
        self.lines = [above, below]
        self._number(below, 1, 0)
        self._day("birth", below, 1, 13)
        self._day("expiry", below, 1, 21)
        below = self.lines[1]
        self._sex(below, 1, 20)
        self._state("nationality", below, 1, 10)
        self._state("issuer", above, 0, 2)
        if "issuer" in self.parts:
            # Without the state nobody knows where the names begin.
            self._names(above, 0, 5)
        self.checks["composite"] = self._whole_holds(self.lines)
        if self.form == "TD3":
            optional, digit = below[28:42], below[42]
            empty = not optional.strip(FILLER) and digit == FILLER
            self.checks["optional"] = empty or _holds(optional, digit)

    def td1(self, lines: list[str]) -> None:
        """A card (TD1)."""
        above, middle = _padded(lines[0], self.width, 0), self._dated(lines[1])
        self.lines = [above, middle, lines[2][: self.width].ljust(self.width, FILLER)]
        self._number(above, 0, 5)
        self._day("birth", middle, 1, 0)
        self._day("expiry", middle, 1, 8)
        above, middle = self.lines[0], self.lines[1]
        self._sex(middle, 1, 7)
        self._state("nationality", middle, 1, 15)
        self._state("issuer", above, 0, 2)
        self._names(self.lines[2], 2, 0)
        self.checks["composite"] = self._whole_holds(self.lines)

    # --- lines at their width --------------------------------------------------------------------

    def _second(self, line: str) -> str:
        """The second line with as many fillers as it must have, and digits where digits are."""
        tail = 2 if self.form == "TD3" else 1
        whole = _padded(line, self.width, tail)
        return _digits_at(whole, (9, *range(13, 20), *range(21, 28), self.width - 1))

    def _dated(self, line: str) -> str:
        return _digits_at(_padded(line, self.width, 1), (*range(7), *range(8, 15), 29))

    def _issued(self, line: str, nationality: str) -> str:
        """The first line; where a character before the state was lost or read twice, the holder's
        own state tells."""
        known = nationality.translate(_AS_LETTER)
        if line[2:5].translate(_AS_LETTER) not in STATES and known in STATES:
            for at in (1, 3):
                if line[at : at + 3].translate(_AS_LETTER) == known:
                    line = line[: min(at, 2)].ljust(2, FILLER) + line[at:]
                    break
        return line[: self.width].ljust(self.width, FILLER)

    # --- values ----------------------------------------------------------------------------------

    def _number(self, text: str, line: int, start: int) -> None:
        read, digit = text[start : start + 9], text[start + 9]
        if digit == FILLER and line == 0:
            # A number longer than nine goes on behind the filler (Doc 9303 part 5, note j).
            more = text[start + 10 : 30].split(FILLER, 1)[0]
            self.checks["number"] = len(more) > 1 and _holds(read + more[:-1], more[-1])
            if self.checks["number"]:
                end = start + 10 + len(more)
                self.parts["number"] = Part(read + more[:-1], line, start, end, read + more)
            return
        digit = digit.translate(_AS_DIGIT)
        found = read if _holds(read, digit) else _mended(read)
        self.checks["number"] = _holds(found, digit)
        if not self.checks["number"] or FILLER in (value := found.rstrip(FILLER)) or not value:
            return
        self.lines[line] = text[:start] + found + digit + text[start + 10 :]
        self.parts["number"] = Part(value, line, start, start + 10, found + digit)

    def _whole_holds(self, lines: Sequence[str]) -> bool:
        """Whether the check digit over the whole zone holds."""
        if self.form == "TD1":
            above, middle = lines[0], lines[1]
            return _holds(above[5:30] + middle[:7] + middle[8:15] + middle[18:29], middle[29])
        below = lines[1]
        return _holds(below[:10] + below[13:20] + below[21 : self.width - 1], below[-1])

    def _day(self, name: str, text: str, line: int, start: int) -> None:
        read, digit = text[start : start + 6], text[start + 6]
        self.checks[name] = _holds(read, digit)
        if self.checks[name] and read.isdigit():
            self.parts[name] = Part(read, line, start, start + 7, read + digit)

    def _sex(self, text: str, line: int, at: int) -> None:
        value = {"M": "M", "F": "F", FILLER: "X", "X": "X"}.get(text[at])
        if value is not None:
            self.parts["sex"] = Part(value, line, at, at + 1, text[at])

    def _state(self, name: str, text: str, line: int, start: int) -> None:
        read = text[start : start + 3].translate(_AS_LETTER)
        if read in STATES:
            self.parts[name] = Part(read.rstrip(FILLER), line, start, start + 3, read)

    def _names(self, text: str, line: int, start: int) -> None:
        """Surname and given names; neither where a digit stands in them, or where the double
        filler between the two seems to be lost."""
        surname, two, rest = text[start:].partition(FILLER * 2)
        given = rest.split(FILLER * 2, 1)[0].strip(FILLER)
        if not two or re.search(r"\d", surname + given) or not surname.strip(FILLER):
            return
        if not given and FILLER in surname:
            return
        for name, value in (("surname", surname), ("given_names", given)):
            if value:
                at = text.index(value, start)
                told = value.strip(FILLER).replace(FILLER, " ")
                self.parts[name] = Part(told, line, at, at + len(value), value)


def _holds(text: str, digit: str) -> bool:
    return digit.isdigit() and check_digit(text) == digit


def _mended(read: str) -> str:
    """A number with digits for the letters among its digits, where it then is a letter or two and
    digits. A second letter may be one, but for those that no state puts beside 0 and 1."""
    second = read[1].translate(_AS_DIGIT) if read[1] in "OI" else read[1]
    text = read[0] + second + read[2:].translate(_AS_DIGIT)
    return text if _SERIAL.fullmatch(text) else read


def _padded(line: str, width: int, tail: int) -> str:
    """A line at its width: the last run of fillers made longer or shorter, `tail` characters at
    its end left where they are. A line without fillers to give or take stays too short."""
    if len(line) == width:
        return line
    end = line[len(line) - tail :] if tail else ""
    body = line[: len(line) - tail]
    runs = list(re.finditer(r"<+", body))
    if not runs:
        return line[:width].ljust(width, FILLER)
    last = runs[-1]
    room = width - (len(line) - (last.end() - last.start()))
    if room < 0:
        return line[:width]
    return body[: last.start()] + FILLER * room + body[last.end() :] + end


def _digits_at(text: str, places: Sequence[int]) -> str:
    """The text with digits for the letters that look like them, at places of digits alone."""
    wanted = frozenset(places)
    return "".join(
        sign.translate(_AS_DIGIT) if at in wanted else sign for at, sign in enumerate(text)
    )
