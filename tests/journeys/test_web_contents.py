"""What a document holds beside its fields, on the page: clauses lead to their place on the picture;
personal data is masked, shown whole for a reason, and that look is in the audit record."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.resources.browser import LACKS, PHONE, Visit, visit
from tests.resources.page_ways import correct, field, open_review
from tests.resources.web_desk import WebDesk
from yuepi.lab.samples import jpeg_file, make, picture

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

DRAWN_ON = date(2026, 6, 30)
ID_NUMBER_DIGITS = 18

ON_SIGHT = """(box) => {
    const frame = box.closest('.frame').getBoundingClientRect()
    const { top, bottom } = box.querySelector('rect').getBoundingClientRect()
    return top >= frame.top - 1 && bottom <= frame.bottom + 1
}"""
"""Whether a box on the picture lies within what is seen of it."""


@pytest.fixture(scope="module")
def papers(desk: WebDesk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Claims with a contract and with an identity card, read and waiting for a reviewer."""
    folder = tmp_path_factory.mktemp("papers")
    contract = folder / "contract.pdf"
    contract.write_bytes(make("contract", 7, DRAWN_ON).pdf)
    card = folder / "card.jpg"
    card.write_bytes(jpeg_file(picture(make("id_card", 7, DRAWN_ON))))
    ann = desk.account("ann")
    claims = {each.stem: ann.submit(each, note=each.stem) for each in (contract, card)}
    for claim in claims.values():
        ann.settled(claim)
    return claims


def pointed(page: Page) -> Locator:
    """The box of a place that belongs to no field."""
    return page.locator('.box.active[data-field="pointed"]')


def test_a_clause_leads_to_its_place_and_the_keys_go_on_from_the_field(
    desk: WebDesk, browser: Browser, papers: dict[str, str]
) -> None:
    with visit(browser, desk) as rui:
        rui.enter("rui")
        page = open_review(rui, papers["contract"])
        quotes = page.locator(".clauses .see")
        expect(quotes.first).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("j")
        lines = page.locator("li.line")
        before = page.locator("li.line.active").get_attribute("data-field")
        for quote in (quotes.first, quotes.last):
            quote.focus()
            page.keyboard.press("Enter")
            expect(pointed(page)).to_be_visible()
            assert pointed(page).evaluate(ON_SIGHT), "the clause is out of sight"
        assert rui.violations() == []
        order = lines.evaluate_all("(all) => all.map((each) => each.dataset.field)")
        page.keyboard.press("j")
        after = page.locator("li.line.active")
        expect(after).to_have_attribute("data-field", order[order.index(before) + 1])
        expect(page.locator('[data-field="pointed"]')).to_have_count(0)
        assert rui.complaints == []


def test_personal_data_is_whole_only_for_a_reason_that_is_recorded(
    desk: WebDesk, browser: Browser, papers: dict[str, str]
) -> None:
    with visit(browser, desk, language="en") as rui:
        rui.enter("rui")
        page = open_review(rui, papers["card"])
        number = field(page, "id_number").locator(".value")
        expect(number).to_contain_text("****")
        # What is typed may not hold the stars: nobody's number.
        correct(page, "id_number", f"{number.text_content() or ''}0"[1:])
        page.get_by_role("button", name="Save corrections").click()
        expect(page.get_by_role("alert").filter(has_text="masked")).to_be_visible()
        page.keyboard.press("z")
        page.get_by_role("button", name="Show whole").click()
        dialog = page.get_by_role("dialog")
        assert rui.violations() == []
        dialog.get_by_role("button", name="Show whole").click()
        expect(dialog).to_contain_text("reason")
        dialog.get_by_role("textbox").fill("The bank asked for the number.")
        dialog.get_by_role("button", name="Show whole").click()
        expect(dialog).to_be_hidden()
        expect(number).not_to_contain_text("*")
        assert len((number.text_content() or "").strip()) == ID_NUMBER_DIGITS
        assert rui.violations() == []
        assert rui.complaints == []
    with visit(browser, desk, language="en") as aud:
        aud.enter("aud")
        page = aud.go(f"/audit/about/{papers['card']}")
        looked = page.locator("ol.list > li").filter(has_text="Personal data shown whole")
        expect(looked).to_have_count(1)
        looked.get_by_role("button").first.click()
        expect(looked).to_contain_text("The bank asked for the number.")
        assert aud.complaints == []


def test_the_submitter_sees_what_a_paper_holds_on_a_phone(
    desk: WebDesk, browser: Browser, papers: dict[str, str]
) -> None:
    with visit(browser, desk, size=PHONE, touch=True) as ann:
        ann.enter("ann")
        expect(_unfolded(ann, papers["card"])).to_contain_text("****")
        contract = _unfolded(ann, papers["contract"])
        expect(contract).to_contain_text("合同金额")
        expect(contract.locator(".contents")).to_contain_text("请留意的条款")
        expect(ann.page.locator(".contents .see")).to_have_count(0)
        assert ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert ann.violations() == []
        assert ann.complaints == []


def _unfolded(ann: Visit, claim: str) -> Locator:
    page = ann.page
    page.goto(f"{ann.url}/claims/{claim}")
    page.locator(".papers summary").first.click()
    return page.locator(".papers details[open]")
