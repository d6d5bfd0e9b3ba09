"""Papers by hand: a folder dragged in, a photo from a phone, a name that is taken."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.resources.browser import LACKS, PHONE, Visit, visit
from tests.resources.web_desk import WebDesk
from yuepi.lab.samples import make

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

DRAWN_ON = date(2026, 6, 30)


def _list(visitor: Visit) -> Page:
    page = visitor.page
    page.goto(f"{visitor.url}/documents")
    expect(page.locator("h1")).to_be_visible()
    return page


def _drop(page: Page, *paths: Path) -> None:
    """As a person who drags these from the desktop: the browser itself opens them."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 500, "y": 400, "data": data})


def test_a_folder_is_dragged_onto_the_page(desk: WebDesk, browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "扫描件"
    (folder / "三月" / "收据").mkdir(parents=True)
    (folder / ".hidden").write_bytes(b"litter")
    sample = make("contract", 8, DRAWN_ON).pdf
    (folder / "租约.pdf").write_bytes(sample + b"\n%1")
    (folder / "三月" / "收据" / "a.pdf").write_bytes(sample + b"\n%2")
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        _drop(page, folder)
        expect(page.locator('.line[data-state="done"]')).to_have_count(2)
        expect(page.locator("li[data-id]").get_by_text("扫描件 / 三月 / 收据")).to_be_visible()
        assert ann.complaints == []


def test_a_phone_takes_a_photo(desk: WebDesk, browser: Browser, tmp_path: Path) -> None:
    photo = tmp_path / "image.jpg"
    Image.new("RGB", (600, 800), "white").save(photo)
    with visit(browser, desk, size=PHONE, touch=True) as ben:
        ben.enter("ben")
        page = _list(ben)
        page.locator(".el-dropdown__caret-button").first.tap()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("menuitem", name="拍照上传").tap()
        asked = chooser.value.element
        assert asked.get_attribute("capture") == "environment"
        assert asked.get_attribute("accept") == "image/*"
        chooser.value.set_files(photo)
        expect(page.locator("a[data-document]")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert ben.complaints == []


def test_a_name_that_is_taken_stays_typed(desk: WebDesk, browser: Browser, tmp_path: Path) -> None:
    sample = make("contract", 10, DRAWN_ON).pdf
    paths = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for at, path in enumerate(paths):
        path.write_bytes(sample + b"\n%%%d" % at)
    with visit(browser, desk) as ann:
        ann.enter("ann")
        page = _list(ann)
        for path in paths:
            page.locator('input[type="file"]').first.set_input_files(path)
            line = page.locator('.line[data-state="done"]').filter(has_text=path.name)
            expect(line).to_be_visible()
        row = page.locator("li[data-id]").filter(has_text="two.pdf").first
        row.get_by_role("button", name="two.pdf 的操作").click()
        page.get_by_role("menuitem", name="重命名").click()
        field = page.get_by_role("dialog").get_by_role("textbox")
        field.fill("one.pdf")
        page.get_by_role("dialog").get_by_role("button", name="保存").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        expect(field).to_have_value("one.pdf")
        field.fill("three.pdf")
        page.get_by_role("dialog").get_by_role("button", name="保存").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("li[data-id]").filter(has_text="three.pdf").first).to_be_visible()
