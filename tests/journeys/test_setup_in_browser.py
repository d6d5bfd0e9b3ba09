"""The first administrator, made in a real browser by the link that `yuepi serve` prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.resources.browser import LACKS, visit
from tests.resources.serving import NO_MODELS, serving
from tests.resources.web_desk import WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

GOOD = "correct horse battery"


def test_a_person_makes_the_first_administrator_with_the_keyboard(
    browser: Browser, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "yuepi.toml").write_text(NO_MODELS)
    with (
        serving(data) as served,
        visit(browser, WebDesk(served), language="en") as came,
    ):
        link, page = str(served.told["setup"]), came.page
        page.goto(link)
        assert page.evaluate("document.activeElement.id") == "login"
        assert page.locator("h1").inner_text() == "Make the first administrator"
        assert came.violations() == []
        problem = page.locator("#problem")

        def sent(password: str, again: str) -> None:
            page.fill("#login", "boss")
            page.fill("#password", password)
            page.fill("#again", again)
            page.press("#again", "Enter")

        sent("short", "other")
        problem.wait_for(state="visible")
        assert problem.inner_text() == "The two passwords differ."
        sent("short", "short")
        expect(problem).not_to_contain_text("differ")
        expect(problem).to_be_visible()
        assert "password" in problem.inner_text()
        sent(GOOD, GOOD)
        page.locator("#done").wait_for(state="visible")
        assert page.evaluate("location.hash") == ""
        assert came.complaints == []

        page.goto(link.replace("#", "?again#"))
        problem.wait_for(state="visible")
        assert "There is an administrator already" in page.locator("main").inner_text()
