"""Foreign invoices: English, A4, with a table of lines, tax and a due date."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, GREY, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, issued

_WIDTH, _HEIGHT = 595.0, 842.0
_SELLERS = (
    ("Brightwater Software Ltd", "14 Quay Street, Bristol, United Kingdom", "GBP", "GB"),
    ("Halden Print Works GmbH", "Lindenweg 8, Leipzig, Germany", "EUR", "DE"),
    ("Cedar Ridge Consulting LLC", "400 Pine Avenue, Denver, CO, USA", "USD", "US"),
    ("Nordkyst Hosting AS", "Strandgata 21, Bergen, Norway", "EUR", "NO"),
)
_BUYERS = (
    "Lantern Field Studio",
    "Orchid Bay Trading Co.",
    "Westmoor Analytics",
    "Pacific Kite Ltd",
)
_WORK = (
    ("Consulting hours", 80, 160),
    ("Annual software licence", 120, 900),
    ("Cloud hosting, monthly", 20, 240),
    ("Printed brochures, box", 35, 90),
    ("On-site training day", 400, 950),
    ("Support plan", 60, 300),
)
_ACCENTS: tuple[Ink, ...] = ((32, 84, 147), (20, 110, 90), (120, 40, 60), (60, 60, 70))
_EDGES = ((50, "left"), (350, "right"), (445, "right"), (545, "right"))


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `invoice`."""
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    name, address, currency, country = dice.choice(_SELLERS)
    lines = [
        (work, dice.randint(1, 8), Decimal(dice.randint(low * 4, high * 4)) / 4 + Decimal("0.00"))
        for work, low, high in dice.sample(_WORK, dice.randint(1, 5))
    ]
    percent = dice.choice((0, 10, 19, 20, 25))
    amount = sum((price * count for _, count, price in lines), Decimal(0))
    tax = cents(amount * percent / 100)
    truth = {
        "type": "Invoice",
        "title": dice.choice(("INVOICE", "TAX INVOICE", "Invoice")),
        "number": wishes.number or f"{dice.choice(('INV-', '', 'R', '2026-'))}{digits(dice, 6)}",
        "date": day.isoformat(),
        "buyer_name": wishes.buyer.name if wishes.buyer else dice.choice(_BUYERS),
        "seller_name": name,
        "seller_tax_id": f"{country}{digits(dice, 9)}",
        "amount": str(cents(amount)),
        "tax": str(tax),
        "total": str(cents(amount + tax)),
        "currency": currency,
    }
    sheet = Sheet(_WIDTH, _HEIGHT, WHITE)
    accent = dice.choice(_ACCENTS)
    _head(sheet, truth, address, day, dice, accent)
    y = _table(sheet, lines, accent)
    rows = [("Subtotal", truth["amount"]), (f"VAT {percent}%", truth["tax"])]
    for label, value in rows:
        sheet.text(445, y, label, 10, "Helvetica", GREY, "right")
        sheet.text(545, y, value, 10, "Helvetica", BLACK, "right")
        y += 18
    sheet.line(360, y - 10, 545, y - 10, accent, 1)
    sheet.text(445, y + 6, f"Total ({currency})", 12, "Helvetica-Bold", BLACK, "right")
    sheet.text(545, y + 6, f"{Decimal(truth['total']):,}", 12, "Helvetica-Bold", BLACK, "right")
    sheet.text(
        50,
        770,
        f"IBAN {country}{digits(dice, 2)} {digits(dice, 4)} {digits(dice, 4)}",
        9,
        "Helvetica",
        GREY,
    )
    sheet.text(
        50, 784, "Please pay within 30 days and give the invoice number.", 9, "Helvetica", GREY
    )
    items = [
        {"name": n, "quantity": str(c), "price": str(p), "amount": str(p * c)} for n, c, p in lines
    ]
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)


def _head(
    sheet: Sheet, truth: dict[str, str], address: str, day: date, dice: random.Random, accent: Ink
) -> None:
    sheet.fill(0, 0, _WIDTH, 10, accent)
    sheet.text(50, 64, truth["seller_name"], 17, "Helvetica-Bold", accent)
    sheet.text(50, 82, address, 9.5, "Helvetica", GREY)
    sheet.text(50, 96, f"VAT ID: {truth['seller_tax_id']}", 9.5, "Helvetica", GREY)
    sheet.text(545, 66, truth["title"], 22, "Helvetica", BLACK, "right")
    due = day + timedelta(days=30)
    style = dice.choice(("%d %B %Y", "%Y-%m-%d", "%B %d, %Y"))
    rows = (
        ("Invoice No.", truth["number"]),
        ("Invoice date", f"{day:{style}}"),
        ("Due date", f"{due:{style}}"),
    )
    for i, (label, value) in enumerate(rows):
        sheet.text(430, 142 + i * 16, label, 10, "Helvetica", GREY, "right")
        sheet.text(440, 142 + i * 16, value, 10, "Helvetica", BLACK)
    sheet.text(50, 142, "Bill to:", 10, "Helvetica", GREY)
    sheet.text(50, 158, truth["buyer_name"], 11, "Helvetica-Bold")


def _table(sheet: Sheet, lines: list[tuple[str, int, Decimal]], accent: Ink) -> float:
    """The lines from a fixed height down; returns where the sums begin."""
    sheet.fill(44, 226, 551, 246, accent)
    for (x, align), head in zip(
        _EDGES, ("Description", "Qty", "Unit price", "Amount"), strict=True
    ):
        sheet.text(x, 240, head, 10, "Helvetica-Bold", WHITE, align)
    y = 264.0
    for name, count, price in lines:
        cells = (name, str(count), f"{price:,}", f"{price * count:,}")
        for (x, align), cell in zip(_EDGES, cells, strict=True):
            sheet.text(x, y, cell, 10, "Helvetica", BLACK, align)
        sheet.line(44, y + 7, 551, y + 7, (215, 215, 215), 0.5)
        y += 22
    return y + 16
