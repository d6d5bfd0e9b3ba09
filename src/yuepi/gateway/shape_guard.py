"""An answer that was asked for as JSON of a schema is that, or it is not given.

Only whole answers can be held back: where somebody reads along word by word
(`chat.incremental`), the words are already out, and the engine's own constrained decoding is what
there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from yuepi.engines.contract import (
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    JsonShape,
)
from yuepi.gateway.wrapper import Wrapper

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SCHEMA_BYTES_MAX = 256 * 1024
#: References followed while checking one answer: a few lines of schema can ask for billions.
_REFERENCES_MAX = 20_000
#: Up to this much schema and answer together is checked on the event loop, more in a thread.
_INLINE_BYTES_MAX = 16 * 1024

_references_left: ContextVar[list[int]] = ContextVar("references_left")


class ShapeGuard(Wrapper):
    """An engine that raises `EngineBroke` (`schema_mismatch`) for a whole answer of wrong shape.

    An answer cut off by its length limit is not checked: `finish` already says that it is not
    whole.
    """

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        if chat.shape is None or chat.incremental:
            return self._engine.stream(chat)
        return self._checked(chat, chat.shape)

    async def _checked(self, chat: Chat, shape: JsonShape) -> AsyncGenerator[Delta, None]:
        refuse_bad_schema(shape)
        held: list[Delta] = []
        async with aclosing(self._engine.stream(chat)) as deltas:
            async for delta in deltas:
                held.append(delta)
        if any(delta.finish == "stop" for delta in held):
            wrong = await mismatch(shape, "".join(delta.text for delta in held))
            if wrong is not None:
                raise EngineBroke(
                    f"{self.name} answered in another shape than asked for: {wrong}",
                    remedy="ask again, make the schema simpler, or allow more max_tokens",
                    code="schema_mismatch",
                )
        for delta in held:
            yield delta


def refuse_bad_schema(shape: JsonShape) -> None:
    """Raise `ChatRefused` for a schema that is none, is too large, or cannot be checked."""
    if shape.schema is not None:
        _validator(_schema_json(shape.schema))


async def mismatch(shape: JsonShape, text: str) -> str | None:
    """What is wrong with an answer of this shape, or None; `ChatRefused` for a bad schema.

    `pattern` is not checked: a client's regular expression may take forever.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        return f"not JSON ({error})"
    if shape.schema is None:
        return None if isinstance(value, dict) else "not a JSON object"
    schema_json = _schema_json(shape.schema)
    if len(schema_json) + len(text) <= _INLINE_BYTES_MAX:
        return _first_error(schema_json, value)
    return await asyncio.to_thread(_first_error, schema_json, value)


def _schema_json(schema: Mapping[str, Any]) -> bytes:
    try:
        schema_json = msgspec.json.encode(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise _refused(f"it is not JSON ({error})") from error
    if len(schema_json) > SCHEMA_BYTES_MAX:
        raise _refused(f"it has {len(schema_json)} bytes, more than {SCHEMA_BYTES_MAX}")
    return schema_json


@lru_cache(maxsize=64)
def _validator(schema_json: bytes) -> Validator:
    import jsonschema
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = msgspec.json.decode(schema_json)
    kind = _validator_kind(patterned=b'"patternProperties"' in schema_json)
    try:
        kind.check_schema(schema)
        # Given explicitly: the default registry fetches references to http addresses.
        validator: Validator = kind(schema, registry=Registry())
        return validator
    except jsonschema.SchemaError as error:
        raise _refused(error.message) from error
    except (Unresolvable, RecursionError) as error:
        raise _refused(f"it cannot be followed ({type(error).__name__})") from error


@lru_cache(maxsize=2)
def _validator_kind(*, patterned: bool) -> Any:
    """jsonschema's validator, without regular expressions and with references counted.

    Where names go by patterns, what "additional" ones are cannot be told without matching them.
    """
    from jsonschema import Draft202012Validator, validators

    def skip(*_: object) -> None:
        return None

    def counted(keyword: str) -> Any:
        follow: Any = Draft202012Validator.VALIDATORS[keyword]

        def step(*args: Any) -> Any:
            left = _references_left.get()
            left[0] -= 1
            if left[0] < 0:
                raise RecursionError("too many references")
            return follow(*args)

        return step

    skipped = ["pattern", "patternProperties"]
    if patterned:
        skipped += ["additionalProperties", "unevaluatedProperties"]
    extend: Any = validators.extend
    return extend(
        Draft202012Validator,
        dict.fromkeys(skipped, skip)
        | {keyword: counted(keyword) for keyword in ("$ref", "$dynamicRef")},
    )


def _first_error(schema_json: bytes, value: Any) -> str | None:
    from referencing.exceptions import Unresolvable

    validator = _validator(schema_json)
    token = _references_left.set([_REFERENCES_MAX])
    try:
        wrong = next(iter(validator.iter_errors(value)), None)
    except (Unresolvable, RecursionError) as error:
        raise _refused(f"it cannot be followed ({error})") from error
    finally:
        _references_left.reset(token)
    if wrong is None:
        return None
    # Not the library's own message: it quotes the answer, and errors are logged.
    return f"at {wrong.json_path[:100]} it breaks {wrong.validator} {wrong.validator_value!r:.100}"


def _refused(why: str) -> ChatRefused:
    return ChatRefused(
        f"the JSON schema asked for cannot be used: {why[:300]}",
        remedy="send a JSON Schema (draft 2020-12) without references to other addresses",
        code="invalid_schema",
        param="response_format",
    )
