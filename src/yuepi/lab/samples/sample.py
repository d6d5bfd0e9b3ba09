"""One generated document with its truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from yuepi.lab.samples.ink import MM, Ruled, Sheet, Written

Picture = NDArray[np.uint8]
"""RGB, shape (H, W, 3)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A document that exists only here: its vector PDF and what it says.

    truth: field name → value as a reading would hold it (money as a decimal string, dates ISO,
    departure `YYYY-MM-DD HH:MM`); a field not on the paper is left out. items: one dict a line,
    keys as in `documents.reading.Item`, blanks left out. codes: the texts of its QR codes.
    further: what original files hold beside the fields (addresses, banks, clerks). written and
    ruled: what stands where on the page, in points from the top left. parts: a form's pairs
    (`key`, `value`), a chart's printed values (`value`, `unit`, `label`, `series`), blanks out.
    """

    name: str
    kind: str
    truth: dict[str, str]
    pdf: bytes
    width_mm: float
    height_mm: float
    items: list[dict[str, str]] = field(default_factory=list)
    codes: tuple[str, ...] = ()
    further: dict[str, str] = field(default_factory=dict)
    written: tuple[Written, ...] = field(default=(), repr=False)
    ruled: tuple[Ruled, ...] = field(default=(), repr=False)
    parts: list[dict[str, str]] = field(default_factory=list)


def finished(
    sheet: Sheet,
    name: str,
    kind: str,
    truth: dict[str, str],
    items: list[dict[str, str]] | None = None,
    codes: tuple[str, ...] = (),
    further: dict[str, str] | None = None,
    parts: list[dict[str, str]] | None = None,
) -> Sample:
    """The sample on a drawn sheet."""
    return Sample(
        name=name,
        kind=kind,
        truth=truth,
        pdf=sheet.pdf(),
        width_mm=sheet.width / MM,
        height_mm=sheet.height / MM,
        items=items or [],
        codes=codes,
        further=further or {},
        written=tuple(sheet.written),
        ruled=tuple(sheet.ruled),
        parts=parts or [],
    )


def picture(sample: Sample, dpi: float = 190, page: int = 1) -> Picture:
    """A page (from 1) as an RGB picture at `dpi`, paper white."""
    document: Any = pypdfium2.PdfDocument(sample.pdf)
    try:
        bitmap = document[page - 1].render(scale=dpi / 72, rev_byteorder=True)
        return np.ascontiguousarray(bitmap.to_numpy()[..., :3])
    finally:
        document.close()
