"""Errors a person can act on.

Every expected failure carries a stable `code`, an HTTP status and a remedy, so that each edge
(command line, API, report) can show it without guessing. Unexpected failures stay exceptions.
"""

from __future__ import annotations


class YuepiError(Exception):
    """An expected failure: what happened, under which stable code, and what to do about it.

    Subclasses set `code`, `http_status` and `exit_code` (1 refused or found something, 2 usage,
    3 unavailable). `message` names the thing concerned, `remedy` tells the next step.
    """

    code = "error"
    http_status = 500
    exit_code = 1

    def __init__(self, message: str, *, remedy: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if code is not None:
            self.code = code


class UnreadableFile(YuepiError):
    """A file that cannot be read: damaged, encrypted, empty, too large, or of an unknown type."""

    code = "unreadable_file"
    http_status = 422


class BadUsage(YuepiError):
    """The caller asked for something that does not exist or makes no sense."""

    code = "bad_usage"
    http_status = 400
    exit_code = 2


class Unavailable(YuepiError):
    """A part that is needed is not there now: a model, a library, a service."""

    code = "unavailable"
    http_status = 503
    exit_code = 3
