"""The limited child that makes PDFs that can be searched: it opens PDFs that anybody sent.

A job is a list of pages with their texts, and bytes: the original PDF where there is one, then the
pictures. The answer is the PDF, in frames.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any, Final

from yuepi.kit.limited_child import Frame, RefusalError, limit_this_process, serve

FRAME_BYTES: Final = 8 * 2**20
GARBLED_CHARACTERS_MIN: Final = 20
"""A page with so much text that nobody could read gets no second text on top of it."""


def main() -> None:
    """Cap this process before the libraries are imported, then serve."""
    limits = limit_this_process(sys.argv[1:])
    serve(_answer, limits)


def _answer(job: dict[str, Any], data: bytes) -> Iterator[Frame]:
    made = searchable(job["pages"], data, int(job["original"]))
    for start in range(0, len(made), FRAME_BYTES):
        yield Frame({}, made[start : start + FRAME_BYTES])


def searchable(pages: list[dict[str, Any]], data: bytes, original: int) -> bytes:
    """The PDF. data: `original` bytes of a PDF, then pictures.

    A page: `at`, its index in the original or None; `native`, whether its own text was read;
    `aspect`; `runs`, as `text_layer.Run`; `picture`, a JPEG as `[start, length]` behind the
    original, or None. Raises `RefusalError`: encrypted, damaged.
    """
    import pypdfium2 as pdfium

    pictures = memoryview(data)[original:]
    source = _opened(bytes(data[:original])) if original else None
    made = pdfium.PdfDocument.new()
    if source is not None and not pages:
        made.import_pages(source)
    plans = [_plan(page, source, pictures) for page in pages]
    sheets = io.BytesIO()
    count = _drawn(plans, pictures, sheets)
    layer = pdfium.PdfDocument(sheets.getvalue()) if count else None
    at = 0
    for plan in plans:
        if plan["way"] == "keep" and source is not None:
            made.import_pages(source, [plan["at"]])
            continue
        if plan["way"] == "under" and source is not None and layer is not None:
            made.import_pages(source, [plan["at"]])
            _put_on(made, layer, at, plan)
        elif layer is not None:
            made.import_pages(layer, [at])
        at += 1
    told = io.BytesIO()
    made.save(told)
    return told.getvalue()


def _opened(data: bytes) -> Any:
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        code = "encrypted" if locked else "damaged"
        raise RefusalError(code, "the original cannot be opened") from None


def _plan(page: dict[str, Any], source: Any, pictures: memoryview) -> dict[str, Any]:
    """What becomes of a page: `keep` it, put text `under` it, or `draw` its picture and text."""
    plan = {**page, "way": "draw"}
    at = page["at"]
    if source is None or at is None or at >= len(source):
        return plan
    sheet = source[at]
    try:
        if page["native"] or not page["runs"] or page["picture"] is None:
            return {**plan, "way": "keep"}
        text = sheet.get_textpage()
        characters = text.count_chars()
        text.close()
        if characters >= GARBLED_CHARACTERS_MIN:
            return plan
        turn = _turn(sheet, _picture(page, pictures))
        if turn is None:
            return plan
        left, bottom, right, top = sheet.get_cropbox()
        box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
        # Of the sheet as the picture shows it: a quarter turn swaps the sides.
        width, height = sheet.get_size()
        size = (height, width) if turn % 2 else (width, height)
        return {
            **plan,
            "way": "under",
            "turn": turn,
            "rotation": sheet.get_rotation(),
            "box": box,
            "size": size,
        }
    finally:
        sheet.close()


def _picture(page: dict[str, Any], pictures: memoryview) -> bytes:
    start, length = page["picture"]
    return bytes(pictures[start : start + length])


def _turn(sheet: Any, picture: bytes) -> int | None:
    import numpy as np
    from PIL import Image

    from yuepi.library.exporting.turned import SIDE_PX, turn_between

    width, height = sheet.get_size()
    bitmap = sheet.render(scale=4 * SIDE_PX / max(width, height, 1), grayscale=True)
    drawn = bitmap.to_pil().convert("L").resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    bitmap.close()
    with Image.open(io.BytesIO(picture)) as image:
        image.draft("L", (4 * SIDE_PX, 4 * SIDE_PX))
        upright = image.convert("L").resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return turn_between(np.asarray(drawn), np.asarray(upright))


def _drawn(plans: list[dict[str, Any]], pictures: memoryview, target: io.BytesIO) -> int:
    """Write a sheet for each page that is not kept as it is; how many."""
    import reportlab.rl_config
    from reportlab.lib.utils import ImageReader

    from yuepi.library.exporting.text_layer import (
        SEEN,
        UNSEEN,
        Run,
        Size,
        lay,
        open_canvas,
        size_of,
    )

    # Pictures as they are, not as text.
    reportlab.rl_config.useA85 = 0
    canvas = open_canvas(target)
    count = 0
    for plan in plans:
        if plan["way"] == "keep":
            continue
        size = Size(*plan["size"]) if plan["way"] == "under" else size_of(plan["aspect"])
        canvas.setPageSize(size)
        shown = plan["way"] == "draw" and plan["picture"] is not None
        if shown:
            image = ImageReader(io.BytesIO(_picture(plan, pictures)))
            canvas.drawImage(image, 0, 0, size.width, size.height)
        unseen = shown or plan["way"] == "under"
        lay(canvas, [Run(*run) for run in plan["runs"]], size, mode=UNSEEN if unseen else SEEN)
        canvas.showPage()
        count += 1
    if count:
        canvas.save()
    return count


def _put_on(made: Any, layer: Any, at: int, plan: dict[str, Any]) -> None:
    """Put a sheet of text onto the last page."""
    import pypdfium2 as pdfium

    from yuepi.library.exporting.turned import place_on_page

    page = made[len(made) - 1]
    sheet = layer.page_as_xobject(at, made)
    placed = sheet.as_pageobject()
    matrix = place_on_page(plan["turn"], plan["rotation"], plan["box"], plan["size"])
    placed.set_matrix(pdfium.PdfMatrix(*matrix))
    page.insert_obj(placed)
    page.gen_content()
    page.close()
    sheet.close()


if __name__ == "__main__":
    main()
