"""A desk that reads from a script: what the command line does with readings, without models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from yuepi.app.wiring import Terms
from yuepi.approvals.decision import Decision, Reason
from yuepi.approvals.fact import Proof
from yuepi.documents.read import FileRead, PageView
from yuepi.documents.reading import (
    Evidence,
    Field,
    FileReading,
    Item,
    Problem,
    Reading,
)
from yuepi.kit.boxes import Box

TOTAL_BOX = Box(0.7, 0.62, 0.83, 0.66)


def seen(value: str | None, status: Any = "confirmed", box: Box | None = None) -> Field:
    evidence = (Evidence(page=1, box=box, source="layout", text=value or ""),) if box else ()
    sources = ("layout",) if value is not None else ()
    return Field(value=value, status=status, confidence=0.97, sources=sources, evidence=evidence)


def invoice(**changes: Any) -> Reading:
    fields = {
        "number": seen("24317000000012345678", box=Box(0.7, 0.1, 0.95, 0.14)),
        "date": seen("2026-06-12", box=Box(0.7, 0.15, 0.9, 0.19)),
        "seller_name": seen("杭州某某有限公司", "single", Box(0.1, 0.8, 0.4, 0.84)),
        "total": seen("27.00", box=TOTAL_BOX),
        "tax": seen(None, "missing"),
    }
    given: dict[str, Any] = {
        "kind": "digital_invoice",
        "kind_confidence": 0.99,
        "page": 1,
        "quality": "photo",
        "fields": fields,
        "items": (Item(name="*餐饮服务*餐费", quantity="1", amount="25.47", rate="6%"),),
        "text": "电子发票\n合计 27.00",
    }
    return Reading(**{**given, **changes})


def paper(width: int = 900, height: int = 600) -> np.ndarray[Any, Any]:
    picture = np.full((height, width, 3), 250, np.uint8)
    picture[int(0.62 * height) : int(0.66 * height), int(0.7 * width) : int(0.83 * width)] = 40
    return picture


def file_read(path: Path, *readings: Reading, error: Problem | None = None) -> FileRead:
    reading = FileReading(
        file=path.name,
        sha256="ab" * 32,
        pages=1 if readings else 0,
        original=False,
        error=error,
        readings=readings,
    )
    return FileRead(reading, (PageView(1, paper()),))


def decision(outcome: Any = "approve", evidence: Sequence[Proof] = (), **changes: Any) -> Decision:
    reason = Reason(
        code="total",
        effect=outcome,
        message_zh="金额 27.00 元",
        message_en="The total is 27.00",
        row="claim/total",
        evidence=tuple(evidence),
    )
    given: dict[str, Any] = {
        "outcome": outcome,
        "refer_to": None if outcome == "approve" else "finance",
        "is_valid_invoices": True,
        "total_amount": Decimal("6280.00"),
        "exceeds_limit": True,
        "consecutive_numbers": False,
        "reasons": (reason,),
        "policy": "sha256:" + "0" * 64,
    }
    return Decision(**{**given, **changes})


@dataclass
class Script:
    """What the desk answers, and what it was asked."""

    readings: dict[str, FileRead] = field(default_factory=dict)
    fails: Callable[[], None] | None = None
    answer: Decision = field(default_factory=decision)
    asked: list[list[Path]] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)
    kept_pages: list[bool] = field(default_factory=list)
    terms: list[Terms] = field(default_factory=list)

    def read(
        self, paths: Sequence[Path], names: Sequence[str], keep_pages: bool, progress: Any
    ) -> list[FileRead]:
        self.asked.append(list(paths))
        self.names.append(list(names))
        self.kept_pages.append(keep_pages)
        if self.fails is not None:
            self.fails()
        return [self.readings.get(p.name) or file_read(p, invoice()) for p in paths]

    def judge(self, files: Sequence[FileReading], terms: Terms) -> Decision:
        self.terms.append(terms)
        return self.answer
