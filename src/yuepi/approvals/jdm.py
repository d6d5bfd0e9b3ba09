"""A policy as written: a JDM decision graph of decision tables, read and checked strictly.

JDM can do far more (functions in JavaScript, nested decisions, loops). A policy here is tables
only: everything it does can be read row by row, and every row can be tried when it is loaded.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yuepi.approvals.expressions import BadCell, check_condition, check_output
from yuepi.approvals.fact import VOCABULARY, Scope
from yuepi.kit.errors import YuepiError

POLICY_BYTES_MAX: Final = 1024 * 1024
TABLES_MAX: Final = 20
ROWS_MAX: Final = 300
COLUMNS_MAX: Final = 40
REMEDY: Final = "Correct the policy and load it again; docs/policy.md explains the tables."

Effect = Literal["approve", "refer", "suggest_reject", "warn"]
EFFECTS: Final = ("approve", "refer", "suggest_reject", "warn")
REQUIRED_OUTPUTS: Final = ("code", "outcome", "message_zh", "message_en")
OUTPUTS: Final = (*REQUIRED_OUTPUTS, "refer_to")


class BadPolicy(YuepiError):
    """A policy that cannot be used; the message names the table, row and column."""

    code = "bad_policy"
    http_status = 422
    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy=REMEDY)


class _Part(BaseModel):
    # Editors keep colours and positions in the same file.
    model_config = ConfigDict(frozen=True, extra="ignore")


Name = Annotated[str, Field(min_length=1, max_length=100)]


class Column(_Part):
    """A column: `id` is its key in the rows, `field` the fact or output it stands for."""

    id: Name
    field: Name


class Content(_Part):
    """A table's inside. Rows hold `_id`, and one expression for each column's id."""

    hitPolicy: Literal["collect"]  # noqa: N815  (names of the JDM format)
    inputs: tuple[Column, ...] = Field(min_length=1, max_length=COLUMNS_MAX)
    outputs: tuple[Column, ...] = Field(min_length=1, max_length=COLUMNS_MAX)
    rules: tuple[dict[str, str], ...] = Field(min_length=1, max_length=ROWS_MAX)
    executionMode: Literal["single", "loop"] = "single"  # noqa: N815
    inputField: str | None = None  # noqa: N815
    outputPath: Name  # noqa: N815
    passThrough: Literal[False] = False  # noqa: N815


class Table(_Part):
    """A decision table of the graph."""

    id: Name
    name: Name
    type: Literal["decisionTableNode"]
    content: Content

    @property
    def scope(self) -> Scope:
        return "documents" if self.content.executionMode == "loop" else "claim"


class End(_Part):
    """Where facts come in and results go out."""

    id: Name
    name: str = ""
    type: Literal["inputNode", "outputNode"]


class Edge(_Part):
    """A line between two nodes."""

    sourceId: Name  # noqa: N815
    targetId: Name  # noqa: N815


class Graph(_Part):
    """The whole graph: input → tables side by side → output."""

    nodes: tuple[Annotated[Table | End, Field(discriminator="type")], ...] = Field(
        max_length=TABLES_MAX + 2
    )
    edges: tuple[Edge, ...] = Field(max_length=200)

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(node for node in self.nodes if isinstance(node, Table))


def read_graph(text: str) -> tuple[Graph, Any]:
    """The checked graph and the parsed JSON behind it; raises BadPolicy."""
    if len(text) > POLICY_BYTES_MAX or len(text.encode("utf-8", "replace")) > POLICY_BYTES_MAX:
        raise BadPolicy(f"The policy is larger than {POLICY_BYTES_MAX} bytes.")
    try:
        data: Any = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadPolicy(f"The policy is not valid JSON: {str(error)[:200]}") from error
    try:
        graph = Graph.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadPolicy(f"Policy {_place(data, first['loc'])}: {first['msg']}") from error
    _check_wiring(graph)
    for table in graph.tables:
        _check_table(table)
    return graph, data


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _place(data: Any, path: tuple[int | str, ...]) -> str:
    """The place of a mistake, with the name of its table where it lies in one."""
    named = ""
    if len(path) >= 2 and path[0] == "nodes" and isinstance(path[1], int):
        node = data["nodes"][path[1]]
        name = node.get("name") if isinstance(node, dict) else None
        named = f"table {name!r}, " if isinstance(name, str) else ""
    return named + (".".join(map(str, path)) or "top level")


def _check_wiring(graph: Graph) -> None:
    """Every table hangs directly between the one input and the one output."""
    ends = [node for node in graph.nodes if isinstance(node, End)]
    sources = [node.id for node in ends if node.type == "inputNode"]
    sinks = [node.id for node in ends if node.type == "outputNode"]
    if len(sources) != 1 or len(sinks) != 1 or not graph.tables:
        raise BadPolicy("A policy has one input, one output and at least one decision table.")
    for what in ("id", "name"):
        seen = [getattr(node, what) for node in (graph.tables if what == "name" else graph.nodes)]
        _check_distinct(seen, f"Two nodes have the {what}")
    _check_distinct([table.content.outputPath for table in graph.tables], "Two tables write to")
    edges = sorted((edge.sourceId, edge.targetId) for edge in graph.edges)
    wanted = sorted(
        pair for table in graph.tables for pair in ((sources[0], table.id), (table.id, sinks[0]))
    )
    if edges != wanted:
        raise BadPolicy("Each table is joined once to the input and once to the output, no more.")


def _check_distinct(names: list[str], complaint: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadPolicy(f"{complaint} {twice!r}.")


def _check_table(table: Table) -> None:
    content = table.content
    where = f"table {table.name!r}"
    wanted = "documents" if table.scope == "documents" else None
    if (content.inputField or None) != wanted:
        raise BadPolicy(
            f"Policy {where}: a loop runs over inputField 'documents'; other tables have none."
        )
    _check_distinct(
        [column.id for column in (*content.inputs, *content.outputs)],
        f"Policy {where}: two columns have the id",
    )
    vocabulary = VOCABULARY[table.scope]
    for column in content.inputs:
        if column.field not in vocabulary:
            raise BadPolicy(f"Policy {where}, column {column.field!r}: no such fact.")
    outputs = [column.field for column in content.outputs]
    _check_distinct(outputs, f"Policy {where}: two columns give")
    for field in outputs:
        if field not in OUTPUTS:
            raise BadPolicy(
                f"Policy {where}, column {field!r}: no such output; there are {', '.join(OUTPUTS)}."
            )
    missing = [field for field in REQUIRED_OUTPUTS if field not in outputs]
    if missing:
        raise BadPolicy(f"Policy {where}: the output {missing[0]!r} is missing.")
    rows = [rule.get("_id", "") for rule in content.rules]
    _check_distinct(rows, f"Policy {where}: two rows have the _id")
    for number, rule in enumerate(content.rules, 1):
        _check_row(table, rule, f"Policy {where}, row {rule.get('_id') or number}")


def _check_row(table: Table, rule: dict[str, str], where: str) -> None:
    content, vocabulary = table.content, VOCABULARY[table.scope]
    if not rule.get("_id", "").strip():
        raise BadPolicy(f"{where}: a row needs an _id, by which reasons name it.")
    known = {column.id for column in (*content.inputs, *content.outputs)}
    strange = [key for key in rule if key not in known and not key.startswith("_")]
    if strange:
        raise BadPolicy(f"{where}: {strange[0]!r} is no column of the table.")
    column = ""
    try:
        for each in content.inputs:
            column = each.field
            if rule.get(each.id, "").strip():
                check_condition(rule[each.id], each.field, vocabulary)
        given = {}
        for each in content.outputs:
            column = each.field
            cell = rule.get(each.id, "").strip()
            if not cell and column in REQUIRED_OUTPUTS:
                raise BadCell("is empty")
            given[column] = check_output(cell, vocabulary) if cell else []
            _check_given(column, given[column])
    except BadCell as error:
        raise BadPolicy(f"{where}, column {column!r}: {error}.") from error
    if "approve" in given["outcome"]:
        if table.scope == "documents":
            raise BadPolicy(f"{where}: a single document cannot approve the claim.")
        if not any(rule.get(each.id, "").strip() for each in content.inputs):
            raise BadPolicy(f"{where}: a row that approves needs a condition.")


def _check_given(column: str, values: list[object]) -> None:
    if column == "outcome" and any(value not in EFFECTS for value in values):
        raise BadCell(f"gives {values[0]!r}; an outcome is one of {', '.join(EFFECTS)}")
    if column in ("outcome", "code") and len(set(map(str, values))) > 1:
        raise BadCell("must always give the same")
    if column in REQUIRED_OUTPUTS and not all(values):
        raise BadCell("is empty")
