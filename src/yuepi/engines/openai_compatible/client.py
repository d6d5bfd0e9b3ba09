"""Asks an OpenAI-compatible server: one request a chat."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress

import aiohttp
import msgspec
from yarl import URL

from yuepi.engines.contract import (
    Abilities,
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    EngineFailure,
    ModelEntry,
)
from yuepi.engines.openai_compatible.connection import Connection
from yuepi.engines.openai_compatible.events import EventReader, read_body
from yuepi.engines.openai_compatible.failures import past_deadline
from yuepi.engines.openai_compatible.options import Options
from yuepi.engines.openai_compatible.request import RequestWriter
from yuepi.engines.openai_compatible.request_body import RequestBody
from yuepi.engines.openai_compatible.silence import SilenceWatch

log = logging.getLogger(__name__)

Heard = Callable[[Mapping[str, str], Chat], None]

# What a stream was asked for and something else came. Other wrong types are read as events: some
# servers name theirs text/plain or nothing.
_NO_EVENTS = ("application/json", "text/html")
_MODELS_BYTES_MAX = 4 * 1024 * 1024
# After `[DONE]`, for the end of the body.
_TAIL_WAIT_S = 0.2


class OpenAICompatible:
    """One model of one server. See `Options` for what can be set.

    `heard` is told the headers of each answer (names in any case) before its first word.
    """

    def __init__(self, entry: ModelEntry, options: Options, heard: Heard | None = None) -> None:
        self._heard = heard
        self._name = entry.name
        self._options = options
        kind = options.kind
        self._url = options.url or kind.url
        self._chat_url = URL(f"{self._url}/chat/completions")
        self._models_url = URL(f"{self._url}/models")
        self._writer = RequestWriter(options)
        self._timeout = _timeout(options, None, options.read_timeout_s)
        self._connection = Connection(
            entry.name,
            self._url,
            entry.folder,
            options,
            model=options.model,
            key_env=kind.key_env,
            key_required=kind.key_required,
        )
        self._abilities = Abilities(
            images_max=options.images_max,
            context_tokens_max=options.context_tokens_max,
            json_schema=self._writer.json_schema,
            boxes=options.boxes or kind.boxes,
            modalities=("text", "image") if options.images_max else ("text",),
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer; see `Engine.stream`. Closing it closes the connection, so the upstream stops."""
        self._check_pictures(chat)
        response = await self._ask(chat)
        watch: SilenceWatch | None = None
        try:
            if not chat.incremental or response.content_type in _NO_EVENTS:
                yield await self._whole(response, incremental=chat.incremental)
                return
            reader = EventReader(self._name, self._options.event_bytes_max)
            left = self._options.answer_bytes_max
            watch = SilenceWatch(response, self._options.read_timeout_s)
            while data := await self._more(response, reader):
                watch.heard()
                left -= len(data)
                if left < 0:
                    raise self._connection.too_large(self._options.answer_bytes_max)
                delta = reader.read(data)
                if delta is not None:
                    yield delta
                if reader.done:
                    break
            last = reader.end(clean=data is not None)
            if last is not None:
                yield last
            await _reach_end(response.content)
        finally:
            if watch is not None:
                watch.stop()
            # Read to its end it is back in the pool already; else this cuts the connection.
            response.close()

    async def _ask(self, chat: Chat) -> aiohttp.ClientResponse:
        options, deadline = self._options, chat.call.deadline
        timeout = self._timeout
        if deadline is not None or not chat.incremental:
            left_s = None if deadline is None else deadline - time.monotonic()
            if left_s is not None and left_s <= 0:
                raise past_deadline(self._name)
            silence_s = options.read_timeout_s if chat.incremental else options.first_byte_s
            timeout = _timeout(options, left_s, silence_s)
        session = self._connection.open()
        try:
            response = await session.post(
                self._chat_url,
                data=RequestBody(self._writer.write(chat)),
                timeout=timeout,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError) as error:
            waited_s = None if chat.incremental else options.first_byte_s
            raise self._connection.broken(error, waited_s) from error
        if response.status != 200:
            raise await self._connection.refused(response)
        if self._heard is not None:
            self._heard(response.headers, chat)
        return response

    async def _whole(self, response: aiohttp.ClientResponse, *, incremental: bool) -> Delta:
        options = self._options
        body = await self._connection.read(
            response, options.answer_bytes_max, first_byte_s=options.first_byte_s
        )
        delta = read_body(body, self._name)
        # Asked for a stream and given one body: that body cannot pass for events.
        return Delta(delta.text, delta.finish, delta.usage) if incremental else delta

    async def _more(self, response: aiohttp.ClientResponse, reader: EventReader) -> bytes | None:
        """The next bytes; empty at a clean end, None where it tore after the finish."""
        try:
            return await response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            if reader.finish is None:
                raise self._connection.broken(error) from error
            return None

    def _check_pictures(self, chat: Chat) -> None:
        count = sum(len(message.pictures) for message in chat.messages)
        if count > self._abilities.images_max:
            raise ChatRefused(
                f"{count} pictures, but {self._name} takes {self._abilities.images_max}",
                remedy="send fewer pictures, or raise images_max if the model can take more",
                code="too_many_images",
                param="messages",
            )

    async def warm(self) -> None:
        """Reach the server and see that it serves the model; raises `EngineFailure`.

        A server that has no list of models counts as reached.
        """
        session = self._connection.open()
        try:
            response = await session.get(
                self._models_url, timeout=self._timeout, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError) as error:
            raise self._connection.broken(error) from error
        if response.status in (404, 405):
            response.close()
            log.info("%s: reached, but no list of models at %s", self._name, self._models_url)
            return
        if response.status != 200:
            refused = await self._connection.refused(response)
            if isinstance(refused, EngineFailure):
                raise refused
            raise EngineFailure(refused.message, remedy=refused.remedy, retryable=False)
        try:
            body = await self._connection.read(response, _MODELS_BYTES_MAX)
            listed = _model_names(body, self._name)
        finally:
            response.close()
        model = self._options.model
        if self._options.kind.lists_models and not {model, f"{model}:latest"} & set(listed):
            raise EngineFailure(
                f"{self._name}: {self._url} does not serve {model!r}",
                remedy=f"set model to one of: {', '.join(sorted(listed)[:20]) or '(none)'}",
                retryable=False,
            )

    async def close(self) -> None:
        """Close the pooled connections. Calling it twice does no harm."""
        await self._connection.close()


def _timeout(options: Options, total_s: float | None, silence_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=total_s,
        connect=options.connect_timeout_s,
        sock_connect=options.connect_timeout_s,
        sock_read=silence_s,
        # aiohttp rounds longer times up to whole seconds otherwise; a deadline is a deadline.
        ceil_threshold=math.inf,
    )


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model] | None = None


def _model_names(body: bytes, name: str) -> list[str]:
    try:
        return [model.id for model in msgspec.json.decode(body, type=_Models).data or ()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EngineBroke(
            f"{name}: the list of models is not OpenAI's: {error}",
            remedy="check that url is the address of an OpenAI-compatible API (often …/v1)",
        ) from error


async def _reach_end(content: aiohttp.StreamReader) -> None:
    """Read what follows `[DONE]` (nothing, as a rule), so that the connection can be kept."""
    if content.at_eof():
        return
    with suppress(aiohttp.ClientError, OSError):
        # Not reached in time: the connection is closed instead of kept. The answer is whole.
        async with asyncio.timeout(_TAIL_WAIT_S):
            while not content.at_eof():
                await content.readany()
