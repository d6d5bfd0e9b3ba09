"""Asks an OpenAI-compatible server: one pool of connections, one request a chat.

Connections are opened on the loop that asks first. Redirects are not followed and proxies of the
environment are not used unless the entry says so: the pictures in these requests are private.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import ssl
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
from yuepi.engines.openai_compatible.events import EventReader, read_body, read_fault
from yuepi.engines.openai_compatible.failures import (
    failure_of_connection,
    failure_of_status,
    past_deadline,
)
from yuepi.engines.openai_compatible.options import Options
from yuepi.engines.openai_compatible.request import RequestWriter
from yuepi.engines.openai_compatible.request_body import RequestBody
from yuepi.engines.openai_compatible.silence import SilenceWatch
from yuepi.kit.errors import YuepiError

log = logging.getLogger(__name__)

Heard = Callable[[Mapping[str, str], Chat], None]

_ERROR_BYTES_MAX = 64 * 1024
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
        self._folder = entry.folder
        self._options = options
        kind = options.kind
        self._url = options.url or kind.url
        self._chat_url = URL(f"{self._url}/chat/completions")
        self._models_url = URL(f"{self._url}/models")
        self._writer = RequestWriter(options)
        self._timeout = _timeout(options, None, options.read_timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._sent_key = ""
        self._loop: asyncio.AbstractEventLoop | None = None
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
                    raise self._too_large(self._options.answer_bytes_max)
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
        session = self._open()
        try:
            response = await session.post(
                self._chat_url,
                data=RequestBody(self._writer.write(chat)),
                timeout=timeout,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error, whole=not chat.incremental) from error
        if response.status != 200:
            raise await self._refused(response)
        if self._heard is not None:
            self._heard(response.headers, chat)
        return response

    async def _whole(self, response: aiohttp.ClientResponse, *, incremental: bool) -> Delta:
        body = await self._read(response, self._options.answer_bytes_max, whole=True)
        delta = read_body(body, self._name)
        # Asked for a stream and given one body: that body cannot pass for events.
        return Delta(delta.text, delta.finish, delta.usage) if incremental else delta

    async def _more(self, response: aiohttp.ClientResponse, reader: EventReader) -> bytes | None:
        """The next bytes; empty at a clean end, None where it tore after the finish."""
        try:
            return await response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            if reader.finish is None:
                raise self._broken(error) from error
            return None

    async def _read(
        self, response: aiohttp.ClientResponse, bytes_max: int, *, whole: bool = False
    ) -> bytes:
        """The body; of a `whole` answer the first byte may take longer than the next ones."""
        pieces: list[bytes] = []
        left = bytes_max
        watch: SilenceWatch | None = None
        try:
            while data := await response.content.readany():
                if watch is not None:
                    watch.heard()
                elif whole and not response.content.at_eof():
                    watch = SilenceWatch(response, self._options.read_timeout_s)
                left -= len(data)
                if left < 0:
                    raise self._too_large(bytes_max)
                pieces.append(data)
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error, whole=whole and watch is None) from error
        finally:
            if watch is not None:
                watch.stop()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _refused(self, response: aiohttp.ClientResponse) -> YuepiError:
        try:
            body = await self._read(response, _ERROR_BYTES_MAX)
        except EngineFailure as error:
            # The status still tells what went wrong.
            log.info("%s: error body not read: %s", self._name, error)
            body = b""
        finally:
            response.close()
        fault = read_fault(body)
        if self._sent_key:
            # Some servers repeat the key they refuse.
            fault.message = fault.message.replace(self._sent_key, "(the key)")
        return failure_of_status(
            self._name,
            response.status,
            fault,
            key_from=self._key_source(),
            model=self._options.model,
            retry_after=response.headers.get("Retry-After"),
        )

    def _broken(self, error: BaseException, *, whole: bool = False) -> EngineFailure:
        options = self._options
        return failure_of_connection(
            self._name,
            self._url,
            error,
            connect_s=options.connect_timeout_s,
            read_s=options.first_byte_s if whole else options.read_timeout_s,
            read_option="answer_timeout_s" if whole else "read_timeout_s",
        )

    def _too_large(self, bytes_max: int) -> EngineBroke:
        return EngineBroke(
            f"{self._name} sent more than {bytes_max} bytes",
            remedy="raise answer_bytes_max of this model if such answers are meant",
        )

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
        session = self._open()
        try:
            response = await session.get(
                self._models_url, timeout=self._timeout, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from error
        if response.status in (404, 405):
            response.close()
            log.info("%s: reached, but no list of models at %s", self._name, self._models_url)
            return
        if response.status != 200:
            refused = await self._refused(response)
            if isinstance(refused, EngineFailure):
                raise refused
            raise EngineFailure(refused.message, remedy=refused.remedy, retryable=False)
        try:
            listed = _model_names(await self._read(response, _MODELS_BYTES_MAX), self._name)
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
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        options = self._options
        # Bodies come as they are: a packed event stream would wait for its packer.
        headers = {"Accept-Encoding": "identity", "User-Agent": "yuepi", **options.headers}
        self._sent_key = self._key()
        if self._sent_key:
            headers["Authorization"] = f"Bearer {self._sent_key}"
        self._loop = loop
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=options.pool_size,
                keepalive_timeout=options.keep_alive_s,
                ssl=self._tls(),
            ),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=options.trust_env,
        )
        return self._session

    def _tls(self) -> ssl.SSLContext | bool:
        if self._options.ca_file is None:
            return True
        path = self._folder / self._options.ca_file
        try:
            return ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise EngineFailure(
                f"{self._name}: cannot use {path} as certificate authority: {error}",
                remedy="give a PEM file as ca_file",
                retryable=False,
            ) from error

    def _key(self) -> str:
        options = self._options
        kind = options.kind
        if options.key_file is not None:
            path = self._folder / options.key_file
            try:
                key = path.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                remedy = "write the key into that file, or correct key_file of this entry"
                raise self._no_key(f"{path} cannot be read: {error}", remedy) from error
            if not key:
                raise self._no_key(f"{path} is empty", "write the key into that file")
        else:
            variable = options.key_env or kind.key_env
            key = os.environ.get(variable, "").strip() if variable else ""
            if not key and (options.key_env or kind.key_required):
                remedy = f"export {variable}=… and try again; key_file of this entry names a file"
                raise self._no_key(f"the environment variable {variable} is not set", remedy)
        if not key.isascii() or not key.isprintable():
            raise self._no_key("it has signs that no key has", self._key_source())
        return key

    def _no_key(self, why: str, remedy: str) -> EngineFailure:
        return EngineFailure(f"{self._name} has no key: {why}", remedy=remedy, retryable=False)

    def _key_source(self) -> str:
        options = self._options
        if options.key_file is not None:
            return f"the file {self._folder / options.key_file} (key_file) must hold the key"
        variable = options.key_env or options.kind.key_env
        if variable is None:
            return "no key is sent; name one with key_env or key_file"
        state = "which is set" if os.environ.get(variable) else "which is not set"
        return f"the key is taken from the environment variable {variable}, {state}"


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
