"""The first administrator, made in a real browser by the link that `yuepi serve` prints.

Debian's chromium is spoken to over its DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/), since the page lets nobody else's script in.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.resources.serving import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

_FILL = """
Object.entries(%s).forEach(([id, value]) => { document.getElementById(id).value = value })
"""
_SHOWN = "document.querySelector('main').innerText"


class Tab:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []

    async def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            told = await self._socket.receive_json(timeout=20)
            if told.get("method") == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])
            if told.get("id") == self._number:
                return told["result"]

    async def value(self, expression: str) -> Any:
        told = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return told["result"].get("value")

    async def until(self, expression: str) -> None:
        async with asyncio.timeout(20):
            while not await self.value(expression):
                await asyncio.sleep(0.05)

    async def press(self, key: str, code: int, **more: Any) -> None:
        for kind in ("keyDown", "keyUp"):
            more = more if kind == "keyDown" else {}
            await self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )


@asynccontextmanager
async def browsing(folder: Path) -> AsyncGenerator[Tab, None]:
    assert CHROMIUM is not None
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--lang=en", "--remote-debugging-port=0", f"--user-data-dir={folder}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert browser.stderr is not None
        async with asyncio.timeout(60):
            while not (at := re.search(rb"ws://([^/]+)/", await browser.stderr.readline())):
                pass
        reading = asyncio.create_task(browser.stderr.read())
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{at.group(1).decode()}/json/list") as answer:
                pages = await answer.json()
            url = next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page")
            async with session.ws_connect(url) as socket:
                tab = Tab(socket)
                await tab.ask("Log.enable")
                yield tab
        reading.cancel()
    finally:
        browser.kill()
        await browser.wait()


def test_a_person_makes_the_first_administrator_with_the_keyboard(tmp_path: Path) -> None:
    async def tell(link: str) -> None:
        async with browsing(tmp_path / "chromium") as tab:
            await tab.ask("Page.navigate", url=link)
            await tab.until("document.activeElement.id === 'login'")
            assert await tab.value(_SHOWN.replace("main", "h1")) == "Make the first administrator"
            fields = {"login": "boss", "password": "short", "again": "other"}
            await tab.value(_FILL % fields)
            enter = {"text": "\r"}
            await tab.press("Enter", 13, **enter)
            await tab.until("!document.getElementById('problem').hidden")
            assert "The two passwords differ." in await tab.value(_SHOWN)
            await tab.value(_FILL % {"again": "short"})
            await tab.value("document.getElementById('again').focus()")
            await tab.value("document.getElementById('problem').hidden = true")
            await tab.press("Enter", 13, **enter)
            await tab.until("!document.getElementById('problem').hidden")
            assert "password" in await tab.value("document.getElementById('problem').innerText")
            good = "correct horse battery"
            await tab.value(_FILL % {"password": good, "again": good})
            await tab.value("document.getElementById('again').focus()")
            await tab.press("Enter", 13, **enter)
            await tab.until("!document.getElementById('done').hidden")
            assert "yuepi admin user add" in await tab.value(_SHOWN)
            assert await tab.value("location.hash") == ""
            # The one complaint is of the password that the server refused.
            assert [each for each in tab.complaints if "422" not in each] == []
            await tab.ask("Page.navigate", url=link.replace("#", "?again#"))
            await tab.until("document.getElementById('problem')?.hidden === false")
            assert "There is an administrator already" in await tab.value(_SHOWN)

    with serving(tmp_path / "data") as served:
        asyncio.run(tell(served.told["setup"]))
