"""What the structured data of an XML, OFD or PDF says: candidates, items and the kind.

Input is `Parsed.data`: values by path, as the parsers flattened them. Three vocabularies are known
[found in public samples]: the 数电票 XML (`EInvoice`), the e-invoice schema inside OFD
(`InvoiceNo`, `TaxInclusiveTotalAmount`, ...), and the XBRL of rail e-tickets (`rai:`). Every
source gives its own candidates: where two sources in one file differ, agreement shall see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Evidence, Item

# The last name of a path, without a count, to the field. Names of one vocabulary do not mean
# anything else in another, so one table serves all.
_FIELDS = {
    # 数电票 XML, and the information of a 数电票 PDF
    "EIid": "number",
    "InvoiceNumber": "number",
    "IssueTime": "date",
    "TotalAmWithoutTax": "amount",
    "TotalTaxAm": "tax",
    "TotalTax-includedAmount": "total",
    "TotalTaxIncludedAmount": "total",
    "TotalTax-includedAmountInChinese": "total_cn",
    "SellerName": "seller_name",
    "SellerIdNum": "seller_tax_id",
    "BuyerName": "buyer_name",
    "BuyerIdNum": "buyer_tax_id",
    # e-invoice schema of 2016 and 2019 (OFD attachments and custom tags)
    "InvoiceNo": "number",
    "InvoiceCode": "code",
    "IssueDate": "date",
    "InvoiceCheckCode": "check_code",
    "TaxExclusiveTotalAmount": "amount",
    "TaxTotalAmount": "tax",
    "TaxInclusiveTotalAmount": "total",
    "SellerTaxID": "seller_tax_id",
    "BuyerTaxID": "buyer_tax_id",
    # named values of OFD.xml
    "发票号码": "number",
    "发票代码": "code",
    "开票日期": "date",
    "校验码": "check_code",
    "合计金额": "amount",
    "合计税额": "tax",
    "价税合计": "total",
    "购买方名称": "buyer_name",
    "购买方纳税人识别号": "buyer_tax_id",
    "销售方名称": "seller_name",
    "销售方纳税人识别号": "seller_tax_id",
    # XBRL of the rail e-ticket
    "ElectronicInvoiceRailwayETicketNumber": "number",
    "DateOfIssue": "date",
    "Fare": "total",
    "TotalAmountExcludingTax": "amount",
    "NameOfPurchaser": "buyer_name",
    "UnifiedSocialCreditCodeOfPurchaser": "buyer_tax_id",
    "TrainNumber": "train",
    "DepartureStation": "from",
    "DestinationStation": "to",
}
_RAIL_ONLY = {"TaxAmount": "tax", "Name": "passenger"}
_MONEY = {"amount", "tax", "total"}
_ITEM_HOLDERS = ("IssuItemInformation", "GoodsInfo")
_ITEM_FIELDS = {
    "ItemName": "name",
    "SpecMod": "model",
    "MeaUnits": "unit",
    "Quantity": "quantity",
    "UnPrice": "price",
    "Amount": "amount",
    "TaxRate": "rate",
    "ComTaxAm": "tax",
    "Item": "name",
    "Specification": "model",
    "MeasurementDimension": "unit",
    "Price": "price",
    "TaxScheme": "rate",
    "TaxAmount": "tax",
}
_COUNT = re.compile(r"\[\d+\]")
_DATE = re.compile(r"(\d{4})\s*[年/.\-]?\s*(\d{1,2})\s*[月/.\-]?\s*(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6}|\d{9})?$")
_EXEMPT = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class NativeReading:
    """What the structured data says. `kind` is None where the data are not an invoice's."""

    kind: str | None
    candidates: tuple[Candidate, ...]
    items: tuple[Item, ...]


def read_native(data: Mapping[str, Any] | None, *, page: int = 1) -> NativeReading:
    """Read `Parsed.data`. Pure. Data without a number or an amount give no reading at all."""
    sources = list(data.get("sources", ())) if data else []
    candidates: list[Candidate] = []
    items: tuple[Item, ...] = ()
    for source in sources:
        values = [(str(path), str(text)) for path, text in source["values"]]
        rail = _is_rail(values)
        candidates += _candidates(values, rail, page)
        # The first source that has items; they are not mixed, for rows could not be matched.
        items = items or _items(values)
    candidates = _distinct(candidates)
    names = {candidate.name for candidate in candidates}
    if "number" not in names and not names & _MONEY:
        return NativeReading(None, (), ())
    values = [(str(p), str(t)) for source in sources for p, t in source["values"]]
    kind, title = _kind(values, candidates)
    if title and "type" not in names:
        candidates.append(_candidate("type", title, title, page))
        if title.startswith("电子发票") and "title" not in names:
            candidates.append(_candidate("title", title, title, page))
    if names & _MONEY:
        candidates.append(_candidate("currency", "CNY", "", page))
    return NativeReading(kind, tuple(candidates), items)


def _candidates(values: list[tuple[str, str]], rail: bool, page: int) -> list[Candidate]:
    found: list[Candidate] = []
    for path, text in values:
        parts = _COUNT.sub("", path).split("/")
        if any(holder in parts[:-1] for holder in _ITEM_HOLDERS):
            continue
        leaf = re.sub(r"[\s、，,:：]", "", parts[-1])
        name = _FIELDS.get(leaf) or (_RAIL_ONLY.get(leaf) if rail else None)
        value = _normal(name, text) if name else None
        if name and value:
            found.append(_candidate(name, value, text, page))
    if rail and (departure := _departure(values)):
        found.append(_candidate("departure", departure, departure, page))
    if rail and (seat := _seat(values)):
        found.append(_candidate("seat", seat, seat, page))
    if not any(c.name == "date" for c in found):
        # The time of asking for the invoice: a 数电票 is issued on the same day.
        asked = [_date(text) for path, text in values if path.endswith("RequestTime")]
        found += [_candidate("date", day, day, page) for day in asked[:1] if day]
    return found


def _candidate(name: str, value: str, text: str, page: int) -> Candidate:
    return Candidate(name, value, Evidence(page=page, box=None, source="native", text=text))


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each value of a field once, first seen first."""
    return list({(c.name, c.value): c for c in reversed(list(candidates))}.values())[::-1]


def _items(values: list[tuple[str, str]]) -> tuple[Item, ...]:
    """Line items: elements that hold one each, or (custom tags of 数电票) repeated leaves, which
    are only taken where every column has as many rows."""
    rows: dict[str, dict[str, str]] = {}
    for path, text in values:
        holder, _, leaf = path.rpartition("/")
        if _COUNT.sub("", holder).rpartition("/")[2] in _ITEM_HOLDERS and leaf in _ITEM_FIELDS:
            rows.setdefault(holder, {}).setdefault(_ITEM_FIELDS[leaf], text)
    if not rows:
        return _items_by_column(values)
    return tuple(_item(row) for row in rows.values())


def _items_by_column(values: list[tuple[str, str]]) -> tuple[Item, ...]:
    columns: dict[str, list[str]] = {}
    for path, text in values:
        leaf = _COUNT.sub("", path).rpartition("/")[2]
        if leaf in ("Item", "Amount", "TaxScheme", "TaxAmount", "Price", "Quantity"):
            columns.setdefault(_ITEM_FIELDS[leaf], []).append(text)
    names = columns.get("name", [])
    whole = {name: texts for name, texts in columns.items() if len(texts) == len(names)}
    return tuple(
        _item({name: texts[row] for name, texts in whole.items()}) for row in range(len(names))
    )


def _item(row: Mapping[str, str]) -> Item:
    amounts = {name: _money(row[name]) or row[name] for name in ("amount", "tax") if name in row}
    figures = {name: _figure(row[name]) for name in ("quantity", "price") if name in row}
    rate = {"rate": _rate(row["rate"])} if "rate" in row else {}
    return Item.model_validate({**row, **amounts, **figures, **rate})


def _kind(values: list[tuple[str, str]], candidates: list[Candidate]) -> tuple[str, str | None]:
    """The kind and the type's name as the standard titles write it."""
    if _is_rail(values):
        return "rail_e_ticket", "电子发票（铁路电子客票）"
    codes = {c.value for c in candidates if c.name == "code"}
    numbers = {c.value for c in candidates if c.name == "number"}
    label = " ".join(
        text
        for path, text in values
        if path.endswith(("LabelName", "InvoiceType", "TypeOfVoucher"))
    )
    special = "专用" in label
    general = "普通" in label
    if any(len(number) == 20 for number in numbers) and not codes:
        if special or general:
            inner = "增值税专用发票" if special else "普通发票"
            return "digital_invoice", f"电子发票（{inner}）"
        return "digital_invoice", None
    # The kind of a 增值税电子 invoice stands in its code: 12 digits, from 0 (DOMAIN, numbers); the
    # last two digits are 11 for ordinary and 12 for toll ones, 13 for special ones.
    if special or any(len(code) == 12 and code.endswith("13") for code in codes):
        return "vat_special_invoice", "增值税电子专用发票"
    ordinary = any(len(code) == 12 and code.endswith(("11", "12")) for code in codes)
    return "vat_e_invoice", "增值税电子普通发票" if general or ordinary else None


def _is_rail(values: list[tuple[str, str]]) -> bool:
    return any(path.rpartition("/")[2].startswith("ElectronicInvoiceRailway") for path, _ in values)


def _departure(values: list[tuple[str, str]]) -> str | None:
    """The day of travel, with the time of departure where it is given: `2026-03-18T08:05`."""
    leaves = {path.rpartition("/")[2]: text for path, text in values}
    day = _date(leaves.get("TravelDate", ""))
    time = re.match(r"(\d{1,2}):(\d{2})", leaves.get("DepartureTime", ""))
    return f"{day}T{int(time[1]):02d}:{time[2]}" if day and time else day


def _seat(values: list[tuple[str, str]]) -> str | None:
    leaves = {path.rpartition("/")[2]: text for path, text in values}
    carriage, seat = leaves.get("Carriage", ""), leaves.get("Seat", "")
    return f"{carriage}{seat}" or None


def _normal(name: str, text: str) -> str | None:
    """The value as `Candidate` wants it, or None where the text is no such value."""
    if name in _MONEY:
        return _money(text)
    if name == "date":
        return _date(text)
    if name in ("number", "code", "check_code"):
        digits = re.sub(r"\s", "", text)
        return digits if digits.isdigit() and digits.isascii() else None
    if name in ("buyer_tax_id", "seller_tax_id"):
        compact = re.sub(r"\s", "", text).upper()
        return compact if re.fullmatch(r"[0-9A-Z]{6,24}", compact) else None
    return " ".join(text.split()) or None


def _money(text: str) -> str | None:
    """`¥1,234.5` as `1234.50`; `***` (exempt) stays; more decimals than a cent are no amount."""
    compact = re.sub(r"[¥￥,，\s元]", "", text)
    if _EXEMPT.fullmatch(compact):
        return "***"
    amount = _decimal(compact)
    if amount is None or amount != amount.quantize(Decimal("0.01")):
        return None
    return f"{amount:.2f}"


def _decimal(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,20})?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _figure(text: str) -> str:
    """A quantity or price as printed, without separators."""
    compact = re.sub(r"[,，\s¥￥]", "", text)
    return compact if _decimal(compact) is not None else text.strip()


def _rate(text: str) -> str:
    """`0.13`, `0.130000` and `13%` as `13%`; words such as 免税 and `***` stay."""
    compact = text.strip()
    share = _decimal(compact.rstrip("%"))
    if share is None:
        return compact
    if not compact.endswith("%"):
        # A bare figure below 1 is a share (0.13), from 1 on it is per cent already (13).
        share = share * 100 if abs(share) < 1 else share
    return f"{share.normalize():f}%"


def _date(text: str) -> str | None:
    match = _COMPACT_DATE.match(text.strip()) or _DATE.match(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None
