"""The desk reads whole folders: every file in its place, errors beside readings, no wrong value."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.resources.desk import ON, the_desk
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.errors import BadUsage
from yuepi.lab.samples import Sample, collage, jpeg_file, make, ofd, photo, picture, xml

pytestmark = pytest.mark.real

INVOICE = make("digital_invoice", 4000, ON, special=False, trade="meal")
TAXI = make("taxi_invoice", 4001, ON)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF, a photo, a zip of both and a broken member, an empty file, a text."""
    folder = tmp_path_factory.mktemp("claim")
    shot = jpeg_file(photo(TAXI, 4001, "light", 900))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.pdf", INVOICE.pdf)
        archive.writestr("broken.pdf", INVOICE.pdf[:150])
        archive.writestr("inner.jpg", shot)
    files = {
        "a.pdf": INVOICE.pdf,
        "b.jpg": shot,
        "c.zip": packed.getvalue(),
        "d.pdf": b"",
        "e.txt": b"just a note, no document",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def read_one(tmp_path: Path, name: str, data: bytes) -> FileReading:
    path = tmp_path / name
    path.write_bytes(data)
    return the_desk().read([path])[0].reading


def wrong(reading: Reading, truth: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Fields that are confirmed and not what the sample says."""
    return {
        name: (field.value, truth.get(name))
        for name, field in reading.fields.items()
        if field.status == "confirmed" and field.value != truth.get(name, field.value)
    }


def test_a_folder_is_read_in_order_with_errors_in_place(folder: Path) -> None:
    told: list[tuple[int, int, str]] = []
    done = the_desk().read(
        sorted(folder.iterdir()), keep_pages=True, progress=lambda *step: told.append(step)
    )
    readings = [each.reading for each in done]
    names = [each.file for each in readings]
    assert names == [
        "a.pdf", "b.jpg", "c.zip/inner.pdf", "c.zip/broken.pdf", "c.zip/inner.jpg", "d.pdf",
        "e.txt",
    ]  # fmt: skip
    assert told == [(i, len(names), name) for i, name in enumerate(names, 1)]
    codes = [each.error.code if each.error else None for each in readings]
    assert codes == [None, None, None, "damaged", None, "empty_file", "too_short"]
    for each in readings:
        assert (each.error is None) == (len(each.readings) == 1)
        assert each.error is None or (each.error.remedy and each.file in each.error.message)
    kinds = [each.readings[0].kind for each in readings if each.readings]
    assert kinds == ["digital_invoice", "taxi_invoice"] * 2
    assert [each.original for each in readings[:2]] == [True, False]
    assert readings[0].readings == readings[2].readings
    assert readings[0].sha256 == readings[2].sha256
    for each in done:
        assert [view.number for view in each.pages] == ([1] if each.reading.error is None else [])
        assert all(view.picture is not None and view.picture.ndim == 3 for view in each.pages)


def test_pictures_are_kept_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(INVOICE.pdf)
    (read,) = the_desk().read([path])
    assert read.pages == ()
    assert the_desk().read([]) == []


def test_a_path_that_is_no_file_is_bad_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pdf", tmp_path):
        with pytest.raises(BadUsage, match=path.name):
            the_desk().read([path])


def test_a_file_too_large_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(60 * 2**20)
    reading = the_desk().read([path])[0].reading
    assert reading.error is not None
    assert reading.error.code == "too_large"


def test_the_forms_of_one_invoice_agree(tmp_path: Path) -> None:
    forms = {"a.pdf": INVOICE.pdf, "a.xml": xml(INVOICE), "a.ofd": ofd(INVOICE)}
    for name, data in forms.items():
        file = read_one(tmp_path, name, data)
        assert file.original, name
        (reading,) = file.readings
        assert {k: reading.value(k) for k in INVOICE.truth} == INVOICE.truth, name
        assert {field.status for field in reading.fields.values()} <= {"confirmed", "missing"}
        assert [item.amount for item in reading.items] == [i["amount"] for i in INVOICE.items]


def test_a_picture_of_an_electronic_invoice_is_told(tmp_path: Path) -> None:
    file = read_one(tmp_path, "shot.jpg", jpeg_file(picture(INVOICE, 150)))
    assert not file.original
    (reading,) = file.readings
    assert "not_original" in {finding.code for finding in reading.findings}
    assert reading.value("number") == INVOICE.truth["number"]
    # The QR code and the print say the same.
    assert set(reading.fields["number"].sources) >= {"codes", "layout"}
    assert reading.fields["number"].status == "confirmed"
    for field in reading.fields.values():
        for seen in field.evidence:
            assert seen.box is None or (0 <= seen.box.x0 < seen.box.x1 <= 1)


def test_several_tickets_on_one_photo_are_several_readings(tmp_path: Path) -> None:
    samples = [make("taxi_invoice", seed, ON) for seed in (4020, 4021)]
    shot, boxes = collage([picture(each, 160) for each in samples], 5, "light", 2)
    file = read_one(tmp_path, "desk.jpg", jpeg_file(shot))
    assert len(file.readings) == 2
    for reading, sample, box in zip(file.readings, samples, boxes, strict=True):
        assert reading.kind == "taxi_invoice"
        assert reading.box.shared(box) > 0.6 * box.area
        assert reading.value("total") == sample.truth["total"]
        assert wrong(reading, sample.truth) == {}


def cases() -> list[tuple[str, Sample]]:
    natives = ("vat_e_invoice", "digital_invoice", "rail_e_ticket", "invoice")
    papers = ("taxi_invoice", "fixed_amount_invoice", "receipt", "payment_screenshot")
    found = [("pdf", make(kind, 4030 + n, ON)) for n, kind in enumerate(natives * 2)]
    return found + [("jpg", make(kind, 4050 + n, ON)) for n, kind in enumerate(papers)]


@pytest.mark.parametrize(("form", "sample"), cases(), ids=lambda each: getattr(each, "name", each))
def test_what_is_confirmed_is_right(form: str, sample: Sample, tmp_path: Path) -> None:
    data = sample.pdf if form == "pdf" else jpeg_file(photo(sample, 4000, "light", 1200))
    (reading,) = read_one(tmp_path, f"a.{form}", data).readings
    assert reading.kind == sample.kind
    assert wrong(reading, sample.truth) == {}
