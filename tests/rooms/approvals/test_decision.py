"""Every row of the default policy, and the floor under all policies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.decision import Decision, decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policy import Policy, load_policy
from yuepi.documents.reading import Field, FileReading

Make = SimpleNamespace
Judge = Callable[..., Decision]


def rows(decision: Decision) -> dict[str, str]:
    return {reason.row: reason.effect for reason in decision.reasons}


def test_small_and_clean_is_approved(make: Make, judge: Judge) -> None:
    decision = judge(make.file("a.pdf", make.reading()), category="餐饮")
    assert rows(decision) == {"claim/small_and_clean": "approve"}
    assert (decision.outcome, decision.refer_to) == ("approve", None)


def test_the_demo_claim_as_json(make: Make, judge: Judge) -> None:
    totals = ("2880.00", "1900.00", "1500.00")
    numbers = ("24332000000012345601", "24332000000012345711", "24332000000012345821")
    files = [
        make.file(f"{number}.jpg", make.reading(number=number, total=total))
        for number, total in zip(numbers, totals, strict=True)
    ]
    decision = judge(*files)
    said = json.loads(decision.model_dump_json())
    assert said["is_valid_invoices"] is True
    assert said["total_amount"] == 6280
    assert isinstance(said["total_amount"], int)
    assert said["exceeds_limit"] is True
    assert said["consecutive_numbers"] is False
    assert (said["outcome"], said["refer_to"]) == ("refer", "department_director")
    first = said["reasons"][0]
    assert first["row"] == "claim/over_5000"
    assert "需部门总监复核" in first["message_zh"]
    assert "6280" in first["message_zh"]
    assert [proof["value"] for proof in first["evidence"]] == list(totals)
    assert set(said) == {
        "outcome", "refer_to", "is_valid_invoices", "total_amount", "exceeds_limit",
        "consecutive_numbers", "reasons", "policy",
    }  # fmt: skip
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


def test_halves_stay_halves_in_json(make: Make, judge: Judge) -> None:
    decision = judge(make.file("a.pdf", make.reading(total="6280.50")))
    assert json.loads(decision.model_dump_json())["total_amount"] == 6280.5
    assert decision.total_amount == Decimal("6280.50")


@pytest.mark.parametrize(
    ("total", "exceeds"), [("5000.00", False), ("5000.01", True), ("4999.99", False)]
)
def test_the_limit_is_exact(make: Make, judge: Judge, total: str, exceeds: bool) -> None:
    decision = judge(make.file("a.pdf", make.reading(total=total)))
    assert decision.exceeds_limit is exceeds
    assert ("claim/over_5000" in rows(decision)) is exceeds
    assert decision.outcome == "refer"


# What is changed in a clean invoice of 300.00, the row that has to fire, and the outcome.
CHANGES = [
    ({"total": "5000.01"}, None, "claim/over_5000", "refer"),
    ({"total": "2000.01"}, None, "claim/over_2000", "refer"),
    ({"total": "2000.00"}, None, "claim/small_and_clean", "approve"),
    ({"total": "1000.01"}, "餐饮", "claim/meals_limit", "refer"),
    ({"total": "1000.00"}, "餐饮", "claim/small_and_clean", "approve"),
    ({"total": "500.01"}, "交通", "claim/transport_limit", "refer"),
    ({"total": "2000.01"}, "hotel", "claim/hotel_limit", "refer"),
    ({"total": "1500.01"}, "办公用品", "claim/office_limit", "refer"),
    ({"total": "800.01"}, "招待", "claim/entertainment_limit", "refer"),
    ({}, "餐饮费", "claim/unknown_category", "refer"),
    ({"total": "1900.00"}, " meals", "claim/unknown_category", "refer"),
    ({}, "unspecified", "claim/small_and_clean", "approve"),
    ({}, "业务招待", "claim/small_and_clean", "approve"),
    ({"total": None}, None, "claim/total_unknown", "refer"),
    ({"date": "2024-03-13"}, None, "documents/overdue", "suggest_reject"),
    ({"date": "2024-03-14"}, None, "claim/small_and_clean", "approve"),
    ({"date": None}, None, "documents/date_unknown", "refer"),
    ({"date": "2024-06-13"}, None, "documents/future_date", "refer"),
    ({"date": "2024-06-08"}, None, "documents/weekend", "approve"),
    ({"buyer_name": "上海他人贸易商行"}, None, "documents/buyer_name", "suggest_reject"),
    ({"buyer_tax_id": "91310000MA1AAAAA1T"}, None, "documents/buyer_tax_id", "suggest_reject"),
    ({"buyer_name": None}, None, "documents/buyer_unknown", "refer"),
    ({"total": "-5.00"}, None, "documents/negative", "refer"),
]


@pytest.mark.parametrize(("change", "category", "row", "outcome"), CHANGES)
def test_rows_on_one_invoice(
    make: Make,
    judge: Judge,
    change: dict[str, str | None],
    category: str | None,
    row: str,
    outcome: str,
) -> None:
    decision = judge(make.file("a.pdf", make.reading(**change)), category=category)
    assert row in rows(decision)
    assert decision.outcome == outcome
    said = next(reason for reason in decision.reasons if reason.row == row)
    assert "null" not in said.message_zh + said.message_en
    assert said.evidence or row in ("claim/small_and_clean", "claim/unknown_category")


def test_an_unknown_category_is_named(make: Make, judge: Judge) -> None:
    decision = judge(make.file("a.pdf", make.reading()), category="餐饮费")
    said = next(reason for reason in decision.reasons if reason.code == "unknown_category")
    assert "餐饮费" in said.message_zh
    assert "餐饮费" in said.message_en


def test_every_category_with_a_limit_is_a_known_one(default_policy: Policy) -> None:
    rules = {rule["_id"]: rule for rule in default_policy.graph.tables[0].content.rules}
    known = set(re.findall(r'"([^"]+)"', rules["unknown_category"]["category"]))
    limited = {
        word
        for name, rule in rules.items()
        if name != "unknown_category"
        for word in re.findall(r'"([^"]+)"', rule["category"])
    }
    assert known == limited | {"unspecified"}


def test_rows_on_other_documents(make: Make, judge: Judge) -> None:
    clean = make.file("a.pdf", make.reading())
    finding = {"code": "x", "message": "odd", "message_zh": "异常", "severity": "warning"}
    serious = finding | {"severity": "error"}
    vague = make.reading(items=make.items("*纸制品*办公用品"))
    earlier = PastInvoice(number="24332000000012345601", claim="C1")
    next_number = make.reading(number="24332000000012345602")
    cases: list[tuple[tuple[FileReading, ...], dict[str, object], str, str]] = [
        ((make.file("m.jpg", make.reading("other")),), {}, "documents/not_an_invoice",
         "suggest_reject"),
        ((make.file("m.jpg", make.reading("other")),), {}, "claim/no_invoice", "suggest_reject"),
        ((make.file("m.jpg", make.reading("other", quality="poor")),), {},
         "documents/poor_picture", "refer"),
        ((make.file("r.jpg", make.reading("receipt")),), {}, "documents/receipt", "refer"),
        ((clean, make.file("p.png", make.reading("payment_screenshot"))), {},
         "documents/payment_proof", "approve"),
        ((clean, make.file("p.png", make.reading("payment_screenshot", total="30.00"))), {},
         "documents/payment_differs", "refer"),
        ((clean, make.file("b.jpg", make.reading())), {}, "documents/duplicate_in_claim",
         "suggest_reject"),
        ((clean, make.file("a.ofd", make.reading())), {}, "documents/other_format", "approve"),
        ((clean,), {"history": (earlier,)}, "documents/duplicate_in_history", "suggest_reject"),
        ((clean, make.file("b.pdf", next_number)), {}, "claim/consecutive", "refer"),
        ((clean, make.file("b.pdf", next_number)), {}, "claim/same_seller", "refer"),
        ((clean, make.file("b.pdf")), {}, "claim/unreadable", "refer"),
        ((clean,), {"company": None}, "claim/company_unknown", "refer"),
        ((make.file("a.pdf", make.reading(kind_confidence=0.5)),), {}, "documents/unsure",
         "refer"),
        ((make.file("a.pdf", make.reading(tax=make.field("1.00", "conflict"))),), {},
         "documents/conflicts", "refer"),
        ((make.file("a.pdf", make.reading(findings=[finding])),), {},
         "documents/findings_warning", "refer"),
        ((make.file("a.pdf", make.reading(findings=[serious])),), {},
         "documents/findings_error", "refer"),
        ((make.file("a.pdf", make.reading("invoice", currency="MYR")),), {},
         "documents/foreign_currency", "refer"),
        ((make.file("a.pdf", make.reading(date="2023-12-31")),),
         {"on": make.on.replace(month=1)}, "documents/cross_year", "approve"),
        ((make.file("a.pdf", vague),), {}, "documents/vague_items", "approve"),
        ((make.file("a.jpg", make.reading()),), {}, "documents/not_original", "approve"),
    ]  # fmt: skip
    for files, settings, row, outcome in cases:
        decision = judge(*files, **settings)
        assert row in rows(decision), row
        assert decision.outcome == outcome, row


def test_every_row_of_the_default_policy_is_tried(default_policy: Policy) -> None:
    """The two lists above name each row; a new row needs its case."""
    here = Path(__file__).read_text(encoding="utf-8")
    for table in default_policy.graph.tables:
        for rule in table.content.rules:
            assert f'"{table.name}/{rule["_id"]}"' in here


def test_a_finding_the_policy_has_a_fact_for_is_not_told_twice(make: Make, judge: Judge) -> None:
    finding = {"code": "not_original", "message": "-", "message_zh": "-", "severity": "warning"}
    decision = judge(make.file("a.jpg", make.reading(findings=[finding])))
    assert decision.outcome == "approve"
    assert rows(decision)["documents/not_original"] == "warn"


ALWAYS = {
    "nodes": [
        {"id": "in", "name": "in", "type": "inputNode"},
        {
            "id": "t", "name": "generous", "type": "decisionTableNode",
            "content": {
                "hitPolicy": "collect", "outputPath": "t",
                "inputs": [{"id": "a", "field": "document_count"}],
                "outputs": [
                    {"id": name, "field": name}
                    for name in ("code", "outcome", "message_zh", "message_en")
                ],
                "rules": [
                    {"_id": "yes", "a": ">= 0", "code": '"ok"', "outcome": '"approve"',
                     "message_zh": '"好"', "message_en": '"fine"'}
                ],
            },
        },
        {"id": "out", "name": "out", "type": "outputNode"},
    ],
    "edges": [
        {"id": "1", "sourceId": "in", "targetId": "t"},
        {"id": "2", "sourceId": "t", "targetId": "out"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def generous() -> Policy:
    return load_policy(json.dumps(ALWAYS))


def test_the_floor_holds_under_a_policy_that_approves_everything(
    make: Make, generous: Policy
) -> None:
    def judged(*files: FileReading, company: object = make.company) -> Decision:
        return decide(facts(files, company, (), make.on, None), generous)  # type: ignore[arg-type]

    assert judged(make.file("a.pdf", make.reading())).outcome == "approve"
    unsure: list[tuple[str, Field]] = [
        (name, make.field(make.reading().value(name), status))
        for name in ("number", "date", "total", "buyer_tax_id")
        for status in ("single", "conflict")
    ] + [(name, make.field(None)) for name in ("number", "date", "total", "buyer_tax_id")]
    for name, value in unsure:
        decision = judged(make.file("a.pdf", make.reading(**{name: value})))
        assert decision.outcome == "refer", name
        assert any(reason.row.startswith("floor/") for reason in decision.reasons)
        assert decision.refer_to == "reviewer"
    assert judged().outcome == "refer"
    assert judged(make.file("a.pdf", make.reading()), company=None).outcome == "refer"
    damaged = {"code": "d", "message": "m", "remedy": "r"}
    assert judged(make.file("a.pdf", make.reading(), error=damaged)).outcome == "refer"


def test_no_policy_pays_an_invoice_twice(make: Make, generous: Policy) -> None:
    """A policy that lost its rows about duplicates, by accident or not, still pays each once."""
    number = "24332000000012345601"
    file = make.file("a.pdf", make.reading(number=number))
    earlier = PastInvoice(number=number, claim="C1")
    again = facts([file], make.company, [earlier], make.on)
    decision = decide(again, generous)
    assert (decision.outcome, decision.reasons[-1].row) == ("refer", "floor/duplicate_in_history")
    assert decision.reasons[-1].evidence
    other = make.file("b.pdf", make.reading(number=number))
    decision = decide(facts([file, other], make.company, (), make.on), generous)
    assert (decision.outcome, decision.reasons[-1].row) == ("refer", "floor/duplicate_in_claim")


def test_a_total_that_only_a_model_saw_is_never_approved(make: Make, judge: Judge) -> None:
    seen = make.field("300.00", "single").model_copy(update={"sources": ("model",)})
    decision = judge(make.file("a.pdf", make.reading(total=seen)))
    assert decision.outcome == "refer"
    said = next(reason for reason in decision.reasons if reason.code == "unsure_fields")
    assert "total" in said.message_zh
    # The reading shows it to people; no decision says it is known.
    assert (said.evidence[0].field, said.evidence[0].value) == ("total", "")
    assert decision.total_amount == 0


def test_where_no_row_decides_a_person_does(make: Make) -> None:
    table = json.loads(json.dumps(ALWAYS))
    table["nodes"][1]["content"]["rules"][0]["a"] = "> 99"
    decision = decide(
        facts([make.file("a.pdf", make.reading())], make.company, [], make.on),
        load_policy(json.dumps(table)),
    )
    assert decision.outcome == "refer"
    assert [reason.code for reason in decision.reasons] == ["no_row"]


def test_text_from_papers_cannot_change_the_rules(make: Make, judge: Judge) -> None:
    nasty = '"} , outcome: "approve" `${total}` \udcff 批准'
    decision = judge(make.file(nasty, make.reading("other", buyer_name=nasty), original=False))
    assert decision.outcome == "suggest_reject"
    assert json.loads(decision.model_dump_json())["outcome"] == "suggest_reject"
    assert any("批准" in reason.message_zh for reason in decision.reasons)
