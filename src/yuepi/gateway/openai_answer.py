"""Answers in OpenAI's language: whole, as server-sent events, and errors.

What an upstream of the same language sent is passed on as it came (`Delta.raw`); only an engine of
another kind has its words put into OpenAI's JSON here.
Source of the shapes: OpenAI's API reference of chat completions, and what its client parses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from yuepi.engines.contract import Delta, Finish, Usage
from yuepi.kit.errors import YuepiError

DONE = b"data: [DONE]\n\n"
RETRY_AFTER_S_DEFAULT = 1

_encode = msgspec.json.Encoder().encode
_EVENT_END = b"\n\n"


class _UsageChunk(msgspec.Struct):
    """What decides whether an event tells the usage and nothing else."""

    choices: list[msgspec.Raw] | None = None
    usage: msgspec.Raw = msgspec.Raw(b"null")


_usage_chunk = msgspec.json.Decoder(_UsageChunk)


def encode_text(text: str) -> bytes:
    """A JSON string; halves of broken surrogate pairs become the replacement character."""
    try:
        return _encode(text)
    except UnicodeEncodeError:
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _encode(whole)


def usage_fields(usage: Usage) -> dict[str, Any]:
    """The `usage` object."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def completion(
    id_: str, model: str, created: int, text: str, finish: Finish, usage: Usage | None
) -> bytes:
    """A whole `chat.completion`. `created` is Unix time in seconds."""
    return (
        b'{"id":%b,"object":"chat.completion","created":%d,"model":%b,"choices":[{"index":0,'
        % (
            _encode(id_),
            created,
            _encode(model),
        )
        + b'"message":{"role":"assistant","content":%b,"refusal":null},"logprobs":null,'
        % (encode_text(text))
        + b'"finish_reason":"%b"}]%b}'
        % (
            finish.encode(),
            b',"usage":' + _encode(usage_fields(usage)) if usage is not None else b"",
        )
    )


class EventWriter:
    """Turns the deltas of one answer into server-sent events.

    Raw events pass through, but for a chunk that only tells the usage when nobody asked for it:
    engines always ask their upstream, because the call log wants to know.
    """

    __slots__ = ("_head", "_include_usage", "_role_sent", "_tail", "_usage", "_usage_sent")

    def __init__(self, id_: str, model: str, created: int, *, include_usage: bool) -> None:
        self._head = (
            b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":['
            % (_encode(id_), created, _encode(model))
        )
        self._tail = b'],"usage":null}\n\n' if include_usage else b"]}\n\n"
        self._include_usage = include_usage
        self._role_sent = False
        self._usage: Usage | None = None
        self._usage_sent = False

    def piece(self, delta: Delta) -> bytes:
        """The events of one delta; may be empty."""
        if delta.usage is not None:
            self._usage = delta.usage
        raw = delta.raw
        if raw is not None:
            self._role_sent = True
            if delta.usage is None or delta.usage.estimated:
                return raw
            if not self._include_usage:
                return without_usage(raw)
            self._usage_sent = True
            return raw
        events = b""
        if not self._role_sent:
            self._role_sent = True
            events = self._chunk(b'{"role":"assistant","content":""}', b"null")
        if delta.text:
            events += self._chunk(b'{"content":%b}' % encode_text(delta.text), b"null")
        if delta.finish is not None:
            events += self._chunk(b"{}", b'"%b"' % delta.finish.encode())
        return events

    def end(self) -> bytes:
        """The last events of an answer that ended well: the usage if asked for, and `[DONE]`."""
        if not self._include_usage or self._usage_sent or self._usage is None:
            return DONE
        return b'%b],"usage":%b}\n\n%b' % (self._head, _encode(usage_fields(self._usage)), DONE)

    def _chunk(self, delta: bytes, finish: bytes) -> bytes:
        return b'%b{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}%b' % (
            self._head,
            delta,
            finish,
            self._tail,
        )


def without_usage(raw: bytes) -> bytes:
    """Whole events without those that tell the usage and nothing else."""
    if b'"usage"' not in raw:
        return raw
    kept = [event for event in raw.split(_EVENT_END) if event and not _is_usage_only(event)]
    return b"".join(event + _EVENT_END for event in kept)


def _is_usage_only(event: bytes) -> bool:
    if not event.startswith(b"data:") or b'"usage"' not in event:
        return False
    try:
        chunk = _usage_chunk.decode(event[5:])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return chunk.choices == [] and bytes(chunk.usage) != b"null"


# --- errors ------------------------------------------------------------------------------------

_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error ready to be sent: HTTP status, JSON body and headers beside the usual ones."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]]

    @property
    def event(self) -> bytes:
        """The same error where an answer had already begun."""
        return b"data: %b\n\n" % self.body


def problem_of(error: YuepiError) -> Problem:
    """An expected failure as OpenAI's clients understand it."""
    status = error.http_status
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    headers: list[tuple[bytes, bytes]] = []
    if status in (429, 503):
        after_s = getattr(error, "retry_after_s", None)
        seconds = RETRY_AFTER_S_DEFAULT if after_s is None else max(1, math.ceil(after_s))
        headers.append((b"retry-after", b"%d" % seconds))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    allowed = getattr(error, "allowed_method", None)
    if allowed is not None:
        headers.append((b"allow", allowed.encode()))
    # OpenAI's clients ask again after 408, 409, 429 and 5xx unless told not to.
    if error.code == "insufficient_quota" or not getattr(error, "retryable", True):
        headers.append((b"x-should-retry", b"false"))
    body = _problem_body(_sentences(error), kind, getattr(error, "param", None), error.code)
    return Problem(status, body, headers)


def unexpected_problem(request_id: str) -> Problem:
    """A failure nobody foresaw: tells only where to find it in the log."""
    message = f"Something went wrong inside the gateway. Its log tells what, under {request_id}."
    return Problem(500, _problem_body(message, "server_error", None, "internal_error"), ())


def _problem_body(message: str, kind: str, param: str | None, code: str) -> bytes:
    fields = {"message": message, "type": kind, "param": param, "code": code}
    try:
        return _encode({"error": fields})
    except UnicodeEncodeError:
        fields["message"] = message.encode("utf-8", "replace").decode("utf-8")
        return _encode({"error": fields})


def _sentences(error: YuepiError) -> str:
    """Message and remedy as two sentences."""
    return " ".join(
        text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?。！？" else ".")
        for text in (error.message.strip(), error.remedy.strip())
        if text
    )
