"""An entry as bytes: the same on every machine, so that its hash means something for years.

The bytes are JSON in the canonical form of RFC 8785, of one object with the keys action, actor,
at, detail and subject. `at` is written like `2026-03-01T08:00:00.000000Z`. The place in the
sequence is not among them: the chain and the tree bind it.

What JSON numbers cannot hold exactly is refused (floats) or written as text (integers beyond
2^53 - 1). A lone surrogate, which UTF-8 cannot carry, is written out as text (`\\ud800`), as is a
NUL in the columns, which PostgreSQL cannot carry: an odd file name must not stop a decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

from yuepi.kit.errors import YuepiError

DETAIL_BYTES_MAX: Final = 64 * 1024
DETAIL_DEPTH_MAX: Final = 16
DETAIL_VALUES_MAX: Final = 10_000
NAME_CHARACTERS_MAX: Final = 128
"""Of an actor and of a subject."""

_INTEGER_MAX: Final = 2**53 - 1
_ACTION: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOT_A_NAME: Final = re.compile("[\x00\ud800-\udfff]")


class NotRecordable(YuepiError):
    """An entry without a canonical form, or too large: the fault is the program's."""

    code = "not_recordable"
    http_status = 500


def action_text(action: str) -> str:
    """The action, checked. Raises `NotRecordable` unless it is like `claim.submitted`."""
    if len(action) > 64 or _ACTION.fullmatch(action) is None:
        raise _refused(f"{action[:80]!r} is no action: it should be like room.verb")
    return action


def name_text(name: str, *, what: str) -> str:
    """An actor or a subject as it is kept. Raises `NotRecordable` for an empty or too long one."""
    text = stored_text(name)
    if not 1 <= len(text) <= NAME_CHARACTERS_MAX:
        raise _refused(f"{what}: {len(text)} characters are not 1 to {NAME_CHARACTERS_MAX}")
    return text


def stored_text(name: str) -> str:
    """The name with those characters written out that the databases cannot carry."""
    return _NOT_A_NAME.sub(_written_out, name)


def detail_text(detail: Mapping[str, Any]) -> str:
    """The canonical JSON of an entry's detail.

    Raises `NotRecordable` for floats, keys that are no text, other types than JSON's, and for what
    is deeper than `DETAIL_DEPTH_MAX` or larger than `DETAIL_BYTES_MAX`.
    """
    # Its own error would be a RecursionError, or much work on what is refused afterwards.
    plain = _plain(detail, 1, [DETAIL_VALUES_MAX])
    text = rfc8785.dumps(plain)
    if len(text) > DETAIL_BYTES_MAX:
        raise _refused(f"a detail of {len(text)} bytes is larger than {DETAIL_BYTES_MAX}")
    return text.decode()


def entry_bytes(action: str, actor: str, subject: str, at: datetime, detail: str) -> bytes:
    """The bytes that a leaf is the hash of, from the columns as they are stored.

    `detail` is put in as it stands. That is canonical for what `detail_text` gave, and for any
    other text it gives other bytes: names are closed by a quote that nothing inside them can
    write, so two different rows never have the same bytes.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    return (
        f'{{"action":{_quoted(action)},"actor":{_quoted(actor)},"at":"{moment}Z",'
        f'"detail":{detail},"subject":{_quoted(subject)}}}'
    ).encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    """As RFC 8785 writes text; the standard encoder does the same, many times faster."""
    return json.dumps(text, ensure_ascii=False)


def _plain(value: Any, depth: int, left: list[int]) -> Any:
    """The value with plain JSON types alone; `left`: how many values there may still be."""
    left[0] -= 1
    if left[0] < 0:
        raise _refused(f"a detail has more than {DETAIL_VALUES_MAX} values")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _SURROGATE.sub(_written_out, value)
    if isinstance(value, int):
        number = int(value)
        if number.bit_length() > 4096:
            raise _refused("an integer in a detail has more than a thousand digits")
        return number if -_INTEGER_MAX <= number <= _INTEGER_MAX else str(number)
    if depth > DETAIL_DEPTH_MAX:
        raise _refused(f"a detail is nested deeper than {DETAIL_DEPTH_MAX}")
    if isinstance(value, Mapping):
        return _plain_object(value, depth, left)
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1, left) for each in value]
    if isinstance(value, float):
        raise _refused("a detail has a float: write amounts as decimal text, seconds as whole ms")
    raise _refused(f"a detail has a {type(value).__name__}, which JSON does not know")


def _plain_object(value: Mapping[Any, Any], depth: int, left: list[int]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, each in value.items():
        if not isinstance(key, str):
            raise _refused(f"a detail has a key that is no text but a {type(key).__name__}")
        name = _SURROGATE.sub(_written_out, key)
        if name in plain:
            raise _refused(f"a detail has the key {name[:80]!r} twice")
        plain[name] = _plain(each, depth + 1, left)
    return plain


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _refused(message: str) -> NotRecordable:
    return NotRecordable(
        message, remedy="this is a fault of the program; please report it with the log"
    )
