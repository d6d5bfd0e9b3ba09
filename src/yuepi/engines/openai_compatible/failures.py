"""What an upstream's refusal or a broken connection means for the one who asked.

Codes of Volcengine Ark: volcengine.com/docs/82379/1099476; of DashScope: help.aliyun.com/zh/
model-studio/error-code; of llama.cpp: `exceed_context_size_error`.
"""

from __future__ import annotations

import math
import os
import re
import ssl
import time
from email.utils import parsedate_to_datetime

import aiohttp

from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
)
from yuepi.engines.openai_compatible.events import Fault
from yuepi.kit.errors import YuepiError

RETRY_AFTER_S_MAX = 3600.0

_CONTEXT_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)"
    r"|longer than the (?:model|maximum)"
    r"|range of input length"
    r"|exceeds?\b.{0,24}\bmax(?:imum)?[ _](?:message |input )?(?:tokens|length)",
    re.IGNORECASE,
)
_UNSAFE = re.compile(r"risk_?detection|data_?inspection|content_?filter", re.IGNORECASE)
# Told with status 400, but about the account or the endpoint and not about the question.
_NOT_THE_QUESTION = re.compile(
    r"arrearage|overdue|ClosedEndpoint|insufficient_(?:quota|balance)", re.IGNORECASE
)
_TRY_LATER = "try again later, or give this alias a fallback"


class KeyRefused(EngineFailure):
    """The upstream does not take the key, or wants one where none was sent."""

    retryable = False


def failure_of_status(
    name: str,
    status: int,
    fault: Fault,
    *,
    key_from: str,
    model: str,
    retry_after: str | None,
    url_end: str = "/v1",
) -> YuepiError:
    """The error for an HTTP status that is not 200. `key_from` says where the key came from,
    `url_end` how an address of such an entry often ends."""
    said = f": {fault.message}" if fault.message else ""
    told = f"{name} answered {status}{said}"
    wait_s = retry_after_s(retry_after)
    about = f"{fault.code} {fault.type}"
    if status == 429:
        return EngineBusy(
            told,
            remedy="wait, lower concurrency_max of this model, or raise the limit at its provider",
            retry_after_s=wait_s,
            # Money that is used up does not come back by waiting.
            retryable=not _NOT_THE_QUESTION.search(about),
        )
    if status in (401, 403):
        return KeyRefused(told, remedy=f"check the key: {key_from}")
    if status == 402 or (status == 400 and _NOT_THE_QUESTION.search(about)):
        return EngineFailure(
            told, remedy="look after the account or endpoint at its provider", retryable=False
        )
    if status in (404, 405, 410):
        remedy = f"check model ({model!r}) and url of this entry; url often ends in {url_end}"
        return EngineFailure(told, remedy=remedy, retryable=False)
    if 300 <= status < 400:
        remedy = "redirects are not followed: put the final address in url"
        return EngineFailure(told, remedy=remedy, retryable=False)
    if status == 408:
        return EngineTimeout(told, remedy=_TRY_LATER, retry_after_s=wait_s)
    if 400 <= status < 500:
        return _refusal(told, status, fault)
    if status in (503, 504):
        return EngineUnavailable(told, remedy=_TRY_LATER, retry_after_s=wait_s)
    return EngineBroke(told, remedy=_TRY_LATER, retry_after_s=wait_s)


def _refusal(told: str, status: int, fault: Fault) -> ChatRefused:
    text = f"{fault.code} {fault.type} {fault.message}"
    if _CONTEXT_TOO_LONG.search(text):
        return ChatRefused(
            told,
            remedy="send less: fewer turns, fewer or smaller pictures, a smaller max_tokens",
            code="context_length_exceeded",
            param="messages",
        )
    if _UNSAFE.search(f"{fault.code} {fault.type}"):
        remedy = "the provider's content rules refused it: change the text or the picture"
        return ChatRefused(told, remedy=remedy, code="content_filter", param="messages")
    remedy = "send a smaller request" if status == 413 else "correct the request as it says"
    return ChatRefused(told, remedy=remedy, param=fault.param)


def retry_after_s(text: str | None) -> float | None:
    """Seconds of a Retry-After header (a number or an HTTP date), at most an hour."""
    if not text:
        return None
    try:
        wait_s = float(text)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    if math.isnan(wait_s):
        return None
    return min(max(wait_s, 0.0), RETRY_AFTER_S_MAX)


def failure_of_connection(
    name: str,
    url: str,
    error: BaseException,
    *,
    connect_s: float,
    read_s: float,
    read_option: str = "read_timeout_s",
) -> EngineFailure:
    """The error for what went wrong below HTTP; `read_option` is the name of `read_s`."""
    what = _why(error)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return EngineTimeout(
            f"{name}: no connection to {url} within {connect_s:g} s",
            remedy="check that the server runs; raise connect_timeout_s if it is far away",
        )
    if isinstance(error, aiohttp.SocketTimeoutError):
        return EngineTimeout(
            f"{name}: {url} was silent for {read_s:g} s",
            remedy=f"raise {read_option} if this model thinks for longer than that",
            # It has the question and may still be at it: asked again it would work twice.
            retryable=False,
        )
    if isinstance(error, TimeoutError):
        return EngineTimeout(
            f"{name} did not finish before the deadline of the call",
            remedy="raise deadline_s of the route, or ask for a shorter answer",
        )
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return EngineUnavailable(
            f"{name}: no safe connection to {url}: {what}",
            remedy="for a private certificate authority give its file as ca_file",
            retryable=False,
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return EngineUnavailable(
            f"{name}: cannot reach {url}: {what}",
            remedy="check that the server runs and that url is right",
        )
    return EngineBroke(
        f"{name}: the connection to {url} broke: {what}",
        remedy="try again; if it goes on, look at the log of the model's server",
    )


def _why(error: BaseException) -> str:
    """What the system says, without the socket's address and options around it."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message or "its certificate is not trusted"
    # The numbers of TLS and of name servers are none of the system's.
    if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno:
        return os.strerror(cause.errno).lower()
    return str(cause) or type(cause).__name__


def past_deadline(name: str) -> EngineTimeout:
    """The error for a call whose deadline had passed before anything was sent."""
    return EngineTimeout(
        f"{name} was not asked: the deadline of the call had passed",
        remedy="raise deadline_s of the route, or look why the call waited so long",
    )
