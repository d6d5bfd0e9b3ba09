"""Server-sent events of chat completions: bytes as the network cut them → whole deltas.

Pure: no input and output. The same bytes give the same text, finish and usage however they were
cut (proved by a property test). Facts of the format: html.spec.whatwg.org/multipage/
server-sent-events.html#event-stream-interpretation.

When an answer is whole: the upstream said why it finished. `[DONE]` without that, or the end of the
stream without that, is a truncated answer, however cleanly the connection closed. After the finish
reason the text is complete by the model's own word, so a missing `[DONE]` is forgiven if the
stream then ended cleanly, or if the usage, the last thing sent before `[DONE]`, has come.
"""

from __future__ import annotations

import msgspec

from yuepi.engines.contract import Delta, EngineBroke, Finish, Usage

_FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}

_DONE = b"[DONE]"
_REMEDY_BROKEN = "try again; if it goes on, look at the log of the model's server"


class _CachedTokens(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _CachedTokens | None = None


class _Text(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Text | None = None
    message: _Text | None = None
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: msgspec.Raw | None = None
    # Older vLLM: {"object": "error", "message": ...} instead of {"error": {...}}.
    message: str | None = None


class Fault(msgspec.Struct):
    """What an upstream said of its error, in the shapes of OpenAI, vLLM, SGLang and Ollama."""

    message: str = ""
    code: str = ""
    type: str = ""
    param: str | None = None


_decode_answer = msgspec.json.Decoder(_Answer).decode
_decode_any = msgspec.json.Decoder().decode


def read_fault(body: bytes) -> Fault:
    """The error in a JSON body, or the body's own text where it is none. At most 600 characters."""
    try:
        found = _decode_any(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Fault(_one_line(body[:2400].decode("utf-8", "replace")))
    if isinstance(found, dict):
        found = next((found[key] for key in ("error", "detail") if found.get(key)), found)
    if not isinstance(found, dict):
        return Fault(_one_line(str(found)))
    param = found.get("param")
    return Fault(
        _one_line(str(found.get("message") or found)),
        str(found.get("code") or ""),
        str(found.get("type") or ""),
        param if isinstance(param, str) else None,
    )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 600 else line[:599] + "…"


def read_body(body: bytes, name: str) -> Delta:
    """A whole, unstreamed answer as one delta; raises `EngineBroke` where it is none."""
    answer = _read_answer(body, name)
    _check_fault(answer, body, name)
    choice = answer.choices[0] if answer.choices else None
    if choice is None or choice.message is None:
        raise EngineBroke(f"{name} sent no choice in its answer", remedy=_REMEDY_BROKEN)
    finish = _finish(choice.finish_reason, name)
    if finish is None:
        raise _truncated(name)
    return Delta(choice.message.content or "", finish, _usage(answer.usage), body)


def _read_answer(data: bytes, name: str) -> _Answer:
    try:
        return _decode_answer(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        start = _one_line(data[:120].decode("utf-8", "replace"))
        raise EngineBroke(
            f"{name} sent something else than a chat completion ({error}): {start}",
            remedy="check that url is the address of an OpenAI-compatible API (often …/v1)",
        ) from error


def _check_fault(answer: _Answer, data: bytes, name: str) -> None:
    # `"error": null` beside choices is no error.
    said = answer.error is not None and bytes(answer.error) != b"null"
    if said or (answer.choices is None and answer.usage is None and answer.message is not None):
        fault = read_fault(data)
        raise EngineBroke(f"{name} broke off: {fault.message}", remedy=_REMEDY_BROKEN)


def _finish(reason: str | None, name: str) -> Finish | None:
    if not reason:
        return None
    try:
        return _FINISHES[reason]
    except KeyError:
        # abort, error, tool_calls: not the end of an answer.
        raise EngineBroke(
            f"{name} stopped without an answer: {reason[:60]}", remedy=_REMEDY_BROKEN
        ) from None


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None or usage.prompt_tokens is None:
        return None
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details is not None else 0
    # Nobody is paid for having been asked, whatever an upstream counts.
    return Usage(max(usage.prompt_tokens, 0), max(usage.completion_tokens or 0, 0), max(cached, 0))


def _truncated(name: str) -> EngineBroke:
    return EngineBroke(
        f"{name} ended in the middle of its answer (truncated)", remedy=_REMEDY_BROKEN
    )


class EventSplitter:
    """Cuts a byte stream into the data of whole events. One event is at most `bytes_max` long."""

    def __init__(self, bytes_max: int, name: str) -> None:
        self._bytes_max = bytes_max
        self._name = name
        self._rest = bytearray()
        self._carriage = False

    def feed(self, data: bytes) -> list[bytes]:
        """The data of every event that is whole now, comments and empty ones left out."""
        if (
            data.startswith(b"data: {")
            and data.endswith(b"}\n\n")
            and data.count(b"\n") == 2
            and not (self._rest or self._carriage or b"\r" in data)
        ):
            # One event, as most reads are: nothing to cut.
            self._check_size(len(data))
            return [data[6:-2]]
        if self._carriage:
            data = b"\r" + data
            self._carriage = False
        if b"\r" in data:
            # A line may end in CR LF, and the network may cut between the two.
            self._carriage = data.endswith(b"\r")
            data = data.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._rest:
            seen = len(self._rest)
            self._rest += data
            end = self._rest.rfind(b"\n\n", max(0, seen - 1))
            if end < 0:
                self._check_size(len(self._rest))
                return []
            whole = bytes(self._rest[:end])
            del self._rest[: end + 2]
        else:
            end = data.rfind(b"\n\n")
            whole = data[: max(end, 0)]
            self._rest += data[end + 2 :] if end >= 0 else data
        self._check_size(len(self._rest))
        return [event for part in whole.split(b"\n\n") if (event := self._data_of(part))]

    def flush(self) -> bytes:
        """The data of an event that the stream ended before its blank line; empty if none."""
        rest = bytes(self._rest)
        self._rest.clear()
        return self._data_of(rest)

    def _check_size(self, size: int) -> None:
        if size > self._bytes_max:
            raise EngineBroke(
                f"{self._name} sent an event of more than {self._bytes_max} bytes",
                remedy="raise event_bytes_max of this model if such events are meant",
            )

    def _data_of(self, event: bytes) -> bytes:
        self._check_size(len(event))
        if event.startswith(b"data: {") and b"\n" not in event:
            return event[6:]
        lines = (line[5:] for line in event.split(b"\n") if line.startswith(b"data:"))
        return b"\n".join(line.removeprefix(b" ") for line in lines).strip()


class EventReader:
    """One streamed answer: what each network read adds to it."""

    def __init__(self, name: str, event_bytes_max: int) -> None:
        self._name = name
        self._splitter = EventSplitter(event_bytes_max, name)
        self._usage: Usage | None = None
        self.finish: Finish | None = None
        self.done = False

    def read(self, data: bytes) -> Delta | None:
        """The delta of this network read, or None if it completed no event.

        Raises `EngineBroke` for an error event, for JSON that is none, and for `[DONE]` before
        any finish reason.
        """
        events = self._splitter.feed(data)
        return self._join(events) if events else None

    def end(self, *, clean: bool) -> Delta | None:
        """The stream is over; raises `EngineBroke` if the answer is not whole (see above)."""
        last = None
        if clean and not self.done:
            rest = self._splitter.flush()
            last = self._join([rest]) if rest else None
        whole = self.finish is not None and (clean or self.done or self._usage is not None)
        if not whole:
            raise _truncated(self._name)
        return last

    def _join(self, events: list[bytes]) -> Delta | None:
        texts: list[str] = []
        passed: list[bytes] = []
        finish: Finish | None = None
        usage: Usage | None = None
        for event in events:
            if self.done:
                break
            if event == _DONE:
                self.done = True
                if self.finish is None:
                    raise _truncated(self._name)
                break
            answer = _read_answer(event, self._name)
            _check_fault(answer, event, self._name)
            for choice in answer.choices or ():
                if choice.index != 0:
                    continue
                if choice.delta is not None and choice.delta.content:
                    texts.append(choice.delta.content)
                if choice.finish_reason and self.finish is None:
                    self.finish = finish = _finish(choice.finish_reason, self._name)
                    # Some servers count in every event; what counts is the number at the end.
                    usage = self._usage
            if answer.usage is not None and (counted := _usage(answer.usage)) is not None:
                self._usage = counted
                usage = counted if self.finish is not None else None
            passed.append(b"data: " + event.replace(b"\n", b"\ndata: ") + b"\n\n")
        if not passed:
            return None
        return Delta("".join(texts), finish, usage, b"".join(passed))
