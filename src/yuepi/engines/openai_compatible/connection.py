"""The way to one server: a pool of connections, its key, and what its refusals mean.

Connections are opened on the loop that asks first. Redirects are not followed and proxies of the
environment are not used unless the entry says so: what is sent is private.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from pathlib import Path

import aiohttp
from yarl import URL

from yuepi.engines.contract import EngineBroke, EngineFailure, EngineTimeout
from yuepi.engines.openai_compatible.events import read_fault
from yuepi.engines.openai_compatible.failures import failure_of_connection, failure_of_status
from yuepi.engines.openai_compatible.options import UpstreamOptions
from yuepi.engines.openai_compatible.request_body import RequestBody
from yuepi.engines.openai_compatible.silence import SilenceWatch
from yuepi.kit.errors import YuepiError

log = logging.getLogger(__name__)

_ERROR_BYTES_MAX = 64 * 1024


class Connection:
    """Connections to `url` for the entry `name`, whose files are meant from `folder`.

    `model` is what the server knows it by, for errors. `key_env`: the variable that holds the key
    where the entry names none; `key_required`: whether there must be one. `url_end`: how such an
    address often ends, for errors.
    """

    def __init__(
        self,
        name: str,
        url: str,
        folder: Path,
        options: UpstreamOptions,
        *,
        model: str,
        key_env: str | None = None,
        key_required: bool = False,
        url_end: str = "/v1",
    ) -> None:
        self._name = name
        self._url = url
        self._folder = folder
        self._options = options
        self._model = model
        self._url_end = url_end
        self._key_env = options.key_env or key_env
        self._key_required = key_required or options.key_env is not None
        self._session: aiohttp.ClientSession | None = None
        self._sent_key = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> aiohttp.ClientSession:
        """The pool, opened where it is not; raises `EngineFailure` without a key that must be."""
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

    async def close(self) -> None:
        """Close the pooled connections. Calling it twice does no harm."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(self, url: URL, request: bytes, *, answer_s: float) -> bytes:
        """The whole answer to a JSON request, within so many seconds. Raises `EngineFailure`, and
        `ChatRefused` where the server refuses what was asked."""
        options = self._options
        timeout = aiohttp.ClientTimeout(
            connect=options.connect_timeout_s, sock_connect=options.connect_timeout_s
        )
        try:
            async with asyncio.timeout(answer_s):
                session = self.open()
                try:
                    response = await session.post(
                        url, data=RequestBody([request]), timeout=timeout, allow_redirects=False
                    )
                except (aiohttp.ClientError, OSError) as error:
                    raise self.broken(error) from error
                if response.status != 200:
                    raise await self.refused(response)
                try:
                    return await self.read(response, options.answer_bytes_max)
                finally:
                    response.close()
        except TimeoutError as error:
            raise EngineTimeout(
                f"{self._name}: no whole answer within {answer_s:g} s",
                remedy="raise answer_timeout_s of this entry, or give the model a faster machine",
            ) from error

    async def read(
        self,
        response: aiohttp.ClientResponse,
        bytes_max: int,
        *,
        first_byte_s: float | None = None,
    ) -> bytes:
        """The body; with `first_byte_s` its first byte may take longer than the next ones. Raises
        `EngineFailure`."""
        pieces: list[bytes] = []
        left = bytes_max
        watch: SilenceWatch | None = None
        whole = first_byte_s is not None
        try:
            while data := await response.content.readany():
                if watch is not None:
                    watch.heard()
                elif whole and not response.content.at_eof():
                    watch = SilenceWatch(response, self._options.read_timeout_s)
                left -= len(data)
                if left < 0:
                    raise self.too_large(bytes_max)
                pieces.append(data)
        except (aiohttp.ClientError, OSError) as error:
            raise self.broken(error, first_byte_s if watch is None else None) from error
        finally:
            if watch is not None:
                watch.stop()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def refused(self, response: aiohttp.ClientResponse) -> YuepiError:
        """The error for an answer whose status is not 200; closes it."""
        try:
            body = await self.read(response, _ERROR_BYTES_MAX)
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
            model=self._model,
            retry_after=response.headers.get("Retry-After"),
            url_end=self._url_end,
        )

    def broken(self, error: BaseException, first_byte_s: float | None = None) -> EngineFailure:
        """The error for what went wrong below HTTP; `first_byte_s`: how long a whole answer might
        have taken, where that was waited for."""
        options = self._options
        return failure_of_connection(
            self._name,
            self._url,
            error,
            connect_s=options.connect_timeout_s,
            read_s=options.read_timeout_s if first_byte_s is None else first_byte_s,
            read_option="read_timeout_s" if first_byte_s is None else "answer_timeout_s",
        )

    def too_large(self, bytes_max: int) -> EngineBroke:
        """The error for more bytes than an answer may have."""
        return EngineBroke(
            f"{self._name} sent more than {bytes_max} bytes",
            remedy="raise answer_bytes_max of this model if such answers are meant",
        )

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
            variable = self._key_env
            key = os.environ.get(variable, "").strip() if variable else ""
            if not key and self._key_required:
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
        if self._key_env is None:
            return "no key is sent; name one with key_env or key_file"
        state = "which is set" if os.environ.get(self._key_env) else "which is not set"
        return f"the key is taken from the environment variable {self._key_env}, {state}"
