"""XML and OFD taken apart: entities refused, text with boxes, ends always."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.resources.intake import attempt, line_of, refused, taken, texts
from yuepi.kit.errors import UnreadableFile

ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10)
        for n in range(1, 10)
    )
    + b"]><EInvoice><InvoiceNumber>&lol9;</InvoiceNumber></EInvoice>"
)
EXTERNAL = (
    b'<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    b"<EInvoice><InvoiceNumber>&file;</InvoiceNumber></EInvoice>"
)
REMOTE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><EInvoice><EIid>1</EIid></EInvoice>'


@pytest.mark.timeout(30)
@pytest.mark.parametrize("data", [ENTITIES, EXTERNAL, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_xml_are_refused(data: bytes, encoding: str) -> None:
    assert refused(data.decode().encode(encoding)).code == "unsafe_xml"


def test_damaged_xml_is_refused() -> None:
    assert refused(b"<EInvoice><InvoiceNumber>1</InvoiceNumber>").code == "damaged"


def test_deep_xml_ends() -> None:
    data = b"<EInvoice>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"<EIid>1</EIid></EInvoice>"
    outcome = attempt(data)
    if isinstance(outcome, UnreadableFile):
        assert outcome.code == "damaged"
    else:
        assert len(outcome.pages) == 1


def test_xml_with_undeclared_prefixes_is_mended() -> None:
    parsed = taken(b"<fp:eInvoice><fp:InvoiceNo>12345678</fp:InvoiceNo></fp:eInvoice>")
    assert parsed.data is not None
    assert parsed.data["sources"][0]["values"] == [["InvoiceNo", "12345678"]]
    assert parsed.original_data


NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
CONTENT = (
    f"<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer>"
    '<ofd:TextObject ID="7" Boundary="20 10 100 10" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaX="g 7 2.5">12345678</ofd:TextCode></ofd:TextObject>'
    '<ofd:TextObject ID="8" Boundary="10 30 5 30" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaY="6 6">购买方</ofd:TextCode></ofd:TextObject>'
    '<ofd:TextObject ID="9" Boundary="20 80 100 20" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaX="2.5 -2.5 2.5" DeltaY="0 6 0">ABCD</ofd:TextCode>'
    "</ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>"
)


def ofd(extra: dict[str, str] | None = None) -> bytes:
    parts = {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml"
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 200 100</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>",
        "Doc_0/Pages/Page_0/Content.xml": CONTENT,
        "Doc_0/Tags/CustomTags.xml": f"<ofd:CustomTags {NAMESPACE}><ofd:CustomTag>"
        "<ofd:FileLoc>Tag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>",
        "Doc_0/Tags/Tag.xml": f"<root {NAMESPACE}><InvoiceNo>"
        '<ofd:ObjectRef PageRef="1">7</ofd:ObjectRef></InvoiceNo></root>',
    } | (extra or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_an_ofd_gives_lines_with_boxes_and_its_tags() -> None:
    parsed = taken(ofd())
    (page,) = parsed.pages
    assert (page.width, page.height) == (200, 100)
    number = line_of(parsed, "12345678")
    assert number.box.x0 == pytest.approx(0.1)
    assert number.box.x1 == pytest.approx(0.2)
    assert number.stops[4] == pytest.approx(0.15)
    assert number.box.holds((0.12, 0.13))
    assert line_of(parsed, "购买方").box.height > 0.15
    assert {"AB", "CD"} <= set(texts(parsed))
    assert parsed.original_data
    assert parsed.data is not None
    assert parsed.data["sources"][0]["values"] == [["InvoiceNo", "12345678"]]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"../../../etc/cron.d/x": "x"}, "unsafe_archive"),
        ({"Doc_0/Pages/Page_0/Content.xml": ENTITIES.decode()}, "unsafe_xml"),
        ({"Doc_0/Document.xml": EXTERNAL.decode()}, "unsafe_xml"),
        ({"OFD.xml": "<ofd:OFD"}, "damaged"),
        ({"OFD.xml": "<OFD/>"}, "damaged"),
        ({"Doc_0/Pages/Page_0/Content.xml": "<a>" + " " * 40 * 2**20}, "too_large"),
    ],
)
def test_a_hostile_ofd_is_refused(extra: dict[str, str], code: str) -> None:
    assert refused(ofd(extra)).code == code


@pytest.mark.timeout(30)
def test_an_ofd_may_be_its_own_template_without_end() -> None:
    composite = (
        f"<ofd:Res {NAMESPACE}><CompositeGraphicUnits><CompositeGraphicUnit ID='5'><Content>"
        "<CompositeObject ResourceID='5'/><CompositeObject ResourceID='5'/></Content>"
        "</CompositeGraphicUnit></CompositeGraphicUnits></ofd:Res>"
    )
    document = (
        "<Document><CommonData><PublicRes>Res.xml</PublicRes></CommonData><Pages>"
        "<Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/></Pages></Document>"
    )
    page = "<Page><Content><Layer><CompositeObject ResourceID='5'/></Layer></Content></Page>"
    parts = {"Doc_0/Document.xml": document, "Doc_0/Res.xml": composite}
    parsed = taken(ofd(parts | {"Doc_0/Pages/Page_0/Content.xml": page}))
    assert len(parsed.pages) == 1


def test_a_page_that_is_missing_is_noted() -> None:
    document = (
        "<Document><Pages><Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/>"
        "<Page ID='2' BaseLoc='nowhere.xml'/></Pages></Document>"
    )
    parsed = taken(ofd({"Doc_0/Document.xml": document}))
    assert len(parsed.pages) == 1
    assert [(note.code, note.page) for note in parsed.notes] == [("page_damaged", 2)]
