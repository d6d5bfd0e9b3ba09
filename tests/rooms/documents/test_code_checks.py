"""A QR code that disagrees with the print is never passed over, whatever its kind."""

from __future__ import annotations

from yuepi.documents.code_checks import check_codes
from yuepi.documents.kinds import kind_named
from yuepi.documents.readers.codes import read_codes
from yuepi.documents.reading import Field
from yuepi.kit.boxes import WHOLE
from yuepi.sight.sighting import Code


def findings(text: str, **printed: str | None):
    fields = {
        name: Field(value=value, status="single" if value else "missing", confidence=0.9)
        for name, value in printed.items()
    }
    codes = [each for each in read_codes(1, (Code(text, "QRCode", WHOLE),)) if each.claims_invoice]
    assert codes, "the code must claim to be an invoice's"
    return [(f.code, f.severity) for f in check_codes(kind_named("vat_e_invoice"), fields, codes)]


def code(kind: str = "10", amount: str = "38.65") -> str:
    return f"01,{kind},012001900211,61876678,{amount},20191118,83454623591883368905,"


def test_an_amount_that_is_neither_printed_one_is_an_error():
    assert findings(code(), amount="342.04", total="386.50") == [("qr_differs", "error")]


def test_an_amount_that_may_be_the_unread_one_is_a_warning():
    assert findings(code(), amount=None, total="386.50") == [("qr_differs", "warning")]


def test_an_amount_that_is_one_of_the_two_is_fine():
    assert findings(code(amount="342.04"), amount="342.04", total="386.50") == []
    assert findings(code(amount="386.50"), amount="342.04", total="386.50") == []


def test_a_code_of_another_kind_is_an_error():
    assert findings(code(kind="04", amount="386.50"), amount="342.04", total="386.50") == [
        ("qr_differs", "error")
    ]


def test_a_code_that_begins_like_an_invoices_and_is_none_is_noticed():
    text = "01,10,,26117000000000000001,9.99,20260302,,"
    assert findings(text, amount="342.04", total="386.50") == [("qr_malformed", "warning")]
