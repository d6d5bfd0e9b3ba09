"""A claim's whole life through the pages: from a phone to the auditor, in both languages."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.resources.browser import LACKS, PHONE, Visit, visit
from tests.resources.page_ways import READ_MS_MAX, add_papers, correct, hand_in, open_review
from tests.resources.web_desk import DEMO, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

PHOTO = DEMO / "travel" / "photo-2.jpg"
"""Of an invoice that no other journey hands in: it is approved in the end."""

AT_HAND = """(button) => {
    const { x, y, width, height } = button.getBoundingClientRect()
    return button.contains(document.elementFromPoint(x + width / 2, y + height / 2))
}"""
"""Whether a finger reaches it without scrolling."""


def test_a_claim_goes_from_the_phone_through_review_and_appeal_to_the_audit(
    desk: WebDesk, browser: Browser
) -> None:
    with ExitStack() as stack:
        ann = stack.enter_context(visit(browser, desk, size=PHONE, touch=True))
        claim = _handed_in(ann)

        rui = stack.enter_context(visit(browser, desk, language="en"))
        _rejected_with_a_correction(rui, claim)

        # Told by the server: nobody reloads the page.
        heading = ann.page.locator(".outcome h2")
        expect(heading).to_have_text("未通过")
        expect(ann.page.locator(".said").first).to_contain_text("bring the menu")
        ann.page.get_by_role("button", name="申诉").click()
        ann.page.get_by_role("button", name="提交申诉").click()
        expect(heading).to_have_text("申诉中")

        ren = stack.enter_context(visit(browser, desk, language="en"))
        _appeal_upheld(ren, claim)
        expect(heading).to_have_text("已通过（审核人批准）")
        assert ann.violations() == []

        aud = stack.enter_context(visit(browser, desk, language="en"))
        _audited(aud, claim)
        assert [each.complaints for each in (ann, rui, ren, aud)] == [[], [], [], []]


def _handed_in(ann: Visit) -> str:
    ann.enter("ann")
    page = ann.go("/claims/new")
    add_papers(page, PHOTO)
    card = page.locator("article.card")
    expect(card).to_contain_text("已读取", timeout=READ_MS_MAX)
    expect(page.locator(".bar .sum")).to_contain_text(re.compile("1,?980"))
    page.evaluate("window.scrollTo(0, 0)")
    assert page.locator(".bar .hand").evaluate(AT_HAND), "the one button is out of sight"
    page.get_by_role("button", name="餐饮").click()
    page.get_by_label("事由").fill("与客户晚餐")
    claim = hand_in(page)
    expect(page.locator(".outcome h2")).to_have_text("等待审核人处理", timeout=READ_MS_MAX)
    expect(page.locator("h1")).to_contain_text("与客户晚餐")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    return claim


def _rejected_with_a_correction(rui: Visit, claim: str) -> None:
    rui.enter("rui")
    page = open_review(rui, claim)
    correct(page, "seller_name", "Harbour Kitchen")
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_text("one correction saved")).to_be_visible()
    page.get_by_role("button", name="Reject", exact=False).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Please bring the menu.")
    dialog.get_by_role("button", name="Reject", exact=True).click()
    page.get_by_role("button", name="Send now").click()
    expect(page).to_have_url(f"{rui.url}/review")


def _appeal_upheld(ren: Visit, claim: str) -> None:
    ren.enter("ren")
    page = open_review(ren, claim)
    expect(page.get_by_text("The submitter appeals")).to_be_visible()
    expect(page.locator("ins, .top").filter(has_text="Harbour Kitchen").first).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Send now").click()
    # Against what the program says: the server wants to know why, and the page asks.
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("needs a reason")
    assert ren.violations() == []
    dialog.get_by_role("textbox").fill("The menu came by mail.")
    dialog.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Send now").click()


def _audited(aud: Visit, claim: str) -> None:
    aud.enter("aud")
    page = aud.go(f"/audit/about/{claim}")
    story = page.locator("ol.list > li")
    expect(story.first).to_be_visible()
    told = story.locator(".action").evaluate_all("(all) => all.map((each) => each.title)")
    wanted = ["claim.submitted", "review.corrected", "claim.rejected", "claim.appealed"]
    places = [told.index(action) for action in [*wanted, "claim.approved"]]
    assert places == sorted(places), told
    page.goto(f"{aud.url}/audit/check")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("The record is whole")).to_be_visible(timeout=READ_MS_MAX)
