"""What one page says of one field, with what supports it and why it may not be told. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.engines.ocr import amounts, pairs, tables
from yuepi.engines.ocr.amounts import Sum
from yuepi.engines.ocr.dates import find_date
from yuepi.engines.ocr.fields import Field
from yuepi.engines.ocr.id_card import is_id_card, is_id_number, read_id_card
from yuepi.engines.ocr.page import HAS_CJK, SCORE_MIN, Page, squeeze
from yuepi.engines.ocr.pairs import Hit
from yuepi.kit.boxes import Box


@dataclass(frozen=True, slots=True)
class Fact:
    """A field's value on a page; None where it cannot be told.

    why: missing, conflict (prints disagree), check (its check character is wrong) or unclear.
    label: as printed. support: what else on the page agrees. further: amounts only, the sum
    before tax where it differs from the value.
    """

    field: Field
    value: Decimal | date | str | None
    label: str = ""
    box: Box | None = None
    support: tuple[str, ...] = ()
    why: str = ""
    currency: str | None = None
    further: Decimal | None = None


_CARD_KEYS: Final = {"person", "sex", "ethnicity", "birth", "address", "id_number"}
_CODE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9\-/]{2,39}$")
_CHINESE_SHAPES: Final = {
    "invoice_number": re.compile(r"^(?:\d{8}|\d{20})$"),
    "invoice_code": re.compile(r"^(?:\d{10}|\d{12})$"),
    "check_code": re.compile(r"^\d{20}$"),
}
_RIDE: Final = re.compile(r"出租汽车|出租车|铁路|客票|上车|\btaxi\b", re.IGNORECASE)
_TIME: Final = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d)")
_TAX_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PARTY: Final = re.compile(r"^(?P<who>购|销)(?:买|售|货)?(?:方|单位)?(?:信息)?$")


def look_up(page: Page, field: Field, among: Collection[str] = ()) -> Fact:
    """The field's value on the page. `among`: the keys of all fields asked for together."""
    if field.key in _CARD_KEYS and is_id_card(page):
        entry = read_id_card(page).get(field.key)
        if entry is None:
            return Fact(field, None, why="missing")
        backed = ("check",) if entry.supported else ()
        return Fact(field, _typed(field, entry.value), "", entry.box, backed, entry.why)
    if field.kind == "amount":
        return amount_of(page, field, among)
    if field.key == "total_words":
        return _words(page, field)
    if field.kind == "date":
        day = find_date(page, field)
        return Fact(field, day.value, day.label, day.box, day.support, day.why)
    if field.key.endswith("_tax_id"):
        return _tax_id(page, field)
    if field.key in ("buyer_name", "seller_name"):
        return _party_name(page, field)
    if field.kind == "code":
        return _code(page, field)
    accept = _time if field.key in ("time", "got_on", "got_off") else _text
    return (
        _column(page, field)
        or _item(page, field)
        or _only(page, field, _first_label(page, field, accept))
    )


def _typed(field: Field, value: str | None) -> date | str | None:
    if value is not None and field.kind == "date":
        return date.fromisoformat(value)
    return value


# --- amounts -----------------------------------------------------------------------------------


def amount_of(page: Page, field: Field, among: Collection[str] = ()) -> Fact:
    """The field's value as an amount, whatever kind it is; for comparisons."""
    if field.key in ("total", "money", "net", "tax"):
        return _amount(page, field, among)
    if field.key == "fare" and _RIDE.search(page.text):
        return _amount(page, field, among)
    item = _item(page, field)
    if item is not None:
        taxed = isinstance(item.value, str) and "税" in item.value
        worth = None if taxed or not item.value else amounts.amount_in(str(item.value))
        currency = amounts.currency_on(page)
        return replace(
            item, value=worth, why="" if worth else item.why or "unclear", currency=currency
        )
    heads = tables.head_boxes(page)
    for label in field.labels:
        if any(hit.label_box in heads for hit in pairs.find(page, (label,), amounts.amount_in)):
            return Fact(field, None, why="conflict")
        found = amounts.find_labelled(page, label)
        if found.why != "missing":
            return _from_sum(field, found)
    return Fact(field, None, why="missing")


def _amount(page: Page, field: Field, among: Collection[str]) -> Fact:
    net, tax = amounts.find_net_and_tax(page)
    if field.key == "tax":
        return _from_sum(field, tax)
    # Beside a total or a tax, 金额 is the column of that name: before tax.
    is_column = field.key == "money" and bool({"total", "tax"} & set(among))
    if field.key == "net" or (is_column and net.value is not None):
        return _from_sum(field, net)
    total = amounts.find_total(page)
    fact = _from_sum(field, total)
    if field.key == "money" and net.value is not None and net.value != total.value:
        return replace(fact, further=net.value)
    return fact


def _from_sum(field: Field, found: Sum) -> Fact:
    return Fact(
        field, found.value, found.label, found.box, found.support, found.why, found.currency
    )


def _words(page: Page, field: Field) -> Fact:
    found = amounts.words_on(page)
    if not found:
        return Fact(field, None, why="missing")
    if len({text for text, _, _ in found}) > 1:
        return Fact(field, None, why="conflict")
    text, worth, piece = found[0]
    total = amounts.find_total(page)
    if worth is None or total.value != worth:
        return Fact(field, None, why="unclear" if worth is None else "conflict")
    return Fact(field, text, "大写", piece.box, ("words",) if "words" in total.support else ())


# --- texts and numbers -------------------------------------------------------------------------


def _text(text: str) -> str | None:
    clean = text.strip(" :;,，。")
    return clean or None


def _time(text: str) -> str | None:
    found = _TIME.findall(text)
    return found[0] if len(found) == 1 else None


def _code_text(text: str) -> str | None:
    joined = text.replace(" ", "").strip(".:")
    return joined if _CODE.match(joined) and re.search(r"\d", joined) else None


def _first_label(page: Page, field: Field, accept: Callable[[str], str | None]) -> list[Hit[str]]:
    """The hits of the surest label that has any."""
    for label in field.labels:
        found = {hit.box: hit for hit in pairs.find(page, (label,), accept)}
        if found:
            return list(found.values())
    return []


def _only(page: Page, field: Field, hits: list[Hit[str]]) -> Fact:
    """The one value of all hits; digits that nothing supports are not told from a doubtful line."""
    if not hits:
        return Fact(field, None, why="missing")
    if len({squeeze(hit.value) for hit in hits}) > 1:
        return Fact(field, None, why="conflict")
    hit = hits[0]
    doubtful = page.is_poor or min(each.score for each in hits) < SCORE_MIN
    if doubtful and len(hits) == 1 and re.search(r"\d", hit.value):
        return Fact(field, None, hit.label, hit.box, why="unclear")
    return Fact(field, hit.value, hit.label, hit.box, ("twice",) if len(hits) > 1 else ())


def _column(page: Page, field: Field) -> Fact | None:
    """All cells of a column, where the field's name is the head of one."""
    if field.kind != "any":
        return None
    for grid in tables.tables_of(page):
        at = tables.column_of(tuple(squeeze(label) for label in field.labels), grid.head)
        if at is None:
            continue
        cells = [row[at] for row in grid.rows]
        if grid.loose or not all(cells) or (page.is_poor and re.search(r"\d", "".join(cells))):
            return Fact(field, None, why="unclear")
        return Fact(field, "、".join(cells), grid.head[at])
    return None


_ITEM_AMOUNTS: Final = ("金额", "小计", "amount", "total")
_ITEM_PRICES: Final = ("单价", "价格", "price", "unitprice")
_ITEM_COUNTS: Final = ("数量", "qty", "quantity")
_ITEM_TAXES: Final = ("税额", "tax")
_CATEGORY: Final = re.compile(r"^\*[^*]+\*")


def _item(page: Page, field: Field) -> Fact | None:
    """What one item of a table costs; None where no item has that name.

    Told only where the row agrees with itself: price times count is the amount.
    """
    if field.kind != "any":
        return None
    names = {squeeze(label) for label in field.labels}
    for grid in tables.tables_of(page):
        if not grid.head:
            continue
        rows = [row for row in grid.rows if squeeze(_CATEGORY.sub("", row[0])) in names]
        if not rows:
            continue
        at = [tables.column_of(heads, grid.head) for heads in (_ITEM_AMOUNTS, _ITEM_PRICES)]
        if len(rows) > 1 or None in at:
            return Fact(field, None, why="conflict")
        amount, price = (amounts.amount_in(rows[0][column or 0]) for column in at)
        column = tables.column_of(_ITEM_COUNTS, grid.head)
        count = amounts.amount_in(rows[0][column]) if column and rows[0][column] else None
        if amount is None or price is None or (count or 1) * price != amount:
            return Fact(field, None, why="unclear")
        sum_text = str(amount) if count in (None, 1) else f"{price} × {count} = {amount}"
        taxed = tables.column_of(_ITEM_TAXES, grid.head)
        if taxed is None:
            return Fact(field, sum_text, rows[0][0], None, ("arithmetic",))
        # Beside a tax the amount is before it; which of the two is meant, only words can say.
        return Fact(field, f"{sum_text}（不含税）", rows[0][0], None, ("arithmetic",))
    return None


def _code(page: Page, field: Field) -> Fact:
    hits = _first_label(page, field, _code_text)
    fact = _only(page, field, hits)
    if field.key == "iban" and fact.value is not None and not is_iban(str(fact.value)):
        return Fact(field, None, fact.label, fact.box, why="check")
    stated = amounts.invoice_code(page)
    told = {"invoice_number": stated.number, "invoice_code": stated.code} if stated else {}
    code_says = told.get(field.key)
    if code_says and hits:
        if squeeze(hits[0].value) != code_says or fact.why == "conflict":
            return Fact(field, None, why="conflict")
        return Fact(field, hits[0].value, hits[0].label, hits[0].box, ("code",))
    if fact.value is None:
        return fact
    value = str(fact.value)
    if field.key == "id_number":
        if not is_id_number(value):
            return Fact(field, None, fact.label, fact.box, why="check")
        return replace(fact, value=value.upper(), support=("check",))
    shape = _CHINESE_SHAPES.get(field.key)
    if shape is not None and HAS_CJK.search(fact.label) and not shape.match(value):
        return Fact(field, None, fact.label, fact.box, why="check")
    return fact


def _tax_id(page: Page, field: Field) -> Fact:
    who = "购" if field.key.startswith("buyer") else "销"
    labels = ("纳税人识别号", "统一社会信用代码", "税号")
    hits = _of_party(page, pairs.find(page, labels, _code_text), who)
    if not hits:
        hits = _first_label(page, field, _code_text)
    fact = _only(page, field, hits)
    value = str(fact.value).upper() if fact.value else ""
    if len(value) == 18 and HAS_CJK.search(fact.label):
        if not is_tax_id(value):
            return Fact(field, None, fact.label, fact.box, why="check")
        return replace(fact, value=value, support=("check",))
    return fact


def is_iban(text: str) -> bool:
    """Whether an IBAN has the right check digits. Source: ISO 13616, ISO 7064 (mod 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_tax_id(text: str) -> bool:
    """Whether an 18-character 统一社会信用代码 has the right check. Source: GB 32100-2015."""
    if len(text) != 18 or any(sign not in _TAX_ALPHABET for sign in text):
        return False
    weighed = sum(_TAX_ALPHABET.index(sign) * pow(3, at, 31) for at, sign in enumerate(text[:17]))
    return _TAX_ALPHABET.index(text[17]) == -weighed % 31


def _party_name(page: Page, field: Field) -> Fact:
    who = "购" if field.key.startswith("buyer") else "销"
    hits = _of_party(page, pairs.find(page, ("名称",), _text), who)
    return _only(page, field, hits or _first_label(page, field, _text))


def _of_party(page: Page, hits: list[Hit[str]], who: str) -> list[Hit[str]]:
    """The hits in the block of the buyer (购) or seller (销); one place counts once."""
    found = {hit.box: hit for hit in hits if _party_at(page, hit.label_box) == who}
    return list(found.values())


def _party_at(page: Page, box: Box) -> str | None:
    """Whose block a label stands in: by the upright 购买方 or 销售方 to the left of it."""
    beside = []
    for piece in page.pieces:
        found = _PARTY.match(squeeze(piece.text))
        height = piece.box.height
        if (
            found
            and piece.box.x0 < box.x0
            and piece.box.y0 - 0.5 * height <= box.centre[1] <= piece.box.y1 + 0.5 * height
        ):
            beside.append((piece.box.x0, found["who"]))
    return max(beside)[1] if beside else None
