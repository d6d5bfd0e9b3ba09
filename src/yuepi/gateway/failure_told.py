"""What of a failure goes to the caller, and what only into the log.

A request that is wrong is told all, so that it can be mended. A failure on this side of the door
may name paths, addresses and settings: those are the operator's business, the caller gets to know
which model failed, how, and what may help.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from yuepi.engines.contract import Call, EngineFailure
from yuepi.kit.errors import YuepiError

LOG = logging.getLogger(__name__)

LOGGED_CHARACTERS_MAX: Final = 500
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_REMEDIES: Final = {504: "ask again, or for less at once: fewer pictures, fewer words"}


class FailedHere(EngineFailure):
    """A failure of this side (HTTP 5xx) in the words that a caller may read."""

    def __init__(self, error: YuepiError, call: Call) -> None:
        code = error.code if _CODE.fullmatch(error.code) else type(error).code
        status = error.http_status
        who = f"the model {call.deployment!r}" if call.deployment else "the gateway"
        remedy = _REMEDIES.get(status, "ask again in a moment")
        super().__init__(
            f"{who} failed: {code}",
            remedy=f"{remedy}; if it stays so, tell the administrator the number {call.id}",
            code=code,
            retry_after_s=getattr(error, "retry_after_s", None),
            retryable=getattr(error, "retryable", True),
        )
        self.http_status = status


def for_callers(error: YuepiError, call: Call) -> YuepiError:
    """The error as the caller may see it: itself below 500, else logged and put in general words.

    `call` tells whose request it was and how far it got; nothing of what was asked is logged.
    """
    if error.http_status < 500 or isinstance(error, FailedHere):
        return error
    LOG.warning(
        "%s: key %s, %s at %s failed: %d %s: %s",
        call.id,
        call.key_id or "unknown",
        _line(call.route) or "no model",
        call.deployment or "no deployment",
        error.http_status,
        error.code,
        _line(error.message),
    )
    return FailedHere(error, call)


def _line(text: str) -> str:
    """A text as one short line: what others wrote must not look like lines of this log."""
    return " ".join(text.split())[:LOGGED_CHARACTERS_MAX]
