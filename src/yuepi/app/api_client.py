"""What commands speak to a running server with: `/api` over HTTP, its problems as our errors."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp

from yuepi.app.options import KEY_VARIABLE, URL_VARIABLE
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

URL_DEFAULT: Final = "http://127.0.0.1:8000"

ANSWER_BYTES_MAX: Final = 64 * 2**20
LINE_BYTES_MAX: Final = 2**20
CONNECT_S_MAX: Final = 10.0
ANSWER_S_MAX: Final = 120.0
UPLOAD_S_MAX: Final = 900.0
SILENCE_S_MAX: Final = 60.0
"""A stream sends a sign of life far more often."""
TRIES_MAX: Final = 4
WAIT_S: Final = (0.5, 1.0, 2.0)
"""Before each further try of a request that may be sent again."""

Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its status, JSON value and ETag."""

    status: int
    body: Json
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    data: Json
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. key: its Idempotency-Key; with one, and for GET, it may be sent again.

    etag: what it stands on (If-Match). files: to upload, read from the disk at each try.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[Path] = ()
    key: str | None = None
    etag: str | None = None
    upload: bool = False


class ServerRefused(YuepiError):
    """The server said no; its problem's code, words and remedy. `problem`: all that it told."""

    code = "refused"

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        told = str(problem.get("detail") or f"the server answered {status}")
        # One line: an error is shown as one.
        told = "; ".join([told, *_lines(problem, told)])
        remedy = str(problem.get("remedy") or "see the server's log")
        super().__init__(told, remedy=remedy, code=str(problem.get("code") or f"http_{status}"))
        self.http_status = status
        self.exit_code = 3 if status >= 500 else 2 if status == 400 else 1
        self.problem: Final = dict(problem)


def _lines(problem: Mapping[str, Any], told: str) -> list[str]:
    """What a problem tells of single fields and files beyond what is told already."""
    lines = []
    for each in [*(problem.get("errors") or ()), *(problem.get("problems") or ())][:50]:
        if isinstance(each, Mapping):
            name, message = each.get("field") or each.get("name") or "?", each.get("message", "")
            if str(message) not in told:
                lines.append(f"{name}: {message}")
    return lines


class Api:
    """A running server, as one key sees it. No redirect is followed: the key would go along."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str, **params: str | int | None) -> Answer:
        """Ask for something; parameters that are None are left out."""
        given = {name: str(value) for name, value in params.items() if value is not None}
        return await self.ask(Asked("GET", path, given))

    async def ask(self, asked: Asked) -> Answer:
        """The answer. Raises `ServerRefused`, and `Unavailable` where no server answers.

        What may be sent again is, a few times, where the connection fails or the server has no
        room just now.
        """
        again = asked.method == "GET" or asked.key is not None
        for wait_s in (*WAIT_S, None):
            try:
                return await self._once(asked)
            except ServerRefused as error:
                if wait_s is None or not again or error.http_status != 503:
                    raise
            except (aiohttp.ClientError, TimeoutError) as error:
                if wait_s is None or not again:
                    raise _unreachable(self._url) from error
            await asyncio.sleep(wait_s)
        raise AssertionError("the last try answers or raises")

    async def file(self, path: str, take: Callable[[bytes], object]) -> None:
        """Give a file's bytes to `take`, piece by piece."""
        try:
            async with self._session.get(self._url + path, allow_redirects=False) as response:
                if response.status >= 300:
                    raise await _refusal(response)
                async for piece in response.content.iter_chunked(2**16):
                    take(piece)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(self._url) from error

    async def events(self, path: str, after: int = 0) -> AsyncGenerator[Event, None]:
        """Events as they come, until the server says that there will be no more.

        A connection that breaks is made anew from the last event on, `TRIES_MAX` times in a row.
        """
        failures = 0
        while True:
            try:
                async for event in self._stream(path, after):
                    failures = 0
                    if event.name == "end":
                        return
                    if event.name == "problem":
                        raise ServerRefused(409, event.data)
                    after = event.id if event.id is not None else after
                    yield event
            except (aiohttp.ClientError, TimeoutError) as error:
                failures += 1
                if failures >= TRIES_MAX:
                    raise _unreachable(self._url) from error
            await asyncio.sleep(WAIT_S[0])

    async def _once(self, asked: Asked) -> Answer:
        headers = {}
        if asked.key is not None:
            headers["Idempotency-Key"] = asked.key
        if asked.etag is not None:
            headers["If-Match"] = asked.etag
        total_s = UPLOAD_S_MAX if asked.upload else ANSWER_S_MAX
        with _Opened(asked.files) as opened:
            data = _form(asked.fields, opened) if asked.upload else None
            async with self._session.request(
                asked.method,
                self._url + asked.path,
                params=dict(asked.params),
                json=asked.body if data is None else None,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=CONNECT_S_MAX),
            ) as response:
                if response.status >= 300:
                    raise await _refusal(response)
                body = _json(await _bounded(response))
                return Answer(response.status, body, response.headers.get("ETag"))

    async def _stream(self, path: str, after: int) -> AsyncGenerator[Event, None]:
        headers = {"Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = str(after)
        limits = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_S_MAX, sock_read=SILENCE_S_MAX
        )
        async with self._session.get(self._url + path, headers=headers, timeout=limits) as response:
            if response.status >= 300:
                raise await _refusal(response)
            lines: list[str] = []
            async for raw in response.content:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line:
                    lines.append(line)
                    continue
                event = _event(lines)
                lines = []
                if event is not None:
                    yield event


class _Opened:
    """Files, open for one try."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self.files: list[tuple[str, Any]] = []

    def __enter__(self) -> _Opened:
        for path in self._paths:
            try:
                self.files.append((path.name, path.open("rb")))
            except OSError as error:
                self.__exit__()
                raise BadUsage(
                    f"{path}: cannot be opened: {error.strerror}",
                    remedy="name files that are there and that you may read",
                    code="missing_file",
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        for _name, file in self.files:
            file.close()


def _form(fields: Mapping[str, str], opened: _Opened) -> aiohttp.FormData:
    # Names as they are, in UTF-8, as browsers send them.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    for name, file in opened.files:
        safe = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        form.add_field("files", file, filename=safe, content_type="application/octet-stream")
    if not fields and not opened.files:
        form.add_field("note", "")
    return form


def _event(lines: Sequence[str]) -> Event | None:
    """The event in its lines; None for comments and for what sets only the retry time."""
    name, data, number = "message", "", None
    for line in lines:
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value
        elif key == "data":
            data += value
        elif key == "id" and value.isdigit():
            number = int(value)
    return Event(name, _json(data.encode()), number) if data else None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(ANSWER_BYTES_MAX)
    pieces = [body]
    size = len(body)
    while body := await response.content.read(2**20):
        size += len(body)
        if size > ANSWER_BYTES_MAX:
            raise Unavailable("the answer is too large", remedy="ask for less at once")
        pieces.append(body)
    return b"".join(pieces)


async def _refusal(response: aiohttp.ClientResponse) -> ServerRefused:
    problem = _json(await response.content.read(2**20))
    if not isinstance(problem, Mapping) or "code" not in problem:
        problem = {
            "detail": f"the server answered {response.status} {response.reason}",
            "remedy": "check that the address is that of a Yuepi server",
        }
    return ServerRefused(response.status, problem)


def _json(raw: bytes) -> Json:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _unreachable(url: str) -> Unavailable:
    return Unavailable(
        f"no server answers at {url}",
        remedy=f"start `yuepi serve`, or name another with --url or {URL_VARIABLE}",
        code="server_unreachable",
    )


@asynccontextmanager
async def open_api(url: str | None, key: str | None) -> AsyncGenerator[Api, None]:
    """The server at `url` (or YUEPI_URL, or this machine's), asked with `key` (or YUEPI_KEY)."""
    url = (url or os.environ.get(URL_VARIABLE) or URL_DEFAULT).rstrip("/")
    # The same address serves `yuepi ask --url`, which ends in /v1.
    url = url.removesuffix("/v1")
    key = key or os.environ.get(KEY_VARIABLE) or ""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadUsage(f"{url} is no address", remedy="give --url such as http://host:8000")
    if not key or not key.isascii() or not key.isprintable():
        raise BadUsage(
            "a key is needed",
            remedy=f"give --key or {KEY_VARIABLE}; `yuepi admin key create` makes one",
            code="key_needed",
        )
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
        # A server on this machine is not asked through a proxy.
        trust_env=False,
        read_bufsize=LINE_BYTES_MAX,
    ) as session:
        yield Api(session, url)


def place(*parts: str) -> str:
    """A path under /api of these parts, each quoted whole."""
    return "/api/" + "/".join(quote(part, safe="") for part in parts)
