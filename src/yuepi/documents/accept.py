"""Take a file in: decide by its bytes what it is, and refuse what cannot be read, saying why.

Nothing is believed but the content: not the name, not its ending. Nothing is decoded here either;
that happens in the limited process (`documents.parsing`). `accept` looks at magic numbers and, for
an archive, at the list of names; `unpack` has the members taken out in the limited process.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass, field
from typing import Literal

from yuepi.documents.parsing.plain_text import decode
from yuepi.kit.errors import UnreadableFile

Media = Literal[
    "jpeg", "png", "webp", "heic", "tiff", "bmp", "gif", "pdf", "ofd", "invoice_xml", "text", "zip"
]

FILE_BYTES_MAX = 50 * 2**20
NAME_CHARACTERS_MAX = 255
XML_BYTES_MAX = 16 * 2**20
TEXT_BYTES_MAX = 2 * 2**20
TEXT_CHARACTERS_MIN = 40
"""A shorter plain text is a note or a stray file and no document; a till receipt in Chinese has a
hundred and more."""
READABLE = (
    "JPEG, PNG, WebP, HEIC, TIFF, BMP, GIF, PDF, OFD, e-invoice XML, plain text of"
    f" {TEXT_CHARACTERS_MIN} characters or more, or a zip of those"
)

_REMEDIES = {
    "empty_file": "Upload the file again; the copy that arrived holds no bytes.",
    "unknown_type": f"Send the document as {READABLE}.",
    "unsupported_type": f"Convert it and send it as {READABLE}.",
    "too_large": "Send a smaller file: split it, or save the picture with fewer pixels.",
    "too_short": "Add the rest of its text, or print it to a PDF and send that.",
    "encrypted": "Remove the password or the protection and send the file again.",
    "damaged": "Get the file again from where it came from, or photograph the paper again.",
    "bomb": "Do not open this file; ask the sender for the plain document.",
    "unsafe_archive": "Send the documents one by one, or pack them again into a plain zip.",
    "unsafe_xml": "Get the XML again from the tax platform; a genuine one declares no entities.",
    "too_many_pages": "Split the document and send only the pages that belong to the claim.",
    "took_too_long": "Save the document again in a simpler form (print to PDF) and send that.",
    "out_of_memory": "Save the document again with smaller pictures and send that.",
    "xfa_form": "Open it in Adobe Reader, print it to a plain PDF and send that.",
}


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it came in, byte for byte, with its SHA-256 (hex) and what it was found to be."""

    name: str
    data: bytes = field(repr=False)
    sha256: str
    media: Media


@dataclass(frozen=True, slots=True)
class Refused:
    """A member of an archive that cannot be read, with the error that says why."""

    name: str
    error: UnreadableFile


def refusal(name: str, code: str, reason: str) -> UnreadableFile:
    """The error for a file: names the file, gives the reason, and the remedy for its code."""
    remedy = _REMEDIES.get(code, _REMEDIES["damaged"])
    return UnreadableFile(f"{name}: {reason}", remedy=remedy, code=code)


def accept(name: str, data: bytes, bytes_max: int | None = None) -> Original:
    """Identify a file by its content. Raises `UnreadableFile` with a stable code.

    Codes: empty_file, too_large, too_short, unknown_type, unsupported_type, unsafe_xml, damaged.
    """
    name = shown_name(name)
    if not data:
        raise refusal(name, "empty_file", "the file is empty (0 bytes)")
    most = FILE_BYTES_MAX if bytes_max is None else bytes_max
    if len(data) > most:
        reason = f"the file has {len(data) / 2**20:.0f} MB, the limit is {most // 2**20} MB"
        raise refusal(name, "too_large", reason)
    return Original(name, data, hashlib.sha256(data).hexdigest(), _sniff(name, data))


def unpack(original: Original) -> list[Original | Refused]:
    """The documents of a zip, in the archive's order; other media give the original itself.

    A member that cannot be read becomes a `Refused` and does not spoil the others. An archive
    that is unsafe as a whole (bomb, too many members, paths that leave the archive, links) raises
    `UnreadableFile`. Archives inside the archive are refused: depth is 1.
    """
    if original.media != "zip":
        return [original]
    # Here, not above: identifying a file must not need the machinery that starts a process.
    from yuepi.documents.parsing.room import ask

    found: list[Original | Refused] = []
    for frame in ask(original, "unpack"):
        inner = shown_name(f"{original.name}/{frame.header['name']}")
        code, detail = frame.header.get("refused"), str(frame.header.get("detail", ""))
        if code is not None:
            found.append(Refused(inner, refusal(inner, str(code), detail)))
        else:
            found.append(_member(inner, bytes(frame.payload)))
    if not found:
        raise refusal(original.name, "empty_file", "the archive holds no file")
    return found


def _member(name: str, data: bytes) -> Original | Refused:
    try:
        member = accept(name, data)
    except UnreadableFile as error:
        return Refused(name, error)
    if member.media == "zip":
        reason = "an archive inside an archive is not opened"
        return Refused(name, refusal(name, "unsafe_archive", reason))
    return member


def shown_name(name: str) -> str:
    """The name as it may be shown: one line, no control characters, not endless."""
    clean = "".join(c if c.isprintable() else "�" for c in name).strip()
    return clean[-NAME_CHARACTERS_MAX:] or "(no name)"


_SUPPORTED: tuple[tuple[bytes, Media], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"\0\0\1\0", "a Windows icon (ICO)"),
    (b"\0\0\2\0", "a Windows cursor (CUR)"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"8BPS", "a Photoshop file"),
    (b"icns", "a macOS icon"),
    (b"DDS ", "a DirectDraw texture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (doc, xls, ppt)"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"{\\rtf", "an RTF text"),
    (b"%!PS", "a PostScript file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_NETPBM = re.compile(rb"P[1-7][\s#]")
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def _sniff(name: str, data: bytes) -> Media:
    for magic, media in _SUPPORTED:
        if data.startswith(magic):
            return media
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _iso_media(name, data)
    # Before PDF: an archive that holds a PDF unpacked has its magic number near the start, too.
    if data[:4] in (b"PK\3\4", b"PK\5\6", b"PK\7\x08"):
        return _zip_media(name, data)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:2] == b"BM" and _looks_like_bmp(data):
        return "bmp"
    for magic, kind in _UNSUPPORTED:
        if data.startswith(magic):
            raise refusal(name, "unsupported_type", f"it is {kind}, which is not read")
    if _NETPBM.match(data):
        raise refusal(name, "unsupported_type", "it is a Netpbm picture, which is not read")
    return _text_media(name, data)


def _looks_like_bmp(data: bytes) -> bool:
    """A BMP's second header gives its own size: one of few (Microsoft's list of DIB headers)."""
    return len(data) >= 18 and data[14] in (12, 16, 40, 52, 56, 64, 108, 124)


def _iso_media(name: str, data: bytes) -> Media:
    """Pictures and films in the ISO base media container, told apart by their brands."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[i : i + 4] for i in (8, *range(16, max(size, 16), 4))]
    if brands[0] in (b"avif", b"avis") or b"avif" in brands:
        raise refusal(name, "unsupported_type", "it is an AVIF picture, which is not read")
    if _HEIC_BRANDS & set(brands):
        return "heic"
    raise refusal(name, "unsupported_type", "it is a film or sound file, which is not read")


def _zip_media(name: str, data: bytes) -> Media:
    """OFD and Office files are zips: the names inside tell."""
    names = _zip_names(data)
    if names is None:
        raise refusal(name, "damaged", "the archive is damaged: its list of files is missing")
    lowered = {n.replace("\\", "/").lstrip("/").lower() for n in names}
    if "ofd.xml" in lowered:
        return "ofd"
    if "[content_types].xml" in lowered:
        raise refusal(name, "unsupported_type", "it is an Office document, which is not read")
    if "mimetype" in lowered and any(n.startswith("meta-inf/") for n in lowered):
        raise refusal(name, "unsupported_type", "it is an OpenDocument or EPUB, which is not read")
    return "zip"


def _zip_names(data: bytes, *, names_max: int = 2000) -> list[str] | None:
    """Names in the central directory, or None where there is none. Bounded, and only for telling
    the type: the archive is judged and opened in the limited process."""
    end = data.rfind(b"PK\5\6", max(0, len(data) - 65_557))
    if end < 0 or len(data) - end < 22:
        return None
    size, offset = struct.unpack_from("<II", data, end + 12)
    # Bytes in front of the archive shift the offsets; the directory ends where `end` begins.
    at = end - size if 0 <= end - size != offset else offset
    names: list[str] = []
    while len(names) < names_max and data[at : at + 4] == b"PK\1\2" and at + 46 <= end:
        name_bytes, extra_bytes, comment_bytes = struct.unpack_from("<HHH", data, at + 28)
        names.append(data[at + 46 : at + 46 + name_bytes].decode("utf-8", "replace"))
        at += 46 + name_bytes + extra_bytes + comment_bytes
    return names


_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ROOT = re.compile(r"<([A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)")
_NOT_ROOT = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\])?[^>]*>", re.S | re.I)
_INVOICE_MARKS = re.compile(
    r"EInvoice|InvoiceNumber|InvoiceNo\b|EIid|InvoiceCode|ETicketNumber|电子发票"
)


def _text_media(name: str, data: bytes) -> Media:
    head = _text_head(data)
    if head is None or not head.lstrip("\ufeff \t\r\n").startswith("<"):
        if head is not None and all(c.isprintable() or c in "\r\n\t\f\v\ufeff" for c in head):
            return _plain_text(name, data)
        raise refusal(name, "unknown_type", "the content is of no known type")
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", head, re.I):
        raise refusal(name, "unsafe_xml", "the XML declares entities, which an invoice never does")
    root = _ROOT.search(_NOT_ROOT.sub("", head))
    kind = root.group(2) if root else ""
    if kind.lower() in ("svg", "html"):
        raise refusal(name, "unsupported_type", f"it is {kind.upper()}, which is not read")
    if not kind or not _INVOICE_MARKS.search(head):
        raise refusal(name, "unsupported_type", "it is markup, but not an e-invoice")
    if len(data) > XML_BYTES_MAX:
        raise refusal(name, "too_large", "the XML has more than 16 MB")
    return "invoice_xml"


def _plain_text(name: str, data: bytes) -> Media:
    """Plain text is read as a document (a contract, minutes); a note is none."""
    text = decode(data) if len(data) <= TEXT_BYTES_MAX else ""
    if text is None:
        raise refusal(name, "unsupported_type", "it is text in no known encoding")
    if not text:
        raise refusal(name, "too_large", f"the text has more than {TEXT_BYTES_MAX // 2**20} MB")
    length = sum(1 for sign in text if not sign.isspace())
    if length < TEXT_CHARACTERS_MIN:
        reason = f"its text has {length} characters, a plain text needs {TEXT_CHARACTERS_MIN}"
        raise refusal(name, "too_short", reason)
    return "text"


def _text_head(data: bytes) -> str | None:
    """The first characters as text, or None where the bytes are no text."""
    head = data[:65_536]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\0" in head[:1024]:
        return None
    declared = _DECLARED.match(head)
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if encoding in ("gb2312", "gbk", "cp936"):
        encoding = "gb18030"
    try:
        return head.decode(encoding, "replace")
    except LookupError:
        return head.decode("utf-8", "replace")
