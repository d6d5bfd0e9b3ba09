"""Answers in the shape of a schema: typed, valid, and refused where they would be invented."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.engines.ocr.test_ocr_doubt import CARD, page
from yuepi.engines.contract import ChatRefused
from yuepi.engines.ocr.answer import answer_data
from yuepi.engines.ocr.page import Page
from yuepi.engines.ocr.question import parse_question
from yuepi.engines.ocr.schema_fill import fill_schema

TODAY = date(2026, 11, 21)
INVOICE = page(
    "发票代码：035002640011|发票号码：12765811|开票日期：2026年10月08日",
    "项目名称|数量|单价|金额",
    "坚果礼盒|1|2000.00|2000.00",
    "保温杯|2|1000.00|2000.00",
    "合 计|||¥4000.00|¥280.00",
    "价税合计（大写）|肆仟贰佰捌拾元整|（小写）¥4280.00",
)
OTHER = page("发票号码：12765812", "价税合计（大写）|柒拾伍元整|（小写）¥75.00")


def fill(schema: dict[str, Any], question: str, *pages: Page) -> Any:
    chosen = dict(enumerate(pages or (INVOICE,), 1))
    value = fill_schema(schema, parse_question(question, TODAY), chosen, TODAY)
    Draft202012Validator(schema).validate(value)
    assert json.loads(json.dumps(value)) == value
    return value


def strict(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def test_values_by_name_title_or_description() -> None:
    schema = strict(
        invoice_number={"type": "string"},
        code={"type": "string", "pattern": "^[0-9]{12}$"},
        开票日期={"type": "string", "format": "date"},
        x1={"type": "number", "title": "价税合计"},
        x2={"type": "number", "description": "税额，单位元"},
        total_cn={"type": "string", "description": "大写金额"},
    )
    assert fill(schema, "提取信息") == {
        "invoice_number": "12765811",
        "code": "035002640011",
        "开票日期": "2026-10-08",
        "x1": 4280,
        "x2": 280,
        "total_cn": "肆仟贰佰捌拾元整",
    }


def test_amount_beside_total_is_before_tax() -> None:
    schema = strict(amount={"type": "number"}, total={"type": "number"})
    assert fill(schema, "提取") == {"amount": 4000, "total": 4280}
    assert fill(strict(amount={"type": "string"}), "提取") == {"amount": "4280.00"}


def test_yes_and_no() -> None:
    schema = strict(
        exceeds_limit={"type": "boolean"},
        within_90_days={"type": "boolean"},
        over={"type": "boolean", "description": "金额是否超过4000元"},
        answer={"type": "string"},
    )
    answer = fill(schema, "是否超过5000元？开票日期是否在过去90天内？")
    assert (answer["exceeds_limit"], answer["within_90_days"], answer["over"]) == (
        False,
        True,
        True,
    )
    assert "未超过 5,000 元" in answer["answer"]


def test_choices() -> None:
    verdict = {"enum": ["是", "否", "无法确定"]}
    assert fill(strict(result=verdict), "是否超过5000元？") == {"result": "否"}
    assert fill(strict(result=verdict), "是否超过5000元？", page("欢迎光临")) == {
        "result": "无法确定"
    }
    answers = {"type": "string", "enum": ["yes", "no", "unknown"]}
    assert fill(strict(answer=answers), "Is it over 4,000?") == {"answer": "yes"}
    with pytest.raises(ChatRefused):
        fill(strict(answer={"enum": ["yes", "no"]}), "Is it over 4,000?", page("欢迎光临"))


def test_what_is_not_told() -> None:
    nothing = page("欢迎光临")
    assert fill(strict(invoice_number={"type": "string"}), "提取", nothing) == {
        "invoice_number": "无法确定"
    }
    for nullable in (
        {"type": ["number", "null"]},
        {"anyOf": [{"type": "number"}, {"type": "null"}]},
    ):
        assert fill(strict(total=nullable), "提取", nothing) == {"total": None}
    optional = {"type": "object", "properties": {"total": {"type": "number"}}}
    assert fill(optional, "提取", nothing) == {}


@pytest.mark.parametrize(
    "part",
    [
        {"type": "number"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": "^[0-9]+$"},
        {"type": "array", "items": {"type": "number"}},
        {"$ref": "https://example.com/schema.json"},
    ],
)
def test_nothing_is_invented(part: dict[str, Any]) -> None:
    with pytest.raises(ChatRefused) as refused:
        fill(strict(weight=part), "提取", page("欢迎光临"))
    assert refused.value.code == "schema_not_satisfiable"
    assert "$.weight" in refused.value.message
    assert "null" in refused.value.remedy


def test_items_become_typed_rows() -> None:
    row = strict(
        name={"type": "string"}, quantity={"type": "integer"}, unit_price={"type": "number"},
        amount={"$ref": "#/$defs/money"},
    )  # fmt: skip
    schema = strict(items={"type": "array", "items": row})
    schema["$defs"] = {"money": {"type": ["string", "null"]}}
    assert fill(schema, "列出商品")["items"] == [
        {"name": "坚果礼盒", "quantity": 1, "unit_price": 2000, "amount": "2000.00"},
        {"name": "保温杯", "quantity": 2, "unit_price": 1000, "amount": "2000.00"},
    ]


def test_a_list_of_documents_has_one_object_a_picture() -> None:
    row = strict(number={"type": "string"}, total={"type": "number"})
    schema = strict(invoices={"type": "array", "items": row})
    assert fill(schema, "提取", INVOICE, OTHER)["invoices"] == [
        {"number": "12765811", "total": 4280},
        {"number": "12765812", "total": 75},
    ]


def test_pictures_that_disagree_give_no_single_value() -> None:
    assert fill(strict(number={"type": ["string", "null"]}), "提取", INVOICE, OTHER) == {
        "number": None
    }


def test_nested_objects_and_a_transcription() -> None:
    schema = strict(
        invoice=strict(发票号码={"type": "string"}), text={"type": "string"},
        lines={"type": "array", "items": {"type": "string"}}, kind={"const": "invoice"},
    )  # fmt: skip
    answer = fill(schema, "提取图中所有文字")
    assert answer["invoice"] == {"发票号码": "12765811"}
    assert answer["text"].splitlines() == answer["lines"]
    assert answer["kind"] == "invoice"


def test_a_card() -> None:
    schema = strict(
        name={"type": "string"}, gender={"enum": ["男", "女"]}, birth_date={"type": "string"},
        address={"type": "string"}, id_number={"type": "string", "minLength": 18},
    )  # fmt: skip
    assert fill(schema, "提取", page(*CARD, "公民身份号码|110105199003072012")) == {
        "name": "林晓东",
        "gender": "男",
        "birth_date": "1990-03-07",
        "address": "北京市朝阳区人民大道",
        "id_number": "110105199003072012",
    }


def test_a_free_object_has_the_keys_that_were_asked_for() -> None:
    question = parse_question("提取发票号码、价税合计、车牌号", TODAY)
    assert answer_data(question, {1: INVOICE}, TODAY) == {
        "发票号码": "12765811",
        "价税合计": "4280.00",
        "车牌号": "无法确定",
    }
    verdict = answer_data(parse_question("是否超过5000元?", TODAY), {1: INVOICE}, TODAY)
    assert verdict == {
        "answer": "否",
        "value": "4280.00",
        "explanation": "否。价税合计 ¥4,280.00，未超过 5,000 元。",
    }


leaves = st.sampled_from(
    [
        {"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": ["string", "null"]},
        {"type": ["number", "null"]}, {"type": "integer"}, {}, {"enum": ["是", "否"]},
        {"type": "string", "maxLength": 3}, {"type": "number", "maximum": 10}, {"const": 7},
        {"anyOf": [{"type": "number"}, {"type": "null"}]}, {"type": "string", "format": "date"},
    ]
)  # fmt: skip
names = st.sampled_from(
    ["total", "发票号码", "date", "exceeds", "answer", "items", "weight", "text", "税额", "name"]
)


@given(
    st.dictionaries(names, st.recursive(
        leaves, lambda inner: st.one_of(
            st.dictionaries(names, inner, max_size=3).map(lambda p: strict(**p)),
            inner.map(lambda i: {"type": "array", "items": i}),
        ), max_leaves=4,
    ), max_size=4),
    st.sampled_from(["是否超过5000元?", "提取发票号码", "列出表格", "OCR", "你好吗"]),
    st.sampled_from([INVOICE, OTHER, page("欢迎光临")]),
)  # fmt: skip
def test_what_is_filled_is_valid_and_the_rest_is_refused(
    properties: dict[str, Any], question: str, on: Page
) -> None:
    # What `fill` gives back it has validated; any other error would end the test.
    with suppress(ChatRefused):
        fill(strict(**properties), question, on)


@pytest.mark.parametrize(
    ("step", "leaf"),
    [
        (lambda ref: strict(a=ref, b=ref), {"type": "string"}),
        (lambda ref: {"allOf": [ref] * 8}, {"properties": {"a": {}}}),
        (lambda ref: {"anyOf": [ref, ref]}, {"type": "number"}),
        (lambda ref: strict(a={"type": "string", "not": ref}), {"pattern": "^(a+)+$"}),
    ],
)
def test_a_few_lines_of_schema_cannot_ask_for_billions_of_values(step: Any, leaf: Any) -> None:
    steps = {f"x{n}": step({"$ref": f"#/$defs/x{n + 1}"}) for n in range(20)}
    began = time.process_time()
    with pytest.raises(ChatRefused) as refused:
        fill({"$ref": "#/$defs/x0", "$defs": {**steps, "x20": leaf}}, "提取")
    assert refused.value.code == "schema_not_satisfiable"
    assert time.process_time() - began < 5.0
