"""How fast the built page is in Debian's Chromium: first paint, and from one review to the next.

Needs `make web`. The desk, its worker and the browser share this machine.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.resources.browser import CHROMIUM, LACKS, visit
from tests.resources.web_desk import DEMO, WebDesk, web_desk

REVIEWS = 6
REST_MS = 1_500
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
SWITCHES = "performance.getEntriesByName('review.switch').map(({ duration }) => duration)"


def measure() -> None:
    """Print one row for each page, and one for the switches."""
    if LACKS:
        print(LACKS)
        return
    with (
        tempfile.TemporaryDirectory(prefix="yuepi-page-") as folder,
        web_desk(Path(folder) / "data") as desk,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _fill(desk)
        print("| page | loaded ms | first paint ms | wanted |\n|---|--:|--:|--:|")
        with visit(browser, desk, language="en") as ann:
            ann.sign_in("ann")
            for path in ("/claims", "/claims/new"):
                print(_row(path, ann.go(path)))
        switches = _switches(desk, browser)
        browser.close()
    print("\n| from one review to the next, ms | median | slowest | wanted |\n|---|--:|--:|--:|")
    print(
        f"| {len(switches)} switches | {statistics.median(switches):.0f} "
        f"| {max(switches):.0f} | 300 |"
    )


def _fill(desk: WebDesk) -> None:
    ann = desk.account("ann")
    files = sorted(file for file in DEMO.rglob("*") if file.suffix in (".jpg", ".png"))
    claims = [
        ann.submit(files[at % len(files)], category="餐饮", note=str(at)) for at in range(REVIEWS)
    ]
    for claim in claims:
        ann.settled(claim)


def _switches(desk: WebDesk, browser: Browser) -> list[float]:
    with visit(browser, desk, language="en") as rui:
        rui.sign_in("rui")
        page = rui.go("/review")
        print(_row("/review", page))
        page.locator("a.row").first.click()
        page.wait_for_timeout(REST_MS)
        for _ in range(REVIEWS - 1):
            page.keyboard.press("n")
            page.wait_for_timeout(REST_MS)
        found: list[float] = page.evaluate(SWITCHES)
        return found


def _row(path: str, page: Page) -> str:
    loaded, painted = page.evaluate(LOADED), page.evaluate(FIRST_PAINT)
    return f"| `{path}` | {loaded:.0f} | {painted:.0f} | 1500 |"
