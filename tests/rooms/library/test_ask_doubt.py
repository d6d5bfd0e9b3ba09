"""Questions that look like others and are answered by nothing: what is denied, added up, meant of
another paper, asked of the other side or for another time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.resources.asked_shelf import Shelf, answer_of, paper, usual_shelf
from yuepi.documents.reading import Field
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.cues import denies
from yuepi.library.papers import ReadDocument

INVOICE = """INVOICE

Acme Supplies Ltd
12 Harbour Road, Leeds
Invoice No: INV-2024-118
Date: 2024-03-15
Bill To: Borealis Media GmbH

Description  Qty  Unit Price  Amount
Paper A4  10  5.00  50.00
Toner  2  100.00  200.00

Subtotal: 250.00
Tax: 50.00
Total: USD 300.00
"""
OTHER_INVOICE = (
    INVOICE.replace("118", "222")
    .replace("300.00", "912.00")
    .replace("Subtotal: 250.00", "Subtotal: 862.00")
    .replace("2024-03-15", "2024-07-19")
    .replace("Acme", "Gamma")
)
CREDIT = """CREDIT NOTE

Zenith Paper Ltd
Number: CN-2024-007
Date: 2024-05-02
Bill To: Borealis Media GmbH

Your remarks on our service are welcome at any time of the year.
Call our office on weekdays.
Office hours are nine to five.
The goods were returned in good order.
We regret the trouble that this caused you.
Please keep this note for your records.
It was written by our office.
Nothing needs to be sent back.
This note refers to invoice INV-2024-999.

Total: USD 77.00
"""


def told(question: str, shelf: Shelf) -> Done:
    return asyncio.run(answer_of(Asker(shelf, shelf, shelf), question))


def shelf_with_vouchers() -> Shelf:
    shelf = usual_shelf()
    shelf.papers["inv"] = paper("inv", "invoice-acme.pdf", INVOICE)
    shelf.papers["credit"] = paper("credit", "credit-zenith.pdf", CREDIT)
    return shelf


@pytest.mark.parametrize(
    "question",
    [
        # What is denied or left out.
        "除了远图以外的采购合同",
        "不是和远图签的采购合同",
        "没盖章的合同",
        "哪些合同没有质保期",
        "采购合同里谁不用付违约金",
        "invoices not from Acme Supplies",
        "contracts without Bluewater",
        # What is added up over documents, or chosen among all of them.
        "2024年采购合同一共多少钱",
        "远图的采购合同总共付了多少钱",
        "total of invoices from Acme in 2024",
        "sum of invoices in 2024",
        "how much have we paid Acme in total",
        "the last invoice from Acme",
        "上一份采购合同",
        # The other side, another time, another share.
        "甲方逾期付款的违约金是多少",
        "What is the rent per day?",
        "合同总价的30%是什么",
        "invoices issued by Borealis",
        "invoices sold to Acme",
    ],
)
def test_nothing_is_told(question: str) -> None:
    assert told(question, shelf_with_vouchers()).status == "not_found"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("没按时交货的违约金怎么算", "千分之五"),
        ("逾期多少天不予报销", "不予报销"),
        ("What is the monthly rent?", "US$ 20,000"),
        ("tenant of the Oakfield lease", "Bluewater"),
        ("餐费补贴每天多少钱", "120元"),
    ],
)
def test_what_says_the_same_is_told(question: str, words: str) -> None:
    assert words in told(question, shelf_with_vouchers()).answer


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("没盖章的合同", True),
        ("有没有质保期", False),
        ("是不是含税", False),
        ("不含税金额", False),
        ("不可抗力", False),
        ("按时交货", False),
        ("contracts without a seal", True),
        ("amount without tax", False),
        ("invoice no. 5", False),
        ("it isn't paid", True),
    ],
)
def test_denials_are_known(text: str, denied: bool) -> None:
    assert denies(text) is denied


def test_two_things_at_once_are_to_be_asked_one_by_one() -> None:
    done = told("甲方是谁，合同总价是多少", shelf_with_vouchers())
    assert done.status == "not_found"
    assert [note.code for note in done.notes] == ["asked_twice"]


def test_a_number_that_is_not_its_own_tells_its_line_alone() -> None:
    done = told("INV-2024-999", shelf_with_vouchers())
    assert "This note refers to invoice INV-2024-999." in done.answer
    assert "77.00" not in done.answer
    assert told("total of invoice INV-2024-999", shelf_with_vouchers()).status == "not_found"


def test_sources_that_differ_tell_nothing_of_a_document() -> None:
    held = paper("inv", "invoice-acme.pdf", INVOICE)
    doubtful = _with(held, "total", status="conflict")
    done = told("INV-2024-118", Shelf(doubtful))
    assert "INV-2024-118" in done.answer
    assert "300.00" not in "".join(quote.text for quote in done.quotes if quote.sort == "field")
    assert told("invoices over 250 from March 2024", Shelf(doubtful)).status == "not_found"


def _with(held: ReadDocument, name: str, **changes: object) -> ReadDocument:
    file = held.files[0]
    reading = file.readings[0]
    field: Field = reading.fields[name].model_copy(update=changes)
    changed = reading.model_copy(update={"fields": {**reading.fields, name: field}})
    return replace(held, files=(file.model_copy(update={"readings": (changed,)}),))


def bundle() -> ReadDocument:
    """Two invoices in one file, a page each."""
    one, other = paper("b", "scan.pdf", INVOICE), paper("o", "o.pdf", OTHER_INVOICE)
    second = other.files[0].readings[0]
    fields = {
        name: field.model_copy(
            update={"evidence": tuple(e.model_copy(update={"page": 2}) for e in field.evidence)}
        )
        for name, field in second.fields.items()
    }
    second = second.model_copy(update={"page": 2, "fields": fields})
    file = one.files[0].model_copy(
        update={"pages": 2, "readings": (*one.files[0].readings, second)}
    )
    texts = (*one.texts, other.texts[0].model_copy(update={"page": 2}))
    return replace(one, files=(file,), texts=texts)


@pytest.mark.parametrize(
    ("question", "words", "never"),
    [
        ("INV-2024-222", "912.00", "300.00"),
        ("what is the total of invoice INV-2024-222", "912.00", "300.00"),
        ("INV-2024-118的总价是多少", "300.00", "912.00"),
        ("who is the seller of INV-2024-222", "Gamma", "Acme"),
        ("when was the Gamma invoice issued", "2024-07-19", "2024-03-15"),
    ],
)
def test_papers_in_one_file_answer_each_for_itself(question: str, words: str, never: str) -> None:
    done = told(question, Shelf(bundle()))
    assert words in done.answer
    assert never not in done.answer


def test_papers_in_one_file_are_told_apart() -> None:
    done = told("how much is the invoice", Shelf(bundle()))
    assert {"300.00", "912.00"} <= {line.split()[-1] for line in done.answer.splitlines()}
    assert "several_documents" in {note.code for note in done.notes}
