"""PDF: each page drawn as a picture and read as text, with what is odd about it noted.

Text that cannot be seen on the drawn page (white on white, covered, the OCR layer under a scan)
is no evidence and is left out: nobody who looks at the page could check it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from yuepi.documents.parsing import invoice_xml
from yuepi.documents.parsing.asides import Asides
from yuepi.documents.parsing.pdf_asides import take_asides
from yuepi.documents.parsing.pdf_text import TextLayer, read_text
from yuepi.documents.parsing.pictures import page_frame
from yuepi.kit.limited_child import Frame, RefusalError

PAGES_MAX = 50
DOTS_PER_INCH = 200
LONG_SIDE_PIXELS = (1400, 2600)
FILE_PIXELS_MAX = 100_000_000
ATTACHMENTS_MAX = 8
ATTACHMENT_BYTES_MAX = 4 * 2**20
# Keys that tax platforms write into the document information of an e-invoice PDF.
_INFORMATION = (
    "InvoiceNumber",
    "InvoiceNo",
    "InvoiceCode",
    "IssueTime",
    "TotalAmWithoutTax",
    "TotalTaxAm",
    "TotalTax-includedAmount",
    "SellerIdNum",
    "BuyerIdNum",
    "SellerName",
    "BuyerName",
)
# The only text of a dynamic XFA form, shown by readers that cannot draw it.
_XFA_PLACEHOLDER = re.compile(r"please wait|if this message is not eventually replaced", re.I)
_INK_LEVELS_MIN = 24
_UNMAPPED_SHARE_MAX = 0.2


def parse(data: bytes, *, pages: Sequence[int] | None = None) -> Iterator[Frame]:
    """The pages of a PDF with pictures and text lines, then notes and embedded invoice data.

    pages: the first and the last that are wanted, from 1, of a PDF as long as it likes; None: all,
    of one that may not have more than `PAGES_MAX`. What belongs to the whole file comes with its
    first page. Raises `RefusalError`: encrypted, damaged, too_many_pages, xfa_form.
    """
    document = _open(data)
    wanted = _wanted(_length(document), pages)
    notes: list[dict[str, Any]] = []
    asides = Asides()
    form = document.get_formtype()
    if form in (raw.FORMTYPE_ACRO_FORM, raw.FORMTYPE_XFA_FOREGROUND):
        document.init_forms()
    drawn = 0
    for index in wanted:
        frame = _page(document, index, FILE_PIXELS_MAX // len(wanted), notes, asides)
        if frame is None:
            continue
        if index == 0:
            _check_xfa(data, form, frame, notes)
        drawn += 1
        yield frame
    if not drawn:
        raise RefusalError("damaged", "no page of the PDF can be read")
    take_asides(document, data, asides, wanted)
    embedded = _embedded(document) if wanted.start == 0 else None
    told = {"notes": notes, "data": embedded, "asides": asides.taken}
    yield Frame({"document": told}, b"")


def counted(data: bytes) -> Iterator[Frame]:
    """How many pages a PDF has. Raises `RefusalError`: encrypted, damaged."""
    yield Frame({"count": _length(_open(data))}, b"")


def _length(document: pdfium.PdfDocument) -> int:
    count = len(document)
    if count <= 0:
        raise RefusalError("damaged", "the PDF holds no page that can be reached")
    return count


def _wanted(count: int, pages: Sequence[int] | None) -> range:
    """The indices of the pages that are read."""
    if pages is None:
        if count > PAGES_MAX:
            raise RefusalError("too_many_pages", f"it has {count} pages, the limit is {PAGES_MAX}")
        return range(count)
    first, last = pages[0], min(pages[1], count)
    if not 1 <= first <= last or last - first >= PAGES_MAX:
        raise RefusalError("failed", f"pages {first} to {last} cannot be read at once")
    return range(first - 1, last)


def _open(data: bytes) -> pdfium.PdfDocument:
    # A PDF without pages fails and sets no error: what is told then is the one before, maybe of
    # another file. This one sets "no PDF".
    raw.FPDF_LoadMemDocument64(b"-", 1, None)
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise RefusalError("encrypted", "the PDF is protected with a password") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise RefusalError("encrypted", "the PDF is protected in a way not supported") from None
        raise RefusalError("damaged", "the PDF is damaged: its structure cannot be read") from None


def _page(
    document: pdfium.PdfDocument,
    index: int,
    pixels_max: int,
    notes: list[dict[str, Any]],
    asides: Asides,
) -> Frame | None:
    """One page, or None with a note where it cannot be loaded or drawn."""
    number = index + 1
    try:
        page = document.get_page(index)
        try:
            pixels = _draw(page, pixels_max)
            layer = read_text(page)
        finally:
            page.close()
    except (pdfium.PdfiumError, ValueError) as error:
        notes.append(_note("page_damaged", f"page {number} cannot be read ({error})", number))
        return None
    lines = _seen(layer, pixels, number, notes, asides)
    return page_frame(number, pixels, lines=lines, image_share=layer.image_share)


def _draw(page: pdfium.PdfPage, pixels_max: int) -> np.ndarray[Any, Any]:
    """The page as RGB at about 200 dots an inch, form fields and annotations included."""
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError(f"its size is {width:g} × {height:g} points")
    long_side = max(width, height)
    wanted = long_side * DOTS_PER_INCH / 72
    least, most = LONG_SIDE_PIXELS
    scale = min(max(wanted, least), most) / long_side
    scale = min(scale, (pixels_max / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=True)
    try:
        return np.array(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()


def _seen(
    layer: TextLayer,
    pixels: np.ndarray[Any, Any],
    number: int,
    notes: list[dict[str, Any]],
    asides: Asides,
) -> list[dict[str, Any]]:
    """The lines that leave ink on the drawn page. Text whose glyphs have no known meaning is left
    to recognition from the picture."""
    lines: list[dict[str, Any]] = []
    hidden, undrawn = layer.hidden, 0
    asides.add("hidden", "".join(layer.unseen), number)
    for line in layer.lines:
        must_show = line.pop("inked")
        if _has_ink(pixels, line["box"]):
            lines.append(line)
        elif must_show:
            hidden += len(line["text"])
            asides.add("hidden", line["text"], number)
        else:
            undrawn += 1
            lines.append(line)
    if hidden:
        notes.append(_note("hidden_text", f"page {number}: {hidden} hidden characters", number))
    if undrawn:
        message = f"page {number}: {undrawn} lines cannot be drawn, their font is not in the file"
        notes.append(_note("font_missing", message, number))
    if layer.cut:
        notes.append(_note("text_cut", f"page {number} holds too much text to read all", number))
    characters = sum(len(line["text"]) for line in lines)
    if layer.unmapped > _UNMAPPED_SHARE_MAX * max(characters, 1):
        notes.append(_note("unmapped_text", f"page {number}: text without meaning", number))
        asides.add("hidden", "\n".join(line["text"] for line in lines), number)
        return []
    return lines


def _has_ink(pixels: np.ndarray[Any, Any], box: list[float]) -> bool:
    height, width = pixels.shape[:2]
    x0, x1 = int(box[0] * width), int(box[2] * width) + 1
    y0, y1 = int(box[1] * height), int(box[3] * height) + 1
    patch = pixels[y0:y1, x0:x1]
    return patch.size == 0 or int(np.ptp(patch.reshape(-1, 3), axis=0).max()) >= _INK_LEVELS_MIN


def _check_xfa(data: bytes, form: int, frame: Frame, notes: list[dict[str, Any]]) -> None:
    """A dynamic XFA form (Adobe LiveCycle) shows nothing outside Adobe's own reader."""
    needs_rendering = re.search(rb"/NeedsRendering\s+true", data) is not None
    if form not in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND) and not needs_rendering:
        return
    text = " ".join(line["text"] for line in frame.header["lines"])
    if not text.strip() or _XFA_PLACEHOLDER.search(text):
        raise RefusalError(
            "xfa_form", "it is a dynamic Adobe LiveCycle (XFA) form, which is not read"
        )
    notes.append(_note("xfa_form", "it is an XFA form; only its printed part is read", 1))


def _embedded(document: pdfium.PdfDocument) -> dict[str, Any] | None:
    """Invoice data inside the PDF: attached XML (rail tickets), values in the information."""
    sources: list[dict[str, Any]] = []
    try:
        for index in range(min(document.count_attachments(), ATTACHMENTS_MAX)):
            content = bytes(document.get_attachment(index).get_data())
            if content.lstrip()[:1] == b"<" and len(content) <= ATTACHMENT_BYTES_MAX:
                sources.append(invoice_xml.flatten("attachment", invoice_xml.read_xml(content)))
    except (pdfium.PdfiumError, RefusalError):
        # An attachment nobody can read is no reason to refuse the pages.
        pass
    values = [[key, text] for key in _INFORMATION if (text := document.get_metadata_value(key))]
    if values:
        sources.append({"origin": "information", "root": "Info", "values": values})
    return {"sources": sources} if sources else None


def _note(code: str, message: str, page: int) -> dict[str, Any]:
    return {"code": code, "message": message, "page": page}
