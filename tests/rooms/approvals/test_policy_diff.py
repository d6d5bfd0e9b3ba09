"""What differs between two policies: whoever publishes one must see all that decides otherwise."""

from __future__ import annotations

import json
from typing import Any

from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import load_policy
from yuepi.approvals.policy_diff import CellChange, TableChange, compare


def changed(change: Any) -> tuple[TableChange, ...]:
    data = json.loads(default_policy_text())
    change({node["id"]: node["content"] for node in data["nodes"] if "content" in node})
    before, after = load_policy(default_policy_text()), load_policy(json.dumps(data))
    return compare(before.graph, after.graph)


def column(content: dict[str, Any], field: str) -> dict[str, Any]:
    return next(one for one in content["inputs"] if one["field"] == field)


def test_a_column_that_stands_for_another_fact_is_another_column() -> None:
    """Its id and its cells are what they were: only what they test is not."""

    def other_fact(contents: dict[str, Any]) -> None:
        column(contents["claim"], "total_amount")["field"] = "document_count"

    (told,) = changed(other_fact)
    assert (told.columns_added, told.columns_removed) == (("document_count",), ("total_amount",))
    row = next(each for each in told.rows if each.row == "over_5000")
    assert row.change == "changed"
    assert set(row.cells) == {
        CellChange("total_amount", "> 5000", ""),
        CellChange("document_count", "", "> 5000"),
    }


def test_a_table_of_documents_that_becomes_one_of_the_claim_is_told() -> None:
    table: dict[str, Any] = {
        "hitPolicy": "collect",
        "inputs": [{"id": "i", "field": "category"}],
        "outputs": [{"id": f, "field": f} for f in ("code", "outcome", "message_zh", "message_en")],
        "rules": [
            {"_id": "r", "i": '"x"', "code": '"c"', "outcome": '"warn"', "message_zh": '"m"',
             "message_en": '"m"'}
        ],
        "outputPath": "more",
    }  # fmt: skip
    graphs = []
    for mode in ({}, {"executionMode": "loop", "inputField": "documents"}):
        data = json.loads(default_policy_text())
        ends = {node["type"]: node["id"] for node in data["nodes"] if "content" not in node}
        data["nodes"].append(
            {"id": "t", "name": "T", "type": "decisionTableNode", "content": table | mode}
        )
        data["edges"] += [
            {"id": "e1", "sourceId": ends["inputNode"], "targetId": "t"},
            {"id": "e2", "sourceId": "t", "targetId": ends["outputNode"]},
        ]
        graphs.append(load_policy(json.dumps(data)).graph)
    (told,) = compare(*graphs)
    assert (told.table, told.change) == ("t", "changed")
    assert "category" in told.columns_added
    assert "category" in told.columns_removed
    assert compare(graphs[0], graphs[0]) == ()
