"""Failures of the HTTP API, told as problem details (RFC 9457, https://www.rfc-editor.org/rfc/rfc9457).

Every answer that is no success is `application/problem+json` with a stable `code`, a `remedy`
that says what to do, and `errors` by field where fields were wrong. What was sent is not repeated,
and nothing of the inside is told: an unexpected failure is logged under an id, and only the id
leaves.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from yuepi.kit.errors import YuepiError

LOG = logging.getLogger(__name__)

PROBLEM: Final = "application/problem+json"
TOLD: Final = "yuepi.told"
"""The mark in a request's scope that its failure has been logged and answered."""

ERRORS_MAX: Final = 50
TEXT_CHARACTERS_MAX: Final = 300
PASSED_ON: Final = ("errors", "problems", "current", "figures")
"""What an error may carry for its reader: plain JSON values."""

_FIELD_CODES: Final = {
    "extra_forbidden": "unknown_field",
    "missing": "missing_field",
    "json_invalid": "invalid_json",
}
_REMEDIES: Final = {
    HTTPStatus.BAD_REQUEST: "check the request against /api/openapi.json",
    HTTPStatus.NOT_FOUND: "check the address against /api/openapi.json",
    HTTPStatus.METHOD_NOT_ALLOWED: "use a method that the Allow header names",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "send less at once",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "send application/json",
}
_CODES: Final = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "not_signed_in",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "unknown_url",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure as it is told. `more`: further members, `headers`: of the answer."""

    status: int
    code: str
    detail: str
    remedy: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def response(self) -> JSONResponse:
        """The answer that tells it."""
        told = {
            "type": f"urn:yuepi:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "remedy": self.remedy,
        }
        headers = dict(self.headers)
        return JSONResponse({**self.more, **told}, self.status, headers=headers, media_type=PROBLEM)


class WireRefused(YuepiError):
    """A request whose form is refused before anybody looks at what it asks.

    Whoever raises gives code and status: too_large 413, unsupported_media_type 415, too_slow 408.
    """

    def __init__(self, message: str, *, remedy: str, code: str, http_status: int) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.http_status = http_status


def tell_problems(app: FastAPI) -> None:
    """Let the application answer every failure with a problem."""
    app.add_exception_handler(YuepiError, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    # What is left: the answer is given here, and whoever serves sees the mark and stays silent.
    app.add_exception_handler(Exception, _answer)


def problem_of(error: BaseException) -> Problem:
    """The problem that tells of this failure. Logs what nobody expected."""
    if isinstance(error, YuepiError):
        return _expected(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):
        # A framework that read a body for us hides what our own limits said about it.
        cause = error.__cause__
        return _expected(cause) if isinstance(cause, YuepiError) else _framework(error)
    return _unexpected(error)


async def _answer(request: Request, error: Exception) -> Response:
    request.scope[TOLD] = True
    return problem_of(error).response


def _expected(error: YuepiError) -> Problem:
    more = {name: getattr(error, name) for name in PASSED_ON if getattr(error, name, None)}
    headers = {}
    wait_s = getattr(error, "retry_after_s", None)
    if wait_s is None and error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        wait_s = 1
    if wait_s is not None:
        headers["retry-after"] = str(max(1, round(wait_s)))
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="yuepi"'
    if error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(error.http_status, error.code, error.message, error.remedy, more, headers)
    LOG.warning("answered %d %s: %s", error.http_status, error.code, error.message)
    if error.__cause__ is None:
        return Problem(error.http_status, error.code, error.message, error.remedy, more, headers)
    # What something inside said may name hosts and files: that is for the log.
    detail = "a part of this desk does not work at the moment"
    remedy = "try again in a moment; if it stays so, ask whoever runs this desk to look at its log"
    return Problem(error.http_status, error.code, detail, remedy, {}, headers)


def _invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    told = [_field_error(error) for error in errors][:ERRORS_MAX]
    if any(each["code"] == "invalid_json" for each in told):
        return Problem(
            400, "invalid_json", "the body is no valid JSON", "send one JSON object", {}, {}
        )
    first = told[0] if told else {"field": "?", "message": "not valid"}
    return Problem(
        422,
        "invalid",
        _short(f"{first['field']}: {first['message']}"),
        "correct the fields named in errors; /api/openapi.json describes them",
        {"errors": told},
    )


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    """One field that was wrong: where, which rule, in words; never what was sent."""
    place, *path = [str(each) for each in error.get("loc", ())] or ["body"]
    kind = str(error.get("type", "invalid"))
    return {
        "in": place,
        "field": _short(".".join(path) or place),
        "code": _FIELD_CODES.get(kind, kind),
        "message": _short(str(error.get("msg", "not valid"))),
    }


def _framework(error: HTTPException) -> Problem:
    try:
        status = HTTPStatus(error.status_code)
    except ValueError:
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(
        status,
        _CODES.get(status, status.phrase.lower().replace(" ", "_")),
        status.description or status.phrase,
        _REMEDIES.get(status, "see /api/openapi.json"),
        {},
        dict(error.headers or {}),
    )


def _unexpected(error: BaseException) -> Problem:
    number = secrets.token_hex(6)
    shape = error.errors() if isinstance(error, ResponseValidationError) else ""
    LOG.error("unexpected failure %s %s", number, shape, exc_info=error)
    return Problem(
        500,
        "unexpected",
        "something went wrong here that nobody expected",
        f"try again; if it stays so, ask whoever runs this desk to look for {number} in the log",
        {"id": number},
    )


def _short(text: str) -> str:
    line = "".join(each if each.isprintable() else " " for each in text)
    return line if len(line) <= TEXT_CHARACTERS_MAX else line[: TEXT_CHARACTERS_MAX - 1] + "…"
