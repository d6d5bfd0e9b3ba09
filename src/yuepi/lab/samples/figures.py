"""Numbers on invoices: amounts in cents, amounts in words, codes with their checks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_TAX_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CIPHER = "0123456789+-*/<>"
EXEMPT = "***"


def cents(value: Decimal) -> Decimal:
    """Rounded half up to cents, as invoices do."""
    return value.quantize(CENT, ROUND_HALF_UP)


def in_words(amount: Decimal, yuan: str = "圆") -> str:
    """A positive amount as 大写, e.g. 325.04 → 叁佰贰拾伍圆零肆分; below 1e12."""
    whole, part = divmod(int(cents(amount) * 100), 100)
    words = _whole_in_words(whole) + yuan if whole else ""
    tenth, hundredth = divmod(part, 10)
    if tenth:
        words += _DIGITS[tenth] + "角"
    elif hundredth and whole:
        words += "零"
    if hundredth:
        words += _DIGITS[hundredth] + "分"
    return words if hundredth else words + "整"


def _whole_in_words(whole: int) -> str:
    groups = [(whole // 10**8, "亿"), (whole // 10**4 % 10**4, "万"), (whole % 10**4, "")]
    words = ""
    for value, unit in groups:
        if not value:
            continue
        # A gap between the groups is spoken as one 零.
        zero = "零" if words and (value < 1000 or words.endswith("零")) else ""
        words += zero.replace("零零", "零") + _thousands(value) + unit
    return words


def _thousands(value: int) -> str:
    words, gap = "", False
    for power, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = value // power % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return words


def tax_id(dice: random.Random, region: str) -> str:
    """A valid 统一社会信用代码 (GB 32100-2015) of a company in a region of 4 digits."""
    body = (
        f"91{region}{dice.randint(1, 29):02d}"
        + "MA"
        + "".join(dice.choice(_TAX_ALPHABET) for _ in range(7))
    )
    return body + check_character(body)


def check_character(body: str) -> str:
    """The 18th character for the first 17 (GB 32100-2015)."""
    weighed = sum(_TAX_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _TAX_ALPHABET[(31 - weighed % 31) % 31]


def code_text(kind: str, code: str, number: str, amount: str, on: date, check: str) -> str:
    """The text of an invoice's QR code, with its CRC, and the comma that most of them end in."""
    head = f"01,{kind},{code},{number},{amount},{on:%Y%m%d},{check},"
    return f"{head}{crc16(head.encode('ascii')):04X},"


def crc16(data: bytes) -> int:
    """CRC-16, polynomial 0x8005, initial 0, most significant bit first, no final xor."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = ((value << 1) ^ 0x8005) & 0xFFFF if value & 0x8000 else value << 1
    return value


def digits(dice: random.Random, count: int) -> str:
    """`count` random digits."""
    return "".join(dice.choice("0123456789") for _ in range(count))


def cipher(dice: random.Random) -> list[str]:
    """The four lines of a 密码区."""
    return ["".join(dice.choice(_CIPHER) for _ in range(28)) for _ in range(4)]


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an invoice. Amounts are before tax; `rate` None is exempt (免税)."""

    name: str
    model: str
    unit: str
    quantity: int | None
    price: Decimal | None
    amount: Decimal
    rate: Decimal | None
    tax: Decimal

    @property
    def rate_text(self) -> str:
        return "免税" if self.rate is None else f"{self.rate * 100:.0f}%"

    @property
    def tax_text(self) -> str:
        return EXEMPT if self.rate is None else str(self.tax)

    @property
    def price_text(self) -> str:
        return "" if self.price is None else trimmed(self.price)

    def as_item(self) -> dict[str, str]:
        """The line as a reading would hold it; blanks are left out."""
        every = {
            "name": self.name,
            "model": self.model,
            "unit": self.unit,
            "quantity": "" if self.quantity is None else str(self.quantity),
            "price": self.price_text,
            "amount": str(self.amount),
            "rate": self.rate_text,
            "tax": self.tax_text,
        }
        return {key: value for key, value in every.items() if value}


def trimmed(price: Decimal) -> str:
    """A price without idle zeros, but with at least two decimals."""
    text = f"{price:f}".rstrip("0") if "." in f"{price:f}" else f"{price:f}.00"
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"


def charge(
    name: str, model: str, unit: str, quantity: int | None, gross: Decimal, rate: Decimal | None
) -> Charge:
    """A line that costs `gross` with tax: the split that tax software makes, in cents."""
    factor = 1 + (rate or Decimal(0))
    amount = cents(gross / factor)
    price = None
    if quantity:
        price = (gross / factor / quantity).quantize(Decimal("0.00000001"), ROUND_HALF_UP)
        if cents(price) * quantity == amount:
            price = cents(price)
    return Charge(name, model, unit, quantity, price, amount, rate, gross - amount)


def sums(charges: list[Charge]) -> tuple[Decimal, Decimal, Decimal]:
    """Amount, tax and total over all lines."""
    amount = sum((each.amount for each in charges), Decimal(0))
    tax = sum((each.tax for each in charges), Decimal(0))
    return amount, tax, amount + tax


def tax_sum_text(charges: list[Charge], tax: Decimal) -> str:
    """The tax as printed in the 合计 row: `***` when every line is exempt."""
    return EXEMPT if all(each.rate is None for each in charges) else str(tax)
