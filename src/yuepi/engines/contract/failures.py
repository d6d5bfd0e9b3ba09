"""What an engine may raise: the question was wrong, or the backend failed."""

from __future__ import annotations

from yuepi.kit.errors import YuepiError


class ChatRefused(YuepiError):
    """The question itself cannot be answered by this model; asking again changes nothing.

    `param` names the request's field concerned, as OpenAI's errors do.
    """

    code = "invalid_request"
    http_status = 400

    def __init__(
        self, message: str, *, remedy: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.param = param


class EngineFailure(YuepiError):
    """The backend failed. Another try or another backend may do better.

    `retryable`: the same backend may answer if asked again (not so after a wrong key).
    `retry_after_s`: how long the backend asked us to wait, if it did.
    """

    code = "engine_failed"
    http_status = 502
    exit_code = 3
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str | None = None,
        retry_after_s: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.retry_after_s = retry_after_s
        if retryable is not None:
            self.retryable = retryable


class EngineUnavailable(EngineFailure):
    """Not there: cannot be reached, cannot load, still starting, breaker open."""

    code = "engine_unavailable"
    http_status = 503


class EngineBusy(EngineFailure):
    """There, but full: its own limit, or ours for it."""

    code = "engine_busy"
    http_status = 429


class EngineTimeout(EngineFailure):
    """Did not answer, or not go on answering, in time."""

    code = "engine_timeout"
    http_status = 504


class EngineBroke(EngineFailure):
    """Answered wrongly: reset, truncated stream, not the promised JSON, a server error."""

    code = "engine_broke"
    http_status = 502
