"""Which currency a document is in: by its marks, else by where the seller is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.view import Hit, View

_FIGURE: Final = r"\s?-?\d"
_MARKS: Final = {
    "MYR": rf"(?<![A-Za-z])RM{_FIGURE}|\(\s?RM\s?\)|\bMYR\b|\bRM\b\s*$",
    "SGD": rf"(?<![A-Za-z])S\${_FIGURE}|\bSGD\b",
    "HKD": rf"HK\${_FIGURE}|\bHKD\b",
    "TWD": rf"NT\${_FIGURE}|\bTWD\b",
    "USD": rf"US\s?\${_FIGURE}|\bUSD\b",
    "AUD": rf"(?<![A-Za-z])AU?\${_FIGURE}|\bAUD\b",
    "CAD": rf"(?<![A-Za-z])CA?\${_FIGURE}|\bCAD\b",
    "NZD": rf"NZ\${_FIGURE}|\bNZD\b",
    "EUR": r"€|\bEUR\b",
    "GBP": r"£|￡|\bGBP\b",
    "CHF": r"\bCHF\b",
    "INR": r"₹|\bINR\b",
    "THB": r"฿|\bTHB\b",
    "KRW": r"₩|\bKRW\b",
    "VND": r"₫|\bVND\b",
    "IDR": rf"\bIDR\b|(?<![A-Za-z])Rp\.?{_FIGURE}",
    "PHP": r"₱|\bPHP\b",
    "SEK": r"\bSEK\b",
    "NOK": r"\bNOK\b",
    "DKK": r"\bDKK\b",
    "PLN": r"\bPLN\b",
}
_YUAN: Final = r"[¥￥]|人民币|\bRMB\b|\bCNY\b|\d\s*元"
_PLACES: Final = {
    "MYR": r"(?i)\bSDN\.?\s*BHD|MALAYSIA|KUALA\s*LUMPUR|SELANGOR|\bJOHOR\b|PULAU\s*PINANG"
    r"|\bSST\b.*\bNo",
    "SGD": r"(?i)\bSINGAPORE\b|\bPTE\.?\s*LTD",
    "AUD": r"\bABN\b|(?i:\bAustralia\b)",
    "NZD": r"(?i)\bNew\s+Zealand\b",
    "CAD": r"(?i:\bCanada\b)|\bHST\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b",
    "HKD": r"(?i)\bHong\s*Kong\b|香港",
    "USD": (
        r"\b(?:AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV"
        r"|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC)\.?,?\s+\d{5}"
        r"(?:-\d{4})?\b|(?i:\bUnited\s+States\b)|\bU\.?S\.?A\.?\b"
    ),
}
_BRUNEI: Final = re.compile(r"(?i)\bBrunei\b")
_KANA: Final = re.compile(r"[\u3041-\u30fe]|円")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_BARE_DOLLAR: Final = re.compile(r"(?<![A-Za-z])\$")


@dataclass(frozen=True, slots=True)
class CurrencySeen:
    """An ISO 4217 code and what shows it. `firm` is False for a likely one that nothing states."""

    code: str
    hit: Hit
    firm: bool = True


def currency_seen(view: View, *, bare_dollar: str | None = None) -> CurrencySeen | None:
    """The one currency that the document shows, or None where there is none or several.

    bare_dollar: what a `$` means where nothing tells the country (never firm); None: nothing.
    """
    marked = _hits(view, _MARKS)
    yuan = view.first(_YUAN)
    if yuan is not None:
        if _KANA.search(view.text):
            marked["JPY"] = yuan
        elif _CHINESE.search(view.text):
            marked["CNY"] = yuan
    if marked:
        return CurrencySeen(*marked.popitem()) if len(marked) == 1 else None
    # A place alone tells the currency of a till; several places (an address abroad) tell nothing.
    placed = {} if _BRUNEI.search(view.text) else _hits(view, _PLACES)
    if len(placed) == 1:
        return CurrencySeen(*placed.popitem())
    dollar = view.first(_BARE_DOLLAR)
    if bare_dollar and dollar is not None and not placed:
        return CurrencySeen(bare_dollar, dollar, firm=False)
    return None


def _hits(view: View, patterns: dict[str, str]) -> dict[str, Hit]:
    found = {code: view.first(pattern) for code, pattern in patterns.items()}
    return {code: hit for code, hit in found.items() if hit is not None}
