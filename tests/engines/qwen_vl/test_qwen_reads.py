"""The reader `model` with the real engine: random weights that are held to the schema. Whatever
they write, nothing of a reading gets surer, and the call is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.engines.qwen_vl.conftest import Make
from tests.resources.size import tries
from tests.rooms.documents.test_model_reader import BEFORE, RECEIPT, file_of
from yuepi.documents.readers.model import ModelReader, ModelTerms
from yuepi.documents.reading import FileReading
from yuepi.gateway.deployment import Deployment
from yuepi.gateway.gateway import Gateway
from yuepi.gateway.prompts import load_prompts

pytestmark = pytest.mark.slow


TOKENS = tries(400, usual=100)


def test_random_weights_behind_the_schema_make_nothing_surer(make: Make) -> None:
    """With the recognised text and without it, by one engine: to load one takes longest."""

    async def story() -> list[FileReading]:
        gateway = Gateway(deployments=[Deployment("vl", make(), "tiny@1", tries_max=1)])
        terms = ModelTerms("vl", visual_tokens_max=64, tokens_max=TOKENS, seconds_max=240)
        try:
            return [
                (await ModelReader(gateway, load_prompts(), each).read(file_of(RECEIPT))).reading
                for each in (terms, replace(terms, show_text=False))
            ]
        finally:
            await gateway.close()

    for file in asyncio.run(story()):
        nothing_surer(file)


def nothing_surer(file: FileReading) -> None:
    (call,) = file.calls
    assert call.model == "tiny@1"
    assert call.outcome in ("read", "unusable_length")
    assert len(call.answer) == 64
    (reading,) = file.readings
    for name, field in reading.fields.items():
        before = BEFORE.fields[name]
        assert field.status in (before.status, "conflict") or field.only_said
        assert before.value in (None, field.value)
