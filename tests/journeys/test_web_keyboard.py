"""A reviewer's work without a mouse: sign in, open, correct, decide; `?` tells the keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.resources.browser import LACKS, visit
from tests.resources.web_desk import DEMO, PASSWORD, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

TABS_MAX = 40


def test_a_reviewer_needs_no_mouse(desk: WebDesk, browser: Browser) -> None:
    ann = desk.account("ann")
    claim = ann.submit(DEMO / "doubtful" / "dinner.jpg", category="餐饮", note="晚餐")
    ann.settled(claim)
    with visit(browser, desk, language="en") as rui:
        page = rui.page
        page.goto(f"{desk.url}/sign-in")
        expect(page.locator("input[autocomplete=username]")).to_be_focused()
        page.keyboard.type(desk.login("rui"))
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Hello")

        _skips_to_the_content(page)
        _is_told_the_keys(page)
        assert rui.violations() == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.keyboard.press("Alt+2")
        expect(page).to_have_url(f"{desk.url}/review")
        expect(page.locator("a.row")).to_have_count(1)
        page.keyboard.press("n")
        expect(page.locator("li.line").first).to_be_visible()
        assert page.evaluate("document.activeElement.tagName") == "H1"
        _corrects(page)
        _rejects(page)
        expect(page).to_have_url(f"{desk.url}/review")
        assert rui.complaints == []
    shown = ann.sent("GET", f"/api/claims/{claim}")
    assert shown["claim"]["status"] == "rejected"


def _skips_to_the_content(page: Page) -> None:
    skip = page.get_by_text("Skip to the content")
    for _ in range(TABS_MAX):
        page.keyboard.press("Shift+Tab")
        if skip.evaluate("(link) => link === document.activeElement"):
            break
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def _is_told_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Go to: Review")
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")


def _corrects(page: Page) -> None:
    """Down to a field by `j`, `e` changes it, Enter keeps it, `z` takes it back, `s` saves it."""
    expect(page.locator(".lease")).to_contain_text("Held by you")
    active = page.locator("li.line.active")
    before = active.get_attribute("data-field")
    page.keyboard.press("j")
    expect(active).not_to_have_attribute("data-field", str(before))
    page.keyboard.press("k")
    expect(active).to_have_attribute("data-field", str(before))
    page.keyboard.press("e")
    expect(active.locator("input")).to_be_focused()
    page.keyboard.press("Control+a")
    # Letters that are keys of the page, too: text while somebody types.
    page.keyboard.type("arno")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 corrections not saved yet")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("1 corrections not saved yet")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


def _rejects(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Please hand in the invoice itself.")
    page.keyboard.press("Control+Enter")
    # It waits for some seconds, then it is sent by itself.
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
