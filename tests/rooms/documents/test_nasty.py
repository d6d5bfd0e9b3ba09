"""Broken and hostile files that nobody here made, and damage done to good ones at random."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.pdfgen import canvas

from yuepi.documents.accept import Original, accept, unpack
from yuepi.documents.pages import Parsed, render
from yuepi.kit.errors import UnreadableFile

ROOT = Path(__file__).resolve().parents[3]
REAL_DOCS = Path(os.environ.get("YUEPI_REAL_DOCS", ROOT.parent / "shared" / "data"))
SECONDS_MAX = 10.0


def manifest(kind: str) -> list[dict[str, Any]]:
    path = REAL_DOCS / "manifest.jsonl"
    if not path.is_file():
        return []
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["kind"] == kind]


NASTY = manifest("nasty")


def attempt(name: str, data: bytes) -> Parsed | UnreadableFile:
    """What becomes of a file; within the time, or the test fails."""
    started = time.monotonic()
    outcome: Parsed | UnreadableFile
    try:
        outcome = render(accept(name, data))
    except UnreadableFile as error:
        outcome = error
    if isinstance(outcome, UnreadableFile):
        assert name in outcome.message
        assert outcome.remedy
    assert time.monotonic() - started < SECONDS_MAX
    return outcome


@pytest.mark.real
@pytest.mark.skipif(not NASTY, reason="YUEPI_REAL_DOCS holds no nasty files")
@pytest.mark.parametrize("row", NASTY, ids=lambda row: Path(row["file"]).name)
def test_each_nasty_file_behaves_as_its_manifest_expects(row: dict[str, Any]) -> None:
    path = REAL_DOCS / row["file"]
    outcome = attempt(path.name, path.read_bytes())
    expected = row["truth"]["expect"]
    if isinstance(outcome, UnreadableFile):
        allowed = ("reject", "unsupported", "password")
        assert any(word in expected for word in allowed), outcome.message
        if expected == "unsupported_note":
            assert outcome.code in ("xfa_form", "unsupported_type")
        return
    pictures = [page for page in outcome.pages if page.picture is not None]
    assert pictures
    if expected == "reject":
        pytest.fail("a file to be rejected was read")
    if expected == "reject_or_partial":
        assert {note.code for note in outcome.notes} & {"partial_picture", "page_damaged"}
    if expected == "unsupported_note":
        assert "xfa_form" in {note.code for note in outcome.notes}
    if expected == "decode_first_frame":
        assert len(outcome.pages) == 1
    if expected == "decode_all_pages":
        assert len(outcome.pages) == 3
    if expected == "reject_or_finite":
        assert len(outcome.pages) <= 50


def samples() -> dict[str, bytes]:
    """Small good files of several kinds."""
    out: dict[str, bytes] = {}
    image = Image.effect_noise((120, 80), 60).convert("RGB")
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        buffer = io.BytesIO()
        image.save(buffer, kind)
        out[kind] = buffer.getvalue()
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", save_all=True, append_images=[image], compression="tiff_lzw")
    out["TIFF-LZW"] = buffer.getvalue()
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pageCompression=0)
    sheet.drawString(50, 300, "Invoice 12345678 total 99.00")
    sheet.save()
    out["PDF"] = buffer.getvalue()
    out["XML"] = (
        b"<EInvoice><TaxSupervisionInfo><InvoiceNumber>26110000000000000001</InvoiceNumber>"
        b"</TaxSupervisionInfo></EInvoice>"
    )
    return out


@pytest.mark.parametrize("kind", sorted(samples()))
def test_random_damage_gives_pages_or_a_clear_error(kind: str) -> None:
    good = samples()[kind]
    dice = random.Random(f"damage to {kind}")
    for _ in range(25):
        data = bytearray(good)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        outcome = attempt("damaged.bin", bytes(data))
        if isinstance(outcome, Parsed):
            assert outcome.pages


def test_damage_leaves_the_memory_of_the_desk_alone() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in samples().values():
        attempt("cut.bin", data[: len(data) // 2])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) * 1024 < 300 * 2**20


def test_one_bad_file_leaves_the_others_readable() -> None:
    good = samples()
    for name in ("PNG", "PDF", "XML"):
        assert isinstance(attempt("bad.pdf", b"%PDF-1.7\n" + bytes(50)), UnreadableFile)
        outcome = attempt(name, good[name])
        assert isinstance(outcome, Parsed)
    assert all(isinstance(m, Original) for m in unpack(accept("x.png", good["PNG"])))
