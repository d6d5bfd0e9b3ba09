"""A policy as written: a JDM decision graph of decision tables, read and checked strictly.

JDM can do far more (functions in JavaScript, nested decisions, loops). A policy here is tables
only: everything it does can be read row by row, and every row can be tried when it is loaded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yuepi.approvals.expressions import check_condition, check_output
from yuepi.approvals.fact import VOCABULARY, Scope, Words
from yuepi.approvals.policy_fault import BadCell, BadPolicy, Fault

POLICY_BYTES_MAX: Final = 1024 * 1024
TABLES_MAX: Final = 20
ROWS_MAX: Final = 300
COLUMNS_MAX: Final = 40
CELLS_MAX: Final = 20_000
"""Each is tried on many facts."""
FAULTS_MAX: Final = 200
"""So many mistakes are told at once."""

Effect = Literal["approve", "refer", "suggest_reject", "warn"]
EFFECTS: Final = ("approve", "refer", "suggest_reject", "warn")
REQUIRED_OUTPUTS: Final = ("code", "outcome", "message_zh", "message_en")
OUTPUTS: Final = (*REQUIRED_OUTPUTS, "refer_to")


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
    """The checked graph and the parsed JSON behind it; raises BadPolicy with the first mistake in
    its message, and all of the same depth in `faults`."""
    if len(text) > POLICY_BYTES_MAX or len(text.encode("utf-8", "replace")) > POLICY_BYTES_MAX:
        raise _bad(
            "too_large",
            f"The policy is larger than {POLICY_BYTES_MAX} bytes.",
            f"规则超过 {POLICY_BYTES_MAX} 字节。",
        )
    try:
        data: Any = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        said = str(error)[:200]
        raise _bad(
            "not_json", f"The policy is not valid JSON: {said}", f"规则不是有效的 JSON：{said}"
        ) from error
    if _half_a_character(data):
        raise _bad(
            "bad_text",
            "The policy holds half a character, which is no text.",
            "规则里有不完整的字符。",
        )
    try:
        graph = Graph.model_validate(data)
    except ValidationError as error:
        raise _misshapen(data, error) from error
    _check_wiring(graph)
    cells = sum(1 for t in graph.tables for rule in t.content.rules for c in rule.values() if c)
    if cells > CELLS_MAX:
        raise _bad(
            "too_large",
            f"The policy has more than {CELLS_MAX} filled cells.",
            f"规则填写的单元格超过 {CELLS_MAX} 个。",
        )
    faults = tuple(islice(_faults(graph), FAULTS_MAX))
    if faults:
        raise BadPolicy(_sentence(graph, faults[0]), *faults)
    return graph, data


def _bad(code: str, english: str, chinese: str, table: str | None = None) -> BadPolicy:
    return BadPolicy(english, Fault(code, english, chinese, table))


def _sentence(graph: Graph, fault: Fault) -> str:
    """The mistake with its place, in one line."""
    table = next(each for each in graph.tables if each.id == fault.table)
    where = f"Policy table {table.name!r}"
    if fault.row_at is not None:
        where += f", row {fault.row or fault.row_at + 1}"
    if fault.column is not None:
        columns = (*table.content.inputs, *table.content.outputs)
        column = next((each.field for each in columns if each.id == fault.column), fault.column)
        where += f", column {column!r}"
    return f"{where}: {fault.message_en}."


def _half_a_character(data: Any) -> bool:
    """Whether a text in it is none, as `\\ud800` alone is."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _misshapen(data: Any, error: ValidationError) -> BadPolicy:
    """What the form of the whole does not allow."""
    first = error.errors()[0]
    path = first["loc"]
    named, table = "", None
    if len(path) >= 2 and path[0] == "nodes" and isinstance(path[1], int):
        node = data["nodes"][path[1]]
        name = node.get("name") if isinstance(node, dict) else None
        named = f"table {name!r}, " if isinstance(name, str) else ""
        table = node.get("id") if isinstance(node, dict) else None
    place = named + (".".join(map(str, path)) or "top level")
    code, chinese = "bad_structure", f"规则的结构有误（{place}）：{first['msg']}"
    if path[-1:] == ("rules",) and first["type"] == "too_short":
        code, chinese = "no_rows", "一张表至少要有一行"
    english = f"Policy {place}: {first['msg']}"
    return _bad(code, english, chinese, table if isinstance(table, str) else None)


def _check_wiring(graph: Graph) -> None:
    """Every table hangs directly between the one input and the one output."""
    ends = [node for node in graph.nodes if isinstance(node, End)]
    sources = [node.id for node in ends if node.type == "inputNode"]
    sinks = [node.id for node in ends if node.type == "outputNode"]
    if len(sources) != 1 or len(sinks) != 1 or not graph.tables:
        raise _bad(
            "bad_structure",
            "A policy has one input, one output and at least one decision table.",
            "规则要有一个输入、一个输出和至少一张决策表。",
        )
    for what in ("id", "name"):
        seen = [getattr(node, what) for node in (graph.tables if what == "name" else graph.nodes)]
        _check_distinct(seen, f"Two nodes have the {what}")
    _check_distinct([table.content.outputPath for table in graph.tables], "Two tables write to")
    edges = sorted((edge.sourceId, edge.targetId) for edge in graph.edges)
    wanted = sorted(
        pair for table in graph.tables for pair in ((sources[0], table.id), (table.id, sinks[0]))
    )
    if edges != wanted:
        raise _bad(
            "bad_structure",
            "Each table is joined once to the input and once to the output, no more.",
            "每张表只与输入、输出各连一次。",
        )


def _check_distinct(names: list[str], complaint: str) -> None:
    twice = _twice(names)
    if twice is not None:
        raise _bad("twice", f"{complaint} {twice!r}.", f"“{twice}”出现了两次。")


def _twice(names: list[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _faults(graph: Graph) -> Iterator[Fault]:
    """Mistakes in tables; in the rows of one only where its columns are right."""
    for table in graph.tables:
        found = False
        for fault in _column_faults(table):
            found = True
            yield fault.at(table.id)
        if not found:
            yield from _row_faults(table)


def _column_faults(table: Table) -> Iterator[Fault]:
    content = table.content
    wanted = "documents" if table.scope == "documents" else None
    if (content.inputField or None) != wanted:
        yield Fault(
            "bad_structure",
            "a loop runs over inputField 'documents'; other tables have none",
            "逐张判断的表以 documents 为输入；其他表没有输入字段",
        )
    twice = _twice([column.id for column in (*content.inputs, *content.outputs)])
    if twice is not None:
        yield Fault("twice", f"two columns have the id {twice!r}", f"两列的标识都是 {twice}")
    for column in content.inputs:
        if column.field not in VOCABULARY[table.scope]:
            yield Fault("unknown_fact", "no such fact", "没有这个事实", column=column.id)
    outputs = [column.field for column in content.outputs]
    twice = _twice(outputs)
    if twice is not None:
        yield Fault("twice", f"two columns give {twice!r}", f"两列都给出 {twice}")
    for column in content.outputs:
        if column.field not in OUTPUTS:
            yield Fault(
                "unknown_output",
                f"no such output; there are {', '.join(OUTPUTS)}",
                f"没有这个结果列；可用的有 {'、'.join(OUTPUTS)}",
                column=column.id,
            )
    for field in REQUIRED_OUTPUTS:
        if field not in outputs:
            yield Fault("missing_output", f"the output {field!r} is missing", f"缺少结果列 {field}")


def _row_faults(table: Table) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, rule in enumerate(table.content.rules):
        name = rule.get("_id", "")
        if not name.strip():
            yield Fault(
                "no_row_id",
                "a row needs an _id, by which reasons name it",
                "每一行都要有行号（_id），理由以它指明是哪一行",
            ).at(table.id, None, at)
        elif name in seen:
            yield Fault("twice", f"two rows have the _id {name!r}", f"两行的行号都是 {name}").at(
                table.id, name, at
            )
        seen.add(name)
        for fault in _faults_in_row(table, rule):
            yield fault.at(table.id, name or None, at)


def _faults_in_row(table: Table, rule: dict[str, str]) -> Iterator[Fault]:
    content, vocabulary = table.content, VOCABULARY[table.scope]
    known = {column.id for column in (*content.inputs, *content.outputs)}
    strange = [key for key in rule if key not in known and not key.startswith("_")]
    if strange:
        yield Fault(
            "unknown_column",
            f"{strange[0]!r} is no column of the table",
            f"表里没有 {strange[0]} 这一列",
        )
    for each in content.inputs:
        try:
            if rule.get(each.id, "").strip():
                check_condition(rule[each.id], each.field, vocabulary)
        except BadCell as error:
            yield Fault.of_cell(error, each.id)
    outcomes: list[object] = []
    for each in content.outputs:
        try:
            given = _given(each.field, rule.get(each.id, "").strip(), vocabulary)
        except BadCell as error:
            yield Fault.of_cell(error, each.id)
        else:
            outcomes = given if each.field == "outcome" else outcomes
    if "approve" in outcomes:
        outcome = next(each.id for each in content.outputs if each.field == "outcome")
        if table.scope == "documents":
            yield Fault(
                "approves_document",
                "a single document cannot approve the claim",
                "单张单据不能让整单通过",
                column=outcome,
            )
        if not any(rule.get(each.id, "").strip() for each in content.inputs):
            yield Fault(
                "approves_all",
                "a row that approves needs a condition",
                "让单据通过的行至少要有一个条件",
                column=outcome,
            )


def _given(field: str, cell: str, vocabulary: Mapping[str, Words]) -> list[object]:
    """What an output's cell gives on sample facts; raises BadCell."""
    if not cell:
        if field in REQUIRED_OUTPUTS:
            raise BadCell("empty", "is empty", "不能留空")
        return []
    values = check_output(cell, vocabulary)
    if field == "outcome" and any(value not in EFFECTS for value in values):
        raise BadCell(
            "unknown_value",
            f"gives {values[0]!r}; an outcome is one of {', '.join(EFFECTS)}",
            f"给出“{values[0]}”；结果只能是 {'、'.join(EFFECTS)}",
        )
    if field in ("outcome", "code") and len(set(map(str, values))) > 1:
        raise BadCell("not_constant", "must always give the same", "必须始终给出同一个值")
    if field in REQUIRED_OUTPUTS and not all(values):
        raise BadCell("empty", "is empty", "不能为空")
    return values
