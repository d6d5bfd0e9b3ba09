"""A browser without a window: calls an application, keeps its cookies, sends what it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")


@dataclass
class Browser:
    """`csrf` goes with every unsafe request, as the page would send it; cookies in `jar`."""

    app: ASGIApp
    address: str = "192.0.2.1"
    csrf: str | None = None
    jar: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        url: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> Answer:
        """`more`: further headers, underscores for hyphens."""
        parts = urlsplit(url)
        sent = {"host": "desk.test", "content-type": "application/json"}
        if self.jar:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if self.csrf is not None and method not in ("GET", "HEAD"):
            sent["x-csrf-token"] = self.csrf
        sent |= {name.replace("_", "-"): value for name, value in more.items()} | dict(
            headers or {}
        )
        data = b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
            "client": (self.address, 1),
            "server": ("desk.test", 80),
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start = next(each for each in messages if each["type"] == "http.response.start")
        body_bytes = b"".join(each.get("body", b"") for each in messages)
        answer = Answer(
            start["status"],
            [(name.decode().lower(), value.decode()) for name, value in start["headers"]],
            body_bytes,
        )
        self._keep(answer)
        return answer

    async def sign_in(self, login: str, password: str) -> Answer:
        answer = await self.ask("POST", "/api/session", {"login": login, "password": password})
        if answer.status == 201:
            self.csrf = answer.json["csrf"]
        return answer

    def _keep(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                self.set_cookies.append(value)
                for key, morsel in SimpleCookie(value).items():
                    if morsel["max-age"] == "0":
                        self.jar.pop(key, None)
                    else:
                        self.jar[key] = morsel.value
