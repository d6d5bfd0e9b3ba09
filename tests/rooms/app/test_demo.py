"""The demo: its packaged claims, what it prints, and that it judges for the day they were drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.scripted import Script, decision
from yuepi.app.demo.claims import demo_set
from yuepi.app.demo.draw import SET_BYTES_MAX
from yuepi.app.wiring import Terms, Wiring
from yuepi.approvals.decision import Decision
from yuepi.documents.reading import FileReading

_ANSWERS = {
    "photo-1.jpg": "refer",
    "e-invoice.pdf": "approve",
    "dinner-again.jpg": "suggest_reject",
}


def _as_known(files: Sequence[FileReading], terms: Terms) -> Decision:
    return decision(_ANSWERS[files[0].file]) if files else decision()


def test_the_packaged_set_is_whole_and_small() -> None:
    with demo_set() as shown:
        files = [path for claim in shown.claims for path in claim.files]
        assert all(path.is_file() for path in files)
        assert sum(path.stat().st_size for path in files) <= SET_BYTES_MAX
        assert [claim.outcome for claim in shown.claims] == ["refer", "approve", "suggest_reject"]
        listed = {path for claim in shown.claims for path in claim.files}
        folder = files[0].parent.parent
        assert {path for path in folder.rglob("*") if path.is_file()} == {
            *listed,
            folder / "claims.json",
        }


def test_the_demo_judges_for_its_own_day_and_says_so(
    yuepi: Any, script: Script, tmp_path: Path
) -> None:
    asked: list[Terms] = []

    def judge(files: Sequence[FileReading], terms: Terms) -> Decision:
        asked.append(terms)
        return _as_known(files, terms)

    said = yuepi("demo", "--save", tmp_path / "out", wiring=Wiring(script.read, judge))
    with demo_set() as shown:
        day, company = shown.judged_on, shown.company
    assert said.code == 0
    assert {terms.on for terms in asked} == {day}
    assert {terms.company for terms in asked} == {company}
    assert day.isoformat() in said.err
    assert str(tmp_path / "out" / "report.html") in said.err
    first = json.loads(said.out[said.out.index("{") : said.out.index("\n}") + 2])
    assert first["is_valid_invoices"] is True
    assert first["total_amount"] == 6280
    assert {"outcome", "reasons", "fields"} <= set(first)


def test_the_demo_as_json(yuepi: Any, script: Script, tmp_path: Path) -> None:
    wiring = Wiring(script.read, _as_known)
    said = yuepi("demo", "--json", "--save", tmp_path, wiring=wiring)
    told = said.json
    assert [claim["name"] for claim in told["claims"]] == ["travel", "small", "doubtful"]
    assert Path(told["report"]).is_file()
    date.fromisoformat(told["judged_on"])


def test_another_outcome_than_the_known_one_is_told(
    yuepi: Any, script: Script, tmp_path: Path
) -> None:
    said = yuepi("demo", "--save", tmp_path)
    assert said.code == 1
    assert "travel: expected refer, got approve" in said.err


@pytest.mark.real
@pytest.mark.slow
def test_the_demo_comes_out_as_promised(yuepi: Any, tmp_path: Path) -> None:
    said = yuepi("demo", "--json", "--save", tmp_path, wiring=Wiring())
    assert said.code == 0, said.err
    travel, small, doubtful = said.json["claims"]
    promised = {
        "is_valid_invoices": True,
        "total_amount": 6280,
        "exceeds_limit": True,
        "consecutive_numbers": False,
        "outcome": "refer",
    }
    assert {name: travel[name] for name in promised} == promised
    assert small["outcome"] == "approve"
    codes = {reason["code"] for reason in doubtful["reasons"]}
    assert {"duplicate_in_claim", "not_an_invoice"} <= codes
    pictures = list(tmp_path.glob("*.jpg"))
    assert len(pictures) >= 7
