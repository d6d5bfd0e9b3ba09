"""The report and the saved pictures: self-contained, escaped, bounded, boxes where values are."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.rooms.app.scripted import (
    TOTAL_BOX,
    Script,
    decision,
    file_read,
    invoice,
    paper,
    seen,
)
from yuepi.app.report.album import Album
from yuepi.app.report.build import report_page
from yuepi.app.report.claim import ShownClaim
from yuepi.app.report.marks import placed, views
from yuepi.app.report.pictures import COLOURS, SIDE_PX_MAX, cut, drawn, ink
from yuepi.app.report.save import safe_stem
from yuepi.app.words import Words
from yuepi.approvals.fact import Proof
from yuepi.documents.read import FileRead, PageView
from yuepi.documents.reading import Finding, Item, Problem
from yuepi.kit.boxes import Box

_TITLE = Words("测试", "Test")
_EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e{{ 7*7 }}'
_PROOF = Proof(file="a.jpg", page=1, box=TOTAL_BOX, field="total", value="27.00")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def _claim(*files: FileRead, **changes: Any) -> ShownClaim:
    return ShownClaim(_TITLE, files or (file_read(Path("a.jpg"), invoice()),), **changes)


def test_the_page_needs_nothing_but_itself_and_forbids_the_rest() -> None:
    text = report_page([_claim(decision=decision("refer", [_PROOF]))], "zh")
    page = _Page(text)
    assert not {"script", "iframe", "object", "embed", "form"} & {tag for tag, _ in page.tags}
    assert all(src.startswith("data:image/jpeg;base64,") for src in page.all("src"))
    assert all(href.startswith(("#", "data:,")) for href in page.all("href"))
    assert page.all("style") == []
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://", text)
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    (policy,) = page.all("content")[:1]
    assert policy.startswith("default-src 'none'")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_hostile_text_stays_text_everywhere() -> None:
    finding = Finding(code=_EVIL, severity="error", message=_EVIL, message_zh=_EVIL)
    reading = invoice(
        fields={"seller_name": seen(_EVIL, "conflict", TOTAL_BOX), _EVIL: seen(_EVIL)},
        findings=(finding,),
        items=(Item(name=_EVIL),),
        text=_EVIL,
    )
    problem = Problem(code="damaged", message=_EVIL, remedy=_EVIL)
    evil_proof = Proof(file=_EVIL, page=1, box=TOTAL_BOX, field=_EVIL, value=_EVIL)
    judged = decision("refer", [evil_proof], refer_to=_EVIL, policy=_EVIL)
    files = (file_read(Path(_EVIL.replace("/", "")), reading), file_read(Path("b"), error=problem))
    text = report_page([ShownClaim(Words(_EVIL, _EVIL), files, judged)], "en")
    page = _Page(text)
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "49" not in re.sub(r"data:image[^\"]*", "", text).split("<main", 1)[1]
    assert "\\x1b[2J\\u202e{{ 7*7 }}" in text


def test_every_link_inside_the_page_has_its_goal_and_ids_are_unique() -> None:
    files = [file_read(Path(name), invoice(), invoice(page=2)) for name in ("a.jpg", "b.jpg")]
    proofs = [_PROOF, Proof(file="gone.jpg", field="number", value="1")]
    claims = [_claim(*files, decision=decision("refer", proofs)), _claim()]
    page = _Page(report_page(claims, "en"))
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    links = [href[1:] for href in page.all("href") if href.startswith("#")]
    assert set(links) <= set(ids)


def test_status_is_told_by_word_sign_and_percent() -> None:
    text = report_page([_claim()], "en")
    for word, status in (
        ("confirmed", "confirmed"),
        ("one source", "single"),
        ("missing", "missing"),
    ):
        assert re.search(rf'class="status {status}">.*?#i-{status}.*?{word}', text, re.S)
    assert "97%" in text


def test_the_limit_of_pictures_has_a_clear_answer() -> None:
    text = report_page([_claim()], "en", Album(pictures_left=0))
    assert "Left out: the report has reached its size limit" in text
    assert "data:image" not in text
    small = Album(bytes_left=500)
    assert small.shot(paper(), TOTAL_BOX, 100).src is not None
    assert small.shot(paper(2000, 2000), Box(0, 0, 1, 1), 1600).src is None


def test_pictures_are_shrunk_and_keep_their_part() -> None:
    image = cut(np.zeros((3000, 5000, 3), np.uint8))
    assert max(image.size) == SIDE_PX_MAX
    assert cut(paper(), Box(0.5, 0.5, 0.5, 0.5)).size == (1, 1)
    assert cut(np.zeros((2, 90_000, 3), np.uint8)).size == (SIDE_PX_MAX, 1)


def test_drawn_boxes_stand_around_the_value() -> None:
    (view,) = views(invoice(fields={"total": seen("27.00", "confirmed", TOTAL_BOX)}))
    image = cut(paper(), view.part)
    marks = placed(view.marks, image.height / image.width, ink(image))
    pixels = np.asarray(drawn(image, marks)).astype(int)
    green = np.abs(pixels - np.array(COLOURS["confirmed"])).sum(axis=2) < 30
    box = marks[0].box
    inside = green[
        int(box.y0 * image.height) + 1 : int(box.y1 * image.height) - 1,
        int(box.x0 * image.width) + 1 : int(box.x1 * image.width) - 1,
    ]
    assert inside.size > 0
    assert not inside.any()
    across = slice(int(box.x0 * image.width), int(box.x1 * image.width))
    above, below = int(box.y0 * image.height), int(box.y1 * image.height)
    assert green[above - 6 : above + 1, across].any(axis=0).all()
    assert green[below : below + 7, across].any(axis=0).all()


def test_saving_writes_the_report_and_one_picture_a_document(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "new"
    script.readings["a.jpg"] = file_read(photo, invoice(), invoice(box=Box(0, 0, 0.5, 0.5)))
    said = yuepi("read", photo, "--json", "--save", folder)
    assert said.code == 0
    assert script.kept_pages == [True]
    assert said.json["files"]
    assert str(folder / "report.html") in said.err
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["01-a-p1-1.jpg", "01-a-p1-2.jpg", "report.html"]
    with Image.open(io.BytesIO((folder / names[0]).read_bytes())) as image:
        assert image.format == "JPEG"
    assert yuepi("read", photo, "--save", folder).code == 0


def test_pages_are_not_kept_where_nothing_is_saved(yuepi: Any, script: Script, photo: Path) -> None:
    yuepi("read", photo)
    assert script.kept_pages == [False]


def test_a_page_without_a_picture_says_so() -> None:
    file = FileRead(file_read(Path("a.xml"), invoice()).reading, (PageView(1, None),))
    assert "This page has no picture" in report_page([_claim(file)], "en")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.jpg", "a"),
        ("claim.zip/../../etc/passwd", "passwd"),
        ("发票 1.pdf", "发票_1"),
        ("<b>.png", "b"),
        ("\x1b[31m.png", "31m"),
        ("...", "file"),
        ("x" * 300 + ".jpg", "x" * 40),
        ("con|rm -rf *.jpg", "con_rm_-rf"),
    ],
)
def test_picture_names_are_harmless(name: str, stem: str) -> None:
    assert safe_stem(name) == stem
