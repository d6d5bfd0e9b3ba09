"""What a user's schema wants, and what is a value of its type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.extraction import NUMBER, TEXT, invoice, of, properties
from yuepi.documents.extraction import BadSchema, read_wanted
from yuepi.documents.extraction.typed import Unfit, typed
from yuepi.documents.extraction.wanted import Wanted


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (b"{", "not readable"),
        (b"[]", "must be an object"),
        (b'{"type": "objekt"}', "type"),
        (b'{"type": "string"}', "root must be an object"),
        (b'{"type": "object"}', "root must be an object"),
        (b'{"properties": {"a": {"$ref": "https://x.test/s"}}}', "inside the schema"),
        (b'{"properties": {"a": {"$ref": "#/$defs/no"}}}', "nowhere"),
        (b'{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}', "circle"),
        (
            json.dumps(
                {
                    "$ref": "#/$defs/node",
                    "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}},
                }
            ).encode(),
            "contains itself",
        ),
        (json.dumps({"properties": {f"p{n}": TEXT for n in range(300)}}).encode(), "more than 200"),
    ],
)
def test_schemas_that_cannot_be_used_say_why(schema: bytes, why: str) -> None:
    with pytest.raises(BadSchema) as error:
        read_wanted(schema)
    assert why in error.value.message
    assert (error.value.code, error.value.exit_code) == ("bad_schema", 2)
    assert "response_format" not in error.value.remedy + error.value.message


def test_schemas_as_pydantic_writes_them_are_understood() -> None:
    schema = {
        "$defs": {
            "Party": {"type": "object", "properties": {"name": {"anyOf": [TEXT, {"type": "null"}]}}}
        },
        "properties": {
            "seller": {"anyOf": [{"$ref": "#/$defs/Party"}, {"type": "null"}], "default": None},
            "total": {"anyOf": [NUMBER, {"type": "string", "pattern": r"^\d+$"}, {"type": "null"}]},
        },
        "type": "object",
    }
    found = of(invoice(), schema=schema)
    assert found.result == {"seller": {"name": "杭州某某有限公司"}, "total": 27}
    assert found.fits


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (NUMBER, "27.00", 27),
        (NUMBER, "¥1,234.50", 1234.5),
        (NUMBER, "伍拾贰圆柒角", 52.7),
        ({"type": "integer"}, "3", 3),
        ({"type": "integer"}, "3.00", 3),
        (TEXT, "0012", "0012"),
        ({"type": "string", "format": "date"}, "2026年6月12日", "2026-06-12"),
        ({"type": "string", "format": "date"}, "28/04/2018", "2018-04-28"),
        ({"type": "boolean"}, "是", True),
        ({"type": "boolean"}, "No", False),
        ({"enum": ["CNY", "USD"]}, "cny", "CNY"),
        ({"enum": [6, 13]}, "13", 13),
        ({"const": "OK"}, "ok", "OK"),
        ({"type": ["integer", "string"]}, "A-7", "A-7"),
    ],
)
def test_values_of_their_type(schema: dict[str, Any], text: str, value: Any) -> None:
    found = typed(_leaf(schema), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (NUMBER, "13%"),  # 0.13 or 13
        (NUMBER, "12 apples"),
        (NUMBER, "012001800311"),  # its zero counts
        (NUMBER, "24317000000012345678"),  # a float loses its last digits
        ({"type": "integer"}, "27.50"),
        ({"type": "string", "format": "date"}, "03/04/2018"),  # two days
        ({"type": "string", "format": "date"}, "2026-02-30"),
        ({"type": "string", "format": "date"}, "2026-01-01 to 2026-02-01"),
        ({"type": "string", "format": "date-time"}, "2026-01-01 10:00"),  # no paper has a zone
        ({"type": "boolean"}, "maybe"),
        ({"enum": ["CNY", "USD"]}, "EUR"),
        ({"enum": ["A", "a"]}, "a"),
        ({"type": "string", "pattern": r"^\d{8}$"}, "1234567"),
        ({"type": "number", "maximum": 10}, "27.00"),
        (TEXT, "   "),
    ],
)
def test_what_could_be_two_things_is_none(schema: dict[str, Any], text: str) -> None:
    with pytest.raises(Unfit):
        typed(_leaf(schema), text)


def _leaf(schema: dict[str, Any]) -> Wanted:
    wanted, _ = read_wanted(json.dumps(properties(a=schema)).encode())
    assert wanted.members is not None
    return wanted.members[0]


@given(st.text(max_size=40), st.sampled_from(["string", "number", "integer", "boolean"]))
def test_any_text_is_a_value_of_its_type_or_unfit(text: str, type_: str) -> None:
    try:
        value = typed(_leaf({"type": type_}), text)
    except Unfit:
        return
    kinds = {"string": str, "number": (int, float), "integer": int, "boolean": bool}
    assert isinstance(value, kinds[type_])  # type: ignore[arg-type]
    json.dumps(value, allow_nan=False)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_amounts_keep_every_digit(amount: Any) -> None:
    value = typed(_leaf(NUMBER), f"{amount:,.2f}")
    assert f"{value:.2f}" == f"{amount:.2f}"
