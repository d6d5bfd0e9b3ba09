"""Personal data on the command line: in part, in every form of output, unless it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.scripted import Script, file_read
from yuepi.documents.reading import Evidence, Field, Reading
from yuepi.kit.boxes import Box

ID = "990101199003070015"
HOME = "杭州市西湖区文一西路969号3幢2单元1504室"
SECRETS = (ID, ID[3:14], "1990-03-07", HOME[6:12], "1504")


def _field(value: str) -> Field:
    seen = Evidence(page=1, box=Box(0.1, 0.1, 0.4, 0.2), source="layout", text=value)
    return Field(
        value=value, status="single", confidence=0.9, sources=("layout",), evidence=(seen,)
    )


@pytest.fixture
def card(script: Script, photo: Path) -> Path:
    """A photo of an identity card."""
    reading = Reading(
        kind="id_card",
        kind_confidence=0.97,
        page=1,
        quality="photo",
        fields={
            "name": _field("欧阳思远"),
            "birth": _field("1990-03-07"),
            "address": _field(HOME),
            "id_number": _field(ID),
        },
        text=f"姓名 欧阳思远\n出生 1990年3月7日\n住址 {HOME}\n公民身份号码 {ID}",
    )
    script.readings[photo.name] = file_read(photo, reading)
    return photo


@pytest.mark.parametrize("command", ["read", "review"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_it_is_shown_in_part(
    yuepi: Any, card: Path, tmp_path: Path, command: str, form: tuple[str, ...]
) -> None:
    said = yuepi(command, card, *form, "--save", tmp_path / "out")
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for told in (said.out, said.err, report):
        for secret in SECRETS:
            assert secret not in told, secret
    for told in (said.out, report):
        assert "990***********0015" in told
        assert "欧阳思远" in told


def test_it_is_shown_whole_where_that_is_asked_for(yuepi: Any, card: Path, tmp_path: Path) -> None:
    said = yuepi("read", card, "--reveal", "--save", tmp_path / "out")
    assert ID in said.out
    assert HOME in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    fields = yuepi("read", card, "--reveal", "--json").json["files"][0]["readings"][0]["fields"]
    assert fields["id_number"]["value"] == ID
