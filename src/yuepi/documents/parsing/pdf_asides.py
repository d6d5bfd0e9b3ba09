"""What a PDF says beside its pages: its description, notes, form fields, names of attachments."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from yuepi.documents.parsing.asides import ASIDE_CHARACTERS_MAX, Asides

_DESCRIBED_BY: Final = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer")
_ATTACHMENTS_MAX: Final = 8
_ANNOTATIONS_MAX: Final = 100
"""Looked at on one page."""
_BOOKMARKS_MAX: Final = 100
_SAYS: Final = (b"Contents", b"V", b"TU", b"Subj", b"T", b"DA")
"""Keys of annotations that hold text (ISO 32000-1, 12.5.2, 12.7.3): a note's text, the value and
the names of a form field, a subject."""
_XMP: Final = re.compile(rb"<x:xmpmeta.{0,20000}?</x:xmpmeta>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]{0,400}>")


def take_asides(
    document: pdfium.PdfDocument, data: bytes, asides: Asides, pages: Sequence[int]
) -> None:
    """Take all of it that can be had; what is broken says nothing.

    pages: the indices of those that are read; what belongs to the whole comes with the first.
    """
    if pages[0] == 0:
        _take_of_file(document, data, asides)
    try:
        for index in pages:
            for text in _annotations(document, index):
                asides.add("annotation", text, index + 1)
    except (pdfium.PdfiumError, ValueError, UnicodeDecodeError):
        # The pages are read all the same: a broken note is not theirs.
        return


def _take_of_file(document: pdfium.PdfDocument, data: bytes, asides: Asides) -> None:
    for key in _DESCRIBED_BY:
        asides.add("metadata", str(document.get_metadata_value(key) or ""))
    for packet in _XMP.findall(data)[:4]:
        asides.add("metadata", xmp_text(packet.decode("utf-8", "replace")))
    try:
        for index in range(min(document.count_attachments(), _ATTACHMENTS_MAX)):
            asides.add("metadata", document.get_attachment(index).get_name())
        for count, mark in enumerate(document.get_toc()):
            if count >= _BOOKMARKS_MAX:
                break
            asides.add("metadata", mark.get_title())
    except (pdfium.PdfiumError, ValueError, UnicodeDecodeError):
        # The pages are read all the same: a broken outline is not theirs.
        return


def xmp_text(packet: str) -> str:
    """What an XMP packet says: its texts, the values of its attributes, and it as it stands, for
    what only looks like a tag."""
    attributes = " ".join(re.findall(r'"([^"]{1,4000})"', packet))
    return f"{unescape(_TAG.sub(chr(10), packet))}\n{unescape(attributes)}\n{unescape(packet)}"


def _annotations(document: pdfium.PdfDocument, index: int) -> Iterator[str]:
    page = document.get_page(index)
    try:
        count = min(raw.FPDFPage_GetAnnotCount(page), _ANNOTATIONS_MAX)
        for at in range(count):
            annotation = raw.FPDFPage_GetAnnot(page, at)
            if not annotation:
                continue
            try:
                for key in _SAYS:
                    yield _said(annotation, key)
            finally:
                raw.FPDFPage_CloseAnnot(annotation)
    finally:
        page.close()


def _said(annotation: Any, key: bytes) -> str:
    size = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= 2 * ASIDE_CHARACTERS_MAX:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
