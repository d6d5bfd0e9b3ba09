"""A text on a layer of a PDF that viewers keep switched off (optional content, ISO 32000-1, 8.11).

Nothing that we draw with makes layers, so they are added behind the file as an update of it.
"""

from __future__ import annotations

import re
from typing import Final

_OBJECT: Final = re.compile(rb"(\d+) 0 obj\s*<<(.*?)>>\s*endobj", re.DOTALL)


def with_hidden_layer(pdf: bytes, text: str) -> bytes:
    """The PDF with `text` on a layer that is off. Raises ValueError for a file of another make.

    Characters beyond Latin-1 are left to PDF's own escape in a font of the reader's machine.
    """
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    root = _number(pdf, rb"/Root (\d+) 0 R")
    size = _number(pdf, rb"/Size (\d+)")
    catalog = _body(pdf, root)
    page_number, page = next(
        (number, body) for number, body in _objects(pdf) if re.search(rb"/Type /Page\b(?!s)", body)
    )
    layer, content, font, first, last = range(size, size + 5)
    contents = re.search(rb"/Contents (\d+) 0 R", page)
    if contents is None or b"/Resources <<" not in page:
        raise ValueError("the page has another shape than our own drawings")
    shown = text.encode("utf-16-be").hex()
    stream = f"Q /OC /Hid BDC BT /Fhid 8 Tf 12 8 Td <{shown}> Tj ET EMC".encode()
    new_page = page.replace(
        contents.group(), b"/Contents [%d 0 R %s 0 R %d 0 R]" % (first, contents[1], content)
    ).replace(b"/Resources <<", b"/Resources << /Properties << /Hid %d 0 R >>" % layer)
    new_page = _with_font(new_page, b"/Fhid %d 0 R" % font, pdf)
    mapped = sorted({text[at].encode("utf-16-be") for at in range(len(text))})
    lines = b"\n".join(b"<%s> <%s>" % ((each.hex().encode(),) * 2) for each in mapped)
    unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        b"%d beginbfchar\n%s\nendbfchar endcmap end end" % (len(mapped), lines)
    )
    wide = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /Identity-H"
        b" /ToUnicode %d 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0"
        b" /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1)"
        b" /Supplement 2 >> /DW 1000 >>] >>" % last
    )
    parts = {
        page_number: b"<<%s>>" % new_page,
        root: b"<<%s /OCProperties << /OCGs [%d 0 R] /D << /OFF [%d 0 R] /Order [] >> >> >>"
        % (catalog, layer, layer),
        layer: b"<< /Type /OCG /Name (notes) >>",
        content: _stream(stream),
        font: wide,
        first: _stream(b"q"),
        last: _stream(unicode),
    }
    return _updated(pdf, parts, root, size + 5, start)


def _updated(pdf: bytes, parts: dict[int, bytes], root: int, size: int, start: int) -> bytes:
    data = bytearray(pdf)
    table = b"xref\n"
    for number, body in sorted(parts.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(data)
    trailer = b"<< /Size %d /Root %d 0 R /Prev %d >>" % (size, root, start)
    return bytes(data) + table + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, at)


def _with_font(page: bytes, entry: bytes, pdf: bytes) -> bytes:
    """The page with one more font, whether its fonts stand in it or in an object of their own."""
    if b"/Font <<" in page:
        return page.replace(b"/Font <<", b"/Font << %s" % entry)
    elsewhere = re.search(rb"/Font (\d+) 0 R", page)
    if elsewhere is None:
        return page.replace(b"/Resources <<", b"/Resources << /Font << %s >>" % entry)
    return page.replace(
        elsewhere.group(), b"/Font << %s %s >>" % (entry, _body(pdf, int(elsewhere[1])))
    )


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _objects(pdf: bytes) -> list[tuple[int, bytes]]:
    return [(int(found[1]), found[2]) for found in _OBJECT.finditer(pdf)]


def _body(pdf: bytes, number: int) -> bytes:
    return next(body for each, body in _objects(pdf) if each == number)


def _number(pdf: bytes, pattern: bytes) -> int:
    found = re.findall(pattern, pdf)
    if not found:
        raise ValueError("the file has no trailer of the usual kind")
    return int(found[-1])
