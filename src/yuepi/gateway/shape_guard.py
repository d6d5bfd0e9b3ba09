"""An answer that was asked for as JSON of a schema is that, or it is not given.

Only whole answers can be held back: where somebody reads along word by word
(`chat.incremental`), the words are already out, and the engine's own constrained decoding is what
there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from yuepi.engines.contract import (
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    JsonShape,
    Usage,
)
from yuepi.gateway.token_estimate import estimated_usage
from yuepi.gateway.wrapper import Wrapper
from yuepi.kit.json_schema import UnusableSchema, judge_of, schema_bytes


class ShapeGuard(Wrapper):
    """An engine that raises `EngineBroke` (`schema_mismatch`) for a whole answer of wrong shape.

    What that answer cost is added to `call.wasted`. An answer cut off by its length limit is not
    checked: `finish` already says that it is not whole.
    """

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        if chat.shape is None or chat.incremental:
            return self._engine.stream(chat)
        return self._checked(chat, chat.shape)

    async def _checked(self, chat: Chat, shape: JsonShape) -> AsyncGenerator[Delta, None]:
        await refuse_bad_schema(shape)
        held: list[Delta] = []
        async with aclosing(self._engine.stream(chat)) as deltas:
            async for delta in deltas:
                held.append(delta)
        if any(delta.finish == "stop" for delta in held):
            text = "".join(delta.text for delta in held)
            try:
                wrong = await mismatch(shape, text)
            except ChatRefused:
                _waste(chat, held, text)
                raise
            if wrong is not None:
                _waste(chat, held, text)
                raise EngineBroke(
                    f"{self.name} answered in another shape than asked for: {wrong}",
                    remedy="ask again, make the schema simpler, or allow more max_tokens",
                    code="schema_mismatch",
                )
        for delta in held:
            yield delta


def _waste(chat: Chat, held: list[Delta], text: str) -> None:
    """The backend worked for an answer that nobody gets: that has to be paid all the same."""
    usage: Usage | None = None
    for delta in held:
        usage = delta.usage or usage
    if usage is None:
        usage = estimated_usage(chat, len(text.encode("utf-8", "surrogatepass")))
    wasted = chat.call.wasted
    chat.call.wasted = usage if wasted is None else wasted.plus(usage)


async def refuse_bad_schema(shape: JsonShape) -> None:
    """Raise `ChatRefused` for a schema that is none, is too large, or cannot be checked."""
    if shape.schema is None:
        return
    try:
        # Always in a thread: how long it takes is for the schema's author to say.
        await asyncio.to_thread(judge_of, schema_bytes(shape.schema))
    except UnusableSchema as error:
        raise _refused(str(error)) from error


async def mismatch(shape: JsonShape, text: str) -> str | None:
    """What is wrong with an answer of this shape, or None; `ChatRefused` for a bad schema.

    See `kit.json_schema` for what is not judged.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return f"not JSON ({error})"
    if shape.schema is None:
        return None if isinstance(value, dict) else "not a JSON object"
    try:
        return await asyncio.to_thread(_first_wrong, schema_bytes(shape.schema), value)
    except UnusableSchema as error:
        raise _refused(str(error)) from error


def _first_wrong(schema: bytes, value: Any) -> str | None:
    wrong = judge_of(schema).first_wrong(value)
    if wrong is None:
        return None
    # The place and the schema's words, never the answer's: errors are logged.
    return f"at {wrong.path[:100]} it breaks {wrong.keyword} {wrong.expected!r:.100}"


def _refused(why: str) -> ChatRefused:
    return ChatRefused(
        f"the JSON schema asked for cannot be used: {why[:300]}",
        remedy="send a JSON Schema (draft 2020-12) without references to other addresses",
        code="invalid_schema",
        param="response_format",
    )
