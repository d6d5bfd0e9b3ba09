"""What goes wrong around the page: bad files, a cut line, an ended session, a server that fails,
papers that want to run, a list without end. Nothing that was typed is lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.resources.browser import LACKS, PHONE, visit
from tests.resources.claims import NOW
from tests.resources.page_ways import READ_MS_MAX, add_papers, correct, field, hand_in, open_review
from tests.resources.web_desk import DEMO, Account, WebDesk
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.kit.database import open_database, sqlite_url

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

DINNER = DEMO / "doubtful" / "dinner.jpg"
INVOICE = DEMO / "small" / "e-invoice.xml"
MANY = 10_000
MIB = 2**20
RUNS = "window.__ran = true"
HOSTILE_NAME = f"<img src=x onerror={RUNS.replace(' ', '')}>.jpg"
HOSTILE_TEXT = f'"><svg onload="{RUNS}"></svg><script>{RUNS}</script>{{{{ 7*7 }}}}'


def test_files_that_cannot_be_taken_are_told_by_name(
    desk: WebDesk, browser: Browser, tmp_path: Path
) -> None:
    program = tmp_path / "tool.exe"
    program.write_bytes(b"MZ" + bytes(1_000))
    empty = tmp_path / "empty.pdf"
    empty.touch()
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(51 * MIB)
    with visit(browser, desk, size=PHONE, touch=True) as came:
        came.enter("ann")
        page = came.go("/claims/new")
        add_papers(page, program, empty, huge, DINNER)
        told = page.locator(".notices .bad")
        expect(told).to_contain_text("3 个文件没有加入")
        for name, why in (("tool.exe", "类型"), ("empty.pdf", "空"), ("huge.pdf", "50 MB")):
            expect(told.locator("li").filter(has_text=name)).to_contain_text(why)
        expect(page.locator("article.card")).to_have_count(1)
        assert came.violations() == []
        assert came.complaints == []


def test_a_cut_line_in_the_middle_holds_nothing_up(desk: WebDesk, browser: Browser) -> None:
    with visit(browser, desk, size=PHONE, touch=True) as came:
        came.enter("ann")
        page = came.go("/claims/new")
        came.context.set_offline(True)
        add_papers(page, INVOICE)
        page.get_by_label("事由").fill("离线时写下的事由")
        expect(page.get_by_text("现在离线").first).to_be_visible()
        assert came.violations() == []
        came.context.set_offline(False)
        expect(page.locator("article.card")).to_contain_text("已读取", timeout=READ_MS_MAX)

        # Even a page that was closed keeps the draft.
        kept = came.context.new_page()
        page.close()
        kept.goto(f"{desk.url}/claims/new")
        expect(kept.get_by_label("事由")).to_have_value("离线时写下的事由")
        expect(kept.locator("article.card")).to_contain_text("e-invoice.xml")

        # Handed in while there is no line: done by itself as soon as there is one.
        came.context.set_offline(True)
        kept.locator(".bar .hand").click()
        expect(kept.locator(".bar:has(.hand)")).to_contain_text("自动提交")
        came.context.set_offline(False)
        kept.wait_for_url("**/claims/clm_*")
        expect(kept.locator("h1")).to_contain_text("离线时写下的事由")
        assert came.complaints == []


def test_an_ended_session_is_begun_again_in_place(desk: WebDesk, browser: Browser) -> None:
    ann = desk.account("ann")
    claim = ann.submit(DINNER, category="餐饮", note="晚餐")
    ann.settled(claim)
    with visit(browser, desk, language="en") as came:
        came.enter("rui")
        page = open_review(came, claim)
        expect(page.locator(".lease")).to_contain_text("Held by you")
        correct(page, "seller_name", "Harbour Kitchen")
        came.context.clear_cookies()
        page.get_by_role("button", name="Save corrections").click()
        dialog = page.get_by_role("dialog", name="Your session has ended")
        expect(dialog).to_be_visible()
        assert came.violations() == []
        password = dialog.locator("input[autocomplete=current-password]")
        expect(password).to_be_focused()
        password.fill("not the password at all")
        password.press("Enter")
        expect(dialog.get_by_role("alert")).to_be_visible()
        password.fill("eleven quiet herons at dusk")
        password.press("Enter")
        expect(dialog).to_have_count(0)
        expect(page.get_by_text("one correction saved")).to_be_visible()
        expect(field(page, "seller_name")).to_contain_text("Harbour Kitchen")
        assert came.complaints == []


def test_a_server_that_fails_is_told_and_tried_again(desk: WebDesk, browser: Browser) -> None:
    with visit(browser, desk, language="en") as came:
        came.enter("ann")
        page = came.page
        page.route("**/api/claims?**", _fails)
        page.goto(f"{desk.url}/claims")
        again = page.locator("main").get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        assert came.violations() == []
        page.unroute("**/api/claims?**")
        again.click()
        expect(again).to_have_count(0)
        expect(page.locator("a.row").first).to_be_visible()

        # And one that is not there at all, from the start.
        page.route("**/api/**", lambda route: route.abort())
        page.goto(f"{desk.url}/claims")
        expect(page.locator("h1")).to_have_text("The server cannot be reached")
        assert came.violations() == []
        page.unroute("**/api/**")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("a.row").first).to_be_visible()


def _fails(route: Route) -> None:
    route.fulfill(status=500, content_type="text/plain", body="Internal Server Error")


def test_papers_that_want_to_run_are_only_shown(desk: WebDesk, browser: Browser) -> None:
    invoice = INVOICE.read_text(encoding="utf-8")
    seller = _between(invoice, "SellerName>", "<")
    escaped = "&lt;img src=x onerror=&quot;window.__ran=1&quot;&gt;"
    papers: list[FilePayload] = [
        _paper(HOSTILE_NAME, "image/jpeg", DINNER.read_bytes()),
        _paper("<svg onload=alert(1)>.svg", "image/svg+xml", f"<svg><script>{RUNS}</script></svg>"),
        _paper("<b>bold.xml", "text/xml", invoice.replace(seller, escaped)),
    ]
    with visit(browser, desk, language="en") as came:
        came.enter("ann")
        page = came.go("/claims/new")
        page.locator('input[type=file][aria-label="File"]').set_input_files(papers)
        expect(page.locator("article.card")).to_have_count(2)
        expect(page.locator(".notices .bad")).to_contain_text("<svg onload=alert(1)>.svg")
        expect(page.locator("article.card").first.locator("h3")).to_have_text(HOSTILE_NAME)
        page.get_by_label("What for").fill(HOSTILE_TEXT)
        claim = hand_in(page)
        expect(page.locator("h1")).to_contain_text("<script>")
        desk.account("ann").settled(claim)
        page.reload()
        expect(page.locator("main")).to_contain_text(HOSTILE_NAME)
        _nothing_ran(page)
        assert came.complaints == []
        assert came.violations() == []
    with visit(browser, desk, language="en") as came:
        came.enter("rui")
        page = open_review(came, claim)
        expect(page.locator("body")).to_contain_text("<script>")
        _nothing_ran(page)
        assert came.complaints == []


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]


def _paper(name: str, media: str, content: bytes | str) -> FilePayload:
    held = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": media, "buffer": held}


def _nothing_ran(page: Page) -> None:
    assert page.evaluate("window.__ran === undefined")
    foreign = "img[src=x], svg[onload], script:not([src])"
    expect(page.locator(foreign)).to_have_count(0)


def test_ten_thousand_claims_scroll(desk: WebDesk, browser: Browser) -> None:
    ben = desk.account("ben")
    data = desk.served.stderr.with_suffix("")
    with ThreadPoolExecutor(1) as other:
        other.submit(asyncio.run, _filled(data / "yuepi.db", ben)).result()
    with visit(browser, desk, language="en") as came:
        came.enter("ben")
        page = came.go("/claims")
        expect(page.locator("a.row").first).to_be_visible()
        rows = 0
        for _ in range(60):
            page.mouse.wheel(0, 20_000)
            page.wait_for_timeout(30)
            rows = max(rows, page.locator("a.row").count())
        # Only what is to be seen is drawn, however far down.
        assert 0 < rows < 80, rows
        expect(page.locator("a.row").last).to_be_visible()
        assert page.evaluate("window.scrollY") > 20_000
        assert came.violations() == []
        # One of them is found without scrolling.
        page.get_by_role("searchbox", name="Search claims").fill("number 7777 of many")
        expect(page.locator("a.row")).to_have_count(1)
        assert came.complaints == []


async def _filled(path: Path, owner: Account) -> None:
    """That many settled claims of one person, straight into the database."""
    me = owner.sent("GET", "/api/session")["me"]
    base: dict[str, Any] = {
        "submitter_id": me["id"], "department_id": me["user"]["department"], "category": "办公",
        "on_day": "2026-11-20", "status": "approved", "origin": "automatic",
        "suggestion": "approve", "stage": "full", "risk": 10, "kind": "digital_invoice",
        "tier": "clean", "version": 2, "round": 1, "attempts": 1, "total": Decimal("12.00"),
    }  # fmt: skip
    rows = []
    for number in range(MANY):
        at = NOW - timedelta(minutes=number)
        times = dict.fromkeys(("queued_at", "created_at", "updated_at", "decided_at"), at)
        own = {"id": f"clm_{number:020x}", "note": f"number {number} of many"}
        rows.append(base | times | own)
    database = open_database(sqlite_url(path))
    for start in range(0, MANY, 500):
        async with database.writing() as transaction:
            await transaction.execute(CLAIMS.insert(), rows[start : start + 500])
    await database.close()
