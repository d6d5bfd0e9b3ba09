"""What a decision writes: the claim's columns, the decision's row, entries of the record. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yuepi.approvals.claim_rows import MACHINE, AttachmentRow, ClaimRow
from yuepi.approvals.judge import Judged, digest
from yuepi.approvals.life import Event, moved
from yuepi.documents.kept_reading import files_of
from yuepi.kit.record import Entry


def outcome(claim: ClaimRow, judged: Judged, now: datetime) -> dict[str, Any]:
    """The claim's columns after the decision, but for its version."""
    event: Event = "pass" if judged.applied == "approved" else "refer"
    move = moved(event, claim.status, claim.origin)
    passed = judged.applied == "approved"
    return {
        "status": move.to,
        "origin": "automatic" if passed else None,
        "decided_by": None,
        "suggestion": judged.decision.outcome,
        "refer_to": judged.refer_to,
        "stage": judged.stage,
        "kind": judged.key.kind,
        "tier": judged.key.tier,
        "risk": judged.risk,
        "total": judged.total,
        "question": None,
        "updated_at": now,
        "decided_at": now if passed else None,
    }


def decision_row(
    claim: ClaimRow,
    judged: Judged,
    inputs: str,
    policy: str,
    reader: str,
    executor: str,
    now: datetime,
) -> dict[str, Any]:
    """The decision of the claim's round as it is kept."""
    return {
        "claim_id": claim.id,
        "round": claim.round,
        "outcome": judged.decision.outcome,
        "applied": judged.applied,
        "stage": judged.stage,
        "policy": policy,
        "reader": reader,
        "inputs_sha256": digest(inputs),
        "inputs": inputs,
        "facts": judged.facts_text,
        "decision": judged.decision.model_dump_json(),
        "executor": executor,
        "created_at": now,
    }


def reading_entry(
    attachment: AttachmentRow, row: Mapping[str, Any], now: datetime, *, again: bool
) -> Entry:
    """What the record holds of a reading; again: taken from a file with the same bytes."""
    files = files_of(row["files"])
    detail = {
        "attachment": attachment.id,
        "name": attachment.name,
        "sha256": attachment.sha256,
        "reader": row["reader"],
        "reading_sha256": digest(row["files"]),
        "pictures": json.loads(row["pictures"]),
        "files": len(files),
        "failed": sum(file.error is not None for file in files),
        "took_ms": row["took_ms"],
        "reused": again,
    }
    # What a model was asked is a step of the machine of its own: hashes and names, no words.
    asked = [call.model_dump(mode="json") for file in files for call in file.calls]
    if asked:
        detail["model_calls"] = asked
    return Entry("claim.read", MACHINE, attachment.claim_id, now, detail)


def decision_entry(claim: ClaimRow, judged: Judged, row: Mapping[str, Any], now: datetime) -> Entry:
    """What the record holds of a decision; claim: as it is afterwards."""
    detail = {
        "round": claim.round,
        "version": claim.version,
        "inputs_sha256": row["inputs_sha256"],
        "policy": row["policy"],
        "reader": row["reader"],
        "stage": judged.stage,
        "outcome": judged.decision.outcome,
        "applied": judged.applied,
        "refer_to": judged.refer_to,
        "codes": judged.codes,
        "executor": row["executor"],
    }
    return Entry("claim.decided", MACHINE, claim.id, now, detail)
