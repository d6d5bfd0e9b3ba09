"""Running a policy: which rows fire on the facts. Pure; the text of the policy is handed in.

Every row is also tried by us, cell by cell, because the engine skips a row that fails; a failure or
any difference between its rows and ours stops the decision rather than lose a rule.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any, cast

import zen

from yuepi.approvals.expressions import samples
from yuepi.approvals.fact import VOCABULARY, Facts, Proof
from yuepi.approvals.jdm import Effect, Graph, Table, read_graph
from yuepi.approvals.policy_fault import BadPolicy, Fault
from yuepi.documents.plain import Plain


class PolicyFailed(RuntimeError):
    """The policy could not be evaluated on these facts; the claim goes to a person."""


class Fired(Plain):
    """A row that fired, on the claim or (`document` is its place in Facts.documents) on one."""

    table: str
    row: str
    code: str
    effect: Effect
    refer_to: str | None
    message_zh: str
    message_en: str
    document: int | None
    evidence: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with its conditions compiled: (fact, test)."""

    id: str
    tests: tuple[tuple[str, zen.Expression], ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A table as we try it ourselves."""

    id: str
    name: str
    output_path: str
    loops: bool
    rows: tuple[_Row, ...]

    @classmethod
    def of(cls, table: Table) -> _Tried:
        rows = [
            _Row(
                rule["_id"],
                tuple(
                    (column.field, zen.compile_unary_expression(rule[column.id].strip()))
                    for column in table.content.inputs
                    if rule.get(column.id, "").strip()
                ),
            )
            for rule in table.content.rules
        ]
        loops = table.scope == "documents"
        return cls(table.id, table.name, table.content.outputPath, loops, tuple(rows))


@dataclass(frozen=True)
class Policy:
    """A checked policy. `version` is `sha256:` and the hash of its canonical JSON."""

    graph: Graph
    version: str
    canonical: str

    @cached_property
    def _decision(self) -> zen.ZenDecision:
        return zen.ZenEngine().create_decision(self.canonical)

    @cached_property
    def _tables(self) -> tuple[_Tried, ...]:
        return tuple(_Tried.of(table) for table in self.graph.tables)

    def fired(self, facts: Facts) -> tuple[Fired, ...]:
        """The rows that fire, in the order of tables, documents and rows; raises PolicyFailed."""
        context = _context(facts)
        try:
            answer = self._decision.evaluate(_as_json(context), {"trace": True})
        except RuntimeError as error:
            raise PolicyFailed(str(error).splitlines()[0][:300]) from error
        trace = cast("dict[str, Any]", answer["trace"])
        found: list[Fired] = []
        for table in self._tables:
            found += _table_fired(table, trace, context, facts)
        return tuple(found)


def load_policy(text: str) -> Policy:
    """The policy in a JDM text; raises BadPolicy naming table, row and column."""
    graph, data = read_graph(text)
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        # The engine asks for parts of a graph that mean nothing to us, such as names of its ends.
        decision = zen.ZenEngine().create_decision(canonical)
        decision.validate()
        documents = samples(VOCABULARY["documents"])
        for claim in samples(VOCABULARY["claim"]):
            decision.evaluate(_as_json({**claim, "documents": documents}), {"trace": True})
    except RuntimeError as error:
        said = " ".join(str(error).partition("Stack backtrace")[0].split())
        english = f"The rule engine refuses the policy: {said[:200]}"
        chinese = f"规则引擎不接受这份规则：{said[:200]}"
        raise BadPolicy(english, Fault("engine_refuses", english, chinese)) from error
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return Policy(graph, f"sha256:{digest}", canonical)


def _context(facts: Facts) -> dict[str, Any]:
    claim = facts.claim.model_dump(exclude={"evidence"})
    documents = [each.model_dump(exclude={"evidence"}) for each in facts.documents]
    return {**claim, "documents": documents}


def _as_json(value: object) -> str:
    """JSON with decimals written out, so that the engine compares exact amounts."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ",".join([f"{_as_json(k)}:{_as_json(v)}" for k, v in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_json, value)) + "]"
    return json.dumps(value)


def _table_fired(
    table: _Tried, trace: Mapping[str, Any], context: Mapping[str, Any], facts: Facts
) -> list[Fired]:
    node = trace.get(table.id)
    if not isinstance(node, dict):
        raise PolicyFailed(f"table {table.name!r} was not evaluated")
    rows, given = node["traceData"], node["output"][table.output_path]
    if not table.loops:
        return _fired_on(table, rows, given, context, facts.claim.evidence)
    if not len(rows) == len(given) == len(facts.documents):
        raise PolicyFailed(f"table {table.name!r} did not see every document")
    found: list[Fired] = []
    for at, document in enumerate(facts.documents):
        here = context["documents"][at]
        found += _fired_on(table, rows[at], given[at], here, document.evidence, at)
    return found


def _fired_on(
    table: _Tried,
    rows: list[dict[str, Any]],
    given: list[dict[str, Any]],
    context: Mapping[str, Any],
    evidence: Mapping[str, tuple[Proof, ...]],
    document: int | None = None,
) -> list[Fired]:
    expected = _holding(table, context)
    names = [str(row["rule"].get("_id")) for row in rows]
    if names != [row.id for row in expected] or len(given) != len(rows):
        raise PolicyFailed(f"table {table.name!r}: the engine lost a row")
    found = []
    for row, values in zip(expected, given, strict=True):
        proofs = [proof for fact, _ in row.tests for proof in evidence.get(fact, ())]
        found.append(
            Fired(
                table=table.name,
                row=f"{table.name}/{row.id}",
                code=values["code"],
                effect=values["outcome"],
                refer_to=values.get("refer_to"),
                message_zh=values["message_zh"],
                message_en=values["message_en"],
                document=document,
                evidence=tuple(dict.fromkeys(proofs)),
            )
        )
    return found


def _holding(table: _Tried, context: Mapping[str, Any]) -> list[_Row]:
    """The rows all of whose conditions hold."""
    values = {name: _as_json(value) for name, value in context.items()}
    start = "{" + ",".join(f'"{name}":{value}' for name, value in values.items())
    tested = {fact for row in table.rows for fact, _ in row.tests}
    subjects = {name: f'{start},"$":{values[name]}}}' for name in tested}
    holding = []
    for row in table.rows:
        try:
            if all(test.evaluate(subjects[fact]) for fact, test in row.tests):
                holding.append(row)
        except RuntimeError as error:
            raise PolicyFailed(f"row {table.name}/{row.id} failed") from error
    return holding
