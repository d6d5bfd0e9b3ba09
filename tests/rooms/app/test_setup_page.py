"""The page behind the first administrator's link: self-contained, locked down, and it works."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import httpx2

from tests.resources.databases import migrated_sqlite
from tests.resources.door import knocking
from yuepi.access.keys import Keyring
from yuepi.app.api import api_application
from yuepi.app.compose import compose_bare
from yuepi.app.desk import Desk, open_desk
from yuepi.app.events import Feeds
from yuepi.app.http import application
from yuepi.app.setup_page import setup_page
from yuepi.kit.database import open_database
from yuepi.kit.sealing import open_sealer
from yuepi.kit.settings import load_settings


def told(folder: Path, tell: Callable[[httpx2.AsyncClient, Desk], Awaitable[None]]) -> None:
    """Run a test's coroutine with a client of the whole application."""

    async def run() -> None:
        url = migrated_sqlite(folder / "yuepi.db")
        async with AsyncExitStack() as stack:
            settings = load_settings(folder, {})
            database = open_database(url)
            stack.push_async_callback(database.close)
            keyring = Keyring(database)
            stack.push_async_callback(keyring.close)
            desk = await open_desk(settings, database, keyring, open_sealer(folder, {}), stack)
            composition = await stack.enter_async_context(compose_bare(settings))
            app = application(composition, cast(Any, None), api_application(desk, Feeds()))
            await tell(await stack.enter_async_context(knocking(app)), desk)

    asyncio.run(run())


def test_the_link_leads_to_a_page_and_its_form_makes_the_first_administrator(
    tmp_path: Path,
) -> None:
    async def tell(client: httpx2.AsyncClient, desk: Desk) -> None:
        secret = await desk.accounts.setup.new_link()
        page = await client.get("/setup")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store"
        assert '"/api/setup"' in page.text
        # As the page's script sends it.
        body = {"token": secret, "login": "boss", "name": "", "password": "correct horse battery"}
        headers = {"origin": "http://desk.test", "sec-fetch-site": "same-origin"}
        weak = await client.post(
            "/api/setup", json={**body, "password": "boss", "language": "en"}, headers=headers
        )
        assert (weak.status_code, bool(weak.json()["remedy"])) == (422, True)
        made = await client.post("/api/setup", json={**body, "language": "en"}, headers=headers)
        assert made.status_code == 201
        assert made.json()["me"]["roles"] == ["admin", "submitter"]
        assert (await client.get("/api/setup")).json()["needed"] is False
        # It tells nobody whether it is still needed.
        assert (await client.get("/setup")).text == page.text

    told(tmp_path, tell)


class Tags(HTMLParser):
    """What a page names: elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_lets_run_its_own_script_alone_and_loads_nothing() -> None:
    answer = setup_page()
    text = bytes(answer.body).decode()
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert policy[directive] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    for tag, attributes in Tags(text).found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        assert "src" not in attributes
        assert attributes.get("href") in (None, "data:,", "/people")
    assert "innerHTML" not in text


def test_every_field_has_its_label_in_both_languages() -> None:
    text = bytes(setup_page().body).decode()
    tags = Tags(text).found
    fields = {each["id"] for tag, each in tags if tag == "input"}
    assert fields == {each["for"] for tag, each in tags if tag == "label"}
    assert fields == {"login", "name", "password", "again"}
    labels = re.findall(r"<label.*?</label>", text, re.S)
    assert all('class="zh"' in each and 'class="en"' in each for each in labels)
    assert "{least}" not in text
