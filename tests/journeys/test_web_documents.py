"""The library on the page: files come in, are found by a question and shown at their place, answer
questions with quotes, and stay out of sight of whoever may not see them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.resources.browser import LACKS, PHONE, Visit, visit
from tests.resources.web_desk import WebDesk
from yuepi.lab.samples import make

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

DRAWN_ON = date(2026, 6, 30)
READ_MS_MAX = 90_000
LOOKS_MAX = 40
LOOK_MS = 2_000
MINUTES = "The quiet herons of the second hall pay half a per cent for each week of delay.\n"
ON_SIGHT = """(box) => {
    const frame = box.closest('.frame').getBoundingClientRect()
    const { top, bottom } = box.querySelector('rect').getBoundingClientRect()
    return top >= frame.top - 1 && bottom <= frame.bottom + 1
}"""
"""Whether a box on the picture lies within what is seen of it."""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("papers") / "contract.pdf"
    path.write_bytes(make("contract", 7, DRAWN_ON).pdf)
    return path


def _list(visitor: Visit) -> Page:
    """The list of documents, drawn. (It looks for news again and again: it is never idle.)"""
    page = visitor.page
    page.goto(f"{visitor.url}/documents")
    expect(page.locator("h1")).to_be_visible()
    return page


def _upload(page: Page, path: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files(path)


@pytest.fixture(scope="module")
def kept(desk: WebDesk, browser: Browser, contract: Path) -> str:
    """The address of a contract that ann put into her own folder by the page, and that was read."""
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        _upload(page, contract)
        row = page.locator("a[data-document]")
        expect(row).to_have_count(1)
        expect(page.locator('.mark[data-state="done"]')).to_be_visible(timeout=READ_MS_MAX)
        # The same once more: told, and nothing is doubled.
        _upload(page, contract)
        expect(page.get_by_text("已经有了")).to_be_visible()
        expect(row).to_have_count(1)
        assert ann.violations() == []
        address = row.get_attribute("href")
        assert address is not None
        assert ann.complaints == []
        return address


def test_a_question_leads_to_its_place_and_its_filters_come_off(
    desk: WebDesk, browser: Browser, kept: str
) -> None:
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        page.keyboard.press("/")
        page.keyboard.type("金额超过1元的合同")
        page.keyboard.press("Enter")
        hit = page.locator("a[data-hit]")
        expect(hit).to_have_count(1, timeout=READ_MS_MAX)
        chips = page.locator(".chip")
        expect(chips).not_to_have_count(0)
        assert ann.violations() == []
        before = chips.count()
        chips.first.locator(".off").click()
        expect(chips).to_have_count(before - 1)
        page.go_back()
        expect(chips).to_have_count(before)
        page.keyboard.press("/")
        page.keyboard.press("ArrowDown")
        expect(hit).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/documents/[^/?]+\?.*box="))
        place = page.locator('.box.active[data-field^="pointed"]')
        expect(place).to_be_visible()
        expect(page.locator(".picture img.gliding, .picture img").first).to_be_visible()
        page.wait_for_timeout(400)
        assert place.evaluate(ON_SIGHT), "the hit is out of sight"
        assert ann.violations() == []
        assert ann.complaints == []


def test_an_answer_quotes_and_its_numbers_open_the_page(
    desk: WebDesk, browser: Browser, kept: str
) -> None:
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = ann.page
        page.goto(f"{ann.url}{kept}")
        expect(page.locator(".picture .frame")).to_be_visible()
        page.keyboard.press("q")
        field = page.locator("textarea")
        expect(field).to_be_focused()
        field.fill("合同金额是多少？")
        field.press("Enter")
        number = page.locator(".answer button.number")
        expect(number.first).to_be_visible(timeout=READ_MS_MAX)
        expect(page.locator(".turn .acts")).to_be_visible()
        number.first.click()
        expect(page.locator('.box.active[data-field^="pointed"]')).to_be_visible()
        assert ann.violations() == []
        field.fill("公司的火星办事处在哪里？")
        field.press("Enter")
        expect(page.locator(".turn .missing")).to_be_visible(timeout=READ_MS_MAX)
        assert ann.violations() == []
        assert ann.complaints == []


def test_who_may_not_see_a_document_finds_nothing_of_it(
    desk: WebDesk, browser: Browser, kept: str
) -> None:
    with visit(browser, desk) as rui:
        rui.enter("rui")
        page = _list(rui)
        expect(page.locator("a[data-document]")).to_have_count(0)
        page.goto(f"{rui.url}/documents/search?q=合同")
        expect(page.get_by_text("没有找到", exact=True)).to_be_visible()
        expect(page.locator(".facets")).to_have_count(0)
        page.goto(f"{rui.url}{kept}")
        expect(page.get_by_text("找不到这一项")).to_be_visible()
        assert rui.violations() == []


def test_on_a_phone_in_english(desk: WebDesk, browser: Browser, kept: str) -> None:
    with visit(browser, desk, size=PHONE, touch=True, language="en") as ann:
        ann.enter("ann")
        page = _list(ann)
        expect(page.locator("a[data-document]")).to_have_count(1)
        for path in ("/documents", "/documents/search?q=contract", "/documents/saved", kept):
            page.goto(f"{ann.url}{path}")
            expect(page.locator("h1").first).to_be_visible()
            page.wait_for_timeout(500)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert ann.violations() == [], path
        assert ann.complaints == []


def test_thrown_away_and_taken_back(desk: WebDesk, browser: Browser, kept: str) -> None:
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        link = page.locator("a[data-document]")
        link.focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="移到回收站").click()
        page.get_by_role("dialog").get_by_role("button", name="移到回收站").click()
        expect(link).to_have_count(0)
        page.get_by_role("button", name="撤销").click()
        expect(link).to_have_count(1)
        link.focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="移到回收站").click()
        page.get_by_role("dialog").get_by_role("button", name="移到回收站").click()
        expect(link).to_have_count(0)
        page.goto(f"{ann.url}/documents/trash")
        page.get_by_role("button", name="恢复").first.click()
        expect(link).to_have_count(0)
        page = _list(ann)
        expect(link).to_have_count(1)
        assert ann.complaints == []


def test_tagged_and_moved_as_cards_and_a_menu_closed_by_escape(
    desk: WebDesk, browser: Browser, kept: str
) -> None:
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        dialog = page.get_by_role("dialog")
        page.get_by_role("button", name="新建文件夹").click()
        dialog.locator("input").first.fill("票据")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("票据")
        page = _list(ann)
        page.get_by_role("button", name="缩略图").click()
        card = page.locator("li[data-id]")
        expect(card).to_have_count(1)
        menu = card.locator("button").last
        menu.click()
        page.get_by_role("menuitem", name="标签").click()
        dialog.locator("input").first.fill("加急")
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="保存").click()
        expect(card.get_by_role("button", name="加急")).to_be_visible()
        menu.click()
        page.get_by_role("menuitem", name="移动").click()
        dialog.locator("select").select_option(label="票据")
        dialog.get_by_role("button", name="移动").click()
        expect(page.get_by_text("已移动 1 份文档")).to_be_visible()
        assert ann.violations() == []
        page.goto(f"{ann.url}{kept}")
        page.get_by_role("tab", name="信息").click()
        expect(page.locator("#tab-panel").get_by_role("link", name="票据")).to_be_visible()
        assert ann.violations() == []
        page.get_by_role("button", name="下载").click()
        item = page.get_by_role("menuitem", name="原件")
        expect(item).to_be_visible()
        page.keyboard.press("Escape")
        expect(item).to_be_hidden()
        expect(page.get_by_role("tab", name="信息")).to_be_visible()
        with page.expect_download() as fetched:
            page.get_by_role("button", name="下载").click()
            item.click()
        assert fetched.value.suggested_filename == "contract.pdf"
        assert ann.complaints == []


def test_a_folder_comes_with_what_is_in_it_and_refusals_are_told(
    desk: WebDesk, browser: Browser, contract: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "合同"
    (folder / "2025").mkdir(parents=True)
    (folder / "2025" / "lease.pdf").write_bytes(contract.read_bytes())
    (folder / "note.txt").write_text("too short to be a document", encoding="utf-8")
    (folder / "empty.txt").touch()
    (folder / "minutes.txt").write_text(MINUTES * 4, encoding="utf-8")
    with visit(browser, desk, language="en") as ben:
        ben.enter("ben")
        page = _list(ben)
        page.locator("input[webkitdirectory]").set_input_files(folder)
        expect(page.locator('.line[data-state="done"]')).to_have_count(2)
        expect(page.get_by_text("The text is too short")).to_be_visible()
        expect(page.get_by_text("The file is empty")).to_be_visible()
        expect(page.locator("a[data-document]")).to_have_count(2)
        # The name of one's own folder is told in one language.
        expect(
            page.locator("li[data-id]").get_by_text("My documents / 合同 / 2025")
        ).to_be_visible()
        expect(page.get_by_text("我的文档")).to_have_count(0)
        assert ben.violations() == []
        assert ben.complaints == []


def test_what_has_no_picture_is_found_saved_and_told_of_when_more_comes(
    desk: WebDesk, browser: Browser, tmp_path: Path
) -> None:
    for name in ("penalties.txt", "more.txt"):
        (tmp_path / name).write_text(f"{name}\n{MINUTES * 4}", encoding="utf-8")
    with visit(browser, desk, language="en") as ren:
        ren.enter("ren")
        page = _list(ren)
        refused: list[str] = []
        page.on("response", lambda answer: answer.ok or refused.append(answer.url))
        page.route("**/api/library/search", _at_least)
        _upload(page, tmp_path / "penalties.txt")
        expect(page.locator('.mark[data-state="done"]')).to_be_visible(timeout=READ_MS_MAX)
        page.goto(f"{ren.url}/documents/search?q=herons")
        _until(page, page.locator("a[data-hit]"))
        expect(page.locator("li.place mark").first).to_have_text("herons")
        expect(page.locator("li.place img")).to_have_count(0)
        expect(page.get_by_text("At least 1 document", exact=True)).to_be_visible()
        expect(page.locator(".facets .count").first).to_have_text("1+")
        page.get_by_role("button", name="Save the search").click()
        page.get_by_role("dialog").get_by_role("button", name="Save the search").click()
        expect(page.get_by_text("“herons” is saved")).to_be_visible()
        page = _list(ren)
        _upload(page, tmp_path / "more.txt")
        bell = page.get_by_role("button", name="Notices, 1 unread")
        expect(page.locator('.mark[data-state="done"]')).to_have_count(2, timeout=READ_MS_MAX)
        _until(page, bell)
        bell.click()
        page.get_by_role("link", name="1 new document fits your saved searches").click()
        expect(page.get_by_role("link", name="more.txt")).to_be_visible()
        assert ren.violations() == []
        assert refused == []
        assert ren.complaints == []


def _until(page: Page, there: Locator) -> None:
    """Look again and again, sooner than the page itself does, until something is there."""
    for _ in range(LOOKS_MAX):
        with suppress(TookTooLong):
            there.first.wait_for(timeout=LOOK_MS)
            return
        page.reload()
    expect(there).to_be_visible()


def _at_least(route: Route) -> None:
    """The answer of the desk, as one to which there may be more."""
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | {"at_least": True})
