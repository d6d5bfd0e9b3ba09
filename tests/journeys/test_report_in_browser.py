"""The report in a real browser: nothing refused, nothing sideways, readable, boxes in place.

Debian's chromium opens the page; measuring is done from outside, because the report itself forbids
scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.resources.browser import CHROMIUM
from tests.rooms.app.scripted import decision, file_read, invoice
from yuepi.app.report.build import report_page
from yuepi.app.report.claim import ShownClaim
from yuepi.app.words import Words
from yuepi.approvals.fact import Proof
from yuepi.documents.reading import Finding, Problem
from yuepi.kit.boxes import Box

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

_MEASURE = """() => {
const light = c => { const [r,g,b] = c.map(v => { v /= 255;
  return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
  return .2126 * r + .7152 * g + .0722 * b };
const parts = s => { const n = s.match(/[\\d.]+/g).map(Number);
  return n.length > 3 ? n : [...n, 1] };
const behind = e => { for (; e; e = e.parentElement) {
  const c = parts(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c.slice(0, 3) }
  return [255, 255, 255] };
const d = document, faint = [];
const shown = () => d.body.innerText;
const before = shown(); d.getElementById("say-en").click(); const english = shown();
d.getElementById("say-zh").click();
for (const e of d.querySelectorAll("main *, header *")) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || e.closest("svg") || !e.getClientRects().length) continue;
  if (e.closest(".unseen")) continue;
  const [a, b] = [light(parts(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) faint.push([e.className, e.textContent.slice(0, 20), ratio]) }
const img = d.querySelector(".canvas img").getBoundingClientRect();
const boxes = [...d.querySelector(".marks").querySelectorAll("a > rect")].map(r => {
  const b = r.getBoundingClientRect();
  return [(b.left - img.left) / img.width, (b.top - img.top) / img.height,
          (b.right - img.left) / img.width, (b.bottom - img.top) / img.height] });
const links = [...d.querySelectorAll("a.number, .overview a, label, summary")];
return { wide: d.documentElement.scrollWidth, faint, boxes, before, english,
  small: links.filter(e => e.getBoundingClientRect().height < 20).map(e => e.className),
  broken: [...d.images].filter(i => !i.naturalWidth).length } }
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    long_name = "很长的文件名" * 12 + "-without-a-space" * 6 + ".jpg"
    finding = Finding(code="x", severity="error", message="wrong " * 30, message_zh="不符" * 60)
    reading = invoice(findings=(finding,), text="字" * 3000)
    conflict = reading.fields["total"].model_copy(
        update={"status": "conflict", "others": ("9" * 60,)}
    )
    clashing = invoice(fields={**reading.fields, "total": conflict})
    files = (
        file_read(Path(long_name), reading),
        file_read(Path("b.jpg"), clashing),
        file_read(Path("c.pdf"), error=Problem(code="x", message="c" * 300, remedy="r" * 200)),
    )
    proof = Proof(file=long_name, page=1, box=Box(0.7, 0.62, 0.83, 0.66), field="total", value="27")
    outcomes = ("refer", "approve", "suggest_reject")
    claims = [
        ShownClaim(Words("报销" * 20, "claim " * 20), files, decision(o, [proof])) for o in outcomes
    ]
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(claims, "zh"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def opened(browser: Browser, report: Path) -> Iterator[Page]:
    """The report as a file that somebody double-clicked."""
    page = browser.new_page()
    page.goto(report.as_uri())
    yield page
    page.close()


def _measured(page: Page, width: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": 900})
    measured: dict[str, Any] = page.evaluate(_MEASURE)
    return measured


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
def test_it_fits_and_is_readable(opened: Page, width: int) -> None:
    measured = _measured(opened, width)
    assert measured["wide"] <= width
    assert measured["faint"] == []
    assert measured["broken"] == 0
    assert measured["small"] == []


def test_boxes_lie_on_their_values_and_the_language_switches(opened: Page) -> None:
    measured = _measured(opened, 1000)
    total = (0.7, 0.62, 0.83, 0.66)
    near = [
        box
        for box in measured["boxes"]
        if all(abs(a - b) < 0.01 for a, b in zip(box, total, strict=True))
    ]
    assert len(near) == 1
    assert "转人工复核" in measured["before"]
    assert "Refer to a person" not in measured["before"]
    assert "Refer to a person" in measured["english"]
    assert "转人工复核" not in measured["english"]


def test_the_console_stays_silent(browser: Browser, report: Path) -> None:
    page, said = browser.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    assert len(page.screenshot()) > 10_000
    assert said == []
    page.close()
