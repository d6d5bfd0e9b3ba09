"""Zips: judged as a whole before anything is unpacked, then unpacked with every byte counted.

The figures a zip states about itself are a promise, not a fact: the limits are applied to the
stated sizes first (cheap) and again to what really comes out.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from yuepi.kit.limited_child import Frame, RefusalError

MEMBERS_MAX = 200
UNPACKED_BYTES_MAX = 500 * 2**20
MEMBER_BYTES_MAX = 50 * 2**20
RATIO_MAX = 100
# Text packs well beyond 100:1 without harm; the ratio only counts above this size.
RATIO_FREE_BYTES = 2**20
DIRECTORY_BYTES_MAX = 4 * 2**20
PIECE_BYTES = 2**18

_IGNORED = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits for one kind of archive. `rooted`: whether names may begin with a slash, as some
    OFD writers have it."""

    members: int = MEMBERS_MAX
    unpacked_bytes: int = UNPACKED_BYTES_MAX
    member_bytes: int = MEMBER_BYTES_MAX
    rooted: bool = False


class Archive:
    """A zip whose directory has been judged; members are read within the limits.

    Raises `RefusalError` (damaged, bomb, unsafe_archive, encrypted) for the archive as a whole.
    """

    def __init__(self, data: bytes, bounds: Bounds) -> None:
        _check_directory_size(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, struct.error) as error:
            raise RefusalError("damaged", f"the archive is damaged ({error})") from None
        self._bounds = bounds
        self._packed_bytes = len(data)
        self._left = bounds.unpacked_bytes
        self.infos = [i for i in self._zip.infolist() if not i.is_dir()]
        self.names = [shown_name(i) for i in self.infos]
        self._judge()

    def _judge(self) -> None:
        if len(self.infos) > self._bounds.members:
            reason = f"{len(self.infos)} files in one archive, the limit is {self._bounds.members}"
            raise RefusalError("unsafe_archive", reason)
        for name, info in zip(self.names, self.infos, strict=True):
            if _leaves(name) or (name[:1] in ("/", "\\") and not self._bounds.rooted):
                raise RefusalError(
                    "unsafe_archive", f"a path leads out of the archive: {name[:80]}"
                )
            if stat.S_ISLNK(info.external_attr >> 16):
                raise RefusalError("unsafe_archive", f"it holds a link: {name[:80]}")
        stated = sum(info.file_size for info in self.infos)
        if stated > self._bounds.unpacked_bytes:
            raise RefusalError("bomb", f"it would unpack to {stated / 2**20:.0f} MB")
        if sum(info.compress_size for info in self.infos) > self._packed_bytes:
            raise RefusalError("bomb", "several of its files share the same bytes")

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of one member. Raises `RefusalError` (encrypted, damaged, too_large, bomb,
        unsafe_archive) for this member."""
        if info.flag_bits & 0x1:
            raise RefusalError("encrypted", "it is protected with a password")
        limit = min(self._bounds.member_bytes, self._left)
        if info.file_size > self._bounds.member_bytes:
            raise RefusalError("too_large", f"it unpacks to {info.file_size / 2**20:.0f} MB")
        packed = max(info.compress_size, 1)
        out = bytearray()
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(PIECE_BYTES):
                    out += piece
                    if len(out) > limit:
                        raise RefusalError("bomb", "it unpacks to more than it states")
                    if len(out) > RATIO_FREE_BYTES and len(out) > RATIO_MAX * packed:
                        raise RefusalError("bomb", f"it is packed more than {RATIO_MAX}:1")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise RefusalError("damaged", f"it cannot be unpacked ({error})") from None
        except (NotImplementedError, RuntimeError):
            raise RefusalError("unsafe_archive", "it is packed by an unusual method") from None
        self._left -= len(out)
        return bytes(out)


def members(data: bytes) -> Iterator[Frame]:
    """The files of a zip as frames; a bad one carries `refused` and `detail` and no bytes."""
    archive = Archive(data, Bounds())
    for name, info in zip(archive.names, archive.infos, strict=True):
        if _IGNORED.search(name):
            continue
        try:
            payload = archive.read(info)
        except RefusalError as refusal:
            yield Frame({"name": name, "refused": refusal.code, "detail": refusal.detail}, b"")
            continue
        yield Frame({"name": name}, payload)


def shown_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Without the UTF-8 flag zipfile decodes as CP437, but Chinese programs write
    UTF-8 or GBK there."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "gb18030"):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    return name


def _leaves(name: str) -> bool:
    """Whether a path climbs out of the archive or names a drive or a share."""
    path = name.replace("\\", "/")
    return ".." in path.split("/") or path.startswith("//") or path[1:2] == ":"


def _check_directory_size(data: bytes) -> None:
    """Refuse a directory that alone would cost memory: its size stands in the end record."""
    end = data.rfind(b"PK\5\6", max(0, len(data) - 65_557))
    if end < 0 or len(data) - end < 22:
        raise RefusalError("damaged", "the archive is damaged: its list of files is missing")
    if struct.unpack_from("<I", data, end + 12)[0] > DIRECTORY_BYTES_MAX:
        raise RefusalError("unsafe_archive", "its list of files is too long")
