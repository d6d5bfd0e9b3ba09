"""`yuepi demo`: three claims from photos to decisions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yuepi.app.commands.read import read_all, save_report
from yuepi.app.commands.review import as_json
from yuepi.app.demo.claims import DemoClaim, DemoSet, demo_set
from yuepi.app.report.claim import ShownClaim
from yuepi.app.speaking import Speaker, json_text
from yuepi.app.wiring import Terms, Wiring
from yuepi.app.words import OUTCOME_SIGNS, OUTCOMES, Words
from yuepi.documents.read import FileRead


def run(save: Path, speaker: Speaker, wiring: Wiring) -> int:
    """Judge the packaged claims; 0 where each comes out as it is known to, else 1."""
    with demo_set() as shown:
        day = shown.judged_on
        intro = Words(
            f"以下单据均为程序绘制，按 {day} 审批，故结果不随日期变化。",
            f"These documents were drawn by a program and are judged for {day}, "
            "so the outcome stays the same.",
        )
        speaker.note(speaker.said(intro))
        started = time.monotonic()
        files = _read(shown, save, speaker, wiring)
        claims = [_judged(shown, claim, files[claim.name], wiring) for claim in shown.claims]
        seconds = time.monotonic() - started
        documents = [{"name": claim.name} | _told(each) for claim, each in _pairs(shown, claims)]
        if not speaker.as_json:
            for claim, told in zip(shown.claims, documents, strict=True):
                _show(claim, told, speaker)
        report = save_report(save, claims, speaker)
        if speaker.as_json:
            speaker.give({"judged_on": day.isoformat(), "report": str(report), "claims": documents})
        files_in_all = sum(len(each) for each in files.values())
        done = Words(
            f"{files_in_all} 个文件读完并审批，用时 {seconds:.1f} 秒（含模型加载）。",
            f"{files_in_all} files read and judged in {seconds:.1f} s, loading included.",
        )
        speaker.note(speaker.said(done))
        return 0 if _as_known(shown, claims, speaker) else 1


def _read(
    shown: DemoSet, save: Path, speaker: Speaker, wiring: Wiring
) -> Mapping[str, Sequence[FileRead]]:
    """All files in one go, then by claim; a name only has to be one of a kind in its claim."""
    paths = [path for claim in shown.claims for path in claim.files]
    files = iter(read_all(paths, save, speaker, wiring, [path.name for path in paths]))
    return {claim.name: [next(files) for _ in claim.files] for claim in shown.claims}


def _judged(
    shown: DemoSet, claim: DemoClaim, files: Sequence[FileRead], wiring: Wiring
) -> ShownClaim:
    terms = Terms(on=shown.judged_on, company=shown.company, category=claim.category)
    decision = wiring.judge([file.reading for file in files], terms)
    return ShownClaim(claim.title, files, decision=decision, judged_on=shown.judged_on)


def _pairs(shown: DemoSet, claims: Sequence[ShownClaim]) -> list[tuple[DemoClaim, ShownClaim]]:
    return list(zip(shown.claims, claims, strict=True))


def _told(claim: ShownClaim) -> dict[str, Any]:
    if claim.decision is None:
        raise ValueError("a demo claim is always judged")
    return as_json(claim.files, claim.decision)


def _show(claim: DemoClaim, told: Mapping[str, Any], speaker: Speaker) -> None:
    """The decision as JSON a person can read: without the places, which the report shows."""
    outcome = told["outcome"]
    speaker.say("")
    speaker.say(f"── {speaker.said(claim.title)}")
    speaker.say(json_text(_short(told)))
    speaker.say(f"   {OUTCOME_SIGNS[outcome]} {speaker.said(OUTCOMES[outcome])}")


def _short(told: Mapping[str, Any]) -> dict[str, Any]:
    message = ("code", "message_zh", "message_en", "row")
    answers = ("outcome", "refer_to", "is_valid_invoices", "total_amount", "exceeds_limit")
    return {
        **{name: told[name] for name in (*answers, "consecutive_numbers")},
        "reasons": [{key: each[key] for key in message} for each in told["reasons"]],
        "fields": [
            {
                "file": file["file"],
                "kind": reading["kind"],
                **{
                    name: f"{field['value']} ({field['status']})"
                    for name, field in reading["fields"].items()
                    if name in ("number", "date", "total", "buyer_name", "seller_name")
                    and field["value"] is not None
                },
            }
            for file in told["files"]
            for reading in file["readings"]
        ],
    }


def _as_known(shown: DemoSet, claims: Sequence[ShownClaim], speaker: Speaker) -> bool:
    """Whether each outcome is the one that is known; a difference is told."""
    as_known = True
    for claim, judged in _pairs(shown, claims):
        outcome = judged.decision.outcome if judged.decision else None
        if outcome != claim.outcome:
            as_known = False
            words = Words(
                f"{claim.name}：应为 {claim.outcome}，实为 {outcome}",
                f"{claim.name}: expected {claim.outcome}, got {outcome}",
            )
            speaker.note(speaker.said(words))
    return as_known
