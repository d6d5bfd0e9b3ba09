"""Readings and schemas for the tests of extraction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from yuepi.documents.extraction import Extraction, extract, read_wanted
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit.boxes import Box

PLACE = Box(0.1, 0.1, 0.3, 0.12)


def known(value: str | None, status: Any = "confirmed", **more: Any) -> Field:
    evidence = Evidence(page=1, box=PLACE, source="layout", text=value or "")
    found = (evidence,) if value is not None else ()
    return Field(value=value, status=status, confidence=0.9, evidence=found, **more)


def reading(kind: str = "digital_invoice", **more: Any) -> Reading:
    given_: dict[str, Any] = {
        "kind": kind,
        "kind_confidence": 0.99,
        "page": 1,
        "quality": "clean",
        "fields": {},
    }
    return Reading(**{**given_, **more})


def invoice(**fields: Field) -> Reading:
    usual = {
        "number": known("24317000000012345678"),
        "date": known("2026-06-12"),
        "seller_name": known("杭州某某有限公司", "single"),
        "buyer_name": known("云图科技有限公司"),
        "seller_tax_id": known(None, "missing"),
        "total": known("27.00"),
    }
    return reading(fields={**usual, **fields})


def of(
    *readings: Reading, schema: dict[str, Any], views: Sequence[Sequence[View]] = ()
) -> Extraction:
    wanted, plain = read_wanted(json.dumps({"type": "object", **schema}).encode())
    file = FileReading(file="a.pdf", sha256="0", pages=1, original=False, readings=readings)
    return extract(wanted, plain, file, views)


def properties(**wanted: Any) -> dict[str, Any]:
    return {"properties": wanted}


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
