"""Policies that cannot work are refused with the table, row and column named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.size import tries
from yuepi.approvals.decision import decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import load_policy
from yuepi.approvals.policy_fault import BadPolicy

Change = Callable[[dict[str, Any]], None]
DEFAULT: dict[str, Any] = json.loads(default_policy_text())


def changed(change: Change) -> str:
    data = copy.deepcopy(DEFAULT)
    change(data)
    return json.dumps(data)


def claim(data: dict[str, Any]) -> dict[str, Any]:
    return data["nodes"][1]["content"]  # type: ignore[no-any-return]


def documents(data: dict[str, Any]) -> dict[str, Any]:
    return data["nodes"][2]["content"]  # type: ignore[no-any-return]


def cell(column: str, text: object, row: int = 0) -> Change:
    return lambda data: claim(data)["rules"][row].update({column: text})


BAD: list[tuple[Change, str]] = [
    (cell("total_amount", "> > 5000"), r"'claim', row over_5000, column 'total_amount': cannot be"),
    (cell("total_amount", "-"), "column 'total_amount': cannot be understood"),
    (cell("total_amount", '"5000"'), "is a number"),
    (cell("total_amount", "> limit"), "'limit', which is no fact"),
    (cell("total_amount", "> total_amonut"), "'total_amonut', which is no fact"),
    (cell("total_amount", "> 100 / invoices"), "fails on facts|true or false"),
    (cell("total_amount", "> rand(100)"), r"rand\(\); allowed"),
    (cell("total_amount", '$ > number(d("now"))'), r"allowed are"),
    # A backtick in quotes is no template's: the engine sees the code between two of them.
    (cell("message_en", '"`" + string(rand(100)) + "`"'), r"rand\(\); allowed"),
    (cell("message_en", '"`" + string(d()) + "`"'), r"uses d\(\)"),
    (cell("message_en", '"`" + string(len(map([0..9], #))) + "`"'), "which no fact needs"),
    (cell("category", '$ == "`" or rand(9) > 4 or $ == "`"'), r"rand\(\); allowed"),
    (cell("message_en", '`x${"}" + string(rand(9)) + "{"}`'), "cannot be followed"),
    (cell("message_en", "`x${'}' + string(rand(9)) + '{'}`"), "cannot be followed"),
    (cell("message_en", '`${"a" + string(rand(9))}`'), r"rand\(\); allowed"),
    (cell("message_en", '"a" + "'), "cannot be understood|which no fact needs"),
    (cell("total_amount", "== null"), "'null', which is no fact"),
    (cell("total_amount", "> 5000" + " " * 600), "longer than"),
    (cell("total_amount", "> 五千"), "outside quotes"),
    (cell("total_known", '"none"'), "never 'none'; it is one of yes, no"),
    (cell("total_known", '"yes","nein"'), "never 'nein'"),
    (cell("total_known", '$ == "yes" and $ == "no"'), "never matches"),
    (cell("total_known", "len($)"), "true or false|never matches"),
    (cell("total_known", "$ > 5"), "fails on facts"),
    (cell("category", '"未'), "cannot be understood|outside quotes"),
    (cell("code", ""), "column 'code': is empty"),
    (cell("code", '""'), "column 'code': is empty"),
    (cell("code", "5"), "does not give text"),
    (cell("code", 'total_amount > 5 ? "a" : "b"'), "always give the same"),
    (cell("outcome", '"pass"'), "gives 'pass'; an outcome is one of"),
    (cell("outcome", "refer"), "'refer', which is no fact"),
    (cell("message_zh", "`金额 ${total_amuont}`"), "'total_amuont', which is no fact"),
    (cell("message_zh", "`金额 ${`"), "has '{'|cannot be followed"),
    (cell("message_zh", '"没有引号'), "cannot be understood|outside quotes"),
    (cell("nowhere", '"x"'), "'nowhere' is no column"),
    (cell("total_amount", 5000), "rules.0.total_amount"),
    (cell("_id", ""), "needs an _id"),
    (cell("_id", "no_invoice"), "two rows have the _id 'no_invoice'"),
    (lambda d: claim(d).update(hitPolicy="first"), "table 'claim', .*hitPolicy"),
    (lambda d: claim(d).update(rules=[]), "rules"),
    (lambda d: claim(d).update(rules=claim(d)["rules"] * 99), "rules"),
    (lambda d: claim(d)["inputs"][0].update(field="weather"), "column 'weather': no such fact"),
    (lambda d: claim(d)["inputs"][0].update(field="kind"), "column 'kind': no such fact"),
    (lambda d: claim(d)["outputs"].pop(0), "'code' is no column|output 'code' is missing"),
    (lambda d: claim(d)["outputs"][0].update(field="verdict"), "no such output"),
    (lambda d: claim(d)["outputs"][0].update(field="outcome"), "two columns give"),
    (lambda d: claim(d)["inputs"][0].update(id="code"), "two columns have the id"),
    (lambda d: documents(d).update(inputField="files"), "inputField"),
    (lambda d: documents(d).update(inputField=None), "inputField"),
    (lambda d: documents(d).update(outputPath="claim"), "Two tables write"),
    (lambda d: documents(d)["rules"][0].update(outcome='"approve"'), "cannot approve"),
    (lambda d: claim(d)["rules"][-1].update(clean="", total_amount=""), "needs a condition"),
    (lambda d: d["nodes"][1].update(type="functionNode"), "nodes.1"),
    (lambda d: d["nodes"].pop(0), "one input"),
    (lambda d: d["nodes"].__delitem__(slice(1, 3)), "at least one decision table"),
    (lambda d: d["nodes"][2].update(name="claim"), "Two nodes have the name"),
    (lambda d: d["edges"].pop(), "joined once"),
    (lambda d: d["edges"].append({"sourceId": "claim", "targetId": "documents"}), "joined once"),
    (lambda d: d.pop("edges"), "edges"),
    (lambda d: d["nodes"][0].pop("name"), "engine refuses.*name"),
]


@pytest.mark.parametrize(("change", "complaint"), BAD)
def test_a_policy_that_cannot_work_is_refused(change: Change, complaint: str) -> None:
    with pytest.raises(BadPolicy, match=complaint) as caught:
        load_policy(changed(change))
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "5", '"x"', '{"nodes": 1}', '{"nodes": [], "edges": []}',
        '{"nodes": [], "nodes": []}', '{"nodes": NaN}', "[" * 200_000,
        '{"nodes": [{"type": "x"}], "edges": []}', '{"nodes": [5], "edges": []}',
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(BadPolicy):
        load_policy(text)


def test_a_huge_policy_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadPolicy, match="larger"):
        load_policy(" " * 1_100_000)
    with pytest.raises(BadPolicy, match="larger"):
        load_policy("批" * 400_000)


def test_the_version_is_of_the_meaning_not_of_the_layout() -> None:
    one = load_policy(default_policy_text())
    other = load_policy(json.dumps(dict(reversed(DEFAULT.items()))))
    assert one.version == other.version
    assert one.version.startswith("sha256:")
    assert load_policy(changed(cell("total_amount", "> 5001"))).version != one.version


class Forgetful:
    """An engine that skips the first row that fired, as the real one does where a cell fails."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def evaluate(self, *arguments: object) -> Any:
        answer = self._engine.evaluate(*arguments)
        answer["trace"]["claim"]["traceData"].pop(0)
        answer["trace"]["claim"]["output"]["claim"].pop(0)
        return answer


def test_a_row_lost_by_the_engine_stops_the_decision(make: SimpleNamespace) -> None:
    policy = load_policy(default_policy_text())
    found = facts([make.file("a.pdf", make.reading(total="6280"))], make.company, [], make.on)
    assert decide(found, policy).exceeds_limit
    vars(policy)["_decision"] = Forgetful(policy._decision)
    decision = decide(found, policy)
    assert decision.outcome == "refer"
    assert decision.reasons[0].row == "floor/policy_failed"


def test_a_condition_that_fails_on_real_facts_stops_the_decision(make: SimpleNamespace) -> None:
    text = changed(cell("total_amount", "100 / ($ - 300) > 5000"))
    found = facts([make.file("a.pdf", make.reading())], make.company, [], make.on)
    decision = decide(found, load_policy(text))
    assert decision.outcome == "refer"
    assert decision.reasons[0].row == "floor/policy_failed"


@settings(max_examples=tries(100, usual=40), deadline=None)
@given(st.text(max_size=40) | st.text('"$><=5`{}()[],.. andortruetotal_amount', max_size=20))
def test_any_cell_is_refused_or_works(text: str) -> None:
    for column in ("total_amount", "category", "message_zh"):
        try:
            load_policy(changed(cell(column, text)))
        except BadPolicy as error:
            refused = error.message
        else:
            refused = "row over_5000 works"
        assert "row over_5000" in refused
