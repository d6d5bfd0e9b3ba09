"""`yuepi extract`, `yuepi kinds`: what they print, with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.conftest import Said
from tests.rooms.app.scripted import Script, file_read, invoice, paper, seen
from yuepi.app import extracting
from yuepi.app.wiring import AskedModel, Wiring
from yuepi.app.words import FIELDS, field_words
from yuepi.documents.extraction.names import SYNONYMS, key_of, keys_of
from yuepi.documents.extraction.suggested import Asked
from yuepi.documents.kinds import known_kinds
from yuepi.documents.page_reading import PageEvidence
from yuepi.documents.read import FileRead, PageView
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

Yuepi = Callable[..., Said]


@pytest.fixture
def schema(tmp_path: Path) -> Callable[..., Path]:
    def write(**more: Any) -> Path:
        wanted = {"号码": {"type": "string"}, "total": {"type": "number"}, "colour": {}}
        path = tmp_path / "schema.json"
        path.write_text(json.dumps({"type": "object", "properties": wanted, **more}))
        return path

    return write


def test_json_holds_the_result_and_how_each_value_is_known(
    yuepi: Yuepi, photo: Path, schema: Callable[..., Path]
) -> None:
    said = yuepi("extract", photo, "--schema", schema(), "--json")
    assert said.code == 0, said.err
    (file,) = said.json["files"]
    assert file["result"] == {"号码": "24317000000012345678", "total": 27, "colour": None}
    assert file["kind"] == "digital_invoice"
    total = file["fields"]["/total"]
    assert (total["status"], total["field"], total["sources"]) == ("confirmed", "total", ["layout"])
    assert total["evidence"][0]["page"] == 1
    assert len(total["evidence"][0]["box"]) == 4
    assert file["fields"]["/colour"]["status"] == "missing"


def test_what_is_required_and_missing_is_exit_code_1(
    yuepi: Yuepi, photo: Path, schema: Callable[..., Path]
) -> None:
    said = yuepi("extract", photo, "--schema", schema(required=["colour"]))
    assert said.code == 1
    assert "does not fit the schema" in said.out
    assert "27.00" in said.out
    assert "missing" in said.out


def test_people_read_it_in_their_language(
    yuepi: Yuepi, photo: Path, schema: Callable[..., Path]
) -> None:
    said = yuepi("extract", photo, "--schema", schema(), "--lang", "zh")
    assert said.code == 0
    assert "已印证" in said.out
    assert "缺失" in said.out


def test_a_bad_schema_is_found_before_anything_is_read(
    yuepi: Yuepi, photo: Path, script: Script, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    path.write_text("{")
    said = yuepi("extract", photo, "--schema", path, "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "bad_schema"


def test_an_unknown_model_is_told(yuepi: Yuepi, photo: Path, schema: Any, tmp_path: Path) -> None:
    said = yuepi(
        "extract", photo, "--schema", schema(), "--model", "nobody", "--data", tmp_path, "--json"
    )
    assert said.code == 2
    assert said.json["error"]["code"] == "model_not_found"


def test_kinds_are_listed(yuepi: Yuepi) -> None:
    said = yuepi("kinds", "--json")
    assert said.code == 0
    kinds = {each["name"]: each for each in said.json["kinds"]}
    assert set(kinds) == {kind.name for kind in known_kinds()}
    invoice = kinds["digital_invoice"]
    assert (invoice["is_invoice"], invoice["package"]) == (True, None)
    total = next(each for each in invoice["fields"] if each["name"] == "total")
    assert total == {
        "name": "total",
        "zh": "价税合计",
        "en": "Total",
        "decisive": True,
        "masked": False,
    }
    assert all(field["zh"] and field["en"] for kind in kinds.values() for field in kind["fields"])
    shown = yuepi("kinds", "--lang", "zh")
    assert "出租汽车发票" in shown.out


def test_what_fields_are_called_here_is_understood_in_schemas() -> None:
    for name, words in FIELDS.items():
        if name not in SYNONYMS:
            continue
        keys = keys_of(SYNONYMS[name])
        assert key_of(words.zh) in keys, name


def test_only_invoices_have_a_title_of_an_invoice() -> None:
    for kind in known_kinds():
        words = field_words("title", kind.name)
        if "title" in kind.fields:
            assert words.en == "Title"
            assert words.zh.startswith("票面") is kind.is_invoice, kind.name


def card(kind: str = "id_card") -> Reading:
    return Reading(
        kind=kind,
        kind_confidence=0.99,
        page=1,
        quality="photo",
        fields={
            "name": seen("林雨桐", "single"),
            "id_number": seen("110101199003078515", "confirmed"),
        },
    )


def test_personal_data_is_given_in_part_unless_revealed(
    yuepi: Yuepi, photo: Path, script: Script, tmp_path: Path
) -> None:
    script.readings[photo.name] = file_read(photo, card())
    path = tmp_path / "schema.json"
    number = {"type": "string", "title": "公民身份号码"}
    path.write_text(json.dumps({"type": "object", "properties": {"idNumber": number}}))
    said = yuepi("extract", photo, "--schema", path, "--json")
    assert "*" in said.json["files"][0]["result"]["idNumber"]
    assert "19900307" not in said.out
    said = yuepi("extract", photo, "--schema", path, "--json", "--reveal")
    assert said.json["files"][0]["result"] == {"idNumber": "110101199003078515"}


def test_a_model_is_asked_for_what_is_missing(
    yuepi: Yuepi, photo: Path, schema: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line("颜色 深蓝", Box(0.1, 0.2, 0.3, 0.22))
    page = PageEvidence(1, (line,), None, original=False)
    asked: list[tuple[str, str]] = []

    def with_model(files: Any, names: Any, progress: Any, model: AskedModel) -> list[FileRead]:
        file = FileReading(file="a.jpg", sha256="0", pages=1, original=False, readings=(invoice(),))
        return [FileRead(file, (PageView(1, paper()),), (page,))]

    def asking(gateway: object, alias: str) -> Any:
        async def ask(question: Asked, pages: Any) -> str:
            asked.append((alias, question.words))
            assert len(pages) == 1
            return '```json\n{"colour": {"value": "深蓝", "lines": ["1"]}}\n```'

        return ask

    monkeypatch.setattr(extracting, "asking", asking)
    script_wiring = Wiring(Script().read, Script().judge, with_model)
    path = schema()
    said = yuepi(
        "extract", photo, "--schema", path, "--model", "yuepi", "--json",
        "--data", photo.parent, wiring=script_wiring,
    )  # fmt: skip
    assert said.code == 0, said.err
    (file,) = said.json["files"]
    assert file["result"] == {"号码": "24317000000012345678", "total": 27, "colour": "深蓝"}
    assert file["fields"]["/colour"]["sources"] == ["model"]
    ((alias, words),) = asked
    assert alias == "yuepi"
    assert "1 颜色 深蓝" in words
    assert "total" not in words
