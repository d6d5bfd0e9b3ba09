"""Where on a page a claimed value stands. Pure.

A model's words count only as a pointer to what was recognised: a value is grounded where its
digits and words stand on a line, in a QR code, or in the file's own text, compared by what they
mean: amounts as decimals, dates in every printed form, figures to the digit, names without the
width of their brackets. What is taken is what stands there, never the model's own spelling.

A place where only the look-alikes of digits agree (`O` for `0`, `l` for `1`) is a hint for a
person, and so is a date whose order of day and month is open: neither is a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.dates import Moment, printed_dates, printed_times
from yuepi.documents.layout.text import iso_date, plain, squeeze
from yuepi.kit.boxes import Box, around
from yuepi.kit.money import Point, money_text, parse_amount

Sort = Literal["money", "words", "date", "time", "figures", "currency", "text"]
"""How a value is compared. words: an amount in Chinese words; figures: a number that is a name."""

VALUE_CHARACTERS_MAX: Final = 300
SPOT_CHARACTERS_MAX: Final = 2_000
LINES_JOINED_MAX: Final = 4
"""A name or an address may run over so many lines."""

_NAME_LENGTH_MIN: Final = 4
_MONEY: Final = frozenset({"amount", "tax", "total", "subtotal", "price", "balance", "fee"})
_JOINABLE: Final[tuple[Sort, ...]] = ("text", "date", "time")
_LOOKALIKES: Final = str.maketrans("OoQDIl|SsBZzG", "0000111558226")
_WORDS: Final = re.compile(
    r"[零〇○一二三四五六七八九十百千壹壱弌贰貳貮弐弍两兩叁參参弎叄肆伍陆陸柒捌玖拾佰仟万萬亿億]"
    r"[零〇○一二三四五六七八九十百千壹壱弌贰貳貮弐弍两兩叁參参弎叄肆伍陆陸柒捌玖拾佰仟万萬亿億"
    r"元圆圓角分整正 ]+"
)
_AMOUNT: Final = re.compile(
    r"(?<![\d.,/%-])(?<!\d[:])(?P<sign>-\s?)?(?P<mark>(?:RM|MYR|RMB|CNY|USD|EUR|GBP|Rp|[A-Z]{0,2}[$€£¥₹฿₩₫])"
    r"[\s:]?)?(?P<after>-\s?)?(?P<n>\d{1,3}(?:[,.'][0-9]{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,6})?)"
    r"(?P<unit>\s?(?:元|圆|[€£]|RMB|CNY|EUR|USD|MYR))?(?![\d%]|[.,:/-]\d|\s?[年月日号])"
)
_TOKENS: Final = re.compile(r"[0-9A-Za-z*]+")
_FIGURES: Final = re.compile(r"[0-9A-Za-z*][0-9A-Za-z* \-]*[0-9A-Za-z*]|[0-9]")
_JOINTS: Final = re.compile(r"[ \-]{0,3}")
_NUMBER_MARK: Final = re.compile(r"(?i)^(?:no|nr|id|inv|tel|fax|ref|reg|gst|sst|vat|abn)(?=\d)")
_EDGE: Final = re.compile(r"[\s:：;；,，.。、|/()（）\[\]【】<>《》\"'“”*#=·~-]")
_CLOSING: Final = ")）]】》"
_LABEL_END: Final = re.compile(
    r"(?:名称|名稱|单位|單位|地址|住址|住所|姓名|户名|全称|电话|账号|帐号|开户行|品名|项目|备注"
    r"|方|人|由|至|自|为|[A-Za-z]{2,}:)$"
)
_CURRENCIES: Final[dict[str, str]] = {
    "CNY": r"[¥￥]|人民币|\bRMB\b|\bCNY\b|\d\s*元",
    "MYR": r"(?<![A-Za-z])RM\s?-?\d|\(\s?RM\s?\)|\bMYR\b",
    "USD": r"US\s?\$|\bUSD\b",
    "EUR": r"€|\bEUR\b",
    "GBP": r"£|￡|\bGBP\b",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Text that stands somewhere. numbers: of the line, or of the lines of a row, as a model was
    shown them; empty for what it was not shown, such as QR codes."""

    page: int
    text: str
    box: Box
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a claimed value is said to stand: numbers of lines, and a place on a page."""

    numbers: tuple[int, ...] = ()
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A value as it stands there, normalised. firm: whether this is certainly the place meant.

    hint: only look-alikes agree, or more than one reading is possible: a question, no value.
    """

    value: str
    spot: Spot
    firm: bool = True
    hint: bool = False


def sort_of(name: str, value: str) -> Sort:
    """How a value of that field is compared: by what the field is, else by what it looks like."""
    if name == "currency":
        return "currency"
    if name.endswith("_cn") or (_WORDS.fullmatch(squeeze(value)) and parse_amount(value)):
        return "words"
    if name == "date" or name.endswith(("_date", "_on", "_from", "_until")):
        return "date" if iso_date(value) else "text"
    if name == "time" or name.endswith("_time"):
        return "time" if printed_times(value) else "text"
    if name in _MONEY or name.rsplit("_", 1)[-1] in _MONEY:
        return "money"
    return _looks_like(value)


def _looks_like(value: str) -> Sort:
    text = plain(value)
    if re.fullmatch(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?", text):
        return "date"
    if re.fullmatch(r"-?(?:[A-Z]{0,3}[$€£¥]|RM)?\s?\d[\d,]*\.\d{2}\s?元?", text):
        return "money"
    if _FIGURES.fullmatch(text) and sum(map(str.isdigit, text)) * 2 >= len(squeeze(text)):
        return "figures"
    return "text"


def normal(value: str, sort: Sort) -> str | None:
    """The value as fields hold it, or None for one that is none of its sort."""
    if not value.strip() or len(value) > VALUE_CHARACTERS_MAX:
        return None
    if sort == "money":
        amount = parse_amount(value)
        return None if amount is None else money_text(amount)
    if sort == "words":
        return None if parse_amount(value) is None else plain(value)
    if sort == "date":
        return iso_date(value)
    if sort == "time":
        return next((each.value for each in printed_times(value)), None)
    if sort == "currency":
        return squeeze(value).upper() if re.fullmatch(r"[A-Za-z]{3}", squeeze(value)) else None
    if sort == "figures":
        return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", value))
    return plain(value)


def means_same(sort: Sort, one: str, other: str) -> bool:
    """Whether two values of that sort mean the same; of two names one may be the longer form."""
    if sort in ("money", "words"):
        amount = parse_amount(one)
        return amount is not None and amount == parse_amount(other)
    if sort != "text":
        plain_one = normal(one, sort)
        return plain_one is not None and plain_one == normal(other, sort)
    bare, other_bare = sorted((_bare(one)[0], _bare(other)[0]), key=len)
    longer = len(bare) >= _NAME_LENGTH_MIN and not re.search(r"\d", bare) and bare in other_bare
    return bool(bare) and (bare == other_bare or longer)


NOWHERE: Final = Pointer()


def ground(
    value: str, sort: Sort, spots: Sequence[Spot], pointer: Pointer = NOWHERE
) -> Ground | None:
    """Where the value stands, None where it does not.

    Lines count before rows of them, and those before what has no number. Of several places: the
    one cited, else the one nearest to the box, else the first, not firm. A hint is given only
    where the value stands nowhere as it is.
    """
    if normal(value, sort) is None:
        return None
    tiers = _tiers(spots, sort, pointer)
    for find, hint in ((_FINDERS[sort], False), (_HINTS.get(sort), True)):
        if find is None:
            continue
        for tier in tiers:
            found = [Ground(each, spot, hint=hint) for spot in tier for each in find(value, spot)]
            if found:
                return _chosen(found, pointer)
    return None


def _tiers(spots: Sequence[Spot], sort: Sort, pointer: Pointer) -> tuple[list[Spot], ...]:
    lines = [spot for spot in spots if len(spot.numbers) == 1]
    # Figures of two lines side by side never make one number.
    wide = [spot for spot in spots if len(spot.numbers) > 1] if sort in _JOINABLE else []
    if sort == "text":
        wide += _cited_together(lines, pointer)
    return lines, wide, [spot for spot in spots if not spot.numbers]


def _cited_together(lines: Sequence[Spot], pointer: Pointer) -> Iterator[Spot]:
    """Lines cited together, as one text: a name may be broken over them."""
    cited = [spot for spot in lines if set(spot.numbers) & set(pointer.numbers)]
    if 2 <= len(cited) <= LINES_JOINED_MAX and len({spot.page for spot in cited}) == 1:
        numbers = tuple(number for spot in cited for number in spot.numbers)
        text = " ".join(spot.text for spot in cited)
        yield Spot(cited[0].page, text, around(spot.box for spot in cited), numbers)


def _chosen(found: list[Ground], pointer: Pointer) -> Ground:
    cited = [each for each in found if set(each.spot.numbers) & set(pointer.numbers)]
    if cited:
        return cited[0] if _places(cited) == 1 else _nearest(cited, pointer) or _unsure(cited[0])
    if _places(found) == 1:
        # The only place, though another was cited: it may be another thing of the same value.
        return _unsure(found[0]) if pointer.numbers else found[0]
    return _nearest(found, pointer) or _unsure(found[0])


def _places(found: Sequence[Ground]) -> int:
    return len({(each.spot.page, each.spot.box) for each in found})


def _unsure(one: Ground) -> Ground:
    return Ground(one.value, one.spot, firm=False, hint=one.hint)


def _nearest(found: list[Ground], pointer: Pointer) -> Ground | None:
    if pointer.box is None:
        return None
    x, y = pointer.box.centre
    here = [each for each in found if pointer.page in (None, each.spot.page)]
    if not here:
        return None

    def distance(each: Ground) -> float:
        at_x, at_y = each.spot.box.centre
        return (at_x - x) ** 2 + (at_y - y) ** 2

    return min(here, key=distance)


# --- one finder for each sort: the values in a text that mean the same ----------------------------


def _money(value: str, spot: Spot) -> Iterator[str]:
    """Printed with decimals, or marked as money: a bare 27 may be anything but 27.00."""
    wanted = parse_amount(value)
    text = narrow(spot.text)
    for match in _AMOUNT.finditer(text):
        points: tuple[Point, ...] = (".", ",")
        read = {parse_amount(match["n"], point) for point in points} | {parse_amount(match["n"])}
        signed = bool(match["sign"] or match["after"])
        same = any(each is not None and (-each if signed else each) == wanted for each in read)
        marked = bool(match["mark"] or match["unit"]) or "." in match["n"] or "," in match["n"]
        bare = not re.search(r"[.,]\d{1,2}\D*$", value)
        if same and (marked or bare) and wanted is not None:
            yield money_text(wanted)
            return


def _in_words(value: str, spot: Spot) -> Iterator[str]:
    wanted = parse_amount(value)
    if wanted is None:
        return
    for match in _WORDS.finditer(unicodedata.normalize("NFKC", spot.text)):
        text = match[0].strip()
        if parse_amount(text) == wanted:
            yield text
            return


def _date(value: str, spot: Spot) -> Iterator[str]:
    wanted = iso_date(value)
    found: Iterable[Moment] = printed_dates(spot.text, None)
    if wanted and any(each.value == wanted for each in found):
        yield wanted


def _date_either_way(value: str, spot: Spot) -> Iterator[str]:
    wanted = iso_date(value)
    found = (*printed_dates(spot.text, "dmy"), *printed_dates(spot.text, "mdy"))
    if wanted and any(each.value == wanted for each in found):
        yield wanted


def _time(value: str, spot: Spot) -> Iterator[str]:
    wanted = normal(value, "time")
    if wanted and any(each.value == wanted for each in printed_times(spot.text)):
        yield wanted


def _figures(value: str, spot: Spot) -> Iterator[str]:
    wanted = normal(value, "figures") or ""
    if any(run == wanted for run in _runs(spot.text, len(wanted))):
        yield wanted


def _figures_alike(value: str, spot: Spot) -> Iterator[str]:
    wanted = (normal(value, "figures") or "").translate(_LOOKALIKES)
    if len(wanted) >= 4 and any(
        run.translate(_LOOKALIKES) == wanted for run in _runs(spot.text, len(wanted))
    ):
        yield normal(value, "figures") or ""


def _runs(text: str, length: int) -> Iterator[str]:
    """Whole groups of letters and digits of that length together, gaps and hyphens left out."""
    text = unicodedata.normalize("NFKC", text)
    groups = list(_TOKENS.finditer(text))
    for first, group in enumerate(groups):
        run, end = group[0], group.end()
        yield run
        yield _NUMBER_MARK.sub("", run)
        for other in groups[first + 1 :]:
            if len(run) >= length or not _JOINTS.fullmatch(text[end : other.start()]):
                break
            run, end = run + other[0], other.end()
            yield run


def _currency(value: str, spot: Spot) -> Iterator[str]:
    code = normal(value, "currency") or ""
    pattern = _CURRENCIES.get(code, rf"\b{re.escape(code)}\b")
    if code and re.search(pattern, spot.text):
        yield code


def _text(value: str, spot: Spot) -> Iterator[str]:
    """The same words, whole: cut at the ends of the line, at signs, or behind a label."""
    wanted = _bare(value)[0]
    if len(wanted) < 2 and not wanted.isdigit():
        return
    bare, places = _bare(spot.text)
    at = bare.find(wanted)
    while at >= 0:
        start, end = places[at], places[at + len(wanted) - 1] + 1
        if _is_whole(spot.text, start, end):
            # A bracket at the end has no letters, but is of the name where the name has one.
            closed = end < len(spot.text) and value.rstrip()[-1] in _CLOSING
            yield plain(spot.text[start : end + (closed and spot.text[end] in _CLOSING)])
            return
        at = bare.find(wanted, at + 1)


@lru_cache(maxsize=4_096)
def _bare(text: str) -> tuple[str, tuple[int, ...]]:
    """Letters and digits only, narrow and without case, with the signs between two digits; and
    where in the text each one stands."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        between = text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()
        for each in unicodedata.normalize("NFKC", character).casefold():
            if each.isalnum() or (between and not each.isspace()):
                kept.append(each)
                places.append(place)
    return "".join(kept), tuple(places)


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    begins = not before or bool(_EDGE.match(before[-1])) or bool(_LABEL_END.search(before))
    ends = not after.strip() or bool(_EDGE.match(after[0]))
    return begins and ends


_FINDERS: Final[dict[Sort, Callable[[str, Spot], Iterator[str]]]] = {
    "money": _money,
    "words": _in_words,
    "date": _date,
    "time": _time,
    "figures": _figures,
    "currency": _currency,
    "text": _text,
}
_HINTS: Final[dict[Sort, Callable[[str, Spot], Iterator[str]]]] = {
    "date": _date_either_way,
    "figures": _figures_alike,
}
