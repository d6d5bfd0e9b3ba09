"""Files that come with a form (`multipart/form-data`, RFC 7578), within limits, through the disk.

Written on python-multipart's parser and not on the framework's form reading, which puts no limit on
a file or on all of them, waits without end, and loses a last file without its end in silence. A
file of any size costs a megabyte of memory here until somebody asks for its bytes; what came lies
in unnamed temporary files that vanish with the request, however it ends.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from yuepi.app.form_boundary import BadForm, Opening, boundary_of, unreadable
from yuepi.app.problems import WireRefused
from yuepi.app.wire import too_large, too_slow
from yuepi.kit.errors import Unavailable

__all__ = ["BadForm", "Form", "Upload", "UploadLimits", "Uploads"]

MEMORY_BYTES_MAX: Final = 2**20
"""So much of a file is kept in memory; the rest goes to the disk."""
LOADED_MAX: Final = 2
"""So many forms may have all their files in memory at once; others wait."""
HEADERS_MAX: Final = 8
HEADER_BYTES_MAX: Final = 4_096
FRAME_BYTES_MAX: Final = 64 * 1024
"""What a body may have beside the files and fields themselves."""
FIELD_NAME: Final = "files"
LISTED_NAME: Final = "upload"
"""A field that may come again and again: it names a file that was sent before."""
LISTED_CHARACTERS_MAX: Final = 64
LIST_BYTES_MAX: Final = 4_096
"""One value of a field that may come again and again."""
_FIELD_CHARACTERS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much one form may bring, how long it may take, and how many may come at once.

    wait_s_max: for the whole form. still_s_max: between two pieces of it. person_at_once_max: so
    that one person's slow uploads do not keep everybody else out.
    """

    files_max: int = 20
    file_bytes_max: int = 50 * 2**20
    bytes_max: int = 200 * 2**20
    fields_max: int = 16
    field_bytes_max: int = 64 * 1024
    wait_s_max: float = 600.0
    still_s_max: float = 30.0
    at_once_max: int = 16
    person_at_once_max: int = 12


@dataclass(slots=True)
class Upload:
    """One file as it came. Its name is the sender's word, unchecked; `read` gives its bytes."""

    name: str
    file: IO[bytes] = field(repr=False)
    size_bytes: int = 0

    async def read(self) -> bytes:
        """All its bytes, from the start, each time."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()


@dataclass(slots=True)
class Form:
    """What a form brought: its fields by name, and the files in their order.

    order: for each file, in their order, None; or the id where it was only named. lists: the
    values of fields that may come again and again, in their order.
    """

    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)
    order: list[str | None] = field(default_factory=list)
    loading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOADED_MAX))

    @asynccontextmanager
    async def loaded(self) -> AsyncGenerator[list[tuple[str, bytes]], None]:
        """Name and bytes of each file, in memory for the block; few forms are at once."""
        async with self.loading:
            yield [(upload.name, await upload.read()) for upload in self.files]


class Uploads:
    """Takes forms in: `async with uploads(request) as form`. file_field: the name of files. lists:
    the names of fields that may come again and again."""

    def __init__(
        self,
        limits: UploadLimits | None = None,
        *,
        file_field: str = FIELD_NAME,
        lists: frozenset[str] = frozenset(),
    ) -> None:
        self._limits = limits or UploadLimits()
        self._file_field = file_field
        self._lists = lists
        self._people: Counter[str] = Counter()
        self._loading = asyncio.Semaphore(LOADED_MAX)

    @asynccontextmanager
    async def __call__(self, request: Request, person: str = "") -> AsyncGenerator[Form, None]:
        """The form of this request, sent by `person`; its files are gone after the block.

        Raises `BadForm`, `WireRefused` (413, 408, 415, 429), and `Unavailable` where too many come
        at once or the disk has no room.
        """
        if person and self._people[person] >= self._limits.person_at_once_max:
            raise _too_many_of_theirs(self._limits.person_at_once_max)
        if self._people.total() >= self._limits.at_once_max:
            raise Unavailable(
                "too many uploads come at once",
                remedy="send it again in a moment",
                code="too_many_requests",
            )
        self._people[person] += 1
        taking = _Taking(self._limits, self._file_field, self._lists)
        taking.form.loading = self._loading
        try:
            yield await _take(request, taking, self._limits)
        finally:
            self._people[person] -= 1
            if not self._people[person]:
                del self._people[person]
            for upload in taking.form.files:
                upload.file.close()


async def _take(request: Request, taking: _Taking, limits: UploadLimits) -> Form:
    length = request.headers.get("content-length", "")
    bytes_max = limits.bytes_max + limits.fields_max * limits.field_bytes_max + FRAME_BYTES_MAX
    if length.isdigit() and int(length) > bytes_max:
        # Known before a byte of it is read.
        raise too_large(limits.bytes_max, "all files together")
    boundary = boundary_of(request)
    parser, opening = _parser(boundary, taking), Opening(boundary)
    came = 0
    stream = request.stream()
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + limits.wait_s_max
    try:
        while True:
            async with asyncio.timeout_at(min(ends_s, loop.time() + limits.still_s_max)):
                chunk = await anext(stream, None)
            if chunk is None:
                break
            came += len(chunk)
            if came > bytes_max:
                raise too_large(limits.bytes_max, "all files together")
            if chunk := opening.passed(chunk):
                parser.write(chunk)
                await taking.write()
    except TimeoutError:
        raise too_slow() from None
    except ClientDisconnect:
        raise BadForm("the client left", remedy="send the form again") from None
    except FormParserError as error:
        raise unreadable("the form is not well made") from error
    except OSError as error:
        raise Unavailable(
            "an upload could not be written to the disk",
            remedy="make room on the disk of temporary files",
            code="disk_unavailable",
        ) from error
    finally:
        await stream.aclose()
    if not taking.ended:
        # Without the last boundary a file may be cut off: it must not pass for a whole one.
        raise unreadable("the form ends before its end")
    return taking.form


def _parser(boundary: bytes, taking: _Taking) -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            cast(Any, taking.callbacks),
            max_header_count=HEADERS_MAX,
            max_header_size=HEADER_BYTES_MAX,
        )
    except FormParserError as error:
        raise unreadable("the boundary of the form is too long") from error


def _too_many_of_theirs(most: int) -> WireRefused:
    return WireRefused(
        f"you have {most} uploads under way already",
        remedy="send it again when one of them has ended",
        code="too_many_uploads",
        http_status=429,
    )


class _Taking:
    """The parser's listener: parts become fields and files, pieces wait to be written."""

    def __init__(self, limits: UploadLimits, file_field: str, lists: frozenset[str]) -> None:
        self._limits = limits
        self._file_field = file_field
        self._lists = lists
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._name = ""
        self._text: bytearray | None = None
        self._upload: Upload | None = None
        self._pieces: list[tuple[Upload, bytes]] = []
        self.form = Form()
        self.ended = False

    @property
    def callbacks(self) -> dict[str, Callable[..., None]]:
        """What the parser calls, by its names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._keep_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    async def write(self) -> None:
        """Write what came; off the event loop once it goes to the disk."""
        pieces, self._pieces = self._pieces, []
        if not pieces:
            return
        if all(upload.size_bytes <= MEMORY_BYTES_MAX for upload, _ in pieces):
            _write(pieces)
        else:
            await asyncio.to_thread(_write, pieces)

    def _begin(self) -> None:
        self._headers = {}
        self._upload = self._text = None

    def _keep_header(self) -> None:
        name = self._header.decode("latin-1").lower()
        self._headers.setdefault(name, bytes(self._value))
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = _text(options.get(b"name", b""))
        if kind != b"form-data" or not name or len(name) > _FIELD_CHARACTERS_MAX:
            raise unreadable("a part of the form has no name")
        if self._headers.get("content-transfer-encoding", b"binary").lower() not in (
            b"binary", b"7bit", b"8bit",
        ):  # fmt: skip
            raise unreadable("a part of the form is encoded, which RFC 7578 does away with")
        if b"filename" in options or b"filename*" in options:
            self._open_file(name, _text(options.get(b"filename", b"")))
        else:
            self._open_field(name)

    def _open_file(self, field_name: str, name: str) -> None:
        if field_name not in (self._file_field, f"{self._file_field}[]"):
            raise BadForm(
                f"files are not taken under the name {field_name!r}",
                remedy=f"name each of them {self._file_field!r}",
                code="unknown_field",
            )
        self._count(None)
        # Closed with the form (`Uploads`), which holds it from here on.
        file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115
        self._upload = Upload(name, cast(IO[bytes], file))
        self.form.files.append(self._upload)

    def _count(self, named: str | None) -> None:
        """One file more, sent or named."""
        if len(self.form.order) >= self._limits.files_max:
            most = self._limits.files_max
            raise WireRefused(
                f"there are more than {most} files" if most > 1 else "there is more than one file",
                remedy="put them into a zip, or make two claims" if most > 1 else "send one",
                code="too_many_files",
                http_status=413,
            )
        self.form.order.append(named)

    def _open_field(self, name: str) -> None:
        if name == LISTED_NAME and self._file_field == FIELD_NAME:
            self._count("")
            self._name, self._text = name, bytearray()
            return
        if name in self._lists:
            values = self.form.lists.setdefault(name, [])
            if len(values) >= self._limits.files_max:
                raise BadForm(
                    f"the field {name!r} comes too often", remedy="send it once for each file"
                )
            values.append("")
            self._name, self._text = name, bytearray()
            return
        if name in self.form.fields:
            raise BadForm(
                f"the field {name!r} comes twice", remedy="send it once", code="repeated_field"
            )
        if len(self.form.fields) >= self._limits.fields_max:
            raise BadForm("the form has too many fields", remedy="send only those that are asked")
        self.form.fields[name] = ""
        self._name, self._text = name, bytearray()

    def _take(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._upload is not None:
            self._upload.size_bytes += len(piece)
            if self._upload.size_bytes > self._limits.file_bytes_max:
                raise too_large(self._limits.file_bytes_max, "one of the files")
            self._pieces.append((self._upload, piece))
        elif self._text is not None:
            self._text.extend(piece)
            listed = self._name in self._lists
            most = LIST_BYTES_MAX if listed else self._limits.field_bytes_max
            if len(self._text) > most:
                raise too_large(most, f"the field {self._name!r}")

    def _close(self) -> None:
        if self._text is None:
            return
        try:
            text = self._text.decode("utf-8")
        except UnicodeDecodeError:
            raise unreadable(f"the field {self._name!r} is not UTF-8") from None
        if self._name in self._lists:
            self.form.lists[self._name][-1] = text
        elif self._name != LISTED_NAME or self._name in self.form.fields:
            self.form.fields[self._name] = text
        else:
            self.form.order[-1] = text[:LISTED_CHARACTERS_MAX]

    def _end(self) -> None:
        self.ended = True


def _write(pieces: list[tuple[Upload, bytes]]) -> None:
    for upload, piece in pieces:
        upload.file.write(piece)


def _text(raw: bytes) -> str:
    """What a browser or a program wrote: UTF-8, by HTML's rules; anything else byte by byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
