"""The schema that a model's answer must keep: one that every engine can hold it to."""

from __future__ import annotations

import itertools
import json

import pytest

from yuepi.documents.kinds import kind_named, known_kinds
from yuepi.documents.model_shape import field_schema, meaning
from yuepi.documents.readers.model_answer import stated
from yuepi.documents.said import asked_fields
from yuepi.engines.contract import JsonShape
from yuepi.engines.openvino_genai.grammar import grammar_of
from yuepi.gateway.answer_schema import read_schema
from yuepi.kit.json_schema import judge_of, schema_bytes

KINDS = [kind for kind in known_kinds() if asked_fields(kind)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kinds_schema_can_be_asked_for_and_made_a_grammar(kind):
    for numbered, boxes in itertools.product((True, False), repeat=2):
        schema = field_schema(kind, asked_fields(kind), numbered=numbered, boxes=boxes)
        assert read_schema(json.dumps(schema).encode()) == schema
        assert "root" in grammar_of(JsonShape(schema, "fields"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_nothing_but_fields_can_be_said(kind):
    names = asked_fields(kind)
    judge = judge_of(schema_bytes(field_schema(kind, names, numbered=True, boxes=True)))
    nothing = {name: {"value": None, "lines": [], "box": None} for name in names}
    assert judge.first_wrong(nothing) is None
    assert stated(json.dumps(nothing), names) == ()
    for more in ("decision", "confidence", "findings"):
        assert judge.first_wrong({**nothing, more: "approve"}) is not None
        first = {**nothing[names[0]], more: "approve"}
        assert judge.first_wrong({**nothing, names[0]: first}) is not None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_is_explained(kind):
    for name in asked_fields(kind):
        assert meaning(kind, name).strip()


def test_what_follows_from_the_kind_or_is_not_printed_is_not_asked():
    for kind in KINDS:
        asked = set(asked_fields(kind))
        assert not asked & {"rows_count", "signed_a", "seal"}
        assert not kind.is_invoice or not asked & {"type", "title"}
    assert asked_fields(kind_named("other")) == ()
    assert "title" in asked_fields(kind_named("contract"))
