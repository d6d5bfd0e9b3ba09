"""Callers are told what helps them; what only the operator should know is in the log."""

from __future__ import annotations

import logging

import pytest

from tests.rooms.gateway.scripted_answers import body, events, told
from yuepi.engines.contract import Call, ChatRefused, EngineTimeout, EngineUnavailable
from yuepi.gateway.failure_told import for_callers
from yuepi.gateway.openai_answer import problem_of
from yuepi.kit.errors import Unavailable, YuepiError

CALL = Call(id="req-7", key_id="key-1", route="desk", deployment="vl")


@pytest.mark.parametrize(
    "error",
    [
        EngineUnavailable(
            "http://10.0.0.7:8000 refused\nreq-8: key key-2",
            remedy="look into /srv/vl.log, or set UPSTREAM_KEY",
            retry_after_s=7,
        ),
        EngineTimeout("/srv/model was silent", remedy="UPSTREAM_KEY"),
        Unavailable("the database at 10.0.0.7 is down", remedy="start it in /srv"),
        YuepiError("UPSTREAM_KEY", remedy="/srv", code="http://10.0.0.7"),
    ],
)
def test_a_failure_here_is_told_in_general_words(
    error: YuepiError, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        told_ = for_callers(error, CALL)
    text = problem_of(told_).body.decode()
    assert "vl" in text
    assert "req-7" in text
    assert not any(secret in text for secret in ("10.0", "/srv", "UPSTREAM_KEY"))
    assert told_.http_status == error.http_status
    assert getattr(told_, "retry_after_s", None) == getattr(error, "retry_after_s", None)
    [line] = caplog.messages
    assert "\n" not in line
    for each in ("req-7", "key-1", "desk", "vl", error.code, error.message[:20]):
        assert each in line
    assert for_callers(told_, CALL) is told_


def test_a_wrong_request_is_told_all() -> None:
    error = ChatRefused("too large", remedy="send less")
    assert for_callers(error, CALL) is error


@pytest.mark.parametrize("stream", [False, True])
def test_the_door_tells_so(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        reply = told(body("late", stream=stream))
    error = events(reply)[-1]["error"] if stream else reply.error
    assert "cut off" not in error["message"]
    assert "'stub'" in error["message"]
    assert "cut off" in caplog.text
    assert reply.headers[b"x-request-id"].decode() in caplog.text
