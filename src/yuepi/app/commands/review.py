"""`yuepi review`: the files of one claim to a decision with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from yuepi.app.commands.read import in_part, read_all, save_report
from yuepi.app.history import history_from
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import AskedModel, Terms, Wiring, company_from
from yuepi.app.words import Words
from yuepi.approvals.decision import Decision
from yuepi.documents.read import FileRead


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    paths: Sequence[Path]
    on: date
    policy: Path | None
    company: Path | None
    category: str | None
    history: Path | None
    save: Path | None
    model: AskedModel | None = None


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Read, judge, show, save; 0 only for an approval of files that could all be read."""
    terms = Terms(
        on=asked.on,
        policy=asked.policy,
        company=company_from(asked.company) if asked.company else None,
        category=asked.category,
        history=history_from(asked.history) if asked.history else (),
    )
    # A policy that does not load must be known before a minute of reading, so: judge nothing.
    wiring.judge((), terms)
    files = read_all(asked.paths, asked.save, speaker, wiring, model=asked.model)
    decision = wiring.judge([file.reading for file in files], terms)
    files = in_part(files)
    if speaker.as_json:
        speaker.give(as_json(files, decision))
    else:
        show(files, decision, speaker)
    if asked.save is not None:
        from yuepi.app.report.claim import ShownClaim

        title = Words("审批结果", "The decision")
        claim = ShownClaim(title, files, decision=decision, judged_on=asked.on)
        save_report(asked.save, [claim], speaker)
    failed = any(file.reading.error for file in files)
    return 0 if decision.outcome == "approve" and not failed else 1


def as_json(files: Sequence[FileRead], decision: Decision) -> dict[str, Any]:
    """The files and the decision side by side, in the shape of DESIGN section 7."""
    shape: dict[str, Any] = {"files": [file.reading.model_dump(mode="json") for file in files]}
    return shape | decision.model_dump(mode="json")


def show(files: Sequence[FileRead], decision: Decision, speaker: Speaker) -> None:
    """The readings and the decision as tables."""
    from yuepi.app.show import shown_decision, shown_file

    console = speaker.console()
    for file in files:
        console.print(shown_file(file.reading, speaker.language))
    console.print(shown_decision(decision, speaker.language))
