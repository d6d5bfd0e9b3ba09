"""Foreign invoices: numbers, dates in words, net and gross, who sells and who buys."""

import pytest

from yuepi.documents.kinds.invoice import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line


def view(*rows: str) -> View:
    """Rows of `text@x` cells, x in hundredths of the page."""
    lines = []
    for number, row in enumerate(rows):
        y = 0.03 + number * 0.025
        for cell in row.split("|"):
            text, _, x = cell.partition("@")
            left = int(x or 10) / 100
            lines.append(Line(text, Box(left, y, left + 0.008 * len(text), y + 0.014)))
    return View(page=1, source="native", lines=tuple(lines), aspect=0.7)


def read(shown: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidate in KIND.read(shown).candidates:
        found.setdefault(candidate.name, []).append(candidate.value)
    return found


_DUTCH = view(
    "FACTUUR|Voorbeeld Handel B.V.@60",
    "Straatweg 1@60",
    "Jan Jansen|BTW NL123456789B01@60",
    "Factuurnummer: 2014-0042",
    "Klantnummer: 6669263",
    "Factuurdatum: 29 maart 2014",
    "Orderdatum: 27 maart 2014",
    "Artikel|Aantal@50|Prijs@60|BTW@72|Bedrag@82",
    "Lamp 15,4''|2@50|€ 99,99@60|21%@72|€ 199,98@82",
    "Tafel|1@50|€ 2.321,00@60|21%@72|€ 2.321,00@82",
    "Exclusief BTW|€ 2.083,45@30|Subtotaal@60|€ 2.520,98@82",
    "BTW 21%|€ 437,53@30",
    "Totaal@60|€ 2.520,98@82",
)
_ENGLISH = view(
    "Ann Example|INVOICE@70",
    "# INV-0007@70",
    "Date:@60|Jan 2, 2022@75",
    "Bill To:|Ship To:@35",
    "Payment Terms:@60|Net 30@75",
    "Bob Buyer|Bob's Store@35",
    "Due Date:@60|Feb 1, 2022@75",
    "Item|Quantity@45|Rate@60|Amount@80",
    "Service A|12@45|$10.00@60|$120.00@80",
    "Subtotal:@60|$120.00@80",
    "Tax (10%):@60|$12.00@80",
    "Total:@60|$132.00@80",
)


def test_dutch() -> None:
    assert read(_DUTCH) == {
        "number": ["2014-0042"],
        "date": ["2014-03-29"],
        "seller_name": ["Voorbeeld Handel B.V."],
        "seller_tax_id": ["NL123456789B01"],
        "amount": ["2083.45"],
        "tax": ["437.53"],
        "total": ["2520.98"],
        "currency": ["EUR"],
    }


def test_dutch_lines() -> None:
    assert [(i.name, i.quantity, i.price, i.rate, i.amount) for i in KIND.read(_DUTCH).items] == [
        ("Lamp 15,4''", "2", "99.99", "21%", "199.98"),
        ("Tafel", "1", "2321.00", "21%", "2321.00"),
    ]


def test_english() -> None:
    assert read(_ENGLISH) == {
        "number": ["INV-0007"],
        "date": ["2022-01-02"],
        "buyer_name": ["Bob Buyer"],
        "seller_name": ["Ann Example"],
        "amount": ["120.00"],
        "tax": ["12.00"],
        "total": ["132.00"],
        "currency": ["USD"],
    }


def test_guesses_are_not_firm() -> None:
    firm = {c.name: c.firm for c in KIND.read(_ENGLISH).candidates}
    assert not firm["currency"]
    assert not firm["seller_name"]
    assert firm["total"]


def test_german() -> None:
    shown = view(
        "Muster GmbH",
        "Rechnung",
        "Rechnungsnummer: 2023/17",
        "Rechnungsdatum: 04.03.2023",
        "USt-IdNr. DE123456789",
        "Netto|100,00 €@60",
        "MwSt 19 %|19,00 €@60",
        "Gesamtbetrag|119,00 €@60",
    )
    found = read(shown)
    assert found["number"] == ["2023/17"]
    assert found["date"] == ["2023-03-04"]
    assert (found["amount"], found["tax"], found["total"]) == (["100.00"], ["19.00"], ["119.00"])
    assert found["seller_tax_id"] == ["DE123456789"]
    assert found["currency"] == ["EUR"]


def test_an_order_nobody_tells_leaves_the_date_out() -> None:
    assert "date" not in read(
        view("INVOICE", "Invoice No: 12", "Date: 03/04/2022", "Total|$5.00@60")
    )


def test_number_under_its_heading() -> None:
    shown = view(
        "INVOICE", "Invoice No@10|Invoice Date@40", "A-100@10|3 May 2021@40", "Total|£5.00@60"
    )
    found = read(shown)
    assert found["number"] == ["A-100"]
    assert found["date"] == ["2021-05-03"]


def test_two_tax_numbers_without_an_owner_are_none() -> None:
    shown = view("INVOICE", "VAT NL123456789B01|VAT DE123456789@60", "Total|€5.00@60")
    assert "seller_tax_id" not in read(shown)


def test_different_totals_are_all_given() -> None:
    found = read(view("INVOICE", "Invoice No: 12", "Total|£5.00@60", "Amount due|£6.00@60"))
    assert sorted(found["total"]) == ["5.00", "6.00"]


def test_likeness() -> None:
    assert KIND.likeness(_DUTCH) > 0.8
    assert KIND.likeness(_ENGLISH) > 0.8


@pytest.mark.parametrize(
    "rows",
    [
        ("CONSTRUCTION CONTRACT", "The contractor shall invoice monthly.", "Total price 5,000.00"),
        ("MENU", "Soup|5.00@60", "Total of three courses|25.00@60"),
        ("FAX COVER", "TO: A", "FROM: B", "Total pages 3"),
        ("电子发票（普通发票）", "发票号码：12345678901234567890", "INVOICE Total 5.00"),
        (
            "TAX INVOICE",
            "Cashier ANA",
            "GST 6%|1.00@60",
            "Total|20.00@60",
            "Cash:|20.00@60",
            "Qty 1",
        ),
    ],
)
def test_other_papers_are_no_invoices(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(*rows)) < 0.5
