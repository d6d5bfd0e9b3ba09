"""What people do at the page again and again: hand in a claim, open its review, decide."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.resources.browser import Visit

DEMO_DINNER = "dinner.jpg"
READ_MS_MAX = 120_000
"""Reading a photo takes seconds on an idle machine; the tests may run beside others."""


def add_papers(page: Page, *papers: Path, label: str = "文件") -> None:
    """Choose files on the page for a new claim."""
    page.locator(f'input[type=file][aria-label="{label}"]').set_input_files(
        [str(paper) for paper in papers]
    )


def hand_in(page: Page) -> str:
    """Press the one button; the claim's id."""
    page.locator(".bar .hand").click()
    page.wait_for_url("**/claims/clm_*", timeout=READ_MS_MAX)
    return page.url.rsplit("/", 1)[1]


def open_review(came: Visit, claim: str) -> Page:
    """From the list of what waits, by its row."""
    page = came.go("/review")
    page.locator(f'a.row:has([title="{claim}"])').click()
    expect(page.locator("li.line").first).to_be_visible()
    return page


def field(page: Page, name: str) -> Locator:
    """The line of a field in review, as `total`."""
    return page.locator(f'li.line[data-field$="/{name}"]').first


def correct(page: Page, name: str, value: str) -> None:
    """Type another value for a field; it is kept on the page until it is saved."""
    line = field(page, name)
    line.locator(".actions button").last.click()
    line.locator("input").fill(value)
    line.locator("input").press("Enter")
    expect(line.locator("ins.mine")).to_be_visible()
