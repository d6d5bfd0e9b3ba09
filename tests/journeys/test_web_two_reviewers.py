"""Two reviewers on one claim: one holds it, one takes it over, and no work is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.resources.browser import LACKS, visit
from tests.resources.page_ways import correct, field, open_review
from tests.resources.web_desk import DEMO, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

HELD_MS_MAX = 60_000


def test_what_the_first_typed_outlives_that_the_second_took_over(
    desk: WebDesk, browser: Browser
) -> None:
    ann = desk.account("ann")
    claim = ann.submit(DEMO / "doubtful" / "dinner.jpg", category="餐饮", note="晚餐")
    ann.settled(claim)
    with (
        visit(browser, desk, language="en") as rui,
        visit(browser, desk, language="en") as ren,
    ):
        rui.enter("rui")
        mine = open_review(rui, claim)
        expect(mine.locator(".lease")).to_contain_text("Held by you")
        correct(mine, "seller_name", "Harbour Kitchen")
        correct(mine, "total", "400.00")

        ren.enter("ren")
        theirs = ren.go("/review")
        expect(theirs.locator("a.row")).to_contain_text("is on it")
        open_review(ren, claim)
        banner = theirs.locator(".banner[role=alert]")
        expect(banner).to_contain_text("Another reviewer is working on it")
        expect(theirs.get_by_role("button", name="Approve")).to_be_disabled()
        assert ren.violations() == []

        # The first one's line is cut: nobody renews the hold any more.
        rui.context.set_offline(True)
        take = banner.get_by_role("button")
        expect(take).to_be_enabled(timeout=HELD_MS_MAX)
        take.click()
        expect(theirs.get_by_role("button", name="Approve")).to_be_enabled()
        correct(theirs, "total", "404.00")
        theirs.get_by_role("button", name="Save corrections").click()
        expect(theirs.get_by_text("one correction saved")).to_be_visible()

        _comes_back(mine)
        # Handed back by leaving.
        theirs.get_by_role("link", name="Back to the list").click()
        _takes_it_again(mine)
        assert rui.violations() == []
        _applies_what_was_typed(mine)
        assert rui.complaints + ren.complaints == []
    shown = desk.account("ren").sent("GET", f"/api/claims/{claim}")
    assert shown["claim"]["total"] == "404.00"


def _comes_back(mine: Page) -> None:
    expect(mine.locator(".banner[role=alert]")).to_be_visible()
    mine.context.set_offline(False)
    again = mine.get_by_role("button", name="Take again")
    expect(again).to_be_visible(timeout=HELD_MS_MAX)
    again.click()
    expect(mine.locator(".banner[role=alert]")).to_contain_text("Another reviewer")
    expect(field(mine, "seller_name").locator("ins.mine")).to_have_text("Harbour Kitchen")


def _takes_it_again(mine: Page) -> None:
    take = mine.locator(".banner[role=alert]").get_by_role("button")
    expect(take).to_be_enabled(timeout=HELD_MS_MAX)
    take.click()
    stale = mine.locator(".stale")
    expect(stale).to_be_visible()
    expect(stale).to_contain_text("Harbour Kitchen")
    clash = stale.locator("tr.clash")
    expect(clash).to_contain_text("404")
    expect(clash).to_contain_text("400")


def _applies_what_was_typed(mine: Page) -> None:
    stale = mine.locator(".stale")
    stale.get_by_role("button", name="Take theirs").click()
    stale.get_by_role("button", name="Apply my corrections").click()
    expect(stale).to_have_count(0)
    expect(field(mine, "seller_name")).to_contain_text("Harbour Kitchen")
    expect(field(mine, "total")).to_contain_text("404")
    expect(mine.get_by_role("button", name="Approve")).to_be_enabled()
