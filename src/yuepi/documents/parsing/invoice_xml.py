"""E-invoice XML, flattened to paths and texts; what they mean is for `readers.native_data`.

No document type, no entities, no external references. Chinese producers declare GB2312 and write
GBK, or declare nothing: the text is decoded here, before the XML parser sees it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from yuepi.kit.limited_child import Frame, RefusalError

VALUES_MAX = 20_000
DEPTH_MAX = 32
TEXT_CHARACTERS_MAX = 4000

_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FORBIDDEN = re.compile(r"<!DOCTYPE|<!ENTITY", re.I)
# One attribute of a prefix without a declaration makes a whole invoice unreadable; drop prefixes.
_TAG_PREFIX = re.compile(r"(</?)[A-Za-z_][\w.\-]*:|(</?):")
_XMLNS = re.compile(r"""\s+xmlns(:[\w.\-]*)?\s*=\s*("[^"]*"|'[^']*')""")
_ATTRIBUTE_PREFIX = re.compile(r"""(\s)[A-Za-z_][\w.\-]*:([A-Za-z_][\w.\-]*\s*=\s*["'])""")


def parse(data: bytes) -> Iterator[Frame]:
    """An invoice in XML: structured data on one page that has neither picture nor lines.

    Raises `RefusalError`: unsafe_xml, damaged.
    """
    source = flatten("xml", read_xml(data))
    yield Frame({"page": 1, "width": 1, "height": 1}, b"")
    yield Frame({"document": {"notes": [], "data": {"sources": [source]}}}, b"")


def read_xml(data: bytes) -> Element:
    """Parse safely, mending undeclared prefixes. RefusalError: unsafe_xml, damaged."""
    text = _DECLARATION.sub("", _decoded(data), count=1).strip("\ufeff \t\r\n\0")
    if _FORBIDDEN.search(text):
        raise RefusalError("unsafe_xml", "the XML declares a document type or entities")
    try:
        return _root(text)
    except ParseError as first:
        try:
            return _root(_ATTRIBUTE_PREFIX.sub(r"\1\2", _XMLNS.sub("", _plain_tags(text))))
        except ParseError:
            raise RefusalError("damaged", f"the XML is damaged ({first})") from None


def _root(text: str) -> Element:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
        return root
    except DefusedXmlException:
        raise RefusalError("unsafe_xml", "the XML declares a document type or entities") from None


def _plain_tags(text: str) -> str:
    return _TAG_PREFIX.sub(lambda match: match.group(1) or match.group(2), text)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    declared = _ENCODING.match(data)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    name = "gb18030" if name in ("gb2312", "gbk", "cp936") else name
    for encoding in (name, "utf-8", "gb18030"):
        try:
            return data.decode(encoding).lstrip("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def local(element: Element) -> str:
    """The element's name without its namespace; empty for comments and instructions."""
    tag: object = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def text_of(element: Element) -> str:
    """The element's own text, trimmed and bounded."""
    return (element.text or "").strip()[:TEXT_CHARACTERS_MAX]


def flatten(origin: str, root: Element) -> dict[str, Any]:
    """`{"origin", "root", "values": [[path, text], ...]}` of every leaf that holds text.

    A path is the names below the root joined by slashes; a repeated element that has children
    gets its count, `EInvoiceData/IssuItemInformation[2]/ItemName`, so that items stay together.
    """
    values: list[list[str]] = []
    stack: list[tuple[Element, str, int]] = [(root, "", 0)]
    while stack:
        element, path, depth = stack.pop()
        children = [child for child in element if local(child)]
        if not children:
            if (text := text_of(element)) and len(values) < VALUES_MAX:
                values.append([path or local(root), text])
            continue
        if depth >= DEPTH_MAX:
            continue
        seen: dict[str, int] = {}
        below: list[tuple[Element, str, int]] = []
        for child in children:
            name = local(child)
            seen[name] = seen.get(name, 0) + 1
            count = f"[{seen[name]}]" if len(child) else ""
            below.append((child, f"{path}/{name}{count}".lstrip("/"), depth + 1))
        stack.extend(reversed(below))
    return {"origin": origin, "root": local(root), "values": values}
