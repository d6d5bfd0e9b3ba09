"""Debian's Chromium, driven by Playwright, and what every page must be: accessible, and silent in
the console."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from tests.resources.web_desk import PASSWORD, WebDesk

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BUILT = REPOSITORY / "src" / "yuepi" / "app" / "ui" / "index.html"
FAILED = REPOSITORY / "build" / "journeys"
AXE = REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js"
LACKS = (
    "chromium is not installed"
    if CHROMIUM is None
    else ("the web page is not built: make web" if not BUILT.is_file() else "")
)
"""Why there can be no browser test here; empty: nothing."""

Language = Literal["zh", "en"]
Theme = Literal["light", "dark"]
DESK: Final[ViewportSize] = {"width": 1360, "height": 860}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
WAIT_MS_MAX = 20_000
AT_REST = "document.querySelector('[aria-busy=true], .el-skeleton') === null"
LEVELS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Visit:
    """One person's window. `complaints`: what the page wrote to the console as an error."""

    context: BrowserContext
    page: Page
    desk: WebDesk
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.desk.url

    def go(self, path: str) -> Page:
        """Open a page of the desk and wait until it has come to rest."""
        self.page.goto(self.url + path)
        self.rested()
        return self.page

    def rested(self) -> None:
        """Wait until the page says what it is about, and that nothing of it is still coming."""
        self.page.locator("h1").first.wait_for()
        self.page.wait_for_function(AT_REST)

    def enter(self, name: str) -> Page:
        """As somebody who signed in before: their session, and no page yet."""
        cookies = self.desk.account(name).client.cookies.jar
        self.context.add_cookies(
            [
                {"name": each.name, "value": each.value or "", "url": self.url, "httpOnly": True}
                for each in cookies
            ]
        )
        return self.page

    def sign_in(self, name: str) -> Page:
        """Through the page, as people do."""
        self.go("/sign-in")
        self.page.locator("input[autocomplete=username]").fill(self.desk.login(name))
        self.page.locator("input[autocomplete=current-password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    def violations(self, *rules: str) -> list[str]:
        """What breaks WCAG 2.2 A or AA on the page as it stands, by axe; by these rules alone where
        some are named."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            """async (runOnly) => {
              const only = { resultTypes: ['violations'], selectors: false, preload: false }
              return (await axe.run(document, { runOnly, ...only })).violations
            }""",
            {"type": "rule", "values": rules} if rules else {"type": "tag", "values": LEVELS},
        )
        return [_told(each) for each in found]

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused request is told by the page itself; the browser's own line adds nothing.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


def _keep(context: BrowserContext) -> None:
    """What the pages look like when a test fails, into `build/journeys/`."""
    name = re.sub(r"\W+", "-", os.environ.get("PYTEST_CURRENT_TEST", "page").split("::")[-1])
    for at, page in enumerate(context.pages):
        with suppress(PlaywrightError):
            page.screenshot(path=FAILED / f"{name}-{id(context):x}-{at}.png", timeout=5_000)


def _told(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']} {json.dumps(nodes, ensure_ascii=False)}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window."""
    expect.set_options(timeout=WAIT_MS_MAX)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser,
    desk: WebDesk,
    *,
    language: Language = "zh",
    theme: Theme = "light",
    size: ViewportSize | None = None,
    touch: bool = False,
) -> Iterator[Visit]:
    """A new person at the desk, with a browser that knows nothing yet."""
    context = browser.new_context(
        viewport=size or DESK,
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        color_scheme=theme,
        has_touch=touch,
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS_MAX)
    # As somebody who chose a language here: else the one of their account goes first.
    context.add_init_script(f"localStorage['yuepi.language'] ??= '{language}'")
    try:
        page = context.new_page()
        came = Visit(context, page, desk)
        page.on("console", came._heard)
        page.on("pageerror", lambda error: came.complaints.append(str(error)))
        yield came
    except BaseException:
        _keep(context)
        raise
    finally:
        context.close()
