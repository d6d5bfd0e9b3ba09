"""Readings as the documents room would give them, for the rules to judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from tests.resources.pool import pool  # noqa: F401
from tests.resources.postgres import postgres  # noqa: F401
from yuepi.approvals.claim import Company
from yuepi.approvals.decision import Decision, decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import Policy, load_policy
from yuepi.documents.reading import Evidence, Field, FileReading, Item, Reading
from yuepi.kit.boxes import Box

ON = date(2024, 6, 12)
COMPANY = Company(name="杭州阅批科技有限公司", tax_id="91330100MA2ABCDE1R")
INVOICE = {
    "number": "24332000000012345601",
    "date": "2024-06-05",
    "total": "300.00",
    "buyer_name": COMPANY.name,
    "buyer_tax_id": COMPANY.tax_id,
    "seller_name": "甲餐饮有限公司",
    "seller_tax_id": "91330106MA2AAAAA15",
    "currency": "CNY",
}


def field(value: str | None, status: str = "confirmed", page: int = 1) -> Field:
    if value is None:
        return Field(value=None, status="missing", confidence=0.0)
    seen = Evidence(page=page, box=Box(0.1, 0.1, 0.2, 0.2), source="native", text=value)
    others = ("别的值",) if status == "conflict" else ()
    return Field(value=value, status=status, confidence=0.99, evidence=(seen,), others=others)  # type: ignore[arg-type]


def reading(kind: str = "digital_invoice", /, **values: object) -> Reading:
    """A clean 数电票 of the company; keyword arguments change values, or whole Fields."""
    wanted: dict[str, object] = {**INVOICE, **values} if kind != "other" else dict(values)
    extra = {key: wanted.pop(key) for key in tuple(wanted) if key in Reading.model_fields}
    fields = {
        name: value if isinstance(value, Field) else field(value)  # type: ignore[arg-type]
        for name, value in wanted.items()
    }
    settings = {"kind_confidence": 0.99, "page": 1, "quality": "clean"} | extra
    return Reading.model_validate({"kind": kind, "fields": fields, **settings})


def file(name: str, *readings: Reading, **values: object) -> FileReading:
    """A file; by its name an electronic original or a picture."""
    original = values.pop("original", name.endswith((".pdf", ".xml", ".ofd")))
    given = {"sha256": f"sha-{name}", "pages": 1, "error": None} | values
    return FileReading.model_validate(
        {"file": name, "original": original, "readings": readings, **given}
    )


def items(*names: str) -> tuple[Item, ...]:
    return tuple(Item(name=name) for name in names)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Builders: reading, file, field, items; and the company and day they are judged for."""
    return SimpleNamespace(
        reading=reading, file=file, field=field, items=items, company=COMPANY, on=ON
    )


@pytest.fixture(scope="session")
def default_policy() -> Policy:
    return load_policy(default_policy_text())


@pytest.fixture(scope="session")
def judge(default_policy: Policy) -> Callable[..., Decision]:
    """The default policy's decision on files."""

    def judged(
        *files: FileReading,
        history: tuple[object, ...] = (),
        category: str | None = None,
        company: Company | None = COMPANY,
        on: date = ON,
    ) -> Decision:
        return decide(facts(files, company, history, on, category), default_policy)  # type: ignore[arg-type]

    return judged
