"""Large data URIs are set aside before a JSON parser sees them, and put back where bytes pass on.

A parser looks at every byte of a string for escapes, twice where a raw field is decoded further;
with half a megabyte of base64 that is more than all else the door does. Where such a string ends
is found by looking for the next quote, which costs a tenth. That nothing but base64 stands in it
is seen when the picture is decoded; whatever is odd about a request is left to the parser.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

# Below this a parser is quick enough.
LIFTED_BYTES_MIN = 16 * 1024
LIFTED_MAX = 64

_START = b'"data:image/'
_QUOTE = b'"'
_BACKSLASH = 0x5C
# Not to be guessed, or a request could name a place by itself.
_MARK = b'"%b-' % secrets.token_hex(16).encode()


@dataclass(frozen=True, slots=True)
class Lifted:
    """A body with short marks in the place of large data URIs.

    `places`: from each mark, a JSON string with its quotes, to what it stands for, with its own.
    """

    lean: bytes
    places: dict[bytes, memoryview]

    def put_back(self, raw: bytes) -> bytes:
        """A raw field of the lean body as it was received. All marks must be in it."""
        pieces: list[bytes | memoryview] = []
        at = 0
        for mark, original in self.places.items():
            found = raw.index(mark, at)
            pieces += (raw[at:found], original)
            at = found + len(mark)
        pieces.append(raw[at:])
        return b"".join(pieces)


def lift_pictures(body: bytes) -> Lifted | None:
    """The body without its large data URIs; None where there are none, or too many.

    In JSON a quote before `data:` begins a string, unless a backslash stands before it: then it is
    text. The string ends at the next quote: base64 has no escapes.
    """
    places: dict[bytes, memoryview] = {}
    pieces: list[bytes] = []
    view = memoryview(body)
    at = searched = 0
    while (start := body.find(_START, searched)) >= 0:
        end = body.find(_QUOTE, start + 1) + 1
        if end == 0 or body[end - 2] == _BACKSLASH:
            return None
        searched = end
        if end - start < LIFTED_BYTES_MIN or body[start - 1] == _BACKSLASH:
            continue
        if len(places) == LIFTED_MAX:
            return None
        mark = b'%b%d"' % (_MARK, len(places))
        places[mark] = view[start:end]
        pieces += (body[at:start], mark)
        at = end
    if not places:
        return None
    pieces.append(body[at:])
    return Lifted(b"".join(pieces), places)
