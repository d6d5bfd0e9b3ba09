"""Texts become vectors at the door."""

from __future__ import annotations

import base64
import json
import struct
from decimal import Decimal
from typing import Any

import pytest

from tests.rooms.gateway.scripted_answers import told
from tests.rooms.gateway.scripted_gateway import (
    KEY,
    LIMITS,
    CountingEmbedder,
    Reply,
    ScriptedGateway,
    ScriptedKeyring,
)
from yuepi.engines.contract import EngineUnavailable, Usage
from yuepi.gateway.api import Door
from yuepi.gateway.call_record import CallRecord
from yuepi.kit.errors import Unavailable

EMBED = "/v1/embeddings"


def embed(**fields: Any) -> Reply:
    return told(json.dumps({"model": "lengths", **fields}).encode(), EMBED)


def test_texts_become_vectors() -> None:
    answer = embed(input=["a", "发票"]).json
    assert [one["embedding"] for one in answer["data"]] == [[1, 0.5, -1, 0], [2, 0.5, -1, 0]]
    assert [one["index"] for one in answer["data"]] == [0, 1]
    assert answer["model"] == "lengths"
    assert answer["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    packed = embed(input="abc", encoding_format="base64", dimensions=4).json["data"][0]
    numbers = struct.unpack("<4f", base64.b64decode(packed["embedding"]))
    assert numbers == (3.0, 0.5, -1.0, 0.0)
    assert len(embed(input=["x"] * 1000).json["data"]) == 1000


def test_a_query_is_told_from_a_passage() -> None:
    embedder = CountingEmbedder()
    door = Door(ScriptedGateway({}), ScriptedKeyring(), {"lengths": embedder}, LIMITS)
    for kind in ("query", "passage", None):
        data = json.dumps({"model": "lengths", "input": "x", "input_type": kind}).encode()
        assert told(data, EMBED, door=door).status == 200
    assert embedder.queries == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": [1, 2, 3]}, "input"),
        ({"input": [[1, 2], [3]]}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": ["a"] * 3000}, "input"),
        ({"input": "x" * 1_000_001}, "input"),
        ({"input": {}}, "input"),
        ({"input": "x", "dimensions": 3}, "dimensions"),
        ({"input": "x", "encoding_format": "int8"}, "encoding_format"),
    ],
)
def test_wrong_inputs_are_refused(fields: dict[str, Any], param: str) -> None:
    reply = embed(**fields)
    assert reply.status == 400
    assert reply.error["param"] == param


def test_embedding_asks_for_admission() -> None:
    async def admit(key: Any) -> None:
        raise EngineUnavailable("spending cannot be written down", remedy="wait")

    door = Door(
        ScriptedGateway({}), ScriptedKeyring(), {"lengths": CountingEmbedder()}, LIMITS, admit=admit
    )
    data = json.dumps({"model": "lengths", "input": "x"}).encode()
    assert told(data, EMBED, door=door).status == 503
    assert told(data.replace(b"lengths", b"absent"), EMBED).status == 404


def test_embeddings_count_for_the_key() -> None:
    charges: list[Any] = []
    door = Door(
        ScriptedGateway({}),
        ScriptedKeyring(),
        {"lengths": CountingEmbedder()},
        LIMITS,
        charge=lambda *charge: charges.append(charge),
    )
    for texts in (["a", "发票"], "x" * 400, ""):
        told(json.dumps({"model": "lengths", "input": texts}).encode(), EMBED, door=door)
    told(json.dumps({"model": "absent", "input": "a"}).encode(), EMBED, door=door)
    assert charges == [(KEY, Usage(tokens, 0, estimated=True), Decimal(0)) for tokens in (3, 100)]


def test_embeddings_are_recorded() -> None:
    class Breaks(CountingEmbedder):
        async def embed(self, texts: Any, *, query: bool = False) -> list[list[float]]:
            raise EngineUnavailable("not there", remedy="wait")

    records: list[CallRecord] = []
    embedders = {"lengths": CountingEmbedder(), "breaks": Breaks()}
    door = Door(ScriptedGateway({}), ScriptedKeyring(), embedders, LIMITS, record=records.append)
    for model, status in (("lengths", 200), ("breaks", 503)):
        data = json.dumps({"model": model, "input": ["a", "发票"]}).encode()
        reply = told(data, EMBED, door=door)
        assert reply.status == status
        record = records[-1]
        assert record.id == reply.headers[b"x-request-id"].decode()
        assert (record.tenant, record.key_id, record.route) == (KEY.tenant, KEY.id, model)
        assert (record.prompt_tokens, record.usage_estimated) == (3, True)
        assert len(record.request_sha256) == 64
    assert [each.outcome for each in records] == ["done", "engine_unavailable"]
    assert records[0].request_sha256 == records[1].request_sha256


def test_an_answer_that_cannot_be_recorded_is_none() -> None:
    def record(row: CallRecord) -> None:
        raise Unavailable("the call log is full", remedy="wait", code="call_log_full")

    embedders = {"lengths": CountingEmbedder()}
    door = Door(ScriptedGateway({}), ScriptedKeyring(), embedders, LIMITS, record=record)
    reply = told(json.dumps({"model": "lengths", "input": "a"}).encode(), EMBED, door=door)
    assert (reply.status, reply.error["code"]) == (503, "call_log_full")
