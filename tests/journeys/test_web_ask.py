"""Asking about a picture at the page: the engine that comes with the desk answers, in a stream."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.resources.browser import LACKS, visit
from tests.resources.page_ways import READ_MS_MAX
from tests.resources.web_desk import DEMO, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]


def test_a_picture_is_asked_about_stopped_and_asked_about_again(
    desk: WebDesk, browser: Browser
) -> None:
    with visit(browser, desk, language="en") as ann:
        ann.enter("ann")
        page = ann.go("/ask")
        assert ann.violations() == []
        picture = DEMO / "doubtful" / "dinner.jpg"
        page.locator("form.composer input[type=file]").first.set_input_files(str(picture))
        expect(page.locator("form.composer img")).to_be_visible()

        _ask(page, "What is the invoice number?")
        page.get_by_role("button", name="Stop").click()
        first = page.locator("article.turn").first
        expect(first).to_contain_text("You stopped it")

        first.get_by_role("button", name="Try again").click()
        _answered(page, 1)
        _ask(page, "What is the total?")
        answer = _answered(page, 2)
        assert "458" in answer, answer
        assert ann.violations() == []

        # Kept by this browser alone; a new page shows it.
        page.reload()
        page.get_by_role("button", name="invoice number").first.click()
        expect(page.locator("article.turn")).to_have_count(2)
        assert ann.complaints == []


def _ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")


def _answered(page: Page, turns: int) -> str:
    expect(page.locator("article.turn")).to_have_count(turns)
    turn = page.locator("article.turn").last
    expect(turn).to_contain_text("Answered by", timeout=READ_MS_MAX)
    return turn.locator(".answer").inner_text()
