"""OFD (GB/T 33190): a zip of XML with pages, and in e-invoices the invoice's data itself.

The data stand in up to three places: an attached XML, custom tags that point at the page's text
objects, and named values in OFD.xml. All are given; the reader of native data compares them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from yuepi.documents.parsing import pictures
from yuepi.documents.parsing.archive import Archive, Bounds
from yuepi.documents.parsing.asides import Asides
from yuepi.documents.parsing.invoice_xml import flatten, local, read_xml, text_of
from yuepi.documents.parsing.ofd_text import PageText, area, as_line, read_page
from yuepi.kit.limited_child import Frame, RefusalError

PAGES_MAX = 50
BOUNDS = Bounds(members=5000, unpacked_bytes=200 * 2**20, member_bytes=32 * 2**20, rooted=True)
A4_MILLIMETRES = (0.0, 0.0, 210.0, 297.0)


def parse(data: bytes) -> Iterator[Frame]:
    """The pages' text and the embedded invoice data.

    Raises `RefusalError`: damaged, unsafe_archive, unsafe_xml, bomb, encrypted, too_many_pages.
    """
    package = _Package(data)
    notes: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    asides = Asides()
    number = 0
    for root, path in _documents(package):
        document = _Document(package, root, path)
        count = number + len(document.pages)
        if count > PAGES_MAX:
            raise RefusalError("too_many_pages", f"it has {count} pages, the limit is {PAGES_MAX}")
        for page in document.pages:
            number += 1
            try:
                yield document.frame(page, number)
            except RefusalError as refusal:
                if refusal.code != "damaged":
                    raise
                note = {"code": "page_damaged", "message": f"page {number}: {refusal.detail}"}
                notes.append(note | {"page": number})
        sources += document.sources()
        document.take_asides(asides)
    if not number:
        raise RefusalError("damaged", "the OFD holds no page that can be read")
    sources += _named_values(package)
    for _, text in flatten("package", package.xml("ofd.xml"))["values"]:
        asides.add("metadata", text)
    told = {"notes": notes, "data": {"sources": sources}, "asides": asides.taken}
    yield Frame({"document": told}, b"")


class _Package:
    """The parts of an OFD by path, found as loosely as its writers write paths."""

    def __init__(self, data: bytes) -> None:
        self._archive = Archive(data, BOUNDS)
        self._parts = {
            _normal(name).lower(): info
            for name, info in zip(self._archive.names, self._archive.infos, strict=True)
        }
        if "ofd.xml" not in self._parts:
            raise RefusalError("damaged", "the OFD is damaged: OFD.xml is missing")

    def find(self, location: str, beside: str = "") -> str | None:
        """The part that `location` means, read from the part `beside`: absolute, relative to it,
        or (a frequent mistake) relative to the root."""
        location = location.strip().replace("\\", "/")
        if not location:
            return None
        places = [location, posixpath.join(posixpath.dirname(beside), location)]
        for place in reversed(places):
            path = _normal(posixpath.normpath(place)).lower()
            if path in self._parts:
                return path
        return None

    def read(self, path: str) -> bytes:
        return self._archive.read(self._parts[path])

    def xml(self, path: str) -> Element:
        return read_xml(self.read(path))

    def optional_xml(self, location: str, beside: str) -> tuple[Element, str] | None:
        """A part that a document can do without: None where it is missing or damaged."""
        path = self.find(location, beside)
        if path is None:
            return None
        try:
            return self.xml(path), path
        except RefusalError as refusal:
            if refusal.code != "damaged":
                raise
            return None


class _Document:
    """One document of the package: its pages, templates, resources, tags and attachments."""

    def __init__(self, package: _Package, root: Element, path: str) -> None:
        self._package, self._root, self._path = package, root, path
        common = _child(root, "CommonData")
        self._area = area(_text(_child(common, "PageArea"), "PhysicalBox")) or A4_MILLIMETRES
        self._templates: dict[str, str] = {}
        self._units: dict[str, Element] = {}
        self._media: dict[str, str] = {}
        for element in common if common is not None else ():
            if local(element) == "TemplatePage":
                self._templates[element.get("ID", "")] = element.get("BaseLoc", "")
            elif local(element) in ("PublicRes", "DocumentRes"):
                self._take_resources(text_of(element))
        self.pages = list(_grandchildren(root, "Pages", "Page"))
        self._texts: dict[str, PageText] = {}
        self._by_page: dict[str, PageText] = {}

    def frame(self, page: Element, number: int) -> Frame:
        """One page: lines with boxes; a picture only where the page is nothing but a picture."""
        path = self._package.find(page.get("BaseLoc", ""), self._path)
        if path is None:
            raise RefusalError("damaged", "its content is missing")
        root = self._package.xml(path)
        box = area(_text(_child(root, "Area"), "PhysicalBox")) or self._area
        layers = [self._template(t.get("TemplateID", "")) for t in _children(root, "Template")]
        own = read_page(root, self._units)
        self._by_page[page.get("ID", "")] = own
        lines = [
            line
            for text in (*(layer for layer in layers if layer is not None), own)
            for letters in text.lines
            if (line := as_line(letters, box)) is not None
        ]
        if not lines and (scan := self._scan(own, number)):
            return scan
        header = {"page": number, "width": box[2], "height": box[3], "lines": lines}
        return Frame(header, b"")

    def sources(self) -> list[dict[str, Any]]:
        """Flattened invoice data from attachments and custom tags."""
        found: list[dict[str, Any]] = []
        for listing, path in self._listing("Attachments"):
            for attachment in _children(listing, "Attachment"):
                if part := self._package.optional_xml(_text(attachment, "FileLoc") or "", path):
                    found.append(flatten("attachment", part[0]))
        for listing, path in self._listing("CustomTags"):
            for tag in _children(listing, "CustomTag"):
                if part := self._package.optional_xml(_text(tag, "FileLoc") or "", path):
                    self._resolve(part[0])
                    found.append(flatten("custom_tags", part[0]))
        return [source for source in found if source["values"]]

    def take_asides(self, asides: Asides) -> None:
        """What its pages hold without showing it, and its annotations."""
        for text in (*self._by_page.values(), *self._texts.values()):
            asides.add("hidden", "\n".join(text.unseen))
            off = (line for line in text.lines if as_line(line, self._area) is None)
            asides.add("hidden", "\n".join("".join(c.text for c in line) for line in off))
        for listing, path in self._listing("Annotations"):
            for page in _children(listing, "Page"):
                if part := self._package.optional_xml(_text(page, "FileLoc") or "", path):
                    for _, text in flatten("annotations", part[0])["values"]:
                        asides.add("annotation", text)

    def _resolve(self, root: Element) -> None:
        """Put the text of the page objects that a tag points at into the tag itself."""
        for element in root.iter():
            references = list(_children(element, "ObjectRef"))
            if not references:
                continue
            parts = [self._object_text(r.get("PageRef", ""), text_of(r)) for r in references]
            for reference in references:
                element.remove(reference)
            element.text = "".join(parts)

    def _object_text(self, page: str, identity: str) -> str:
        texts = [self._by_page[page]] if page in self._by_page else list(self._by_page.values())
        for text in (*texts, *self._texts.values()):
            if identity in text.objects:
                return text.objects[identity]
        return ""

    def _listing(self, name: str) -> Iterator[tuple[Element, str]]:
        for element in _children(self._root, name):
            if part := self._package.optional_xml(text_of(element), self._path):
                yield part

    def _template(self, identity: str) -> PageText | None:
        if identity not in self._texts:
            location = self._templates.get(identity, "")
            part = self._package.optional_xml(location, self._path)
            if part is None:
                return None
            self._texts[identity] = read_page(part[0], self._units)
        return self._texts[identity]

    def _take_resources(self, location: str) -> None:
        part = self._package.optional_xml(location, self._path)
        if part is None:
            return
        root, path = part
        base = posixpath.join(posixpath.dirname(path), root.get("BaseLoc", ""), "x")
        for unit in _grandchildren(root, "CompositeGraphicUnits", "CompositeGraphicUnit"):
            self._units.setdefault(unit.get("ID", ""), unit)
        for media in _grandchildren(root, "MultiMedias", "MultiMedia"):
            if found := self._package.find(_text(media, "MediaFile") or "", base):
                self._media[media.get("ID", "")] = found

    def _scan(self, text: PageText, number: int) -> Frame | None:
        """A scanned page is one big picture: give that. Small ones (a code, a seal) are none."""
        paths = [self._media[i] for i in text.images if i in self._media]
        best: Frame | None = None
        for path in paths[:8]:
            media = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "bmp": "bmp", "tif": "tiff"}
            kind = media.get(path.rsplit(".", 1)[-1])
            if kind is None:
                continue
            try:
                frame = next(iter(pictures.parse(self._package.read(path), kind)))
            except RefusalError:
                continue
            big = min(frame.header["width"], frame.header["height"]) >= 400
            if big and (best is None or len(frame.payload) > len(best.payload)):
                best = Frame(frame.header | {"page": number}, frame.payload)
        return best


def _documents(package: _Package) -> Iterator[tuple[Element, str]]:
    """The documents that OFD.xml names. A package without any is damaged."""
    for body in _children(package.xml("ofd.xml"), "DocBody"):
        path = package.find(_text(body, "DocRoot") or "", "ofd.xml")
        if path is not None:
            yield package.xml(path), path


def _named_values(package: _Package) -> list[dict[str, Any]]:
    """`CustomData` of OFD.xml: names in Chinese, as 数电票 and older e-invoices have them."""
    values = [
        [item.get("Name", "").strip(), text_of(item)]
        for body in _children(package.xml("ofd.xml"), "DocBody")
        for item in _grandchildren(_child(body, "DocInfo"), "CustomDatas", "CustomData")
        if item.get("Name") and text_of(item)
    ]
    return [{"origin": "custom_data", "root": "OFD", "values": values}] if values else []


def _children(element: Element | None, name: str) -> Iterator[Element]:
    for child in element if element is not None else ():
        if local(child) == name:
            yield child


def _child(element: Element | None, name: str) -> Element | None:
    return next(_children(element, name), None)


def _grandchildren(element: Element | None, holder: str, name: str) -> Iterator[Element]:
    for middle in _children(element, holder):
        yield from _children(middle, name)


def _text(element: Element | None, name: str) -> str | None:
    child = _child(element, name)
    return text_of(child) if child is not None else None


def _normal(path: str) -> str:
    return path.replace("\\", "/").lstrip("/").removeprefix("./")
