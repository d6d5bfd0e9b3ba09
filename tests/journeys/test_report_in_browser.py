"""The report in a real browser: nothing refused, nothing sideways, readable, boxes in place.

Debian's chromium opens the page; measuring is done by a page of our own that holds the report in
a frame, because the report itself forbids scripts.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.scripted import decision, file_read, invoice
from yuepi.app.report.build import report_page
from yuepi.app.report.claim import ShownClaim
from yuepi.app.words import Words
from yuepi.approvals.fact import Proof
from yuepi.documents.reading import Finding, Problem
from yuepi.kit.boxes import Box

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

_MEASURE = """
<body><iframe id="f" style="width:%(width)dpx;height:900px;border:0" srcdoc="%(page)s"></iframe>
<pre id="told"></pre><script>
const light = c => { const [r,g,b] = c.map(v => { v /= 255;
  return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
  return .2126 * r + .7152 * g + .0722 * b };
const parts = s => { const n = s.match(/[\\d.]+/g).map(Number);
  return n.length > 3 ? n : [...n, 1] };
const behind = e => { for (; e; e = e.parentElement) {
  const c = parts(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c.slice(0, 3) }
  return [255, 255, 255] };
document.getElementById("f").addEventListener("load", () => {
  const d = document.getElementById("f").contentDocument, w = d.defaultView, faint = [];
  const shown = () => d.body.innerText;
  const before = shown(); d.getElementById("say-en").click(); const english = shown();
  d.getElementById("say-zh").click();
  for (const e of d.querySelectorAll("main *, header *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest("svg") || !e.getClientRects().length) continue;
    if (e.closest(".unseen")) continue;
    const [a, b] = [light(parts(w.getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push([e.className, e.textContent.slice(0, 20), ratio]) }
  const img = d.querySelector(".canvas img").getBoundingClientRect();
  const boxes = [...d.querySelector(".marks").querySelectorAll("a > rect")].map(r => {
    const b = r.getBoundingClientRect();
    return [(b.left - img.left) / img.width, (b.top - img.top) / img.height,
            (b.right - img.left) / img.width, (b.bottom - img.top) / img.height] });
  const links = [...d.querySelectorAll("a.number, .overview a, label, summary")];
  document.getElementById("told").textContent = JSON.stringify({
    wide: d.documentElement.scrollWidth, frame: w.innerWidth, faint, boxes, before, english,
    small: links.filter(e => e.getBoundingClientRect().height < 20).map(e => e.className),
    broken: [...d.images].filter(i => !i.naturalWidth).length }) });
</script></body>
"""


def _chromium(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    fixed = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    return subprocess.run(
        [CHROMIUM, *fixed, "--no-first-run", "--enable-logging=stderr", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


@pytest.fixture(scope="module")
def page() -> str:
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
    return report_page(claims, "zh")


def _measured(page: str, width: int, folder: Path) -> dict[str, Any]:
    holder = folder / f"measure-{width}.html"
    holder.write_text(_MEASURE % {"width": width, "page": html.escape(page)}, encoding="utf-8")
    done = _chromium("--virtual-time-budget=5000", "--dump-dom", holder.as_uri())
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.S)
    assert told is not None
    assert told.group(1), done.stderr[-2000:]
    measured: dict[str, Any] = json.loads(html.unescape(told.group(1)))
    return measured


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
def test_it_fits_and_is_readable(page: str, width: int, tmp_path: Path) -> None:
    measured = _measured(page, width, tmp_path)
    assert measured["wide"] <= width
    assert measured["faint"] == []
    assert measured["broken"] == 0
    assert measured["small"] == []


def test_boxes_lie_on_their_values_and_the_language_switches(page: str, tmp_path: Path) -> None:
    measured = _measured(page, 1000, tmp_path)
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


def test_the_console_stays_silent(page: str, tmp_path: Path) -> None:
    report, picture = tmp_path / "report.html", tmp_path / "report.png"
    report.write_text(page, encoding="utf-8")
    done = _chromium(f"--screenshot={picture}", "--window-size=1280,900", report.as_uri())
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert picture.stat().st_size > 10_000
