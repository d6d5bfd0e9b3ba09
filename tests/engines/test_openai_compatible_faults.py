"""What the OpenAI-compatible engine makes of an upstream that fails. Scripted, loopback only."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from tests.faults.asking import answer, fail, with_engine
from tests.faults.upstream import (
    ErrorEvent,
    Reply,
    Reset,
    Status,
    Step,
    Truncated,
    Upstream,
    WrongJson,
)
from yuepi.engines.contract import (
    Call,
    Chat,
    ChatRefused,
    Engine,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
    Message,
)
from yuepi.engines.openai_compatible.failures import KeyRefused, retry_after_s


def chat(*, incremental: bool = True, deadline_s: float | None = None) -> Chat:
    deadline = None if deadline_s is None else time.monotonic() + deadline_s
    messages = (Message("user", ("?",)),)
    return Chat(messages, incremental=incremental, call=Call(deadline=deadline))


@pytest.mark.parametrize("incremental", [True, False])
@pytest.mark.parametrize(
    ("step", "kind", "retryable"),
    [
        (Status(429), EngineBusy, True),
        (Status(429, code="insufficient_quota"), EngineBusy, False),
        (Status(500), EngineBroke, True),
        (Status(502, body=b"<html>Bad Gateway</html>"), EngineBroke, True),
        (Status(503), EngineUnavailable, True),
        (Status(504), EngineUnavailable, True),
        (Status(408), EngineTimeout, True),
        (Status(401), KeyRefused, False),
        (Status(403), KeyRefused, False),
        (Status(402), EngineFailure, False),
        (Status(404, "The model `stub` does not exist"), EngineFailure, False),
        (Status(400, "overdue balance", code="Arrearage"), EngineFailure, False),
        (Status(302, headers={"Location": "http://127.0.0.1:1/"}), EngineFailure, False),
        (WrongJson(), EngineBroke, True),
        (WrongJson(b"[]"), EngineBroke, True),
        (WrongJson(b'{"choices":[]}'), EngineBroke, True),
        (WrongJson(b'{"choices":[{"delta":{},"message":{"content":"x"}}]}'), EngineBroke, True),
        (
            WrongJson(b'{"choices":[{"delta":{},"message":{},"finish_reason":"abort"}]}'),
            EngineBroke,
            True,
        ),
        (WrongJson(b'{"choices":[{"delta":{"content":"\xff"}}]}'), EngineBroke, True),
        (ErrorEvent(), EngineBroke, True),
        (Truncated(), EngineBroke, True),
        (Reset(), EngineBroke, True),
        (Reset(("half an ",)), EngineBroke, True),
    ],
)
def test_every_fault_is_its_own_error(
    step: Step, kind: type[EngineFailure], retryable: bool, incremental: bool
) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [step]
        error, deltas = await fail(engine, chat(incremental=incremental))
        assert type(error) is kind
        assert isinstance(error, EngineFailure)
        assert error.retryable is retryable
        assert error.remedy
        assert all(delta.finish is None for delta in deltas)
        assert len(up.requests) == 1
        # The pool is not spoilt by it.
        assert await answer(engine, chat())

    with_engine(use)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Status(400, "bad temperature"), "invalid_request"),
        (Status(413, body=b"Request Entity Too Large"), "invalid_request"),
        (Status(422, body=b'{"detail":"messages: field required"}'), "invalid_request"),
        (
            Status(400, "This model's maximum context length is 32768 tokens. However, ..."),
            "context_length_exceeded",
        ),
        (
            Status(
                400,
                body=b'{"error":{"code":400,"type":"exceed_context_size_error","message":'
                b'"request (9412 tokens) exceeds the available context size (8192 tokens)"}}',
            ),
            "context_length_exceeded",
        ),
        (
            Status(400, "Range of input length should be [1, 129024]"),
            "context_length_exceeded",
        ),
        (
            Status(400, "sensitive content", code="InputImageRiskDetection"),
            "content_filter",
        ),
    ],
)
def test_refusals_pass_on_what_the_upstream_says(step: Status, code: str) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [step]
        error, _ = await fail(engine, chat())
        assert type(error) is ChatRefused
        assert error.code == code
        said = step.message if step.body is None else step.body.decode()
        assert error.message.split(": ", 1)[1][:20] in said

    with_engine(use)


def test_a_long_refusal_is_trimmed() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Status(400, "x" * 50_000), Status(500, body=b"y" * 500_000)]
        for _ in range(2):
            error, _ = await fail(engine, chat())
            assert len(error.message) < 700

    with_engine(use)


def test_retry_after_in_seconds_or_as_a_date() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        later = formatdate(time.time() + 90, usegmt=True)
        up.script = [Status(429, retry_after="7"), Status(503, retry_after=later)]
        busy, _ = await fail(engine, chat())
        assert isinstance(busy, EngineBusy)
        assert busy.retry_after_s == 7.0
        gone, _ = await fail(engine, chat())
        assert isinstance(gone, EngineUnavailable)
        assert gone.retry_after_s is not None
        assert 80 < gone.retry_after_s <= 90

    with_engine(use)


def test_strange_retry_after_headers_do_no_harm() -> None:
    assert retry_after_s("soon") is None
    assert retry_after_s("nan") is None
    assert retry_after_s("-5") == 0.0
    assert retry_after_s("1e99") == 3600.0
    assert retry_after_s(None) is None
    assert retry_after_s("Wed, 99 Foo 2020 25:61:00 GMT") is None


def test_a_wrong_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", "sk-wrong")

    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Status(401, "Incorrect API key provided: sk-wrong!")]
        error, _ = await fail(engine, chat())
        assert "ARK_API_KEY" in error.remedy
        assert "Incorrect API key" in error.message
        assert "sk-wrong" not in error.message + error.remedy

    with_engine(use, preset="volcengine_ark")


def test_warm_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        with pytest.raises(EngineFailure) as caught:
            await engine.warm()
        assert "ARK_API_KEY" in caught.value.message
        assert not up.requests

    monkeypatch.delenv("ARK_API_KEY", raising=False)
    with_engine(use, preset="volcengine_ark")


def test_the_stub_itself_counts() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.otherwise = Reply("later")
        assert "".join([delta.text async for delta in engine.stream(chat())]) == "later"
        assert (up.open, up.cut, len(up.requests)) == (0, 0, 1)

    with_engine(use)
